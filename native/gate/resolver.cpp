#include "resolver.hpp"

#include <algorithm>
#include <cctype>

#include "barrier.hpp"
#include "facts.hpp"

namespace gate {

namespace {

const long PATIENCE = 5;        /* seconds that a send waits for its name */
const std::size_t MAX_WANTED = 256;

Resolver *current = nullptr;

std::string lower(std::string host)
{
    std::transform(host.begin(), host.end(), host.begin(),
                   [](unsigned char letter) { return std::tolower(letter); });
    return host;
}

/* PJSIP's parser of addresses would look a name up. */
bool numeric(const std::string &text)
{
    bool six = std::count(text.begin(), text.end(), ':') > 1;
    return !text.empty()
           && text.find_first_not_of(six ? "0123456789abcdefABCDEF:.[]%" : "0123456789.:")
                  == std::string::npos;
}

bool parse(const std::string &text, pj_sockaddr &address)
{
    pj_str_t value = {const_cast<char *>(text.data()), (pj_ssize_t)text.size()};
    return numeric(text)
           && pj_sockaddr_parse(pj_AF_UNSPEC(), 0, &value, &address) == PJ_SUCCESS;
}

int type_of(const pjsip_host_info &target, bool six)
{
    int type = target.type & ~PJSIP_TRANSPORT_IPV6;
    if (type == PJSIP_TRANSPORT_UNSPECIFIED) {
        if (target.flag & PJSIP_TRANSPORT_SECURE)
            type = PJSIP_TRANSPORT_TLS;
        else
            type = target.flag & PJSIP_TRANSPORT_RELIABLE ? PJSIP_TRANSPORT_TCP
                                                          : PJSIP_TRANSPORT_UDP;
    }
    return six ? type | PJSIP_TRANSPORT_IPV6 : type;
}

void answer(const pjsip_host_info &target, const std::vector<pj_sockaddr> &addresses,
            void *token, pjsip_resolver_callback *cb)
{
    pjsip_server_addresses servers = {};
    for (const pj_sockaddr &address : addresses) {
        if (servers.count == PJSIP_MAX_RESOLVED_ADDRESSES)
            break;
        auto &entry = servers.entry[servers.count++];
        bool six = address.addr.sa_family == pj_AF_INET6();
        entry.name = target.addr.host;
        entry.type = static_cast<pjsip_transport_type_e>(type_of(target, six));
        pj_sockaddr_cp(&entry.addr, &address);
        entry.addr_len = pj_sockaddr_get_len(&entry.addr);
        /* A port in the URI is meant: what DNS says of the service is not asked. */
        if (target.addr.port)
            pj_sockaddr_set_port(&entry.addr, (pj_uint16_t)target.addr.port);
        else if (!pj_sockaddr_get_port(&entry.addr))
            pj_sockaddr_set_port(&entry.addr,
                (pj_uint16_t)pjsip_transport_get_default_port_for_type(entry.type));
    }
    (*cb)(servers.count ? PJ_SUCCESS : PJ_ERESOLVE, token, &servers);
}

} // namespace

pj_status_t Resolver::start(pjsip_endpoint *endpt, Ask ask)
{
    endpt_ = endpt;
    ask_ = std::move(ask);
    current = this;
    /* PJSIP keeps the hook as long as it lives, which may be longer than we do. */
    static pjsip_ext_resolver hook = {&Resolver::onResolve};
    return pjsip_endpt_set_ext_resolver(endpt, &hook);
}

Resolver::~Resolver()
{
    if (current == this)
        current = nullptr;
}

void Resolver::stop()
{
    while (!wanted_.empty())
        finish(wanted_.begin(), nullptr);
    ask_ = nullptr;
}

bool Resolver::set(const std::string &host, const std::vector<std::string> &addresses)
{
    Addresses parsed(addresses.size());
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (!parse(addresses[i], parsed[i]))
            return false;
    }
    std::string key = lower(host);
    hosts_[key] = parsed;
    /* An answered send may want the next name: look anew after each. */
    auto waits = [&key](const Wanted &wanted) { return wanted.host == key; };
    for (auto wanted = std::find_if(wanted_.begin(), wanted_.end(), waits);
         wanted != wanted_.end();
         wanted = std::find_if(wanted_.begin(), wanted_.end(), waits))
        finish(wanted, &parsed);
    return true;
}

void Resolver::remove(const std::string &host)
{
    hosts_.erase(lower(host));
}

void Resolver::onResolve(pjsip_resolver_t *, pj_pool_t *pool,
                         const pjsip_host_info *target, void *token,
                         pjsip_resolver_callback *cb)
{
    done([&] {
        if (current)
            current->resolve(pool, *target, token, cb);
        else
            answer(*target, {}, token, cb);
    });
}

void Resolver::resolve(pj_pool_t *pool, const pjsip_host_info &target, void *token,
                       pjsip_resolver_callback *cb)
{
    std::string host = text(target.addr.host);
    pj_sockaddr address;
    if (parse(host, address)) {
        answer(target, {address}, token, cb);
        return;
    }
    auto known = hosts_.find(lower(host));
    if (known != hosts_.end())
        answer(target, known->second, token, cb);
    else if (!ask_ || wanted_.size() >= MAX_WANTED)
        answer(target, {}, token, cb);
    else
        want(pool, target, token, cb);
}

void Resolver::want(pj_pool_t *pool, const pjsip_host_info &target, void *token,
                    pjsip_resolver_callback *cb)
{
    std::string host = lower(text(target.addr.host));
    Wanted &wanted = wanted_.emplace_back(Wanted{host, target, token, cb, {}});
    pj_strdup(pool, &wanted.target.addr.host, &target.addr.host);
    pj_timer_entry_init(&wanted.timer, 1, &wanted, &Resolver::onTimeout);
    pj_time_val delay = {PATIENCE, 0};
    pjsip_endpt_schedule_timer(endpt_, &wanted.timer, &delay);
    ask_(host);
}

void Resolver::onTimeout(pj_timer_heap_t *, pj_timer_entry *entry)
{
    auto &list = current->wanted_;
    auto wanted = std::find_if(list.begin(), list.end(), [entry](const Wanted &one) {
        return &one == entry->user_data;
    });
    if (wanted != list.end())
        done([&] { current->finish(wanted, nullptr); });
}

void Resolver::finish(std::list<Wanted>::iterator wanted, const Addresses *addresses)
{
    pjsip_endpt_cancel_timer(endpt_, &wanted->timer);
    std::list<Wanted> taken;
    taken.splice(taken.begin(), wanted_, wanted);
    answer(taken.front().target, addresses ? *addresses : Addresses(),
           taken.front().token, taken.front().cb);
}

} // namespace gate
