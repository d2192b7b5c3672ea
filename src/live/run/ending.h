/* SPDX-License-Identifier: BSD-2-Clause */
/* When a run ends, and how: decisions without an effect. */
#ifndef TCPSHAKE_LIVE_RUN_ENDING_H
#define TCPSHAKE_LIVE_RUN_ENDING_H

#include <stdbool.h>
#include <stdint.h>

enum ending {
    ENDING_NONE,
    ENDING_CANCEL,    /* nothing can change: no further connection begins */
    ENDING_INTERRUPT, /* the same before the run is complete: the rest belongs to the run that
                         resumes this one */
};

/* What a round of the loop has found. */
struct ending_signs {
    bool reader_has_left;   /* of the report */
    bool target_has_failed; /* so that the conditions cannot be met any more */
    bool recording_failed;
    bool is_endless; /* a run with an end tells its report before that */
};

enum ending ending_of(const struct ending_signs *signs);

/* Whether a run that was asked that often since the last round leaves at once, instead of ending
 * its connections; cancelled: it was ending already. */
bool ending_is_at_once(unsigned asked, bool cancelled);

enum ending_turn {
    TURN_ROUND,     /* wait, then one more round */
    TURN_INTERRUPT, /* an error ends the run: first what is in flight */
    TURN_OVER,
};

/* Before each round of the loop. */
struct ending_state {
    bool has_more;      /* connections to begin */
    uint32_t in_flight; /* connections */
    bool failed;        /* an error ends the run */
    bool cancelled;
    bool more;  /* there is something to do at once */
    bool wakes; /* a timer is set: none may be where memory ran out */
};

enum ending_turn ending_turn_of(const struct ending_state *state);

#endif
