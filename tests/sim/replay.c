/* SPDX-License-Identifier: BSD-2-Clause */
/* The recording read again, as run/analyse.c does it with one of our own: through a tracker that
 * knows nothing yet. */
#include <stdlib.h>
#include <string.h>

#include "files/hostwords.h"
#include "run/keptpaths.h"
#include "wire/decode.h"
#include "world.h"

/* What the live run knew of its one connection. */
static struct host_facts host;
static struct kept_paths paths;

static void take_remark_on(struct flows *flows, const char *comment)
{
    struct endpoint ends[ENDS];
    struct host_facts said;
    struct translation translation;
    bool has_host = false, sent = false;
    int64_t done_ns = 0;
    bool end = end_parse(comment, ends, &done_ns, &said, &has_host);
    bool translated = !end && host_translation_parse(comment, ends, &sent, &translation);
    bool cut_short = !end && !translated && cut_short_parse(comment, ends);
    struct conversation *c =
        end || translated || cut_short ? flows_find(flows, &ends[CLIENT], &ends[SERVER]) : NULL;
    if (c == NULL)
        return;
    if (cut_short)
        c->cut_short = true;
    if (translated)
        *(sent ? &host.sent : &host.received) = translation;
    if (!end)
        return;
    said.sent = host.sent;
    said.received = host.received;
    c->host = has_host || host.sent.known || host.received.known ? &host : NULL;
    host = said;
    c->done = true;
    c->done_ns = done_ns;
    flows_finish(flows, c);
}

static void take_remark(struct flows *flows, const char *comment)
{
    struct no_route no_route;
    struct connection_result result;
    if (no_route_parse(comment, &no_route)) {
        no_route_result(&no_route, &result);
        output_result(&world->output, &result);
    } else {
        take_remark_on(flows, comment);
    }
}

static void take_packet(struct flows *flows, const struct recorded *recorded,
                        struct annotation *annotation)
{
    const struct recording *recording = world->lasting.recording;
    struct segment segment;
    struct frame frame = {
        .time_ns = recorded->time_ns,
        .bytes = recording->arena + recorded->at,
        .captured_len = recorded->captured_len,
        .wire_len = recorded->wire_len,
        .link = recorded->interface == 0 ? LINK_ETHERNET : LINK_RAW,
    };
    enum segment_kind kind = segment_decode(&frame, &segment);
    if (kind != SEGMENT_TCP && kind != SEGMENT_ICMP_ERROR)
        return;
    struct annotation latest;
    annotation_parse(recorded->comment[0] != '\0' ? recorded->comment : NULL, &latest);
    if (latest.translated) {
        segment.src = latest.from;
        segment.dst = latest.to;
    }
    if (latest.origin == ORIGIN_PATH_MTU) {
        struct conversation *about = flows_find(flows, &segment.src, &segment.dst);
        if (about != NULL)
            kept_paths_take(&paths, about, &latest, &frame, &segment, kind);
        return;
    }
    struct conversation *c = flows_input(flows, &segment, kind, latest.origin);
    if (kind != SEGMENT_TCP || c == NULL ||
        c->ends[CLIENT].counts.segments + c->ends[SERVER].counts.segments != 1)
        return;
    *annotation = latest; /* the first of a connection says for whom it was */
    c->target = annotation->target[0] != '\0' ? annotation->target : NULL;
    c->place = annotation->place;
    c->resolve_ns = annotation->resolve_ns;
    c->interface = "sim0";
}

static void report_finished(struct flows *flows)
{
    struct conversation *c;
    while ((c = flows_next_finished(flows)) != NULL) {
        output_connection(&world->output, c);
        kept_paths_drop(&paths, c);
        flows_release(flows, c);
    }
}

static void read_again(struct world *w)
{
    const struct flows_config config = {
        .key = {3, 4}, .open_max = 64, .linger_ns = 240 * SECOND, .keep_steps = true};
    const struct recording *recording = w->lasting.recording;
    struct annotation annotation = {.origin = ORIGIN_WIRE};
    struct flows *flows = flows_new(&config);
    if (flows == NULL)
        abort();
    for (unsigned i = 0; i < recording->count; i++) {
        if (recording->packets[i].captured_len == 0)
            take_remark(flows, recording->packets[i].comment);
        else
            take_packet(flows, &recording->packets[i], &annotation);
        report_finished(flows);
    }
    flows_finish_all(flows);
    report_finished(flows);
    host = (struct host_facts){.table = 0};
    kept_paths_free(&paths);
    flows_free(flows);
}

/* Where two texts part, and what stands there. */
static void compare(struct world *w)
{
    const char *live = w->lasting.report[0], *again = w->lasting.report[1];
    long len = w->report_len[0] < w->report_len[1] ? w->report_len[0] : w->report_len[1];
    long at = 0;
    while (at < len && live[at] == again[at])
        at++;
    if (at == w->report_len[0] && at == w->report_len[1])
        return;
    long from = at > 60 ? at - 60 : 0;
    int live_len = (int)(w->report_len[0] - from < 120 ? w->report_len[0] - from : 120);
    int again_len = (int)(w->report_len[1] - from < 120 ? w->report_len[1] - from : 120);
    world_fail(w, "replay", "live: ...%.*s... replayed: ...%.*s...", live_len, live + from,
               again_len, again + from);
}

void replay(struct world *w)
{
    if (w->lasting.recording->full || w->reports[0] == 0)
        return;
    host_report(w, true, read_again);
    if (!w->failed)
        compare(w);
    if (w->statistics != NULL)
        w->statistics->replayed++;
}
