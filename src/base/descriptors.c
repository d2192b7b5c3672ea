/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/descriptors.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 65536u /* tried one by one; the limit may be far beyond what is open */

void descriptors_allow(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS_ENOUGH)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_ENOUGH ? limit.rlim_max : DESCRIPTORS_ENOUGH;
    setrlimit(RLIMIT_NOFILE, &limit); /* where that fails, what lacks one says so */
}

int descriptors_close(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return 0;
    if (errno != ENOSYS) /* before Linux 5.9 */
        return -1;
    long limit = sysconf(_SC_OPEN_MAX);
    unsigned end = limit > 0 && limit < (long)MOST ? (unsigned)limit : MOST;
    for (unsigned fd = first; fd < end && fd <= last; fd++)
        close((int)fd);
    return 0;
}
