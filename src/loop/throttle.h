/* SPDX-License-Identifier: BSD-2-Clause */
/* How many SYNs a second may be sent, first ones and those that are sent again: at most the user's
 * rate, and less where the network does not take that. It does not if SYNs that were sent again are
 * answered, of targets whose earlier ones were not: then the rate is reduced to what is kept, and
 * grows again slowly; where the reduced rate loses as many, it is restored. Nor does this host, if
 * SYNs leave no trace in the captures that others do leave: then the rate follows those that left.
 * What was lost before the rate was reduced says nothing about the rate since, as in RFC 5681,
 * where a window is reduced once for each window of data. */
#ifndef TCPSHAKE_LOOP_THROTTLE_H
#define TCPSHAKE_LOOP_THROTTLE_H

#include "loop/departures.h"
#include "loop/pace.h"

struct throttle {
    struct pace pace;
    uint32_t rate_most;              /* 0: no limit */
    uint32_t rate;                   /* by now; 0: no limit */
    int64_t reduced_ns;              /* when the rate was last reduced; INT64_MIN: never */
    int64_t doubted_ns;              /* the same, for what was lost where it cannot be seen */
    int64_t bears_drops_until_ns;    /* drops are of those that the last reduction is for */
    uint64_t dropped;                /* frames by the captures, when last told */
    uint32_t kept, lost;             /* SYNs since then, as far as answers tell */
    uint64_t compared_rate;          /* of the last comparison; 0: none yet */
    uint32_t compared_kept;          /* of 1024, at that rate */
    uint32_t first_kept, first_lost; /* of targets that began in this era */
    uint32_t losses_in_vain;         /* reductions in a row after which as many were lost */
    int64_t bears_losses_until_ns;   /* the rate is not why */
    int64_t epoch_ns;                /* when the current measurement began */
    uint32_t answers, sent;          /* in it */
    uint32_t answer_rate;            /* of the last one */
    uint32_t sent_rate;
    uint64_t answers_in_all, sent_in_all;
    struct departures departures;
    int64_t lost_here_ns; /* when SYNs were last found not to have left; INT64_MIN: never */
    uint32_t in_vain;     /* reductions in a row after which as many did not leave */
    uint8_t era;          /* counts the reductions, and what restores the rate */
};

/* rate is in SYNs a second; 0: no limit. */
void throttle_init(struct throttle *throttle, uint32_t rate);

/* Whether a SYN may be sent now; then it counts. throttle_next_ns tells when the next one may. */
bool throttle_take(struct throttle *throttle, int64_t now_ns);
int64_t throttle_next_ns(const struct throttle *throttle);

/* A target has answered for the first time. era is that of the throttle when the first SYN to it
 * left. lost_ns is when the SYN before the latest one was sent, if it left; INT64_MIN: there is
 * none. It was not answered, and is lost, unless it was sent less than an RTO ago: a SYN in doubt
 * is sent again at once, and the answer may be to either. */
void throttle_answered(struct throttle *throttle, uint8_t era, int64_t lost_ns, int64_t now_ns);

/* No capture has seen a SYN that was sent then, in the time that this takes; one has after all. */
void throttle_unseen(struct throttle *throttle, int64_t sent_ns);
void throttle_seen_late(struct throttle *throttle, int64_t sent_ns);

/* Whether a SYN that did not leave, and was sent then, may leave at a lower rate: others did, and
 * many did not, at that time (less than THROTTLE_REMEMBERS_NS ago) or earlier. */
#define THROTTLE_REMEMBERS_NS COHORT_KEPT_NS
bool throttle_loses_here(const struct throttle *throttle, int64_t sent_ns);

/* To be called while the run lasts, with how many frames the captures have dropped in all: where
 * that has grown since the last call, the rate is halved. It grows again whether or not targets
 * answer. */
void throttle_watch(struct throttle *throttle, uint64_t dropped, int64_t now_ns);

/* The same when all frames that were captured so far are read, so that what was not seen did not
 * leave: then the rate follows what left. */
void throttle_judge_departures(struct throttle *throttle, int64_t now_ns);

/* How many connections may be in flight, each for at most patience_ns: as many as begin meanwhile
 * at the rate, once that was reduced, so that what is in flight shrinks with it. UINT32_MAX: any
 * number. */
uint32_t throttle_window(const struct throttle *throttle, int64_t patience_ns);

/* Whether a SYN that was sent then, and not answered, may have been lost for the rate; unseen: no
 * capture saw it. */
bool throttle_doubts(const struct throttle *throttle, int64_t sent_ns, bool unseen);

#endif
