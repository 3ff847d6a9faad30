#include "connections.hpp"

#include <algorithm>

#include "barrier.hpp"

namespace gate {

namespace {

/* So many connections may one address, and may all of them together, hold open
   before anything that came over them was let through: silent ones must not
   take the transports that a registration or a ring needs. */
const std::size_t MAX_STRANGERS_PER_SOURCE = 16;
const std::size_t MAX_STRANGERS = 256;

/* Whoever has one address of a network of IPv6 has all of them. */
const std::size_t NETWORK_BYTES = 8;

Connections *current = nullptr;

/* Survives the gate: an identity is never used twice in one process. */
unsigned long long last_id = 0;

bool proven(const pjsip_transport_state_info *info)
{
    auto *tls = static_cast<const pjsip_tls_state_info *>(info->ext_info);
    if (!tls || !tls->ssl_sock_info || !tls->ssl_sock_info->established)
        return false;
    const pj_ssl_sock_info &ssl = *tls->ssl_sock_info;
    /* Its subject may be empty: then the alternative names are all its names. */
    return ssl.verify_status == PJ_SSL_CERT_ESUCCESS && ssl.remote_cert_info
           && ssl.remote_cert_info->version > 0;
}

std::string source_of(const pj_sockaddr &address)
{
    std::size_t size = pj_sockaddr_get_addr_len(&address);
    return {static_cast<const char *>(pj_sockaddr_get_addr(&address)),
            std::min(size, NETWORK_BYTES)};
}

void send_pong(pjsip_transport *transport)
{
    static const char PONG[] = "\r\n";
    pjsip_tpselector selector;
    pj_bzero(&selector, sizeof(selector));
    selector.type = PJSIP_TPSELECTOR_TRANSPORT;
    selector.u.transport = transport;
    pjsip_tpmgr_send_raw(transport->tpmgr, (pjsip_transport_type_e)transport->key.type,
                         &selector, nullptr, PONG, 2, &transport->key.rem_addr,
                         transport->addr_len, nullptr, nullptr);
}

void let_go(pjsip_transport *transport, Connection &connection)
{
    if (connection.kept)
        pjsip_transport_dec_ref(transport);
    connection.kept = false;
}

} // namespace

void Connections::start(pjsip_endpoint *endpt, Lost lost)
{
    lost_ = std::move(lost);
    pjsip_tpmgr *manager = pjsip_endpt_get_tpmgr(endpt);
    current = this;
    next_ = pjsip_tpmgr_get_state_cb(manager);
    pjsip_tpmgr_set_state_cb(manager, &Connections::onState);
    pjsip_tpmgr_set_drop_data_cb(manager, &Connections::onIgnored);
}

void Connections::stop(pjsip_endpoint *endpt)
{
    pjsip_tpmgr *manager = pjsip_endpt_get_tpmgr(endpt);
    pjsip_tpmgr_set_drop_data_cb(manager, nullptr);
    pjsip_tpmgr_set_state_cb(manager, next_);
    current = nullptr;
    for (auto &[transport, connection] : known_)
        let_go(transport, connection);
    known_.clear();
}

Connection Connections::of(pjsip_transport *transport)
{
    if (transport->flag & PJSIP_TRANSPORT_DATAGRAM)
        return {};
    Connection &connection = known_[transport];
    if (!connection.id)
        connection.id = ++last_id;
    return connection;
}

void Connections::vouch(pjsip_transport *transport)
{
    auto found = known_.find(transport);
    if (found != known_.end())
        found->second.stranger.clear();
}

void Connections::admit(pjsip_transport *transport)
{
    of(transport);
    const std::string source = source_of(transport->key.rem_addr);
    known_[transport].stranger = source;
    limit(source, MAX_STRANGERS_PER_SOURCE);
    limit({}, MAX_STRANGERS);
}

/* Of too many strangers the one that has been silent longest goes: the new one may be
   a doorbell. To close even that one is foreseen: PJSIP looks for it afterwards. */
void Connections::limit(const std::string &source, std::size_t most)
{
    std::size_t strangers = 0;
    auto oldest = known_.end();
    for (auto entry = known_.begin(); entry != known_.end(); ++entry) {
        const Connection &connection = entry->second;
        if (connection.lost || connection.stranger.empty()
            || (!source.empty() && connection.stranger != source))
            continue;
        ++strangers;
        if (oldest == known_.end() || connection.id < oldest->second.id)
            oldest = entry;
    }
    if (strangers <= most)
        return;
    oldest->second.stranger.clear();
    pjsip_transport_shutdown2(oldest->first, PJ_TRUE);
}

pjsip_transport *Connections::open(unsigned long long id)
{
    for (const auto &[transport, connection] : known_)
        if (id && connection.id == id && !connection.lost)
            return transport;
    return nullptr;
}

void Connections::close(unsigned long long id)
{
    if (pjsip_transport *transport = open(id))
        pjsip_transport_shutdown2(transport, PJ_TRUE);
}

void Connections::keep(unsigned long long id, bool kept)
{
    pjsip_transport *transport = open(id);
    if (!transport || known_[transport].kept == kept)
        return;
    vouch(transport);
    if (kept)
        known_[transport].kept = pjsip_transport_add_ref(transport) == PJ_SUCCESS;
    else
        let_go(transport, known_[transport]);
}

/* Who asks by two line ends whether we are still there hears one (RFC 5626 4.4.1). */
void Connections::onIgnored(pjsip_tp_dropped_data *data)
{
    const bool ping = data->status == PJ_EIGNORED && data->len >= 4
                      && !pj_memcmp(data->data, "\r\n\r\n", 4);
    if (!current || !ping || (data->tp->flag & PJSIP_TRANSPORT_DATAGRAM))
        return;
    auto found = current->known_.find(data->tp);
    if (found == current->known_.end() || !found->second.stranger.empty()
        || found->second.lost)
        return;
    done([&] { send_pong(data->tp); });
}

/* Told once per connection, with the first sign of its end. */
void Connections::tell(pjsip_transport *transport)
{
    auto found = known_.find(transport);
    if (found == known_.end() || found->second.lost)
        return;
    found->second.lost = true;
    let_go(transport, found->second);
    lost_(found->second.id);
}

void Connections::connected(pjsip_transport *transport,
                            const pjsip_transport_state_info *info)
{
    if (transport->dir == PJSIP_TP_DIR_INCOMING)
        admit(transport);
    if (transport->flag & PJSIP_TRANSPORT_SECURE) {
        of(transport);
        known_[transport].verified = proven(info);
    }
}

void Connections::onState(pjsip_transport *transport, pjsip_transport_state state,
                          const pjsip_transport_state_info *info)
{
    Connections *self = current;
    if (state == PJSIP_TP_STATE_CONNECTED)
        done([&] { self->connected(transport, info); });
    if (self->next_)
        (*self->next_)(transport, state, info);
    if (state == PJSIP_TP_STATE_DISCONNECTED || state == PJSIP_TP_STATE_DESTROY)
        done([&] { self->tell(transport); });
    if (state == PJSIP_TP_STATE_DESTROY)
        self->known_.erase(transport);
}

} // namespace gate
