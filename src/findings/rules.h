/* SPDX-License-Identifier: BSD-2-Clause */
/* What shows a cause: a rule that grades it, from the result and its evidence, and one that picks
 * the steps. */
#ifndef TCPSHAKE_FINDINGS_RULES_H
#define TCPSHAKE_FINDINGS_RULES_H

#include "findings/cause.h"
#include "tcp/evidence.h"

/* What the rules look at. */
struct scene {
    const struct connection_result *result;
    const struct evidence *evidence; /* never NULL */
};

struct rule {
    enum grade (*grade)(const struct scene *scene);
    bool (*shows)(const struct scene *scene, const struct step *step); /* NULL: no step does */
    unsigned steps_max;                                                /* 0: DIAGNOSIS_STEPS */
};

const struct rule *rule_of(enum cause cause);

#endif
