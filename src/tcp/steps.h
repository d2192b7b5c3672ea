/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded list of steps: what opens or closes is always kept, and then what surprises. */
#ifndef TCPSHAKE_TCP_STEPS_H
#define TCPSHAKE_TCP_STEPS_H

#include "tcp/conversation.h"

#define STEPS_MAX 64

/* Adds a step; changed says whether it moved a state. A fourth and later segment of a run of
 * expected data and acknowledgements is folded into the run's last step. When the list is full, the
 * latest step that matters less makes room, or else the step itself is left out; both are counted.
 */
void steps_add(struct conversation *conversation, const struct step *step, bool changed);

#endif
