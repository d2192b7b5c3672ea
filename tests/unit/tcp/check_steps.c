/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/steps.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* A step for each letter: p plain data, s a surprise, M a control segment that is expected, C a
 * change of state, n a note alone, i an ICMP error. Its time is its place in the text. */
static struct step step_of(char letter, int place)
{
    struct step step = {
        .time_ns = place,
        .last_time_ns = place,
        .bytes = 10,
        .len = 10,
        .count = 1,
        .flags = TCP_ACK,
        .verdict = VERDICT_EXPECTED,
    };
    if (letter == 's')
        step.verdict = VERDICT_RETRANSMISSION;
    if (letter == 'n')
        step.note = NOTE_KEEP_ALIVE;
    if (letter == 'M')
        step.flags = TCP_SYN;
    if (letter == 'i') {
        step.is_icmp = true;
        step.flags = 0;
        step.verdict = VERDICT_UNEXPECTED;
    }
    return step;
}

/* What is kept, as the places of the first segments and, in brackets, the counts of runs. */
static const struct {
    uint8_t capacity;
    const char *steps;
    const char *kept;
    uint32_t omitted;
} lists[] = {
    {8, "", "", 0},
    {8, "MppM", "0 1 2 3", 0},
    {8, "ppp", "0 1 2", 0},
    {8, "pppp", "0 1 2(2)", 0},
    {8, "pppppppppppp", "0 1 2(10)", 0},
    {8, "pppppMppppp", "0 1 2(3) 5 6 7 8(3)", 0}, /* a control segment ends a run */
    {8, "pppppspppp", "0 1 2(3) 5 6 7 8(2)", 0},  /* so does a surprise */
    {8, "pppppnpppp", "0 1 2(3) 5 6 7 8(2)", 0},  /* and what there is a note for */
    {8, "pppppip", "0 1 2(3) 5 6", 0},
    {8, "pppppC", "0 1 2(3) 5", 0},
    {4, "pppM", "0 1 2 3", 0},
    {4, "pppMM", "0 1 3 4", 1},     /* the latest plain one makes room */
    {4, "pppppppMM", "0 1 7 8", 5}, /* with all that was folded into it */
    {4, "MMMMp", "0 1 2 3", 1},     /* nothing matters less than plain */
    {4, "MMMMppppp", "0 1 2 3", 5}, /* and nothing is folded into a control segment */
    {4, "MMMMs", "0 1 2 3", 1},
    {4, "MMMMM", "0 1 2 3", 1}, /* what came first stays */
    {4, "sMsMM", "0 1 3 4", 1},
    {4, "spMps", "0 1 2 4", 1}, /* plain before surprises */
    {4, "spMpM", "0 1 2 4", 1},
    {4, "ppsMCs", "2 3 4 5", 2},
    {4, "sisiM", "0 1 2 4", 1},
    {4, "MMMMC", "0 1 2 4", 1}, /* nothing stands in the way of what opens or closes */
    {4, "CMMMMMC", "0 1 2 6", 3},
    {4, "CMMMMMMCCsMC", "0 7 8 11", 8},
    {4, "CCMsC", "0 1 2 4", 1},
    {4, "CCCCC", "0 1 2 3", 1},
    {4, "pppMppppM", "0 1 3 8", 5},
    {1, "pppp", "0", 3},
    {1, "psM", "2", 2},
    {1, "Mps", "0", 2},
    {3, "pppppp", "0 1 2(4)", 0},
    {2, "pppppp", "0 1", 4},
    {0, "MpsC", "", 4},
};

static void describe(const struct steps *s, char *out)
{
    for (uint32_t i = 0; i < s->count; i++) {
        out += sprintf(out, "%s%d", i > 0 ? " " : "", (int)s->list[i].time_ns);
        if (s->list[i].count > 1)
            out += sprintf(out, "(%u)", s->list[i].count);
    }
    *out = '\0';
}

START_TEST(keeps_what_matters)
{
    char kept[256];
    struct steps s = {.capacity = lists[_i].capacity};
    size_t size = lists[_i].capacity * sizeof(struct step);
    uint8_t *room = guarded_copy(NULL, 0);
    s.list = lists[_i].capacity > 0 ? (struct step *)(void *)(room - size) : NULL;
    for (int i = 0; lists[_i].steps[i] != '\0'; i++) {
        struct step step = step_of(lists[_i].steps[i], i);
        steps_add(&s, &step, lists[_i].steps[i] == 'C', NEITHER);
    }
    describe(&s, kept);
    ck_assert_msg(strcmp(kept, lists[_i].kept) == 0, "%s in %u: [%s], not [%s]", lists[_i].steps,
                  lists[_i].capacity, kept, lists[_i].kept);
    ck_assert_uint_eq(s.omitted, lists[_i].omitted);
}
END_TEST

START_TEST(a_run_tells_its_whole)
{
    struct step steps[4];
    struct steps s = {.list = steps, .capacity = 4};
    for (int i = 0; i < 10; i++) {
        struct step step = step_of('p', i);
        step.client_count = i % 4 == 3; /* two of the run */
        step.client_bytes = step.client_count * 10;
        steps_add(&s, &step, false, NEITHER);
    }
    ck_assert_uint_eq(s.count, 3);
    ck_assert_int_eq(steps[2].time_ns, 2);
    ck_assert_int_eq(steps[2].last_time_ns, 9);
    ck_assert_uint_eq(steps[2].count, 8);
    ck_assert_uint_eq(steps[2].bytes, 80);
    ck_assert_uint_eq(steps[2].client_count, 2);
    ck_assert_uint_eq(steps[2].client_bytes, 20);
    ck_assert_uint_eq(steps[2].len, 10);
}
END_TEST

/* An RST or FIN that is not expected is a surprise and makes room for one that is, or that may have
 * ended the connection. */
START_TEST(only_what_is_expected_is_control)
{
    struct step steps[1];
    struct steps s = {.list = steps, .capacity = 1};
    struct step step = step_of('s', 0);
    step.flags = TCP_RST;
    steps_add(&s, &step, false, NEITHER);
    step.time_ns = 1;
    step.flags = TCP_FIN | TCP_ACK;
    step.verdict = VERDICT_EXPECTED;
    steps_add(&s, &step, false, NEITHER);
    ck_assert_uint_eq(s.count, 1);
    ck_assert_int_eq(steps[0].time_ns, 1);
    ck_assert_uint_eq(s.omitted, 1);
}
END_TEST

START_TEST(keeps_a_reset_in_doubt)
{
    struct step steps[1];
    struct steps s = {.list = steps, .capacity = 1};
    struct step step = step_of('s', 0);
    steps_add(&s, &step, false, NEITHER);
    step = step_of('s', 1);
    step.flags = TCP_RST;
    step.from = SERVER;
    steps_add(&s, &step, false, NEITHER);
    ck_assert_int_eq(steps[0].time_ns, 0);
    step.time_ns = 2;
    steps_add(&s, &step, false, SERVER);
    ck_assert_int_eq(steps[0].time_ns, 2);
    ck_assert_uint_eq(s.omitted, 2);
}
END_TEST

/* The owner may give more room between two steps. */
START_TEST(goes_on_when_room_is_added)
{
    struct step steps[8];
    struct steps s = {.list = steps, .capacity = 2};
    for (int i = 0; i < 6; i++) {
        struct step step = step_of('p', i);
        if (i == 4)
            s.capacity = 8;
        steps_add(&s, &step, false, NEITHER);
    }
    ck_assert_uint_eq(s.count, 4);
    ck_assert_uint_eq(s.omitted, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("steps");
    TCase *list = tcase_create("list");
    tcase_add_loop_test(list, keeps_what_matters, 0, COUNT(lists));
    tcase_add_test(list, a_run_tells_its_whole);
    tcase_add_test(list, only_what_is_expected_is_control);
    tcase_add_test(list, keeps_a_reset_in_doubt);
    tcase_add_test(list, goes_on_when_room_is_added);
    suite_add_tcase(suite, list);
    return run_suite(suite);
}
