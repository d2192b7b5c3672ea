/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/timers.h"

#include <string.h>

#include "harness.h"

enum { MANY = 200, STEPS = 20000 };

/* Memory: the linker puts this in place of realloc (--wrap). */
static bool no_memory;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    return no_memory ? NULL : __real_realloc(old, size);
}

struct counted_timer {
    struct timer timer;
    unsigned fired;
    int64_t fired_at_ns;
};

static void note(void *context, struct timer *timer, int64_t now_ns)
{
    struct counted_timer *fired = (struct counted_timer *)timer;
    unsigned *count = context;
    ck_assert_uint_eq(timer->place, 0); /* it is out, and may be set again */
    fired->fired++;
    fired->fired_at_ns = now_ns;
    ++*count;
}

START_TEST(nothing_is_due_of_nothing)
{
    struct timers timers = {0};
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    ck_assert(!timers_fire_one(&timers, 0));
    ck_assert(!timers_fire_one(&timers, INT64_MAX));
    struct timer unset = {.fire = note};
    timers_unset(&timers, &unset);
    timers_free(&timers);
    timers_free(&timers);
}
END_TEST

/* What is not set is not due; what was set before is as it was. */
START_TEST(a_timer_needs_memory)
{
    struct timers timers = {0};
    unsigned count = 0;
    static struct counted_timer many[MANY];
    memset(many, 0, sizeof many);
    unsigned set = 0;
    for (unsigned i = 0; i < MANY; i++) {
        many[i].timer = (struct timer){.fire = note, .context = &count};
        no_memory = i == 0 || i > 10;
        set += timers_set(&timers, &many[i].timer, 100 + i);
    }
    no_memory = false;
    ck_assert_uint_gt(set, 10);
    ck_assert_uint_lt(set, MANY - 1);
    ck_assert_int_eq(timers_next_ns(&timers), 101);
    while (timers_fire_one(&timers, 1000))
        ;
    ck_assert_uint_eq(count, set);
    ck_assert_uint_eq(many[0].fired, 0);
    ck_assert_uint_eq(many[MANY - 1].fired, 0);
    timers_free(&timers);
}
END_TEST

START_TEST(fires_when_due_and_once)
{
    struct timers timers = {0};
    unsigned count = 0;
    struct counted_timer t = {.timer = {.fire = note, .context = &count}};
    ck_assert(timers_set(&timers, &t.timer, 100));
    ck_assert_int_eq(timers_next_ns(&timers), 100);
    ck_assert(!timers_fire_one(&timers, 99));
    ck_assert(timers_fire_one(&timers, 100));
    ck_assert(!timers_fire_one(&timers, 1000));
    ck_assert_int_eq(t.fired_at_ns, 100);
    ck_assert(timers_set(&timers, &t.timer, 50));
    ck_assert(timers_set(&timers, &t.timer, 500)); /* moved, not doubled */
    ck_assert(!timers_fire_one(&timers, 499));
    ck_assert(timers_fire_one(&timers, 501));
    ck_assert_int_eq(t.fired_at_ns, 501);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
}
END_TEST

static struct timers *again_timers;

static void set_again(void *context, struct timer *timer, int64_t now_ns)
{
    unsigned *count = context;
    if (++*count < 5)
        ck_assert(timers_set(again_timers, timer, now_ns + 10));
}

/* The latest time there is; others come and go before. */
START_TEST(never_is_a_time_too)
{
    struct timers timers = {0};
    unsigned count = 0;
    struct counted_timer never = {.timer = {.fire = note, .context = &count}};
    struct counted_timer other = {.timer = {.fire = note, .context = &count}};
    ck_assert(timers_set(&timers, &never.timer, INT64_MAX));
    for (int64_t due_ns = 1; due_ns < INT64_MAX / 8; due_ns *= 7) {
        ck_assert(timers_set(&timers, &other.timer, due_ns));
        ck_assert_int_eq(timers_next_ns(&timers), due_ns);
        ck_assert(timers_fire_one(&timers, due_ns));
        ck_assert(!timers_fire_one(&timers, due_ns));
    }
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_unset(&timers, &never.timer);
    ck_assert(!timers_fire_one(&timers, INT64_MAX));
    timers_free(&timers);
}
END_TEST

START_TEST(may_be_set_while_it_fires)
{
    struct timers timers = {0};
    unsigned count = 0;
    struct timer t = {.fire = set_again, .context = &count};
    again_timers = &timers;
    ck_assert(timers_set(&timers, &t, 0));
    for (int64_t now_ns = 0; now_ns < 100; now_ns++)
        while (timers_fire_one(&timers, now_ns))
            ck_assert_int_eq(now_ns, 10 * ((int64_t)count - 1));
    ck_assert_uint_eq(count, 5);
    timers_free(&timers);
}
END_TEST

/* Against an array: due_ns of each, or INT64_MAX where it is unset. */
static int64_t least(const int64_t *due_ns)
{
    int64_t least_ns = INT64_MAX;
    for (unsigned i = 0; i < MANY; i++)
        least_ns = due_ns[i] < least_ns ? due_ns[i] : least_ns;
    return least_ns;
}

/* In steps of so many ns: within a slot, over slots, and over the levels of the wheel. */
static const int64_t scales_ns[] = {
    1,
    1000,
    INT64_C(1) << 15,
    INT64_C(1) << 19,
    (INT64_C(1) << 24) + 7,
    INT64_C(1) << 32,
    (INT64_C(1) << 41) - 1,
    INT64_C(1) << 49,
};

static void fire_due(struct timers *timers, struct counted_timer *all, int64_t *due_ns,
                     int64_t now_ns)
{
    int64_t next_ns;
    while ((next_ns = least(due_ns)) <= now_ns) {
        ck_assert_int_eq(timers_next_ns(timers), next_ns);
        ck_assert(timers_fire_one(timers, now_ns));
        unsigned i = 0;
        while (i < MANY && all[i].fired == 0)
            i++;
        ck_assert_uint_lt(i, MANY);
        ck_assert_int_eq(due_ns[i], next_ns); /* the earliest, one of equals */
        all[i].fired = 0;
        due_ns[i] = INT64_MAX;
    }
    ck_assert(!timers_fire_one(timers, now_ns));
}

START_TEST(agrees_with_a_model)
{
    static struct counted_timer all[MANY];
    static int64_t due_ns[MANY];
    struct timers timers = {0};
    uint64_t random = (uint64_t)_i;
    unsigned count = 0;
    const int64_t scale_ns = scales_ns[_i];
    int64_t now_ns = _i % 2 == 0 ? -1000 : 1000 * scale_ns - 1;
    for (unsigned i = 0; i < MANY; i++) {
        all[i] = (struct counted_timer){.timer = {.fire = note, .context = &count}};
        due_ns[i] = INT64_MAX;
    }
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = (unsigned)(next_random(&random) % MANY);
        unsigned choice = (unsigned)(next_random(&random) % 8);
        if (choice < 5) {
            due_ns[i] = now_ns + ((int64_t)(next_random(&random) % 60) - 5) * scale_ns;
            if (next_random(&random) % 4 == 0)
                due_ns[i] += (int64_t)(next_random(&random) % (uint64_t)scale_ns) * 100;
            ck_assert(timers_set(&timers, &all[i].timer, due_ns[i]));
        } else if (choice == 5) {
            due_ns[i] = INT64_MAX;
            timers_unset(&timers, &all[i].timer);
            timers_unset(&timers, &all[i].timer);
        } else if (choice == 6) {
            fire_due(&timers, all, due_ns, now_ns);
            now_ns += scale_ns;
        }
        ck_assert_int_eq(timers_next_ns(&timers), least(due_ns));
    }
    timers_free(&timers);
    ck_assert_ptr_null(timers.heap);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timers");
    TCase *tcase = tcase_create("timers");
    tcase_add_test(tcase, nothing_is_due_of_nothing);
    tcase_add_test(tcase, fires_when_due_and_once);
    tcase_add_test(tcase, a_timer_needs_memory);
    tcase_add_test(tcase, never_is_a_time_too);
    tcase_add_test(tcase, may_be_set_while_it_fires);
    tcase_add_loop_test(tcase, agrees_with_a_model, 0, sizeof scales_ns / sizeof scales_ns[0]);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
