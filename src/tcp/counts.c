/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/counts.h"

#include "wire/seq.h"

/* Sets the time once; returns whether it did. */
static bool set_once(int64_t *time_ns, int64_t now_ns)
{
    if (*time_ns != DURATION_UNKNOWN)
        return false;
    *time_ns = now_ns;
    return true;
}

/* The first acknowledgement of the first SYN/ACK. */
static void note_first_ack(struct first *first, enum end_id from, const struct segment *s)
{
    if (from == CLIENT && (s->flags & TCP_ACK) != 0 && first->ack_ns == DURATION_UNKNOWN &&
        first->syn_ack_seen && seq_gt(s->ack, first->syn_ack_seq))
        first->ack_ns = s->time_ns;
}

#define SYN_TIME_BITS    40
#define SYN_TIME_UNKNOWN ((INT64_C(1) << SYN_TIME_BITS) - 1)

/* number: of the SYN, above 0. */
static void syn_times_add(struct syn_times *syn_times, uint32_t number, int64_t since_ns)
{
    bool fits = since_ns != DURATION_UNKNOWN && since_ns < SYN_TIME_UNKNOWN;
    uint64_t kept = (uint64_t)(fits ? since_ns : SYN_TIME_UNKNOWN);
    if (number >= SYN_TIMES_MAX)
        return;
    syn_times->since_first[number - 1].low = (uint32_t)kept;
    syn_times->since_first[number - 1].high = (uint8_t)(kept >> 32);
}

int64_t syn_times_at(const struct syn_times *syn_times, uint32_t number)
{
    if (number == 0)
        return 0;
    int64_t kept = syn_times->since_first[number - 1].low |
                   (int64_t)syn_times->since_first[number - 1].high << 32;
    return kept == SYN_TIME_UNKNOWN ? DURATION_UNKNOWN : kept;
}

void syn_times_forget(struct syn_times *syn_times, int64_t since_first_ns)
{
    for (uint32_t number = 1; number < SYN_TIMES_MAX; number++)
        if (syn_times_at(syn_times, number) == since_first_ns)
            syn_times_add(syn_times, number, DURATION_UNKNOWN);
}

static void add_control(struct counts *counts, struct first *first, struct syn_times *syn_times,
                        enum end_id from, const struct segment *s)
{
    if (from == CLIENT && segment_opens(s)) {
        if (!set_once(&first->syn_ns, s->time_ns))
            syn_times_add(syn_times, counts->syn_count,
                          duration_between(first->syn_ns, s->time_ns));
        counts->syn_count++;
    } else if (from == SERVER && segment_is_syn_ack(s)) {
        counts->syn_count++;
        if (!first->syn_ack_seen) {
            first->syn_ack_ns = s->time_ns;
            first->syn_ack_seq = s->seq;
            first->syn_ack_seen = true;
        }
    }
    if ((s->flags & TCP_FIN) != 0) {
        counts->fin_count++;
        set_once(&first->fin_ns[from], s->time_ns);
    }
    if ((s->flags & TCP_RST) != 0 && set_once(&first->rst_ns, s->time_ns))
        first->rst_by = from;
}

void counts_add(struct counts *counts, struct first *first, struct syn_times *syn_times,
                enum end_id from, const struct segment *s)
{
    counts->segments++;
    counts->bytes += segment_carried_len(s);
    if ((s->flags & (TCP_SYN | TCP_RST)) == 0)
        note_first_ack(first, from, s);
    if ((s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0)
        add_control(counts, first, syn_times, from, s);
}

static void count_one(uint16_t *count)
{
    if (*count < UINT16_MAX)
        ++*count;
}

void repeats_add(struct repeats *repeats, const struct segment *s)
{
    if ((s->flags & TCP_SYN) != 0)
        count_one(&repeats->syn);
    else if ((s->flags & TCP_FIN) != 0)
        count_one(&repeats->fin);
    else
        repeats->data += repeats->data < UINT32_MAX;
}

void repeats_add_duplicate(struct repeats *repeats)
{
    repeats->duplicates += repeats->duplicates < UINT32_MAX;
}
