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

enum stamps_state {
    STAMPS_NONE,    /* no packet yet */
    STAMPS_ONE,     /* one: before_ns is not valid */
    STAMPS_PLAIN,   /* several */
    STAMPS_LATE,    /* two, the second after too long a silence: the third says what that means */
    STAMPS_DOUBTED, /* the last packet went back: the same of the next one */
};

/* All zero: no packet yet. */
struct stamps {
    int64_t before_ns, last_ns; /* of the last packet, and of what it is to be compared with */
    enum stamps_state state;
};

/* What a packet says of the one before it. */
enum stamps_say {
    STAMPS_SOUND,  /* nothing */
    STAMPS_ASTRAY, /* its stamp alone is wrong: those around it go on without it */
    STAMPS_BACK,   /* with it, the clock began to run from an earlier time */
    STAMPS_FIRST,  /* not of that one: the stamp of the first packet of all is wrong */
};

enum stamps_say stamps_compare(struct stamps *stamps, int64_t time_ns);

/* Takes the stamp of the next packet, if it goes on behind what came before, as nearly every one
 * does; else returns false, and stamps_compare takes it. */
static inline bool stamps_go_on(struct stamps *stamps, int64_t time_ns)
{
    if (stamps->state != STAMPS_PLAIN || time_ns < stamps->last_ns)
        return false;
    stamps->before_ns = stamps->last_ns;
    stamps->last_ns = time_ns;
    return true;
}

#endif
