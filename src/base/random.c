/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/random.h"

#include <sys/random.h>

uint32_t random_u32(void)
{
    uint32_t value = 0;
    while (getrandom(&value, sizeof value, 0) != sizeof value)
        ;
    return value;
}
