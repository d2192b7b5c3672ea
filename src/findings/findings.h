/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a connection went as it did, and who answered, as far as what crossed the wire shows it. */
#ifndef TCPSHAKE_FINDINGS_FINDINGS_H
#define TCPSHAKE_FINDINGS_FINDINGS_H

#include "findings/cause.h"

/* Finds what a result shows, in the order of enum cause, at most DIAGNOSES_MAX. A connection that
 * opened and closed as it should mostly has none. */
void findings_of(const struct connection_result *result, struct diagnoses *out);

#endif
