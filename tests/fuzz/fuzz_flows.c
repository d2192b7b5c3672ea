/* SPDX-License-Identifier: BSD-2-Clause */
/* Several connections in a table with small bounds: no more are open than may be, each is reported
 * once, and every segment is counted in one of them. */
#include <stdlib.h>
#include <string.h>

#include "flows/flows.h"
#include "fuzz.h"
#include "plausible.h"
#include "stream.h"
#include "tcp/outcome.h"
#include "tcp/steps.h"
#include "written.h"

#define PORTS        6
#define SEGMENTS_MAX 400

struct play {
    struct flows *flows;
    struct flows_config config;
    struct written report;
    uint64_t begun, reported; /* connections */
    uint64_t taken, counted;  /* segments that went in, and that results tell of */
    int64_t last_ns;
    enum origin origin;
    bool in_order; /* no stamp is older than one before it */
    struct summary summary;
    bool early; /* one was reported before it was finished */
};

static void report(struct play *play, const struct conversation *c)
{
    struct connection_result r;
    conversation_result(c, &r);
    CHECK(c->steps.count <= STEPS_MAX && (play->config.keep_steps || c->steps.count == 0));
    CHECK(r.port_state < PORT_STATE_COUNT && strlen(r.history) <= HISTORY_MAX);
    CHECK_NONE(implausible(&r, play->in_order));
    summary_add(&play->summary, &r);
    CHECK_NONE(implausible_summary(&play->summary));
    play->reported++;
    play->counted += r.segments[CLIENT] + r.segments[SERVER];
    report_connection(&play->report.report, &r);
}

static void report_finished(struct play *play)
{
    struct conversation *c;
    while ((c = flows_next_finished(play->flows)) != NULL) {
        report(play, c);
        flows_release(play->flows, c);
    }
}

/* One that was reported early may take stragglers, which nothing then tells of. */
static void report_over(struct play *play, int64_t before_ns)
{
    struct conversation *c = flows_next_over(play->flows, before_ns);
    if (c == NULL)
        return;
    report(play, c);
    play->early = true;
}

static void input(struct play *play, const struct segment *s, enum segment_kind kind,
                  enum origin origin)
{
    const struct conversation *c = flows_input(play->flows, s, kind, origin);
    play->in_order = play->in_order && s->time_ns >= play->last_ns;
    play->last_ns = s->time_ns;
    CHECK(kind != SEGMENT_TCP || c != NULL);
    CHECK(flows_open_count(play->flows) <= play->config.open_max);
    if (kind != SEGMENT_TCP)
        return;
    play->taken++;
    play->begun += c->ends[CLIENT].counts.segments + c->ends[SERVER].counts.segments == 1;
    CHECK(flows_find(play->flows, &s->dst, &s->src) == c);
}

static void step(struct play *play, struct cursor *in)
{
    uint8_t octet = take_u8(in), port = octet % PORTS;
    enum end_id from = (octet & 0x80) != 0 ? SERVER : CLIENT;
    uint8_t what = take_u8(in);
    struct segment probe = stream_segment(&(struct cursor){in->at, 0}, NULL, from, port, 0);
    struct conversation *c = flows_find(play->flows, &probe.src, &probe.dst);
    if (what >= 0xf8) {
        struct segment s = stream_error(in, c, from, port, play->last_ns);
        input(play, &s, SEGMENT_ICMP_ERROR, ORIGIN_WIRE);
    } else if (what >= 0xf0) {
        report_over(play, what >= 0xf4 ? INT64_MAX : play->last_ns);
    } else if (what == 0xe7) {
        flows_clock_was_set(play->flows);
    } else if (what >= 0xe8 && c != NULL) {
        flows_finish(play->flows, c);
    } else {
        struct segment s = stream_segment(in, c, from, port, play->last_ns);
        input(play, &s, SEGMENT_TCP, play->origin);
    }
    if ((what & 2) == 0)
        report_finished(play);
}

static void check_end(struct play *play)
{
    flows_finish_all(play->flows);
    report_finished(play);
    CHECK(flows_open_count(play->flows) == 0 && !flows_has_over(play->flows));
    CHECK(flows_next_finished(play->flows) == NULL && flows_lost(play->flows) == 0);
    CHECK(play->reported == play->begun);
    CHECK(play->early ? play->counted <= play->taken : play->counted == play->taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    struct play play = {.last_ns = 0, .in_order = true};
    play.config = (struct flows_config){
        .key = {take_be32(&in), 1},
        .open_max = 1u + take_u8(&in) % PORTS,
        .linger_ns = (int64_t)take_u8(&in) * 100000000,
        .linger_max = take_u8(&in) % 4,
    };
    uint8_t how = take_u8(&in);
    play.config.keep_steps = (how & 1) != 0;
    play.origin = (how & 2) != 0 ? ORIGIN_FOREIGN : ORIGIN_WIRE;
    play.flows = flows_new(&play.config);
    CHECK(play.flows != NULL);
    if ((how & 4) != 0)
        flows_watch_clock(play.flows);
    written_open(&play.report, "json", LAYOUT_LINES);
    for (int i = 0; i < SEGMENTS_MAX && in.left > 0; i++)
        step(&play, &in);
    check_end(&play);
    flows_free(play.flows);
    written_close(&play.report);
    free(play.report.text);
    return 0;
}
