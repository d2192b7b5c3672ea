/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/localtime.h"

#include <stdio.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

const char *localtime_text(int64_t time_ns, char out[LOCALTIME_MAX])
{
    int64_t rest_ns = time_ns % SECOND_NS + (time_ns % SECOND_NS < 0 ? SECOND_NS : 0);
    time_t second = (time_t)(time_ns / SECOND_NS - (time_ns % SECOND_NS < 0));
    struct tm local;

    /* 64 bits of nanoseconds end in 2262, so that no year has five digits. */
    localtime_r(&second, &local);
    snprintf(out, LOCALTIME_MAX, "%04u-%02u-%02u %02u:%02u:%02u.%03u",
             (unsigned)(local.tm_year + 1900) % 10000, (unsigned)(local.tm_mon + 1) % 100,
             (unsigned)local.tm_mday % 100, (unsigned)local.tm_hour % 100,
             (unsigned)local.tm_min % 100, (unsigned)local.tm_sec % 100,
             (unsigned)(rest_ns / 1000000));
    return out;
}
