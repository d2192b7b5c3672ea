/* SPDX-License-Identifier: BSD-2-Clause */
/* One object a line; schema/tcpshake-1.schema.json says what stands in it. */
#include "report/formats.h"
#include "report/jsonwriter.h"
#include "report/rfc3339.h"

static void put_duration(struct json *json, const char *key, int64_t duration_ns)
{
    if (duration_ns == DURATION_UNKNOWN)
        json_null(json, key);
    else
        json_int(json, key, duration_ns);
}

static void put_address(struct json *json, const char *key, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];

    json_string(json, key, address->family != FAMILY_NONE ? address_text(address, text) : NULL);
}

static void put_endpoint(struct json *json, const char *key, const struct endpoint *endpoint)
{
    json_open(json, key, '{');
    put_address(json, "address", &endpoint->address);
    json_uint(json, "port", endpoint->port);
    json_close(json, '}');
}

static void put_ends(struct json *json, const struct connection_result *result)
{
    if (result->has_client)
        put_endpoint(json, "client", &result->ends[CLIENT]);
    else
        json_null(json, "client");
    put_endpoint(json, "server", &result->ends[SERVER]);
    json_string(json, "interface", result->interface);
}

static void put_start(struct json *json, int64_t start_ns)
{
    char text[RFC3339_MAX];

    json_string(json, "start", start_ns != DURATION_UNKNOWN ? rfc3339_text(start_ns, text) : NULL);
    put_duration(json, "start_ns", start_ns);
}

static void put_handshake(struct json *json, const struct connection_result *result)
{
    json_open(json, "handshake", '{');
    json_string(json, "result", handshake_result_name(result->handshake.result));
    json_string(json, "reason", reason_name(result->handshake.reason));
    put_duration(json, "syn_rtt_ns", result->handshake.syn_rtt_ns);
    put_duration(json, "ack_delay_ns", result->handshake.ack_delay_ns);
    put_duration(json, "total_ns", result->handshake.total_ns);
    json_uint(json, "syn_count", result->handshake.syn_count);
    json_uint(json, "synack_count", result->handshake.synack_count);
    json_close(json, '}');
}

/* {"client":1,"server":1} */
static void put_both(struct json *json, const char *key, uint64_t client, uint64_t server)
{
    json_open(json, key, '{');
    json_uint(json, "client", client);
    json_uint(json, "server", server);
    json_close(json, '}');
}

static void put_teardown(struct json *json, const struct connection_result *result)
{
    json_open(json, "teardown", '{');
    json_string(json, "result", teardown_result_name(result->teardown.result));
    json_string(json, "form", teardown_form_name(result->teardown.form));
    json_string(json, "initiator", end_name(result->teardown.initiator));
    put_duration(json, "fin_rtt_ns", result->teardown.fin_rtt_ns);
    put_duration(json, "peer_fin_delay_ns", result->teardown.peer_fin_delay_ns);
    put_duration(json, "total_ns", result->teardown.total_ns);
    put_both(json, "fin_count", result->teardown.fin_count[CLIENT],
             result->teardown.fin_count[SERVER]);
    json_close(json, '}');
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

static void put_flags(struct json *json, uint16_t flags)
{
    static const struct {
        uint16_t flag;
        char letter;
    } letters[] = {
        {TCP_SYN, 'S'}, {TCP_FIN, 'F'}, {TCP_RST, 'R'}, {TCP_PSH, 'P'}, {TCP_ACK, 'A'},
        {TCP_URG, 'U'}, {TCP_ECE, 'E'}, {TCP_CWR, 'W'}, {TCP_AE, 'e'},
    };
    char text[sizeof(letters) / sizeof(letters[0]) + 1];
    size_t len = 0;

    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if ((flags & letters[i].flag) != 0)
            text[len++] = letters[i].letter;
    text[len] = '\0';
    json_string(json, "flags", text);
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

    for (size_t i = 0; i < sizeof(segment_keys) / sizeof(segment_keys[0]); i++)
        json_null(json, segment_keys[i]);
    json_open(json, "icmp", '{');
    json_uint(json, "family", step->icmp_family);
    json_uint(json, "type", step->icmp_type);
    json_uint(json, "code", step->icmp_code);
    put_address(json, "from", &step->icmp_from);
    json_close(json, '}');
}

static void put_step(struct json *json, const struct step *step, int64_t start_ns,
                     const uint32_t zero[ENDS])
{
    int64_t since_ns;

    json_open(json, NULL, '{');
    if (start_ns == DURATION_UNKNOWN || step->time_ns == DURATION_UNKNOWN ||
        __builtin_sub_overflow(step->time_ns, start_ns, &since_ns))
        since_ns = DURATION_UNKNOWN;
    put_duration(json, "t_ns", since_ns);
    json_string(json, "from", end_name(step->from));
    if (step->is_icmp)
        put_icmp(json, step);
    else
        put_segment(json, step, zero);
    json_string(json, "client_state", state_name(step->states[CLIENT]));
    json_string(json, "server_state", state_name(step->states[SERVER]));
    json_string(json, "verdict", verdict_name(step->verdict));
    json_string(json, "note", note_text(step->note));
    json_uint(json, "count", step->count);
    json_uint(json, "bytes", step->bytes);
    json_close(json, '}');
}

static void put_steps(struct json *json, const struct connection_result *result, bool absolute)
{
    static const uint32_t nought[ENDS];

    json_open(json, "steps", '[');
    for (uint32_t i = 0; i < result->step_count; i++)
        put_step(json, &result->steps[i], result->start_ns, absolute ? nought : result->iss);
    json_close(json, ']');
    json_uint(json, "steps_omitted", result->steps_omitted);
}

static void begin_record(struct json *json, const char *type, FILE *out)
{
    json_begin(json, out);
    json_open(json, NULL, '{');
    json_string(json, "schema", "tcpshake/1");
    json_string(json, "type", type);
}

static void end_record(struct json *json)
{
    json_close(json, '}');
    json_end(json);
}

static void put_target(struct json *json, const struct connection_result *result)
{
    if (result->target != NULL)
        json_string(json, "target", result->target);
    else
        put_address(json, "target", &result->ends[SERVER].address);
}

static void json_connection(struct report *report, const struct connection_result *result)
{
    struct json json;

    if (report->style.verbosity < 0)
        return;
    begin_record(&json, "connection", report->out);
    put_target(&json, result);
    json_string(&json, "port_state", port_state_name(result->port_state));
    put_ends(&json, result);
    put_start(&json, result->start_ns);
    put_handshake(&json, result);
    put_teardown(&json, result);
    json_string(&json, "client_state", state_name(result->states[CLIENT]));
    json_string(&json, "server_state", state_name(result->states[SERVER]));
    json_uint(&json, "completeness", result->completeness);
    json_string(&json, "conn_state", result->conn_state);
    json_string(&json, "history", result->history);
    put_traffic(&json, result);
    put_steps(&json, result, report->style.verbosity > 0);
    json_bool(&json, "ok", result->ok);
    end_record(&json);
}

static void put_rtt(struct json *json, const char *key, const struct rtt_stats *stats)
{
    bool any = stats->count > 0;

    json_open(json, key, '{');
    json_uint(json, "count", stats->count);
    put_duration(json, "min_ns", any ? stats->min_ns : DURATION_UNKNOWN);
    put_duration(json, "avg_ns", rtt_stats_mean_ns(stats));
    put_duration(json, "max_ns", any ? stats->max_ns : DURATION_UNKNOWN);
    put_duration(json, "mdev_ns", rtt_stats_mdev_ns(stats));
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
    json_open(json, "teardowns", '{');
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT; i++)
        json_uint(json, teardown_result_name(i), summary->by_teardown[i]);
    json_close(json, '}');
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
    put_tallies(&json, summary);
    put_rtt(&json, "syn_rtt", &summary->syn_rtt);
    put_rtt(&json, "fin_rtt", &summary->fin_rtt);
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
    .connection = json_connection,
    .summary = json_summary,
};
