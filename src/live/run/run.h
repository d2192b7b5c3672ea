/* SPDX-License-Identifier: BSD-2-Clause */
/* A live run as a whole: its parts, each of which knows those that it needs. */
#ifndef TCPSHAKE_LIVE_RUN_RUN_H
#define TCPSHAKE_LIVE_RUN_RUN_H

#include "confine/holder.h"
#include "live/interrupts.h"
#include "live/journaling.h"
#include "live/opinions.h"
#include "live/relocate.h"
#include "live/reverse.h"
#include "live/schedule.h"
#include "net/localerrors.h"

struct run {
    const struct options *options;
    struct output *output;
    struct failure failure; /* ends the run */
    struct timers timers;
    struct jobs jobs;
    struct lane lane;
    struct recorder recorder;
    struct taps taps;
    struct holder holder; /* of the captures */
    struct local_errors local_errors;
    struct sender sender;
    struct flights flights;
    struct schedule schedule;
    struct relocation relocation;
    struct seek seek;
    struct opinions opinions;
    struct reverse reverse;
    struct interrupts interrupts;
    struct journaling journaling;
    int64_t deadline_ns; /* monotonic; INT64_MAX: none */
    struct timer deadline, tick, release, journal;
    bool interrupted;   /* there is more to do, which a journal keeps */
    bool out_of_time;   /* for --deadline */
    int64_t watched_ns; /* when the drops of the captures were last looked at */
    unsigned unread;    /* rounds in a row that have left frames to be read */
    bool more;          /* connections could begin at once, or frames be read */
};

#endif
