/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"
#include "net/capture.h"
#include "net/clock.h"
#include "tcp/prober.h"
#include "wire/decode.h"

#define LINKTYPE_RAW  101 /* begins with the IP header: for segments that were not captured */
#define NAMES_WAIT_NS INT64_C(1000000000) /* once the path is over */
#define NAMES_LOOK_NS INT64_C(5000000)

int trace_unseen_interface(struct recorder *recorder, struct tap *tap)
{
    if (tap->unseen_recorded_as < 0)
        tap->unseen_recorded_as = recorder_interface(recorder, tap->interface, LINKTYPE_RAW);
    return tap->unseen_recorded_as;
}

/* A segment that was sent and not captured, as if it had been. */
struct unseen {
    uint8_t bytes[CAPTURE_SNAPLEN];
    struct frame frame;
    struct segment segment;
    struct sighting sighting;
};

/* The oldest that did not come back counts with the time of sending. Returns false if none waits.
 */
static bool next_unseen(struct side_probe *side, struct unseen *out)
{
    struct echo *echo = echoes_give_up(&side->echoes);
    if (echo == NULL)
        return false;
    out->frame = (struct frame){
        .time_ns = timeofday_at(side->timeofday, echo->sent.monotonic_ns),
        .bytes = out->bytes,
        .captured_len = smaller(echo->sent.len, CAPTURE_SNAPLEN),
        .wire_len = echo->sent.len,
        .link = LINK_RAW,
    };
    memcpy(out->bytes, echo->bytes, out->frame.captured_len);
    free(echo);
    out->sighting = (struct sighting){
        .frame = &out->frame,
        .segment = &out->segment,
        .kind = segment_decode(&out->frame, &out->segment),
        .tap = side->tap,
        .recorded_as = trace_unseen_interface(side->recorder, side->tap),
    };
    return true;
}

static void record(const struct side_probe *side, const struct sighting *sighting,
                   enum origin origin, uint32_t device_bytes)
{
    struct annotation annotation = {.origin = origin,
                                    .resolve_ns = DURATION_UNKNOWN,
                                    .device_bytes = device_bytes,
                                    .translated = sighting->translated,
                                    .from = sighting->segment->src,
                                    .to = sighting->segment->dst};
    if (recorder_works(side->recorder))
        recorder_packet(side->recorder, sighting->recorded_as, sighting->frame, &annotation);
}

static void send_segment(struct side_probe *side, const struct outgoing *segment)
{
    struct sent sent;
    struct error error;
    int code = sender_send(side->sender, segment, side->ifindex, &sent, &error);
    side->over = code != 0 && code != TRANSMIT_BUSY;
    if (code == -1)
        failure_note(side->failure, &error);
    if (code == 0 && !echoes_push(&side->echoes, &sent))
        failure_note_memory(side->failure);
}

/* Until when the next has to wait, or INT64_MIN: it may go out. */
static int64_t held_until_ns(const struct side_probe *side, int64_t now_ns)
{
    int64_t next_ns = pace_next_ns(side->pace);
    return side->unlimited || now_ns >= next_ns ? INT64_MIN : next_ns;
}

static enum echo_match match_echo(struct side_probe *side, const struct sighting *sighting)
{
    enum echo_match match = echoes_match(&side->echoes, sighting->segment);
    if (echoes_lack_memory(&side->echoes))
        failure_note_memory(side->failure);
    return match;
}

/* --path */

static void take_sent(struct trace *trace, const struct sighting *sighting)
{
    record(&trace->side, sighting, ORIGIN_PATH, 0);
    path_take(&trace->path, sighting->frame, sighting->segment, sighting->kind);
}

static void take_all_unseen(struct trace *trace)
{
    struct unseen unseen;
    while (next_unseen(&trace->side, &unseen))
        if (unseen.sighting.kind == SEGMENT_TCP)
            take_sent(trace, &unseen.sighting);
}

/* Each SYN has a time stamp of its own, however soon it follows the one before. */
static void send_syn(struct trace *trace, uint8_t ttl, int64_t now_ns)
{
    struct outgoing syn = prober_path_syn(trace->side.prober, now_ns);
    bool first = trace->path.sent_count == 0 && trace->side.echoes.head == NULL;
    if (!first && (int32_t)(syn.options.tsval - trace->tsval) <= 0)
        syn.options.tsval = trace->tsval + 1;
    trace->tsval = syn.options.tsval;
    syn.ttl = ttl;
    pace_take(trace->side.pace, now_ns);
    send_segment(&trace->side, &syn);
}

static void send_reset(struct trace *trace, int64_t now_ns)
{
    const struct outgoing reset = prober_path_reset(trace->side.prober, now_ns);
    trace->reset_sent = true;
    send_segment(&trace->side, &reset);
}

/* Returns whether the name of a router is still being asked for; known: what is known of it. */
static bool ask_name(struct trace *trace, const struct address *router, const char *known,
                     int64_t now_ns)
{
    const struct hop_names *names = trace->names;
    if (known[0] != '\0' || router->family == FAMILY_NONE)
        return false;
    const char *name = names->find(names->context, router, now_ns);
    if (name != NULL)
        path_take_name(&trace->path, router, name);
    return name == NULL;
}

/* Returns whether one of the names is still being asked for. */
static bool ask_names(struct trace *trace, int64_t now_ns)
{
    bool asked = false;
    for (uint8_t i = 0; i < trace->path.hop_count; i++) {
        const struct path_hop *hop = &trace->path.hops[i];
        if (hop->answered == 0)
            continue;
        asked = ask_name(trace, &hop->address, hop->name, now_ns) || asked;
        asked = ask_name(trace, &hop->other, hop->other_name, now_ns) || asked;
    }
    return asked;
}

/* Names are asked for beside the path, and do not delay its end for longer than a moment. */
static int64_t await_names(struct trace *trace, int64_t wake_ns, int64_t now_ns)
{
    if (trace->names == NULL)
        return wake_ns;
    bool asked = ask_names(trace, now_ns);
    if (wake_ns != TRACE_OVER)
        return wake_ns;
    if (trace->names_until_ns == 0)
        trace->names_until_ns = now_ns + NAMES_WAIT_NS;
    return asked && now_ns < trace->names_until_ns ? now_ns + NAMES_LOOK_NS : TRACE_OVER;
}

static int64_t follow_path(struct trace *trace, int64_t now_ns)
{
    if (trace->side.over)
        return TRACE_OVER;
    int64_t held_ns = held_until_ns(&trace->side, now_ns);
    if (held_ns != INT64_MIN)
        return held_ns;
    const struct tracer_action action = tracer_next(&trace->tracer, &trace->path, now_ns);
    trace->side.over = action.verb == TRACER_DONE;
    if (action.verb == TRACER_SEND)
        send_syn(trace, action.ttl, now_ns);
    return trace->side.over ? TRACE_OVER : trace->tracer.until_ns;
}

int64_t trace_advance(struct trace *trace, int64_t now_ns)
{
    if (trace->half_open && !trace->reset_sent)
        send_reset(trace, now_ns);
    return await_names(trace, follow_path(trace, now_ns), now_ns);
}

bool trace_take_outgoing(struct trace *trace, const struct sighting *sighting)
{
    enum echo_match match = match_echo(&trace->side, sighting);
    if (match == ECHO_EXPECTED)
        take_sent(trace, sighting);
    return match != ECHO_FOREIGN;
}

bool trace_take_incoming(struct trace *trace, const struct sighting *sighting)
{
    take_all_unseen(trace);
    record(&trace->side, sighting, ORIGIN_PATH, 0);
    path_take(&trace->path, sighting->frame, sighting->segment, sighting->kind);
    trace->half_open = trace->half_open || segment_is_syn_ack(sighting->segment);
    return true;
}

/* What is not recognized may be about a SYN that was not captured. */
bool trace_take_icmp(struct trace *trace, const struct sighting *sighting)
{
    struct quote quote;
    if (!quote_decode(sighting->frame, &quote))
        return false;
    if (!path_knows_quote(&trace->path, &quote))
        take_all_unseen(trace);
    if (!path_knows_quote(&trace->path, &quote))
        return false;
    record(&trace->side, sighting, ORIGIN_PATH, 0);
    path_take_quote(&trace->path, &quote);
    return true;
}

void trace_end(struct trace *trace)
{
    take_all_unseen(trace);
    echoes_free(&trace->side.echoes);
}

/* --path-mtu */

static void take_packet(struct measurement *m, const struct sighting *sighting)
{
    record(&m->side, sighting, ORIGIN_PATH_MTU, m->mtu.device_bytes);
    path_mtu_take(&m->mtu, sighting->frame, sighting->segment, sighting->kind);
}

static void take_unseen_packets(struct measurement *m)
{
    struct unseen unseen;
    while (next_unseen(&m->side, &unseen))
        if (unseen.sighting.kind == SEGMENT_TCP)
            take_packet(m, &unseen.sighting);
}

static void send_packet(struct measurement *m, const struct conversation *c, uint32_t bytes,
                        int64_t now_ns)
{
    const struct outgoing packet = prober_path_mtu(m->side.prober, c, bytes, now_ns);
    pace_take(m->side.pace, now_ns);
    send_segment(&m->side, &packet);
}

int64_t measurement_advance(struct measurement *m, const struct conversation *c, int64_t now_ns)
{
    if (m->side.over)
        return MEASUREMENT_OVER;
    if (m->search.is_open && now_ns >= m->search.until_ns)
        take_unseen_packets(m);
    int64_t held_ns = held_until_ns(&m->side, now_ns);
    if (held_ns != INT64_MIN && !mtu_search_waits(&m->search, &m->mtu, now_ns))
        return held_ns;
    const struct mtu_search_action action = mtu_search_next(&m->search, &m->mtu, now_ns);
    m->side.over = action.verb == MTU_SEARCH_DONE;
    if (action.verb == MTU_SEARCH_SEND)
        send_packet(m, c, action.bytes, now_ns);
    return m->side.over ? MEASUREMENT_OVER : m->search.until_ns;
}

uint32_t measurement_told(const struct measurement *m)
{
    const struct mtu_verdict verdict = path_mtu_judge(&m->mtu);
    return verdict.told ? verdict.bytes : 0;
}

bool measurement_take_outgoing(struct measurement *m, const struct sighting *sighting)
{
    enum echo_match match = match_echo(&m->side, sighting);
    if (match == ECHO_EXPECTED)
        take_packet(m, sighting);
    return match != ECHO_FOREIGN;
}

/* What answers may answer a segment that was not captured. While the window is shut, the connection
 * waits for just such a segment. */
bool measurement_take_incoming(struct measurement *m, const struct conversation *c,
                               const struct sighting *sighting)
{
    const struct segment *segment = sighting->segment;
    if (segment_seq_len(segment) > 0 || (segment->flags & TCP_RST) != 0)
        return false;
    take_unseen_packets(m);
    bool awaited =
        m->search.is_open && !m->side.over && c->ends[SERVER].rcv_right != m->mtu.seq_end;
    if (!path_mtu_is_answer(&m->mtu, segment, c->ends[SERVER].sent.next, awaited))
        return false;
    take_packet(m, sighting);
    return true;
}

/* Whatever it is about: that such a segment did not get through says nothing of the connection. */
bool measurement_take_icmp(struct measurement *m, const struct sighting *sighting)
{
    struct quote quote;
    if (!quote_decode(sighting->frame, &quote))
        return false;
    if (!path_mtu_knows_quote(&m->mtu, &quote))
        take_unseen_packets(m);
    if (!path_mtu_knows_quote(&m->mtu, &quote))
        return false;
    take_packet(m, sighting);
    return true;
}

void measurement_end(struct measurement *m)
{
    take_unseen_packets(m);
    echoes_free(&m->side.echoes);
}
