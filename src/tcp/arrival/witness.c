/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/witness.h"

#include "tcp/arrival/opening.h"

/* Why the next segments are looked at too. */
enum watch {
    WATCH_SERVER = 1 << 0, /* the first ones after the SYN/ACK */
    WATCH_RESET = 1 << 1,  /* whether the sender of an RST goes on */
    WATCH_CLIENT_WINDOW = 1 << 2,
    WATCH_SERVER_WINDOW = 1 << 3,
    WATCH_OLD_ANSWER = 1 << 4, /* whether the client resets what a SYN/ACK acknowledged */
};

#define FOLLOWED_MAX 2

/* No sender repeats a SYN/ACK sooner (RFC 6298, 2.1: one second, less what clocks differ). */
#define RTO_MS 900u

/* A client that waits so long for an answer wanted one. */
#define PATIENCE_MS 900u

/* Since the end's latest segment. */
static uint32_t since_latest_ms(const struct end *end, const struct segment *s)
{
    uint32_t since_ms = milliseconds_of(s->time_ns) - end->last.time_ms;
    return end->last_valid && since_ms <= UINT32_MAX / 2 ? since_ms : 0;
}

static void mark(struct evidence *e, enum evidence_mark which)
{
    e->marks = (uint16_t)(e->marks | which);
}

static void watch(const struct arriving *it, enum watch which, bool on)
{
    struct course *course = it->course;
    course->watch = (uint8_t)(on ? course->watch | which : course->watch & ~(unsigned)which);
}

/* SYN/ACK in answer to a SYN that an RST has refused. */
static void note_revoked(struct evidence *e, const struct arriving *it)
{
    const struct segment *s = it->segment;
    if (it->from == SERVER && segment_is_syn_ack(s) && it->course->refused &&
        s->ack == it->b->iss + 1)
        mark(e, EVIDENCE_REFUSAL_REVOKED);
}

/* The client asks once more after a refusal: that RST ended the attempt before, and no more. */
static void note_asked_again(struct evidence *e, const struct arriving *it)
{
    if (it->from != CLIENT || e->reset_by != SERVER || it->course->reset_by != NEITHER)
        return;
    e->reset_by = NEITHER;
    watch(it, WATCH_RESET, false);
}

/* SYN/ACK again, though the client has acknowledged it long since. */
static void note_repeated(struct evidence *e, const struct arriving *it, struct finding finding)
{
    if (it->from == SERVER && segment_is_syn_ack(it->segment) &&
        finding.verdict == VERDICT_RETRANSMISSION && state_synchronized(it->b->state) &&
        since_latest_ms(it->a, it->segment) >= RTO_MS)
        mark(e, EVIDENCE_SYN_ACK_LATE);
}

/* Paths of other lengths to the same host, as load balancing causes, differ by a few hops at most.
 */
#define HOPS_ALIKE 4

static bool is_unlike(uint8_t ttl, uint8_t other)
{
    return ttl > other ? ttl - other > HOPS_ALIKE : other - ttl > HOPS_ALIKE;
}

static void note_first_following(struct evidence *e, const struct arriving *it)
{
    const struct segment *s = it->segment;
    e->following_ttl = s->ttl;
    if (it->a->opening.window == 0 && s->window != 0 && s->payload_len == 0 &&
        s->ack == it->b->iss + 1)
        mark(e, EVIDENCE_WINDOW_OPENED);
}

/* Where the client's TTL changed as well, the handshake and the rest were not captured in one
 * place. */
static bool is_captured_in_one_place(const struct end *client)
{
    return !client->opening.seen || !is_unlike(client->last.ttl, client->opening.ttl);
}

static void note_second_following(struct evidence *e, const struct arriving *it)
{
    uint8_t ttl = it->segment->ttl, opening_ttl = it->a->opening.ttl;
    if (ttl == e->following_ttl && is_unlike(ttl, opening_ttl) && is_captured_in_one_place(it->b))
        mark(e, EVIDENCE_SYN_ACK_TTL);
    if ((e->marks & EVIDENCE_WINDOW_OPENED) != 0 && e->following_ttl == opening_ttl &&
        ttl != opening_ttl)
        mark(e, EVIDENCE_PROXIED);
}

/* The first two segments after the SYN/ACK. */
static void note_following(struct evidence *e, const struct arriving *it)
{
    if (it->from != SERVER || (it->segment->flags & (TCP_SYN | TCP_RST)) != 0)
        return;
    if (e->followed == 0)
        note_first_following(e, it);
    else
        note_second_following(e, it);
    e->followed++;
    watch(it, WATCH_SERVER, e->followed < FOLLOWED_MAX);
}

/* After an RST that counted, no numbers move; the latest segment tells what its end sent. */
static uint32_t reached(const struct end *end)
{
    uint32_t latest = end->last.seq + end->last.payload_len + ((end->last.flags & TCP_FIN) != 0);
    return end->last_valid ? seq_max(latest, end->snd_nxt) : end->snd_nxt;
}

/* An RST that its receiver would take, or would challenge. */
static void note_reset(struct evidence *e, const struct arriving *it, struct finding finding)
{
    const struct segment *s = it->segment;
    const struct end *a = it->a, *b = it->b;
    bool counts = finding.verdict == VERDICT_EXPECTED || finding.note == NOTE_RST_NOT_EXACT;
    if (it->by_local_kernel || finding.note == NOTE_ANSWERS_WRONG_ACK)
        return;
    if (e->reset_by == it->from && (uint16_t)s->seq != e->reset_seq && seq_gt(s->seq, reached(a)) &&
        it->course->established && !a->missed)
        mark(e, EVIDENCE_RST_AHEAD);
    if (e->reset_by != NEITHER || !counts)
        return;
    e->reset_by = it->from;
    e->reset_ttl = s->ttl;
    e->reset_seq = (uint16_t)s->seq;
    e->reset_limit = b->snd_nxt;
    watch(it, WATCH_RESET, true);
    if (it->from == CLIENT ? it->course->established : e->followed > 0)
        mark(e, EVIDENCE_RST_SETTLED);
    bool alike =
        a->last_valid && a->opening.seen && a->counts.segments > 2 && a->last.ttl == a->opening.ttl;
    if (alike && is_unlike(s->ttl, a->last.ttl))
        mark(e, EVIDENCE_RST_TTL);
}

/* Whether it acknowledges octets that crossed only after the RST, and stands where its sender did:
 * that was still there. */
static bool acknowledges_later(const struct evidence *e, const struct arriving *it)
{
    const struct segment *s = it->segment;
    return it->from == e->reset_by && seq_gt(s->ack, e->reset_limit) &&
           seq_leq(s->ack, reached(it->b)) && seq_geq(s->seq, it->a->iss) &&
           seq_leq(s->seq, reached(it->a));
}

/* Frames that were captured out of order are that by less. */
#define DISORDER_MS 10u

/* Whether it acknowledges what the sender of an RST that counted sent afterwards. */
static bool takes_what_followed(const struct evidence *e, const struct arriving *it)
{
    const struct end *b = it->b;
    uint32_t ack = it->segment->ack;
    uint32_t after_ms = b->last.time_ms - milliseconds_of(it->times->reset_ns);
    return it->from != e->reset_by && it->course->reset_by == e->reset_by && b->last_valid &&
           seq_gt(ack, b->snd_nxt) && seq_leq(ack, reached(b)) && after_ms >= DISORDER_MS &&
           after_ms <= UINT32_MAX / 2;
}

/* Whether the connection goes on behind an RST. */
static void note_afterlife(struct evidence *e, const struct arriving *it)
{
    if ((it->segment->flags & (TCP_ACK | TCP_RST | TCP_SYN)) != TCP_ACK)
        return;
    if (acknowledges_later(e, it))
        mark(e, EVIDENCE_RST_OUTLIVED);
    if (takes_what_followed(e, it))
        mark(e, EVIDENCE_RST_IGNORED);
}

/* A bare acknowledgement of what the SYN did not send is a challenge by a host that knows another
 * connection; a SYN/ACK may be damaged, unless the client resets what it acknowledges. */
static void note_old_answer(struct evidence *e, const struct arriving *it, struct finding finding)
{
    unsigned flags = it->segment->flags;
    bool wrong = finding.note == NOTE_WRONG_ACK && it->from == SERVER &&
                 it->b->state == STATE_SYN_SENT && (flags & TCP_RST) == 0;
    bool watched = (it->course->watch & WATCH_OLD_ANSWER) != 0;
    bool rejected = watched && it->from == CLIENT && finding.note == NOTE_ANSWERS_WRONG_ACK;
    if (rejected || (wrong && (flags & TCP_SYN) == 0))
        mark(e, EVIDENCE_OLD_ANSWER);
    if (wrong || it->from == CLIENT)
        watch(it, WATCH_OLD_ANSWER, wrong && (flags & TCP_SYN) != 0);
}

static enum watch window_watch(enum end_id end)
{
    return end == CLIENT ? WATCH_CLIENT_WINDOW : WATCH_SERVER_WINDOW;
}

/* Window 0, and how long it lasted. */
static void note_window(struct evidence *e, const struct arriving *it, struct finding finding)
{
    const struct segment *s = it->segment;
    enum end_id from = it->from;
    bool closed = (it->course->watch & window_watch(from)) != 0;
    uint32_t now_ms = milliseconds_of(s->time_ns), since_ms;
    if ((s->flags & (TCP_SYN | TCP_RST)) != 0 || !it->course->established ||
        finding.verdict == VERDICT_UNEXPECTED || finding.verdict == VERDICT_OUT_OF_WINDOW)
        return;
    if (!closed && s->window == 0 && (s->flags & TCP_FIN) == 0 && !it->b->fin_seen) {
        e->closed_since_ms[from] = now_ms;
        watch(it, window_watch(from), true);
        return;
    }
    if (!closed)
        return;
    since_ms = now_ms - e->closed_since_ms[from];
    if (since_ms <= UINT32_MAX / 2 && since_ms > e->closed_ms[from])
        e->closed_ms[from] = since_ms;
    watch(it, window_watch(from), s->window == 0);
}

/* The client closes, and has waited without an answer. */
static void note_end(struct evidence *e, const struct arriving *it)
{
    const struct end *client = it->a, *server = it->b;
    if (it->from == CLIENT && client->counts.bytes > 0 && server->counts.bytes == 0 &&
        !server->fin_seen && client->counts.fin_count <= 1 &&
        since_latest_ms(client, it->segment) >= PATIENCE_MS)
        mark(e, EVIDENCE_WAITED);
}

void witness_telling(struct evidence *e, const struct arriving *it, struct finding finding)
{
    const struct segment *s = it->segment;
    bool copied = finding.verdict == VERDICT_DUPLICATE &&
                  end_repeats_frame(it->a, s, it->course->capture_doubles);
    if (finding.note == NOTE_BAD_CHECKSUM || copied)
        return;
    note_old_answer(e, it, finding);
    if ((s->flags & TCP_SYN) != 0) {
        if (opening_note(it))
            watch(it, WATCH_SERVER, true);
        note_asked_again(e, it);
        note_repeated(e, it, finding);
        note_revoked(e, it);
    }
    if ((it->course->watch & WATCH_RESET) != 0)
        note_afterlife(e, it);
    if ((s->flags & TCP_RST) != 0)
        note_reset(e, it, finding);
    if ((it->course->watch & WATCH_SERVER) != 0)
        note_following(e, it);
    note_window(e, it, finding);
    if ((s->flags & (TCP_FIN | TCP_RST)) != 0)
        note_end(e, it);
}

void witness_icmp(struct evidence *e, const struct icmp_error *error)
{
    e->icmp_from = error->from;
}
