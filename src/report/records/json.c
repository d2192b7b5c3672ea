/* SPDX-License-Identifier: BSD-2-Clause */
/* One object a line; schema/tcpshake-1.schema.json says what stands in it. */
#include "report/formats.h"

#include <inttypes.h>
#include <stdio.h>

#include "findings/wording.h"
#include "report/records/jsonbreakdown.h"
#include "report/records/jsonoffer.h"
#include "report/records/jsonpath.h"
#include "report/records/jsonrecord.h"
#include "report/records/jsonwriter.h"

static inline void put_duration(struct json *json, const char *key, int64_t duration_ns)
{
    if (duration_ns == DURATION_UNKNOWN)
        json_null(json, key);
    else
        json_int(json, key, duration_ns);
}

static const char *address_or_null(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    return address->family != FAMILY_NONE ? address_text(address, text) : NULL;
}

static void put_endpoint(struct json *json, const char *key, const char *address, uint16_t port)
{
    json_open(json, key, '{');
    json_plain(json, "address", address);
    json_uint(json, "port", port);
    json_close(json, '}');
}

static void begin_record(struct json *json, const char *type, struct buffer *buffer)
{
    json_begin(json, buffer);
    json_open(json, NULL, '{');
    json_plain(json, "schema", "tcpshake/1");
    json_plain(json, "type", type);
}

static void end_record(struct json *json)
{
    json_close(json, '}');
    json_end(json);
}

static void json_connection(struct report *report, const struct connection_result *result)
{
    if (report->style.verbosity >= 0)
        jsonrecord_put(report, result);
}

static void json_words(struct report *report)
{
    vocabulary_fill(&report->words, "\"", "null");
}

typedef int64_t percentile_reader(const struct summary *summary, unsigned percent);

static void put_rtt(struct json *json, const char *key, const struct summary *summary,
                    const struct rtt_stats *stats, percentile_reader *percentile_ns)
{
    static const struct {
        const char *key;
        unsigned percent;
    } percentiles[] = {{"p50_ns", 50}, {"p90_ns", 90}, {"p95_ns", 95}, {"p99_ns", 99}};
    bool any = stats->count > 0;

    json_open(json, key, '{');
    json_uint(json, "count", stats->count);
    put_duration(json, "min_ns", any ? stats->min_ns : DURATION_UNKNOWN);
    put_duration(json, "avg_ns", rtt_stats_mean_ns(stats));
    put_duration(json, "max_ns", any ? stats->max_ns : DURATION_UNKNOWN);
    put_duration(json, "mdev_ns", rtt_stats_mdev_ns(stats));
    for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
        put_duration(json, percentiles[i].key, percentile_ns(summary, percentiles[i].percent));
    json_close(json, '}');
}

static void put_slow(struct json *json, const struct slow_handshake *slow)
{
    char text[ADDRESS_TEXT_MAX], time[RFC3339_MAX];
    bool timed = slow->start_ns != DURATION_UNKNOWN;

    json_open(json, NULL, '{');
    for (unsigned end = CLIENT; end < ENDS; end++)
        put_endpoint(json, end_name(end), address_or_null(&slow->ends[end].address, text),
                     slow->ends[end].port);
    json_plain(json, "start", timed ? rfc3339_text(slow->start_ns, time) : NULL);
    put_duration(json, "start_ns", slow->start_ns);
    put_duration(json, "connect_ns", slow->connect_ns);
    put_duration(json, "total_ns", slow->total_ns);
    json_uint(json, "syn_count", slow->syn_count);
    json_close(json, '}');
}

static void put_slowest(struct json *json, const struct spread *spread)
{
    if (spread == NULL) {
        json_null(json, "slowest_handshakes");
        return;
    }
    json_open(json, "slowest_handshakes", '[');
    for (unsigned i = 0; i < spread->slowest_count; i++)
        put_slow(json, &spread->slowest[i]);
    json_close(json, ']');
}

static void put_teardowns(struct json *json, const char *key,
                          const uint64_t counts[TEARDOWN_RESULT_COUNT])
{
    json_open(json, key, '{');
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT; i++)
        json_uint(json, teardown_result_name(i), counts[i]);
    json_close(json, '}');
}

static void put_tallies(struct json *json, const struct summary *summary)
{
    json_open(json, "port_states", '{');
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        json_uint(json, port_state_name(i), summary->by_port_state[i]);
    json_close(json, '}');
    json_open(json, "handshakes", '{');
    for (unsigned i = 0; i < HANDSHAKE_RESULT_COUNT; i++)
        json_uint(json, handshake_result_name(i), summary->by_handshake[i]);
    json_close(json, '}');
    put_teardowns(json, "teardowns", summary->by_teardown);
    put_teardowns(json, "closes", summary->by_close);
    json_open(json, "findings", '{');
    for (unsigned i = 0; i < CAUSE_COUNT; i++)
        if (summary->by_cause[i] > 0)
            json_uint(json, cause_name(i), summary->by_cause[i]);
    json_close(json, '}');
}

/* The only numbers that are no integers; null if whole, what it is a share of, is 0. */
static void put_percent(struct json *json, const char *key, double percent, uint64_t whole)
{
    char *at = json_key(json, key);

    if (whole > 0)
        at += snprintf(at, JSON_VALUE_MAX, "%g", percent);
    else
        at += snprintf(at, JSON_VALUE_MAX, "null");
    buffer_take(json->buffer, at);
}

static void put_both(struct json *json, const char *key, uint64_t client, uint64_t server)
{
    json_open(json, key, '{');
    json_uint(json, end_name(CLIENT), client);
    json_uint(json, end_name(SERVER), server);
    json_close(json, '}');
}

/* Failures of connections are one figure, what was lost of their segments is another. */
static void put_traffic(struct json *json, const struct summary *summary)
{
    const struct traffic *client = &summary->traffic[CLIENT], *server = &summary->traffic[SERVER];

    put_both(json, "segments", client->segments, server->segments);
    put_both(json, "retransmissions", traffic_retransmitted(client), traffic_retransmitted(server));
    put_both(json, "duplicates", client->duplicates, server->duplicates);
    put_percent(json, "retransmitted_percent", summary_retransmitted_percent(summary),
                client->segments + server->segments);
}

static void put_order(struct json *json, const struct run_order *order)
{
    char shard[24];
    snprintf(shard, sizeof shard, "%" PRIu32 "/%" PRIu32, order->shard, order->shards);
    if (order->seed == UINT64_MAX)
        json_null(json, "seed");
    else
        json_uint(json, "seed", order->seed);
    json_string(json, "shard", shard);
}

static void print_summary(const struct summary *summary, const struct report_style *style,
                          struct buffer *buffer)
{
    const struct run_order *order = &style->order;
    struct json json;

    begin_record(&json, "summary", buffer);
    json_string(&json, "target", summary->target);
    if (summary->port != 0)
        json_uint(&json, "port", summary->port);
    else
        json_null(&json, "port");
    json_uint(&json, "connections", summary->connections);
    json_uint(&json, "ok", summary->ok);
    put_percent(&json, "failed_percent", summary_failed_percent(summary), summary->connections);
    put_percent(&json, "loss_percent", summary_failed_percent(summary), summary->connections);
    put_tallies(&json, summary);
    put_traffic(&json, summary);
    put_rtt(&json, "connect", summary, &summary->connect, summary_connect_percentile_ns);
    put_rtt(&json, "syn_rtt", summary, &summary->syn_rtt, summary_syn_percentile_ns);
    put_rtt(&json, "fin_rtt", summary, &summary->fin_rtt, summary_fin_percentile_ns);
    put_duration(&json, "syn_jitter_ns", jitter_mean_ns(&summary->syn_jitter));
    put_slowest(&json, summary->spread);
    if (summary->breakdown != NULL)
        jsonbreakdown_put(&json, summary->breakdown);
    jsonoffer_put_totals(&json, &summary->offers, style->compare);
    if (summary->path != NULL)
        jsonpath_put_totals(&json, summary->path);
    if (summary->target == NULL && order->shards > 0)
        put_order(&json, order);
    end_record(&json);
}

static void json_summary(struct report *report, const struct summary *summaries, size_t count)
{
    if (report->style.verbosity <= -2)
        return;
    for (size_t i = 0; i < count; i++)
        print_summary(&summaries[i], &report->style, &report->buffer);
}

const struct report_format format_json = {
    .name = "json",
    .sums_findings = true,
    .begin = json_words,
    .connection = json_connection,
    .summary = json_summary,
};
