/* SPDX-License-Identifier: BSD-2-Clause */
/* The remarks on a step, beside its arrow. */
#ifndef TCPSHAKE_REPORT_REMARKS_H
#define TCPSHAKE_REPORT_REMARKS_H

#include "report/landmarks.h"
#include "report/row.h"

#define REMARKS_MAX 5

/* In the order of their weight. */
struct remarks {
    struct row items[REMARKS_MAX];
    unsigned count;
};

/* The mark of step i, where it was not expected, and what was measured by it: at most REMARKS_MAX
 * - 1. */
void remarks_of_step(struct remarks *remarks, const struct connection_result *result,
                     const struct landmarks *marks, uint32_t i, const struct report_style *style);

/* Adds other header fields of the step. */
void remarks_add_header(struct remarks *remarks, const struct step *step,
                        const struct report_style *style);

#endif
