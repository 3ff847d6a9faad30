/* RTP (RFC 3550) with H.264 (RFC 6184), as far as passing it on needs. */
#ifndef SIP_INTERCOM_RTP_HPP
#define SIP_INTERCOM_RTP_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gate {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t RTP_HEADER = 12;

/** One packet; its fields are read from and written to the bytes. */
class RtpPacket
{
public:
    explicit RtpPacket(Bytes bytes) : bytes_(std::move(bytes)) {}

    /** Tell whether these bytes are RTP with a payload that lies within them. */
    static bool isValid(const std::uint8_t *data, std::size_t size);

    std::uint8_t payloadType() const { return bytes_[1] & 0x7F; }
    std::uint16_t sequence() const;
    std::uint32_t timestamp() const;
    std::uint32_t ssrc() const;

    void setPayloadType(int type);
    void setSequence(std::uint16_t number);
    void setTimestamp(std::uint32_t time);
    void setSsrc(std::uint32_t ssrc);
    void setMarker(bool marker);

    /** Drop the padding and the header extension, which are the sender's business. */
    void strip();

    const Bytes &bytes() const { return bytes_; }

    /** Tell whether a NAL unit of this type begins in the packet. */
    bool begins(int nal_type) const;

private:
    std::size_t payload() const;

    Bytes bytes_;
};

constexpr int NAL_IDR = 5;
constexpr int NAL_SPS = 7;

/** Ask for a whole picture: RR, SDES, PLI (RFC 4585) and FIR (RFC 5104). */
Bytes key_frame_request(std::uint32_t ours, std::uint32_t theirs, std::uint8_t number);

/** What a compound RTCP packet asks of a sender of video. */
struct Feedback
{
    bool key_frame = false;
    std::vector<std::uint16_t> lost;
};

/** Read what RTCP asks for; what is not understood asks for nothing. */
Feedback read_feedback(const std::uint8_t *data, std::size_t size);

} // namespace gate

#endif
