#include "video_source.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>

#include <pjlib-util.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include "barrier.hpp"
#include "rtp.hpp"
#include "webrtc_line.hpp"

#define THIS_FILE "video_source.cpp"

namespace pj {

namespace {

constexpr int LISTENER_PAYLOAD_TYPE = 96;
constexpr unsigned MAX_PACKET = 2000;
constexpr std::size_t MAX_PICTURES = 2048; /* packets since the last whole picture */
constexpr unsigned KEY_FRAME_INTERVAL = 500; /* ms */
constexpr unsigned LATE = 100; /* ms after which a missing packet is lost */
constexpr int MAX_MISSING = 100; /* packets; more is another beginning */
constexpr int PORT_TRIES = 200;
constexpr std::size_t MAX_PARAMETER_SET = 1000;

pj_uint32_t now_ms()
{
    pj_time_val now;
    pj_gettickcount(&now);
    return (pj_uint32_t)PJ_TIME_VAL_MSEC(now);
}

gate::Bytes decoded(const std::string &base64)
{
    const pj_str_t text = pj_str(const_cast<char *>(base64.c_str()));
    gate::Bytes bytes(base64.size());
    int size = (int)bytes.size();
    if (pj_base64_decode(&text, bytes.data(), &size) != PJ_SUCCESS)
        size = 0;
    bytes.resize((std::size_t)size);
    return bytes;
}

} // namespace

struct VideoSource::Parts
{
    explicit Parts(VideoSource &owner) : owner(owner) {}

    VideoSource &owner;
    pj_pool_t *pool = nullptr;
    pj_activesock_t *rtp = nullptr, *rtcp = nullptr;
    pj_ioqueue_op_key_t send_key = {};
    pj_sockaddr peer = {}, rtcp_peer = {}, sender = {};
    bool expected = false, answers = false, is_negotiated = false;
    pj_uint32_t expected_at = 0;
    int payload_type = -1;
    std::uint32_t ssrc = 0, ours = pj_rand();
    std::uint8_t requests = 0;
    pj_uint32_t asked_at = 0;
    unsigned received = 0;
    std::vector<gate::Bytes> parameter_sets;
    std::uint32_t sets_time = 0, picture_time = 0;
    std::uint16_t shift = 0;
    std::deque<gate::RtpPacket> pictures;
    std::uint16_t newest = 0;
    std::map<std::uint16_t, pj_uint32_t> missing;
    bool damaged = false;
    std::set<WebRtcLine *> lines;
    std::set<int> listeners;

    pj_status_t bind(const std::string &address, int port, pj_activesock_t **result,
                     bool is_rtp);
    bool open_pair(const std::string &address, int port);
    bool isSender(const pj_sockaddr_t *from);
    void take(const pj_uint8_t *data, pj_size_t size, const pj_sockaddr_t *from);
    void pass(gate::RtpPacket packet);
    bool isDamaged(const gate::RtpPacket &packet);
    void complete(const gate::RtpPacket &packet);
    void keep(const gate::RtpPacket &packet);
    void send(const gate::Bytes &bytes, pj_activesock_t *socket, const pj_sockaddr &to);

    static pj_bool_t onPacket(pj_activesock_t *socket, void *data, pj_size_t size,
                              const pj_sockaddr_t *from, int, pj_status_t status);
    static pj_bool_t onControl(pj_activesock_t *, void *, pj_size_t,
                               const pj_sockaddr_t *, int, pj_status_t);
};

pj_bool_t VideoSource::Parts::onPacket(pj_activesock_t *socket, void *data,
                                       pj_size_t size, const pj_sockaddr_t *from, int,
                                       pj_status_t status)
{
    auto *parts = static_cast<Parts *>(pj_activesock_get_user_data(socket));
    if (status == PJ_SUCCESS)
        gate::done([&] { parts->take((const pj_uint8_t *)data, size, from); });
    return PJ_TRUE;
}

/* Nobody asks us anything by RTCP; its socket only sends. */
pj_bool_t VideoSource::Parts::onControl(pj_activesock_t *, void *, pj_size_t,
                                        const pj_sockaddr_t *, int, pj_status_t)
{
    return PJ_TRUE;
}

pj_status_t VideoSource::Parts::bind(const std::string &address, int port,
                                     pj_activesock_t **result, bool is_rtp)
{
    const bool ipv6 = address.find(':') != std::string::npos;
    pj_sockaddr bound;
    pj_str_t host = pj_str(const_cast<char *>(address.c_str()));
    pj_status_t status =
        pj_sockaddr_init(ipv6 ? pj_AF_INET6() : pj_AF_INET(), &bound,
                         address.empty() ? nullptr : &host, (pj_uint16_t)port);
    if (status != PJ_SUCCESS)
        return status;
    pj_activesock_cfg config;
    pj_activesock_cfg_default(&config);
    pj_activesock_cb callbacks = {};
    callbacks.on_data_recvfrom = is_rtp ? &onPacket : &onControl;
    status = pj_activesock_create_udp(pool, &bound, &config,
                                      pjsip_endpt_get_ioqueue(pjsua_var.endpt),
                                      &callbacks, this, result, nullptr);
    if (status == PJ_SUCCESS)
        status = pj_activesock_start_recvfrom(*result, pool, MAX_PACKET, 0);
    return status;
}

bool VideoSource::Parts::open_pair(const std::string &address, int port)
{
    if (bind(address, port, &rtp, true) == PJ_SUCCESS
        && bind(address, port + 1, &rtcp, false) == PJ_SUCCESS)
        return true;
    owner.close();
    pool = pjsua_pool_create("video", 4000, 4000);
    return false;
}

void VideoSource::Parts::send(const gate::Bytes &bytes, pj_activesock_t *socket,
                              const pj_sockaddr &to)
{
    pj_ssize_t size = (pj_ssize_t)bytes.size();
    if (socket)
        pj_activesock_sendto(socket, &send_key, bytes.data(), &size, 0, &to,
                             (int)pj_sockaddr_get_len(&to));
}

void VideoSource::Parts::take(const pj_uint8_t *data, pj_size_t size,
                              const pj_sockaddr_t *from)
{
    if (!expected || !gate::RtpPacket::isValid(data, size))
        return;
    gate::RtpPacket packet(gate::Bytes(data, data + size));
    if (packet.payloadType() != payload_type || !isSender(from))
        return;
    const bool first = received++ == 0;
    if (ssrc != packet.ssrc()) {
        ssrc = packet.ssrc();
        pictures.clear();
        newest = packet.sequence();
        missing.clear();
        damaged = false;
    }
    packet.strip();
    if (isDamaged(packet))
        owner.askKeyFrame();
    complete(packet);
    packet.setSequence((std::uint16_t)(packet.sequence() + shift));
    pass(std::move(packet));
    if (first) {
        owner.askKeyFrame();
        owner.onStarted();
    }
}

/*
 * There is one sender: the negotiated host or, until that has spoken, one that was
 * there early, as for audio. Others must not mix in.
 */
bool VideoSource::Parts::isSender(const pj_sockaddr_t *from)
{
    const auto *address = (const pj_sockaddr *)from;
    if (pj_sockaddr_has_addr(&sender) && pj_sockaddr_cmp(from, &sender) == 0)
        return true;
    const bool negotiated =
        address->addr.sa_family == peer.addr.sa_family
        && pj_memcmp(pj_sockaddr_get_addr(from), pj_sockaddr_get_addr(&peer),
                     pj_sockaddr_get_addr_len(&peer))
               == 0;
    const bool early = !pj_sockaddr_has_addr(&sender)
                       && now_ms() - expected_at < PJMEDIA_TRANSPORT_LATCH_MSEC;
    if (is_negotiated || !(negotiated || early))
        return false;
    sender = *address;
    is_negotiated = negotiated;
    return true;
}

/*
 * What is lost on the way here nobody can send again: pictures are wrong until the next
 * whole one, which the decoders would ask for only seconds later.
 */
bool VideoSource::Parts::isDamaged(const gate::RtpPacket &packet)
{
    const pj_uint32_t now = now_ms();
    const std::uint16_t number = packet.sequence();
    const auto ahead = (std::int16_t)(number - newest);
    if (std::abs((int)ahead) > MAX_MISSING)
        missing.clear();
    else
        for (int i = 1; i < ahead; ++i)
            missing[(std::uint16_t)(newest + i)] = now;
    if (ahead > 0 || ahead < -MAX_MISSING)
        newest = number;
    missing.erase(number);
    const bool whole = packet.begins(gate::NAL_SPS) || packet.begins(gate::NAL_IDR);
    if (whole && packet.timestamp() != picture_time) {
        damaged = false;
        for (auto each = missing.begin(); each != missing.end();)
            each = (std::int16_t)(each->first - number) < 0 ? missing.erase(each)
                                                            : std::next(each);
    }
    damaged |= std::any_of(missing.begin(), missing.end(), [now](const auto &each) {
        return now - each.second > LATE;
    });
    if (damaged)
        missing.clear();
    return damaged;
}

/* A picture that refers to parameter sets of the session description gets them. */
void VideoSource::Parts::complete(const gate::RtpPacket &packet)
{
    if (packet.begins(gate::NAL_SPS))
        sets_time = packet.timestamp();
    if (!packet.begins(gate::NAL_IDR) || sets_time == packet.timestamp())
        return;
    sets_time = packet.timestamp();
    for (const gate::Bytes &set : parameter_sets) {
        gate::Bytes bytes(packet.bytes().begin(),
                          packet.bytes().begin() + gate::RTP_HEADER);
        bytes.insert(bytes.end(), set.begin(), set.end());
        gate::RtpPacket added(std::move(bytes));
        added.setMarker(false);
        added.setSequence((std::uint16_t)(packet.sequence() + shift));
        ++shift;
        pass(std::move(added));
    }
}

/* Keep all packets since the last whole picture began. */
void VideoSource::Parts::keep(const gate::RtpPacket &packet)
{
    const bool whole = packet.begins(gate::NAL_SPS) || packet.begins(gate::NAL_IDR);
    if ((whole && picture_time != packet.timestamp())
        || pictures.size() >= MAX_PICTURES)
        pictures.clear();
    if (whole)
        picture_time = packet.timestamp();
    if (whole || !pictures.empty())
        pictures.push_back(packet);
}

void VideoSource::Parts::pass(gate::RtpPacket packet)
{
    packet.setPayloadType(LISTENER_PAYLOAD_TYPE);
    keep(packet);
    for (int port : listeners) {
        pj_sockaddr to;
        pj_str_t host = pj_str(const_cast<char *>("127.0.0.1"));
        if (pj_sockaddr_init(pj_AF_INET(), &to, &host, (pj_uint16_t)port)
            == PJ_SUCCESS)
            send(packet.bytes(), rtp, to);
    }
    for (WebRtcLine *line : lines)
        line->showPacket(packet);
}

VideoSource::VideoSource() : parts_(std::make_unique<Parts>(*this)) {}

VideoSource::~VideoSource()
{
    for (WebRtcLine *line : parts_->lines)
        line->forgetSource();
    parts_->lines.clear();
    close();
}

int VideoSource::open(const std::string &address, int first_port,
                      int last_port) PJSUA2_THROW(Error)
{
    if (parts_->pool)
        PJSUA2_RAISE_ERROR2(PJ_EEXISTS, "VideoSource::open()");
    parts_->pool = pjsua_pool_create("video", 4000, 4000);
    const int first = first_port > 0 ? first_port : 20000;
    const int last = last_port > first ? last_port : 60000;
    const int pairs = std::max(1, (last - first + 1) / 2);
    const int start = (int)(pj_rand() % (unsigned)pairs);
    for (int i = 0; i < std::min(pairs, PORT_TRIES); ++i) {
        const int port = ((first + 1) & ~1) + 2 * ((start + i) % pairs);
        if (port + 1 <= 65535 && parts_->open_pair(address, port))
            return port;
    }
    close();
    PJSUA2_RAISE_ERROR2(PJ_ETOOMANY, "VideoSource::open()");
}

void VideoSource::expect(const std::string &host, int rtcp_port, int payload_type,
                         const std::vector<std::string> &parameter_sets)
{
    const bool ipv6 = host.find(':') != std::string::npos;
    pj_str_t text = pj_str(const_cast<char *>(host.c_str()));
    pj_sockaddr peer;
    if (pj_sockaddr_init(ipv6 ? pj_AF_INET6() : pj_AF_INET(), &peer, &text, 0)
        != PJ_SUCCESS)
        return;
    if (!parts_->expected || pj_sockaddr_cmp(&peer, &parts_->peer) != 0) {
        parts_->peer = peer;
        parts_->sender = {};
        parts_->is_negotiated = false;
        parts_->expected_at = now_ms();
    }
    parts_->rtcp_peer = peer;
    pj_sockaddr_set_port(&parts_->rtcp_peer, (pj_uint16_t)rtcp_port);
    parts_->answers = rtcp_port > 0;
    parts_->payload_type = payload_type;
    parts_->parameter_sets.clear();
    for (const std::string &set : parameter_sets) {
        gate::Bytes bytes = decoded(set);
        if (!bytes.empty() && bytes.size() <= MAX_PARAMETER_SET)
            parts_->parameter_sets.push_back(std::move(bytes));
    }
    parts_->expected = true;
}

void VideoSource::addListener(int port)
{
    parts_->listeners.insert(port);
    askKeyFrame();
}

void VideoSource::removeListener(int port)
{
    parts_->listeners.erase(port);
}

void VideoSource::addLine(WebRtcLine &line)
{
    if (!parts_->lines.insert(&line).second)
        return;
    line.setSource(this);
    line.showPictures(parts_->pictures);
    askKeyFrame();
}

void VideoSource::showAgain(WebRtcLine &line)
{
    line.showPictures(parts_->pictures);
    askKeyFrame();
}

void VideoSource::removeLine(WebRtcLine &line)
{
    if (parts_->lines.erase(&line))
        line.forgetSource();
}

void VideoSource::askKeyFrame()
{
    const pj_uint32_t now = now_ms();
    if (!parts_->received || now - parts_->asked_at < KEY_FRAME_INTERVAL)
        return;
    parts_->asked_at = now;
    if (parts_->answers)
        parts_->send(
            gate::key_frame_request(parts_->ours, parts_->ssrc, parts_->requests++),
            parts_->rtcp, parts_->rtcp_peer);
    onKeyFrameAsked();
}

unsigned VideoSource::received() const
{
    return parts_->received;
}

void VideoSource::close()
{
    for (pj_activesock_t **socket : {&parts_->rtp, &parts_->rtcp})
        if (*socket) {
            pj_activesock_close(*socket);
            *socket = nullptr;
        }
    if (parts_->pool)
        pj_pool_safe_release(&parts_->pool);
    parts_->pictures.clear();
}

} // namespace pj
