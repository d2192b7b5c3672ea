/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

int random_fill(void *out, size_t len, struct error *error)
{
    for (uint8_t *at = out; len > 0;) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set_code(error, errno, "no random numbers from the kernel");
        at += got;
        len -= (size_t)got;
    }
    return 0;
}
