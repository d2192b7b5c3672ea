/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/trace.h"

#include <stdlib.h>

#include "net/clock.h"
#include "wire/decode.h"

#define LINKTYPE_RAW 101 /* begins with the IP header: for segments that were not captured */

int trace_unseen_interface(struct recorder *recorder, struct tap *tap)
{
    if (tap->unseen_recorded_as < 0)
        tap->unseen_recorded_as = recorder_interface(recorder, tap->interface, LINKTYPE_RAW);
    return tap->unseen_recorded_as;
}

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

/* The oldest that did not come back counts with the time of sending. */
static void take_unseen(struct trace *trace)
{
    struct segment segment;
    struct echo *echo = echoes_give_up(&trace->echoes);
    struct frame frame = {
        .time_ns = echo->sent.epoch_ns,
        .bytes = echo->bytes,
        .captured_len = echo->sent.len,
        .wire_len = echo->sent.len,
        .link = LINK_RAW,
    };
    struct sighting sighting = {
        .frame = &frame,
        .segment = &segment,
        .kind = segment_decode(&frame, &segment),
        .tap = trace->tap,
        .recorded_as = trace_unseen_interface(trace->recorder, trace->tap),
    };
    if (sighting.kind == SEGMENT_TCP)
        take_sent(trace, &sighting);
    free(echo);
}

static void take_all_unseen(struct trace *trace)
{
    while (trace->echoes.head != NULL)
        take_unseen(trace);
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
