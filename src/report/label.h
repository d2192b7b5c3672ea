/* SPDX-License-Identifier: BSD-2-Clause */
/* The label of an arrow of the ladder: the segment with relative numbers. */
#ifndef TCPSHAKE_REPORT_LABEL_H
#define TCPSHAKE_REPORT_LABEL_H

#include "report/row.h"

/* "FIN+ACK seq 1" and "ack 1", with a joint between them; detail may be empty. */
struct label {
    struct row head, detail;
    const char *joint;
};

/* The words for a step of result; with absolute the numbers are those of the wire. */
void label_of_step(struct label *label, const struct connection_result *result,
                   const struct step *step, const struct report_style *style, bool absolute);

/* Columns of the whole label. */
unsigned label_width(const struct label *label);

#endif
