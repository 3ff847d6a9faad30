/* Names become addresses here, never inside PJSIP: its lookups would block. */
#ifndef SIP_INTERCOM_RESOLVER_HPP
#define SIP_INTERCOM_RESOLVER_HPP

#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include <pjsip.h>

namespace gate {

/** A table of names, and the sends that wait for a name not yet in it. */
class Resolver
{
public:
    using Ask = std::function<void(const std::string &host)>;

    ~Resolver();

    /** Take over from PJSIP's own resolver; ask is called for unknown names. */
    pj_status_t start(pjsip_endpoint *endpt, Ask ask);
    void stop();

    /** Give a name its addresses; false if one is not an address. */
    bool set(const std::string &host, const std::vector<std::string> &addresses);
    void remove(const std::string &host);

private:
    /** One send that waits for a name. */
    struct Wanted
    {
        std::string host;
        pjsip_host_info target;     /* its name lives in the message's pool */
        void *token;
        pjsip_resolver_callback *cb;
        pj_timer_entry timer;
    };

    using Addresses = std::vector<pj_sockaddr>;

    static void onResolve(pjsip_resolver_t *, pj_pool_t *pool,
                          const pjsip_host_info *target, void *token,
                          pjsip_resolver_callback *cb);
    static void onTimeout(pj_timer_heap_t *, pj_timer_entry *entry);

    void resolve(pj_pool_t *pool, const pjsip_host_info &target, void *token,
                 pjsip_resolver_callback *cb);
    void want(pj_pool_t *pool, const pjsip_host_info &target, void *token,
              pjsip_resolver_callback *cb);
    void finish(std::list<Wanted>::iterator wanted, const Addresses *addresses);

    pjsip_endpoint *endpt_ = nullptr;
    Ask ask_;
    std::map<std::string, Addresses> hosts_;
    std::list<Wanted> wanted_;
};

} // namespace gate

#endif
