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
    {read_reason_name, REASON_COUNT, -1, "unknown", "own-guard", false},
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
    int64_t connect_ns;
    bool met;
} expectations[] = {
    {1 << PORT_OPEN, UNKNOWN, PORT_OPEN, MS, true},
    {1 << PORT_OPEN, UNKNOWN, PORT_OPEN, UNKNOWN, true},
    {1 << PORT_OPEN, UNKNOWN, PORT_CLOSED, MS, false},
    {1 << PORT_OPEN, UNKNOWN, PORT_UNKNOWN, UNKNOWN, false},
    {1 << PORT_CLOSED, UNKNOWN, PORT_CLOSED, MS, true},
    {1 << PORT_CLOSED, UNKNOWN, PORT_OPEN, MS, false},
    {1 << PORT_CLOSED | 1 << PORT_FILTERED, UNKNOWN, PORT_FILTERED, UNKNOWN, true},
    {1 << PORT_CLOSED | 1 << PORT_FILTERED, UNKNOWN, PORT_UNREACHABLE, UNKNOWN, false},
    {0, UNKNOWN, PORT_OPEN, MS, false},
    {0xff, UNKNOWN, PORT_STATE_COUNT, MS, false},
    /* the limit is still kept by a handshake that takes exactly so long */
    {1 << PORT_OPEN, 5 * MS, PORT_OPEN, 5 * MS, true},
    {1 << PORT_OPEN, 5 * MS, PORT_OPEN, 5 * MS + 1, false},
    {1 << PORT_OPEN, 0, PORT_OPEN, 5 * MS, false},
    {1 << PORT_OPEN, 5 * MS, PORT_CLOSED, MS, false},
    {1 << PORT_OPEN, 5 * MS, PORT_OPEN, UNKNOWN, false},
    {1 << PORT_CLOSED, 5 * MS, PORT_CLOSED, 6 * MS, false},
    {1 << PORT_FILTERED, 5 * MS, PORT_FILTERED, UNKNOWN, true},
};

START_TEST(judges_the_expectation)
{
    struct expectation expectation = {
        .port_states = (uint8_t)expectations[_i].wanted,
        .max_rtt_ns = expectations[_i].max_rtt_ns,
    };
    struct connection_result result = {.port_state = expectations[_i].state};

    /* connect() waited, not the last SYN */
    result.handshake.syn_rtt_ns = result.handshake.total_ns = MS;
    result.handshake.connect_ns = expectations[_i].connect_ns;
    ck_assert((expectation_unmet(&expectation, &result) == CRITERION_NONE) == expectations[_i].met);
    const struct target_notes others = {.port_states = (uint8_t) ~(1u << result.port_state)};
    const struct target_notes nothing = {.port_states = 0};
    result.notes = &nothing;
    ck_assert((expectation_unmet(&expectation, &result) == CRITERION_NONE) == expectations[_i].met);
    result.notes = &others; /* of the target, which count instead */
    ck_assert_int_eq(expectation_unmet(&expectation, &result), CRITERION_PORT_STATE);
}
END_TEST

/* The first that fails. */
START_TEST(tells_which_criterion_failed)
{
    struct expectation expectation = {.port_states = 1 << PORT_OPEN,
                                      .max_rtt_ns = 5 * MS,
                                      .critical = {INT64_MIN, 4 * MS, .given = true},
                                      .closes = 1u << TEARDOWN_GRACEFUL};
    struct connection_result result = {.port_state = PORT_OPEN};

    result.handshake.connect_ns = 6 * MS;
    result.teardown.result = TEARDOWN_RESET;
    ck_assert_int_eq(expectation_unmet(&expectation, &result), CRITERION_MAX_RTT);
    result.handshake.connect_ns = 5 * MS;
    ck_assert_int_eq(expectation_unmet(&expectation, &result), CRITERION_CRITICAL);
    result.handshake.connect_ns = 4 * MS;
    ck_assert_int_eq(expectation_unmet(&expectation, &result), CRITERION_CLOSE);
    result.teardown.result = TEARDOWN_GRACEFUL;
    ck_assert_int_eq(expectation_unmet(&expectation, &result), CRITERION_NONE);
}
END_TEST

/* Time alone warns, whatever is expected of the port. */
START_TEST(warns_of_time)
{
    const struct expectation expectation = {.port_states = 1 << PORT_OPEN,
                                            .max_rtt_ns = UNKNOWN,
                                            .warning = {0, 5 * MS, .given = true}};
    static const struct {
        int64_t connect_ns;
        bool warned;
    } cases[] = {{5 * MS, false}, {5 * MS + 1, true}, {UNKNOWN, true}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct connection_result result = {.port_state = PORT_OPEN};

        result.handshake.syn_rtt_ns = result.handshake.total_ns = MS;
        result.handshake.connect_ns = cases[i].connect_ns;
        ck_assert(expectation_warns(&expectation, &result) == cases[i].warned);
        ck_assert_int_eq(expectation_unmet(&expectation, &result), CRITERION_NONE);
    }
}
END_TEST

static const struct {
    const char *list;
    enum port_state port;
    enum handshake_result handshake;
    enum teardown_result teardown;
    enum teardown_form form;
    bool met;
} closes[] = {
    {NULL, PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_RESET, FORM_NONE, true},
    {"graceful", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_GRACEFUL, FORM_FOUR_SEGMENT, true},
    {"graceful", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_RESET, FORM_NONE, false},
    {"graceful", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_HALF_CLOSED, FORM_NONE, false},
    {"graceful", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_UNANSWERED, FORM_NONE, false},
    {"graceful", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_NONE, FORM_NONE, false},
    {"reset,none", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_RESET, FORM_NONE, true},
    {"reset,none", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_NONE, FORM_NONE, true},
    {"reset,none", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_GRACEFUL, FORM_SIMULTANEOUS, false},
    {"half-closed,unanswered", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_UNANSWERED, FORM_NONE,
     true},
    {"four-segment", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_GRACEFUL, FORM_FOUR_SEGMENT, true},
    {"four-segment", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_GRACEFUL, FORM_THREE_SEGMENT, false},
    {"four-segment,reset", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_RESET, FORM_NONE, true},
    /* in a capture that lacks acknowledgements, there is no form */
    {"simultaneous", PORT_OPEN, HANDSHAKE_COMPLETED, TEARDOWN_GRACEFUL, FORM_NONE, false},
    /* connect() had returned when the server's reset came */
    {"graceful", PORT_OPEN, HANDSHAKE_RESET, TEARDOWN_NONE, FORM_NONE, false},
    {"none", PORT_OPEN, HANDSHAKE_RESET, TEARDOWN_NONE, FORM_NONE, false},
    {"reset", PORT_OPEN, HANDSHAKE_RESET, TEARDOWN_NONE, FORM_NONE, true},
    /* the capture began too late */
    {"graceful", PORT_UNKNOWN, HANDSHAKE_NOT_SEEN, TEARDOWN_GRACEFUL, FORM_FOUR_SEGMENT, true},
    {"graceful", PORT_UNKNOWN, HANDSHAKE_NOT_SEEN, TEARDOWN_RESET, FORM_NONE, false},
    /* nothing to close */
    {"graceful", PORT_CLOSED, HANDSHAKE_REFUSED, TEARDOWN_NONE, FORM_NONE, true},
    {"graceful", PORT_FILTERED, HANDSHAKE_NO_ANSWER, TEARDOWN_NONE, FORM_NONE, true},
    {"graceful", PORT_UNKNOWN, HANDSHAKE_NOT_SENT, TEARDOWN_NONE, FORM_NONE, true},
};

START_TEST(judges_the_close)
{
    struct expectation expectation = {.port_states = 0xff, .max_rtt_ns = UNKNOWN};
    struct connection_result result = {.port_state = closes[_i].port};

    result.handshake.result = closes[_i].handshake;
    result.teardown.result = closes[_i].teardown;
    result.teardown.form = closes[_i].form;
    if (closes[_i].list != NULL)
        ck_assert_ptr_null(closes_parse(closes[_i].list, &expectation.closes));
    ck_assert((expectation_unmet(&expectation, &result) == CRITERION_NONE) == closes[_i].met);
}
END_TEST

START_TEST(reads_ways_of_closing)
{
    static const char *const bad[] = {"",          "gracefully",         "grace",
                                      "graceful,", ",graceful",          "reset, none",
                                      "GRACEFUL",  "graceful,open,reset"};
    static const char *const rests[] = {"",          "gracefully", "grace",    "",
                                        ",graceful", " none",      "GRACEFUL", "open,reset"};
    uint16_t closes_read;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_str_eq(closes_parse(bad[i], &closes_read), rests[i]);
    ck_assert_ptr_null(closes_parse("unanswered,simultaneous,unanswered", &closes_read));
    ck_assert_uint_eq(closes_read, 1u << TEARDOWN_UNANSWERED | FORM_BIT(FORM_SIMULTANEOUS));
}
END_TEST

/* What is not known cannot be expected. */
START_TEST(reads_port_states)
{
    static const struct {
        const char *list, *rest;
        uint8_t states;
    } lists[] = {
        {"open", NULL, 1 << PORT_OPEN},
        {"closed,unreachable,closed", NULL, 1 << PORT_CLOSED | 1 << PORT_UNREACHABLE},
        {"open,closed,filtered,unreachable", NULL, (1 << PORT_UNKNOWN) - 1},
        {"unknown", "unknown", 0},
        {"open,unknown", "unknown", 1 << PORT_OPEN},
        {"open,", "", 1 << PORT_OPEN},
        {"", "", 0},
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        uint8_t states = 0xff;
        const char *rest = port_states_parse(lists[i].list, &states);

        if (lists[i].rest == NULL)
            ck_assert_ptr_null(rest);
        else
            ck_assert_str_eq(rest, lists[i].rest);
        ck_assert_uint_eq(states, lists[i].states);
    }
}
END_TEST

START_TEST(measures_between)
{
    static const struct {
        int64_t from_ns, to_ns, between_ns;
    } cases[] = {
        {5, 7, 2},
        {7, 5, UNKNOWN}, /* no time is negative */
        {UNKNOWN, 5, UNKNOWN},
        {5, UNKNOWN, UNKNOWN},
        {UNKNOWN, UNKNOWN, UNKNOWN},
        {0, 0, 0},
        {-5, 7, 12},
        {5, -7, UNKNOWN},
        {0, INT64_MAX, INT64_MAX},
        {INT64_MAX, INT64_MAX, 0},
        {INT64_MAX, 0, UNKNOWN},
        {-1, INT64_MAX, UNKNOWN}, /* more than 64 bits hold */
        {-1, INT64_MAX - 1, INT64_MAX},
        {1, -INT64_MAX, UNKNOWN},
        {1, -INT64_MAX + 1, UNKNOWN},
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
    tcase_add_test(judging, reads_port_states);
    tcase_add_test(judging, measures_between);
    tcase_add_loop_test(judging, judges_the_close, 0, (int)(sizeof(closes) / sizeof(closes[0])));
    tcase_add_test(judging, reads_ways_of_closing);
    tcase_add_test(judging, tells_which_criterion_failed);
    tcase_add_test(judging, warns_of_time);
    suite_add_tcase(suite, words);
    suite_add_tcase(suite, judging);
    return run_suite(suite);
}
