#include "connections.hpp"

namespace gate {

namespace {

/* So many connections may one address, and may all of them together, hold open
   before anything that came over them was let through: silent ones must not
   take the transports that a registration or a ring needs. */
const std::size_t MAX_STRANGERS_PER_SOURCE = 16;
const std::size_t MAX_STRANGERS = 256;

Connections *current = nullptr;

/* Survives the gate: an identity is never used twice in one process. */
unsigned long long last_id = 0;

bool proven(const pjsip_transport_state_info *info)
{
    auto *tls = static_cast<const pjsip_tls_state_info *>(info->ext_info);
    if (!tls || !tls->ssl_sock_info || !tls->ssl_sock_info->established)
        return false;
    const pj_ssl_sock_info &ssl = *tls->ssl_sock_info;
    return ssl.verify_status == PJ_SSL_CERT_ESUCCESS && ssl.remote_cert_info
           && ssl.remote_cert_info->version > 0;
}

std::string address_of(const pj_sockaddr &address)
{
    char text[PJ_INET6_ADDRSTRLEN + 10];
    /* Its subject may be empty: then the alternative names are all its names. */
    return pj_sockaddr_print(&address, text, sizeof(text), 0);
}

} // namespace

void Connections::start(pjsip_endpoint *endpt, Lost lost)
{
    lost_ = std::move(lost);
    pjsip_tpmgr *manager = pjsip_endpt_get_tpmgr(endpt);
    current = this;
    next_ = pjsip_tpmgr_get_state_cb(manager);
    pjsip_tpmgr_set_state_cb(manager, &Connections::onState);
}

void Connections::stop(pjsip_endpoint *endpt)
{
    pjsip_tpmgr_set_state_cb(pjsip_endpt_get_tpmgr(endpt), next_);
    current = nullptr;
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

/* Closing here is foreseen: PJSIP looks for it when the callback returns. Of too many
   strangers the one that has been silent longest goes: the new one may be a doorbell. */
void Connections::admit(pjsip_transport *transport)
{
    of(transport);
    const std::string source = address_of(transport->key.rem_addr);
    known_[transport].stranger = source;
    std::size_t all = 0, same = 0;
    auto oldest = known_.end();
    for (auto entry = known_.begin(); entry != known_.end(); ++entry) {
        const Connection &connection = entry->second;
        if (connection.stranger.empty() || connection.lost)
            continue;
        ++all;
        same += connection.stranger == source;
        if (oldest == known_.end() || connection.id < oldest->second.id)
            oldest = entry;
    }
    if (same > MAX_STRANGERS_PER_SOURCE)
        pjsip_transport_shutdown2(transport, PJ_TRUE);
    else if (all > MAX_STRANGERS)
        show_out(oldest->first);
}

void Connections::close(unsigned long long id)
{
    for (const auto &[transport, connection] : known_) {
        if (connection.id == id) {
            pjsip_transport_shutdown2(transport, PJ_TRUE);
            return;
        }
    }
}

/* Told once per connection, with the first sign of its end. */
void Connections::tell(pjsip_transport *transport)
{
    auto found = known_.find(transport);
    if (found == known_.end() || found->second.lost)
        return;
    found->second.lost = true;
    lost_(found->second.id);
}

void Connections::onState(pjsip_transport *transport, pjsip_transport_state state,
                          const pjsip_transport_state_info *info)
{
    Connections *self = current;
    if (state == PJSIP_TP_STATE_CONNECTED && transport->dir == PJSIP_TP_DIR_INCOMING)
        self->admit(transport);
    if (state == PJSIP_TP_STATE_CONNECTED
        && (transport->flag & PJSIP_TRANSPORT_SECURE)) {
        self->of(transport);
        self->known_[transport].verified = proven(info);
    }
    if (self->next_)
        (*self->next_)(transport, state, info);
    if (state == PJSIP_TP_STATE_DISCONNECTED || state == PJSIP_TP_STATE_DESTROY)
        self->tell(transport);
    if (state == PJSIP_TP_STATE_DESTROY)
        self->known_.erase(transport);
}

} // namespace gate
