/* SPDX-License-Identifier: BSD-2-Clause */
/* What both simulations do with their seeds: the options that choose them, and a run of each. */
#ifndef TCPSHAKE_SIM_SEEDLOOP_H
#define TCPSHAKE_SIM_SEEDLOOP_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

struct seed_loop {
    const char *program;
    uint64_t from, runs;
    double minutes;          /* 0: no limit but runs */
    bool one, trace, floors; /* floors: everything has to happen often enough */
    uint64_t done;           /* seeds that were run */
    unsigned failures;       /* of these */
};

/* Rows for getopt_long(3). */
#define SEED_LOOP_OPTIONS                                                                          \
    {"runs", required_argument, NULL, 'r'}, {"from", required_argument, NULL, 'f'},                \
        {"minutes", required_argument, NULL, 'm'}, {"seed", required_argument, NULL, 's'},         \
        {"trace", no_argument, NULL, 't'},                                                         \
    {                                                                                              \
        "no-floors", no_argument, NULL, 'n'                                                        \
    }

void seed_loop_init(struct seed_loop *loop, const char *program);

/* Takes one of these options. Returns false for another one, or for an invalid value. */
bool seed_loop_option(struct seed_loop *loop, int option, const char *value);

/* run(context, seed) for each seed, until the last, the end of the time, or the eighth failure; it
 * returns false for a seed that fails. */
void seed_loop_run(struct seed_loop *loop, bool (*run)(void *context, uint64_t seed),
                   void *context);

/* Says which seed fails, and begins to say how it is run again. */
void seed_loop_tell(const struct seed_loop *loop, uint64_t seed, const char *invariant,
                    const char *why);

/* Prints the result and the plan of TAP. Returns the exit status. */
int seed_loop_end(const struct seed_loop *loop, bool good);

#endif
