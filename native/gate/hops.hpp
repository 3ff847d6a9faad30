/* Where the requests of a call go, whatever their URIs say. */
#ifndef SIP_INTERCOM_HOPS_HPP
#define SIP_INTERCOM_HOPS_HPP

#include <string>
#include <unordered_map>

#include <pjsip.h>

#include "connections.hpp"

namespace gate {

struct Hop
{
    pjsip_transport_type_e type = PJSIP_TRANSPORT_UNSPECIFIED;
    pj_sockaddr address;
    /* Used while it is open; then a new one is made. */
    unsigned long long connection = 0;
};

/** Gives every request of a call that has a hop its destination. */
class Hops
{
public:
    void start(Connections *connections);
    void stop();

    /** Send requests with that Call-ID there; the next INVITE of an unknown call too. */
    bool put(const std::string &call_id, const std::string &transport,
             const std::string &address, int port, unsigned long long connection);
    void forget(const std::string &call_id);

private:
    static void choose(pjsip_tx_data *tdata);
    const Hop *hop_of(const pjsip_tx_data *tdata);

    std::unordered_map<std::string, Hop> known_;
    Hop passing_;
    Connections *connections_ = nullptr;
};

} // namespace gate

#endif
