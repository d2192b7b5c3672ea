/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/expectation.h"
#include "tcp/result.h"

#include <string.h>

#include "harness.h"

/* One table of words through its reader. unsaid is a value that stands for nothing, or -1. */
#define READER(function, type)                                                                     \
    static const char *read_##function(int value)                                                  \
    {                                                                                              \
        return function((enum type)value);                                                         \
    }

READER(port_state_name, port_state)
READER(handshake_result_name, handshake_result)
READER(reason_name, reason)
READER(teardown_result_name, teardown_result)
READER(teardown_form_name, teardown_form)
READER(verdict_name, verdict)
READER(end_name, end_id)
READER(note_text, note)

static const struct {
    const char *(*read)(int value);
    int count, unsaid;
    const char *first, *last;
    bool phrases;
} tables[] = {
    {read_port_state_name, PORT_STATE_COUNT, -1, "open", "unknown", false},
    {read_handshake_result_name, HANDSHAKE_RESULT_COUNT, -1, "completed", "not-followed", false},
    {read_reason_name, REASON_COUNT, -1, "unknown", "unacceptable-answer", false},
    {read_teardown_result_name, TEARDOWN_RESULT_COUNT, -1, "none", "unanswered", false},
    {read_teardown_form_name, FORM_COUNT, FORM_NONE, NULL, "simultaneous", false},
    {read_verdict_name, VERDICT_COUNT, -1, "expected", "local-reset", false},
    {read_end_name, ENDS, -1, "client", "server", false},
    {read_note_text, NOTE_COUNT, NOTE_NONE, NULL, "echoes a timestamp that was never sent", true},
};

START_TEST(every_value_has_its_own_word)
{
    for (int i = 0; i < tables[_i].count; i++) {
        const char *word = tables[_i].read(i);

        if (i == tables[_i].unsaid) {
            ck_assert_ptr_null(word);
            continue;
        }
        ck_assert_msg(word != NULL && *word != '\0', "value %d has no word", i);
        if (!tables[_i].phrases)
            ck_assert_uint_eq(strspn(word, "abcdefghijklmnopqrstuvwxyz-"), strlen(word));
        for (int k = 0; k < i; k++)
            if (k != tables[_i].unsaid)
                ck_assert_str_ne(word, tables[_i].read(k));
    }
}
END_TEST

START_TEST(words_stand_where_they_belong)
{
    if (tables[_i].first != NULL)
        ck_assert_str_eq(tables[_i].read(0), tables[_i].first);
    ck_assert_str_eq(tables[_i].read(tables[_i].count - 1), tables[_i].last);
}
END_TEST

START_TEST(a_value_outside_has_no_word)
{
    ck_assert_ptr_null(tables[_i].read(tables[_i].count));
    ck_assert_ptr_null(tables[_i].read(1000));
    ck_assert_ptr_null(tables[_i].read(-1));
}
END_TEST

#define UNKNOWN DURATION_UNKNOWN
#define MS      INT64_C(1000000)

static const struct {
    unsigned wanted;
    int64_t max_rtt_ns;
    enum port_state state;
    int64_t syn_rtt_ns, total_ns;
    bool met;
} expectations[] = {
    {1 << PORT_OPEN, UNKNOWN, PORT_OPEN, MS, MS, true},
    {1 << PORT_OPEN, UNKNOWN, PORT_OPEN, UNKNOWN, UNKNOWN, true},
    {1 << PORT_OPEN, UNKNOWN, PORT_CLOSED, MS, UNKNOWN, false},
    {1 << PORT_OPEN, UNKNOWN, PORT_UNKNOWN, UNKNOWN, UNKNOWN, false},
    {1 << PORT_CLOSED, UNKNOWN, PORT_CLOSED, MS, UNKNOWN, true},
    {1 << PORT_CLOSED, UNKNOWN, PORT_OPEN, MS, MS, false},
    {1 << PORT_CLOSED | 1 << PORT_FILTERED, UNKNOWN, PORT_FILTERED, UNKNOWN, UNKNOWN, true},
    {1 << PORT_CLOSED | 1 << PORT_FILTERED, UNKNOWN, PORT_UNREACHABLE, UNKNOWN, UNKNOWN, false},
    {0, UNKNOWN, PORT_OPEN, MS, MS, false},
    {0xff, UNKNOWN, PORT_STATE_COUNT, MS, MS, false},
    /* the limit is still kept by a handshake that takes exactly so long */
    {1 << PORT_OPEN, 5 * MS, PORT_OPEN, 4 * MS, 5 * MS, true},
    {1 << PORT_OPEN, 5 * MS, PORT_OPEN, 4 * MS, 5 * MS + 1, false},
    {1 << PORT_OPEN, 0, PORT_OPEN, 4 * MS, 5 * MS, false},
    {1 << PORT_OPEN, 5 * MS, PORT_CLOSED, MS, MS, false},
    /* half-open: the SYN's answer is all there is to measure */
    {1 << PORT_OPEN, 5 * MS, PORT_OPEN, 5 * MS, UNKNOWN, true},
    {1 << PORT_OPEN, 5 * MS, PORT_OPEN, 6 * MS, UNKNOWN, false},
    {1 << PORT_OPEN, 5 * MS, PORT_OPEN, UNKNOWN, UNKNOWN, false},
    {1 << PORT_CLOSED, 5 * MS, PORT_CLOSED, 6 * MS, UNKNOWN, false},
    {1 << PORT_FILTERED, 5 * MS, PORT_FILTERED, UNKNOWN, UNKNOWN, true},
};

START_TEST(judges_the_expectation)
{
    struct expectation expectation = {
        .port_states = (uint8_t)expectations[_i].wanted,
        .max_rtt_ns = expectations[_i].max_rtt_ns,
    };
    struct connection_result result = {.port_state = expectations[_i].state};

    result.handshake.syn_rtt_ns = expectations[_i].syn_rtt_ns;
    result.handshake.total_ns = expectations[_i].total_ns;
    ck_assert(expectation_met(&expectation, &result) == expectations[_i].met);
}
END_TEST

/* Time alone warns, whatever is expected of the port. */
START_TEST(warns_of_time)
{
    const struct expectation expectation = {.port_states = 1 << PORT_OPEN,
                                            .max_rtt_ns = UNKNOWN,
                                            .warning = {0, 5 * MS, .given = true}};
    static const struct {
        int64_t total_ns;
        bool warned;
    } cases[] = {{5 * MS, false}, {5 * MS + 1, true}, {UNKNOWN, true}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct connection_result result = {.port_state = PORT_OPEN};

        result.handshake.syn_rtt_ns = UNKNOWN;
        result.handshake.total_ns = cases[i].total_ns;
        ck_assert(expectation_warns(&expectation, &result) == cases[i].warned);
        ck_assert(expectation_met(&expectation, &result));
    }
}
END_TEST

START_TEST(measures_between)
{
    static const struct {
        int64_t from_ns, to_ns, between_ns;
    } cases[] = {
        {5, 7, 2},
        {7, 5, -2},
        {UNKNOWN, 5, UNKNOWN},
        {5, UNKNOWN, UNKNOWN},
        {UNKNOWN, UNKNOWN, UNKNOWN},
        {0, 0, 0},
        {-5, 7, 12},
        {5, -7, -12},
        {0, INT64_MAX, INT64_MAX},
        {INT64_MAX, INT64_MAX, 0},
        {INT64_MAX, 0, -INT64_MAX},
        {-1, INT64_MAX, UNKNOWN}, /* more than 64 bits hold */
        {-1, INT64_MAX - 1, INT64_MAX},
        {1, -INT64_MAX, UNKNOWN}, /* would be the unknown itself */
        {1, -INT64_MAX + 1, -INT64_MAX},
        {2, -INT64_MAX, UNKNOWN},
        {INT64_MAX, -INT64_MAX, UNKNOWN},
        {-INT64_MAX, INT64_MAX, UNKNOWN},
        {-INT64_MAX, -INT64_MAX, 0},
        {-INT64_MAX, 0, INT64_MAX},
        {-INT64_MAX, 1, UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_int_eq(duration_between(cases[i].from_ns, cases[i].to_ns), cases[i].between_ns);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    Suite *suite = suite_create("result");
    TCase *words = tcase_create("words"), *judging = tcase_create("expectation");

    tcase_add_loop_test(words, every_value_has_its_own_word, 0, COUNT(tables));
    tcase_add_loop_test(words, words_stand_where_they_belong, 0, COUNT(tables));
    tcase_add_loop_test(words, a_value_outside_has_no_word, 0, COUNT(tables));
    tcase_add_loop_test(judging, judges_the_expectation, 0, COUNT(expectations));
    tcase_add_test(judging, measures_between);
    tcase_add_test(judging, warns_of_time);
    suite_add_tcase(suite, words);
    suite_add_tcase(suite, judging);
    return run_suite(suite);
}
