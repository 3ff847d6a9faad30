/* An identity for each TCP and TLS connection, and what TLS proved about it. */
#ifndef SIP_INTERCOM_CONNECTIONS_HPP
#define SIP_INTERCOM_CONNECTIONS_HPP

#include <functional>
#include <string>
#include <unordered_map>

#include <pjsip.h>

namespace gate {

struct Connection
{
    unsigned long long id = 0;
    bool verified = false;
    bool lost = false;
    /* Where it was opened from, as long as nothing that came over it was let through. */
    std::string stranger;
    /* Held open although nothing comes over it: a registration needs it. */
    bool kept = false;
};

/** Hears of connections ahead of whoever listened before. */
class Connections
{
public:
    using Lost = std::function<void(unsigned long long connection)>;

    void start(pjsip_endpoint *endpt, Lost lost);
    void stop(pjsip_endpoint *endpt);

    /** Return what is known of the transport; id 0 if it has no connections. */
    Connection of(pjsip_transport *transport);

    /** Take that a request of the transport's peer was let through. */
    void vouch(pjsip_transport *transport);

    /** Close the connection with that identity, if it still exists. */
    void close(unsigned long long id);

    /** Hold it open, or let PJSIP close it when it is idle. */
    void keep(unsigned long long id, bool kept);

    /** Return the transport of an open connection, or nothing. */
    pjsip_transport *open(unsigned long long id);

private:
    void tell(pjsip_transport *transport);
    void connected(pjsip_transport *transport, const pjsip_transport_state_info *info);
    void admit(pjsip_transport *transport);

    /** Close the oldest of too many strangers from there, or from anywhere. */
    void limit(const std::string &source, std::size_t most);
    static void onState(pjsip_transport *transport, pjsip_transport_state state,
                        const pjsip_transport_state_info *info);
    static void onIgnored(pjsip_tp_dropped_data *data);

    std::unordered_map<pjsip_transport *, Connection> known_;
    Lost lost_;
    pjsip_tp_state_callback next_ = nullptr;
};

} // namespace gate

#endif
