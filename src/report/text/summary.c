/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/summary.h"

#include "findings/wording.h"
#include "report/localtime.h"
#include "report/text/breakdowntable.h"
#include "report/text/pathtable.h"
#include "report/words.h"

#define SLOW_WIDTH 12u

#define SUMMARY_INDENT 4 /* of what did not fit on one line */

/* "--- example.com:443 (team=core;site=b) ---" */
static void put_summary_title(const struct summary *summary, struct row *row, FILE *out)
{
    row_put(row, "--- ");
    if (summary->target != NULL)
        row_put_host_port(row, summary->target, summary->port);
    else
        row_put(row, "all");
    if (summary->labels != NULL) {
        row_put(row, " (");
        row_put_foreign(row, summary->labels);
        row_put(row, ")");
    }
    row_put(row, " ---");
    row_end_fitted(row, SUMMARY_INDENT, out);
}

static void put_count(struct row *row, uint64_t count, enum color color, const char *word,
                      const char **separator)
{
    if (count == 0 || word == NULL)
        return;
    row_put(row, *separator);
    row_put_number(row, count);
    row_put(row, " ");
    row_put_colored(row, color, word);
    *separator = ", ";
}

/* ", 0 failed", or ", 39 failed (97.5%)". */
static void put_failed(struct row *row, const struct summary *summary)
{
    uint64_t failed = summary->connections - summary->ok;

    if (summary->connections == 0)
        return;
    row_put(row, ", ");
    row_put_number(row, failed);
    row_put(row, " ");
    row_put_colored(row, failed > 0 ? COLOR_NOTICE : COLOR_NONE, "failed");
    if (failed == 0)
        return;
    row_put(row, " (");
    row_put_percent(row, failed, summary->connections);
    row_put(row, ")");
}

/* "10 connections: 10 open, 10 closed gracefully, 0 failed" */
static void put_counts(const struct summary *summary, struct row *row, FILE *out)
{
    static const char *const handshakes[HANDSHAKE_RESULT_COUNT] = {
        [HANDSHAKE_HALF_OPEN] = "half-open",
        [HANDSHAKE_RESET] = "reset before it was established",
    };
    static const char *const teardowns[TEARDOWN_RESULT_COUNT] = {
        [TEARDOWN_GRACEFUL] = "closed gracefully",
        [TEARDOWN_RESET] = "reset",
        [TEARDOWN_HALF_CLOSED] = "half-closed",
        [TEARDOWN_UNANSWERED] = "with an unanswered FIN",
    };
    const char *separator = ": ";

    row_put_number(row, summary->connections);
    row_put(row, summary->connections == 1 ? " connection" : " connections");
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        put_count(row, summary->by_port_state[i], port_state_color(i), port_state_name(i),
                  &separator);
    for (unsigned i = 0; i < HANDSHAKE_RESULT_COUNT; i++)
        put_count(row, summary->by_handshake[i], COLOR_NONE, handshakes[i], &separator);
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT; i++)
        put_count(row, summary->by_teardown[i], COLOR_NONE, teardowns[i], &separator);
    put_failed(row, summary);
    row_end_fitted(row, SUMMARY_INDENT, out);
}

/* "connect min/avg/max/mdev = 11.932/12.345/13.010/0.311 ms", with ", jitter 0.207 ms" where that
 * is known; no line where nothing was measured. */
static void put_times(const struct rtt_stats *stats, int64_t jitter_ns, const char *name,
                      struct row *row, FILE *out)
{
    if (stats->count == 0)
        return;
    row_put(row, name);
    row_put(row, " min/avg/max/mdev = ");
    row_put_ms(row, stats->min_ns);
    row_put(row, "/");
    row_put_ms(row, rtt_stats_mean_ns(stats));
    row_put(row, "/");
    row_put_ms(row, stats->max_ns);
    row_put(row, "/");
    row_put_ms(row, rtt_stats_mdev_ns(stats));
    row_put(row, " ms");
    if (jitter_ns != DURATION_UNKNOWN) {
        row_put(row, ", jitter ");
        row_put_ms(row, jitter_ns);
        row_put(row, " ms");
    }
    row_end_fitted(row, SUMMARY_INDENT, out);
}

#define PERCENTILES_FROM 20 /* with fewer samples, they say no more than minimum and maximum */

/* "connect p50/p90/p95/p99 = 12.345/12.900/12.987/13.010 ms" */
static void put_percentiles(const struct summary *summary, struct row *row, FILE *out)
{
    static const unsigned percents[] = {50, 90, 95, 99};

    if (summary->connect.count < PERCENTILES_FROM || summary->spread == NULL)
        return;
    row_put(row, "connect p50/p90/p95/p99 =");
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
        row_put(row, i == 0 ? " " : "/");
        row_put_ms(row, summary_connect_percentile_ns(summary, percents[i]));
    }
    row_put(row, " ms");
    row_end_fitted(row, SUMMARY_INDENT, out);
}

/* "3 of 70 segments retransmitted (4.3%): 2 SYN, 1 data; 1 seen twice", whatever of it there was.
 */
static void put_lost(const struct summary *summary, struct row *row, FILE *out)
{
    const struct traffic *client = &summary->traffic[CLIENT], *server = &summary->traffic[SERVER];
    uint64_t again = traffic_retransmitted(client) + traffic_retransmitted(server);
    uint64_t segments = client->segments + server->segments;
    uint64_t twice = client->duplicates + server->duplicates;
    const char *separator = ": ";

    if (again > 0) {
        row_put_number(row, again);
        row_put(row, " of ");
        row_put_number(row, segments);
        row_put(row, " segments ");
        row_put_colored(row, COLOR_NOTICE, "retransmitted");
        row_put(row, " (");
        row_put_percent(row, again, segments);
        row_put(row, ")");
        put_count(row, client->syn, COLOR_NONE, "SYN", &separator);
        put_count(row, server->syn, COLOR_NONE, "SYN+ACK", &separator);
        put_count(row, client->data + server->data, COLOR_NONE, "data", &separator);
        put_count(row, client->fin + server->fin, COLOR_NONE, "FIN", &separator);
    }
    separator = row->len > 0 ? "; " : "";
    put_count(row, twice, COLOR_NONE, "seen twice", &separator);
    if (row->len > 0)
        row_end_fitted(row, SUMMARY_INDENT, out);
}

/* "findings: refused 3, reset-injected 1"; no line where nothing was found. */
static void put_findings(const struct summary *summary, struct row *row, FILE *out)
{
    for (unsigned i = 0; i < CAUSE_COUNT; i++) {
        if (summary->by_cause[i] == 0)
            continue;
        row_put(row, row->len > 0 ? ", " : "findings: ");
        row_put(row, cause_name(i));
        row_put(row, " ");
        row_put_number(row, summary->by_cause[i]);
    }
    if (row->len > 0)
        row_end_wrapped(row, SUMMARY_INDENT, out);
}

/* "ecn: 8 agreed, 2 ignored", a line for each that something is known of. */
static void put_offers(const struct offer_totals *totals, struct row *row, FILE *out)
{
    for (unsigned i = 0; i < OFFERS; i++) {
        const char *separator = ": ";

        if (!offer_totals_have(totals, i))
            continue;
        row_put(row, i < WITHOUT_MSS ? "" : "without ");
        row_put(row, offer_name(i));
        for (unsigned word = AGREED; word < AGREEMENT_COUNT; word++)
            put_count(row, totals->counts->became[i][word],
                      word > IGNORED ? COLOR_NOTICE : COLOR_NONE, agreement_name(word), &separator);
        row_end_wrapped(row, SUMMARY_INDENT, out);
    }
}

static void put_kind(struct row *row, const char *before, const struct offer_kind *kind)
{
    row_put(row, before);
    row_put_number(row, kind->open);
    row_put(row, " of ");
    row_put_number(row, kind->connections);
    row_put(row, " open");
}

/* "offered: 0 of 10 open, plain: 10 of 10 open; the offer makes connections fail (p = 1.08e-05)" */
static void put_comparison(const struct offer_totals *totals, struct row *row, FILE *out)
{
    static const char *const verdicts[OFFER_VERDICT_COUNT] = {
        [VERDICT_NO_DIFFERENCE] = "no difference is shown",
        [VERDICT_OFFER_FAILS] = "the offer makes connections fail",
        [VERDICT_PLAIN_FAILS] = "plain connections fail, and those with the offer do not",
    };
    enum offer_verdict verdict = offer_totals_verdict(totals);
    char p[48];

    if (!offer_totals_compare(totals))
        return;
    put_kind(row, "offered: ", &totals->offered);
    put_kind(row, ", plain: ", &totals->plain);
    row_put(row, "; ");
    row_put_colored(row, verdict == VERDICT_NO_DIFFERENCE ? COLOR_NONE : COLOR_NOTICE,
                    verdicts[verdict]);
    snprintf(p, sizeof(p), " (p = %.3g)", offer_totals_p(totals));
    row_put(row, p);
    row_end_wrapped(row, SUMMARY_INDENT, out);
}

/* "resolved in 0.412 ms", or "not resolved after 0.412 ms": its own time, in none of the others. */
static void put_resolved(const struct summary *summary, struct row *row, FILE *out)
{
    if (summary->target == NULL || summary->connections == 0 ||
        summary->latest.resolve_ns == DURATION_UNKNOWN)
        return;
    row_put(row, summary->latest.reason == REASON_NAME_NOT_FOUND ? "not resolved after "
                                                                 : "resolved in ");
    row_put_ms(row, summary->latest.resolve_ns);
    row_put(row, " ms");
    row_end_fitted(row, SUMMARY_INDENT, out);
}

/* "    1012.345 ms  192.0.2.7:51234 to 192.0.2.80:443 at 2026-11-22 05:08:03.502" */
static void put_slow(const struct slow_handshake *slow, struct row *row, FILE *out)
{
    char text[ENDPOINT_TEXT_MAX], time[LOCALTIME_MAX];
    struct row figure;

    row_begin(&figure, row->style);
    row_put_ms(&figure, slow->connect_ns);
    row_fill(row, " ", figure.width < SLOW_WIDTH ? SLOW_WIDTH - figure.width : 0);
    row_put(row, figure.text);
    row_put(row, " ms  ");
    row_put(row, endpoint_text(&slow->ends[CLIENT], text));
    row_put(row, " to ");
    row_put(row, endpoint_text(&slow->ends[SERVER], text));
    row_put(row, " at ");
    row_put(row, slow->start_ns != DURATION_UNKNOWN ? localtime_text(slow->start_ns, time) : "-");
    row_end_fitted(row, SUMMARY_INDENT, out);
}

/* Only for a whole run: the connections of one target are in its table. */
static void put_slowest(const struct summary *summary, struct row *row, FILE *out)
{
    if (summary->target != NULL || summary->spread == NULL ||
        summary->by_handshake[HANDSHAKE_COMPLETED] < PERCENTILES_FROM)
        return;
    row_put(row, "slowest handshakes:");
    row_end_fitted(row, SUMMARY_INDENT, out);
    for (unsigned i = 0; i < summary->spread->slowest_count; i++)
        put_slow(&summary->spread->slowest[i], row, out);
}

/* "shard 2/4, seed 5142983245", with which others of the same run can be made. */
static void put_order(const struct run_order *order, struct row *row, FILE *out)
{
    if (order->shards == 0)
        return;
    if (order->shards > 1) {
        row_put(row, "shard ");
        row_put_number(row, order->shard);
        row_put(row, "/");
        row_put_number(row, order->shards);
    }
    if (order->seed != UINT64_MAX) {
        row_put(row, row->len > 0 ? ", seed " : "seed ");
        row_put_number(row, order->seed);
    }
    if (row->len > 0)
        row_end_fitted(row, SUMMARY_INDENT, out);
}

void summary_print(const struct summary *summary, const struct report_style *style, FILE *out)
{
    struct row row;

    row_begin(&row, style);
    put_summary_title(summary, &row, out);
    put_counts(summary, &row, out);
    put_lost(summary, &row, out);
    put_findings(summary, &row, out);
    put_times(&summary->connect, DURATION_UNKNOWN, "connect", &row, out);
    put_percentiles(summary, &row, out);
    put_times(&summary->syn_rtt, jitter_mean_ns(&summary->syn_jitter), "syn rtt", &row, out);
    if (style->verbosity > 0)
        put_times(&summary->fin_rtt, DURATION_UNKNOWN, "fin rtt", &row, out);
    put_offers(&summary->offers, &row, out);
    if (style->compare)
        put_comparison(&summary->offers, &row, out);
    put_resolved(summary, &row, out);
    put_slowest(summary, &row, out);
    if (summary->breakdown != NULL)
        breakdowntable_print(summary->breakdown, style, out);
    if (summary->target == NULL)
        put_order(&style->order, &row, out);
    if (summary->path != NULL)
        pathtable_print_totals(summary->path, style, out);
}
