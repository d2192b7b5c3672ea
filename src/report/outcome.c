/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/outcome.h"

#include <string.h>

#include "findings/wording.h"
#include "report/words.h"
#include "tcp/host.h"
#include "tcp/offer.h"

/* A duration behind its preposition, or nothing where it is unknown. */
static void put_duration(struct row *row, const char *before, int64_t duration_ns,
                         const char *after)
{
    if (duration_ns == DURATION_UNKNOWN)
        return;
    row_put(row, before);
    row_put_ms(row, duration_ns);
    row_put(row, after);
}

void outcome_heading(struct row *row, const struct connection_result *result)
{
    struct row address;
    char text[ENDPOINT_TEXT_MAX];

    row_begin(&address, row->style);
    if (result->ends[SERVER].address.family != FAMILY_NONE)
        row_put(&address, address_text(&result->ends[SERVER].address, text));
    row_put_foreign(row, server_text(result, text));
    if (address.len > 0 && strcmp(row->text, address.text) != 0) {
        row_put(row, " (");
        row_put(row, address.text);
        row_put(row, ")");
    }
    row_put(row, " port ");
    row_put_number(row, result->ends[SERVER].port);
    if (result->has_client) {
        row_put(row, ", from ");
        row_put(row, endpoint_text(&result->ends[CLIENT], text));
    }
    if (result->interface != NULL) {
        row_put(row, " on ");
        row_put_foreign(row, result->interface);
    }
}

void outcome_resolved(struct row *row, const struct connection_result *result)
{
    const char *what = result->handshake.reason == REASON_NAME_NOT_FOUND
                           ? "name not resolved after "
                           : "name resolved in ";
    put_duration(row, what, result->resolve_ns, " ms");
}

/* "sent to ADDRESS:PORT, on the wire ADDRESS:PORT", if they differ. */
static void put_changed(struct row *row, const char *before, const struct endpoint *asked,
                        const struct endpoint *wire)
{
    char text[ENDPOINT_TEXT_MAX];

    if (endpoint_equal(asked, wire))
        return;
    row_put(row, row->len > 0 ? "; " : "");
    row_put(row, before);
    row_put(row, endpoint_text(asked, text));
    row_put(row, ", on the wire ");
    row_put(row, endpoint_text(wire, text));
}

void outcome_translated(struct row *row, const struct connection_result *result)
{
    const struct host_facts *host = result->host;

    if (host == NULL || (!host->sent.known && !host->received.known))
        return;
    if (host->sent.known) {
        put_changed(row, "sent to ", &result->ends[SERVER], &host->sent.ends[SERVER]);
        put_changed(row, "sent from ", &result->ends[CLIENT], &host->sent.ends[CLIENT]);
    }
    if (host->received.known) {
        put_changed(row, "answered by ", &result->ends[SERVER], &host->received.ends[SERVER]);
        put_changed(row, "answered to ", &result->ends[CLIENT], &host->received.ends[CLIENT]);
    }
    row_put(row, " (translated by this host)");
}

void outcome_labels(struct row *row, const struct connection_result *result)
{
    const struct target_notes *notes = result->notes;

    if (notes == NULL || notes->labels[0] == '\0')
        return;
    row_put(row, "labels: ");
    row_put_foreign(row, notes->labels);
}

void outcome_opinion(struct row *row, const struct connection_result *result)
{
    const struct opinion *opinion = result->host != NULL ? &result->host->opinion : NULL;

    if (opinion == NULL || opinion->result == OPINION_NONE)
        return;
    row_put(row, "second opinion: connect() ");
    row_put(row, opinion_phrase(opinion->result));
    if (opinion->result == OPINION_ERROR) {
        row_put(row, " with error ");
        row_put_number(row, (uint64_t)opinion->code);
    }
    put_duration(row, " after ", opinion->duration_ns, " ms");
}

void outcome_open(struct row *row, const struct connection_result *result)
{
    if (result->handshake.result != HANDSHAKE_COMPLETED)
        return;
    row_put_colored(row, COLOR_GOOD, "open");
    put_duration(row, " in ", result->handshake.connect_ns, " ms");
    if (result->handshake.syn_count > 1) {
        row_put(row, " by ");
        row_put_counted(row, result->handshake.syn_count, "SYN");
    }
}

void outcome_handshake(struct row *row, const struct connection_result *result)
{
    static const char *const sentences[HANDSHAKE_RESULT_COUNT] = {
        [HANDSHAKE_HALF_OPEN] = "half-open: the SYN+ACK was not acknowledged",
        [HANDSHAKE_REFUSED] = "refused",
        [HANDSHAKE_NO_ANSWER] = "no answer",
        [HANDSHAKE_UNREACHABLE] = "stopped by an ICMP error",
        [HANDSHAKE_RESET] = "reset before it was established",
        [HANDSHAKE_NOT_SEEN] = "the handshake was not seen",
        [HANDSHAKE_NOT_SENT] = "no segment left this host",
        [HANDSHAKE_NOT_FOLLOWED] = "what became of the segments cannot be known here",
    };
    enum handshake_result value = result->handshake.result;

    if ((unsigned)value >= HANDSHAKE_RESULT_COUNT || sentences[value] == NULL)
        return;
    if (!result->has_client) {
        row_put_colored(row, COLOR_BAD, "nothing was sent");
        return;
    }
    row_put_colored(row, value == HANDSHAKE_HALF_OPEN ? COLOR_NONE : COLOR_BAD, sentences[value]);
    if (result->handshake.reason == REASON_DROPPED_ON_THIS_HOST) {
        row_put(row, ": what came was dropped on this host before TCP");
    } else if (value == HANDSHAKE_NO_ANSWER) {
        row_put(row, " to ");
        row_put_counted(row, result->handshake.syn_count, "SYN");
    }
    if (result->handshake.reason == REASON_NEIGHBOUR_SILENT)
        row_put(row, ": none has left this host, because the next hop does not answer");
    if (result->cut_short)
        row_put(row, " before the run ended");
}

static void closed_gracefully(struct row *row, const struct connection_result *result)
{
    static const char *const forms[FORM_COUNT] = {
        [FORM_NONE] = "",
        [FORM_FOUR_SEGMENT] = ", four segments",
        [FORM_THREE_SEGMENT] = ", three segments",
        [FORM_SIMULTANEOUS] = ", simultaneous",
    };

    row_put_colored(row, COLOR_GOOD, "closed");
    put_duration(row, " in ", result->teardown.total_ns, " ms");
    if ((unsigned)result->teardown.form < FORM_COUNT)
        row_put(row, forms[result->teardown.form]);
}

static void closed_by_reset(struct row *row, const struct connection_result *result)
{
    row_put_colored(row, COLOR_NOTICE, "reset");
    if (result->teardown.reset_by != NEITHER) {
        row_put(row, " by the ");
        row_put(row, result->teardown.local_reset          ? "local kernel"
                     : result->teardown.reset_by == CLIENT ? "client"
                                                           : "server");
    }
    put_duration(row, ", ", result->teardown.total_ns, " ms after the FIN");
}

static void half_closed(struct row *row, const struct connection_result *result)
{
    row_put_colored(row, COLOR_NOTICE, "half-closed");
    row_put(row, result->teardown.initiator == SERVER ? ": the client sent no FIN"
                                                      : ": the server sent no FIN");
}

static void fin_unanswered(struct row *row, const struct connection_result *result)
{
    row_put_colored(row, COLOR_NOTICE, "not closed");
    row_put(row, result->teardown.initiator == SERVER ? ": the server's" : ": the client's");
    row_put(row, " FIN was not acknowledged");
}

static void not_closed(struct row *row, const struct connection_result *result)
{
    if (result->handshake.result != HANDSHAKE_COMPLETED)
        return;
    row_put_colored(row, COLOR_NOTICE, "not closed");
    row_put(row, ": no FIN was seen");
}

void outcome_teardown(struct row *row, const struct connection_result *result)
{
    static void (*const sentences[TEARDOWN_RESULT_COUNT])(struct row *,
                                                          const struct connection_result *) = {
        [TEARDOWN_NONE] = not_closed,           [TEARDOWN_GRACEFUL] = closed_gracefully,
        [TEARDOWN_RESET] = closed_by_reset,     [TEARDOWN_HALF_CLOSED] = half_closed,
        [TEARDOWN_UNANSWERED] = fin_unanswered,
    };
    enum handshake_result handshake = result->handshake.result;

    if (handshake != HANDSHAKE_COMPLETED && handshake != HANDSHAKE_NOT_SEEN)
        return;
    if ((unsigned)result->teardown.result < TEARDOWN_RESULT_COUNT)
        sentences[result->teardown.result](row, result);
}

/* "2 SYNs, 1 data segment by the client"; returns whether there was anything. */
static bool put_retransmitted(struct row *row, const struct connection_result *result,
                              enum end_id end, const char *before)
{
    const struct repeats *repeats = &result->repeats[end];
    const struct {
        uint32_t count;
        const char *what;
    } kinds[] = {
        {repeats->syn, end == CLIENT ? "SYN" : "SYN+ACK"},
        {repeats->data, "data segment"},
        {repeats->fin, "FIN"},
    };

    if (repeats_retransmitted(repeats) == 0)
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].count == 0)
            continue;
        row_put(row, before);
        row_put_counted(row, kinds[i].count, kinds[i].what);
        before = ", ";
    }
    row_put(row, " by the ");
    row_put(row, end_name(end));
    return true;
}

void outcome_repeats(struct row *row, const struct connection_result *result)
{
    const char *before = "retransmitted: ";

    for (enum end_id end = CLIENT; end < ENDS; end++)
        if (put_retransmitted(row, result, end, before))
            before = ", ";
    before = row->len > 0 ? "; seen twice: " : "seen twice: ";
    for (enum end_id end = CLIENT; end < ENDS; end++) {
        if (result->repeats[end].duplicates == 0)
            continue;
        row_put(row, before);
        row_put_number(row, result->repeats[end].duplicates);
        row_put(row, " of the ");
        row_put(row, end_name(end));
        before = ", ";
    }
}

void outcome_other_repeats(struct row *row, const struct connection_result *result)
{
    struct connection_result others = *result;

    if (result->handshake.result == HANDSHAKE_NO_ANSWER)
        others.repeats[CLIENT].syn = 0;
    outcome_repeats(row, &others);
}

/* Whether the server reset the connection and had sent nothing: to the application that is hardly
 * an open port. */
static bool is_reset_at_once(const struct connection_result *result)
{
    return result->port_state == PORT_OPEN && connection_close(result) == TEARDOWN_RESET &&
           result->teardown.reset_by == SERVER && !result->teardown.local_reset &&
           result->bytes[SERVER] == 0;
}

/* ", EACCES", ", table 100": behind a reason. */
static void put_refusal(struct row *row, const struct host_facts *host)
{
    const char *error = host != NULL ? host_error_name(host->error) : NULL;

    if (error != NULL) {
        row_put(row, ", ");
        row_put(row, error);
    }
    if (host != NULL && host->table != 0) {
        row_put(row, ", table ");
        row_put_number(row, host->table);
    }
}

#define TWO_MSL_NS INT64_C(240000000000) /* RFC 9293, 3.4.2 */

void outcome_time_wait(struct row *row, const struct connection_result *result)
{
    int64_t since_ns = DURATION_UNKNOWN, wait_ns;
    uint32_t i = 0;

    while (i < result->step_count && result->steps[i].states[CLIENT] != STATE_TIME_WAIT)
        i++;
    if (!result->done || i == result->step_count ||
        result->steps[result->step_count - 1].states[CLIENT] != STATE_TIME_WAIT)
        return;
    since_ns = result->steps[i].time_ns;
    wait_ns = duration_between(since_ns, result->done_ns);
    row_put(row, "TIME_WAIT ended");
    put_duration(row, " after ", wait_ns, " ms");
    if (wait_ns < TWO_MSL_NS) /* or is not known: it hardly ever is as long */
        row_put(row, wait_ns != DURATION_UNKNOWN ? " instead of 2 MSL" : " before 2 MSL");
}

/* "; 192.0.2.2, 2001:db8::2 not tried" */
static void put_untried(struct row *row, const struct host_facts *host)
{
    char text[ADDRESS_TEXT_MAX];

    if (host == NULL || host->untried_count == 0)
        return;
    for (unsigned i = 0; i < host->untried_count; i++) {
        row_put(row, i == 0 ? "; " : ", ");
        row_put(row, address_text(&host->untried[i], text));
    }
    row_put(row, " not tried");
}

/* ": 12.346 ms is above 10.000 ms" */
static void put_slowness(struct row *row, const struct connection_result *result)
{
    int64_t took_ns = result->handshake.connect_ns;

    if (took_ns == DURATION_UNKNOWN) {
        row_put(row, ": the time that it took is unknown");
        return;
    }
    put_duration(row, ": ", took_ns, " ms");
    if (result->unmet == CRITERION_CRITICAL)
        row_put(row, " is critical");
    else
        put_duration(row, " is above ", result->max_rtt_ns, " ms");
}

/* ": the close (reset) is not in --expect-close" */
static void put_unmet_close(struct row *row, const struct connection_result *result)
{
    const char *name = teardown_result_name(connection_close(result));
    const char *form = teardown_form_name(result->teardown.form);

    row_put(row, ": the close (");
    row_put(row, name != NULL ? name : "?");
    row_put(row, form != NULL ? ", " : "");
    row_put(row, form != NULL ? form : "");
    row_put(row, ") is not in --expect-close");
}

/* Which criterion failed. */
static void put_unmet(struct row *row, const struct connection_result *result)
{
    row_put(row, ", not ok");
    if (result->unmet == CRITERION_PORT_STATE)
        row_put(row, ": another state is expected");
    else if (result->unmet == CRITERION_CLOSE)
        put_unmet_close(row, result);
    else if (result->unmet != CRITERION_NONE)
        put_slowness(row, result);
}

/* " (control port 9: closed)", unless a finding says that it is open. */
static void put_control_port(struct row *row, const struct host_facts *host)
{
    if (host == NULL || host->control_port == 0 || host->control_port_state == PORT_OPEN)
        return;
    row_put(row, " (control port ");
    row_put_number(row, host->control_port);
    row_put(row, ": ");
    row_put(row, port_state_name(host->control_port_state));
    row_put(row, ")");
}

void outcome_verdict(struct row *row, const struct connection_result *result)
{
    char text[ADDRESS_TEXT_MAX];
    const char *reason = reason_text(result->handshake.reason);
    const char *state = port_state_name(result->port_state);
    bool open = result->port_state == PORT_OPEN;

    row_put_host_port(row, server_text(result, text), result->ends[SERVER].port);
    row_put(row, " ");
    row_put_colored(row, port_state_color(result->port_state), state != NULL ? state : "?");
    if (!open && reason != NULL && result->handshake.reason != REASON_UNKNOWN) {
        row_put(row, " (");
        row_put(row, reason);
        put_refusal(row, result->host);
        row_put(row, ")");
    }
    if (is_reset_at_once(result)) {
        row_put_colored(row, COLOR_NOTICE, ", but reset by the server");
        put_duration(row, " after ", result->teardown.reset_after_ns, " ms");
    }
    put_control_port(row, result->host);
    if (!result->ok && (open || result->unmet > CRITERION_PORT_STATE))
        put_unmet(row, result);
    else if (result->ok && !open)
        row_put(row, ", as expected");
    put_untried(row, result->host);
}

static void put_step_numbers(struct row *row, const struct diagnosis *diagnosis)
{
    for (unsigned i = 0; i < diagnosis->step_count; i++) {
        row_put(row, i > 0 ? ", " : diagnosis->step_count == 1 ? " [step " : " [steps ");
        row_put_number(row, diagnosis->steps[i] + 1);
    }
    row_put(row, diagnosis->step_count > 0 ? "]" : "");
}

void outcome_finding(struct row *row, const struct connection_result *result,
                     const struct diagnosis *diagnosis)
{
    char text[DIAGNOSIS_TEXT_MAX];
    const char *name = cause_name(diagnosis->cause), *grade = grade_name(diagnosis->grade);

    row_put(row, name != NULL ? name : "?");
    row_put(row, ", ");
    row_put(row, grade != NULL ? grade : "?");
    row_put(row, ": ");
    row_put(row, diagnosis_text(diagnosis, result, text));
    put_step_numbers(row, diagnosis);
}

static void put_options(struct row *row, const struct tcp_options *options)
{
    const struct {
        bool there;
        const char *name;
        int value; /* negative: none */
    } words[] = {
        {options->has_mss, "mss ", options->mss},
        {options->sack_permitted, "sack", -1},
        {options->has_wscale, "wscale ", options->wscale},
        {options->has_timestamps, "timestamps", -1},
        {options->fast_open, "fast-open", -1},
        {options->mptcp, "mptcp", -1},
        {options->md5, "md5", -1},
        {options->tcp_ao, "tcp-ao", -1},
        {options->malformed, "malformed", -1},
    };
    const char *separator = "";

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!words[i].there)
            continue;
        row_put(row, separator);
        row_put(row, words[i].name);
        if (words[i].value >= 0)
            row_put_number(row, (uint64_t)words[i].value);
        separator = ", ";
    }
    row_put(row, *separator == '\0' ? "no options" : "");
}

void outcome_end(struct row *row, const struct connection_result *result, enum end_id end)
{
    if (result->has_options[end])
        put_options(row, &result->options[end]);
    else
        row_put(row, "options not seen");
    row_put(row, "; ");
    row_put_counted(row, result->segments[end], "segment");
    row_put(row, ", ");
    row_put_counted(row, result->bytes[end], "byte");
    if (result->bytes_acked[end] == result->bytes[end])
        return;
    row_put(row, ", ");
    row_put_number(row, result->bytes_acked[end]);
    row_put(row, " acknowledged");
}

void outcome_codes(struct row *row, const struct connection_result *result)
{
    row_put(row, "conn_state ");
    row_put(row, result->conn_state != NULL ? result->conn_state : "-");
    row_put(row, ", history ");
    row_put(row, result->history != NULL && *result->history != '\0' ? result->history : "-");
    row_put(row, ", completeness ");
    row_put_number(row, result->completeness);
}

/* Those from first to behind that were offered, or that another one fell back to. */
static void put_agreements(struct row *row, const struct offer_outcome *outcome, unsigned first,
                           unsigned behind, const char *before)
{
    for (unsigned i = first; i < behind; i++) {
        const char *became = agreement_name(outcome->became[i]);

        if ((outcome->offers & OFFER_BIT(i)) == 0 && became == NULL)
            continue;
        row_put(row, before);
        row_put(row, offer_name(i));
        row_put(row, " ");
        row_put_colored(row, outcome->became[i] > IGNORED ? COLOR_NOTICE : COLOR_NONE,
                        became != NULL ? became : "unknown");
        before = ", ";
    }
}

void outcome_offers(struct row *row, const struct connection_result *result)
{
    const struct host_facts *host = result->host;
    struct offer_outcome outcome;

    offer_judge(result, &outcome);
    if (outcome.offers == 0)
        return;
    put_agreements(row, &outcome, 0, WITHOUT_MSS, "offered: ");
    if (outcome.syn_ecn != ECN_UNKNOWN) {
        row_put(row, " (the SYN arrived as ");
        row_put(row, ip_ecn_name(outcome.syn_ecn));
        row_put(row, ")");
    }
    put_agreements(row, &outcome, WITHOUT_MSS, OFFERS, row->len > 0 ? "; without: " : "without: ");
    if (host == NULL || !host->control.made)
        return;
    row_put(row, "; a plain SYN: ");
    row_put(row, port_state_name(host->control.port_state));
    put_duration(row, " in ", host->control.connect_ns, " ms");
}
