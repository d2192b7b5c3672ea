/* SPDX-License-Identifier: BSD-2-Clause */
/* What the steps of SEGMENT ARRIVES (RFC 9293, 3.10.7) work on. Throughout, a is the end that sent
 * the segment and b the one that it goes to. */
#ifndef TCPSHAKE_TCP_ARRIVAL_ARRIVING_H
#define TCPSHAKE_TCP_ARRIVAL_ARRIVING_H

#include "tcp/course.h"
#include "tcp/end.h"
#include "tcp/times.h"

/* One segment that arrives. */
struct arriving {
    const struct segment *segment;
    struct end *ends; /* both */
    struct end *a, *b;
    struct course *course;
    struct times *times;
    enum end_id from;     /* a */
    bool by_local_kernel; /* in the name of a, which did not send it */
    bool shows_gap;       /* set where it acknowledges payload that was not captured */
};

/* Whether the program sent it: then its own view of what it sends is right, and what the capture
 * shows of it may be late or incomplete. */
static inline bool is_ours(const struct arriving *arriving)
{
    return !arriving->course->foreign && arriving->from == CLIENT && !arriving->by_local_kernel;
}

struct finding {
    enum verdict verdict;
    enum note note;
};

static inline struct finding found(enum verdict verdict, enum note note)
{
    return (struct finding){.verdict = verdict, .note = note};
}

#endif
