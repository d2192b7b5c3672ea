/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"
#include "net/capture.h"
#include "net/clock.h"
#include "tcp/prober.h"
#include "wire/decode.h"

#define LINKTYPE_RAW 101 /* begins with the IP header: for segments that were not captured */

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
static bool next_unseen(struct echoes *echoes, struct recorder *recorder, struct tap *tap,
                        struct unseen *out)
{
    struct echo *echo = echoes_give_up(echoes);
    if (echo == NULL)
        return false;
    out->frame = (struct frame){
        .time_ns = echo->sent.epoch_ns,
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
        .tap = tap,
        .recorded_as = trace_unseen_interface(recorder, tap),
    };
    return true;
}

/* --path */

static void record(struct trace *trace, const struct sighting *sighting)
{
    struct annotation annotation = {.origin = ORIGIN_PATH,
                                    .resolve_ns = DURATION_UNKNOWN,
                                    .translated = sighting->translated,
                                    .from = sighting->segment->src,
                                    .to = sighting->segment->dst};
    if (recorder_works(trace->recorder))
        recorder_packet(trace->recorder, sighting->recorded_as, sighting->frame, &annotation);
}

static void take_sent(struct trace *trace, const struct sighting *sighting)
{
    record(trace, sighting);
    path_take(&trace->path, sighting->frame, sighting->segment, sighting->kind);
}

static void take_all_unseen(struct trace *trace)
{
    struct unseen unseen;
    while (next_unseen(&trace->echoes, trace->recorder, trace->tap, &unseen))
        if (unseen.sighting.kind == SEGMENT_TCP)
            take_sent(trace, &unseen.sighting);
}

static void send_segment(struct trace *trace, const struct outgoing *segment)
{
    struct sent sent;
    struct error error;
    int code = sender_send(trace->sender, segment, trace->ifindex, &sent, &error);
    trace->over = code != 0 && code != TRANSMIT_BUSY;
    if (code == -1)
        failure_note(trace->failure, &error);
    if (code == 0 && !echoes_push(&trace->echoes, &sent))
        failure_note_memory(trace->failure);
}

/* Each SYN has a time stamp of its own, however soon it follows the one before. */
static void send_syn(struct trace *trace, uint8_t ttl, int64_t now_ns)
{
    struct outgoing syn = prober_path_syn(trace->prober, now_ns);
    bool first = trace->path.sent_count == 0 && trace->echoes.head == NULL;
    if (!first && (int32_t)(syn.options.tsval - trace->tsval) <= 0)
        syn.options.tsval = trace->tsval + 1;
    trace->tsval = syn.options.tsval;
    syn.ttl = ttl;
    send_segment(trace, &syn);
    trace->rate->next_ns = now_ns + trace->rate->spacing_ns;
}

static void send_reset(struct trace *trace, int64_t now_ns)
{
    const struct outgoing reset = prober_path_reset(trace->prober, now_ns);
    trace->reset_sent = true;
    send_segment(trace, &reset);
}

int64_t trace_advance(struct trace *trace, int64_t now_ns)
{
    if (trace->half_open && !trace->reset_sent)
        send_reset(trace, now_ns);
    if (trace->over)
        return TRACE_OVER;
    if (!trace->unlimited && now_ns < trace->rate->next_ns)
        return trace->rate->next_ns;
    const struct tracer_action action = tracer_next(&trace->tracer, &trace->path, now_ns);
    trace->over = action.verb == TRACER_DONE;
    if (action.verb == TRACER_SEND)
        send_syn(trace, action.ttl, now_ns);
    return trace->over ? TRACE_OVER : trace->tracer.until_ns;
}

bool trace_take_outgoing(struct trace *trace, const struct sighting *sighting)
{
    enum echo_match match = echoes_match(&trace->echoes, sighting->segment);
    if (echoes_lack_memory(&trace->echoes))
        failure_note_memory(trace->failure);
    if (match == ECHO_EXPECTED)
        take_sent(trace, sighting);
    return match != ECHO_FOREIGN;
}

bool trace_take_incoming(struct trace *trace, const struct sighting *sighting)
{
    take_all_unseen(trace);
    record(trace, sighting);
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
    record(trace, sighting);
    path_take_quote(&trace->path, &quote);
    return true;
}

void trace_end(struct trace *trace)
{
    take_all_unseen(trace);
    echoes_free(&trace->echoes);
}

/* --path-mtu */

static void record_packet(struct measurement *m, const struct sighting *sighting)
{
    struct annotation annotation = {.origin = ORIGIN_PATH_MTU,
                                    .resolve_ns = DURATION_UNKNOWN,
                                    .device_bytes = m->mtu.device_bytes,
                                    .translated = sighting->translated,
                                    .from = sighting->segment->src,
                                    .to = sighting->segment->dst};
    if (recorder_works(m->recorder))
        recorder_packet(m->recorder, sighting->recorded_as, sighting->frame, &annotation);
}

static void take_packet(struct measurement *m, const struct sighting *sighting)
{
    record_packet(m, sighting);
    path_mtu_take(&m->mtu, sighting->frame, sighting->segment, sighting->kind);
}

static void take_unseen_packets(struct measurement *m)
{
    struct unseen unseen;
    while (next_unseen(&m->echoes, m->recorder, m->tap, &unseen))
        if (unseen.sighting.kind == SEGMENT_TCP)
            take_packet(m, &unseen.sighting);
}

static void send_packet(struct measurement *m, const struct conversation *c, uint32_t bytes,
                        int64_t now_ns)
{
    const struct outgoing packet = prober_path_mtu(m->prober, c, bytes, now_ns);
    struct sent sent;
    struct error error;
    m->rate->next_ns = now_ns + m->rate->spacing_ns;
    int code = sender_send(m->sender, &packet, m->ifindex, &sent, &error);
    m->over = code != 0 && code != TRANSMIT_BUSY;
    if (code == -1)
        failure_note(m->failure, &error);
    if (code == 0 && !echoes_push(&m->echoes, &sent))
        failure_note_memory(m->failure);
}

int64_t measurement_advance(struct measurement *m, const struct conversation *c, int64_t now_ns)
{
    if (m->over)
        return MEASUREMENT_OVER;
    if (m->search.is_open && now_ns >= m->search.until_ns)
        take_unseen_packets(m);
    if (!m->unlimited && now_ns < m->rate->next_ns &&
        !mtu_search_waits(&m->search, &m->mtu, now_ns))
        return m->rate->next_ns;
    const struct mtu_search_action action = mtu_search_next(&m->search, &m->mtu, now_ns);
    m->over = action.verb == MTU_SEARCH_DONE;
    if (action.verb == MTU_SEARCH_SEND)
        send_packet(m, c, action.bytes, now_ns);
    return m->over ? MEASUREMENT_OVER : m->search.until_ns;
}

uint32_t measurement_told(const struct measurement *m)
{
    const struct mtu_verdict verdict = path_mtu_judge(&m->mtu);
    return verdict.told ? verdict.bytes : 0;
}

bool measurement_take_outgoing(struct measurement *m, const struct sighting *sighting)
{
    enum echo_match match = echoes_match(&m->echoes, sighting->segment);
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
    bool awaited = m->search.is_open && !m->over && c->ends[SERVER].rcv_right != m->mtu.seq_end;
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
    echoes_free(&m->echoes);
}
