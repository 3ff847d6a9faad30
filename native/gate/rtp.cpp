#include "rtp.hpp"

#include <algorithm>

namespace gate {

namespace {

constexpr int RTCP_RR = 201, RTCP_SDES = 202, RTCP_RTPFB = 205, RTCP_PSFB = 206;
constexpr int FMT_NACK = 1, FMT_PLI = 1, FMT_FIR = 4;
constexpr int STAP_A = 24, FU_A = 28;
constexpr std::size_t MAX_LOST = 128;

std::uint16_t read16(const std::uint8_t *at)
{
    return (std::uint16_t)(at[0] << 8 | at[1]);
}

std::uint32_t read32(const std::uint8_t *at)
{
    return (std::uint32_t)read16(at) << 16 | read16(at + 2);
}

void write16(std::uint8_t *at, std::uint16_t value)
{
    at[0] = (std::uint8_t)(value >> 8);
    at[1] = (std::uint8_t)value;
}

void write32(std::uint8_t *at, std::uint32_t value)
{
    write16(at, (std::uint16_t)(value >> 16));
    write16(at + 2, (std::uint16_t)value);
}

/* Where the payload begins, or 0 if the header does not fit. */
std::size_t payload_start(const std::uint8_t *data, std::size_t size)
{
    std::size_t start = RTP_HEADER + 4u * (data[0] & 0x0F);
    if (data[0] & 0x10) {
        if (size < start + 4)
            return 0;
        start += 4 + 4u * read16(data + start + 2);
    }
    return start < size ? start : 0;
}

void append32(Bytes &bytes, std::uint32_t value)
{
    bytes.resize(bytes.size() + 4);
    write32(&bytes[bytes.size() - 4], value);
}

void append_header(Bytes &bytes, int count, int type, int words)
{
    append32(bytes, (std::uint32_t)(0x80 | count) << 24 | (std::uint32_t)type << 16
                        | (std::uint32_t)words);
}

void read_nack(const std::uint8_t *entry, std::size_t size, Feedback &feedback)
{
    for (; size >= 4 && feedback.lost.size() < MAX_LOST; entry += 4, size -= 4) {
        const std::uint16_t first = read16(entry), following = read16(entry + 2);
        feedback.lost.push_back(first);
        for (int bit = 0; bit < 16; ++bit)
            if (following >> bit & 1)
                feedback.lost.push_back((std::uint16_t)(first + bit + 1));
    }
}

} // namespace

bool RtpPacket::isValid(const std::uint8_t *data, std::size_t size)
{
    if (size <= RTP_HEADER || data[0] >> 6 != 2)
        return false;
    const std::size_t start = payload_start(data, size);
    if (start == 0)
        return false;
    return !(data[0] & 0x20) || (data[size - 1] > 0 && data[size - 1] < size - start);
}

std::uint16_t RtpPacket::sequence() const
{
    return read16(&bytes_[2]);
}

std::uint32_t RtpPacket::timestamp() const
{
    return read32(&bytes_[4]);
}

std::uint32_t RtpPacket::ssrc() const
{
    return read32(&bytes_[8]);
}

void RtpPacket::setPayloadType(int type)
{
    bytes_[1] = (std::uint8_t)((bytes_[1] & 0x80) | (type & 0x7F));
}

void RtpPacket::setSequence(std::uint16_t number)
{
    write16(&bytes_[2], number);
}

void RtpPacket::setTimestamp(std::uint32_t time)
{
    write32(&bytes_[4], time);
}

void RtpPacket::setSsrc(std::uint32_t ssrc)
{
    write32(&bytes_[8], ssrc);
}

void RtpPacket::setMarker(bool marker)
{
    bytes_[1] = (std::uint8_t)((bytes_[1] & 0x7F) | (marker ? 0x80 : 0));
}

void RtpPacket::strip()
{
    if (bytes_[0] & 0x20)
        bytes_.resize(bytes_.size() - bytes_.back());
    bytes_.erase(bytes_.begin() + RTP_HEADER, bytes_.begin() + (long)payload());
    bytes_[0] = 0x80;
}

std::size_t RtpPacket::payload() const
{
    return payload_start(bytes_.data(), bytes_.size());
}

bool RtpPacket::begins(int nal_type) const
{
    const std::size_t start = payload();
    const std::size_t size = bytes_.size();
    const int type = bytes_[start] & 0x1F;
    if (type == FU_A)
        return start + 1 < size && bytes_[start + 1] & 0x80
               && (bytes_[start + 1] & 0x1F) == nal_type;
    if (type != STAP_A)
        return type == nal_type;
    for (std::size_t at = start + 1; at + 2 < size; at += 2 + read16(&bytes_[at]))
        if ((bytes_[at + 2] & 0x1F) == nal_type)
            return true;
    return false;
}

Bytes key_frame_request(std::uint32_t ours, std::uint32_t theirs, std::uint8_t number)
{
    Bytes bytes;
    append_header(bytes, 0, RTCP_RR, 1);
    append32(bytes, ours);
    append_header(bytes, 1, RTCP_SDES, 2);
    append32(bytes, ours);
    append32(bytes, 0x01000000); /* an empty CNAME, and the end */
    append_header(bytes, FMT_PLI, RTCP_PSFB, 2);
    append32(bytes, ours);
    append32(bytes, theirs);
    append_header(bytes, FMT_FIR, RTCP_PSFB, 4);
    append32(bytes, ours);
    append32(bytes, 0);
    append32(bytes, theirs);
    append32(bytes, (std::uint32_t)number << 24);
    return bytes;
}

Feedback read_feedback(const std::uint8_t *data, std::size_t size)
{
    Feedback feedback;
    while (size >= 4) {
        const std::size_t length = 4u * (read16(data + 2) + 1u);
        if (length > size)
            break;
        const int count = data[0] & 0x1F, type = data[1];
        if (type == RTCP_PSFB)
            feedback.key_frame |= count == FMT_PLI || count == FMT_FIR;
        else if (type == RTCP_RTPFB && count == FMT_NACK && length > 12)
            read_nack(data + 12, length - 12, feedback);
        data += length;
        size -= length;
    }
    return feedback;
}

} // namespace gate
