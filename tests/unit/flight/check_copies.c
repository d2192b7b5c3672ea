/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/copies.h"

#include "harness.h"

#define BRIDGE 3
#define PORT   4
#define US     INT64_C(1000)
#define SECOND INT64_C(1000000000)

static struct copies copies;

static void set_up(void)
{
    copies = (struct copies){.next = 0};
}

static void tear_down(void)
{
    copies_free(&copies);
}

static const struct segment ordinary = {
    .time_ns = 1000 * SECOND,
    .seq = 1000,
    .ack = 2000,
    .flags = TCP_ACK,
    .window = 100,
    .payload_len = 10,
    .ip_id = 7,
    .ttl = 64,
    .options = {.has_timestamps = true, .tsval = 1, .tsecr = 2},
};

START_TEST(what_another_interface_showed_is_a_copy)
{
    struct segment later = ordinary;
    later.time_ns += 5 * US;
    ck_assert(!copies_take(&copies, &ordinary, BRIDGE));
    ck_assert(copies_take(&copies, &later, PORT));
    later.time_ns = ordinary.time_ns - 5 * US; /* captures are read one after the other */
    later.ttl = 63;                            /* and a router on the way has counted */
    later.src.port = 7;                        /* or changed it */
    ck_assert(copies_take(&copies, &later, PORT));
}
END_TEST

/* The same twice on one interface came twice, or was sent twice. */
START_TEST(what_the_same_interface_shows_again_is_none)
{
    ck_assert(!copies_take(&copies, &ordinary, BRIDGE));
    ck_assert(!copies_take(&copies, &ordinary, BRIDGE));
    ck_assert(copies_take(&copies, &ordinary, PORT));
}
END_TEST

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

static void other_window(struct segment *s)
{
    s->window++;
}

static void other_length(struct segment *s)
{
    s->payload_len++;
}

static void other_identification(struct segment *s)
{
    s->ip_id++;
}

static void other_timestamp(struct segment *s)
{
    s->options.tsval++;
}

static void other_echo(struct segment *s)
{
    s->options.tsecr++;
}

static void other_icmp(struct segment *s)
{
    s->icmp.code = 1;
}

static void much_later(struct segment *s)
{
    s->time_ns += SECOND;
}

static void much_earlier(struct segment *s)
{
    s->time_ns -= SECOND;
}

static void (*const changes[])(struct segment *) = {
    other_seq,       other_ack,  other_flags, other_window, other_length, other_identification,
    other_timestamp, other_echo, other_icmp,  much_later,   much_earlier,
};

START_TEST(what_differs_is_none)
{
    struct segment other = ordinary;
    changes[_i](&other);
    ck_assert(!copies_take(&copies, &ordinary, BRIDGE));
    ck_assert(!copies_take(&copies, &other, PORT));
}
END_TEST

/* Captures are read in turns: hundreds of frames of one, then the same of the other. */
START_TEST(frames_in_bulk_are_recognized)
{
    enum { BATCH = 250, ROUNDS = 20 };
    struct segment s = ordinary;
    for (uint32_t round = 0; round < ROUNDS; round++)
        for (int turn = 0; turn < 2; turn++)
            for (uint32_t i = 1; i <= BATCH; i++) {
                s.seq = ordinary.seq + 10 * (round * BATCH + i);
                ck_assert_int_eq(copies_take(&copies, &s, turn == 0 ? BRIDGE : PORT), turn == 1);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("copies");
    TCase *tests = tcase_create("copies");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_another_interface_showed_is_a_copy);
    tcase_add_test(tests, what_the_same_interface_shows_again_is_none);
    tcase_add_loop_test(tests, what_differs_is_none, 0, sizeof changes / sizeof changes[0]);
    tcase_add_test(tests, frames_in_bulk_are_recognized);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
