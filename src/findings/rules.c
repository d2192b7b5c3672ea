/* SPDX-License-Identifier: BSD-2-Clause */
/* A rule is conservative: where what crossed has an innocent reading that occurs in practice, it
 * finds nothing, and it is certain only where there is no other reading at all. Segments can be
 * forged and captures can lack some, so that few are. */
#include "findings/rules.h"

#include "path/mtu.h"
#include "tcp/host.h"
#include "tcp/offer.h"
#include "wire/seq.h"

#define STALLED_MS 1000u     /* window 0 that people notice */
#define AT_ONCE_NS 500000000 /* after the handshake, a reset */
#define RTO_NS     900000000 /* see RFC 6298, 2.1; clocks differ */
#define LOST_NS    900000000 /* what is merely late has come by then */

/* This host. */

static enum grade certain_if(bool shown)
{
    return shown ? GRADE_CERTAIN : GRADE_NONE;
}

static enum grade likely_if(bool shown)
{
    return shown ? GRADE_LIKELY : GRADE_NONE;
}

static bool has_reason(const struct scene *scene, enum reason reason)
{
    return scene->result->handshake.reason == reason;
}

static enum grade no_route(const struct scene *scene)
{
    return certain_if(has_reason(scene, REASON_NO_ROUTE));
}

static enum grade policy_route(const struct scene *scene)
{
    return certain_if(has_reason(scene, REASON_POLICY_ROUTE));
}

/* "Prohibited" by no ICMP error: the kernel itself said so. */
static bool is_refused_by_kernel(const struct scene *scene)
{
    const struct host_facts *host = scene->result->host;
    return has_reason(scene, REASON_ADMIN_PROHIBITED) && host != NULL &&
           host->error != HOST_ERROR_NONE && scene->evidence->icmp_from.family == FAMILY_NONE;
}

static enum grade local_error(const struct scene *scene)
{
    return certain_if(has_reason(scene, REASON_LOCAL_ERROR) || is_refused_by_kernel(scene));
}

static enum grade name_not_found(const struct scene *scene)
{
    return certain_if(has_reason(scene, REASON_NAME_NOT_FOUND));
}

static enum grade dropped_here(const struct scene *scene)
{
    return certain_if(has_reason(scene, REASON_DROPPED_ON_THIS_HOST));
}

static enum grade translated(const struct scene *scene)
{
    const struct host_facts *host = scene->result->host;
    return certain_if(has_reason(scene, REASON_TRANSLATED) ||
                      (host != NULL && (host->sent.known || host->received.known)));
}

static enum grade local_reset(const struct scene *scene)
{
    return certain_if(scene->result->teardown.local_reset);
}

static enum grade second_opinion_differs(const struct scene *scene)
{
    return certain_if(opinion_differs(scene->result));
}

/* The handshake. */

static bool is_answered(const struct scene *scene)
{
    return !has_reason(scene, REASON_DROPPED_ON_THIS_HOST);
}

static bool has_mark(const struct scene *scene, enum evidence_mark mark)
{
    return (scene->evidence->marks & mark) != 0;
}

/* Whether what refused is not the server's TCP. */
static bool is_refusal_false(const struct scene *scene)
{
    return has_mark(scene, EVIDENCE_REFUSAL_REVOKED) || has_mark(scene, EVIDENCE_RST_OUTLIVED);
}

/* Whether that became of anything that the SYN offered. */
static bool has_become(const struct scene *scene, enum agreement agreement)
{
    struct offer_outcome outcome;
    if (scene->result->openings[CLIENT].offers == 0)
        return false;
    offer_judge(scene->result, &outcome);
    for (unsigned i = 0; i < OFFERS; i++)
        if (outcome.became[i] == agreement)
            return true;
    return false;
}

static enum grade refused(const struct scene *scene)
{
    return likely_if(scene->result->handshake.result == HANDSHAKE_REFUSED && is_answered(scene) &&
                     !is_refusal_false(scene) && !has_become(scene, BROKEN));
}

static bool is_prohibited(enum reason reason)
{
    return reason == REASON_NET_PROHIBITED || reason == REASON_HOST_PROHIBITED ||
           reason == REASON_ADMIN_PROHIBITED;
}

static bool is_stopped_by_icmp(const struct scene *scene)
{
    return scene->result->handshake.result == HANDSHAKE_UNREACHABLE &&
           scene->evidence->icmp_from.family != FAMILY_NONE;
}

static bool is_icmp_of(const struct scene *scene, enum end_id end)
{
    const struct endpoint from = {.address = scene->evidence->icmp_from};
    const struct endpoint of_end = {.address = scene->result->ends[end].address};
    return is_stopped_by_icmp(scene) && endpoint_equal(&from, &of_end);
}

static bool is_rejection(enum reason reason)
{
    return is_prohibited(reason) || reason == REASON_PORT_UNREACH;
}

static enum grade rejected_by_target(const struct scene *scene)
{
    return likely_if(is_icmp_of(scene, SERVER) && is_rejection(scene->result->handshake.reason));
}

static enum grade rejected_on_the_way(const struct scene *scene)
{
    return likely_if(is_stopped_by_icmp(scene) && !is_icmp_of(scene, SERVER) &&
                     is_rejection(scene->result->handshake.reason));
}

/* The kernel says so to itself, in an error with its own address, when it gives up asking. */
static bool neighbour_was_given_up(const struct scene *scene)
{
    return has_reason(scene, REASON_HOST_UNREACH) && is_icmp_of(scene, CLIENT);
}

static enum grade neighbour_silent(const struct scene *scene)
{
    return has_reason(scene, REASON_NEIGHBOUR_SILENT) ? GRADE_CERTAIN
                                                      : likely_if(neighbour_was_given_up(scene));
}

static enum grade unreachable(const struct scene *scene)
{
    return likely_if(is_stopped_by_icmp(scene) && !is_rejection(scene->result->handshake.reason) &&
                     !neighbour_was_given_up(scene));
}

/* The client asked again when its time-out was over. */
static bool has_asked_again(const struct connection_result *result)
{
    unsigned count = result->handshake.syn_time_count;
    return count > 1 && result->handshake.syn_times_ns[count - 1] >= RTO_NS;
}

/* A capture of others may end before the answer; then only a client that waited tells. */
static enum grade silence(const struct scene *scene)
{
    const struct connection_result *result = scene->result;
    return likely_if(result->port_state == PORT_FILTERED && !result->cut_short &&
                     has_reason(scene, REASON_NO_RESPONSE) &&
                     (result->done || has_asked_again(result)) && !has_become(scene, BROKEN));
}

static bool is_completed(const struct scene *scene)
{
    return scene->result->handshake.result == HANDSHAKE_COMPLETED;
}

static enum grade syn_unanswered(const struct scene *scene)
{
    const struct connection_result *result = scene->result;
    int64_t waited_ns = duration_between(result->first.syn_ns, result->first.syn_ack_ns);
    return likely_if(result->port_state == PORT_OPEN && result->handshake.syn_count > 1 &&
                     waited_ns != DURATION_UNKNOWN && waited_ns >= RTO_NS &&
                     !has_mark(scene, EVIDENCE_OLD_ANSWER));
}

static enum grade accept_queue_full(const struct scene *scene)
{
    return likely_if(has_mark(scene, EVIDENCE_SYN_ACK_LATE));
}

static bool is_reset_by_server(const struct scene *scene)
{
    const struct connection_result *result = scene->result;
    return result->teardown.reset_by == SERVER && !result->teardown.local_reset &&
           (result->teardown.result == TEARDOWN_RESET ||
            result->handshake.result == HANDSHAKE_RESET);
}

static bool is_reset_at_once(const struct scene *scene)
{
    const struct connection_result *result = scene->result;
    int64_t after_ns = duration_between(result->first.syn_ack_ns, result->first.rst_ns);
    return is_reset_by_server(scene) && result->bytes[CLIENT] == 0 && result->bytes[SERVER] == 0 &&
           result->teardown.fin_count[SERVER] == 0 && after_ns != DURATION_UNKNOWN &&
           after_ns >= 0 && after_ns <= AT_ONCE_NS;
}

static enum grade reset_at_once(const struct scene *scene)
{
    return likely_if(is_reset_at_once(scene));
}

static enum grade feature_broken(const struct scene *scene)
{
    return likely_if(has_become(scene, BROKEN));
}

static enum grade feature_mirrored(const struct scene *scene)
{
    return likely_if(has_become(scene, MIRRORED));
}

/* What followed. */

/* The client sent something, closed after waiting without an answer, and both directions were seen.
 */
static bool has_waited(const struct scene *scene)
{
    return is_completed(scene) && has_mark(scene, EVIDENCE_WAITED) &&
           scene->result->has_options[CLIENT] && scene->result->has_options[SERVER];
}

/* The server sent octets that never arrived, though it had time to send them again. In captures of
 * others, nothing shows how long the client waited. */
static bool is_answer_lost(const struct scene *scene)
{
    const struct connection_result *result = scene->result;
    return is_completed(scene) && result->done && result->hole.bytes > 0 &&
           result->hole.waited_ns != DURATION_UNKNOWN && result->hole.waited_ns >= LOST_NS;
}

static enum grade answer_lost(const struct scene *scene)
{
    return likely_if(is_answer_lost(scene));
}

static enum grade request_not_acknowledged(const struct scene *scene)
{
    return likely_if(has_waited(scene) && scene->result->bytes_acked[CLIENT] == 0);
}

static enum grade request_unanswered(const struct scene *scene)
{
    return likely_if(has_waited(scene) && scene->result->bytes_acked[CLIENT] > 0 &&
                     !is_answer_lost(scene));
}

static bool is_stalled(const struct scene *scene, enum end_id end)
{
    return scene->evidence->closed_ms[end] >= STALLED_MS;
}

static enum grade zero_window(const struct scene *scene)
{
    return likely_if(is_stalled(scene, CLIENT) || is_stalled(scene, SERVER));
}

static enum grade reset_by_server(const struct scene *scene)
{
    return likely_if(is_completed(scene) && is_reset_by_server(scene) && !is_reset_at_once(scene));
}

static enum end_id other_end(enum end_id end)
{
    return end == SERVER ? CLIENT : SERVER;
}

/* A capture of others may end before the acknowledgement; then only a FIN that was sent again
 * tells. A reset by the other end is an answer. */
static enum grade fin_not_acknowledged(const struct scene *scene)
{
    const struct connection_result *result = scene->result;
    bool again = (result->repeats[CLIENT].fin | result->repeats[SERVER].fin) != 0;
    return likely_if(is_completed(scene) && result->teardown.result == TEARDOWN_UNANSWERED &&
                     result->teardown.reset_by != other_end(result->teardown.initiator) &&
                     (result->done || again));
}

/* In captures of others, nothing shows how long the end that closed would have waited. Of our own
 * connections the client always closes or resets: that the server closed first and did not wait for
 * that, as where a request of ours comes after its FIN, is no fault of the client. */
static enum grade fin_unanswered(const struct scene *scene)
{
    const struct connection_result *result = scene->result;
    return likely_if(is_completed(scene) && result->teardown.result == TEARDOWN_HALF_CLOSED &&
                     result->teardown.initiator == CLIENT && result->teardown.reset_by != SERVER &&
                     result->done && !is_answer_lost(scene));
}

static enum grade path_mtu_black_hole(const struct scene *scene)
{
    if (scene->result->path_mtu == NULL)
        return GRADE_NONE;
    const struct mtu_verdict verdict = path_mtu_judge(scene->result->path_mtu);
    return verdict.sure ? GRADE_CERTAIN : likely_if(verdict.black_hole);
}

/* Who answered. */

static enum grade old_connection(const struct scene *scene)
{
    return likely_if(has_mark(scene, EVIDENCE_OLD_ANSWER));
}

static enum grade syn_proxy(const struct scene *scene)
{
    return likely_if(has_mark(scene, EVIDENCE_PROXIED));
}

static enum grade middlebox_answered(const struct scene *scene)
{
    return likely_if(has_mark(scene, EVIDENCE_SYN_ACK_TTL) && !has_mark(scene, EVIDENCE_PROXIED));
}

/* A host that answered by a SYN cookie holds nothing: it resets what overtakes the acknowledgement
 * of that, and then takes the acknowledgement. */
static enum grade reset_injected(const struct scene *scene)
{
    bool outlived = has_mark(scene, EVIDENCE_RST_OUTLIVED);
    if (outlived && has_mark(scene, EVIDENCE_RST_SETTLED))
        return GRADE_CERTAIN;
    return likely_if(outlived || has_mark(scene, EVIDENCE_RST_TTL) ||
                     has_mark(scene, EVIDENCE_RST_AHEAD) || has_mark(scene, EVIDENCE_RST_IGNORED) ||
                     has_mark(scene, EVIDENCE_REFUSAL_REVOKED));
}

static enum grade everything_open(const struct scene *scene)
{
    const struct host_facts *host = scene->result->host;
    return likely_if(scene->result->port_state == PORT_OPEN && host != NULL &&
                     host->control_port != 0 && host->control_port_state == PORT_OPEN);
}

/* The steps. */

static bool has(const struct step *step, unsigned flags)
{
    return !step->is_icmp && (step->flags & flags) == flags;
}

static bool is_of(const struct step *step, enum end_id end)
{
    return step->from == end;
}

static bool any_syn(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return is_of(step, CLIENT) && has(step, TCP_SYN);
}

static bool any_of_server(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return is_of(step, SERVER) && !step->is_icmp;
}

static bool local_rst(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return step->verdict == VERDICT_LOCAL_RESET;
}

static bool server_rst(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return is_of(step, SERVER) && has(step, TCP_RST);
}

static bool icmp_that_counts(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return step->is_icmp && step->note == NOTE_ICMP;
}

static bool syn_ack(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return is_of(step, SERVER) && has(step, TCP_SYN | TCP_ACK);
}

static bool client_data(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return is_of(step, CLIENT) && !step->is_icmp && step->len > 0;
}

static bool no_window(const struct scene *scene, const struct step *step)
{
    return !step->is_icmp && is_stalled(scene, step->from == CLIENT ? CLIENT : SERVER) &&
           step->window == 0 && (step->flags & (TCP_SYN | TCP_RST)) == 0;
}

static bool behind_the_hole(const struct scene *scene, const struct step *step)
{
    return any_of_server(scene, step) && seq_gt(step->seq, scene->result->hole.seq);
}

static bool fin_of_initiator(const struct scene *scene, const struct step *step)
{
    return is_of(step, scene->result->teardown.initiator) && has(step, TCP_FIN);
}

static bool wrong_ack(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return is_of(step, SERVER) && step->note == NOTE_WRONG_ACK;
}

/* The SYN/ACK and what came from there next. */
static bool syn_ack_and_next(const struct scene *scene, const struct step *step)
{
    const struct evidence *e = scene->evidence;
    bool plain = !step->is_icmp && (step->flags & (TCP_SYN | TCP_RST)) == 0;
    return syn_ack(scene, step) || (is_of(step, SERVER) && plain && step->ttl == e->following_ttl);
}

/* The SYN/ACK, the segment that opened the window, and what another host sent next. */
static bool syn_ack_and_rest(const struct scene *scene, const struct step *step)
{
    (void)scene;
    return is_of(step, SERVER) && !step->is_icmp && (step->flags & TCP_RST) == 0;
}

static bool rst_of_injected(const struct scene *scene, const struct step *step)
{
    return is_of(step, scene->evidence->reset_by) && has(step, TCP_RST);
}

static const struct rule rules[CAUSE_COUNT] = {
    [CAUSE_NO_ROUTE] = {no_route, NULL, 0},
    [CAUSE_POLICY_ROUTE] = {policy_route, NULL, 0},
    [CAUSE_LOCAL_ERROR] = {local_error, any_syn, 0},
    [CAUSE_NEIGHBOUR_SILENT] = {neighbour_silent, any_syn, 0},
    [CAUSE_NAME_NOT_FOUND] = {name_not_found, NULL, 0},
    [CAUSE_DROPPED_ON_THIS_HOST] = {dropped_here, any_of_server, 0},
    [CAUSE_TRANSLATED] = {translated, NULL, 0},
    [CAUSE_LOCAL_RESET] = {local_reset, local_rst, 0},
    [CAUSE_SECOND_OPINION_DIFFERS] = {second_opinion_differs, NULL, 0},
    [CAUSE_REFUSED] = {refused, server_rst, 0},
    [CAUSE_REJECTED_BY_TARGET] = {rejected_by_target, icmp_that_counts, 0},
    [CAUSE_REJECTED_ON_THE_WAY] = {rejected_on_the_way, icmp_that_counts, 0},
    [CAUSE_UNREACHABLE] = {unreachable, icmp_that_counts, 0},
    [CAUSE_SILENCE] = {silence, any_syn, 0},
    [CAUSE_SYN_UNANSWERED] = {syn_unanswered, any_syn, 0},
    [CAUSE_ACCEPT_QUEUE_FULL] = {accept_queue_full, syn_ack, 0},
    [CAUSE_RESET_AT_ONCE] = {reset_at_once, server_rst, 0},
    [CAUSE_FEATURE_BROKEN] = {feature_broken, any_syn, 0},
    [CAUSE_FEATURE_MIRRORED] = {feature_mirrored, syn_ack, 1},
    [CAUSE_REQUEST_NOT_ACKNOWLEDGED] = {request_not_acknowledged, client_data, 0},
    [CAUSE_REQUEST_UNANSWERED] = {request_unanswered, client_data, 0},
    [CAUSE_ANSWER_LOST] = {answer_lost, behind_the_hole, 0},
    [CAUSE_ZERO_WINDOW] = {zero_window, no_window, 0},
    [CAUSE_RESET_BY_SERVER] = {reset_by_server, server_rst, 0},
    [CAUSE_FIN_NOT_ACKNOWLEDGED] = {fin_not_acknowledged, fin_of_initiator, 0},
    [CAUSE_FIN_UNANSWERED] = {fin_unanswered, fin_of_initiator, 0},
    [CAUSE_PATH_MTU_BLACK_HOLE] = {path_mtu_black_hole, NULL, 0},
    [CAUSE_OLD_CONNECTION] = {old_connection, wrong_ack, 0},
    [CAUSE_SYN_PROXY] = {syn_proxy, syn_ack_and_rest, 3},
    [CAUSE_MIDDLEBOX_ANSWERED] = {middlebox_answered, syn_ack_and_next, 2},
    [CAUSE_RESET_INJECTED] = {reset_injected, rst_of_injected, 0},
    [CAUSE_EVERYTHING_OPEN] = {everything_open, syn_ack, 0},
};

const struct rule *rule_of(enum cause cause)
{
    return &rules[cause];
}
