/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/throttle.h"

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

void throttle_init(struct throttle *throttle, uint32_t rate)
{
    *throttle = (struct throttle){.rate_most = rate, .rate = rate, .reduced_ns = INT64_MIN};
    pace_init(&throttle->pace, rate);
}

bool throttle_take(struct throttle *throttle, int64_t now_ns)
{
    return pace_take(&throttle->pace, now_ns);
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

/* To three quarters of what is answered, or of what the rate was. */
static void reduce(struct throttle *throttle, int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - throttle->epoch_ns;
    uint64_t measured = throttle->answer_rate;
    if (elapsed_ns > EPOCH_NS / 4)
        measured = (uint64_t)throttle->answers * SECOND_NS / (uint64_t)elapsed_ns;
    uint64_t rate = measured;
    if (throttle->rate != 0 && throttle->rate < rate)
        rate = throttle->rate;
    rate = rate / 4 * 3;
    throttle->reduced_ns = now_ns;
    throttle->kept = throttle->lost = 0;
    set_rate(throttle, rate > RATE_LEAST ? (uint32_t)rate : RATE_LEAST);
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

static void measure(struct throttle *throttle, int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - throttle->epoch_ns;
    if (elapsed_ns < EPOCH_NS)
        return;
    uint64_t rate = (uint64_t)throttle->answers * SECOND_NS / (uint64_t)elapsed_ns;
    throttle->answer_rate = (uint32_t)(rate < UINT32_MAX ? rate : UINT32_MAX);
    throttle->epoch_ns = now_ns;
    throttle->answers = 0;
    grow(throttle);
}

void throttle_answered(struct throttle *throttle, int64_t lost_ns, int64_t now_ns)
{
    measure(throttle, now_ns);
    throttle->answers++;
    throttle->kept++;
    throttle->lost += lost_ns > throttle->reduced_ns;
    if (throttle->kept + throttle->lost < SAMPLE)
        return;
    if (throttle->lost > (throttle->kept + throttle->lost) / LOST_PART)
        reduce(throttle, now_ns);
    throttle->kept = throttle->lost = 0;
}

/* Once for each epoch; but what was sent until now is in doubt. */
void throttle_dropped(struct throttle *throttle, int64_t now_ns)
{
    if (now_ns >= throttle->bears_drops_until_ns) {
        reduce(throttle, now_ns);
        throttle->bears_drops_until_ns = now_ns + EPOCH_NS;
    }
    throttle->reduced_ns = now_ns;
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

bool throttle_doubts(const struct throttle *throttle, int64_t sent_ns)
{
    return throttle->reduced_ns != INT64_MIN && sent_ns < throttle->reduced_ns + DOUBT_NS &&
           sent_ns >= throttle->reduced_ns - DOUBT_NS;
}
