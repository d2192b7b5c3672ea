/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/records/nagios.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "findings/wording.h"
#include "report/formats.h"
#include "report/words.h"

#define SAID_MAX 5 /* targets that are named in the finding */
#define MEASURED_MAX                                                                               \
    100 /* targets that have performance data: a plugin's answer is to be short                    \
         */
#define NAME_MAX  1024
#define NS_PER_MS 1000000

static const char *const words[] = {
    [PLUGIN_OK] = "OK",
    [PLUGIN_WARNING] = "WARNING",
    [PLUGIN_CRITICAL] = "CRITICAL",
    [PLUGIN_UNKNOWN] = "UNKNOWN",
};

/* Text from outside: a bar would begin the performance data, in which a label ends at an equals
 * sign and has its quotes doubled. */
static void put_foreign(const char *text, bool in_label, FILE *out)
{
    char safe[NAME_MAX];

    for (const char *at = escape_text(safe, sizeof(safe), text, false); *at != '\0'; at++) {
        if (*at == '|' || (in_label && *at == '='))
            fprintf(out, "\\x%02x", (unsigned)*at);
        else
            fprintf(out, in_label && *at == '\'' ? "''" : "%c", *at);
    }
}

/* "example.com:443", "[2001:db8::7]:443"; a whole run has no name, and what stands for several
 * targets no port. */
static void put_target(const struct summary *summary, bool in_label, FILE *out)
{
    bool bracketed = strchr(summary->target, ':') != NULL;

    fputs(bracketed ? "[" : "", out);
    put_foreign(summary->target, in_label, out);
    fputs(bracketed ? "]" : "", out);
    if (summary->port != 0)
        fprintf(out, ":%u", (unsigned)summary->port);
}

/* "12.346", rounded to the microsecond. */
static void put_ms(int64_t duration_ns, FILE *out)
{
    uint64_t us = ((uint64_t)duration_ns + 500) / 1000;

    fprintf(out, "%llu.%03u", (unsigned long long)(us / 1000), (unsigned)(us % 1000));
}

/* "1 connection", "3 connections". */
static void put_counted(uint64_t count, const char *one, FILE *out)
{
    fprintf(out, "%llu %s%s", (unsigned long long)count, one, count == 1 ? "" : "s");
}

static enum plugin_status status_of(const struct summary *summary)
{
    if (summary->connections == 0)
        return PLUGIN_UNKNOWN;
    if (!summary->holds)
        return PLUGIN_CRITICAL;
    return summary->warned > 0 ? PLUGIN_WARNING : PLUGIN_OK;
}

/* As the Monitoring Plugins' own max_state_alt has it. */
static bool is_worse(enum plugin_status one, enum plugin_status other)
{
    static const unsigned weights[] = {
        [PLUGIN_OK] = 0, [PLUGIN_UNKNOWN] = 1, [PLUGIN_WARNING] = 2, [PLUGIN_CRITICAL] = 3};

    return weights[one] > weights[other];
}

static const char *const closes[TEARDOWN_RESULT_COUNT] = {
    [TEARDOWN_NONE] = "not closed",
    [TEARDOWN_RESET] = "reset",
    [TEARDOWN_HALF_CLOSED] = "half-closed",
    [TEARDOWN_UNANSWERED] = "with an unanswered FIN",
};

/* How an open connection was closed, unless it was gracefully. */
static void put_close(const struct latest *latest, FILE *out)
{
    if ((unsigned)latest->close >= TEARDOWN_RESULT_COUNT || closes[latest->close] == NULL)
        return;
    fprintf(out, ", %s", closes[latest->close]);
    if (latest->close == TEARDOWN_RESET && latest->reset_by != NEITHER)
        fprintf(out, " by the %s", end_name(latest->reset_by));
}

/* ", not ok: ", and which criterion failed. */
static void put_unmet(const struct latest *latest, FILE *out)
{
    static const char *const criteria[] = {
        [CRITERION_NONE] = "",
        [CRITERION_PORT_STATE] = ": another state is expected",
        [CRITERION_MAX_RTT] = ": the handshake is slower than --max-rtt",
        [CRITERION_CRITICAL] = ": the handshake time is critical",
        [CRITERION_CLOSE] = ": this close is not in --expect-close",
    };

    fprintf(out, ", not ok%s", criteria[latest->unmet]);
}

/* "open", "closed (reset)", with a word if the state alone would mislead. */
static void put_one(const struct summary *summary, FILE *out)
{
    bool open = summary->latest.port_state == PORT_OPEN;
    bool ok = summary->ok > 0;

    fputs(port_state_name(summary->latest.port_state), out);
    if (!open)
        fprintf(out, " (%s)", reason_text(summary->latest.reason));
    put_close(&summary->latest, out);
    if (!ok && (open || summary->latest.unmet > CRITERION_PORT_STATE))
        put_unmet(&summary->latest, out);
    else if (ok && !open)
        fputs(", as expected", out);
}

/* "10 connections: 7 open, 3 filtered, 1 reset, 3 failed" */
static void put_many(const struct summary *summary, FILE *out)
{
    const char *separator = ": ";

    put_counted(summary->connections, "connection", out);
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++) {
        if (summary->by_port_state[i] == 0)
            continue;
        fprintf(out, "%s%llu %s", separator, (unsigned long long)summary->by_port_state[i],
                port_state_name(i));
        separator = ", ";
    }
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT; i++)
        if (summary->by_close[i] > 0 && closes[i] != NULL)
            fprintf(out, ", %llu %s", (unsigned long long)summary->by_close[i], closes[i]);
    if (summary->ok < summary->connections)
        fprintf(out, ", %llu failed", (unsigned long long)(summary->connections - summary->ok));
}

/* ", refused", or of several connections ", refused 3, silence 1". */
static void put_causes(const struct summary *summary, FILE *out)
{
    for (unsigned i = 0; i < CAUSE_COUNT; i++) {
        if (summary->by_cause[i] == 0)
            continue;
        fprintf(out, ", %s", cause_name(i));
        if (summary->connections > 1)
            fprintf(out, " %lu", (unsigned long)summary->by_cause[i]);
    }
}

/* ", 3 segments retransmitted, 2 SYNs among them" */
static void put_retransmitted(const struct traffic traffic[ENDS], FILE *out)
{
    uint64_t all =
        traffic_retransmitted(&traffic[CLIENT]) + traffic_retransmitted(&traffic[SERVER]);

    if (all == 0)
        return;
    fputs(", ", out);
    put_counted(all, "segment", out);
    fputs(" retransmitted", out);
    if (traffic[CLIENT].syn == 0)
        return;
    fputs(", ", out);
    put_counted(traffic[CLIENT].syn, "SYN", out);
    fputs(" among them", out);
}

static void put_finding(const struct summary *summary, FILE *out)
{
    bool one = summary->connections == 1;

    if (one)
        put_one(summary, out);
    else
        put_many(summary, out);
    if (summary->connect.count > 0) {
        fputs(one ? ", handshake " : ", handshake at most ", out);
        put_ms(summary->connect.max_ns, out);
        fputs(" ms", out);
    }
    put_retransmitted(summary->traffic, out);
    put_causes(summary, out);
}

static void put_named_finding(const struct summary *summary, FILE *out)
{
    if (summary->target != NULL) {
        put_target(summary, false, out);
        fputs(summary->connections == 1 ? " " : ": ", out);
    }
    put_finding(summary, out);
}

/* "2 of 5 targets: db:5432 closed (reset); db:5433 filtered (no-response)" */
static void put_several(const struct summary *summaries, size_t count, enum plugin_status status,
                        FILE *out)
{
    size_t alike = 0, said = 0;

    for (size_t i = 0; i < count; i++)
        alike += status_of(&summaries[i]) == status;
    fprintf(out, "%zu of %zu targets", alike, count);
    if (status == PLUGIN_OK)
        return;
    for (size_t i = 0; i < count && said < SAID_MAX; i++) {
        if (status_of(&summaries[i]) != status)
            continue;
        fputs(said++ == 0 ? ": " : "; ", out);
        put_named_finding(&summaries[i], out);
    }
    if (said < alike)
        fprintf(out, "; and %zu more", alike - said);
}

/* A limit in milliseconds, exactly. */
static void put_limit(int64_t limit_ns, FILE *out)
{
    char digits[16];
    int len = snprintf(digits, sizeof(digits), ".%06u", (unsigned)(limit_ns % NS_PER_MS));

    while (digits[len - 1] == '0')
        len--;
    fprintf(out, "%lld%.*s", (long long)(limit_ns / NS_PER_MS), len == 1 ? 0 : len, digits);
}

/* "50", "1:50", "50:", "~:50", "@50:100", or nothing. */
static void put_range(const struct range *range, FILE *out)
{
    if (!range->given)
        return;
    fputs(range->inside ? "@" : "", out);
    if (range->first == INT64_MIN)
        fputs("~:", out);
    else if (range->first > 0 || range->last == INT64_MAX) {
        put_limit(range->first, out);
        fputs(":", out);
    }
    if (range->last < INT64_MAX)
        put_limit(range->last, out);
}

/* " time=", " 'example.com:443 time'=" */
static void put_label(const struct summary *summary, bool several, const char *what, FILE *out)
{
    fputs(several ? " '" : " ", out);
    if (several && summary->target != NULL) {
        put_target(summary, true, out);
        fputs(" ", out);
    }
    fprintf(out, "%s%s=", what, several ? "'" : "");
}

/* What was not measured is U. */
static void put_time(const struct rtt_stats *stats, int64_t time_ns, FILE *out)
{
    if (stats->count == 0) {
        fputs("U", out);
        return;
    }
    put_ms(time_ns, out);
    fputs("ms", out);
}

/* What was sent again, and seen twice. */
static void put_repeats(const struct summary *summary, bool several, FILE *out)
{
    const struct traffic *client = &summary->traffic[CLIENT], *server = &summary->traffic[SERVER];
    uint64_t again = traffic_retransmitted(client) + traffic_retransmitted(server);

    put_label(summary, several, "retransmissions", out);
    fprintf(out, "%llu;;;0", (unsigned long long)again);
    put_label(summary, several, "duplicates", out);
    fprintf(out, "%" PRIu64 ";;;0", client->duplicates + server->duplicates);
}

static void put_mean(const struct summary *summary, bool several, FILE *out)
{
    if (summary->connections < 2)
        return;
    put_label(summary, several, "time_avg", out);
    put_time(&summary->connect, rtt_stats_mean_ns(&summary->connect), out);
    fputs(";;;0", out);
}

/* The slowest handshake, which is what the thresholds are about; the share of failed connections,
 * which says nothing of lost segments; of several connections the mean too. */
static void put_performance(const struct summary *summary, bool several,
                            const struct report_style *style, FILE *out)
{
    const struct rtt_stats *stats = &summary->connect;

    put_label(summary, several, "time", out);
    put_time(stats, stats->max_ns, out);
    fputs(";", out);
    put_range(&style->warning, out);
    fputs(";", out);
    put_range(&style->critical, out);
    fputs(";0", out);
    put_label(summary, several, "failed", out);
    fprintf(out, "%.6g%%;;", summary_failed_percent(summary));
    if (style->max_loss != PERCENT_NONE)
        put_limit(style->max_loss, out);
    fputs(";0;100", out);
    put_mean(summary, several, out);
    put_repeats(summary, several, out);
}

/* "; 2 lines of the lists are invalid" */
static void put_invalid_lines(uint64_t count, FILE *out)
{
    if (count == 0)
        return;
    fputs("; ", out);
    put_counted(count, "line", out);
    fprintf(out, " of the lists %s invalid", count == 1 ? "is" : "are");
}

/* worst is what the targets add up to. */
static void print_answer(const struct report *report, enum plugin_status worst,
                         const struct summary *summaries, size_t count)
{
    FILE *out = report->out;

    fprintf(out, "TCPSHAKE %s - ", words[report->plugin_status]);
    if (count == 1 && summaries[0].connections == 0)
        fputs("no connection", out);
    else if (count == 1)
        put_named_finding(&summaries[0], out);
    else
        put_several(summaries, count, worst, out);
    put_invalid_lines(report->invalid_lines, out);
    fputs(" |", out);
    for (size_t i = 0; i < count && i < MEASURED_MAX; i++)
        put_performance(&summaries[i], count > 1, &report->style, out);
    fputc('\n', out);
}

static void nagios_connection(struct report *report, const struct connection_result *result)
{
    (void)report;
    (void)result;
}

static void nagios_summary(struct report *report, const struct summary *summaries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum plugin_status status = status_of(&summaries[i]);

        if (is_worse(status, report->plugin_status))
            report->plugin_status = status;
    }
    enum plugin_status worst = report->plugin_status;
    if (report->invalid_lines > 0 && is_worse(PLUGIN_UNKNOWN, worst))
        report->plugin_status = PLUGIN_UNKNOWN;
    if (report->style.verbosity > -2)
        print_answer(report, worst, summaries, count);
}

void nagios_print_error(enum plugin_status status, const char *text, FILE *out)
{
    fprintf(out, "TCPSHAKE %s - ", words[status]);
    put_foreign(text, false, out);
    fputc('\n', out);
    fflush(out);
}

const struct report_format format_nagios = {
    .name = "nagios",
    .without_steps = true,
    .without_words = true,
    .every_target = true,
    .sums_findings = true,
    .plugin = true,
    .connection = nagios_connection,
    .summary = nagios_summary,
};
