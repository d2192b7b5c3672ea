/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/signals.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/signalfd.h>

/* Ignored, as by nohup(1). If it were blocked, the kernel would deliver it to the descriptor all
 * the same. */
static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int signals_open(const int *caught, size_t count, struct error *error)
{
    sigset_t set, old_mask;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++)
        if (!is_ignored(caught[i]))
            sigaddset(&set, caught[i]);
    if (sigprocmask(SIG_BLOCK, &set, &old_mask) != 0)
        return error_set_code(error, errno, "cannot block signals");
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd >= 0)
        return fd;
    error_set_code(error, errno, "cannot watch signals");
    sigprocmask(SIG_SETMASK, &old_mask, NULL);
    return -1;
}
