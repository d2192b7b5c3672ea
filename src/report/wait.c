/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/wait.h"

/* The silence between step i and that time. */
static int64_t wait_after(const struct connection_result *result, uint32_t i, int64_t time_ns)
{
    int64_t wait_ns = duration_between(result->steps[i].last_time_ns, time_ns);

    return wait_ns >= 0 ? wait_ns : DURATION_UNKNOWN;
}

int64_t wait_before(const struct connection_result *result, uint32_t i)
{
    if (i == 0 || i >= result->step_count)
        return DURATION_UNKNOWN;
    return wait_after(result, i - 1, result->steps[i].time_ns);
}

int64_t wait_before_done(const struct connection_result *result)
{
    if (result->step_count == 0)
        return DURATION_UNKNOWN;
    return wait_after(result, result->step_count - 1, result->done_ns);
}

unsigned wait_rows(int64_t wait_ns)
{
    /* A retransmission after 1, 2, 4 or 8 s stands well between two of these. */
    static const int64_t from_ms[WAIT_ROWS_MAX] = {30, 700, 1400, 2800, 5600, 11200};
    unsigned rows = 0;

    while (rows < WAIT_ROWS_MAX && wait_ns >= from_ms[rows] * 1000000)
        rows++;
    return rows;
}

/* The logarithm to the base 2 in 1/1024, off by less than 1/11: between powers of two it is a line.
 */
static uint64_t binary_logarithm(uint64_t value)
{
    unsigned whole = 63 - (unsigned)__builtin_clzll(value);
    uint64_t rest = value - (UINT64_C(1) << whole);

    return whole * UINT64_C(1024) + (whole > 10 ? rest >> (whole - 10) : rest << (10 - whole));
}

unsigned wait_height(int64_t wait_ns, unsigned unit)
{
    uint64_t doublings;

    if (wait_ns < 0)
        return 0;
    doublings = binary_logarithm((uint64_t)wait_ns + 1000000) - binary_logarithm(1000000);
    if (doublings > WAIT_DOUBLINGS_MAX * 1024)
        doublings = WAIT_DOUBLINGS_MAX * 1024;
    return (unsigned)(doublings * unit / 1024);
}
