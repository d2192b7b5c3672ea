/* SPDX-License-Identifier: BSD-2-Clause */
/* Who really sent what: the yardstick of the findings. */
#ifndef TCPSHAKE_SIM_TRUTH_H
#define TCPSHAKE_SIM_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "findings/cause.h"
#include "tcp/offer.h"

struct event;
struct world;

#define RESETS_MAX 64u

struct truth {
    struct {
        uint32_t seq;
        bool forged;
    } resets[RESETS_MAX]; /* in the peer's name, as the host read them */
    unsigned reset_count;
    bool acks_forged; /* any of its segments but RSTs and SYN/ACKs was forged, or damaged */
    unsigned found[CAUSE_COUNT];
    unsigned became[AGREEMENT_COUNT]; /* what the SYN offered */
    bool certain_reset;
};

/* A captured frame that the host reads next. */
void truth_reads(struct world *w, const struct event *event);

/* What the run reports: no finding of grade certain is wrong, and where nothing but the peer spoke
 * and the link did no harm, nothing is found on who answered. */
void truth_reports(struct world *w, const struct connection_result *result);

#endif
