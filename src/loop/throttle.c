/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/throttle.h"

#include <stddef.h>

#define SECOND_NS INT64_C(1000000000)
#define EPOCH_NS  (SECOND_NS / 10)
#define DOUBT_NS                                                                                   \
    (4 * SECOND_NS) /* so long before and after a reduction, SYNs may be lost for the rate */
#define SAMPLE           64u /* SYNs before the lost ones among them mean anything */
#define LOST_PART        16u /* more than a sixteenth lost: too fast */
#define RATE_LEAST       100u
#define GROWTH_PART      256u /* of the rate for each epoch */
#define GROWTH_PART_FAST 4u
#define KEEPS_UP_PART    10u
#define RATE_UNBOUND     2000000u
#define WINDOW_LEAST     64u
#define IN_VAIN_MOST     3u /* then the rate is not why SYNs do not leave */

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

/* By what this epoch has had, if that is long enough to tell, else by the last one. */
static uint64_t measured(const struct throttle *throttle, uint32_t count, uint32_t before,
                         int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - throttle->epoch_ns;
    if (elapsed_ns <= EPOCH_NS / 4)
        return before != 0 ? before : (uint64_t)count * 4 * SECOND_NS / EPOCH_NS;
    return (uint64_t)count * SECOND_NS / (uint64_t)elapsed_ns;
}

static void reduce(struct throttle *throttle, uint64_t rate, int64_t now_ns)
{
    uint32_t most = throttle->rate_most;
    uint32_t least = most != 0 && most < RATE_LEAST ? most : RATE_LEAST;
    throttle->reduced_ns = now_ns;
    throttle->kept = throttle->lost = 0;
    set_rate(throttle, rate > least ? (uint32_t)rate : least);
}

/* To three quarters of what is answered, or of what the rate was. */
static void reduce_to_answers(struct throttle *throttle, int64_t now_ns)
{
    uint64_t rate = measured(throttle, throttle->answers, throttle->answer_rate, now_ns);
    if (throttle->rate != 0 && throttle->rate < rate)
        rate = throttle->rate;
    reduce(throttle, rate / 4 * 3, now_ns);
    throttle->doubted_ns = now_ns;
}

/* Drops tell nothing of the network, which may be silent: half of the rate, or of what was sent
 * where there is no rate. */
static void reduce_by_half(struct throttle *throttle, int64_t now_ns)
{
    uint64_t rate = throttle->rate;
    if (rate == 0)
        rate = measured(throttle, throttle->sent, throttle->sent_rate, now_ns);
    if (rate > RATE_UNBOUND)
        rate = RATE_UNBOUND;
    reduce(throttle, rate / 2, now_ns);
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
    departures_sent(&throttle->departures, now_ns);
    return true;
}

void throttle_answered(struct throttle *throttle, int64_t lost_ns, int64_t now_ns)
{
    measure(throttle, now_ns);
    throttle->answers++;
    throttle->kept++;
    throttle->lost += lost_ns > throttle->doubted_ns;
    if (throttle->lost > SAMPLE / LOST_PART)
        reduce_to_answers(throttle, now_ns);
    else if (throttle->kept + throttle->lost >= SAMPLE)
        throttle->kept = throttle->lost = 0;
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
