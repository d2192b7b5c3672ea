/* SPDX-License-Identifier: BSD-2-Clause */
/* How often what happened: a test of what never happens is none. */
#ifndef TCPSHAKE_SIM_STATISTICS_H
#define TCPSHAKE_SIM_STATISTICS_H

#include "findings/cause.h"
#include "scenario.h"
#include "tcp/offer.h"
#include "tcp/result.h"

struct world;

struct statistics {
    uint64_t runs, segments_sent, frames_taken, virtual_ns;
    uint64_t port[PORT_STATE_COUNT], handshake[HANDSHAKE_RESULT_COUNT];
    uint64_t teardown[TEARDOWN_RESULT_COUNT], form[FORM_COUNT];
    uint64_t notes[NOTE_COUNT], verdicts[VERDICT_COUNT];
    uint64_t states[STATE_COUNT]; /* of the client */
    uint64_t peers[PEER_KINDS], closes[PEER_CLOSES], plans[3];
    uint64_t faults[FAULT_COUNT];   /* events */
    uint64_t attacks[ATTACK_KINDS]; /* frames */
    uint64_t resets_for_patience, window_probes, retransmissions, cancelled, unsent;
    uint64_t findings[CAUSE_COUNT], certain_resets;
    uint64_t agreements[AGREEMENT_COUNT]; /* what became of what SYNs offered */
    uint64_t ipv6, rtt_known, rtt_unknown, replayed;
};

/* Counts a run that ended. */
void statistics_add(struct statistics *statistics, const struct world *world);

void statistics_print(const struct statistics *statistics);

/* Says what is starved (below its floor of the runs), in a line each; returns how many are. */
unsigned statistics_starved(const struct statistics *statistics);

#endif
