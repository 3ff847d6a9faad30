/* What a registrar reads of a request, and how it answers. */
#ifndef SIP_INTERCOM_REGISTRAR_HPP
#define SIP_INTERCOM_REGISTRAR_HPP

#include <string>
#include <vector>

#include <pjsip.h>

namespace gate {

using Texts = std::vector<std::string>;

/** Return uri, expires, q, instance and reg-id of each Contact; "*" is its own uri. */
Texts contacts(pjsip_rx_data *rdata);

/** Return the seconds of the Expires header, or -1. */
int expires(pjsip_rx_data *rdata);

/** Return the values of every Path header, as they may stand in a Route. */
Texts paths(pjsip_rx_data *rdata);

/** Return the option tags of every header with this name. */
Texts option_tags(pjsip_rx_data *rdata, const std::string &name);

/** Return the text of the first header with this name. */
std::string header_text(pjsip_rx_data *rdata, const std::string &name);

/**
 * Return username, nonce, algorithm, qop and nc of the digest credentials for a
 * realm, or nothing.
 */
Texts credentials(pjsip_rx_data *rdata, const std::string &realm);

/** Tell if the credentials for a realm are those of a user with this H(A1). */
bool verify(pjsip_rx_data *rdata, const std::string &username, const std::string &realm,
            const std::string &ha1);

/** Answer 401 without state, with one challenge for each algorithm. */
void challenge(pjsip_rx_data *rdata, const std::string &realm, const std::string &nonce,
               const Texts &algorithms, bool stale);

/** Answer in a server transaction, which answers repetitions by itself. */
void reply(pjsip_rx_data *rdata, pjsip_module *user, int status, const Texts &names,
           const Texts &values);

/** Tell if two URIs are the same (RFC 3261 section 19.1.4). */
bool same_uri(const std::string &one, const std::string &other);

/** Have an answer reach who is behind an address translation (RFC 3581). */
void answer_to_source(pjsip_rx_data *rdata);

} // namespace gate

#endif
