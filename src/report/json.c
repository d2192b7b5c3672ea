/* SPDX-License-Identifier: BSD-2-Clause */
/* One object a line; schema/tcpshake-1.schema.json says what stands in it. */
#include "report/formats.h"
#include "report/jsonwriter.h"

/* A record in the making. */
struct record {
    struct json json;
    struct report *report; /* its words and its clock */
};

static inline void put_duration(struct json *json, const char *key, int64_t duration_ns)
{
    if (duration_ns == DURATION_UNKNOWN)
        json_null(json, key);
    else
        json_int(json, key, duration_ns);
}

/* One of the tables of words, by its value. */
#define PUT_WORD_OF(record, key, table, value)                                                     \
    buffer_take(&(record)->json.buffer, PUT_WORD(json_key(&(record)->json, key),                   \
                                                 (record)->report->words.table, (size_t)(value)))

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

/* The target, where it has no name the server's address; the port state, and both ends. */
static void put_ends(struct record *record, const struct connection_result *result)
{
    struct json *json = &record->json;
    char text[ADDRESS_TEXT_MAX];
    const char *server = address_or_null(&result->ends[SERVER].address, text);
    char client[ADDRESS_TEXT_MAX];

    if (result->target != NULL)
        json_string(json, "target", result->target);
    else
        json_plain(json, "target", server);
    PUT_WORD_OF(record, "port_state", port_states, result->port_state);
    if (result->has_client)
        put_endpoint(json, "client", address_or_null(&result->ends[CLIENT].address, client),
                     result->ends[CLIENT].port);
    else
        json_null(json, "client");
    put_endpoint(json, "server", server, result->ends[SERVER].port);
    json_string(json, "interface", result->interface);
}

static void put_start(struct json *json, struct rfc3339_clock *clock, int64_t start_ns)
{
    bool known = start_ns != DURATION_UNKNOWN;

    json_plain(json, "start", known ? rfc3339_clock_text(clock, start_ns) : NULL);
    put_duration(json, "start_ns", start_ns);
}

static void put_handshake(struct record *record, const struct connection_result *result)
{
    struct json *json = &record->json;

    json_open(json, "handshake", '{');
    PUT_WORD_OF(record, "result", handshakes, result->handshake.result);
    PUT_WORD_OF(record, "reason", reasons, result->handshake.reason);
    put_duration(json, "syn_rtt_ns", result->handshake.syn_rtt_ns);
    put_duration(json, "ack_delay_ns", result->handshake.ack_delay_ns);
    put_duration(json, "total_ns", result->handshake.total_ns);
    json_uint(json, "syn_count", result->handshake.syn_count);
    json_uint(json, "synack_count", result->handshake.synack_count);
    json_close(json, '}');
}

/* {"client":1,"server":1} */
static inline void put_both(struct json *json, const char *key, uint64_t client, uint64_t server)
{
    json_open(json, key, '{');
    json_uint(json, "client", client);
    json_uint(json, "server", server);
    json_close(json, '}');
}

static void put_teardown(struct record *record, const struct connection_result *result)
{
    struct json *json = &record->json;

    json_open(json, "teardown", '{');
    PUT_WORD_OF(record, "result", teardowns, result->teardown.result);
    PUT_WORD_OF(record, "form", forms, result->teardown.form);
    PUT_WORD_OF(record, "initiator", ends, result->teardown.initiator);
    put_duration(json, "fin_rtt_ns", result->teardown.fin_rtt_ns);
    put_duration(json, "peer_fin_delay_ns", result->teardown.peer_fin_delay_ns);
    put_duration(json, "total_ns", result->teardown.total_ns);
    put_both(json, "fin_count", result->teardown.fin_count[CLIENT],
             result->teardown.fin_count[SERVER]);
    json_close(json, '}');
}

/* When each kind of segment came first, since the start. */
static void put_times(struct record *record, const struct connection_result *result)
{
    struct json *json = &record->json;
    int64_t start_ns = result->start_ns;

    json_open(json, "times", '{');
    put_duration(json, "syn_ns", duration_between(start_ns, result->first.syn_ns));
    put_duration(json, "synack_ns", duration_between(start_ns, result->first.syn_ack_ns));
    put_duration(json, "ack_ns", duration_between(start_ns, result->first.ack_ns));
    json_open(json, "fin_ns", '{');
    put_duration(json, "client", duration_between(start_ns, result->first.fin_ns[CLIENT]));
    put_duration(json, "server", duration_between(start_ns, result->first.fin_ns[SERVER]));
    json_close(json, '}');
    put_duration(json, "rst_ns", duration_between(start_ns, result->first.rst_ns));
    PUT_WORD_OF(record, "rst_by", ends, result->first.rst_by);
    json_close(json, '}');
}

static void put_states(struct record *record, const struct connection_result *result)
{
    struct json *json = &record->json;

    PUT_WORD_OF(record, "client_state", states, result->states[CLIENT]);
    PUT_WORD_OF(record, "server_state", states, result->states[SERVER]);
    json_uint(json, "completeness", result->completeness);
    json_plain(json, "conn_state", result->conn_state);
    json_plain(json, "history", result->history);
}

static void put_options(struct json *json, const char *key, bool seen,
                        const struct tcp_options *options)
{
    if (!seen) {
        json_null(json, key);
        return;
    }
    json_open(json, key, '{');
    if (options->has_mss)
        json_uint(json, "mss", options->mss);
    else
        json_null(json, "mss");
    json_bool(json, "sack", options->sack_permitted);
    if (options->has_wscale)
        json_uint(json, "wscale", options->wscale);
    else
        json_null(json, "wscale");
    json_bool(json, "timestamps", options->has_timestamps);
    json_close(json, '}');
}

static void put_traffic(struct json *json, const struct connection_result *result)
{
    json_open(json, "options", '{');
    put_options(json, "client", result->has_options[CLIENT], &result->options[CLIENT]);
    put_options(json, "server", result->has_options[SERVER], &result->options[SERVER]);
    json_close(json, '}');
    put_both(json, "segments", result->segments[CLIENT], result->segments[SERVER]);
    put_both(json, "bytes", result->bytes[CLIENT], result->bytes[SERVER]);
    put_both(json, "bytes_acked", result->bytes_acked[CLIENT], result->bytes_acked[SERVER]);
}

/* Each letter is written, and stays if its flag is set. */
static void put_flags(struct json *json, uint16_t flags)
{
    static const struct {
        uint16_t flag;
        char letter;
    } letters[] = {
        {TCP_SYN, 'S'}, {TCP_FIN, 'F'}, {TCP_RST, 'R'}, {TCP_PSH, 'P'}, {TCP_ACK, 'A'},
        {TCP_URG, 'U'}, {TCP_ECE, 'E'}, {TCP_CWR, 'W'}, {TCP_AE, 'e'},
    };
    char *at = json_key(json, "flags");

    *at++ = '"';
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        *at = letters[i].letter;
        at += (flags & letters[i].flag) != 0;
    }
    *at++ = '"';
    buffer_take(&json->buffer, at);
}

/* The fields of its header; zero holds the numbers that sequence and acknowledgement count from. */
static void put_segment(struct json *json, const struct step *step, const uint32_t zero[ENDS])
{
    enum end_id from = step->from == CLIENT ? CLIENT : SERVER;

    put_flags(json, step->flags);
    json_uint(json, "seq", (uint32_t)(step->seq - zero[from]));
    if ((step->flags & TCP_ACK) != 0)
        json_uint(json, "ack", (uint32_t)(step->ack - zero[from == CLIENT ? SERVER : CLIENT]));
    else
        json_null(json, "ack");
    json_uint(json, "len", step->len);
    json_uint(json, "window", step->window);
    json_uint(json, "ttl", step->ttl);
    json_null(json, "icmp");
}

/* An ICMP error has nothing of a segment's own. */
static void put_icmp(struct json *json, const struct step *step)
{
    static const char *const segment_keys[] = {"flags", "seq", "ack", "len", "window", "ttl"};
    char from[ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < sizeof(segment_keys) / sizeof(segment_keys[0]); i++)
        json_null(json, segment_keys[i]);
    json_open(json, "icmp", '{');
    json_uint(json, "family", step->icmp_family);
    json_uint(json, "type", step->icmp_type);
    json_uint(json, "code", step->icmp_code);
    json_plain(json, "from", address_or_null(&step->icmp_from, from));
    json_close(json, '}');
}

static void put_step(struct record *record, const struct step *step, int64_t start_ns,
                     const uint32_t zero[ENDS])
{
    struct json *json = &record->json;

    json_open(json, NULL, '{');
    put_duration(json, "t_ns", duration_between(start_ns, step->time_ns));
    PUT_WORD_OF(record, "from", ends, step->from);
    if (step->is_icmp)
        put_icmp(json, step);
    else
        put_segment(json, step, zero);
    PUT_WORD_OF(record, "client_state", states, step->states[CLIENT]);
    PUT_WORD_OF(record, "server_state", states, step->states[SERVER]);
    PUT_WORD_OF(record, "verdict", verdicts, step->verdict);
    json_plain(json, "note", note_text(step->note));
    json_uint(json, "count", step->count);
    json_uint(json, "bytes", step->bytes);
    json_close(json, '}');
}

static void put_steps(struct record *record, const struct connection_result *result)
{
    static const uint32_t nought[ENDS];
    bool absolute = record->report->style.verbosity > 0;

    json_open(&record->json, "steps", '[');
    for (uint32_t i = 0; i < result->step_count; i++)
        put_step(record, &result->steps[i], result->start_ns, absolute ? nought : result->iss);
    json_close(&record->json, ']');
    json_uint(&record->json, "steps_omitted", result->steps_omitted);
}

static void begin_record(struct json *json, const char *type, FILE *out)
{
    json_begin(json, out);
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
    struct record record;

    if (report->style.verbosity < 0)
        return;
    record.report = report;
    begin_record(&record.json, "connection", report->out);
    put_ends(&record, result);
    put_start(&record.json, &report->clock, result->start_ns);
    put_duration(&record.json, "resolve_ns", result->resolve_ns);
    put_handshake(&record, result);
    put_teardown(&record, result);
    put_times(&record, result);
    put_states(&record, result);
    put_traffic(&record.json, result);
    put_steps(&record, result);
    json_bool(&record.json, "ok", result->ok);
    end_record(&record.json);
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
    json_open(json, "teardowns", '{');
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT; i++)
        json_uint(json, teardown_result_name(i), summary->by_teardown[i]);
    json_close(json, '}');
}

/* The only number that is no integer. */
static void put_loss(struct json *json, const struct summary *summary)
{
    char *at = json_key(json, "loss_percent");

    if (summary->connections > 0)
        at += snprintf(at, JSON_VALUE_MAX, "%g", summary_loss_percent(summary));
    else
        at += snprintf(at, JSON_VALUE_MAX, "null");
    buffer_take(&json->buffer, at);
}

static void print_summary(const struct summary *summary, FILE *out)
{
    struct json json;

    begin_record(&json, "summary", out);
    json_string(&json, "target", summary->target);
    if (summary->port != 0)
        json_uint(&json, "port", summary->port);
    else
        json_null(&json, "port");
    json_uint(&json, "connections", summary->connections);
    json_uint(&json, "ok", summary->ok);
    put_loss(&json, summary);
    put_tallies(&json, summary);
    put_rtt(&json, "syn_rtt", summary, &summary->syn_rtt, summary_syn_percentile_ns);
    put_rtt(&json, "fin_rtt", summary, &summary->fin_rtt, summary_fin_percentile_ns);
    put_duration(&json, "syn_jitter_ns", jitter_mean_ns(&summary->syn_jitter));
    put_slowest(&json, summary->spread);
    end_record(&json);
}

static void json_summary(struct report *report, const struct summary *summaries, size_t count)
{
    if (report->style.verbosity <= -2)
        return;
    for (size_t i = 0; i < count; i++)
        print_summary(&summaries[i], report->out);
}

const struct report_format format_json = {
    .name = "json",
    .begin = json_words,
    .connection = json_connection,
    .summary = json_summary,
};
