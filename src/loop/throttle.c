/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/throttle.h"

#include <stddef.h>

#include "base/minmax.h"

#define SECOND_NS INT64_C(1000000000)
#define EPOCH_NS  (SECOND_NS / 10)
#define DOUBT_NS                                                                                   \
    (4 * SECOND_NS) /* so long before and after a reduction, SYNs may be lost for the rate */
#define RTO_NS           SECOND_NS /* of a SYN: RFC 6298, 2.1 */
#define SAMPLE           64u       /* SYNs before the lost ones among them mean anything */
#define SAMPLE_OF_FIRST  16u
#define LOST_PART        16u /* more than a sixteenth lost: too fast */
#define RATE_LEAST       100u
#define GROWTH_PART      256u /* of the rate for each epoch */
#define GROWTH_PART_FAST 4u
#define KEEPS_UP_PART    10u
#define RATE_UNBOUND     2000000u
#define WINDOW_LEAST     64u
#define IN_VAIN_MOST     3u /* then the rate is not why SYNs are lost, or do not leave */
#define WHOLE            1024u
#define MANY_PART        48u
#define BEARS_LOSSES_NS  (10 * SECOND_NS)

void throttle_init(struct throttle *throttle, uint32_t rate)
{
    *throttle = (struct throttle){.rate_most = rate,
                                  .rate = rate,
                                  .reduced_ns = INT64_MIN,
                                  .doubted_ns = INT64_MIN,
                                  .lost_here_ns = INT64_MIN};
    pace_init(&throttle->pace, rate);
}

int64_t throttle_next_ns(const struct throttle *throttle)
{
    return pace_next_ns(&throttle->pace);
}

static void set_rate(struct throttle *throttle, uint32_t rate)
{
    throttle->rate = rate;
    pace_change(&throttle->pace, rate);
}

static void forget_sample(struct throttle *throttle)
{
    throttle->kept = throttle->lost = 0;
    throttle->first_kept = throttle->first_lost = 0;
}

static void reduce(struct throttle *throttle, uint64_t rate, int64_t now_ns)
{
    uint32_t most = throttle->rate_most;
    uint32_t least = most != 0 && most < RATE_LEAST ? most : RATE_LEAST;
    throttle->reduced_ns = now_ns;
    throttle->era++;
    throttle->kept = throttle->lost = 0;
    set_rate(throttle, rate > least ? (uint32_t)rate : least);
}

/* A second, by what this epoch has had, if that is long enough to tell, else by the last one. */
static uint64_t measured(const struct throttle *throttle, uint32_t count, uint32_t before,
                         int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - throttle->epoch_ns;
    if (elapsed_ns <= EPOCH_NS / 4)
        return before != 0 ? before : (uint64_t)count * 4 * SECOND_NS / EPOCH_NS;
    return (uint64_t)count * SECOND_NS / (uint64_t)elapsed_ns;
}

static uint64_t rate_by_now(const struct throttle *throttle, int64_t now_ns)
{
    uint64_t rate = throttle->rate;
    if (rate == 0)
        rate = measured(throttle, throttle->sent, throttle->sent_rate, now_ns);
    return rate < RATE_UNBOUND ? rate : RATE_UNBOUND;
}

/* Drops tell nothing of the network, which may be silent. */
static void reduce_by_half(struct throttle *throttle, int64_t now_ns)
{
    reduce(throttle, rate_by_now(throttle, now_ns) / 2, now_ns);
}

/* As many are lost although far fewer are sent: that is not for the rate. At a limit of the
 * network, half the rate keeps twice as many, or all. */
static bool loses_as_before(uint32_t kept_before, uint32_t kept)
{
    if (kept_before < WHOLE * 3 / 5)
        return 10 * kept < 14 * kept_before + 10 * WHOLE / 32;
    return 5 * (WHOLE - kept) > 3 * (WHOLE - kept_before);
}

/* Only rates that differ much, or the least one, which cannot. */
static bool is_comparable(const struct throttle *throttle, uint64_t rate, uint32_t kept)
{
    bool lost_most = kept < WHOLE / 2;
    return throttle->compared_rate == 0 ||
           rate <= throttle->compared_rate / 8 * (lost_most ? 6 : 5) ||
           (lost_most && rate < 2 * RATE_LEAST);
}

/* By first SYNs only: after a reduction, few targets begin, and those that are asked again are
 * those that have lost some. */
static void compare(struct throttle *throttle, uint64_t rate)
{
    uint32_t told = throttle->first_kept + throttle->first_lost;
    uint32_t kept = told > 0 ? throttle->first_kept * WHOLE / told : 0;
    if (told < SAMPLE_OF_FIRST || !is_comparable(throttle, rate, kept))
        return;
    bool vain = throttle->compared_rate != 0 && loses_as_before(throttle->compared_kept, kept);
    throttle->losses_in_vain = vain ? throttle->losses_in_vain + 1 : 0;
    throttle->compared_rate = rate;
    throttle->compared_kept = kept;
    throttle->first_kept = throttle->first_lost = 0;
}

/* The rate is not why SYNs are lost: a router may drop the first packet to each neighbour while it
 * asks for its address, a link may lose some at any rate. */
static void bear_losses(struct throttle *throttle, int64_t now_ns)
{
    set_rate(throttle, throttle->rate_most);
    throttle->reduced_ns = throttle->doubted_ns = INT64_MIN;
    throttle->losses_in_vain = 0;
    throttle->compared_rate = 0;
    throttle->era++;
    forget_sample(throttle);
    throttle->bears_losses_until_ns = now_ns + BEARS_LOSSES_NS;
}

/* Where many targets answer, to less than what is answered; what has no limit may be far beyond
 * what the network takes. In a silent network that would be next to nothing: there to what was
 * kept, but not below half, because few answers tell that only roughly. */
static uint64_t reduced(const struct throttle *throttle, uint32_t kept, int64_t now_ns)
{
    uint64_t answers = measured(throttle, throttle->answers, throttle->answer_rate, now_ns) / 4 * 3;
    uint64_t part = (uint64_t)throttle->rate * larger(kept / 10 * 9, WHOLE / 2) / WHOLE;
    bool many = throttle->answers_in_all >= throttle->sent_in_all / MANY_PART;
    return throttle->rate == 0 || (many && answers < part) ? answers : part;
}

static void reduce_for_losses(struct throttle *throttle, int64_t now_ns)
{
    uint32_t kept = throttle->kept * WHOLE / (throttle->kept + throttle->lost);
    compare(throttle, rate_by_now(throttle, now_ns));
    if (throttle->losses_in_vain == IN_VAIN_MOST) {
        bear_losses(throttle, now_ns);
        return;
    }
    reduce(throttle, reduced(throttle, kept, now_ns), now_ns);
    throttle->doubted_ns = now_ns;
}

/* Fast while nearly all is answered. */
static void grow(struct throttle *throttle)
{
    uint32_t rate = throttle->rate;
    bool keeps_up = throttle->answer_rate >= rate - rate / KEEPS_UP_PART;
    if (rate == throttle->rate_most || throttle->reduced_ns == INT64_MIN)
        return;
    rate += rate / (keeps_up ? GROWTH_PART_FAST : GROWTH_PART) + 1;
    if (throttle->rate_most != 0 && rate > throttle->rate_most)
        rate = throttle->rate_most;
    set_rate(throttle, throttle->rate_most == 0 && rate > RATE_UNBOUND ? 0 : rate);
}

static uint32_t a_second(uint32_t count, int64_t elapsed_ns)
{
    uint64_t rate = (uint64_t)count * SECOND_NS / (uint64_t)elapsed_ns;
    return (uint32_t)(rate < UINT32_MAX ? rate : UINT32_MAX);
}

static void measure(struct throttle *throttle, int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - throttle->epoch_ns;
    if (elapsed_ns < EPOCH_NS)
        return;
    throttle->answer_rate = a_second(throttle->answers, elapsed_ns);
    throttle->sent_rate = a_second(throttle->sent, elapsed_ns);
    throttle->epoch_ns = now_ns;
    throttle->answers = throttle->sent = 0;
    grow(throttle);
}

bool throttle_take(struct throttle *throttle, int64_t now_ns)
{
    if (!pace_take(&throttle->pace, now_ns))
        return false;
    throttle->sent++;
    throttle->sent_in_all++;
    departures_sent(&throttle->departures, now_ns);
    return true;
}

static void count(struct throttle *throttle, uint8_t era, int64_t lost_ns, int64_t now_ns)
{
    bool lost = lost_ns > throttle->doubted_ns && now_ns - lost_ns >= RTO_NS;
    throttle->answers++;
    throttle->answers_in_all++;
    throttle->kept += !lost;
    throttle->lost += lost;
    if (era != throttle->era)
        return;
    throttle->first_kept += lost_ns == INT64_MIN;
    throttle->first_lost += lost_ns != INT64_MIN;
}

void throttle_answered(struct throttle *throttle, uint8_t era, int64_t lost_ns, int64_t now_ns)
{
    measure(throttle, now_ns);
    count(throttle, era, lost_ns, now_ns);
    if (throttle->lost > SAMPLE / LOST_PART && now_ns >= throttle->bears_losses_until_ns)
        reduce_for_losses(throttle, now_ns);
    else if (throttle->kept + throttle->lost >= SAMPLE)
        forget_sample(throttle);
}

void throttle_unseen(struct throttle *throttle, int64_t sent_ns)
{
    departures_unseen(&throttle->departures, sent_ns);
}

void throttle_seen_late(struct throttle *throttle, int64_t sent_ns)
{
    departures_seen_late(&throttle->departures, sent_ns);
}

static bool has_lost_many(const struct cohort *cohort)
{
    return cohort->unseen > cohort->sent / LOST_PART && cohort->unseen < cohort->sent;
}

bool throttle_loses_here(const struct throttle *throttle, int64_t sent_ns)
{
    const struct cohort *cohort = departures_of(&throttle->departures, sent_ns);
    bool lost = throttle->lost_here_ns != INT64_MIN || (cohort != NULL && has_lost_many(cohort));
    return lost && throttle->in_vain < IN_VAIN_MOST;
}

/* Where reductions change nothing, SYNs do not leave for another reason, as to neighbours that do
 * not answer; where none leaves, nothing is known. */
static void judge_cohort(struct throttle *throttle, const struct cohort *cohort, int64_t now_ns)
{
    if (cohort->sent < SAMPLE || cohort->number * COHORT_NS < throttle->reduced_ns)
        return;
    if (!has_lost_many(cohort)) {
        throttle->in_vain = 0;
        return;
    }
    if (throttle->in_vain == IN_VAIN_MOST)
        return;
    uint64_t left = (uint64_t)(cohort->sent - cohort->unseen) * SECOND_NS / COHORT_NS;
    throttle->in_vain++;
    throttle->lost_here_ns = now_ns;
    if (throttle->in_vain == IN_VAIN_MOST)
        set_rate(throttle, throttle->rate_most);
    else
        reduce(throttle, left / 4 * 3, now_ns);
}

void throttle_judge_departures(struct throttle *throttle, int64_t now_ns)
{
    struct cohort cohort;
    while (departures_judge(&throttle->departures, now_ns, &cohort))
        judge_cohort(throttle, &cohort, now_ns);
}

/* Drops count once for each epoch; but what was sent until now is in doubt. A network that does not
 * answer must not keep a reduced rate for ever, so time alone makes it grow too. */
void throttle_watch(struct throttle *throttle, uint64_t dropped, int64_t now_ns)
{
    bool more = dropped > throttle->dropped;
    throttle->dropped = dropped;
    measure(throttle, now_ns);
    if (!more)
        return;
    if (now_ns >= throttle->bears_drops_until_ns) {
        reduce_by_half(throttle, now_ns);
        throttle->bears_drops_until_ns = now_ns + EPOCH_NS;
    }
    throttle->reduced_ns = throttle->doubted_ns = now_ns;
}

uint32_t throttle_window(const struct throttle *throttle, int64_t patience_ns)
{
    if (throttle->reduced_ns == INT64_MIN || throttle->rate == 0)
        return UINT32_MAX;
    double window = (double)throttle->rate * (double)patience_ns / SECOND_NS;
    if (window >= UINT32_MAX)
        return UINT32_MAX;
    return window > WINDOW_LEAST ? (uint32_t)window : WINDOW_LEAST;
}

static bool is_near(int64_t sent_ns, int64_t event_ns)
{
    return event_ns != INT64_MIN && sent_ns < event_ns + DOUBT_NS && sent_ns >= event_ns - DOUBT_NS;
}

bool throttle_doubts(const struct throttle *throttle, int64_t sent_ns, bool unseen)
{
    return is_near(sent_ns, throttle->doubted_ns) ||
           (unseen && is_near(sent_ns, throttle->lost_here_ns));
}
