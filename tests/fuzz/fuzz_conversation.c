/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection as a stream of segments and errors: ends move along the arrows of RFC 9293 alone,
 * no more is claimed than crossed, and every report of it can be written. */
#include <stdlib.h>
#include <string.h>

#include "arrows.h"
#include "fuzz.h"
#include "plausible.h"
#include "stream.h"
#include "tcp/arrival/arrival.h"
#include "tcp/offer.h"
#include "tcp/outcome.h"
#include "written.h"

#define PORT         40000
#define SEGMENTS_MAX 400

struct play {
    struct conversation conversation;
    struct arrows arrows;
    bool crossed[ENDS][9]; /* whether an end sent a segment with that flag, a bit each */
    uint32_t segments, errors;
    bool foreign;  /* read as a capture of others */
    bool in_order; /* no stamp is older than one before it */
};

static void play_error(struct play *play, struct cursor *in, enum end_id from)
{
    struct conversation *c = &play->conversation;
    struct segment error = stream_error(in, c, from, PORT, c->end_ns);
    const enum tcp_state before[ENDS] = {c->ends[CLIENT].state, c->ends[SERVER].state};
    play->in_order = play->in_order && error.time_ns >= c->end_ns;
    icmp_error_arrives(c, &error);
    play->errors++;
    CHECK(c->ends[CLIENT].state == before[CLIENT] && c->ends[SERVER].state == before[SERVER]);
}

static void play_segment(struct play *play, const struct segment *s, enum origin origin)
{
    struct conversation *c = &play->conversation;
    struct end before[ENDS] = {c->ends[CLIENT], c->ends[SERVER]};
    enum end_id from = conversation_sender(c, &s->src);
    play->in_order = play->in_order && s->time_ns >= c->end_ns;
    segment_arrives(c, s, origin);
    play->segments++;
    for (unsigned bit = 0; bit < 9; bit++)
        play->crossed[from][bit] = play->crossed[from][bit] || (s->flags >> bit & 1) != 0;
    for (enum end_id id = CLIENT; id < ENDS; id++)
        CHECK(arrows_allow(&play->arrows, id, &before[id], &c->ends[id], from, s) ||
              (play->foreign && arrows_lead(before[id].state, c->ends[id].state)));
}

static bool sent(const struct play *play, enum end_id id, uint16_t flag)
{
    return play->crossed[id][__builtin_ctz(flag)];
}

static void check_steps(const struct play *play)
{
    const struct conversation *c = &play->conversation;
    uint64_t said = c->steps.omitted;
    CHECK(c->steps.count <= c->steps.capacity);
    for (uint32_t i = 0; i < c->steps.count; i++) {
        const struct step *step = &c->steps.list[i];
        said += step->count;
        CHECK(step->verdict < VERDICT_COUNT && step->note < NOTE_COUNT && step->from < ENDS);
        CHECK(step->states[CLIENT] <= STATE_UNKNOWN && step->states[SERVER] <= STATE_UNKNOWN);
    }
    CHECK(said == (uint64_t)play->segments + play->errors);
}

/* A capture of others may lack acknowledgements, or one direction. */
static void check_graceful(const struct play *play, const struct connection_result *r)
{
    const struct end *ends = play->conversation.ends;
    bool graceful = r->teardown.result == TEARDOWN_GRACEFUL;
    bool client = sent(play, CLIENT, TCP_FIN), server = sent(play, SERVER, TCP_FIN);
    CHECK(graceful || r->teardown.form == FORM_NONE);
    if (play->foreign) {
        CHECK(!graceful || client || server);
        return;
    }
    CHECK(graceful == (r->teardown.form != FORM_NONE));
    CHECK(graceful == (client && server && ends[CLIENT].fin_acked && ends[SERVER].fin_acked));
}

/* Nothing is said to be agreed on that was not offered, or without a SYN/ACK. */
static void check_offers(const struct play *play, const struct connection_result *r)
{
    struct offer_outcome out;
    offer_judge(r, &out);
    CHECK(out.offers == 0 || sent(play, CLIENT, TCP_SYN));
    CHECK(out.syn_ecn == ECN_UNKNOWN || out.became[OFFER_ACCECN] == AGREED);
    for (unsigned i = 0; i < OFFERS; i++) {
        bool accurate = (out.offers & OFFER_BIT(OFFER_ACCECN)) != 0;
        CHECK(out.became[i] < AGREEMENT_COUNT);
        CHECK(out.became[i] == AGREEMENT_NONE || (out.offers & OFFER_BIT(i)) != 0 ||
              (i == OFFER_ECN && accurate));
        CHECK(out.became[i] == AGREEMENT_NONE || sent(play, SERVER, TCP_SYN));
    }
}

static void check_claims(const struct play *play)
{
    const struct conversation *c = &play->conversation;
    struct connection_result r;
    conversation_result(c, &r);
    check_steps(play);
    CHECK(strlen(r.history) <= HISTORY_MAX && r.completeness < 64);
    CHECK(r.segments[CLIENT] + r.segments[SERVER] == play->segments);
    check_graceful(play, &r);
    CHECK(r.port_state != PORT_OPEN || sent(play, SERVER, TCP_SYN));
    CHECK(r.port_state != PORT_CLOSED || sent(play, SERVER, TCP_RST));
    CHECK(c->course.reset_by == NEITHER || sent(play, c->course.reset_by, TCP_RST));
    CHECK(r.handshake.result != HANDSHAKE_UNREACHABLE || play->errors > 0);
    CHECK_NONE(implausible(&r, play->in_order));
    check_offers(play, &r);
    r.done = !play->foreign;
    check_offers(play, &r);
    check_reports(&r);
}

static enum end_id other(enum end_id id)
{
    return id == CLIENT ? SERVER : CLIENT;
}

static enum origin origin_of(const struct play *play, uint8_t octet, enum end_id from)
{
    if (play->foreign)
        return ORIGIN_FOREIGN;
    if ((octet & 0x70) == 0x70)
        return from == CLIENT ? ORIGIN_LOCAL_KERNEL : ORIGIN_WIRE;
    return (octet & 0x0c) == 0x0c ? ORIGIN_USER_SPACE : ORIGIN_WIRE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    struct play play;
    memset(&play, 0, sizeof play);
    play.in_order = true;
    uint32_t capacity = take_u8(&in) % (STEPS_MAX + 1);
    struct step *steps = malloc(capacity * sizeof *steps + 1);
    CHECK(steps != NULL);
    uint8_t how = take_u8(&in);
    enum end_id from = (how & 1) != 0 ? SERVER : CLIENT;
    play.foreign = (how & 2) != 0;
    struct segment s = stream_segment(&in, NULL, from, PORT, 0);
    conversation_start(&play.conversation, &s, steps, capacity);
    play_segment(&play, &s, play.foreign ? ORIGIN_FOREIGN : ORIGIN_WIRE);
    while (in.left > 0 && play.segments + play.errors < SEGMENTS_MAX) {
        uint8_t octet = take_u8(&in);
        if ((octet & 1) != 0)
            from = other(from);
        if ((octet & 0x82) == 0x82) {
            play_error(&play, &in, from);
            continue;
        }
        if ((octet & 2) == 0) /* else the same once more */
            s = stream_segment(&in, &play.conversation, from, PORT, play.conversation.end_ns);
        play_segment(&play, &s,
                     origin_of(&play, octet, conversation_sender(&play.conversation, &s.src)));
    }
    check_claims(&play);
    free(steps);
    return 0;
}
