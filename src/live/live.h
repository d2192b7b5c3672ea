/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a live run share. */
#ifndef TCPSHAKE_LIVE_LIVE_H
#define TCPSHAKE_LIVE_LIVE_H

#include "confine/locator.h"
#include "files/annotation.h"
#include "files/recording.h"
#include "flows/flows.h"
#include "live/echoes.h"
#include "live/jobs.h"
#include "live/pace.h"
#include "net/capture.h"
#include "net/clock.h"
#include "net/guard.h"
#include "net/localerrors.h"
#include "net/transmit.h"
#include "output/output.h"

/* One interface that is watched. */
struct tap {
    struct capture *capture;
    int recording_interface;
    int unseen_interface; /* of the recording: for what was sent here and not captured; -1: not yet
                           */
};

/* One connection in flight. */
struct probe {
    struct timer timer; /* first, so that its address is the probe's */
    struct probe *next_on_port;
    struct prober prober;
    struct job *job;
    struct tap *tap;
    struct guard guard;
    struct endpoint src, dst; /* the job may have moved on */
    unsigned ifindex;
    struct conversation *conversation; /* NULL before its first segment */
    struct echoes echoes;
    int64_t busy_since_ns; /* the kernel has had no room for the first segment since; 0: not so */
    bool stopped;
    bool clock_was_set; /* while it was in flight */
    bool cut_short;     /* the run ended while it was in flight */
    bool refused;       /* a local firewall did not let a segment out */
};

/* --resolve-every; see relocate.h. */
struct relocation {
    struct locator *locator; /* NULL: not asked for, or over */
    struct timer timer;      /* of the next round */
    int64_t began_ns;        /* of this round, monotonic */
    size_t at;               /* the job whose name is asked for */
};

struct run {
    const struct options *options;
    struct output *output;
    struct jobs jobs;
    struct tap *taps;
    size_t tap_count;
    struct transmit *transmit;
    struct local_errors local_errors;
    struct recording *recording;
    bool recording_failed; /* nothing more is written, the measurement goes on */
    struct error recording_error;
    struct flows *flows;
    struct timers timers;
    struct clock_watch clock;
    struct timer deadline, pacing, tick;
    struct pace pace;
    struct relocation relocation;
    struct probe **by_port;
    struct job *waiting_head, *waiting_tail;
    void (*on_landing)(struct run *run, struct job *job,
                       int64_t now_ns); /* a connection of it has ended */
    uint64_t jobs_left;                 /* that have connections to begin */
    uint32_t in_flight, in_flight_most;
    uint16_t port_first, port_last;
    struct guard_ports ports; /* from the one to the other */
    int signals;              /* a signalfd; -1: not open */
    int stops; /* another, for Ctrl-Z, which the terminal is to be left before; -1: it may stay */
    bool cancelled, failed, warned_of_refusal;
    struct error error; /* the one that failed the run */
};

/* Notes the error that ends the run; the first one counts. */
void live_fail(struct run *run, const struct error *error);

/* The same of the recording: what is measured is still reported. */
void live_fail_recording(struct run *run, const struct error *error);

/* The same as live_fail, for want of memory. */
void live_fail_memory(struct run *run);

/* A remark in the recording, if there is one. */
void live_remark(struct run *run, const char *comment);

/* The watched interface of that name, or NULL. */
struct tap *live_tap(struct run *run, const char *interface);

uint32_t live_random(void);

#endif
