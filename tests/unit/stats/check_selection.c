/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/selection.h"

#include "base/wordlist.h"
#include "findings/wording.h"
#include "harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An open connection that was closed in four segments, as expected. */
static struct connection_result open_one(void)
{
    struct connection_result result = {.port_state = PORT_OPEN, .ok = true};
    result.handshake.reason = REASON_SYN_ACK;
    result.teardown.result = TEARDOWN_GRACEFUL;
    result.teardown.form = FORM_FOUR_SEGMENT;
    return result;
}

static struct connection_result refused_one(void)
{
    struct connection_result result = {.port_state = PORT_CLOSED};
    result.handshake.result = HANDSHAKE_REFUSED;
    result.handshake.reason = REASON_RESET;
    return result;
}

static struct connection_result silent_one(void)
{
    struct connection_result result = {.port_state = PORT_FILTERED};
    result.handshake.result = HANDSHAKE_NO_ANSWER;
    result.handshake.reason = REASON_NO_RESPONSE;
    return result;
}

static const struct {
    const char *words;
    bool open, refused, silent;
} lists[] = {
    {"open", true, false, false},
    {"closed", false, true, false},
    {"filtered,closed", false, true, true},
    {"unreachable,unknown", false, false, false},
    {"ok", true, false, false},
    {"failed", false, true, true},
    {"completed", true, false, false},
    {"refused", false, true, false},
    {"no-answer", false, false, true},
    {"no-response", false, false, true},
    {"syn-ack", true, false, false},
    {"graceful", true, false, false},
    {"four-segment", true, false, false},
    {"three-segment", false, false, false},
    /* not the reason of a refusal */
    {"reset", false, false, false},
    {"open,silence", true, false, true},
    {"silence", false, false, true},
    /* nothing was there to close */
    {"none", false, false, false},
};

START_TEST(words_choose)
{
    struct selection selection;
    struct diagnoses silence = {.list = {{.cause = CAUSE_SILENCE}}, .count = 1};
    struct connection_result open = open_one(), refused = refused_one(), silent = silent_one();
    silent.diagnoses = &silence;
    ck_assert_ptr_null(selection_parse(lists[_i].words, &selection));
    ck_assert(selection_has(&selection, &open) == lists[_i].open);
    ck_assert(selection_has(&selection, &refused) == lists[_i].refused);
    ck_assert(selection_has(&selection, &silent) == lists[_i].silent);
}
END_TEST

START_TEST(an_open_one_that_was_reset_is_found_by_reset)
{
    struct selection selection;
    struct connection_result result = open_one();
    result.teardown.result = TEARDOWN_RESET;
    result.teardown.form = FORM_NONE;
    ck_assert_ptr_null(selection_parse("reset", &selection));
    ck_assert(selection_has(&selection, &result));
}
END_TEST

START_TEST(nothing_given_chooses_all)
{
    struct selection selection = {0};
    struct connection_result result = silent_one();
    ck_assert(selection_has(&selection, &result));
}
END_TEST

START_TEST(every_finding_is_a_word)
{
    for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
        struct selection selection;
        ck_assert_ptr_null(selection_parse(cause_name((enum cause)cause), &selection));
        ck_assert_uint_eq(selection.values[SELECTION_CAUSE], UINT32_C(1) << cause);
    }
}
END_TEST

START_TEST(every_reason_is_a_word_or_stands_behind_another)
{
    for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
        struct selection selection;
        ck_assert_ptr_null(selection_parse(reason_name((enum reason)reason), &selection));
        uint32_t others = 0;
        for (unsigned kind = 0; kind < SELECTION_REASON; kind++)
            others |= selection.values[kind];
        ck_assert((selection.values[SELECTION_REASON] != 0) == (others == 0));
    }
}
END_TEST

static const struct {
    const char *words, *bad;
} bad_lists[] = {
    {"", ""},
    {"open,", ""},
    {"open,opened,closed", "opened,closed"},
    {"Open", "Open"},
    {"open closed", "open closed"},
    {",open", ",open"},
};

START_TEST(a_bad_word_is_named)
{
    struct selection selection;
    ck_assert_str_eq(selection_parse(bad_lists[_i].words, &selection), bad_lists[_i].bad);
}
END_TEST

START_TEST(values_outside_of_their_enums_match_nothing)
{
    struct selection selection;
    struct connection_result result = open_one();
    result.port_state = (enum port_state)200;
    result.handshake.result = (enum handshake_result)200;
    result.handshake.reason = (enum reason)200;
    result.teardown.form = (enum teardown_form)200;
    ck_assert_ptr_null(selection_parse("open,completed,syn-ack,four-segment", &selection));
    ck_assert(!selection_has(&selection, &result));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("selection");
    TCase *tests = tcase_create("selection");
    tcase_add_loop_test(tests, words_choose, 0, COUNT(lists));
    tcase_add_test(tests, an_open_one_that_was_reset_is_found_by_reset);
    tcase_add_test(tests, nothing_given_chooses_all);
    tcase_add_test(tests, every_finding_is_a_word);
    tcase_add_test(tests, every_reason_is_a_word_or_stands_behind_another);
    tcase_add_loop_test(tests, a_bad_word_is_named, 0, COUNT(bad_lists));
    tcase_add_test(tests, values_outside_of_their_enums_match_nothing);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
