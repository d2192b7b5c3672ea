/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/arrival.h"

#include "tcp/arrival/judge.h"
#include "tcp/arrival/witness.h"
#include "tcp/icmp.h"

static bool is_dropped(enum verdict verdict)
{
    return verdict == VERDICT_UNEXPECTED || verdict == VERDICT_OUT_OF_WINDOW ||
           verdict == VERDICT_CHALLENGE_ACK;
}

/* In captures of others by the flags alone, as for Wireshark; of our own connections not by a
 * segment that its receiver has to drop. */
static inline void take_initial_rtt(struct conversation *c, const struct segment *s,
                                    enum verdict verdict)
{
    struct initial_rtt *rtt = &c->initial_rtt;
    if (rtt->ack_ns != DURATION_UNKNOWN)
        return;
    if (segment_opens(s))
        rtt->syn_ns = s->time_ns;
    else if ((s->flags & (TCP_SYN | TCP_ACK)) == TCP_ACK && rtt->syn_ns != DURATION_UNKNOWN &&
             (c->course.foreign || !is_dropped(verdict)))
        rtt->ack_ns = s->time_ns;
}

/* Where steps are not wanted, building one would be for nothing, and cost as much as the rest. */
__attribute__((noinline)) static void add_step(struct conversation *c, enum end_id from,
                                               const struct segment *s,
                                               const struct finding *finding, bool changed)
{
    const struct end *ends = c->ends;
    struct step step = {
        .time_ns = s->time_ns,
        .last_time_ns = s->time_ns,
        .bytes = s->payload_len,
        .client_bytes = from == CLIENT ? s->payload_len : 0,
        .client_count = from == CLIENT,
        .seq = s->seq,
        .ack = s->ack,
        .len = s->payload_len,
        .count = 1,
        .flags = s->flags,
        .window = s->window,
        .ttl = s->ttl,
        .from = (uint8_t)from,
        .states = {(uint8_t)ends[CLIENT].state, (uint8_t)ends[SERVER].state},
        .verdict = (uint8_t)finding->verdict,
        .note = (uint8_t)finding->note,
    };
    steps_add(&c->steps, &step, changed, c->course.doubted_by);
}

/* What is noted whatever becomes of the segment. */
static inline void count(struct conversation *c, enum end_id from, const struct segment *s)
{
    c->end_ns = s->time_ns;
    counts_add(&c->ends[from].counts, &c->first, &c->ends[from].syn_times, from, s);
    if ((s->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK && s->payload_len == 0 &&
        s->checksum != CHECKSUM_BAD)
        c->course.bare_ack = true;
}

static struct finding judge(struct conversation *c, enum end_id from, const struct segment *s,
                            enum origin origin)
{
    struct arriving arriving = {
        .segment = s,
        .ends = c->ends,
        .a = &c->ends[from],
        .b = &c->ends[!from],
        .course = &c->course,
        .times = &c->times,
        .from = from,
        .by_local_kernel = origin == ORIGIN_LOCAL_KERNEL,
    };
    struct finding finding = judge_segment(&arriving);
    witness_segment(&c->evidence, &arriving, finding);
    if (arriving.shows_gap && !c->without_words)
        history_gap(&c->history, !from);
    return finding;
}

static void take(struct conversation *c, enum end_id from, const struct segment *s,
                 enum origin origin)
{
    struct end *ends = c->ends;
    const enum tcp_state before[ENDS] = {ends[CLIENT].state, ends[SERVER].state};
    if (!c->without_words)
        history_add(&c->history, from, s);
    count(c, from, s);
    struct finding finding = judge(c, from, s, origin);
    if (finding.verdict == VERDICT_DUPLICATE)
        counts_take_back(&ends[from].counts, from, s);
    take_initial_rtt(c, s, finding.verdict);
    if (s->checksum != CHECKSUM_BAD)
        end_remember(&ends[from], s);
    if (state_synchronized(ends[CLIENT].state) && state_synchronized(ends[SERVER].state))
        c->course.established = true;
    if (c->steps.capacity == 0) {
        c->steps.omitted++;
        return;
    }
    if (origin == ORIGIN_USER_SPACE && finding.note == NOTE_NONE)
        finding.note = NOTE_USER_SPACE_TIME;
    bool changed = before[CLIENT] != ends[CLIENT].state || before[SERVER] != ends[SERVER].state;
    add_step(c, from, s, &finding, changed);
}

/* What the receiver makes of the checksum. Captures of others lie about lengths and leave sums to
 * the card: they are held to neither at first. */
static enum checksum_state believed(const struct end *a, const struct segment *s,
                                    enum origin origin)
{
    if (origin != ORIGIN_FOREIGN)
        return s->cut > 0 ? CHECKSUM_BAD : s->checksum;
    return s->checksum == CHECKSUM_BAD && !a->checksum_good ? CHECKSUM_UNKNOWN : s->checksum;
}

void segment_arrives(struct conversation *c, const struct segment *s, enum origin origin)
{
    segment_arrives_from(c, conversation_sender(c, &s->src), s, origin);
}

void segment_arrives_from(struct conversation *c, enum end_id from, const struct segment *s,
                          enum origin origin)
{
    struct end *a = &c->ends[from];
    if (s->checksum == CHECKSUM_GOOD)
        a->checksum_good = true;
    c->course.foreign = origin == ORIGIN_FOREIGN;
    if (origin != ORIGIN_FOREIGN && from == CLIENT)
        a->has_ts_recent = false; /* what is ours may be late here, and was not for its receiver */
    enum checksum_state checksum = believed(a, s, origin);
    if (checksum == s->checksum && origin != ORIGIN_USER_SPACE) {
        take(c, from, s, origin);
    } else {
        struct segment judged = *s;
        judged.checksum = checksum;
        if (origin == ORIGIN_USER_SPACE)
            judged.via = VIA_UNKNOWN; /* no copy of what was captured elsewhere */
        take(c, from, &judged, origin);
    }
}

/* RFC 5927, 4.1: an error counts only where its quote is of something in flight. */
static bool quotes_what_is_in_flight(const struct end *end, const struct segment *error)
{
    return error->icmp.has_seq && end->seen &&
           seq_within(error->seq, end->snd_una, end->snd_nxt - end->snd_una);
}

static void take_icmp(struct conversation *c, const struct icmp_error *error, enum reason reason)
{
    c->icmp_reason = reason;
    witness_icmp(&c->evidence, error);
}

void icmp_error_arrives(struct conversation *c, const struct segment *error)
{
    enum end_id quoted = conversation_sender(c, &error->src);
    const struct end *end = &c->ends[quoted];
    bool intact = error->checksum != CHECKSUM_BAD && (c->course.foreign || error->cut == 0);
    bool counts = intact && quotes_what_is_in_flight(end, error);
    enum reason reason = icmp_reason(&error->icmp);
    bool answers =
        counts && quoted == CLIENT && end->state == STATE_SYN_SENT && reason != REASON_UNKNOWN;
    if (answers)
        take_icmp(c, &error->icmp, reason);
    c->end_ns = error->time_ns;
    struct step step = {
        .time_ns = error->time_ns,
        .last_time_ns = error->time_ns,
        .seq = error->seq,
        .count = 1,
        .from = (uint8_t)!quoted,
        .ttl = error->ttl,
        .states = {(uint8_t)c->ends[CLIENT].state, (uint8_t)c->ends[SERVER].state},
        .verdict = answers ? VERDICT_EXPECTED : VERDICT_UNEXPECTED,
        .note = !intact  ? NOTE_BAD_CHECKSUM
                : counts ? NOTE_ICMP
                         : NOTE_ICMP_IGNORED,
        .is_icmp = true,
        .icmp_type = error->icmp.type,
        .icmp_code = error->icmp.code,
        .icmp_family = error->icmp.family,
        .icmp_from = error->icmp.from,
    };
    steps_add(&c->steps, &step, false, c->course.doubted_by);
}
