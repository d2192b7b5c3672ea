/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded list of steps: what opens or closes is always kept, and then what surprises. */
#ifndef TCPSHAKE_TCP_STEPS_H
#define TCPSHAKE_TCP_STEPS_H

#include "tcp/result.h"

#define STEPS_MAX 64

struct steps {
    struct step *list; /* storage of the owner's, room for capacity; may be NULL */
    uint32_t omitted;
    uint8_t capacity, count;
    uint8_t run_length; /* expected data and acknowledgements at the list's end, capped */
};

_Static_assert(STEPS_MAX <= UINT8_MAX, "an octet counts them");

/* Adds a step; changed says whether it moved a state, and doubted_by whose RST is in doubt. A
 * fourth and later segment of a run of expected data and acknowledgements is folded into the run's
 * last step. When the list is full, the latest step that matters less makes room, or else the step
 * itself is left out; both are counted. */
void steps_add(struct steps *steps, const struct step *step, bool changed, enum end_id doubted_by);

#endif
