/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pending.h"

#include <signal.h>
#include <stddef.h>

bool signals_ask_to_end(void)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t pending;
    if (sigpending(&pending) != 0)
        return false;
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        if (sigismember(&pending, ending[i]) == 1)
            return true;
    return false;
}
