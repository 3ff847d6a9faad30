/*
 * One m= line between a browser and us (WebRTC): ICE with trickled candidates,
 * DTLS-SRTP, and audio in the bridge or video that is passed on.
 */
#ifndef SIP_INTERCOM_WEBRTC_LINE_HPP
#define SIP_INTERCOM_WEBRTC_LINE_HPP

#include <memory>
#include <string>
#include <vector>

#include <pjsua2/media.hpp>

#ifndef SWIG
#include <deque>

#include "rtp.hpp"
#endif

namespace pj {

class VideoSource;

/** Servers that help to reach the other side; addresses are numeric. */
struct IceServers
{
    std::string stunAddress;
    int stunPort = 0;
    std::string turnAddress;
    int turnPort = 0;
    bool turnTcp = false;
    std::string turnUsername;
    std::string turnPassword;
};

enum {
    WEBRTC_CONNECTED = 1, /* keys are there, media flows */
    WEBRTC_FAILED = 2,    /* there is no way, or no trust, between the two */
};

/** Everything runs in the thread that polls. An audio line is a port of the bridge. */
class WebRtcLine : public AudioMedia
{
public:
    WebRtcLine();
    virtual ~WebRtcLine();

    WebRtcLine(const WebRtcLine &) = delete;
    WebRtcLine &operator=(const WebRtcLine &) = delete;

    /**
     * Take one m= line of an offer and what we say to it, each as a whole session
     * description; onAnswer() has the answer with the transport's attributes.
     * Sockets are of an address, any if it is empty, and a range of ports.
     */
    void open(const std::string &offer, const std::string &answer,
              const IceServers &servers, const std::string &address, int first_port,
              int last_port) PJSUA2_THROW(Error);

    /** Take candidates of the browser's (RFC 8839); `end` says that these were all. */
    void addCandidates(const std::vector<std::string> &candidates, bool end);

    /** Return how many RTP and RTCP packets have come from the browser. */
    unsigned received() const;

    /** Say goodbye and give everything back. */
    void close();

    virtual void onAnswer(const std::string &sdp) { PJ_UNUSED_ARG(sdp); }

    /** Hear of one more candidate of ours; empty when these were all. */
    virtual void onCandidate(const std::string &candidate)
    {
        PJ_UNUSED_ARG(candidate);
    }

    virtual void onState(int state) { PJ_UNUSED_ARG(state); }

#ifndef SWIG
    /* What a source of video does with the line. */
    void setSource(VideoSource *source);
    void forgetSource();
    void showPacket(const gate::RtpPacket &packet);
    void showPictures(const std::deque<gate::RtpPacket> &packets);

    struct Parts;

private:
    std::unique_ptr<Parts> parts_;
#endif
};

} // namespace pj

#endif
