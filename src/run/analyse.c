/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop over a recorded capture: frames to segments to conversations to the report. */
#include "run/analyse.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/flows.h"
#include "net/trace.h"
#include "run/annotation.h"

#define OPEN_MAX  1000000u
#define LINGER_NS (240 * INT64_C(1000000000)) /* 2 MSL: RFC 9293, 3.4.2 */

struct analysis {
    struct output *output;
    struct flows *flows;
    struct trace *trace;
    void *names; /* tsearch tree of strings that conversations borrow */
    uint64_t started;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* A copy that lives as long as the analysis; NULL for NULL, for "" and where memory ran out. */
static const char *intern(struct analysis *a, const char *name)
{
    if (name == NULL || name[0] == '\0')
        return NULL;
    char *const *found = tfind(name, &a->names, compare_names);
    if (found != NULL)
        return *found;
    char *copy = strdup(name);
    if (copy != NULL && tsearch(copy, &a->names, compare_names) == NULL) {
        free(copy);
        return NULL;
    }
    return copy;
}

/* A capture of one connection is shown as a ladder, so the first waits until a second begins. */
static void report_finished(struct analysis *a, bool at_end)
{
    if (a->started < 2 && !a->output->begun && !at_end)
        return;
    output_begin(a->output, a->started < 2 ? LAYOUT_LADDER : LAYOUT_LINES);
    struct conversation *c;
    while ((c = flows_next_finished(a->flows)) != NULL) {
        output_connection(a->output, c);
        flows_release(a->flows, c);
    }
}

static void take_no_route(struct analysis *a, const struct no_route *no_route)
{
    struct connection_result result;
    a->started++;
    report_finished(a, true);
    no_route_result(no_route, &result);
    output_result(a->output, &result);
}

/* What a live run noted beside the frames. */
static void take_remark(struct analysis *a, const char *comment)
{
    struct no_route no_route;
    struct endpoint ends[ENDS];
    struct conversation *c;
    if (several_parse(comment))
        output_begin(a->output, LAYOUT_LINES);
    else if (no_route_parse(comment, &no_route))
        take_no_route(a, &no_route);
    else if (end_parse(comment, ends) &&
             (c = flows_find(a->flows, &ends[CLIENT], &ends[SERVER])) != NULL)
        flows_finish(a->flows, c);
}

static void take_packet(struct analysis *a, const struct trace_packet *packet)
{
    struct segment segment;
    struct annotation annotation;
    enum segment_kind kind = segment_decode(&packet->frame, &segment);
    if (kind != SEGMENT_TCP && kind != SEGMENT_ICMP_ERROR)
        return;
    annotation_parse(trace_is_ours(a->trace) ? packet->comment : NULL, &annotation);
    struct conversation *c = flows_input(a->flows, &segment, kind, annotation.origin);
    if (kind != SEGMENT_TCP || c == NULL ||
        c->ends[CLIENT].segments + c->ends[SERVER].segments != 1)
        return;
    a->started++;
    c->target = intern(a, annotation.target);
    c->interface = intern(a, packet->interface);
}

static int read_all(struct analysis *a, struct error *error)
{
    struct trace_packet packet;
    int more;
    while ((more = trace_next(a->trace, &packet, error)) == 1) {
        if (packet.frame.bytes == NULL && trace_is_ours(a->trace))
            take_remark(a, packet.comment);
        else
            take_packet(a, &packet);
        report_finished(a, false);
    }
    flows_finish_all(a->flows);
    report_finished(a, true);
    if (more == 0 && flows_lost(a->flows) > 0)
        return error_set(error, STATUS_RUN, "out of memory: some segments were not taken in");
    return more;
}

/* The words of a filter as one expression, as tcpdump takes them. NULL where memory ran out. */
static char *join(char *const *words, size_t count)
{
    size_t len = 1;
    for (size_t i = 0; i < count; i++)
        len += strlen(words[i]) + 1;
    char *text = malloc(len);
    if (text == NULL)
        return NULL;
    char *end = text;
    *end = '\0';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *end++ = ' ';
        end = stpcpy(end, words[i]);
    }
    return text;
}

static int open_analysis(struct analysis *a, const struct options *options, struct error *error)
{
    struct flows_config config = {.open_max = OPEN_MAX, .linger_ns = LINGER_NS, .keep_steps = true};
    if (getrandom(config.key, sizeof config.key, 0) != sizeof config.key)
        return error_set(error, STATUS_RUN, "no random numbers from the kernel");
    char *filter =
        options->operand_count > 0 ? join(options->operands, options->operand_count) : NULL;
    a->flows = flows_new(&config);
    if (a->flows == NULL || (filter == NULL && options->operand_count > 0)) {
        free(filter);
        return error_set(error, STATUS_RUN, "out of memory");
    }
    a->trace = trace_open(options->read_path, filter, error);
    free(filter);
    return a->trace != NULL ? 0 : -1;
}

int analyse_run(const struct options *options, struct output *output, struct error *error)
{
    struct analysis analysis = {.output = output};
    int status = open_analysis(&analysis, options, error);
    if (status == 0)
        status = read_all(&analysis, error);
    if (status == 0 && analysis.started == 0) {
        warning("%s: no TCP connection found", options->read_path);
        output->unmet = true; /* a check that saw nothing has not succeeded */
    }
    trace_close(analysis.trace);
    flows_free(analysis.flows);
    tdestroy(analysis.names, free);
    return status;
}
