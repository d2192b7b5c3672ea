/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/formats.h"
#include "report/text/ladder.h"
#include "report/text/summary.h"
#include "report/text/table.h"

static void print_ladder(struct report *report, const struct connection_result *result)
{
    if (report->connections > 0)
        fputc('\n', report->out);
    ladder_print(result, &report->style, report->out);
}

static void print_line(struct report *report, const struct connection_result *result)
{
    if (report->connections == 0)
        table_begin(&report->table, result, &report->style, report->out);
    table_put(&report->table, result, report->connections + 1, &report->style, report->out);
}

static void print_summaries(struct report *report, const struct summary *summaries, size_t count)
{
    bool below = report->connections > 0 && report->style.verbosity >= 0;

    for (size_t i = 0; i < count; i++) {
        if (below || i > 0)
            fputc('\n', report->out);
        summary_print(&summaries[i], &report->style, report->out);
    }
}

static void text_connection(struct report *report, const struct connection_result *result)
{
    bool ladder = report->style.layout == LAYOUT_LADDER || report->style.explain;

    if (report->style.verbosity > 0 || (report->style.verbosity == 0 && ladder))
        print_ladder(report, result);
    else if (report->style.verbosity == 0)
        print_line(report, result);
    else if (report->style.verbosity == -1 && ladder)
        ladder_print_verdict(result, &report->style, report->out);
}

/* A single connection needs no summary. */
static void text_summary(struct report *report, const struct summary *summaries, size_t count)
{
    if (report->style.layout != LAYOUT_LADDER && report->style.verbosity > -2)
        print_summaries(report, summaries, count);
}

static void table_connection(struct report *report, const struct connection_result *result)
{
    if (report->style.verbosity >= 0)
        print_line(report, result);
}

static void table_summary(struct report *report, const struct summary *summaries, size_t count)
{
    if (report->style.verbosity > -2)
        print_summaries(report, summaries, count);
}

const struct report_format format_text = {
    .name = "text",
    .sums_findings = true,
    .connection = text_connection,
    .summary = text_summary,
};

const struct report_format format_table = {
    .name = "table",
    .connection = table_connection,
    .summary = table_summary,
};
