/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of each cause. */
#ifndef TCPSHAKE_FINDINGS_WORDING_H
#define TCPSHAKE_FINDINGS_WORDING_H

#include "findings/cause.h"

/* "accept-queue-full"; NULL outside the enum. */
const char *cause_name(enum cause cause);

/* A sentence on what the name means and what it is concluded from, for the manual and -v. */
const char *cause_meaning(enum cause cause);

/* "likely", "certain"; NULL for GRADE_NONE. */
const char *grade_name(enum grade grade);

/* Cause and next step in a sentence or two, with the figures of that result. out holds
 * DIAGNOSIS_TEXT_MAX bytes. Returns out. */
const char *diagnosis_text(const struct diagnosis *diagnosis,
                           const struct connection_result *result, char *out);

#endif
