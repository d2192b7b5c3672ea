/* SPDX-License-Identifier: BSD-2-Clause */
/* What somebody at a terminal sees while a run goes on: many targets as a table that is redrawn in
 * place, on the terminal that the report goes to, or else a line of progress on standard error.
 * Both appear after a second, and are gone before anything else is written there. */
#ifndef TCPSHAKE_OUTPUT_WATCH_H
#define TCPSHAKE_OUTPUT_WATCH_H

#include "report/text/live_table.h"

#define WATCH_TICK_NS     INT64_C(200000000)
#define WATCH_TARGETS_MAX 65536 /* more than anybody looks at */

struct watch {
    struct report_style style; /* of the table */
    FILE *screen;              /* where the table goes */
    struct live_table *table;  /* NULL: none */
    bool may_have_table, may_have_progress, shares_terminal;
    bool table_shown, progress_shown, changed;
    int64_t begun_ns, told_ns; /* monotonic */
};

/* Finds out what the terminals can do. The watch stays where it is until watch_end. */
void watch_begin(struct watch *watch, const struct report_style *style, FILE *report,
                 bool report_is_lines, int64_t now_ns);

/* Whether it is of any use to call watch_tick. */
bool watch_wants_ticks(const struct watch *watch);

/* Adds a target to the table; without effect where there is none to be. Before the first result. */
void watch_target(struct watch *watch, const char *host, uint16_t port);

/* Before a result is reported. Returns whether the table has it, so that it needs no line. */
bool watch_result(struct watch *watch, const struct connection_result *result);

/* Whether progress would be shown now, so that it is worth a text. */
bool watch_wants_progress(const struct watch *watch, int64_t now_ns);

/* Shows how far the work is. */
void watch_progress(struct watch *watch, const char *text, int64_t now_ns);

/* Draws the table anew if there is anything new, from time to time. */
void watch_tick(struct watch *watch, int64_t now_ns);

/* The terminal has another size. */
void watch_resized(struct watch *watch);

/* Leaves the terminal to others, until the next tick. */
void watch_hide(struct watch *watch);

/* The same for good; the table stays behind as lines of the report. */
void watch_end(struct watch *watch);

#endif
