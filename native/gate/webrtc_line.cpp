#include "webrtc_line.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include "barrier.hpp"
#include "video_source.hpp"

#define THIS_FILE "webrtc_line.cpp"

namespace pj {

namespace {

constexpr std::size_t SENT = 512; /* packets of video that can be sent again; libsrtp
                                     takes as many, see srtp-repeat.patch */
constexpr unsigned MAX_CANDIDATES = 8; /* of ours, for each line */
constexpr std::uint32_t FRAME = 90; /* ms between frames that are caught up, in 90 kHz */

/* Whoever is called later may be gone by then. */
std::set<WebRtcLine::Parts *> alive;

pj_str_t text_of(const std::string &text)
{
    return pj_str(const_cast<char *>(text.c_str()));
}

pjmedia_sdp_session *parse(pj_pool_t *pool, const std::string &text)
{
    pj_str_t copy;
    const pj_str_t original = text_of(text);
    pj_strdup_with_null(pool, &copy, &original);
    pjmedia_sdp_session *session = nullptr;
    pj_status_t status =
        pjmedia_sdp_parse(pool, copy.ptr, (pj_size_t)copy.slen, &session);
    if (status == PJ_SUCCESS && session->media_count != 1)
        status = PJMEDIA_SDPNEG_ENOMEDIA;
    if (status != PJ_SUCCESS)
        PJSUA2_RAISE_ERROR2(status, "WebRtcLine::open()");
    return session;
}

/* Where media goes is ICE's business, but a stream without an address would not run. */
pjmedia_sdp_session *with_address(pj_pool_t *pool, const pjmedia_sdp_session *session)
{
    pjmedia_sdp_session *clone = pjmedia_sdp_session_clone(pool, session);
    auto *connection = PJ_POOL_ZALLOC_T(pool, pjmedia_sdp_conn);
    connection->net_type = pj_str(const_cast<char *>("IN"));
    connection->addr_type = pj_str(const_cast<char *>("IP4"));
    connection->addr = pj_str(const_cast<char *>("198.51.100.1"));
    clone->media[0]->conn = connection;
    return clone;
}

std::string candidate_text(const pj_ice_sess_cand &candidate)
{
    char address[PJ_INET6_ADDRSTRLEN + 2], related[PJ_INET6_ADDRSTRLEN + 2];
    char text[256];
    int length = pj_ansi_snprintf(
        text, sizeof(text), "candidate:%.*s %u udp %u %s %u typ %s",
        (int)candidate.foundation.slen, candidate.foundation.ptr,
        (unsigned)candidate.comp_id, candidate.prio,
        pj_sockaddr_print(&candidate.addr, address, sizeof(address), 0),
        (unsigned)pj_sockaddr_get_port(&candidate.addr),
        pj_ice_get_cand_type_name(candidate.type));
    std::string whole(text, length > 0 ? (std::size_t)length : 0);
    if (candidate.type == PJ_ICE_CAND_TYPE_HOST)
        return whole;
    pj_sockaddr_print(&candidate.rel_addr, related, sizeof(related), 0);
    return whole + " raddr " + related + " rport "
           + std::to_string(pj_sockaddr_get_port(&candidate.rel_addr));
}

} // namespace

struct WebRtcLine::Parts
{
    explicit Parts(WebRtcLine &owner) : owner(owner) {}

    WebRtcLine &owner;
    pj_pool_t *pool = nullptr;
    pjmedia_sdp_session *offer = nullptr, *answer = nullptr;
    pjmedia_transport *ice = nullptr, *transport = nullptr;
    pjmedia_stream *stream = nullptr;
    pj_sockaddr nowhere = {};
    bool is_video = false, answered = false, attached = false;
    int state = 0;
    std::vector<std::string> late; /* candidates of ours, to be told */
    unsigned received = 0;

    VideoSource *source = nullptr;
    int payload_type = -1;
    std::uint32_t ssrc = 0, source_ssrc = 0;
    bool showing = false;
    std::uint16_t next = 0, shift = 0;
    std::uint32_t time_shift = 0, last_time = 0;
    std::array<gate::Bytes, SENT> sent;

    void create(const IceServers &servers, const std::string &address, int first_port,
                int last_port);
    pj_status_t negotiate();
    pj_status_t startStream();
    pj_status_t startVideo();
    void tellAnswer();
    void work();
    void changed();
    void tell(int new_state);
    void send(const gate::Bytes &bytes);
    void sendAs(gate::RtpPacket packet, std::uint32_t time);
    void begin(const gate::RtpPacket &packet);

    static void later(void *user_data);
    static void onIceComplete(pjmedia_transport *tp, pj_ice_strans_op op,
                              pj_status_t status, void *user_data);
    static void onNewCandidate(pjmedia_transport *tp, const pj_ice_sess_cand *candidate,
                               pj_bool_t last);
    static void onKeys(pjmedia_transport *tp, pj_status_t status);
    static void onRtp(void *user_data, void *packet, pj_ssize_t size);
    static void onRtcp(void *user_data, void *packet, pj_ssize_t size);
};

namespace {

/* PJSIP's callback of keys and candidates names the transport only. */
WebRtcLine::Parts *line_of(const pjmedia_transport *tp)
{
    for (WebRtcLine::Parts *parts : alive)
        if (parts->ice == tp || parts->transport == tp)
            return parts;
    return nullptr;
}

} // namespace

/* PJSIP calls from amid its own work, with locks held: what follows is done later. */
void WebRtcLine::Parts::changed()
{
    pjsua_schedule_timer2(&later, this, 0);
}

void WebRtcLine::Parts::later(void *user_data)
{
    auto *parts = static_cast<Parts *>(user_data);
    if (alive.count(parts))
        gate::done([&] { parts->work(); });
}

void WebRtcLine::Parts::onIceComplete(pjmedia_transport *, pj_ice_strans_op op,
                                      pj_status_t status, void *user_data)
{
    auto *parts = static_cast<Parts *>(user_data);
    if (op == PJ_ICE_STRANS_OP_NEGOTIATION && status != PJ_SUCCESS) {
        parts->state = WEBRTC_FAILED;
        parts->changed();
    }
}

void WebRtcLine::Parts::onNewCandidate(pjmedia_transport *tp,
                                       const pj_ice_sess_cand *candidate,
                                       pj_bool_t last)
{
    Parts *parts = line_of(tp);
    if (!parts)
        return;
    gate::done([&] {
        if (candidate)
            parts->late.push_back(candidate_text(*candidate));
        if (last)
            parts->late.emplace_back();
    });
    parts->changed();
}

void WebRtcLine::Parts::onKeys(pjmedia_transport *tp, pj_status_t status)
{
    if (Parts *parts = line_of(tp)) {
        parts->state = status == PJ_SUCCESS ? WEBRTC_CONNECTED : WEBRTC_FAILED;
        parts->changed();
    }
}

void WebRtcLine::Parts::work()
{
    if (!answered) {
        answered = true;
        const pj_status_t status = negotiate();
        if (status != PJ_SUCCESS) {
            pjsua_perror(THIS_FILE, "A browser's line cannot be opened", status);
            state = WEBRTC_FAILED;
        } else {
            tellAnswer();
        }
    }
    std::vector<std::string> candidates;
    candidates.swap(late);
    for (const std::string &candidate : candidates)
        owner.onCandidate(candidate);
    if (int now = state) {
        state = 0;
        if (now == WEBRTC_CONNECTED && source)
            source->showAgain(owner);
        owner.onState(now);
    }
}

void WebRtcLine::Parts::create(const IceServers &servers, const std::string &address,
                               int first_port, int last_port)
{
    pj_ice_strans_cfg config;
    pj_ice_strans_cfg_default(&config);
    pj_stun_config_init(&config.stun_cfg, &pjsua_var.cp.factory, 0,
                        pjsip_endpt_get_ioqueue(pjsua_var.endpt),
                        pjsip_endpt_get_timer_heap(pjsua_var.endpt));
    config.opt.trickle = PJ_ICE_SESS_TRICKLE_FULL;
    /* A browser with two families may send by another pair than we do; who it is
       DTLS proves. */
    config.opt.check_src_addr = PJ_FALSE;
    const pj_str_t bound = text_of(address);
    const bool any = address.empty();
    for (int af : {pj_AF_INET(), pj_AF_INET6()}) {
        const bool ipv6 = af == pj_AF_INET6();
        if (!any && ipv6 != (address.find(':') != std::string::npos))
            continue;
        pj_ice_strans_stun_cfg &stun = config.stun_tp[config.stun_tp_cnt];
        pj_ice_strans_stun_cfg_default(&stun);
        stun.af = af;
        stun.max_host_cands = MAX_CANDIDATES / 2;
        stun.cfg.max_pkt_size = PJMEDIA_MAX_MRU;
        if (pj_sockaddr_init(af, &stun.cfg.bound_addr, any ? nullptr : &bound,
                             (pj_uint16_t)first_port)
            != PJ_SUCCESS)
            continue;
        stun.cfg.port_range = (pj_uint16_t)std::max(0, last_port - first_port);
        if (servers.stunPort
            && ipv6 == (servers.stunAddress.find(':') != std::string::npos)) {
            stun.server = text_of(servers.stunAddress);
            stun.port = (pj_uint16_t)servers.stunPort;
        }
        ++config.stun_tp_cnt;
    }
    if (servers.turnPort) {
        pj_ice_strans_turn_cfg &turn = config.turn_tp[config.turn_tp_cnt++];
        pj_ice_strans_turn_cfg_default(&turn);
        turn.af = servers.turnAddress.find(':') == std::string::npos ? pj_AF_INET()
                                                                    : pj_AF_INET6();
        turn.server = text_of(servers.turnAddress);
        turn.port = (pj_uint16_t)servers.turnPort;
        turn.conn_type = servers.turnTcp ? PJ_TURN_TP_TCP : PJ_TURN_TP_UDP;
        turn.cfg.max_pkt_size = PJMEDIA_MAX_MRU;
        turn.auth_cred.type = PJ_STUN_AUTH_CRED_STATIC;
        turn.auth_cred.data.static_cred.username = text_of(servers.turnUsername);
        turn.auth_cred.data.static_cred.data_type = PJ_STUN_PASSWD_PLAIN;
        turn.auth_cred.data.static_cred.data = text_of(servers.turnPassword);
    }
    pjmedia_ice_cb callbacks = {};
    callbacks.on_ice_complete2 = &onIceComplete;
    callbacks.on_new_candidate = &onNewCandidate;
    PJSUA2_CHECK_EXPR(pjmedia_ice_create3(pjsua_var.med_endpt, "webrtc", 1, &config,
                                          &callbacks, PJMEDIA_ICE_NO_SRC_ADDR_CHECKING,
                                          this, &ice));
    pjmedia_srtp_setting setting;
    pjmedia_srtp_setting_default(&setting);
    setting.use = PJMEDIA_SRTP_MANDATORY;
    setting.close_member_tp = PJ_TRUE;
    setting.keying_count = 1;
    setting.keying[0] = PJMEDIA_SRTP_KEYING_DTLS_SRTP;
    setting.repeat_tx = is_video;
    setting.cb.on_srtp_nego_complete = &onKeys;
    PJSUA2_CHECK_EXPR(pjmedia_transport_srtp_create(pjsua_var.med_endpt, ice, &setting,
                                                    &transport));
    /* Candidates of servers follow: there is no need to wait for them. */
    changed();
}

pj_status_t WebRtcLine::Parts::negotiate()
{
    pj_status_t status = pjmedia_transport_media_create(
        transport, pool, PJMEDIA_TPMED_RTCP_MUX, offer, 0);
    if (status == PJ_SUCCESS)
        status = pjmedia_transport_encode_sdp(transport, pool, answer, offer, 0);
    if (status == PJ_SUCCESS)
        status = pjmedia_transport_media_start(transport, pool, answer, offer, 0);
    if (status == PJ_SUCCESS)
        status = is_video ? startVideo() : startStream();
    return status;
}

pj_status_t WebRtcLine::Parts::startStream()
{
    pjmedia_stream_info info;
    pj_status_t status = pjmedia_stream_info_from_sdp(
        &info, pool, pjsua_var.med_endpt, with_address(pool, answer),
        with_address(pool, offer), 0);
    if (status != PJ_SUCCESS)
        return status;
    info.jb_init = pjsua_var.media_cfg.jb_init;
    info.jb_min_pre = pjsua_var.media_cfg.jb_min_pre;
    info.jb_max_pre = pjsua_var.media_cfg.jb_max_pre;
    info.jb_max = pjsua_var.media_cfg.jb_max;
    info.jb_discard_algo = pjsua_var.media_cfg.jb_discard_algo;
    info.rtcp_mux = PJ_TRUE;
    if (ssrc) /* the browser plays the source that the answer names */
        info.ssrc = ssrc;
    if (info.param)
        info.param->setting.vad = 0;
    status = pjmedia_stream_create(pjsua_var.med_endpt, nullptr, &info, transport,
                                   this, &stream);
    if (status == PJ_SUCCESS)
        status = pjmedia_stream_start(stream);
    if (status != PJ_SUCCESS)
        return status;
    pjmedia_stream_send_rtcp_sdes(stream);
    pjmedia_port *port = nullptr;
    pjmedia_stream_get_port(stream, &port);
    owner.registerMediaPort2(port, pool);
    return PJ_SUCCESS;
}

pj_status_t WebRtcLine::Parts::startVideo()
{
    pjmedia_transport_attach_param param = {};
    param.stream = this;
    param.media_type = PJMEDIA_TYPE_VIDEO;
    param.user_data = this;
    param.rtp_cb = &onRtp;
    param.rtcp_cb = &onRtcp;
    const pj_str_t host = pj_str(const_cast<char *>("198.51.100.1"));
    pj_sockaddr_init(pj_AF_INET(), &param.rem_addr, &host, 9);
    param.rem_rtcp = param.rem_addr;
    param.addr_len = pj_sockaddr_get_len(&param.rem_addr);
    pj_status_t status = pjmedia_transport_attach2(transport, &param);
    attached = status == PJ_SUCCESS;
    return status;
}

void WebRtcLine::Parts::tellAnswer()
{
    char text[4000];
    const int length = pjmedia_sdp_print(answer, text, sizeof(text));
    owner.onAnswer(std::string(text, length > 0 ? (std::size_t)length : 0));
}

void WebRtcLine::Parts::onRtp(void *user_data, void *, pj_ssize_t size)
{
    if (size > 0)
        ++static_cast<Parts *>(user_data)->received;
}

void WebRtcLine::Parts::onRtcp(void *user_data, void *packet, pj_ssize_t size)
{
    auto *parts = static_cast<Parts *>(user_data);
    if (size <= 0)
        return;
    ++parts->received;
    gate::done([&] {
        const gate::Feedback feedback =
            gate::read_feedback((const std::uint8_t *)packet, (std::size_t)size);
        for (std::uint16_t number : feedback.lost) {
            const gate::Bytes &bytes = parts->sent[number % SENT];
            if (bytes.size() > gate::RTP_HEADER
                && gate::RtpPacket(bytes).sequence() == number)
                pjmedia_transport_send_rtp(parts->transport, bytes.data(),
                                           bytes.size());
        }
        if (feedback.key_frame && parts->source)
            parts->source->askKeyFrame();
    });
}

/* A number is used once: what comes twice might not be the same, see srtp-repeat.patch. */
void WebRtcLine::Parts::sendAs(gate::RtpPacket packet, std::uint32_t time)
{
    packet.setPayloadType(payload_type);
    packet.setSsrc(ssrc);
    packet.setSequence((std::uint16_t)(packet.sequence() + shift));
    packet.setTimestamp(time);
    gate::Bytes &before = sent[packet.sequence() % SENT];
    if (!before.empty() && gate::RtpPacket(before).sequence() == packet.sequence())
        return;
    before = packet.bytes();
    if ((std::int16_t)(packet.sequence() - next) >= 0)
        next = (std::uint16_t)(packet.sequence() + 1);
    last_time = time;
    if (transport)
        pjmedia_transport_send_rtp(transport, packet.bytes().data(),
                                   packet.bytes().size());
}

/* Let a stream go on where the one before has ended. */
void WebRtcLine::Parts::begin(const gate::RtpPacket &packet)
{
    source_ssrc = packet.ssrc();
    showing = true;
    shift = (std::uint16_t)(next - packet.sequence());
    time_shift = last_time + FRAME - packet.timestamp();
}

WebRtcLine::WebRtcLine() : parts_(std::make_unique<Parts>(*this))
{
    alive.insert(parts_.get());
}

WebRtcLine::~WebRtcLine()
{
    close();
    alive.erase(parts_.get());
}

void WebRtcLine::open(const std::string &offer, const std::string &answer,
                      const IceServers &servers, const std::string &address,
                      int first_port, int last_port) PJSUA2_THROW(Error)
{
    if (parts_->pool)
        PJSUA2_RAISE_ERROR2(PJ_EEXISTS, "WebRtcLine::open()");
    parts_->pool = pjsua_pool_create("webrtc", 4000, 4000);
    try {
        parts_->offer = parse(parts_->pool, offer);
        parts_->answer = parse(parts_->pool, answer);
        const pjmedia_sdp_media *media = parts_->answer->media[0];
        parts_->is_video = pj_strcmp2(&media->desc.media, "video") == 0;
        parts_->payload_type = (int)pj_strtoul(&media->desc.fmt[0]);
        pjmedia_sdp_attr *attribute =
            pjmedia_sdp_media_find_attr2(media, "ssrc", nullptr);
        if (attribute)
            parts_->ssrc = (std::uint32_t)pj_strtoul(&attribute->value);
        parts_->next = (std::uint16_t)pj_rand();
        parts_->last_time = (std::uint32_t)pj_rand();
        parts_->create(servers, address, first_port, last_port);
    } catch (...) {
        close();
        throw;
    }
}

void WebRtcLine::addCandidates(const std::vector<std::string> &candidates, bool end)
{
    if (!parts_->ice || !parts_->answered)
        return;
    std::vector<pj_ice_sess_cand> known;
    for (const std::string &text : candidates) {
        pj_ice_sess_cand candidate;
        const pj_str_t value = text_of(text);
        if (known.size() < PJ_ICE_MAX_CAND
            && pjmedia_ice_parse_cand(parts_->pool, &value, &candidate) == PJ_SUCCESS)
            known.push_back(candidate);
    }
    const pjmedia_sdp_media *media = parts_->offer->media[0];
    pjmedia_sdp_attr *ufrag =
        pjmedia_sdp_media_find_attr2(media, "ice-ufrag", nullptr);
    pjmedia_sdp_attr *password =
        pjmedia_sdp_media_find_attr2(media, "ice-pwd", nullptr);
    if (ufrag && password)
        pjmedia_ice_trickle_update(parts_->ice, &ufrag->value, &password->value,
                                   (unsigned)known.size(), known.data(), end);
}

unsigned WebRtcLine::received() const
{
    pjmedia_rtcp_stat statistics;
    if (parts_->stream
        && pjmedia_stream_get_stat(parts_->stream, &statistics) == PJ_SUCCESS)
        return statistics.rx.pkt + statistics.tx.update_cnt;
    return parts_->received;
}

void WebRtcLine::close()
{
    if (parts_->source)
        parts_->source->removeLine(*this);
    if (parts_->stream) {
        pjmedia_stream_send_rtcp_bye(parts_->stream);
        if (getPortId() != PJSUA_INVALID_ID)
            PJSUA2_CATCH_IGNORE(unregisterMediaPort());
        pjmedia_stream_destroy(parts_->stream);
        parts_->stream = nullptr;
    }
    if (parts_->attached)
        pjmedia_transport_detach(parts_->transport, parts_.get());
    parts_->attached = false;
    if (pjmedia_transport *transport =
            parts_->transport ? parts_->transport : parts_->ice) {
        parts_->transport = parts_->ice = nullptr;
        pjmedia_transport_media_stop(transport);
        pjmedia_transport_close(transport);
    }
    if (parts_->pool)
        pj_pool_safe_release(&parts_->pool);
}

void WebRtcLine::setSource(VideoSource *source)
{
    if (parts_->source && parts_->source != source)
        parts_->source->removeLine(*this);
    parts_->source = source;
    parts_->showing = false;
}

void WebRtcLine::forgetSource()
{
    parts_->source = nullptr;
    parts_->showing = false;
}

void WebRtcLine::showPacket(const gate::RtpPacket &packet)
{
    if (!parts_->showing || packet.ssrc() != parts_->source_ssrc) {
        /* A decoder can begin with a whole picture only. */
        if (!packet.begins(gate::NAL_SPS) && !packet.begins(gate::NAL_IDR))
            return;
        parts_->begin(packet);
    }
    parts_->sendAs(packet, packet.timestamp() + parts_->time_shift);
}

/* A viewer catches up: what is shown already comes at once, a moment apart. */
void WebRtcLine::showPictures(const std::deque<gate::RtpPacket> &packets)
{
    if (packets.empty())
        return;
    parts_->begin(packets.front());
    std::uint32_t time = parts_->last_time + FRAME;
    std::uint32_t original = packets.front().timestamp();
    for (const gate::RtpPacket &packet : packets) {
        if (packet.timestamp() != original) {
            original = packet.timestamp();
            time += FRAME;
        }
        parts_->sendAs(packet, time);
    }
    parts_->time_shift = time - original;
}

} // namespace pj
