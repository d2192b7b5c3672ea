/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface that every output format implements. */
#ifndef TCPSHAKE_REPORT_REPORT_H
#define TCPSHAKE_REPORT_REPORT_H

#include <stdio.h>

#include "report/buffer.h"
#include "report/localtime.h"
#include "report/rfc3339.h"
#include "report/vocabulary.h"
#include "stats/range.h"
#include "stats/stats.h"
#include "tcp/result.h"

enum layout {
    LAYOUT_LADDER, /* one connection: every step */
    LAYOUT_LINES,  /* several: a line each */
};

/* The order of a run's targets, and its part of them. */
struct run_order {
    uint64_t seed;          /* UINT64_MAX: they are in the order given */
    uint32_t shard, shards; /* shard of shards, from 1; 0: nothing is known of it */
};

struct report_style {
    enum layout layout;
    int verbosity;    /* -2 nothing, -1 the summary alone, 0, 1 every detail (a ladder of each) */
    bool ascii;       /* no character outside ASCII */
    bool color;       /* SGR sequences */
    bool timestamps;  /* a line begins with the time of its start */
    bool prompt;      /* each record is flushed as it is written, for readers that wait for it */
    bool explain;     /* explain each step of a ladder */
    bool terminal;    /* no line may be wider than columns: it would be wrapped anywhere */
    bool unbounded;   /* the output has no width of its own: a table shows all it has */
    unsigned columns; /* width to fit, 80 where unknown */
    struct range warning, critical; /* in ns, for performance data */
    int64_t max_loss;               /* see struct conditions */
    struct run_order order;
    bool compare;   /* the summary compares connections with an offer and plain ones */
    bool continued; /* it goes on behind what an interrupted run has written */
};

struct report;
struct picture_kept;

/* The exit statuses of a plugin: Monitoring Plugins guidelines, "Plugin Return Codes". */
enum plugin_status {
    PLUGIN_OK,
    PLUGIN_WARNING,
    PLUGIN_CRITICAL,
    PLUGIN_UNKNOWN,
};

/* One output format. Each function writes to out and returns; write errors are found by
 * report_finish, or noted in failure. begin and end may be NULL. */
struct report_format {
    const char *name;
    bool without_steps; /* it does not use a connection's steps */
    bool without_words; /* nor at its history, conn_state and completeness */
    bool every_target;  /* it is for a program, and wants the summary of each target */
    bool sums_findings; /* its summary tells what was found, even of connections that are not shown
                         */
    bool plugin;        /* it sets plugin_status, which becomes the exit status */
    void (*begin)(struct report *report);
    void (*connection)(struct report *report, const struct connection_result *result);
    void (*summary)(struct report *report, const struct summary *summaries, size_t count);
    void (*end)(struct report *report); /* frees what begin and the others keep */
};

#define TABLE_COLUMNS_MAX 12

/* How the table is laid out, from its first connection on. */
struct table_layout {
    unsigned shown; /* a bit for each column */
    unsigned widths[TABLE_COLUMNS_MAX];
    bool dated;               /* starts are shown with their date */
    char date[LOCALTIME_MAX]; /* when the first connection started; empty: unknown */
};

struct report {
    const struct report_format *format;
    struct report_style style;
    FILE *out;
    uint64_t connections; /* reported so far */
    int failure; /* errno of the first write that failed, or 0; nothing is written after it */
    struct table_layout table;
    struct picture_kept *kept; /* by svg alone: what it will draw */
    struct vocabulary words;   /* of the records, filled by begin */
    struct rfc3339_clock clock;
    enum plugin_status plugin_status;
    uint64_t invalid_lines; /* of lists of targets, which a plugin tells of */
    struct buffer buffer;   /* of the records, in front of out; last, so that tests can guard it */
};

/* The calls of a run, in this order: open, connection for each, summary once, finish. What is not
 * prompt is flushed by finish alone. */
void report_open(struct report *report, const struct report_format *format,
                 const struct report_style *style, FILE *out);
void report_connection(struct report *report, const struct connection_result *result);
void report_summary(struct report *report, const struct summary *summaries, size_t count);

/* Flushes the report. */
void report_flush(struct report *report);

/* 0, or the errno of the first error on out. */
int report_finish(struct report *report);

#endif
