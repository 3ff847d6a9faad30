/* A descriptor that ends PJSIP's poll when a byte is written to it. */
#ifndef SIP_INTERCOM_WAKEUP_HPP
#define SIP_INTERCOM_WAKEUP_HPP

#include <pjlib.h>
#include <pjsip.h>

namespace gate {

class WakeUp
{
public:
    /** Return PJ_SUCCESS or why the descriptor could not be made. */
    pj_status_t start(pjsip_endpoint *endpt, pj_pool_t *pool);
    void stop();

    /** The end to write to, or -1; it never blocks the writer. */
    int handle() const { return write_end_; }

private:
    pj_activesock_t *read_end_ = nullptr;
    int write_end_ = -1;
};

} // namespace gate

#endif
