/* SPDX-License-Identifier: BSD-2-Clause */
/* Which causes there are, and what is said of one that was found. */
#ifndef TCPSHAKE_FINDINGS_CAUSE_H
#define TCPSHAKE_FINDINGS_CAUSE_H

#include "tcp/result.h"

enum cause {
    /* This host's. */
    CAUSE_NO_ROUTE,
    CAUSE_POLICY_ROUTE,
    CAUSE_LOCAL_ERROR,
    CAUSE_NEIGHBOUR_SILENT,
    CAUSE_NAME_NOT_FOUND,
    CAUSE_DROPPED_ON_THIS_HOST,
    CAUSE_TRANSLATED,
    CAUSE_LOCAL_RESET,
    CAUSE_SECOND_OPINION_DIFFERS,
    /* Of the handshake. */
    CAUSE_REFUSED,
    CAUSE_REJECTED_BY_TARGET,
    CAUSE_REJECTED_ON_THE_WAY,
    CAUSE_UNREACHABLE,
    CAUSE_SILENCE,
    CAUSE_SYN_UNANSWERED,
    CAUSE_ACCEPT_QUEUE_FULL,
    CAUSE_RESET_AT_ONCE,
    CAUSE_FEATURE_BROKEN,
    CAUSE_FEATURE_MIRRORED,
    /* Of what followed. */
    CAUSE_REQUEST_NOT_ACKNOWLEDGED,
    CAUSE_REQUEST_UNANSWERED,
    CAUSE_ANSWER_LOST,
    CAUSE_ZERO_WINDOW,
    CAUSE_RESET_BY_SERVER,
    CAUSE_FIN_NOT_ACKNOWLEDGED,
    CAUSE_FIN_UNANSWERED,
    CAUSE_PATH_MTU_BLACK_HOLE,
    /* Who answered. */
    CAUSE_OLD_CONNECTION,
    CAUSE_SYN_PROXY,
    CAUSE_MIDDLEBOX_ANSWERED,
    CAUSE_RESET_INJECTED,
    CAUSE_EVERYTHING_OPEN,
    CAUSE_COUNT,
};

enum grade {
    GRADE_NONE,   /* nothing shows that cause */
    GRADE_LIKELY, /* what crossed suggests it; other causes are possible */
    GRADE_CERTAIN,
};

#define DIAGNOSIS_STEPS    8
#define DIAGNOSES_MAX      6
#define DIAGNOSIS_TEXT_MAX 640 /* bytes, with the NUL */

/* One finding and the steps that show it, as indices into those of the result; none where no steps
 * are kept. */
struct diagnosis {
    enum cause cause;
    enum grade grade;
    uint32_t steps[DIAGNOSIS_STEPS];
    unsigned step_count;
};

struct diagnoses {
    struct diagnosis list[DIAGNOSES_MAX];
    unsigned count;
};

#endif
