/* SPDX-License-Identifier: BSD-2-Clause */
/* A place moves along and every value is written behind the text that leads to it, all of that in
 * one copy: the room is asked for once for everything whose length is bounded. */
#include "report/records/jsonrecord.h"

#include "base/decimal.h"
#include "report/records/jsonwriter.h"

#define HEAD_MAX 512  /* more than what stands in front of the interface takes */
#define BODY_MAX 4096 /* ... and between the interface and the steps */
#define STEP_MAX 1024 /* ... and a step */
#define TAIL_MAX 128
#define TEXT_MAX 128 /* of our own that is in no table: what is longer is cut */

static inline char *put_duration(char *at, int64_t duration_ns)
{
    return duration_ns != DURATION_UNKNOWN ? decimal_signed(at, duration_ns) : PUT(at, "null");
}

/* Our own text, which needs no escape. */
static char *put_text(char *at, const char *text)
{
    if (text == NULL)
        return PUT(at, "null");
    *at = '"';
    at = put(at + 1, text, strnlen(text, TEXT_MAX));
    return PUT(at, "\"");
}

static char *put_address(char *at, const struct address *address)
{
    if (address->family == FAMILY_NONE)
        return PUT(at, "null");
    *at = '"';
    at = address_put(at + 1, address);
    return PUT(at, "\"");
}

static char *put_endpoint(char *at, const struct endpoint *end)
{
    at = PUT(at, "{\"address\":");
    at = put_address(at, &end->address);
    at = PUT(at, ",\"port\":");
    at = decimal(at, end->port);
    return PUT(at, "}");
}

/* Up to the interface, which like the target can be anything. */
static void put_ends(struct buffer *buffer, const struct vocabulary *words,
                     const struct connection_result *result)
{
    struct json json = {.comma = true, .buffer = buffer};
    char *at = buffer_room(buffer, HEAD_MAX);

    at = PUT(at, "{\"schema\":\"tcpshake/1\",\"type\":\"connection\"");
    if (result->target != NULL) {
        buffer_take(buffer, at);
        json_string(&json, "target", result->target);
        at = buffer_room(buffer, HEAD_MAX);
    } else {
        at = PUT(at, ",\"target\":");
        at = put_address(at, &result->ends[SERVER].address);
    }
    at = PUT(at, ",\"port_state\":");
    at = PUT_WORD(at, words->port_states, (size_t)result->port_state);
    at = PUT(at, ",\"client\":");
    at = result->has_client ? put_endpoint(at, &result->ends[CLIENT]) : PUT(at, "null");
    at = PUT(at, ",\"server\":");
    buffer_take(buffer, put_endpoint(at, &result->ends[SERVER]));
    json_string(&json, "interface", result->interface);
}

static char *put_start(char *at, struct rfc3339_clock *clock,
                       const struct connection_result *result)
{
    bool known = result->start_ns != DURATION_UNKNOWN;

    at = PUT(at, ",\"start\":");
    at = put_text(at, known ? rfc3339_clock_text(clock, result->start_ns) : NULL);
    at = PUT(at, ",\"start_ns\":");
    at = put_duration(at, result->start_ns);
    at = PUT(at, ",\"resolve_ns\":");
    return put_duration(at, result->resolve_ns);
}

static char *put_handshake(char *at, const struct vocabulary *words,
                           const struct connection_result *result)
{
    at = PUT(at, ",\"handshake\":{\"result\":");
    at = PUT_WORD(at, words->handshakes, (size_t)result->handshake.result);
    at = PUT(at, ",\"reason\":");
    at = PUT_WORD(at, words->reasons, (size_t)result->handshake.reason);
    at = PUT(at, ",\"syn_rtt_ns\":");
    at = put_duration(at, result->handshake.syn_rtt_ns);
    at = PUT(at, ",\"ack_delay_ns\":");
    at = put_duration(at, result->handshake.ack_delay_ns);
    at = PUT(at, ",\"total_ns\":");
    at = put_duration(at, result->handshake.total_ns);
    at = PUT(at, ",\"syn_count\":");
    at = decimal(at, result->handshake.syn_count);
    at = PUT(at, ",\"synack_count\":");
    at = decimal(at, result->handshake.synack_count);
    return PUT(at, "}");
}

/* {"client":1,"server":1} */
static char *put_both(char *at, uint64_t client, uint64_t server)
{
    at = PUT(at, "{\"client\":");
    at = decimal(at, client);
    at = PUT(at, ",\"server\":");
    at = decimal(at, server);
    return PUT(at, "}");
}

static char *put_teardown(char *at, const struct vocabulary *words,
                          const struct connection_result *result)
{
    at = PUT(at, ",\"teardown\":{\"result\":");
    at = PUT_WORD(at, words->teardowns, (size_t)result->teardown.result);
    at = PUT(at, ",\"form\":");
    at = PUT_WORD(at, words->forms, (size_t)result->teardown.form);
    at = PUT(at, ",\"initiator\":");
    at = PUT_WORD(at, words->ends, (size_t)result->teardown.initiator);
    at = PUT(at, ",\"fin_rtt_ns\":");
    at = put_duration(at, result->teardown.fin_rtt_ns);
    at = PUT(at, ",\"peer_fin_delay_ns\":");
    at = put_duration(at, result->teardown.peer_fin_delay_ns);
    at = PUT(at, ",\"total_ns\":");
    at = put_duration(at, result->teardown.total_ns);
    at = PUT(at, ",\"fin_count\":");
    at = put_both(at, result->teardown.fin_count[CLIENT], result->teardown.fin_count[SERVER]);
    return PUT(at, "}");
}

/* When each kind of segment came first, since the start. */
static char *put_times(char *at, const struct vocabulary *words,
                       const struct connection_result *result)
{
    int64_t start_ns = result->start_ns;

    at = PUT(at, ",\"times\":{\"syn_ns\":");
    at = put_duration(at, duration_between(start_ns, result->first.syn_ns));
    at = PUT(at, ",\"synack_ns\":");
    at = put_duration(at, duration_between(start_ns, result->first.syn_ack_ns));
    at = PUT(at, ",\"ack_ns\":");
    at = put_duration(at, duration_between(start_ns, result->first.ack_ns));
    at = PUT(at, ",\"fin_ns\":{\"client\":");
    at = put_duration(at, duration_between(start_ns, result->first.fin_ns[CLIENT]));
    at = PUT(at, ",\"server\":");
    at = put_duration(at, duration_between(start_ns, result->first.fin_ns[SERVER]));
    at = PUT(at, "},\"rst_ns\":");
    at = put_duration(at, duration_between(start_ns, result->first.rst_ns));
    at = PUT(at, ",\"rst_by\":");
    at = PUT_WORD(at, words->ends, (size_t)result->first.rst_by);
    return PUT(at, "}");
}

static char *put_states(char *at, const struct vocabulary *words,
                        const struct connection_result *result)
{
    at = PUT(at, ",\"client_state\":");
    at = PUT_WORD(at, words->states, (size_t)result->states[CLIENT]);
    at = PUT(at, ",\"server_state\":");
    at = PUT_WORD(at, words->states, (size_t)result->states[SERVER]);
    at = PUT(at, ",\"completeness\":");
    at = decimal(at, result->completeness);
    at = PUT(at, ",\"conn_state\":");
    at = put_text(at, result->conn_state);
    at = PUT(at, ",\"history\":");
    return put_text(at, result->history);
}

static char *put_bool(char *at, bool value)
{
    return value ? PUT(at, "true") : PUT(at, "false");
}

static char *put_options(char *at, bool seen, const struct tcp_options *options)
{
    if (!seen)
        return PUT(at, "null");
    at = PUT(at, "{\"mss\":");
    at = options->has_mss ? decimal(at, options->mss) : PUT(at, "null");
    at = PUT(at, ",\"sack\":");
    at = put_bool(at, options->sack_permitted);
    at = PUT(at, ",\"wscale\":");
    at = options->has_wscale ? decimal(at, options->wscale) : PUT(at, "null");
    at = PUT(at, ",\"timestamps\":");
    at = put_bool(at, options->has_timestamps);
    return PUT(at, "}");
}

static char *put_traffic(char *at, const struct connection_result *result)
{
    at = PUT(at, ",\"options\":{\"client\":");
    at = put_options(at, result->has_options[CLIENT], &result->options[CLIENT]);
    at = PUT(at, ",\"server\":");
    at = put_options(at, result->has_options[SERVER], &result->options[SERVER]);
    at = PUT(at, "},\"segments\":");
    at = put_both(at, result->segments[CLIENT], result->segments[SERVER]);
    at = PUT(at, ",\"bytes\":");
    at = put_both(at, result->bytes[CLIENT], result->bytes[SERVER]);
    at = PUT(at, ",\"bytes_acked\":");
    return put_both(at, result->bytes_acked[CLIENT], result->bytes_acked[SERVER]);
}

/* The fields of its header; zero holds the numbers that sequence and acknowledgement count from. */
static inline char *put_segment(char *at, const struct vocabulary *words, const struct step *step,
                                const uint32_t zero[ENDS])
{
    enum end_id from = step->from == CLIENT ? CLIENT : SERVER;

    at = PUT(at, ",\"flags\":");
    at = PUT_WORD(at, words->flags, step->flags % FLAGS_COUNT);
    at = PUT(at, ",\"seq\":");
    at = decimal(at, (uint32_t)(step->seq - zero[from]));
    at = PUT(at, ",\"ack\":");
    at = (step->flags & TCP_ACK) != 0 ? decimal(at, (uint32_t)(step->ack - zero[!from]))
                                      : PUT(at, "null");
    at = PUT(at, ",\"len\":");
    at = decimal(at, step->len);
    at = PUT(at, ",\"window\":");
    at = decimal(at, step->window);
    at = PUT(at, ",\"ttl\":");
    at = decimal(at, step->ttl);
    return PUT(at, ",\"icmp\":null");
}

/* An ICMP error has nothing of a segment's own. */
static char *put_icmp(char *at, const struct step *step)
{
    at = PUT(at, ",\"flags\":null,\"seq\":null,\"ack\":null,\"len\":null,\"window\":null,"
                 "\"ttl\":null,\"icmp\":{\"family\":");
    at = decimal(at, step->icmp_family);
    at = PUT(at, ",\"type\":");
    at = decimal(at, step->icmp_type);
    at = PUT(at, ",\"code\":");
    at = decimal(at, step->icmp_code);
    at = PUT(at, ",\"from\":");
    at = put_address(at, &step->icmp_from);
    return PUT(at, "}");
}

/* What most steps end with is one text. */
static inline char *put_counts(char *at, const struct step *step)
{
    uint64_t bytes = step->is_icmp ? 0 : step->bytes;

    if (step->note == NOTE_NONE && step->count == 1 && bytes == 0)
        return PUT(at, ",\"note\":null,\"count\":1,\"bytes\":0}");
    at = PUT(at, ",\"note\":");
    at = put_text(at, note_text(step->note));
    at = PUT(at, ",\"count\":");
    at = decimal(at, step->count);
    at = PUT(at, ",\"bytes\":");
    at = decimal(at, bytes);
    return PUT(at, "}");
}

static char *put_step(char *at, const struct vocabulary *words, const struct step *step,
                      int64_t start_ns, const uint32_t zero[ENDS])
{
    at = PUT(at, "{\"t_ns\":");
    at = put_duration(at, duration_between(start_ns, step->time_ns));
    at = PUT(at, ",\"from\":");
    at = PUT_WORD(at, words->ends, step->from);
    at = step->is_icmp ? put_icmp(at, step) : put_segment(at, words, step, zero);
    at = PUT(at, ",\"client_state\":");
    at = PUT_WORD(at, words->states, step->states[CLIENT]);
    at = PUT(at, ",\"server_state\":");
    at = PUT_WORD(at, words->states, step->states[SERVER]);
    at = PUT(at, ",\"verdict\":");
    at = PUT_WORD(at, words->verdicts, step->verdict);
    return put_counts(at, step);
}

static void put_steps(struct buffer *buffer, const struct vocabulary *words,
                      const struct connection_result *result, bool absolute)
{
    static const uint32_t nought[ENDS];
    char *at = buffer_room(buffer, STEP_MAX);

    at = PUT(at, ",\"steps\":[");
    for (uint32_t i = 0; i < result->step_count; i++) {
        buffer_take(buffer, i > 0 ? PUT(at, ",") : at);
        at = put_step(buffer_room(buffer, STEP_MAX), words, &result->steps[i], result->start_ns,
                      absolute ? nought : result->iss);
    }
    buffer_take(buffer, at);
}

void jsonrecord_put(struct report *report, const struct connection_result *result)
{
    const struct vocabulary *words = &report->words;
    struct buffer *buffer = &report->buffer;
    char *at;

    put_ends(buffer, words, result);
    at = put_start(buffer_room(buffer, BODY_MAX), &report->clock, result);
    at = put_handshake(at, words, result);
    at = put_teardown(at, words, result);
    at = put_times(at, words, result);
    at = put_states(at, words, result);
    buffer_take(buffer, put_traffic(at, result));
    put_steps(buffer, words, result, report->style.verbosity > 0);
    at = buffer_room(buffer, TAIL_MAX);
    at = PUT(at, "],\"steps_omitted\":");
    at = decimal(at, result->steps_omitted);
    at = PUT(at, ",\"ok\":");
    at = put_bool(at, result->ok);
    buffer_take(buffer, PUT(at, "}\n"));
}
