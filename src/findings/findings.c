/* SPDX-License-Identifier: BSD-2-Clause */
#include "findings/findings.h"

#include "findings/rules.h"
#include "tcp/offer.h"

static const struct evidence nothing = EVIDENCE_NONE;

/* Most connections are this, and cost no more than this. */
static bool is_plain(const struct scene *scene)
{
    const struct connection_result *result = scene->result;
    const struct evidence *e = scene->evidence;
    return result->teardown.result == TEARDOWN_GRACEFUL &&
           result->handshake.result == HANDSHAKE_COMPLETED && result->handshake.syn_count == 1 &&
           e->marks == 0 && (result->openings[CLIENT].offers & OFFER_FEATURES) == 0 &&
           (e->closed_ms[CLIENT] | e->closed_ms[SERVER]) == 0 && result->host == NULL &&
           result->path_mtu == NULL;
}

static void pick_steps(const struct scene *scene, const struct rule *rule,
                       struct diagnosis *diagnosis)
{
    const struct connection_result *result = scene->result;
    unsigned most = rule->steps_max > 0 ? rule->steps_max : DIAGNOSIS_STEPS;
    for (uint32_t i = 0; i < result->step_count && diagnosis->step_count < most; i++)
        if (rule->shows != NULL && rule->shows(scene, &result->steps[i]))
            diagnosis->steps[diagnosis->step_count++] = i;
}

void findings_of(const struct connection_result *result, struct diagnoses *out)
{
    const struct scene scene = {
        .result = result,
        .evidence = result->evidence != NULL ? result->evidence : &nothing,
    };
    out->count = 0;
    if (is_plain(&scene))
        return;
    for (unsigned cause = 0; cause < CAUSE_COUNT && out->count < DIAGNOSES_MAX; cause++) {
        enum grade grade = rule_of(cause)->grade(&scene);
        if (grade == GRADE_NONE)
            continue;
        struct diagnosis *diagnosis = &out->list[out->count++];
        *diagnosis = (struct diagnosis){.cause = (enum cause)cause, .grade = grade};
        pick_steps(&scene, rule_of(cause), diagnosis);
    }
}
