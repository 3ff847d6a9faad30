#include "groups.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

namespace gate {

namespace {

pj_sock_t socket_of(int transport_id)
{
    if (transport_id < 0 || transport_id >= (int)PJ_ARRAY_SIZE(pjsua_var.tpdata))
        return PJ_INVALID_SOCKET;
    const pjsua_transport_data &known = pjsua_var.tpdata[transport_id];
    if (!known.data.tp || known.type != PJSIP_TRANSPORT_UDP)
        return PJ_INVALID_SOCKET;
    return pjsip_udp_transport_get_socket(known.data.tp);
}

} // namespace

bool join_group(int transport_id, const std::string &group, bool joined)
{
    const pj_sock_t socket = socket_of(transport_id);
    ip_mreqn request{};
    if (socket == PJ_INVALID_SOCKET
        || inet_pton(AF_INET, group.c_str(), &request.imr_multiaddr) != 1)
        return false;
    bool any = false;
    struct if_nameindex *interfaces = if_nameindex();
    for (auto *each = interfaces; each && each->if_index; ++each) {
        request.imr_ifindex = (int)each->if_index;
        const int option = joined ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
        any |= setsockopt((int)socket, IPPROTO_IP, option, &request, sizeof(request))
               == 0;
    }
    if (interfaces)
        if_freenameindex(interfaces);
    return any;
}

} // namespace gate
