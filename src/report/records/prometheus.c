/* SPDX-License-Identifier: BSD-2-Clause */
/* The text exposition format 0.0.4 of Prometheus, for node_exporter's textfile collector: names are
 * those of the blackbox_exporter as far as it has them. A value that was not measured has no
 * sample, so that no query takes it for 0. */
#include <string.h>

#include "base/escape.h"
#include "findings/wording.h"
#include "report/formats.h"
#include "report/labels.h"

#define NAME_MAX      4096
#define NS_PER_SECOND 1000000000

/* A metric being written, for one target. */
struct metric {
    const char *name;
    const struct summary *summary;
    FILE *out;
};

/* A label's value: valid UTF-8 without controls, and its backslashes and quotes escaped. */
static void put_value(const char *text, FILE *out)
{
    char safe[NAME_MAX];

    for (const char *at = escape_text(safe, sizeof(safe), text, false); *at != '\0'; at++) {
        if (*at == '\\' || *at == '"')
            fputc('\\', out);
        fputc(*at, out);
    }
}

#define OTHERS "exported_"

/* Names of ours in a sample: Prometheus renames labels of others in the same way, and those that
 * have such a name already once more. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = {"phase", "state",   "segment", "end",
                                       "close", "finding", "quantile"};
    while (strncmp(name, OTHERS, strlen(OTHERS)) == 0)
        name += strlen(OTHERS);
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(name, ours[i]) == 0)
            return true;
    return false;
}

/* Those that the target has in a list. */
static void put_labels(const char *labels, FILE *out)
{
    struct label label;
    while (label_next(&labels, &label)) {
        fprintf(out, ",%s%s=\"", is_ours(label.name) ? OTHERS : "", label.name);
        put_value(label.value, out);
        fputs("\"", out);
    }
}

/* "probe_success{target="example.com",port="443",state="open"} "; suffix and label may be NULL. A
 * label without a value is the same as none: that is what a whole run has. */
static void begin_sample(const struct metric *metric, const char *suffix, const char *label,
                         const char *value)
{
    const struct summary *summary = metric->summary;

    fprintf(metric->out, "%s%s{target=\"", metric->name, suffix != NULL ? suffix : "");
    if (summary->target != NULL)
        put_value(summary->target, metric->out);
    fputs("\",port=\"", metric->out);
    if (summary->port != 0)
        fprintf(metric->out, "%u", (unsigned)summary->port);
    fputs("\"", metric->out);
    put_labels(summary->labels, metric->out);
    if (label != NULL)
        fprintf(metric->out, ",%s=\"%s\"", label, value);
    fputs("} ", metric->out);
}

static void put_count(const struct metric *metric, const char *label, const char *value,
                      uint64_t count)
{
    begin_sample(metric, NULL, label, value);
    fprintf(metric->out, "%llu\n", (unsigned long long)count);
}

/* Exactly, down to the nanosecond. */
static void put_seconds(const struct metric *metric, const char *label, const char *value,
                        int64_t duration_ns)
{
    uint64_t ns = (uint64_t)duration_ns;

    if (duration_ns == DURATION_UNKNOWN)
        return;
    begin_sample(metric, NULL, label, value);
    fprintf(metric->out, "%llu.%09llu\n", (unsigned long long)(ns / NS_PER_SECOND),
            (unsigned long long)(ns % NS_PER_SECOND));
}

/* Whether there is a last connection. */
static bool has_latest(const struct summary *summary)
{
    return summary->connections == 1 || (summary->connections > 1 && summary->target != NULL);
}

static void put_success(const struct metric *metric)
{
    put_count(metric, NULL, NULL, metric->summary->connections > 0 && metric->summary->holds);
}

static void put_duration(const struct metric *metric)
{
    const struct latest *latest = &metric->summary->latest;
    int64_t resolve_ns = latest->resolve_ns != DURATION_UNKNOWN ? latest->resolve_ns : 0;
    int64_t sum_ns = DURATION_UNKNOWN;

    if (latest->total_ns != DURATION_UNKNOWN &&
        __builtin_add_overflow(latest->total_ns, resolve_ns, &sum_ns))
        sum_ns = DURATION_UNKNOWN;
    if (has_latest(metric->summary))
        put_seconds(metric, NULL, NULL, sum_ns);
}

static void put_lookup(const struct metric *metric)
{
    if (has_latest(metric->summary))
        put_seconds(metric, NULL, NULL, metric->summary->latest.resolve_ns);
}

static void put_protocol(const struct metric *metric)
{
    if (has_latest(metric->summary) && metric->summary->latest.family != FAMILY_NONE)
        put_count(metric, NULL, NULL, metric->summary->latest.family);
}

static void put_phases(const struct metric *metric)
{
    const struct latest *latest = &metric->summary->latest;

    if (!has_latest(metric->summary))
        return;
    put_seconds(metric, "phase", "resolve", latest->resolve_ns);
    put_seconds(metric, "phase", "connect", latest->connect_ns);
    put_seconds(metric, "phase", "syn", latest->syn_rtt_ns);
    put_seconds(metric, "phase", "ack", latest->ack_delay_ns);
    put_seconds(metric, "phase", "fin", latest->fin_rtt_ns);
    put_seconds(metric, "phase", "peer_fin", latest->peer_fin_delay_ns);
}

static void put_state(const struct metric *metric)
{
    for (unsigned i = 0; i < PORT_STATE_COUNT && has_latest(metric->summary); i++)
        put_count(metric, "state", port_state_name(i), metric->summary->latest.port_state == i);
}

static void put_retransmissions(const struct metric *metric)
{
    const struct traffic *client = &metric->summary->traffic[CLIENT];
    const struct traffic *server = &metric->summary->traffic[SERVER];

    put_count(metric, "segment", "syn", client->syn);
    put_count(metric, "segment", "synack", server->syn);
    put_count(metric, "segment", "data", client->data);
    put_count(metric, "segment", "peer_data", server->data);
    put_count(metric, "segment", "fin", client->fin);
    put_count(metric, "segment", "peer_fin", server->fin);
}

static void put_duplicates(const struct metric *metric)
{
    for (unsigned end = CLIENT; end < ENDS; end++)
        put_count(metric, "end", end_name(end), metric->summary->traffic[end].duplicates);
}

static void put_segments(const struct metric *metric)
{
    for (unsigned end = CLIENT; end < ENDS; end++)
        put_count(metric, "end", end_name(end), metric->summary->traffic[end].segments);
}

static void put_close(const struct metric *metric)
{
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT && has_latest(metric->summary); i++)
        put_count(metric, "close", teardown_result_name(i), metric->summary->latest.close == i);
}

static void put_findings(const struct metric *metric)
{
    for (unsigned i = 0; i < CAUSE_COUNT; i++)
        if (metric->summary->by_cause[i] > 0)
            put_count(metric, "finding", cause_name(i), metric->summary->by_cause[i]);
}

static void put_connections(const struct metric *metric)
{
    put_count(metric, NULL, NULL, metric->summary->connections);
}

static void put_failed(const struct metric *metric)
{
    put_count(metric, NULL, NULL, metric->summary->connections - metric->summary->ok);
}

/* The least and the greatest are the quantiles 0 and 1. */
static void put_times(const struct metric *metric, const struct rtt_stats *stats,
                      int64_t (*percentile_ns)(const struct summary *summary, unsigned percent))
{
    static const struct {
        const char *quantile;
        unsigned percent;
    } quantiles[] = {{"0.5", 50}, {"0.9", 90}, {"0.95", 95}, {"0.99", 99}};
    double sum_ns = (double)stats->count * (double)stats->first_ns + stats->sum;

    if (stats->count > 0) {
        put_seconds(metric, "quantile", "0", stats->min_ns);
        for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
            put_seconds(metric, "quantile", quantiles[i].quantile,
                        percentile_ns(metric->summary, quantiles[i].percent));
        put_seconds(metric, "quantile", "1", stats->max_ns);
    }
    begin_sample(metric, "_sum", NULL, NULL);
    fprintf(metric->out, "%.9f\n", stats->count > 0 ? sum_ns / NS_PER_SECOND : 0.0);
    begin_sample(metric, "_count", NULL, NULL);
    fprintf(metric->out, "%llu\n", (unsigned long long)stats->count);
}

static void put_connect(const struct metric *metric)
{
    put_times(metric, &metric->summary->connect, summary_connect_percentile_ns);
}

static void put_rtt(const struct metric *metric)
{
    put_times(metric, &metric->summary->syn_rtt, summary_syn_percentile_ns);
}

static void put_jitter(const struct metric *metric)
{
    put_seconds(metric, NULL, NULL, jitter_mean_ns(&metric->summary->syn_jitter));
}

static const struct {
    const char *name, *type, *help;
    void (*put)(const struct metric *metric);
} families[] = {
    {"probe_success", "gauge", "Whether the target met all success criteria", put_success},
    {"probe_duration_seconds", "gauge",
     "Duration of the last connection, from its first segment to its last, name resolution "
     "included",
     put_duration},
    {"probe_dns_lookup_time_seconds", "gauge", "Time it took to resolve the name", put_lookup},
    {"probe_ip_protocol", "gauge", "IP version: 4 or 6", put_protocol},
    {"probe_tcp_duration_seconds", "gauge",
     "Phases of the last connection: name resolution, first SYN to SYN/ACK (connect), SYN to "
     "SYN/ACK, SYN/ACK to ACK, FIN to its acknowledgement, acknowledgement to the FIN of the peer",
     put_phases},
    {"probe_tcp_port_state", "gauge",
     "1 for the port state of the last connection, 0 for all others", put_state},
    {"probe_tcp_close", "gauge",
     "1 for how the last connection was closed, 0 for all others; all 0 if it was not open",
     put_close},
    {"probe_tcp_connections", "gauge", "Number of connections", put_connections},
    {"probe_tcp_connections_failed", "gauge", "Number of failed connections", put_failed},
    {"probe_tcp_findings", "gauge", "Number of connections with that finding", put_findings},
    {"probe_tcp_retransmissions", "gauge", "Number of retransmissions in these connections",
     put_retransmissions},
    {"probe_tcp_duplicates", "gauge", "Number of frames that were seen twice in these connections",
     put_duplicates},
    {"probe_tcp_segments", "gauge", "Number of segments in these connections", put_segments},
    {"probe_tcp_connect_seconds", "summary",
     "Times that these connections took to open, from the first SYN to the SYN/ACK, as connect(2) "
     "waits it",
     put_connect},
    {"probe_tcp_syn_rtt_seconds", "summary",
     "Round-trip times of these connections, from SYN to SYN/ACK or to the refusing RST", put_rtt},
    {"probe_tcp_syn_rtt_jitter_seconds", "gauge",
     "Mean absolute difference between consecutive round-trip times of a target", put_jitter},
};

static void prometheus_connection(struct report *report, const struct connection_result *result)
{
    (void)report;
    (void)result;
}

static void prometheus_summary(struct report *report, const struct summary *summaries, size_t count)
{
    if (report->style.verbosity <= -2)
        return;
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        fprintf(report->out, "# HELP %s %s\n# TYPE %s %s\n", families[i].name, families[i].help,
                families[i].name, families[i].type);
        for (size_t k = 0; k < count; k++) {
            const struct metric metric = {families[i].name, &summaries[k], report->out};

            families[i].put(&metric);
        }
    }
}

const struct report_format format_prometheus = {
    .name = "prometheus",
    .without_steps = true,
    .without_words = true,
    .every_target = true,
    .sums_findings = true,
    .connection = prometheus_connection,
    .summary = prometheus_summary,
};
