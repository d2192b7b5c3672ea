/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile streams of segments, chosen so that they often come near to what is acceptable: whatever
 * crosses the wire, the tracker keeps to the arrows of RFC 9293 and claims nothing that no segment
 * bears out. */
#include <stdlib.h>
#include <string.h>

#include "arrows.h"
#include "harness.h"
#include "tcp/arrival/arrival.h"
#include "tcp/outcome.h"
#include "wire/seq.h"

#define CONVERSATIONS 3000
#define SEGMENTS      60

static const struct endpoint endpoints[ENDS] = {
    {.address = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 7}}, .port = 40000},
    {.address = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 80}}, .port = 443},
};

/* Everything that crossed in one conversation, to judge its result by. */
struct record {
    struct segment segments[SEGMENTS];
    enum end_id from[SEGMENTS];
    int count, errors;
    struct arrows arrows;
};

static uint32_t below(uint64_t *seed, uint32_t bound)
{
    return (uint32_t)(next_random(seed) >> 32) % bound;
}

static uint16_t random_flags(uint64_t *seed)
{
    static const uint16_t likely[] = {
        TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK,           TCP_ACK, TCP_ACK,
        TCP_ACK | TCP_PSH, TCP_ACK | TCP_PSH, TCP_ACK | TCP_FIN, TCP_RST, TCP_RST | TCP_ACK,
    };
    uint32_t pick = below(seed, 24);
    if (pick == 23)
        return (uint16_t)below(seed, 0x200);
    if (pick == 22)
        return TCP_FIN | TCP_PSH | TCP_ACK;
    return pick < 20 ? likely[pick / 2] : TCP_ACK;
}

/* Mostly where something happens on this end's circle. */
static uint32_t random_number(uint64_t *seed, const struct end *end)
{
    const uint32_t likely[] = {
        end->snd_nxt,       end->sent.next, end->snd_nxt,   end->sent.next,   end->snd_una,
        end->iss,           end->iss + 1,   end->fin_seq,   end->fin_seq + 1, end->snd_nxt + 1,
        end->sent.next - 1, end->rcv_right, end->reset_seq,
    };
    uint32_t number = likely[below(seed, (uint32_t)(sizeof likely / sizeof likely[0]))];
    uint32_t stray = below(seed, 32);
    if (stray < 3)
        number += below(seed, 5) - 2;
    if (stray == 3)
        number += below(seed, 4000) - 2000;
    if (stray == 4)
        number = (uint32_t)next_random(seed);
    return number;
}

static void random_options(uint64_t *seed, const struct end *end, struct tcp_options *options)
{
    options->has_wscale = below(seed, 2) != 0;
    options->wscale = (uint8_t)below(seed, 256);
    options->has_timestamps = below(seed, 3) != 0;
    options->tsval = end->ts_recent + below(seed, 8) - 1;
    options->tsecr = (uint32_t)next_random(seed);
}

static int64_t random_time_ns(uint64_t *seed, int64_t last_ns)
{
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX};
    uint32_t pick = below(seed, 100);
    if (pick < 5)
        return extremes[pick];
    return last_ns > INT64_MAX - 1000000 || last_ns < 0 ? 0 : last_ns + below(seed, 1000000);
}

static struct segment random_segment(uint64_t *seed, const struct conversation *c, enum end_id from)
{
    static const uint16_t windows[] = {0, 1, 1000, 65535};
    static const uint32_t lengths[] = {0, 0, 0, 0, 1, 10, 1460, 70000};
    enum end_id to = from == CLIENT ? SERVER : CLIENT;
    struct segment s = {
        .time_ns = random_time_ns(seed, c->end_ns),
        .src = endpoints[from],
        .dst = endpoints[to],
        .seq = random_number(seed, &c->ends[from]),
        .ack = random_number(seed, &c->ends[to]),
        .flags = random_flags(seed),
        .window = windows[below(seed, 4)],
        .payload_len = lengths[below(seed, 8)],
        .ip_id = (uint16_t)below(seed, 3),
        .checksum = below(seed, 20) == 0 ? CHECKSUM_BAD : CHECKSUM_GOOD,
    };
    if ((s.flags & (TCP_SYN | TCP_RST)) != 0 && below(seed, 4) != 0)
        s.payload_len = 0;
    random_options(seed, &c->ends[from], &s.options);
    return s;
}

static void check_moves(struct record *r, const struct end before[ENDS],
                        const struct conversation *c, enum end_id from, const struct segment *s)
{
    for (enum end_id id = CLIENT; id < ENDS; id++) {
        const struct end *after = &c->ends[id];
        bool legal = arrows_allow(&r->arrows, id, &before[id], after, from, s);
        ck_assert_msg(legal, "%s: %s to %s by flags %x of %s", end_name(id),
                      state_name(before[id].state), state_name(after->state), s->flags,
                      end_name(from));
        ck_assert(s->checksum != CHECKSUM_BAD || before[id].state == after->state ||
                  (s->flags & TCP_RST) != 0);
    }
}

/* Whether an end's FIN crossed and an acknowledgement of it after that. */
static bool saw_fin_acked(const struct record *r, enum end_id id)
{
    for (int i = 0; i < r->count; i++) {
        const struct segment *fin = &r->segments[i];
        if (r->from[i] != id || (fin->flags & TCP_FIN) == 0 || fin->checksum == CHECKSUM_BAD)
            continue;
        for (int k = i + 1; k < r->count; k++) {
            const struct segment *s = &r->segments[k];
            if (r->from[k] != id && (s->flags & TCP_ACK) != 0 && s->checksum != CHECKSUM_BAD &&
                seq_geq(s->ack, fin->seq + fin->payload_len + 1))
                return true;
        }
    }
    return false;
}

/* Whether the segment at index acknowledges a SYN of the client's that crossed before. */
static bool acks_a_syn(const struct record *r, int index)
{
    const struct segment *s = &r->segments[index];
    bool any_syn = false;
    for (int i = 0; i < index; i++) {
        const struct segment *syn = &r->segments[i];
        if (r->from[i] != CLIENT || (syn->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != TCP_SYN ||
            syn->checksum == CHECKSUM_BAD)
            continue;
        any_syn = true;
        if (seq_gt(s->ack, syn->seq) && seq_leq(s->ack, syn->seq + 1 + syn->payload_len))
            return true;
    }
    return !any_syn && (s->flags & TCP_SYN) != 0; /* the capture began behind it */
}

static bool saw_answer(const struct record *r, uint16_t flag)
{
    for (int i = 0; i < r->count; i++) {
        const struct segment *s = &r->segments[i];
        if (r->from[i] != SERVER || (s->flags & flag) == 0 || s->checksum == CHECKSUM_BAD)
            continue;
        if ((s->flags & TCP_ACK) != 0 ? acks_a_syn(r, i) : flag == TCP_SYN)
            return true;
    }
    return false;
}

static bool saw_reset(const struct record *r, enum end_id by)
{
    for (int i = 0; i < r->count; i++)
        if (r->from[i] == by && (r->segments[i].flags & TCP_RST) != 0)
            return true;
    return false;
}

static void check_steps(const struct record *r, const struct conversation *c)
{
    uint64_t said = c->steps.omitted;
    ck_assert_uint_le(c->steps.count, c->steps.capacity);
    for (uint32_t i = 0; i < c->steps.count; i++) {
        const struct step *step = &c->steps.list[i];
        said += step->count;
        ck_assert_uint_lt(step->verdict, VERDICT_COUNT);
        ck_assert_uint_lt(step->note, NOTE_COUNT);
        ck_assert_uint_le(step->states[CLIENT], STATE_UNKNOWN);
        ck_assert_uint_le(step->states[SERVER], STATE_UNKNOWN);
        ck_assert(step->from == CLIENT || step->from == SERVER);
    }
    ck_assert_uint_eq(said, (uint64_t)(r->count + r->errors));
}

static void check_words(const struct connection_result *result)
{
    ck_assert_uint_le(strlen(result->history), HISTORY_MAX);
    ck_assert_uint_eq(strspn(result->history, "^shadfriqtcwgSHADFRIQTCWG"),
                      strlen(result->history));
    ck_assert_ptr_nonnull(
        strstr(" S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH ", result->conn_state));
    ck_assert_uint_lt(result->completeness, 64);
    ck_assert_ptr_nonnull(port_state_name(result->port_state));
    ck_assert_ptr_nonnull(handshake_result_name(result->handshake.result));
    ck_assert_ptr_nonnull(reason_name(result->handshake.reason));
    ck_assert_ptr_nonnull(teardown_result_name(result->teardown.result));
}

static void check_claims(const struct record *r, const struct conversation *c)
{
    struct connection_result result;
    conversation_result(c, &result);
    check_words(&result);
    check_steps(r, c);
    bool graceful = result.teardown.result == TEARDOWN_GRACEFUL;
    ck_assert_int_eq(graceful, c->ends[CLIENT].fin_acked && c->ends[SERVER].fin_acked);
    ck_assert_int_eq(graceful, result.teardown.form != FORM_NONE);
    ck_assert(!graceful || (saw_fin_acked(r, CLIENT) && saw_fin_acked(r, SERVER)));
    ck_assert(result.port_state != PORT_OPEN || saw_answer(r, TCP_SYN));
    ck_assert(result.port_state != PORT_CLOSED || saw_answer(r, TCP_RST));
    ck_assert(c->course.reset_by == NEITHER || saw_reset(r, c->course.reset_by));
    ck_assert(result.teardown.result != TEARDOWN_RESET || c->course.reset_by != NEITHER);
    ck_assert(result.handshake.result != HANDSHAKE_UNREACHABLE || r->errors > 0);
    for (enum end_id id = CLIENT; id < ENDS; id++)
        ck_assert_uint_le(result.bytes_acked[id], (uint64_t)SEGMENTS << 31);
}

/* Whose tuple it is, the local kernel answers for the client. */
static enum origin random_origin(uint64_t *seed, enum end_id from)
{
    uint32_t pick = below(seed, 50);
    if (pick == 0)
        return ORIGIN_USER_SPACE;
    return pick == 1 && from == CLIENT ? ORIGIN_LOCAL_KERNEL : ORIGIN_WIRE;
}

static void play_error(uint64_t *seed, struct record *r, struct conversation *c)
{
    struct segment error = random_segment(seed, c, below(seed, 2) != 0 ? CLIENT : SERVER);
    enum tcp_state before[ENDS] = {c->ends[CLIENT].state, c->ends[SERVER].state};
    error.icmp = (struct icmp_error){
        .family = below(seed, 2) != 0 ? FAMILY_IPV4 : FAMILY_IPV6,
        .type = (uint8_t)below(seed, 16),
        .code = (uint8_t)below(seed, 20),
        .has_seq = below(seed, 4) != 0,
    };
    icmp_error_arrives(c, &error);
    r->errors++;
    ck_assert(before[CLIENT] == c->ends[CLIENT].state && before[SERVER] == c->ends[SERVER].state);
}

static void play_segment(uint64_t *seed, struct record *r, struct conversation *c)
{
    enum end_id from = below(seed, 2) != 0 ? CLIENT : SERVER;
    struct end before[ENDS] = {c->ends[CLIENT], c->ends[SERVER]};
    struct segment *s = &r->segments[r->count];
    if (r->count > 0) {
        *s = random_segment(seed, c, from);
        if (below(seed, 40) == 0) { /* the same once more */
            *s = r->segments[r->count - 1];
            from = r->from[r->count - 1];
        }
    }
    from = conversation_sender(c, &s->src);
    r->from[r->count++] = from;
    segment_arrives(c, s, random_origin(seed, from));
    check_moves(r, before, c, from, s);
}

/* A capture begins anywhere, but mostly with a SYN. */
static void play_conversation(uint64_t *seed)
{
    struct conversation c;
    struct record r = {.count = 0};
    uint32_t capacity = below(seed, 3) == 0 ? below(seed, 5) : STEPS_MAX;
    struct step *steps = malloc(capacity * sizeof *steps + 1);
    ck_assert_ptr_nonnull(steps);
    memset(&c, 0, sizeof c);
    r.segments[0] = random_segment(seed, &c, below(seed, 2) != 0 ? CLIENT : SERVER);
    if (below(seed, 4) != 0)
        r.segments[0].flags = TCP_SYN;
    r.segments[0].seq = below(seed, 2) != 0 ? 0xffffffe0u : (uint32_t)next_random(seed);
    conversation_start(&c, &r.segments[0], steps, capacity);
    for (int i = 0; i < SEGMENTS; i++) {
        play_segment(seed, &r, &c);
        if (below(seed, 16) == 0)
            play_error(seed, &r, &c);
    }
    check_claims(&r, &c);
    free(steps);
}

START_TEST(claims_only_what_crossed)
{
    uint64_t seed = 9293 + (uint64_t)_i;
    for (int i = 0; i < CONVERSATIONS / 4; i++)
        play_conversation(&seed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("invariants");
    TCase *streams = tcase_create("streams");
    tcase_add_loop_test(streams, claims_only_what_crossed, 0, 4);
    suite_add_tcase(suite, streams);
    return run_suite(suite);
}
