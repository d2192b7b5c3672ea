/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the time stamps of a capture go on: a clock that is set back, files in the wrong order or
 * of different clocks, and single stamps that are wrong. Packets of several interfaces and queues
 * are out of order by less than a second; what is older by more is none of that. */
#ifndef TCPSHAKE_FLOWS_STAMPS_H
#define TCPSHAKE_FLOWS_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#define STAMPS_STEP_NS INT64_C(1000000000)

/* A capture that begins with a longer silence begins with a wrong stamp, 0 for example. */
#define STAMPS_SILENCE_NS (365 * 86400 * INT64_C(1000000000))

/* All zero: no packet yet. */
struct stamps {
    int64_t before_ns, last_ns; /* of the last packet, and of what it is to be compared with */
    unsigned seen;              /* how many of them are valid */
    bool doubted;               /* the last packet went back: the next one says what that means */
    bool late;                  /* the second came after too long a silence: the same */
};

/* What a packet says of the one before it. */
enum stamps_say {
    STAMPS_SOUND,  /* nothing */
    STAMPS_ASTRAY, /* its stamp alone is wrong: those around it go on without it */
    STAMPS_BACK,   /* with it, the clock began to run from an earlier time */
    STAMPS_FIRST,  /* not of that one: the stamp of the first packet of all is wrong */
};

enum stamps_say stamps_compare(struct stamps *stamps, int64_t time_ns);

/* Whether time_ns goes on behind what came before, as nearly every stamp does. */
static inline bool stamps_go_on(const struct stamps *stamps, int64_t time_ns)
{
    return stamps->seen == 2 && !stamps->doubted && !stamps->late && time_ns >= stamps->last_ns;
}

/* Takes the stamp of the next packet. */
static inline enum stamps_say stamps_take(struct stamps *stamps, int64_t time_ns)
{
    if (!stamps_go_on(stamps, time_ns))
        return stamps_compare(stamps, time_ns);
    stamps->before_ns = stamps->last_ns;
    stamps->last_ns = time_ns;
    return STAMPS_SOUND;
}

#endif
