/*
 * Video that arrives as RTP and is passed on as it is: to browsers, and to other
 * processes of this machine. Nothing here decodes.
 */
#ifndef SIP_INTERCOM_VIDEO_SOURCE_HPP
#define SIP_INTERCOM_VIDEO_SOURCE_HPP

#include <memory>
#include <string>
#include <vector>

#include <pjsua2/media.hpp>

namespace pj {

class WebRtcLine;

/** One stream of H.264. Everything runs in the thread that polls. */
class VideoSource
{
public:
    VideoSource();
    virtual ~VideoSource();

    VideoSource(const VideoSource &) = delete;
    VideoSource &operator=(const VideoSource &) = delete;

    /**
     * Listen on an even port of an address, RTCP on the next one; a range of ports
     * that begins with 0 is any. Return the port.
     */
    int open(const std::string &address, int first_port, int last_port)
        PJSUA2_THROW(Error);

    /**
     * Take packets of a payload type from a host, and send RTCP to its port; 0 is
     * none. Parameter sets (SPS and PPS, in base64) are put before pictures
     * that come without.
     */
    void expect(const std::string &host, int rtcp_port, int payload_type,
                const std::vector<std::string> &parameter_sets);

    /** Copy the stream to a UDP port of this machine, as payload type 96. */
    void addListener(int port);
    void removeListener(int port);

    /** Show the stream to a browser, at once if a whole picture is known. */
    void addLine(WebRtcLine &line);
    void removeLine(WebRtcLine &line);

#ifndef SWIG
    /* A browser that has its keys now has missed what came before. */
    void showAgain(WebRtcLine &line);
#endif

    /** Ask the sender for a whole picture, not more than twice a second. */
    void askKeyFrame();

    /** Return how many packets have been taken. */
    unsigned received() const;

    /** Stop listening; browsers see the last picture. */
    void close();

    /** Hear that a whole picture has been asked for by RTCP. */
    virtual void onKeyFrameAsked() {}

    /** Hear that the first packet has come. */
    virtual void onStarted() {}

#ifndef SWIG
    struct Parts;

private:
    std::unique_ptr<Parts> parts_;
#endif
};

} // namespace pj

#endif
