/* Multicast groups that a listening socket hears. */
#ifndef SIP_INTERCOM_GROUPS_HPP
#define SIP_INTERCOM_GROUPS_HPP

#include <string>

namespace gate {

/** Join or leave an IPv4 group on every interface; false if none could. */
bool join_group(int transport_id, const std::string &group, bool joined);

} // namespace gate

#endif
