/* Limits of what PJSIP's parsers of bodies and header lists are given. */
#ifndef SIP_INTERCOM_SHIELD_HPP
#define SIP_INTERCOM_SHIELD_HPP

#include <pjsip.h>

namespace gate {

/** Return a short code of what is wrong with the message, or nullptr. */
const char *find_defect(pjsip_rx_data *rdata);

/** Take out of a response what find_defect() found, so that its call can end. */
void mend(pjsip_rx_data *rdata);

} // namespace gate

#endif
