/* Limits of what PJSIP's parsers of bodies and header lists are given. */
#ifndef SIP_INTERCOM_SHIELD_HPP
#define SIP_INTERCOM_SHIELD_HPP

#include <pjsip.h>

namespace gate {

/** Return the code of what is wrong with the message (defects.hpp), or nullptr. */
const char *find_defect(pjsip_rx_data *rdata);

/** Take the body out of a response if it is defective, so that its call can end. */
void mend(pjsip_rx_data *rdata);

} // namespace gate

#endif
