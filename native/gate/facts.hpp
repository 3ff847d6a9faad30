/* Reading the facts of a request into a GateRequest. */
#ifndef SIP_INTERCOM_FACTS_HPP
#define SIP_INTERCOM_FACTS_HPP

#include <string>

#include <pjsip.h>

#include "connections.hpp"
#include "gate.hpp"

namespace gate {

/** Return the transaction that the request repeats, cancels or acknowledges. */
pjsip_transaction *transaction_of(pjsip_rx_data *rdata);

/** Tell if the request comes from where the transaction's answers go. */
bool same_source(const pjsip_transaction *transaction, const pjsip_rx_data *rdata);

/** Tell if the response answers a request of ours that waits for one. */
bool is_awaited(pjsip_rx_data *rdata);

/** Tell if both tags of the request name a dialog that we have. */
bool has_dialog(pjsip_rx_data *rdata);

/** Fill everything but transaction, dialog and defect. */
void read_facts(pjsip_rx_data *rdata, const Connection &connection,
                pj::GateRequest &request);

/** Return the bytes as a string. */
inline std::string text(const pj_str_t &value)
{
    return value.slen > 0 ? std::string(value.ptr, value.slen) : std::string();
}

} // namespace gate

#endif
