/* All that the shield can find wrong with a message, each with the code that tells it. */
#ifndef SIP_INTERCOM_DEFECTS_HPP
#define SIP_INTERCOM_DEFECTS_HPP

#define GATE_DEFECTS(DEFECT)                    \
    DEFECT(SIZE, "size")                        \
    DEFECT(HEADERS, "headers")                  \
    DEFECT(REPEATED, "repeated")                \
    DEFECT(VIA, "via")                          \
    DEFECT(ROUTE, "route")                      \
    DEFECT(MADDR, "maddr")                      \
    DEFECT(CSEQ, "cseq")                        \
    DEFECT(MULTIPART, "multipart")              \
    DEFECT(BODY, "body")                        \
    DEFECT(SDP_SIZE, "sdp-size")                \
    DEFECT(SDP_NUL, "sdp-nul")                  \
    DEFECT(SDP_LINE, "sdp-line")                \
    DEFECT(SDP_MEDIA, "sdp-media")              \
    DEFECT(SDP_PORT, "sdp-port")                \
    DEFECT(SDP_FORMATS, "sdp-formats")          \
    DEFECT(SDP_FORMAT, "sdp-format")            \
    DEFECT(SDP_RTPMAP, "sdp-rtpmap")            \
    DEFECT(SDP_ATTRIBUTES, "sdp-attributes")    \
    DEFECT(SDP_BANDWIDTH, "sdp-bandwidth")      \
    DEFECT(SDP_CRYPTO, "sdp-crypto")            \
    DEFECT(SDP_PTIME, "sdp-ptime")              \
    DEFECT(SDP_ADDRESS, "sdp-address")

namespace gate::defect {

#define GATE_DEFECT(name, code) constexpr char name[] = code;
GATE_DEFECTS(GATE_DEFECT)
#undef GATE_DEFECT

#define GATE_DEFECT(name, code) name,
constexpr const char *ALL[] = {GATE_DEFECTS(GATE_DEFECT)};
#undef GATE_DEFECT

} // namespace gate::defect

#endif
