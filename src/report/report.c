/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report.h"

#include <errno.h>
#include <stdio_ext.h>

/* Sends on what was written; keeps the first failure, because a later call may succeed again. */
static void flush(struct report *report)
{
    buffer_empty(&report->buffer);
    if (fflush(report->out) == 0 && !ferror(report->out))
        return;
    report->failure = errno != 0 ? errno : EIO;
}

/* After each record. A failure also shows where the buffer of out overflowed. */
static void flush_if_prompt(struct report *report)
{
    bool written = report->buffer.len > 0 || __fpending(report->out) > 0;
    if ((report->style.prompt && written) || ferror(report->out))
        flush(report);
}

void report_open(struct report *report, const struct report_format *format,
                 const struct report_style *style, FILE *out)
{
    *report = (struct report){.format = format, .style = *style, .out = out};
    buffer_begin(&report->buffer, out);
    errno = 0;
    if (format->begin != NULL)
        format->begin(report);
    flush_if_prompt(report);
}

void report_connection(struct report *report, const struct connection_result *result)
{
    if (report->failure != 0)
        return;
    errno = 0;
    report->format->connection(report, result);
    report->connections++;
    flush_if_prompt(report);
}

void report_summary(struct report *report, const struct summary *summaries, size_t count)
{
    if (report->failure != 0)
        return;
    errno = 0;
    report->format->summary(report, summaries, count);
    flush_if_prompt(report);
}

void report_flush(struct report *report)
{
    if (report->failure != 0)
        return;
    errno = 0;
    flush(report);
}

int report_finish(struct report *report)
{
    report_flush(report);
    if (report->format->end != NULL)
        report->format->end(report);
    return report->failure;
}
