/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/landing.h"

#include <stdio.h>

#include "net/clock.h"

void landing_report_unsent(const struct attempt *attempt, enum reason reason,
                           struct recorder *recorder, struct output *output)
{
    struct no_route no_route = {
        .server = attempt->server,
        .reason = reason,
        .host = {.error = attempt->route.error, .table = attempt->route.table},
        .time_ns = clock_epoch_ns(),
        .resolve_ns = attempt->resolve_ns,
        .place = attempt->place};
    struct connection_result result;
    char comment[ANNOTATION_MAX];
    snprintf(no_route.target, sizeof no_route.target, "%s", attempt->target);
    no_route_result(&no_route, &result);
    output_result(output, &result);
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
    recorder_remark(recorder, end_format(endpoints, flight->conversation->done_ns, NULL, comment));
}

void landing_report(struct flight *flight, struct output *output)
{
    struct flows *flows = flight->edges->flows;
    struct conversation *c = flight->conversation;
    c->clock_was_set = c->clock_was_set || flight->clock_was_set;
    c->cut_short = flight->cut_short;
    c->done = true;
    c->done_ns = clock_epoch_ns();
    c->path = flight->trace != NULL ? &flight->trace->path : NULL;
    remark_end(flight);
    flows_finish(flows, c);
    flight->conversation = NULL;
    while ((c = flows_next_finished(flows)) != NULL) {
        output_connection(output, c);
        flows_release(flows, c);
    }
}
