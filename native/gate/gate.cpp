#include "gate.hpp"

#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include "barrier.hpp"
#include "connections.hpp"
#include "facts.hpp"
#include "groups.hpp"
#include "hops.hpp"
#include "jobs.hpp"
#include "registrar.hpp"
#include "resolver.hpp"
#include "shield.hpp"
#include "wakeup.hpp"

#define THIS_FILE "gate.cpp"

namespace pj {

struct Gate::Parts
{
    pj_pool_t *pool = nullptr;
    gate::Connections connections;
    gate::Hops hops;
    gate::Resolver resolver;
    gate::WakeUp wake_up;

    static pj_bool_t onRequest(pjsip_rx_data *rdata);
    static pj_bool_t onResponse(pjsip_rx_data *rdata);
    static void chooseAccount(const pjsip_rx_data *rdata, pjsua_acc_id *account);
    static int judge(pjsip_rx_data *rdata);
    static int ask(pjsip_rx_data *rdata, GateRequest &request);
    static void hear(pjsip_rx_data *rdata);
};

namespace {

Gate *current = nullptr;
Gate::Parts *parts = nullptr;

/* What is being judged, as long as it is. */
pjsip_rx_data *judged = nullptr;

pjsip_module module = {
    nullptr, nullptr, {const_cast<char *>("mod-gate"), 8}, -1,
    /* Ahead of the transactions, behind the log of messages. */
    PJSIP_MOD_PRIORITY_TRANSPORT_LAYER + 4,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
};

/* The answer goes back to where the request came from, whatever its Via asks for. */
void refuse(pjsip_rx_data *rdata, int status)
{
    pjsip_via_hdr *via = rdata->msg_info.via;
    if (via->maddr_param.slen) {
        via->maddr_param.slen = 0;
        via->rport_param = rdata->pkt_info.src_port;
    }
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, status, nullptr,
                                  nullptr, nullptr);
}

} // namespace

Gate::Gate() = default;

Gate::~Gate()
{
    stop();
}

void Gate::start() PJSUA2_THROW(Error)
{
    if (current)
        PJSUA2_RAISE_ERROR3(PJ_EEXISTS, "Gate::start()", "a gate is already open");
    pjsip_endpoint *endpt = pjsua_get_pjsip_endpt();
    parts_ = std::make_unique<Parts>();
    parts_->pool = pjsua_pool_create("gate", 1000, 1000);
    current = this;
    parts = parts_.get();

    parts->connections.start(
        endpt, [this](unsigned long long connection) { onConnectionLost(connection); });
    parts->hops.start(&parts->connections);
    module.on_rx_request = &Parts::onRequest;
    module.on_rx_response = &Parts::onResponse;
    pj_status_t status = PJ_SUCCESS;
    if (module.id < 0)
        status = pjsip_endpt_register_module(endpt, &module);
    if (status == PJ_SUCCESS)
        status = parts->resolver.start(
            endpt, [this](const std::string &host) { onResolve(host); });
    if (status == PJ_SUCCESS)
        status = parts->wake_up.start(endpt, parts->pool);
    pjsua_var.ua_cfg.cb.on_acc_find_for_incoming = &Parts::chooseAccount;
    gate::wake_for_jobs(parts->wake_up.handle());
    if (status != PJ_SUCCESS) {
        stop();
        PJSUA2_RAISE_ERROR2(status, "Gate::start()");
    }
}

void Gate::stop()
{
    if (current != this)
        return;
    pjsip_endpoint *endpt = pjsua_get_pjsip_endpt();
    gate::wake_for_jobs(-1);
    if (endpt) {
        pjsua_var.ua_cfg.cb.on_acc_find_for_incoming = nullptr;
        parts->wake_up.stop();
        parts->resolver.stop();
        parts->hops.stop();
        parts->connections.stop(endpt);
        pj_pool_release(parts->pool);
    }
    current = nullptr;
    parts = nullptr;
}

int Gate::onRequest(GateRequest &)
{
    return GATE_DROP;
}

std::vector<std::string> Gate::contacts() const
{
    return judged ? gate::contacts(judged) : gate::Texts();
}

int Gate::expires() const
{
    return judged ? gate::expires(judged) : -1;
}

std::vector<std::string> Gate::paths() const
{
    return judged ? gate::paths(judged) : gate::Texts();
}

std::vector<std::string> Gate::optionTags(const std::string &header) const
{
    return judged ? gate::option_tags(judged, header) : gate::Texts();
}

std::string Gate::headerText(const std::string &header) const
{
    return judged ? gate::header_text(judged, header) : std::string();
}

std::string Gate::body() const
{
    const pjsip_msg_body *body = judged ? judged->msg_info.msg->body : nullptr;
    return body ? std::string(static_cast<const char *>(body->data), body->len)
                : std::string();
}

std::vector<std::string> Gate::credentials(const std::string &realm) const
{
    return judged ? gate::credentials(judged, realm) : gate::Texts();
}

bool Gate::verify(const std::string &username, const std::string &realm,
                  const std::string &ha1) const
{
    return judged && gate::verify(judged, username, realm, ha1);
}

void Gate::challenge(const std::string &realm, const std::string &nonce,
                     const std::vector<std::string> &algorithms, bool stale) const
{
    if (judged)
        gate::challenge(judged, realm, nonce, algorithms, stale);
}

void Gate::reply(int status, const std::vector<std::string> &names,
                 const std::vector<std::string> &values) const
{
    if (judged)
        gate::reply(judged, &module, status, names, values);
}

bool Gate::sameUri(const std::string &one, const std::string &other)
{
    return gate::same_uri(one, other);
}

bool Gate::sendTo(const std::string &callId, const std::string &transport,
                  const std::string &address, int port, unsigned long long connection)
{
    return parts_ && parts_->hops.put(callId, transport, address, port, connection);
}

void Gate::forgetHop(const std::string &callId)
{
    if (parts_)
        parts_->hops.forget(callId);
}

void Gate::keepConnection(unsigned long long connection, bool kept)
{
    if (parts_)
        parts_->connections.keep(connection, kept);
}

bool Gate::joinGroup(int transportId, const std::string &group, bool joined)
{
    return gate::join_group(transportId, group, joined);
}

void Gate::onDefectiveResponse(const std::string &, const std::string &)
{
}

void Gate::onConnectionLost(unsigned long long)
{
}

void Gate::onResolve(const std::string &)
{
}

void Gate::setHost(const std::string &host, const std::vector<std::string> &addresses)
    PJSUA2_THROW(Error)
{
    if (!parts_ || !parts_->resolver.set(host, addresses))
        PJSUA2_RAISE_ERROR3(PJ_EINVAL, "Gate::setHost()", "not an address");
}

void Gate::removeHost(const std::string &host)
{
    if (parts_)
        parts_->resolver.remove(host);
}

unsigned long long Gate::connection(const SipRxData &rdata) const
{
    auto *data = static_cast<pjsip_rx_data *>(rdata.pjRxData);
    if (!parts_ || !data || !data->tp_info.transport)
        return 0;
    return parts_->connections.of(data->tp_info.transport).id;
}

void Gate::closeConnection(unsigned long long connection)
{
    if (parts_)
        parts_->connections.close(connection);
}

void Gate::closeSocket(int transportId)
{
    if (transportId < 0 || transportId >= (int)PJ_ARRAY_SIZE(pjsua_var.tpdata))
        return;
    const pjsua_transport_data &known = pjsua_var.tpdata[transportId];
    if (known.data.tp && (known.type & ~PJSIP_TRANSPORT_IPV6) == PJSIP_TRANSPORT_UDP)
        pjsip_udp_transport_pause(known.data.tp, PJSIP_UDP_TRANSPORT_DESTROY_SOCKET);
}

void Gate::setLogLevel(int level)
{
    pjsua_var.log_cfg.level = level;
    pjsua_var.log_cfg.console_level = level;
    pj_log_set_level(level);
}

int Gate::wakeUpHandle() const
{
    return parts_ ? parts_->wake_up.handle() : -1;
}

/* Python may ask about the request only as long as it judges it. */
int Gate::Parts::ask(pjsip_rx_data *rdata, GateRequest &request)
{
    struct Judged
    {
        explicit Judged(pjsip_rx_data *data) { judged = data; }
        ~Judged() { judged = nullptr; }
    } while_it_lasts(rdata);
    return current->onRequest(request);
}

/* The account travels with the message as 1 + its id; 0 is none. */
void Gate::Parts::chooseAccount(const pjsip_rx_data *rdata, pjsua_acc_id *account)
{
    auto chosen = reinterpret_cast<pj_ssize_t>(rdata->endpt_info.mod_data[module.id]);
    *account = chosen ? (pjsua_acc_id)(chosen - 1) : PJSUA_INVALID_ID;
}

int Gate::Parts::judge(pjsip_rx_data *rdata)
{
    pjsip_method_e method = rdata->msg_info.msg->line.req.method.id;
    pjsip_transaction *transaction = gate::transaction_of(rdata);
    if (transaction && !gate::same_source(transaction, rdata))
        return GATE_DROP;

    GateRequest request;
    request.transaction = transaction != nullptr;
    request.dialog = gate::has_dialog(rdata);
    bool leftover = method == PJSIP_ACK_METHOD || method == PJSIP_CANCEL_METHOD;
    if (leftover && !request.transaction && !request.dialog)
        return GATE_DROP;

    if (const char *defect = gate::find_defect(rdata))
        request.defect = defect;
    gate::read_facts(rdata, parts->connections.of(rdata->tp_info.transport), request);
    int verdict = ask(rdata, request);
    if (verdict == GATE_PASS && !request.defect.empty())
        verdict = PJSIP_SC_BAD_REQUEST;
    /* Without one PJSIP would take the account that the To header names. */
    bool starts_call = method == PJSIP_INVITE_METHOD && !request.transaction
                       && !request.dialog;
    if (verdict == GATE_PASS && starts_call && !pjsua_acc_is_valid(request.accountId))
        verdict = PJSIP_SC_FORBIDDEN;
    if (verdict == GATE_PASS) {
        parts->connections.vouch(rdata->tp_info.transport);
        rdata->endpt_info.mod_data[module.id] =
            reinterpret_cast<void *>((pj_ssize_t)request.accountId + 1);
    }
    return verdict;
}

pj_bool_t Gate::Parts::onRequest(pjsip_rx_data *rdata)
{
    if (!current)
        return PJ_TRUE;
    int verdict = GATE_DROP;
    gate::done([&] { verdict = judge(rdata); });
    if (verdict == GATE_PASS)
        return PJ_FALSE;
    bool answered = verdict >= 200 && verdict < 700
                    && rdata->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD;
    if (answered)
        refuse(rdata, verdict);
    return PJ_TRUE;
}

void Gate::Parts::hear(pjsip_rx_data *rdata)
{
    const char *defect = gate::find_defect(rdata);
    if (!defect)
        return;
    gate::mend(rdata);
    /* Anyone can send an answer to nothing: only our own are told. */
    if (gate::is_awaited(rdata))
        current->onDefectiveResponse(gate::text(rdata->msg_info.cid->id), defect);
}

pj_bool_t Gate::Parts::onResponse(pjsip_rx_data *rdata)
{
    bool heard = !current || gate::done([&] { hear(rdata); });
    return heard ? PJ_FALSE : PJ_TRUE;
}

} // namespace pj
