/* SPDX-License-Identifier: BSD-2-Clause */
/* What a terminal shows during a run: many targets as a table that is redrawn in place, on the
 * terminal that the report goes to, a single connection as the figure that it has come to, or else
 * a line of progress on standard error. Table and line appear after a second; all are gone before
 * anything else is written there. */
#ifndef TCPSHAKE_OUTPUT_WATCH_H
#define TCPSHAKE_OUTPUT_WATCH_H

#include "report/text/live_ladder.h"
#include "report/text/live_table.h"

#define WATCH_TICK_NS     INT64_C(200000000)
#define WATCH_TARGETS_MAX 65536 /* more than anyone looks at */

/* What can appear of a report before it is complete. */
enum watch_kind {
    WATCH_NEITHER,
    WATCH_TABLE,
    WATCH_TABLE_AND_FIGURE,
};

struct watch {
    struct report_style style; /* of table and figure */
    FILE *screen;              /* where the table goes */
    struct live_table *table;  /* NULL: none */
    bool may_have_table, may_have_figure, may_have_progress, shares_terminal;
    enum live_ladder_before figure; /* what of it is on the screen ... */
    uint64_t figure_age;            /* ... and how much it shows */
    bool table_shown, progress_shown, changed;
    int64_t begun_ns, told_ns; /* monotonic */
};

/* Determines what the terminals can do. The watch must not move until watch_end. */
void watch_begin(struct watch *watch, const struct report_style *style, FILE *report,
                 enum watch_kind kind, int64_t now_ns);

/* Whether there is anything for watch_tick to show. */
bool watch_wants_ticks(const struct watch *watch);

/* Adds a target to the table, if there is to be one. Before the first result. */
void watch_target(struct watch *watch, const char *host, uint16_t port);

/* Call before a result is reported. Returns whether the table shows it, so that it needs no line.
 */
bool watch_result(struct watch *watch, const struct connection_result *result);

/* Whether progress would be shown now, so that its text is needed. */
bool watch_wants_progress(const struct watch *watch, int64_t now_ns);

/* Shows the progress. */
void watch_progress(struct watch *watch, const char *text, int64_t now_ns);

/* Whether watch_figure would show anything now. */
bool watch_wants_figure(const struct watch *watch, int64_t now_ns);

/* Shows how far the only connection of a run has come. */
void watch_figure(struct watch *watch, const struct connection_result *result, int64_t now_ns);

/* Redraws the table from time to time, if anything has changed. */
void watch_tick(struct watch *watch, int64_t now_ns);

/* The size of the terminal has changed. */
void watch_resized(struct watch *watch);

/* Leaves the terminal to others, until the next tick. */
void watch_hide(struct watch *watch);

/* The same for good; the table stays behind as lines of the report. */
void watch_end(struct watch *watch);

#endif
