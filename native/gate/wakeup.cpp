#include "wakeup.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace gate {

namespace {

/* The bytes say nothing: that they came has already ended the poll. */
pj_bool_t on_bytes(pj_activesock_t *, void *, pj_size_t, pj_status_t status,
                   pj_size_t *)
{
    return status == PJ_SUCCESS;
}

} // namespace

pj_status_t WakeUp::start(pjsip_endpoint *endpt, pj_pool_t *pool)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return PJ_STATUS_FROM_OS(errno);
    write_end_ = ends[1];

    pj_activesock_cb callbacks = {};
    callbacks.on_data_read = &on_bytes;
    pj_status_t status = pj_activesock_create(
        pool, ends[0], pj_SOCK_STREAM(), nullptr, pjsip_endpt_get_ioqueue(endpt),
        &callbacks, this, &read_end_);
    if (status != PJ_SUCCESS) {
        ::close(ends[0]);
        return status;
    }
    return pj_activesock_start_read(read_end_, pool, 256, 0);
}

void WakeUp::stop()
{
    if (read_end_)
        pj_activesock_close(read_end_);
    if (write_end_ >= 0)
        ::close(write_end_);
    read_end_ = nullptr;
    write_end_ = -1;
}

} // namespace gate
