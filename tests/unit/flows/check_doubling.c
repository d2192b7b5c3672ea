/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/doubling.h"

#include "harness.h"

#define MS   INT64_C(1000000)
#define MOST 16

static const struct segment plain = {
    .src = {{FAMILY_IPV6, {0x20, 1, 0xd, 0xb8}}, 40000},
    .dst = {{FAMILY_IPV6, {0x20, 1, 0xd, 0xb9}}, 80},
    .ack = 7,
    .flags = TCP_ACK,
    .payload_len = 100,
    .options.tsval = 9,
    .time_ns = 1000 * MS,
};

static struct segment segments[MOST];

static bool shows(size_t count)
{
    const struct segment *list[MOST];
    for (size_t i = 0; i < count; i++)
        list[i] = &segments[i];
    return doubling_shows(list, count);
}

/* So many segments, the first of which come twice, one behind the other. */
static size_t fill(size_t count, size_t pairs)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t copy = 0; copy < 1u + (i < pairs); copy++) {
            segments[at] = plain;
            segments[at].seq = (uint32_t)(100 * i);
            segments[at++].time_ns += (int64_t)copy;
        }
    return at;
}

/* Three pairs, and a third of all, are the least. */
START_TEST(several_pairs_show_it)
{
    ck_assert(!shows(0));
    ck_assert(!shows(fill(8, 0)));
    ck_assert(!shows(fill(2, 2)));
    ck_assert(shows(fill(3, 3)));
    ck_assert(shows(fill(8, 8)));
    ck_assert(shows(fill(8, 3)));
    ck_assert(!shows(fill(12, 3)));
}
END_TEST

static void other_src(struct segment *s)
{
    s->src.port++;
}
static void other_dst(struct segment *s)
{
    s->dst.port++;
}
static void other_seq(struct segment *s)
{
    s->seq++;
}
static void other_ack(struct segment *s)
{
    s->ack++;
}
static void other_flags(struct segment *s)
{
    s->flags |= TCP_PSH;
}
static void other_len(struct segment *s)
{
    s->payload_len++;
}
static void other_clock(struct segment *s)
{
    s->options.tsval++;
}
static void numbered(struct segment *s)
{
    s->ip_id = 4;
}
static void later(struct segment *s)
{
    s->time_ns += 100 * MS;
}
static void earlier(struct segment *s)
{
    s->time_ns -= 101 * MS;
}

static void (*const changes[])(struct segment *s) = {
    other_src, other_dst,   other_seq, other_ack, other_flags,
    other_len, other_clock, numbered,  later,     earlier,
};

START_TEST(what_differs_is_no_copy)
{
    size_t count = fill(3, 3);
    changes[_i](&segments[1]);
    ck_assert(!shows(count));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doubling");
    TCase *tests = tcase_create("doubling");
    tcase_add_test(tests, several_pairs_show_it);
    tcase_add_loop_test(tests, what_differs_is_no_copy, 0, sizeof changes / sizeof changes[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
