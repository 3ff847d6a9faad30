#include "hops.hpp"

#include "barrier.hpp"
#include "facts.hpp"

/* Called for each request that has no destination yet: patch chosen-destination. */
extern "C" void (*pjsip_choose_destination)(pjsip_tx_data *tdata);

namespace gate {

namespace {

Hops *current = nullptr;

/* The name under which the hop of a call waits whose Call-ID is not made yet. */
const std::string NEXT;

bool read_type(const std::string &transport, bool ipv6, pjsip_transport_type_e &type)
{
    if (transport == "udp")
        type = ipv6 ? PJSIP_TRANSPORT_UDP6 : PJSIP_TRANSPORT_UDP;
    else if (transport == "tcp")
        type = ipv6 ? PJSIP_TRANSPORT_TCP6 : PJSIP_TRANSPORT_TCP;
    else if (transport == "tls")
        type = ipv6 ? PJSIP_TRANSPORT_TLS6 : PJSIP_TRANSPORT_TLS;
    else
        return false;
    return true;
}

void set_destination(pjsip_tx_data *tdata, const Hop &hop)
{
    pjsip_server_addresses &list = tdata->dest_info.addr;
    pj_bzero(&list, sizeof(list));
    list.count = 1;
    list.entry[0].type = hop.type;
    list.entry[0].addr = hop.address;
    list.entry[0].addr_len = pj_sockaddr_get_len(&hop.address);
    char text[PJ_INET6_ADDRSTRLEN];
    pj_sockaddr_print(&hop.address, text, sizeof(text), 0);
    pj_strdup2(tdata->pool, &tdata->dest_info.name, text);
    tdata->dest_info.cur_addr = 0;
}

} // namespace

void Hops::start(Connections *connections)
{
    connections_ = connections;
    current = this;
    pjsip_choose_destination = &Hops::choose;
}

void Hops::stop()
{
    pjsip_choose_destination = nullptr;
    current = nullptr;
    known_.clear();
}

bool Hops::put(const std::string &call_id, const std::string &transport,
               const std::string &address, int port, unsigned long long connection)
{
    bool ipv6 = address.find(':') != std::string::npos;
    Hop hop;
    pj_str_t host = {const_cast<char *>(address.data()), (pj_ssize_t)address.size()};
    if (!read_type(transport, ipv6, hop.type) || port <= 0 || port > 65535
        || pj_sockaddr_init(ipv6 ? pj_AF_INET6() : pj_AF_INET(), &hop.address, &host,
                            (pj_uint16_t)port) != PJ_SUCCESS)
        return false;
    hop.connection = connection;
    known_[call_id] = hop;
    return true;
}

void Hops::forget(const std::string &call_id)
{
    known_.erase(call_id);
}

const Hop *Hops::hop_of(const pjsip_tx_data *tdata)
{
    if (known_.empty())
        return nullptr;
    const auto *id = static_cast<const pjsip_cid_hdr *>(
        pjsip_msg_find_hdr(tdata->msg, PJSIP_H_CALL_ID, nullptr));
    if (!id)
        return nullptr;
    const std::string call_id = text(id->id);
    auto found = known_.find(call_id);
    if (found != known_.end())
        return &found->second;
    const auto *to = static_cast<const pjsip_to_hdr *>(
        pjsip_msg_find_hdr(tdata->msg, PJSIP_H_TO, nullptr));
    auto next = known_.find(NEXT);
    const pjsip_method &method = tdata->msg->line.req.method;
    bool message = text(method.name) == "MESSAGE";
    bool first = (method.id == PJSIP_INVITE_METHOD || message) && to && !to->tag.slen;
    if (!first || next == known_.end())
        return nullptr;
    const Hop hop = next->second;
    known_.erase(next);
    /* A message has nothing after it that would have to go there too. */
    return message ? &(passing_ = hop) : &(known_[call_id] = hop);
}

void Hops::choose(pjsip_tx_data *tdata)
{
    done([&] {
        const Hop *hop = current ? current->hop_of(tdata) : nullptr;
        if (!hop)
            return;
        set_destination(tdata, *hop);
        pjsip_transport *transport = current->connections_->open(hop->connection);
        pjsip_tpselector selector;
        pj_bzero(&selector, sizeof(selector));
        if (transport && transport->key.type == hop->type) {
            selector.type = PJSIP_TPSELECTOR_TRANSPORT;
            selector.u.transport = transport;
        }
        pjsip_tx_data_set_transport(tdata, &selector);
    });
}

} // namespace gate
