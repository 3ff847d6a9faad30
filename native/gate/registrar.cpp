#include "registrar.hpp"

#include <pjsip/sip_auth.h>

#include <pjsua-lib/pjsua.h>

#include "facts.hpp"

namespace gate {

namespace {

/* More than anybody registers; policy refuses long before. */
const std::size_t MAX_CONTACTS = 32;
const std::size_t MAX_PATHS = 8;

const pj_str_t ROUTE_NAME = pj_str(const_cast<char *>("Route"));
const pj_str_t QOP = pj_str(const_cast<char *>("auth"));
const pj_str_t NONE = pj_str(const_cast<char *>(""));

pj_str_t borrowed(const std::string &value)
{
    return {const_cast<char *>(value.data()), (pj_ssize_t)value.size()};
}

std::string printed(const void *uri, pjsip_uri_context_e context)
{
    char buffer[PJSIP_MAX_URL_SIZE * 4];
    int length = uri ? pjsip_uri_print(context, uri, buffer, sizeof(buffer)) : 0;
    return length > 0 ? std::string(buffer, length) : std::string();
}

std::string unquoted(std::string value)
{
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return value.substr(1, value.size() - 2);
    return value;
}

std::string parameter(const pjsip_param &list, const char *name)
{
    pj_str_t wanted = pj_str(const_cast<char *>(name));
    pjsip_param *found = pjsip_param_find(&list, &wanted);
    return found ? unquoted(text(found->value)) : std::string();
}

/* The next header of a name after the given one, or the first. */
template <typename Header>
Header *next_named(pjsip_rx_data *rdata, const pj_str_t &name, Header *after)
{
    const pjsip_msg *msg = rdata->msg_info.msg;
    void *start = after ? after->next : nullptr;
    if (after && start == &msg->hdr)
        return nullptr;
    return static_cast<Header *>(pjsip_msg_find_hdr_by_name(msg, &name, start));
}

void add_contact(Texts &found, const pjsip_contact_hdr &contact)
{
    if (contact.star) {
        found.insert(found.end(), {"*", "", "", "", ""});
        return;
    }
    bool timed = contact.expires != PJSIP_EXPIRES_NOT_SPECIFIED;
    found.insert(found.end(),
                 {printed(pjsip_uri_get_uri(contact.uri), PJSIP_URI_IN_CONTACT_HDR),
                  timed ? std::to_string(contact.expires) : "",
                  contact.q1000 >= 0 ? std::to_string(contact.q1000) : "",
                  parameter(contact.other_param, "+sip.instance"),
                  parameter(contact.other_param, "reg-id")});
}

void add_routes(pjsip_rx_data *rdata, Texts &found, const pj_str_t &value)
{
    pj_str_t copy;
    pj_strdup_with_null(rdata->tp_info.pool, &copy, &value);
    auto *first = static_cast<pjsip_routing_hdr *>(pjsip_parse_hdr(
        rdata->tp_info.pool, &ROUTE_NAME, copy.ptr, copy.slen, nullptr));
    pjsip_routing_hdr *each = first;
    while (each && found.size() < MAX_PATHS) {
        found.push_back(printed(&each->name_addr, PJSIP_URI_IN_ROUTING_HDR));
        each = each->next == first ? nullptr : each->next;
    }
}

/* The digest credentials for a realm, of a server's or a proxy's kind. */
pjsip_authorization_hdr *find_credentials(pjsip_rx_data *rdata,
                                          const std::string &realm)
{
    const pj_str_t wanted = borrowed(realm);
    for (pjsip_hdr_e kind : {PJSIP_H_AUTHORIZATION, PJSIP_H_PROXY_AUTHORIZATION}) {
        const pjsip_msg *msg = rdata->msg_info.msg;
        void *start = nullptr;
        while (auto *header = static_cast<pjsip_authorization_hdr *>(
                   pjsip_msg_find_hdr(msg, kind, start))) {
            if (!pj_stricmp(&header->scheme, &pjsip_DIGEST_STR)
                && !pj_strcmp(&header->credential.common.realm, &wanted))
                return header;
            if ((start = header->next) == &msg->hdr)
                break;
        }
    }
    return nullptr;
}

const pjsip_auth_algorithm *algorithm_of(const pj_str_t &name)
{
    const pjsip_auth_algorithm *known = pjsip_auth_get_algorithm_by_iana_name(&name);
    bool usable = known && pjsip_auth_is_algorithm_supported(known->algorithm_type);
    return usable ? known : nullptr;
}

/* Only for the time of one verification. */
struct Account
{
    pj_str_t username;
    pj_str_t ha1;
    pjsip_auth_algorithm_type algorithm;
} account;

pj_status_t look_up(pj_pool_t *, const pjsip_auth_lookup_cred_param *wanted,
                    pjsip_cred_info *found)
{
    if (pj_strcmp(&wanted->acc_name, &account.username))
        return PJSIP_EAUTHACCNOTFOUND;
    found->realm = wanted->realm;
    found->scheme = pjsip_DIGEST_STR;
    found->username = account.username;
    found->data_type = PJSIP_CRED_DATA_DIGEST;
    found->data = account.ha1;
    found->algorithm_type = account.algorithm;
    return PJ_SUCCESS;
}

pj_status_t open_server(pjsip_rx_data *rdata, const std::string &realm, bool proxy,
                        pjsip_auth_srv &server)
{
    pj_str_t name = borrowed(realm);
    pjsip_auth_srv_init_param param;
    pj_bzero(&param, sizeof(param));
    param.realm = &name;
    param.lookup2 = &look_up;
    param.options = proxy ? PJSIP_AUTH_SRV_IS_PROXY : 0;
    return pjsip_auth_srv_init2(rdata->tp_info.pool, &server, &param);
}

bool clean(const std::string &value)
{
    return value.find_first_of("\r\n") == std::string::npos
           && value.find('\0') == std::string::npos;
}

} // namespace

Texts contacts(pjsip_rx_data *rdata)
{
    Texts found;
    const pjsip_msg *msg = rdata->msg_info.msg;
    void *start = nullptr;
    while (auto *header = static_cast<pjsip_contact_hdr *>(
               pjsip_msg_find_hdr(msg, PJSIP_H_CONTACT, start))) {
        add_contact(found, *header);
        if ((start = header->next) == &msg->hdr || found.size() >= MAX_CONTACTS * 5)
            break;
    }
    return found;
}

int expires(pjsip_rx_data *rdata)
{
    auto *header = static_cast<pjsip_expires_hdr *>(
        pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_EXPIRES, nullptr));
    return header ? (int)PJ_MIN(header->ivalue, 0x7fffffffU) : -1;
}

Texts paths(pjsip_rx_data *rdata)
{
    Texts found;
    const pj_str_t name = pj_str(const_cast<char *>("Path"));
    pjsip_generic_string_hdr *header = nullptr;
    while ((header = next_named(rdata, name, header)))
        add_routes(rdata, found, header->hvalue);
    return found;
}

Texts option_tags(pjsip_rx_data *rdata, const std::string &name)
{
    Texts found;
    const pj_str_t wanted = borrowed(name);
    pjsip_generic_array_hdr *header = nullptr;
    while ((header = next_named(rdata, wanted, header)))
        for (unsigned i = 0; i < header->count; ++i)
            found.push_back(text(header->values[i]));
    return found;
}

std::string header_text(pjsip_rx_data *rdata, const std::string &name)
{
    const pj_str_t wanted = borrowed(name);
    auto *header = next_named<pjsip_hdr>(rdata, wanted, nullptr);
    char buffer[PJSIP_MAX_URL_SIZE * 4];
    int length = header ? pjsip_hdr_print_on(header, buffer, sizeof(buffer)) : 0;
    const std::string line(buffer, length > 0 ? length : 0);
    const std::size_t colon = line.find(": ");
    return colon == std::string::npos ? std::string() : line.substr(colon + 2);
}

Texts credentials(pjsip_rx_data *rdata, const std::string &realm)
{
    const pjsip_authorization_hdr *header = find_credentials(rdata, realm);
    if (!header)
        return {};
    const pjsip_digest_credential &digest = header->credential.digest;
    return {text(digest.username), text(digest.nonce), text(digest.algorithm),
            text(digest.qop), text(digest.nc)};
}

bool verify(pjsip_rx_data *rdata, const std::string &username, const std::string &realm,
            const std::string &ha1)
{
    const pjsip_authorization_hdr *header = find_credentials(rdata, realm);
    if (!header)
        return false;
    const auto *algorithm = algorithm_of(header->credential.digest.algorithm);
    if (!algorithm || ha1.size() != algorithm->digest_str_length)
        return false;
    account = {borrowed(username), borrowed(ha1), algorithm->algorithm_type};
    pjsip_auth_srv server;
    int status = 0;
    bool proxy = header->type == PJSIP_H_PROXY_AUTHORIZATION;
    return open_server(rdata, realm, proxy, server) == PJ_SUCCESS
           && pjsip_auth_srv_verify(&server, rdata, &status) == PJ_SUCCESS;
}

void challenge(pjsip_rx_data *rdata, const std::string &realm, const std::string &nonce,
               const Texts &algorithms, bool stale)
{
    answer_to_source(rdata);
    pjsip_endpoint *endpt = pjsua_get_pjsip_endpt();
    pjsip_tx_data *tdata;
    if (pjsip_endpt_create_response(endpt, rdata, PJSIP_SC_UNAUTHORIZED, nullptr,
                                    &tdata) != PJ_SUCCESS)
        return;
    pjsip_auth_srv server;
    open_server(rdata, realm, false, server);
    const pj_str_t once = borrowed(nonce);
    for (const std::string &name : algorithms)
        if (const auto *algorithm = algorithm_of(borrowed(name)))
            pjsip_auth_srv_challenge2(&server, &QOP, &once, &NONE, stale, tdata,
                                      algorithm->algorithm_type);
    pjsip_response_addr address;
    if (pjsip_get_response_addr(tdata->pool, rdata, &address) != PJ_SUCCESS
        || pjsip_endpt_send_response(endpt, &address, tdata, nullptr, nullptr)
               != PJ_SUCCESS)
        pjsip_tx_data_dec_ref(tdata);
}

void reply(pjsip_rx_data *rdata, pjsip_module *user, int status, const Texts &names,
           const Texts &values)
{
    answer_to_source(rdata);
    pjsip_hdr headers;
    pj_list_init(&headers);
    for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
        if (!clean(names[i]) || !clean(values[i]))
            continue;
        const pj_str_t name = borrowed(names[i]), value = borrowed(values[i]);
        pj_list_push_back(&headers, pjsip_generic_string_hdr_create(
                                        rdata->tp_info.pool, &name, &value));
    }
    pjsip_endpt_respond(pjsua_get_pjsip_endpt(), user, rdata, status, nullptr,
                        &headers, nullptr, nullptr);
}

bool same_uri(const std::string &one, const std::string &other)
{
    if (one == other)
        return true;
    pj_pool_t *pool = pjsua_pool_create("same-uri", 1000, 1000);
    pj_str_t first, second;
    const pj_str_t given = borrowed(one), against = borrowed(other);
    pj_strdup_with_null(pool, &first, &given);
    pj_strdup_with_null(pool, &second, &against);
    const pjsip_uri *left = pjsip_parse_uri(pool, first.ptr, first.slen, 0);
    const pjsip_uri *right = pjsip_parse_uri(pool, second.ptr, second.slen, 0);
    bool same = left && right
                && pjsip_uri_cmp(PJSIP_URI_IN_CONTACT_HDR, left, right) == PJ_SUCCESS;
    pj_pool_release(pool);
    return same;
}

void answer_to_source(pjsip_rx_data *rdata)
{
    pjsip_via_hdr *via = rdata->msg_info.via;
    bool elsewhere = pj_stricmp2(&via->sent_by.host, rdata->pkt_info.src_name) != 0;
    if (via->maddr_param.slen || (elsewhere && via->rport_param < 0)) {
        via->maddr_param.slen = 0;
        via->rport_param = rdata->pkt_info.src_port;
    }
}

} // namespace gate
