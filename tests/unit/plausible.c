/* SPDX-License-Identifier: BSD-2-Clause */
#include "plausible.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static bool known(int64_t time_ns)
{
    return time_ns != DURATION_UNKNOWN;
}

/* Whether one is not less than the other, as far as both are known. */
static bool at_least(int64_t one_ns, int64_t other_ns)
{
    return !known(one_ns) || !known(other_ns) || one_ns >= other_ns;
}

static const char *flaw_of_durations(const struct connection_result *r)
{
    const int64_t durations[] = {
        r->resolve_ns,         r->handshake.connect_ns,       r->handshake.syn_rtt_ns,
        r->handshake.total_ns, r->handshake.ack_delay_ns,     r->teardown.fin_rtt_ns,
        r->teardown.total_ns,  r->teardown.peer_fin_delay_ns, r->teardown.reset_after_ns,
    };
    for (size_t i = 0; i < LENGTH(durations); i++)
        if (!at_least(durations[i], 0))
            return "a negative duration";
    return NULL;
}

static const char *flaw_of_syns(const struct connection_result *r, bool in_order)
{
    const int64_t *times_ns = r->handshake.syn_times_ns;
    unsigned count = r->handshake.syn_time_count, syns = r->handshake.syn_count;
    if (count != 0 && count != (syns < SYN_TIMES_MAX ? syns : SYN_TIMES_MAX))
        return "more or fewer times of SYNs than SYNs";
    for (unsigned i = 0; i < count; i++)
        if (!at_least(times_ns[i], 0) || (i == 0 && times_ns[0] != 0))
            return "a SYN before the first one";
    for (unsigned i = 1; in_order && i < count; i++)
        if (!at_least(times_ns[i], times_ns[i - 1]))
            return "times of SYNs that do not rise";
    return NULL;
}

/* With stamps in order. */
static const char *flaw_of_order(const struct connection_result *r)
{
    const int64_t firsts_ns[] = {
        r->end_ns,       r->first.syn_ns,         r->first.syn_ack_ns,
        r->first.rst_ns, r->first.fin_ns[CLIENT], r->first.fin_ns[SERVER],
    };
    for (size_t i = 0; i < LENGTH(firsts_ns); i++)
        if (!at_least(firsts_ns[i], r->start_ns))
            return "something before the start";
    if (!at_least(r->first.ack_ns, r->first.syn_ack_ns))
        return "a SYN/ACK acknowledged before it came";
    if (!at_least(r->handshake.connect_ns, r->handshake.syn_rtt_ns))
        return "a round trip longer than connect() waited";
    if (r->teardown.result == TEARDOWN_GRACEFUL &&
        !at_least(r->teardown.total_ns, r->teardown.fin_rtt_ns))
        return "a round trip longer than the close";
    return NULL;
}

static const char *flaw_of_counts(const struct connection_result *r, enum end_id id)
{
    const struct repeats *repeats = &r->repeats[id];
    uint32_t syns = id == CLIENT ? r->handshake.syn_count : r->handshake.synack_count;
    if (syns > r->segments[id] || r->teardown.fin_count[id] > r->segments[id])
        return "more SYNs or FINs than segments";
    if (repeats_retransmitted(repeats) + repeats->duplicates > r->segments[id])
        return "more segments sent again or seen twice than segments";
    if (repeats->fin > r->teardown.fin_count[id])
        return "more FINs sent again than FINs";
    if (r->bytes_acked[id] > (r->missed[id] ? INT64_MAX : r->bytes[id]))
        return "more octets acknowledged than sent";
    return NULL;
}

static const char *flaw_of_steps(const struct connection_result *r)
{
    uint64_t shown = 0, errors = 0, segments = r->segments[CLIENT] + r->segments[SERVER];
    for (uint32_t i = 0; i < r->step_count; i++)
        *(r->steps[i].is_icmp ? &errors : &shown) += r->steps[i].count;
    if (shown > segments || shown + r->steps_omitted < segments)
        return "steps that do not add up to the segments";
    return NULL;
}

static const char *flaw_of_words(const struct connection_result *r)
{
    enum teardown_result how = connection_close(r);
    if (r->handshake.result == HANDSHAKE_COMPLETED && r->port_state != PORT_OPEN)
        return "a completed handshake with a port that is not open";
    if (how == TEARDOWN_RESET && r->teardown.reset_by == NEITHER && !r->teardown.local_reset)
        return "a reset by neither end";
    if (r->teardown.form != FORM_NONE && how != TEARDOWN_GRACEFUL)
        return "a form without a graceful close";
    return NULL;
}

const char *implausible(const struct connection_result *r, bool in_order)
{
    const char *flaws[] = {
        flaw_of_durations(r),      flaw_of_syns(r, in_order), in_order ? flaw_of_order(r) : NULL,
        flaw_of_steps(r),          flaw_of_words(r),          flaw_of_counts(r, CLIENT),
        flaw_of_counts(r, SERVER),
    };
    for (size_t i = 0; i < LENGTH(flaws); i++)
        if (flaws[i] != NULL)
            return flaws[i];
    return NULL;
}

static bool adds_up(const uint64_t *counts, size_t size, uint64_t whole, bool exactly)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += counts[i];
    return exactly ? sum == whole : sum <= whole;
}

static bool is_sound(const struct rtt_stats *stats, uint64_t most)
{
    int64_t mean_ns = rtt_stats_mean_ns(stats);
    if (stats->count == 0)
        return true;
    return stats->count <= most && stats->min_ns >= 0 && mean_ns >= stats->min_ns &&
           mean_ns <= stats->max_ns;
}

const char *implausible_summary(const struct summary *s)
{
    if (s->ok > s->connections || s->warned > s->ok)
        return "more connections ok than there are";
    if (!adds_up(s->by_port_state, PORT_STATE_COUNT, s->connections, true) ||
        !adds_up(s->by_handshake, HANDSHAKE_RESULT_COUNT, s->connections, true) ||
        !adds_up(s->by_teardown, TEARDOWN_RESULT_COUNT, s->connections, true) ||
        !adds_up(s->by_close, TEARDOWN_RESULT_COUNT, s->connections, false))
        return "counts that do not add up to the connections";
    if (!is_sound(&s->connect, s->by_port_state[PORT_OPEN]) ||
        !is_sound(&s->syn_rtt, s->connections) || !is_sound(&s->fin_rtt, s->connections))
        return "impossible times";
    for (enum end_id id = CLIENT; id < ENDS; id++)
        if (traffic_retransmitted(&s->traffic[id]) + s->traffic[id].duplicates >
            s->traffic[id].segments)
            return "more segments sent again or seen twice than segments";
    return NULL;
}
