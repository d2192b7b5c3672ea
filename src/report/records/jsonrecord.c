/* SPDX-License-Identifier: BSD-2-Clause */
/* A place moves along and every value is written behind the text that leads to it, all of that in
 * one copy: the room is asked for once for everything whose length is bounded. */
#include "report/records/jsonrecord.h"

#include <string.h>

#include "base/decimal.h"
#include "findings/wording.h"
#include "report/labels.h"
#include "report/records/jsonoffer.h"
#include "report/records/jsonpath.h"
#include "report/records/jsonwriter.h"
#include "tcp/host.h"
#include "wire/optorder.h"

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
    at = put_address(PUT(at, "{\"address\":"), &end->address);
    at = decimal(PUT(at, ",\"port\":"), end->port);
    return PUT(at, "}");
}

static void put_labels(struct json *json, const char *labels)
{
    struct label label;
    json_open(json, "labels", '{');
    while (label_next(&labels, &label))
        json_string(json, label.name, label.value);
    json_close(json, '}');
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
        at = put_address(PUT(at, ",\"target\":"), &result->ends[SERVER].address);
    }
    at = PUT_WORD(PUT(at, ",\"port_state\":"), words->port_states, (size_t)result->port_state);
    at = PUT(at, ",\"client\":");
    at = result->has_client ? put_endpoint(at, &result->ends[CLIENT]) : PUT(at, "null");
    at = PUT(at, ",\"server\":");
    buffer_take(buffer, put_endpoint(at, &result->ends[SERVER]));
    json_string(&json, "interface", result->interface);
    if (result->notes != NULL && result->notes->labels[0] != '\0')
        put_labels(&json, result->notes->labels);
}

static char *put_start(char *at, struct rfc3339_clock *clock,
                       const struct connection_result *result)
{
    bool known = result->start_ns != DURATION_UNKNOWN;

    at = put_text(PUT(at, ",\"start\":"),
                  known ? rfc3339_clock_text(clock, result->start_ns) : NULL);
    at = put_duration(PUT(at, ",\"start_ns\":"), result->start_ns);
    return put_duration(PUT(at, ",\"resolve_ns\":"), result->resolve_ns);
}

/* null where none is known, or for one that is not. */
static char *put_syn_times(char *at, const struct connection_result *result)
{
    if (result->handshake.syn_time_count == 0)
        return PUT(at, "null");
    for (unsigned i = 0; i < result->handshake.syn_time_count; i++) {
        *at = i == 0 ? '[' : ',';
        at = put_duration(at + 1, result->handshake.syn_times_ns[i]);
    }
    return PUT(at, "]");
}

static char *put_handshake(char *at, const struct vocabulary *words,
                           const struct connection_result *result)
{
    at = PUT_WORD(PUT(at, ",\"handshake\":{\"result\":"), words->handshakes,
                  (size_t)result->handshake.result);
    at = PUT_WORD(PUT(at, ",\"reason\":"), words->reasons, (size_t)result->handshake.reason);
    at = put_duration(PUT(at, ",\"connect_ns\":"), result->handshake.connect_ns);
    at = put_duration(PUT(at, ",\"syn_rtt_ns\":"), result->handshake.syn_rtt_ns);
    at = put_duration(PUT(at, ",\"ack_delay_ns\":"), result->handshake.ack_delay_ns);
    at = put_duration(PUT(at, ",\"total_ns\":"), result->handshake.total_ns);
    at = decimal(PUT(at, ",\"syn_count\":"), result->handshake.syn_count);
    at = decimal(PUT(at, ",\"synack_count\":"), result->handshake.synack_count);
    at = put_syn_times(PUT(at, ",\"syn_times_ns\":"), result);
    return PUT(at, "}");
}

static char *put_tuple(char *at, const struct translation *translation)
{
    if (!translation->known)
        return PUT(at, "null");
    at = PUT(at, "{\"client\":");
    at = put_endpoint(at, &translation->ends[CLIENT]);
    at = PUT(at, ",\"server\":");
    at = put_endpoint(at, &translation->ends[SERVER]);
    return PUT(at, "}");
}

static char *put_translated(char *at, const struct host_facts *host)
{
    if (!host->sent.known && !host->received.known)
        return PUT(at, ",\"translated\":null");
    at = PUT(at, ",\"translated\":{\"sent\":");
    at = put_tuple(at, &host->sent);
    at = PUT(at, ",\"received\":");
    at = put_tuple(at, &host->received);
    return PUT(at, "}");
}

/* What a raw socket could not do, and why. */
static char *put_refusal(char *at, const struct host_facts *host)
{
    at = PUT(at, ",\"host_error\":");
    at = put_text(at, host_error_name(host->error));
    at = PUT(at, ",\"routing_table\":");
    return host->table != 0 ? decimal(at, host->table) : PUT(at, "null");
}

static char *put_opinion(char *at, const struct opinion *opinion)
{
    if (opinion->result == OPINION_NONE)
        return PUT(at, ",\"second_opinion\":null");
    at = put_text(PUT(at, ",\"second_opinion\":{\"result\":"), opinion_name(opinion->result));
    at = PUT(at, ",\"errno\":");
    at = opinion->code != 0 ? decimal(at, (uint64_t)opinion->code) : PUT(at, "null");
    at = put_duration(PUT(at, ",\"ns\":"), opinion->duration_ns);
    return PUT(at, "}");
}

static char *put_untried(char *at, const struct host_facts *host)
{
    if (host->untried_count == 0)
        return PUT(at, ",\"not_tried\":null");
    at = PUT(at, ",\"not_tried\":[");
    for (unsigned i = 0; i < host->untried_count; i++) {
        at = i > 0 ? PUT(at, ",\"") : PUT(at, "\"");
        at = PUT(address_put(at, &host->untried[i]), "\"");
    }
    return PUT(at, "]");
}

static char *put_control_port(char *at, const struct host_facts *host)
{
    if (host->control_port == 0)
        return at;
    at = decimal(PUT(at, ",\"control_port\":{\"port\":"), host->control_port);
    at = put_text(PUT(at, ",\"port_state\":"), port_state_name(host->control_port_state));
    return PUT(at, "}");
}

static char *put_host(char *at, const struct connection_result *result)
{
    static const char *const deliveries[DELIVERY_COUNT] = {
        [DELIVERY_UNKNOWN] = "null", [DELIVERED] = "true", [NOT_DELIVERED] = "false"};
    const struct host_facts *host = result->host;

    if (host == NULL)
        return PUT(at, ",\"delivered\":null,\"translated\":null,\"host_error\":null,"
                       "\"routing_table\":null,\"second_opinion\":null,\"not_tried\":null");
    at = PUT(at, ",\"delivered\":");
    at = put(at, deliveries[host->delivery], strlen(deliveries[host->delivery]));
    at = put_refusal(put_translated(at, host), host);
    return put_control_port(put_untried(put_opinion(at, &host->opinion), host), host);
}

/* {"client":1,"server":1} */
static char *put_both(char *at, uint64_t client, uint64_t server)
{
    at = decimal(PUT(at, "{\"client\":"), client);
    at = decimal(PUT(at, ",\"server\":"), server);
    return PUT(at, "}");
}

static char *put_teardown(char *at, const struct vocabulary *words,
                          const struct connection_result *result)
{
    at = PUT_WORD(PUT(at, ",\"teardown\":{\"result\":"), words->teardowns,
                  (size_t)result->teardown.result);
    at = PUT_WORD(PUT(at, ",\"form\":"), words->forms, (size_t)result->teardown.form);
    at = PUT_WORD(PUT(at, ",\"initiator\":"), words->ends, (size_t)result->teardown.initiator);
    at = put_duration(PUT(at, ",\"fin_rtt_ns\":"), result->teardown.fin_rtt_ns);
    at = put_duration(PUT(at, ",\"peer_fin_delay_ns\":"), result->teardown.peer_fin_delay_ns);
    at = put_duration(PUT(at, ",\"total_ns\":"), result->teardown.total_ns);
    at = put_both(PUT(at, ",\"fin_count\":"), result->teardown.fin_count[CLIENT],
                  result->teardown.fin_count[SERVER]);
    at = PUT_WORD(PUT(at, ",\"reset_by\":"), words->ends, (size_t)result->teardown.reset_by);
    at = put_duration(PUT(at, ",\"reset_after_ns\":"), result->teardown.reset_after_ns);
    at = PUT_WORD(PUT(at, "},\"close\":"), words->teardowns, (size_t)connection_close(result));
    return at;
}

/* When each kind of segment came first, since the start. */
static char *put_times(char *at, const struct vocabulary *words,
                       const struct connection_result *result)
{
    int64_t start_ns = result->start_ns;

    at = put_duration(PUT(at, ",\"times\":{\"syn_ns\":"),
                      duration_between(start_ns, result->first.syn_ns));
    at = put_duration(PUT(at, ",\"synack_ns\":"),
                      duration_between(start_ns, result->first.syn_ack_ns));
    at = put_duration(PUT(at, ",\"ack_ns\":"), duration_between(start_ns, result->first.ack_ns));
    at = put_duration(PUT(at, ",\"fin_ns\":{\"client\":"),
                      duration_between(start_ns, result->first.fin_ns[CLIENT]));
    at = put_duration(PUT(at, ",\"server\":"),
                      duration_between(start_ns, result->first.fin_ns[SERVER]));
    at = put_duration(PUT(at, "},\"rst_ns\":"), duration_between(start_ns, result->first.rst_ns));
    at = PUT_WORD(PUT(at, ",\"rst_by\":"), words->ends, (size_t)result->first.rst_by);
    return PUT(at, "}");
}

static char *put_states(char *at, const struct vocabulary *words,
                        const struct connection_result *result)
{
    at = PUT_WORD(PUT(at, ",\"client_state\":"), words->states, (size_t)result->states[CLIENT]);
    at = PUT_WORD(PUT(at, ",\"server_state\":"), words->states, (size_t)result->states[SERVER]);
    at = decimal(PUT(at, ",\"completeness\":"), result->completeness);
    at = put_text(PUT(at, ",\"conn_state\":"), result->conn_state);
    return put_text(PUT(at, ",\"history\":"), result->history);
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
    at = put_bool(PUT(at, ",\"sack\":"), options->sack_permitted);
    at = PUT(at, ",\"wscale\":");
    at = options->has_wscale ? decimal(at, options->wscale) : PUT(at, "null");
    at = put_bool(PUT(at, ",\"timestamps\":"), options->has_timestamps);
    return PUT(at, "}");
}

/* The kinds of its options; null for one that is not kept. */
static char *put_kinds(char *at, const struct tcp_options *options)
{
    int16_t kinds[OPTORDER_MAX];
    unsigned count = optorder_kinds(options->order, kinds);
    at = PUT(at, "[");
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            at = PUT(at, ",");
        at = kinds[i] >= 0 ? decimal(at, (uint16_t)kinds[i]) : PUT(at, "null");
    }
    return PUT(at, "]");
}

/* Its SYN or SYN/ACK as it was on the wire. */
static char *put_opening(char *at, const struct connection_result *result, enum end_id end)
{
    const struct opening *opening = &result->openings[end];
    const struct tcp_options *options = &result->options[end];
    bool has_id = result->ends[end].address.family == FAMILY_IPV4;
    if (!opening->seen)
        return PUT(at, "null");
    at = put_kinds(PUT(at, "{\"options\":"), options);
    at = PUT(at, ",\"mss\":");
    at = options->has_mss ? decimal(at, options->mss) : PUT(at, "null");
    at = PUT(at, ",\"wscale\":");
    at = options->has_wscale ? decimal(at, options->wscale) : PUT(at, "null");
    at = decimal(PUT(at, ",\"window\":"), opening->window);
    at = decimal(PUT(at, ",\"ttl\":"), opening->ttl);
    at = PUT(at, ",\"ip_id\":");
    at = has_id ? decimal(at, opening->ip_id) : PUT(at, "null");
    return PUT(at, "}");
}

static char *put_openings(char *at, const struct connection_result *result)
{
    at = put_opening(PUT(at, ",\"openings\":{\"client\":"), result, CLIENT);
    at = put_opening(PUT(at, ",\"server\":"), result, SERVER);
    return PUT(at, "}");
}

static char *put_traffic(char *at, const struct connection_result *result)
{
    at = put_options(PUT(at, ",\"options\":{\"client\":"), result->has_options[CLIENT],
                     &result->options[CLIENT]);
    at =
        put_options(PUT(at, ",\"server\":"), result->has_options[SERVER], &result->options[SERVER]);
    at = put_both(PUT(at, "},\"segments\":"), result->segments[CLIENT], result->segments[SERVER]);
    at = put_both(PUT(at, ",\"bytes\":"), result->bytes[CLIENT], result->bytes[SERVER]);
    at = put_both(PUT(at, ",\"bytes_acked\":"), result->bytes_acked[CLIENT],
                  result->bytes_acked[SERVER]);
    at = put_both(PUT(at, ",\"retransmissions\":"), repeats_retransmitted(&result->repeats[CLIENT]),
                  repeats_retransmitted(&result->repeats[SERVER]));
    return put_both(PUT(at, ",\"duplicates\":"), result->repeats[CLIENT].duplicates,
                    result->repeats[SERVER].duplicates);
}

/* The fields of its header; zero holds the numbers that sequence and acknowledgement count from. */
static inline char *put_segment(char *at, const struct vocabulary *words, const struct step *step,
                                const uint32_t zero[ENDS])
{
    enum end_id from = step->from == CLIENT ? CLIENT : SERVER;

    at = PUT_WORD(PUT(at, ",\"flags\":"), words->flags, step->flags % FLAGS_COUNT);
    at = decimal(PUT(at, ",\"seq\":"), (uint32_t)(step->seq - zero[from]));
    at = PUT(at, ",\"ack\":");
    at = (step->flags & TCP_ACK) != 0 ? decimal(at, (uint32_t)(step->ack - zero[!from]))
                                      : PUT(at, "null");
    at = decimal(PUT(at, ",\"len\":"), step->len);
    at = decimal(PUT(at, ",\"window\":"), step->window);
    at = decimal(PUT(at, ",\"ttl\":"), step->ttl);
    return PUT(at, ",\"icmp\":null");
}

/* An ICMP error has nothing of a segment's own. */
static char *put_icmp(char *at, const struct step *step)
{
    at = PUT(at, ",\"flags\":null,\"seq\":null,\"ack\":null,\"len\":null,\"window\":null,"
                 "\"ttl\":null,\"icmp\":{\"family\":");
    at = decimal(at, step->icmp_family);
    at = decimal(PUT(at, ",\"type\":"), step->icmp_type);
    at = decimal(PUT(at, ",\"code\":"), step->icmp_code);
    at = put_address(PUT(at, ",\"from\":"), &step->icmp_from);
    return PUT(at, "}");
}

/* What each end sent of a run. */
static char *put_run(char *at, const struct step *step)
{
    at = decimal(PUT(at, ",\"run\":{\"client\":{\"count\":"), step->client_count);
    at = decimal(PUT(at, ",\"bytes\":"), step->client_bytes);
    at = decimal(PUT(at, "},\"server\":{\"count\":"), step->count - step->client_count);
    at = decimal(PUT(at, ",\"bytes\":"), step->bytes - step->client_bytes);
    return PUT(at, "}}}");
}

/* What most steps end with is one text. */
static inline char *put_counts(char *at, const struct step *step)
{
    uint64_t bytes = step->is_icmp ? 0 : step->bytes;

    if (step->note == NOTE_NONE && step->count == 1 && bytes == 0)
        return PUT(at, ",\"note\":null,\"count\":1,\"bytes\":0,\"run\":null}");
    at = put_text(PUT(at, ",\"note\":"), note_text(step->note));
    at = decimal(PUT(at, ",\"count\":"), step->count);
    at = decimal(PUT(at, ",\"bytes\":"), bytes);
    if (step->count > 1)
        return put_run(at, step);
    return PUT(at, ",\"run\":null}");
}

static char *put_step(char *at, const struct vocabulary *words, const struct step *step,
                      int64_t start_ns, const uint32_t zero[ENDS])
{
    at = put_duration(PUT(at, "{\"t_ns\":"), duration_between(start_ns, step->time_ns));
    at = PUT_WORD(PUT(at, ",\"from\":"), words->ends, step->from);
    at = step->is_icmp ? put_icmp(at, step) : put_segment(at, words, step, zero);
    at = PUT_WORD(PUT(at, ",\"client_state\":"), words->states, step->states[CLIENT]);
    at = PUT_WORD(PUT(at, ",\"server_state\":"), words->states, step->states[SERVER]);
    at = PUT_WORD(PUT(at, ",\"verdict\":"), words->verdicts, step->verdict);
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

static void put_finding(struct json *json, const struct connection_result *result,
                        const struct diagnosis *diagnosis)
{
    char text[DIAGNOSIS_TEXT_MAX];

    json_open(json, NULL, '{');
    json_plain(json, "name", cause_name(diagnosis->cause));
    json_plain(json, "grade", grade_name(diagnosis->grade));
    json_string(json, "text", diagnosis_text(diagnosis, result, text));
    json_open(json, "steps", '[');
    for (unsigned i = 0; i < diagnosis->step_count; i++)
        json_uint(json, NULL, diagnosis->steps[i] + 1);
    json_close(json, ']');
    json_close(json, '}');
}

static void put_findings(struct buffer *buffer, const struct connection_result *result)
{
    struct json json = {.comma = true, .buffer = buffer};

    json_open(&json, "findings", '[');
    for (unsigned i = 0; i < result->diagnoses->count; i++)
        put_finding(&json, result, &result->diagnoses->list[i]);
    json_close(&json, ']');
}

void jsonrecord_put(struct report *report, const struct connection_result *result)
{
    const struct vocabulary *words = &report->words;
    struct buffer *buffer = &report->buffer;
    char *at;

    put_ends(buffer, words, result);
    at = put_start(buffer_room(buffer, BODY_MAX), &report->clock, result);
    at = put_handshake(at, words, result);
    at = put_host(at, result);
    at = put_teardown(at, words, result);
    at = put_times(at, words, result);
    at = put_states(at, words, result);
    buffer_take(buffer, put_traffic(put_openings(at, result), result));
    if (result->openings[CLIENT].offers != 0)
        jsonoffer_put(buffer, result);
    if (result->path != NULL)
        jsonpath_put(buffer, result->path);
    if (result->path_mtu != NULL)
        jsonpath_put_mtu(buffer, result->path_mtu);
    put_steps(buffer, words, result, report->style.verbosity > 0);
    at = buffer_room(buffer, TAIL_MAX);
    at = decimal(PUT(at, "],\"steps_omitted\":"), result->steps_omitted);
    at = put_bool(PUT(at, ",\"ok\":"), result->ok);
    if (result->diagnoses == NULL || result->diagnoses->count == 0) {
        buffer_take(buffer, PUT(at, ",\"findings\":[]}\n"));
        return;
    }
    buffer_take(buffer, at);
    put_findings(buffer, result);
    buffer_put(buffer, "}\n", 2);
}
