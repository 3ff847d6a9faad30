#include "facts.hpp"

#include <pjsip_ua.h>

namespace gate {

namespace {

const pj_str_t CONTACT_NAME = pj_str(const_cast<char *>("Contact"));
const pj_str_t ASSERTED = pj_str(const_cast<char *>("P-Asserted-Identity"));
const pj_str_t DIVERSION = pj_str(const_cast<char *>("Diversion"));
const pj_str_t CALLED_PARTY = pj_str(const_cast<char *>("P-Called-Party-ID"));
const pj_str_t USER_AGENT = pj_str(const_cast<char *>("User-Agent"));
const pj_str_t REPLACES = pj_str(const_cast<char *>("Replaces"));

std::string uri_text(const void *uri)
{
    if (!uri)
        return {};
    char buffer[PJSIP_MAX_URL_SIZE * 4];
    int length = pjsip_uri_print(PJSIP_URI_IN_REQ_URI, pjsip_uri_get_uri(uri),
                                 buffer, sizeof(buffer));
    return length > 0 ? std::string(buffer, length) : std::string();
}

const pjsip_generic_string_hdr *header(pjsip_rx_data *rdata, const pj_str_t &name)
{
    return static_cast<pjsip_generic_string_hdr *>(
        pjsip_msg_find_hdr_by_name(rdata->msg_info.msg, &name, nullptr));
}

/* PJSIP keeps these headers as text; the parser may write into what it reads. */
std::string header_uri(pjsip_rx_data *rdata, const pj_str_t &name)
{
    const pjsip_generic_string_hdr *found = header(rdata, name);
    if (!found || found->hvalue.slen == 0)
        return {};
    pj_str_t copy;
    pj_strdup_with_null(rdata->tp_info.pool, &copy, &found->hvalue);
    auto *contact = static_cast<pjsip_contact_hdr *>(
        pjsip_parse_hdr(rdata->tp_info.pool, &CONTACT_NAME, copy.ptr, copy.slen,
                        nullptr));
    return contact ? uri_text(contact->uri) : std::string();
}

void read_transport(pjsip_rx_data *rdata, const Connection &connection,
                    pj::GateRequest &request)
{
    pjsip_transport *transport = rdata->tp_info.transport;
    if (transport->flag & PJSIP_TRANSPORT_SECURE)
        request.transport = "tls";
    else
        request.transport = transport->flag & PJSIP_TRANSPORT_DATAGRAM ? "udp" : "tcp";
    request.ipv6 = (transport->key.type & PJSIP_TRANSPORT_IPV6) != 0;
    request.outgoing = transport->dir == PJSIP_TP_DIR_OUTGOING;
    request.connection = connection.id;
    request.tlsVerified = connection.verified;
    request.localAddress = text(transport->local_name.host);
    request.localPort = transport->local_name.port;
    request.remoteAddress = rdata->pkt_info.src_name;
    request.remotePort = rdata->pkt_info.src_port;
    request.size = rdata->msg_info.len;
}

void read_parties(pjsip_rx_data *rdata, pj::GateRequest &request)
{
    const auto &info = rdata->msg_info;
    request.fromUri = uri_text(info.from->uri);
    request.toUri = uri_text(info.to->uri);
    request.fromTag = text(info.from->tag);
    request.toTag = text(info.to->tag);
    request.fromName =
        text(reinterpret_cast<pjsip_name_addr *>(info.from->uri)->display);
    request.assertedIdentity = header_uri(rdata, ASSERTED);
    request.diversion = header_uri(rdata, DIVERSION);
    request.calledPartyId = header_uri(rdata, CALLED_PARTY);
}

void read_message(pjsip_rx_data *rdata, pj::GateRequest &request)
{
    pjsip_msg *msg = rdata->msg_info.msg;
    request.method = text(msg->line.req.method.name);
    request.requestUri = uri_text(msg->line.req.uri);
    request.callId = text(rdata->msg_info.cid->id);
    request.branch = text(rdata->msg_info.via->branch_param);
    request.cseq = rdata->msg_info.cseq->cseq;
    auto *contact = static_cast<pjsip_contact_hdr *>(
        pjsip_msg_find_hdr(msg, PJSIP_H_CONTACT, nullptr));
    if (contact && !contact->star)
        request.contactUri = uri_text(contact->uri);
    if (const auto *agent = header(rdata, USER_AGENT))
        request.userAgent = text(agent->hvalue);
    request.hasReplaces = header(rdata, REPLACES) != nullptr;
    if (const auto *type = rdata->msg_info.ctype)
        request.contentType = text(type->media.type) + "/" + text(type->media.subtype);
}

pjsip_transaction *find_transaction(pjsip_rx_data *rdata, pjsip_role_e role,
                                    const pjsip_method &method)
{
    pj_str_t key;
    if (pjsip_tsx_create_key(rdata->tp_info.pool, &key, role, &method, rdata)
        != PJ_SUCCESS)
        return nullptr;
    return pjsip_tsx_layer_find_tsx(&key, PJ_FALSE);
}

} // namespace

pjsip_transaction *transaction_of(pjsip_rx_data *rdata)
{
    const pjsip_method &method = rdata->msg_info.msg->line.req.method;
    return find_transaction(rdata, PJSIP_ROLE_UAS,
                            method.id == PJSIP_CANCEL_METHOD
                                ? *pjsip_get_invite_method() : method);
}

bool is_awaited(pjsip_rx_data *rdata)
{
    return find_transaction(rdata, PJSIP_ROLE_UAC, rdata->msg_info.cseq->method);
}

bool same_source(const pjsip_transaction *transaction, const pjsip_rx_data *rdata)
{
    const pj_str_t &peer = transaction->res_addr.dst_host.addr.host;
    return pj_stricmp2(&peer, rdata->pkt_info.src_name) == 0;
}

bool has_dialog(pjsip_rx_data *rdata)
{
    const auto &info = rdata->msg_info;
    return info.to->tag.slen
           && pjsip_ua_find_dialog(&info.cid->id, &info.to->tag, &info.from->tag,
                                   PJ_FALSE);
}

void read_facts(pjsip_rx_data *rdata, const Connection &connection,
                pj::GateRequest &request)
{
    read_transport(rdata, connection, request);
    read_parties(rdata, request);
    read_message(rdata, request);
}

} // namespace gate
