/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/wait.h"

int64_t wait_before(const struct connection_result *result, uint32_t i)
{
    int64_t wait_ns;

    if (i == 0 || i >= result->step_count)
        return DURATION_UNKNOWN;
    wait_ns = duration_between(result->steps[i - 1].last_time_ns, result->steps[i].time_ns);
    return wait_ns >= 0 ? wait_ns : DURATION_UNKNOWN;
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
