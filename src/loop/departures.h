/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether SYNs left this host: how many were sent in each tenth of a second, and how many of those
 * no capture saw. A queue of the interface that is full drops packets before they are captured. */
#ifndef TCPSHAKE_LOOP_DEPARTURES_H
#define TCPSHAKE_LOOP_DEPARTURES_H

#include <stdbool.h>
#include <stdint.h>

#define COHORTS   8u
#define COHORT_NS INT64_C(100000000)
#define COHORT_KEPT_NS                                                                             \
    (COHORT_NS * (COHORTS - 2)) /* after it has begun, what is known of it counts */

struct cohort {
    int64_t number; /* of the tenth of a second, by the monotonic clock */
    uint32_t sent, unseen;
    bool judged;
};

/* All zero is empty. */
struct departures {
    struct cohort cohorts[COHORTS];
};

void departures_sent(struct departures *departures, int64_t now_ns);

/* No capture has seen a SYN that was sent then; one has after all. What is too old is ignored. */
void departures_unseen(struct departures *departures, int64_t sent_ns);
void departures_seen_late(struct departures *departures, int64_t sent_ns);

/* What is known of those that were sent with a SYN of that time; NULL: it is too old. */
const struct cohort *departures_of(const struct departures *departures, int64_t sent_ns);

/* Takes a cohort of which all is known, each once. Returns false if there is none. */
bool departures_judge(struct departures *departures, int64_t now_ns, struct cohort *cohort);

#endif
