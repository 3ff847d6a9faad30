/* Between PJSIP, which is C, and what may throw. */
#ifndef SIP_INTERCOM_BARRIER_HPP
#define SIP_INTERCOM_BARRIER_HPP

namespace gate {

/** Do the work; false if it has thrown, which nothing in PJSIP could catch. */
template <typename Work>
bool done(const Work &work) noexcept
{
    try {
        work();
        return true;
    } catch (...) {
        return false;
    }
}

} // namespace gate

#endif
