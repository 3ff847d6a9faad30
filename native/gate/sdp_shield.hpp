/* A reader of session descriptions that only looks for what PJSIP's must not see. */
#ifndef SIP_INTERCOM_SDP_SHIELD_HPP
#define SIP_INTERCOM_SDP_SHIELD_HPP

#include <string_view>

namespace gate {

/** Return a short code of what is wrong with the description, or nullptr. */
const char *sdp_defect(std::string_view sdp);

} // namespace gate

#endif
