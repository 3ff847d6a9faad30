/* Work that another thread hands to the polling one must not wait for the poll. */
#ifndef SIP_INTERCOM_JOBS_HPP
#define SIP_INTERCOM_JOBS_HPP

namespace gate {

/** Write a byte to the descriptor whenever such work is handed over; -1: do not. */
void wake_for_jobs(int handle);

} // namespace gate

#endif
