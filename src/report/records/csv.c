/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of JSON flat and without steps, a line each, cells quoted as in RFC 4180: the fast
 * form for large captures. Columns are named by the path of the field in JSON, and what is unknown
 * is an empty cell. A line ends in LF alone, against the letter of the RFC, because with CRLF the
 * last cell would end in CR for cut, awk, join and their like; readers of CSV take both. */
#include "base/decimal.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "findings/wording.h"
#include "path/mtu.h"
#include "path/path.h"
#include "report/buffer.h"
#include "report/formats.h"
#include "tcp/host.h"
#include "tcp/offer.h"
#include "wire/optorder.h"

#define LINE_PART 2048 /* more than all the cells of numbers and words take */
#define WAY_PART  4096 /* the same of what is behind the labels: up to 64 addresses of hops */
#define TEXT_MAX  128  /* of our own words that are in no table: what is longer is cut */

static const char header[] =
    "target,port_state,client.address,client.port,server.address,server.port,interface,start,"
    "start_ns,resolve_ns,handshake.result,handshake.reason,handshake.syn_rtt_ns,handshake.ack_"
    "delay_ns,"
    "handshake.total_ns,handshake.syn_count,handshake.synack_count,teardown.result,teardown.form,"
    "teardown.initiator,teardown.fin_rtt_ns,teardown.peer_fin_delay_ns,teardown.total_ns,"
    "teardown.fin_count.client,teardown.fin_count.server,times.syn_ns,times.synack_ns,times.ack_ns,"
    "times.fin_ns.client,times.fin_ns.server,times.rst_ns,times.rst_by,client_state,server_state,"
    "completeness,"
    "conn_state,history,options.client.mss,options.client.sack,options.client.wscale,"
    "options.client.timestamps,options.server.mss,options.server.sack,options.server.wscale,"
    "options.server.timestamps,segments.client,segments.server,bytes.client,bytes.server,"
    "bytes_acked.client,bytes_acked.server,ok,handshake.connect_ns,handshake.syn_times_ns,close,"
    "teardown.reset_by,teardown.reset_after_ns,retransmissions.client,retransmissions.server,"
    "duplicates.client,duplicates.server,findings,second_opinion.result,second_opinion.errno,"
    "second_opinion.ns,not_tried,offer,offer_control,path_mtu.bytes,path_mtu.black_hole,path_mtu."
    "icmp,labels,delivered,host_error,routing_table,control_port.port,control_port.port_state,"
    "openings.client.options,openings.client.window,openings.client.ttl,openings.client.ip_id,"
    "openings.server.options,openings.server.window,openings.server.ttl,openings.server.ip_id,"
    "path.hops,path.last_answered_ttl,path.reached,path.syn_count,path_mtu.beyond_bytes,"
    "path_mtu.icmp_from,path_mtu.icmp_bytes,path_mtu.device_bytes,path_mtu.limited_by_device,"
    "path_mtu.packet_count\n";

static char *end_cell(char *at)
{
    *at = ',';
    return at + 1;
}

static char *cell_uint(char *at, uint64_t value)
{
    return end_cell(decimal(at, value));
}

static char *cell_duration(char *at, int64_t duration_ns)
{
    return end_cell(duration_ns != DURATION_UNKNOWN ? decimal_signed(at, duration_ns) : at);
}

static char *cell_bool(char *at, bool value)
{
    memcpy(at, value ? "true" : "false", 5);
    return end_cell(at + (value ? 4 : 5));
}

/* Our own text, which needs no quotes; NULL is unknown. */
static char *cell_text(char *at, const char *text)
{
    return end_cell(text != NULL ? put(at, text, strnlen(text, TEXT_MAX)) : at);
}

static char *cell_address(char *at, const struct address *address)
{
    return end_cell(address->family != FAMILY_NONE ? address_put(at, address) : at);
}

#define CELL_WORD(at, table, value) end_cell(PUT_WORD(at, table, (size_t)(value)))

/* One character of a quoted cell: a quote is doubled, and what could drive a terminal is escaped
 * here as in text, but for the line feed and the backslash, which do no harm. */
static size_t put_quoted(struct buffer *buffer, const char *text)
{
    char character[5] = {0}, safe[16];
    uint32_t code;
    size_t len = utf8_decode(text, &code);

    memcpy(character, text, len);
    if (*text == '"')
        buffer_put(buffer, "\"\"", 2);
    else if (*text == '\n' || *text == '\\')
        buffer_put(buffer, text, 1);
    else
        buffer_put(buffer, safe, strlen(escape_text(safe, sizeof(safe), character, false)));
    return len;
}

/* Whether text needs no quotes. What a spreadsheet would take for a formula is quoted, unaltered.
 */
static bool needs_quotes(const char *text)
{
    const char *at = text;

    if (*text != '\0' && strchr("=+-@ ", *text) != NULL)
        return true;
    while (*at >= ' ' && *at < 0x7f && *at != '"' && *at != ',')
        at++;
    return *at != '\0' || (at > text && at[-1] == ' ');
}

/* Text of any length and content; NULL is unknown. */
static void put_text(struct buffer *buffer, const char *text)
{
    if (text != NULL && !needs_quotes(text)) {
        buffer_put(buffer, text, strlen(text));
    } else if (text != NULL) {
        buffer_put(buffer, "\"", 1);
        while (*text != '\0')
            text += put_quoted(buffer, text);
        buffer_put(buffer, "\"", 1);
    }
    buffer_put(buffer, ",", 1);
}

/* From the target to the interface, which like it can be anything. */
static void put_ends(struct buffer *buffer, const struct report *report,
                     const struct connection_result *result)
{
    const struct endpoint *client = &result->ends[CLIENT], *server = &result->ends[SERVER];
    char address[ADDRESS_TEXT_MAX + 1]; /* of the server, as a cell: mostly it is the target too */
    size_t cell_len = (size_t)(cell_address(address, &server->address) - address);
    char *at;

    if (result->target != NULL)
        put_text(buffer, result->target);
    at = buffer_room(buffer, LINE_PART);
    if (result->target == NULL)
        at = put(at, address, cell_len);
    at = CELL_WORD(at, report->words.port_states, result->port_state);
    if (result->has_client)
        at = cell_uint(cell_address(at, &client->address), client->port);
    else
        at = PUT(at, ",,");
    at = cell_uint(put(at, address, cell_len), server->port);
    buffer_take(buffer, at);
    put_text(buffer, result->interface);
}

static char *put_start(char *at, struct rfc3339_clock *clock, int64_t start_ns)
{
    bool known = start_ns != DURATION_UNKNOWN;

    at = cell_text(at, known ? rfc3339_clock_text(clock, start_ns) : NULL);
    return cell_duration(at, start_ns);
}

static char *put_handshake(char *at, const struct vocabulary *words,
                           const struct connection_result *result)
{
    at = CELL_WORD(at, words->handshakes, result->handshake.result);
    at = CELL_WORD(at, words->reasons, result->handshake.reason);
    at = cell_duration(at, result->handshake.syn_rtt_ns);
    at = cell_duration(at, result->handshake.ack_delay_ns);
    at = cell_duration(at, result->handshake.total_ns);
    at = cell_uint(at, result->handshake.syn_count);
    return cell_uint(at, result->handshake.synack_count);
}

static char *put_teardown(char *at, const struct vocabulary *words,
                          const struct connection_result *result)
{
    at = CELL_WORD(at, words->teardowns, result->teardown.result);
    at = CELL_WORD(at, words->forms, result->teardown.form);
    at = CELL_WORD(at, words->ends, result->teardown.initiator);
    at = cell_duration(at, result->teardown.fin_rtt_ns);
    at = cell_duration(at, result->teardown.peer_fin_delay_ns);
    at = cell_duration(at, result->teardown.total_ns);
    at = cell_uint(at, result->teardown.fin_count[CLIENT]);
    return cell_uint(at, result->teardown.fin_count[SERVER]);
}

static char *put_times(char *at, const struct vocabulary *words,
                       const struct connection_result *result)
{
    const int64_t times_ns[] = {
        result->first.syn_ns,         result->first.syn_ack_ns,     result->first.ack_ns,
        result->first.fin_ns[CLIENT], result->first.fin_ns[SERVER], result->first.rst_ns,
    };

    for (size_t i = 0; i < sizeof(times_ns) / sizeof(times_ns[0]); i++)
        at = cell_duration(at, duration_between(result->start_ns, times_ns[i]));
    return CELL_WORD(at, words->ends, result->first.rst_by);
}

static char *put_states(char *at, const struct vocabulary *words,
                        const struct connection_result *result)
{
    at = CELL_WORD(at, words->states, result->states[CLIENT]);
    at = CELL_WORD(at, words->states, result->states[SERVER]);
    at = cell_uint(at, result->completeness);
    at = cell_text(at, result->conn_state);
    return cell_text(at, result->history);
}

static char *put_options(char *at, bool seen, const struct tcp_options *options)
{
    if (!seen)
        return PUT(at, ",,,,");
    at = options->has_mss ? cell_uint(at, options->mss) : end_cell(at);
    at = cell_bool(at, options->sack_permitted);
    at = options->has_wscale ? cell_uint(at, options->wscale) : end_cell(at);
    return cell_bool(at, options->has_timestamps);
}

static char *put_traffic(char *at, const struct connection_result *result)
{
    const uint64_t *const figures[] = {result->segments, result->bytes, result->bytes_acked};

    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        at = cell_uint(at, figures[i][CLIENT]);
        at = cell_uint(at, figures[i][SERVER]);
    }
    return at;
}

/* The names, joined. */
static char *put_findings(char *at, const struct diagnoses *diagnoses)
{
    for (unsigned i = 0; diagnoses != NULL && i < diagnoses->count; i++) {
        const char *name = cause_name(diagnoses->list[i].cause);

        at = i > 0 ? PUT(at, ";") : at;
        at = name != NULL ? put(at, name, strnlen(name, TEXT_MAX)) : at;
    }
    return end_cell(at);
}

/* Of the host of a live run. */
static char *put_host(char *at, const struct host_facts *host)
{
    if (host == NULL)
        return PUT(at, ",,,,");
    const struct opinion *opinion = &host->opinion;
    bool asked = opinion->result != OPINION_NONE;

    at = cell_text(at, opinion_name(opinion->result));
    at = asked && opinion->code != 0 ? cell_uint(at, (uint64_t)opinion->code) : end_cell(at);
    at = asked ? cell_duration(at, opinion->duration_ns) : end_cell(at);
    for (unsigned i = 0; i < host->untried_count; i++) {
        at = i > 0 ? PUT(at, ";") : at;
        at = address_put(at, &host->untried[i]);
    }
    return end_cell(at);
}

/* In one cell, with semicolons between them. */
static char *cell_syn_times(char *at, const struct connection_result *result)
{
    if (result->handshake.syn_time_count == 1) /* 0 after itself */
        return PUT(at, "0,");
    for (unsigned i = 0; i < result->handshake.syn_time_count; i++) {
        int64_t time_ns = result->handshake.syn_times_ns[i];

        at = i > 0 ? PUT(at, ";") : at;
        at = time_ns != DURATION_UNKNOWN ? decimal_signed(at, time_ns) : at;
    }
    return end_cell(at);
}

/* What was added to the record: behind ok, so that the columns before it keep their places. */
static char *put_added(char *at, const struct vocabulary *words,
                       const struct connection_result *result)
{
    const struct repeats *client = &result->repeats[CLIENT], *server = &result->repeats[SERVER];

    at = cell_duration(at, result->handshake.connect_ns);
    at = cell_syn_times(at, result);
    at = CELL_WORD(at, words->teardowns, connection_close(result));
    at = CELL_WORD(at, words->ends, result->teardown.reset_by);
    at = cell_duration(at, result->teardown.reset_after_ns);
    if ((repeats_retransmitted(client) | repeats_retransmitted(server) | client->duplicates |
         server->duplicates) == 0)
        return PUT(at, "0,0,0,0,"); /* as most have it */
    at = cell_uint(at, repeats_retransmitted(client));
    at = cell_uint(at, repeats_retransmitted(server));
    at = cell_uint(at, client->duplicates);
    return cell_uint(at, server->duplicates);
}

/* "ecn=agreed;sack=ignored", without "=..." where nothing is known of it; what is left out has
 * "no-" in front. */
static char *put_offers(char *at, const struct connection_result *result)
{
    struct offer_outcome outcome;
    bool any = false;

    if (result->openings[CLIENT].offers == 0)
        return end_cell(at);
    offer_judge(result, &outcome);
    for (unsigned i = 0; i < OFFERS; i++) {
        const char *name = offer_name(i), *became = agreement_name(outcome.became[i]);

        if ((outcome.offers & OFFER_BIT(i)) == 0 && became == NULL)
            continue;
        at = any ? PUT(at, ";") : at;
        at = i >= WITHOUT_MSS ? PUT(at, "no-") : at;
        at = put(at, name, strnlen(name, TEXT_MAX));
        at = became != NULL ? put(PUT(at, "="), became, strnlen(became, TEXT_MAX)) : at;
        any = true;
    }
    return end_cell(at);
}

static char *put_control(char *at, const struct host_facts *host)
{
    bool made = host != NULL && host->control.made;

    return cell_text(at, made ? port_state_name(host->control.port_state) : NULL);
}

static char *put_path_mtu(char *at, const struct path_mtu *mtu)
{
    if (mtu == NULL)
        return PUT(at, ",,,");
    const struct mtu_verdict verdict = path_mtu_judge(mtu);
    at = verdict.bytes > 0 ? cell_uint(at, verdict.bytes) : end_cell(at);
    return cell_bool(cell_bool(at, verdict.black_hole), verdict.told);
}

/* What the host knew, but for the second opinion. */
static char *put_facts(char *at, const struct host_facts *host)
{
    if (host == NULL)
        return PUT(at, ",,,,,");
    at = host->delivery != DELIVERY_UNKNOWN ? cell_bool(at, host->delivery == DELIVERED)
                                            : end_cell(at);
    at = cell_text(at, host_error_name(host->error));
    at = host->table != 0 ? cell_uint(at, host->table) : end_cell(at);
    if (host->control_port == 0)
        return PUT(at, ",,");
    return cell_text(cell_uint(at, host->control_port), port_state_name(host->control_port_state));
}

/* Kinds with semicolons between them; nothing for one that is not kept. */
static char *cell_kinds(char *at, const struct tcp_options *options)
{
    int16_t kinds[OPTORDER_MAX];
    unsigned count = optorder_kinds(options->order, kinds);

    for (unsigned i = 0; i < count; i++) {
        at = i > 0 ? PUT(at, ";") : at;
        at = kinds[i] >= 0 ? decimal(at, (uint16_t)kinds[i]) : at;
    }
    return end_cell(at);
}

static char *put_opening(char *at, const struct connection_result *result, enum end_id end)
{
    const struct opening *opening = &result->openings[end];

    if (!opening->seen)
        return PUT(at, ",,,,");
    at = cell_kinds(at, &result->options[end]);
    at = cell_uint(cell_uint(at, opening->window), opening->ttl);
    return result->ends[end].address.family == FAMILY_IPV4 ? cell_uint(at, opening->ip_id)
                                                           : end_cell(at);
}

/* The addresses of the hops with semicolons between them; nothing for one that did not answer. */
static char *put_path(char *at, const struct path *path)
{
    if (path == NULL)
        return PUT(at, ",,,,");
    uint8_t last = path_last_answered(path);
    for (uint8_t i = 0; i < path->hop_count; i++) {
        at = i > 0 ? PUT(at, ";") : at;
        at = path->hops[i].answered > 0 ? address_put(at, &path->hops[i].address) : at;
    }
    at = end_cell(at);
    at = last > 0 ? cell_uint(at, last) : end_cell(at);
    return cell_uint(cell_bool(at, path_reached(path)), path->sent_count);
}

static char *cell_known(char *at, uint64_t value)
{
    return value > 0 ? cell_uint(at, value) : end_cell(at);
}

static char *put_more_path_mtu(char *at, const struct path_mtu *mtu)
{
    if (mtu == NULL)
        return PUT(at, ",,,,,,");
    const struct mtu_verdict verdict = path_mtu_judge(mtu);
    at = cell_known(at, verdict.beyond);
    at = cell_known(cell_address(at, &mtu->told_by), mtu->told_bytes);
    at = cell_bool(cell_known(at, mtu->device_bytes), verdict.limited);
    return cell_uint(at, mtu->sent_count);
}

/* What was added behind the labels. The line ends in the place of the last comma. */
static void put_rest(struct buffer *buffer, const struct connection_result *result)
{
    char *at = put_facts(buffer_room(buffer, WAY_PART), result->host);

    at = put_opening(at, result, CLIENT);
    at = put_opening(at, result, SERVER);
    at = put_more_path_mtu(put_path(at, result->path), result->path_mtu);
    at[-1] = '\n';
    buffer_take(buffer, at);
}

static void csv_connection(struct report *report, const struct connection_result *result)
{
    const struct vocabulary *words = &report->words;
    struct buffer *buffer = &report->buffer;
    char *at;

    if (report->style.verbosity < 0)
        return;
    put_ends(buffer, report, result);
    at = put_start(buffer_room(buffer, LINE_PART), &report->clock, result->start_ns);
    at = cell_duration(at, result->resolve_ns);
    at = put_handshake(at, words, result);
    at = put_teardown(at, words, result);
    at = put_times(at, words, result);
    at = put_states(at, words, result);
    at = put_options(at, result->has_options[CLIENT], &result->options[CLIENT]);
    at = put_options(at, result->has_options[SERVER], &result->options[SERVER]);
    at = cell_bool(put_traffic(at, result), result->ok);
    at = put_added(at, words, result);
    at = put_findings(at, result->diagnoses);
    at = put_host(at, result->host);
    at = put_control(put_offers(at, result), result->host);
    at = put_path_mtu(at, result->path_mtu);
    buffer_take(buffer, at);
    put_text(buffer, result->notes != NULL ? result->notes->labels : NULL);
    put_rest(buffer, result);
}

static void csv_begin(struct report *report)
{
    vocabulary_fill(&report->words, "", "");
    if (report->style.verbosity >= 0 && !report->style.continued)
        buffer_put(&report->buffer, header, sizeof(header) - 1);
}

/* Other rows would not be records. */
static void csv_summary(struct report *report, const struct summary *summaries, size_t count)
{
    (void)report;
    (void)summaries;
    (void)count;
}

const struct report_format format_csv = {
    .name = "csv",
    .without_steps = true,
    .begin = csv_begin,
    .connection = csv_connection,
    .summary = csv_summary,
};
