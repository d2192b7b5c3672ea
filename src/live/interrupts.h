/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals to a live run, taken between two rounds of its loop. */
#ifndef TCPSHAKE_LIVE_INTERRUPTS_H
#define TCPSHAKE_LIVE_INTERRUPTS_H

#include "base/error.h"
#include "output/output.h"

struct interrupts {
    int signals; /* a signalfd; -1: not open */
    int stops;   /* another, for Ctrl-Z, which the terminal is to be left before; -1: it may stay */
};

/* Returns 0, or -1 with *error set; interrupts_close is due in both cases. */
int interrupts_open(struct interrupts *interrupts, const struct output *output,
                    struct error *error);
void interrupts_close(struct interrupts *interrupts);

/* Shows how far the run is and an interim summary, redraws or stops if that is asked for. Returns
 * how many times the run was asked to end: by SIGQUIT too, if the run is stuck with a reader who
 * takes nothing. */
unsigned interrupts_take(const struct interrupts *interrupts, struct output *output,
                         const struct output_outlook *outlook, bool stuck);

#endif
