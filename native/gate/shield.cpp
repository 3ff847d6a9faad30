#include "shield.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "defects.hpp"
#include "sdp_shield.hpp"

namespace gate {

namespace {

using View = std::string_view;

const int MAX_DATAGRAM = 8 * 1024;
const int MAX_STREAM = 16 * 1024;
const int MAX_HEADERS = 64;
const int MAX_ROUTES = 8;
const int IDENTITIES = 4;
const unsigned MAX_SMALL_BODY = 1024;

View view(const pj_str_t &value)
{
    return {value.ptr, static_cast<std::size_t>(std::max<pj_ssize_t>(value.slen, 0))};
}

bool same(View left, View right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](unsigned char a, unsigned char b) {
                          return std::tolower(a) == std::tolower(b);
                      });
}

pjsip_hdr *first(pjsip_msg *msg) { return msg->hdr.next; }

/* What a message has exactly once (RFC 3261 7.3.1 and 8.1.1). */
bool is_identity(const pjsip_hdr *header)
{
    return header->type == PJSIP_H_FROM || header->type == PJSIP_H_TO
           || header->type == PJSIP_H_CALL_ID || header->type == PJSIP_H_CSEQ;
}

const char *headers_defect(pjsip_msg *msg)
{
    int all = 0, vias = 0, record_routes = 0, routes = 0, identities = 0;
    for (pjsip_hdr *header = first(msg); header != &msg->hdr; header = header->next) {
        ++all;
        vias += header->type == PJSIP_H_VIA;
        record_routes += header->type == PJSIP_H_RECORD_ROUTE;
        routes += header->type == PJSIP_H_ROUTE;
        identities += is_identity(header);
    }
    if (all > MAX_HEADERS)
        return defect::HEADERS;
    if (vias > MAX_ROUTES)
        return defect::VIA;
    if (record_routes > MAX_ROUTES || routes > MAX_ROUTES)
        return defect::ROUTE;
    /* Of two, another element may have judged the one that we do not see. */
    return identities > IDENTITIES ? defect::REPEATED : nullptr;
}

/* Answers would go where the request says, or to a name. */
const char *via_defect(const pjsip_rx_data *rdata)
{
    return rdata->msg_info.via->maddr_param.slen ? defect::MADDR : nullptr;
}

const char *body_defect(pjsip_rx_data *rdata, View method)
{
    const pjsip_msg_body *body = rdata->msg_info.msg->body;
    const pjsip_ctype_hdr *type = rdata->msg_info.ctype;
    if (same(type ? view(type->media.type) : View(), "multipart"))
        return defect::MULTIPART;
    if (!body || !body->len)
        return nullptr;
    if (!type)
        return defect::BODY;
    View main = view(type->media.type), sub = view(type->media.subtype);
    View content(static_cast<const char *>(body->data), body->len);

    if (same(main, "application") && same(sub, "sdp")) {
        bool carries = method == "INVITE" || method == "UPDATE" || method == "ACK"
                       || method == "PRACK";
        return carries ? sdp_defect(content) : defect::BODY;
    }
    bool small = body->len <= MAX_SMALL_BODY;
    if (method == "INFO" && same(main, "application"))
        return small && (same(sub, "dtmf-relay") || same(sub, "dtmf")
                         || same(sub, "telephone-event")
                         || same(sub, "media_control+xml")) ? nullptr : defect::BODY;
    /* How a transfer that we asked for goes (RFC 3515 2.4.5). */
    if (method == "NOTIFY")
        return small && same(main, "message") && same(sub, "sipfrag")
                   ? nullptr : defect::BODY;
    if (method == "MESSAGE")
        return small && same(main, "text") && same(sub, "plain") ? nullptr : defect::BODY;
    return defect::BODY;
}

void drop_body(pjsip_rx_data *rdata)
{
    rdata->msg_info.msg->body = nullptr;
    if (rdata->msg_info.ctype)
        pj_list_erase(rdata->msg_info.ctype);
    rdata->msg_info.ctype = nullptr;
}

} // namespace

const char *find_defect(pjsip_rx_data *rdata)
{
    bool datagram = rdata->tp_info.transport->flag & PJSIP_TRANSPORT_DATAGRAM;
    if (rdata->msg_info.len > (datagram ? MAX_DATAGRAM : MAX_STREAM))
        return defect::SIZE;
    pjsip_msg *msg = rdata->msg_info.msg;
    if (const char *defect = headers_defect(msg))
        return defect;
    View method = view(rdata->msg_info.cseq->method.name);
    if (msg->type == PJSIP_REQUEST_MSG) {
        if (const char *defect = via_defect(rdata))
            return defect;
        if (method != view(msg->line.req.method.name))
            return defect::CSEQ;
        /* Whatever it carries, it must end the call. */
        if (method == "BYE" || method == "CANCEL")
            drop_body(rdata);
    }
    return body_defect(rdata, method);
}

void mend(pjsip_rx_data *rdata)
{
    if (body_defect(rdata, view(rdata->msg_info.cseq->method.name)))
        drop_body(rdata);
}

} // namespace gate
