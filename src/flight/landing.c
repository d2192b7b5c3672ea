/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/landing.h"

#include <stdio.h>
#include <string.h>

#include "files/hostwords.h"
#include "net/clock.h"
#include "net/routing/neighbour.h"
#include "tcp/outcome.h"

static void note_untried(const struct attempt *attempt, struct host_facts *host)
{
    const struct target_facts *facts = attempt->facts;
    uint32_t count = facts != NULL ? facts->address_count : 0;
    for (uint32_t i = 1; i < count && host->untried_count < UNTRIED_MOST; i++)
        host->untried[host->untried_count++] = facts->addresses[i].address;
}

/* With what a route was asked for, so that it can be asked for again. */
static void note_question(const struct route *route, enum reason reason, struct host_facts *host)
{
    _Static_assert(sizeof host->asked_interface == sizeof route->interface, "names fit");
    if (reason != REASON_NO_ROUTE)
        return;
    host->asked_source = route->source;
    if (route->required_ifindex != 0)
        memcpy(host->asked_interface, route->interface, sizeof host->asked_interface);
}

static const struct target_notes *notes_of(const struct attempt *attempt)
{
    const struct target_facts *facts = attempt->facts;
    bool any = facts != NULL && (facts->notes.port_states != 0 || facts->notes.labels[0] != '\0');
    return any ? &facts->notes : NULL;
}

/* Before the remark that reports the connection. */
static void remark_notes(struct recorder *recorder, const struct target_notes *notes)
{
    char comment[NOTES_MAX];
    if (notes != NULL && recorder_works(recorder))
        recorder_remark(recorder, notes_format(notes, comment));
}

void landing_report_unsent(const struct attempt *attempt, enum reason reason,
                           const struct opinion *opinion, struct recorder *recorder,
                           struct output *output)
{
    struct no_route no_route = {
        .server = attempt->server,
        .reason = reason,
        .host = {.error = attempt->route.error, .table = attempt->route.table, .opinion = *opinion},
        .time_ns = clock_epoch_ns(),
        .resolve_ns = attempt->resolve_ns,
        .place = attempt->place};
    struct connection_result result;
    char comment[ANNOTATION_MAX];
    note_untried(attempt, &no_route.host);
    note_question(&attempt->route, reason, &no_route.host);
    snprintf(no_route.target, sizeof no_route.target, "%s", attempt->target);
    no_route_result(&no_route, &result);
    result.notes = notes_of(attempt);
    output_result(output, &result);
    remark_notes(recorder, result.notes);
    recorder_remark(recorder, no_route_format(&no_route, comment));
}

enum reason landing_reason(enum host_error error)
{
    switch (error) {
    case HOST_EPERM:
        return REASON_ADMIN_PROHIBITED;
    case HOST_EHOSTUNREACH:
        return REASON_HOST_UNREACH;
    case HOST_ENETUNREACH:
        return REASON_NO_ROUTE;
    default:
        return REASON_LOCAL_ERROR;
    }
}

static bool is_answered(const struct conversation *c)
{
    return c->ends[SERVER].seen || c->icmp_reason != REASON_UNKNOWN;
}

/* Why no segment of ours was captured, if none can have been missed. */
static void look_for_ours(const struct flight *flight, struct host_facts *host)
{
    const struct taps *taps = flight->edges->taps;
    const struct route *route = &flight->attempt.route;
    if (flight->echoed || taps == NULL || !taps_see_all(taps) || is_answered(flight->conversation))
        return;
    host->unseen = true;
    host->neighbour_silent =
        neighbour_ask(taps->netlink, route->ifindex, &route->next_hop) == NEIGHBOUR_SILENT;
}

/* What this host knows beside the wire. Returns whether there is anything to say. */
static bool gather_facts(const struct flight *flight, struct host_facts *host)
{
    *host = (struct host_facts){.error = HOST_ERROR_NONE};
    host->delivery = flight_delivery(flight);
    host->notes = notes_of(&flight->attempt);
    if (flight->wire != NULL) {
        host->sent = flight->wire->sent;
        host->received = flight->wire->received;
    }
    if (flight->inquiry != NULL)
        host->opinion = flight->inquiry->opinion;
    look_for_ours(flight, host);
    if (!flight->conversation->ends[SERVER].syn_seen && !flight->cut_short)
        note_untried(&flight->attempt, host);
    return host->delivery != DELIVERY_UNKNOWN || host->unseen || host->sent.known ||
           host->received.known || host->opinion.result != OPINION_NONE ||
           host->untried_count > 0 || host->notes != NULL;
}

static void remark_translation(const struct flight *flight, bool sent,
                               const struct translation *translation)
{
    char comment[ANNOTATION_MAX];
    if (translation->known)
        recorder_remark(
            flight->edges->recorder,
            host_translation_format(flight->conversation->endpoints, sent, translation, comment));
}

static void remark_name(const struct flight *flight, const struct address *router, const char *name)
{
    char comment[HOP_REMARK_MAX];
    if (name[0] != '\0')
        recorder_remark(flight->edges->recorder,
                        host_hop_format(flight->conversation->endpoints, router, name, comment));
}

static void remark_names(const struct flight *flight)
{
    const struct path *path = &flight->trace->path;
    for (uint8_t i = 0; i < path->hop_count; i++) {
        const struct path_hop *hop = &path->hops[i];
        remark_name(flight, &hop->address, hop->name);
        remark_name(flight, &hop->other, hop->other_name);
    }
}

static void remark_end(const struct flight *flight)
{
    struct recorder *recorder = flight->edges->recorder;
    const struct endpoint *endpoints = flight->conversation->endpoints;
    char comment[ANNOTATION_MAX];
    if (!recorder_works(recorder))
        return;
    if (flight->clock_was_set)
        recorder_remark(recorder, clock_set_format(endpoints, comment));
    if (flight->cut_short)
        recorder_remark(recorder, cut_short_format(endpoints, comment));
    if (flight->wire != NULL) {
        remark_translation(flight, true, &flight->wire->sent);
        remark_translation(flight, false, &flight->wire->received);
    }
    if (flight->trace != NULL)
        remark_names(flight);
    remark_notes(recorder, notes_of(&flight->attempt));
    recorder_remark(recorder, end_format(endpoints, flight->conversation->done_ns,
                                         flight->conversation->host, comment));
}

struct offer_control landing_control(struct flight *control)
{
    struct flows *flows = control->edges->flows;
    struct conversation *c = control->conversation;
    struct connection_result result;
    if (c == NULL)
        return (struct offer_control){.made = false};
    c->cut_short = control->cut_short;
    conversation_result(c, &result);
    flows_finish(flows, c);
    control->conversation = NULL;
    while ((c = flows_next_finished(flows)) != NULL)
        flows_release(flows, c);
    return (struct offer_control){.made = true,
                                  .port_state = result.port_state,
                                  .result = result.handshake.result,
                                  .reason = result.handshake.reason,
                                  .connect_ns = result.handshake.connect_ns};
}

/* A measurement that sent nothing leaves no trace in a recording either. */
static void gather_path(const struct flight *flight, struct path_facts *path)
{
    struct measurement *measurement = flight->measurement;
    path->hops = flight->trace != NULL ? &flight->trace->path : NULL;
    path->mtu = measurement != NULL && measurement->mtu.sent_count > 0 ? &measurement->mtu : NULL;
}

void landing_report(struct flight *flight, const struct offer_control *control,
                    const struct host_note *note, struct output *output)
{
    struct flows *flows = flight->edges->flows;
    struct host_facts host;
    struct path_facts path;
    struct conversation *c = flight->conversation;
    c->clock_was_set = c->clock_was_set || flight->clock_was_set;
    c->cut_short = flight->cut_short;
    c->done = true;
    c->done_ns = flight->trace != NULL
                     ? flight->trace->began_ns
                     : timeofday_at(flight->edges->timeofday, clock_monotonic_ns());
    gather_path(flight, &path);
    c->path = path.hops != NULL || path.mtu != NULL ? &path : NULL;
    bool has_control_port = note != NULL && note->known;
    c->host = gather_facts(flight, &host) || control != NULL || has_control_port ? &host : NULL;
    if (has_control_port) {
        host.control_port = note->control_port;
        host.control_port_state = (enum port_state)note->state;
    }
    if (control != NULL)
        host.control = *control;
    remark_end(flight);
    flows_finish(flows, c);
    flight->conversation = NULL;
    while ((c = flows_next_finished(flows)) != NULL) {
        output_connection(output, c);
        flows_release(flows, c);
    }
}
