#include "jobs.hpp"

#include <atomic>
#include <unistd.h>

/* Called by Endpoint::utilAddPendingJob(): see the patch wake-for-jobs. */
extern void (*on_job_added)();

namespace gate {

namespace {

std::atomic<int> target{-1};

/* A full socket already holds the byte that ends the poll. */
void wake()
{
    int handle = target;
    if (handle >= 0)
        (void)!::write(handle, "", 1);
}

} // namespace

void wake_for_jobs(int handle)
{
    target = handle;
    on_job_added = handle >= 0 ? &wake : nullptr;
}

} // namespace gate
