/* SPDX-License-Identifier: BSD-2-Clause */
/* Words are copied in one piece, of which what stands behind the word is overwritten: nothing but
 * zeros stands there, whatever stood behind the name in memory. */
#include "report/vocabulary.h"

#include "harness.h"
#include "tcp/state.h"

static struct vocabulary vocabulary;

static void expect(const struct word *word, const char *text)
{
    size_t len = strlen(text);
    ck_assert_uint_eq(word->len, len);
    ck_assert_mem_eq(word->text, text, len);
    for (size_t i = len; i < WORD_MAX; i++)
        ck_assert_int_eq(word->text[i], '\0');
}

START_TEST(quotes_words_and_not_their_absence)
{
    vocabulary_fill(&vocabulary, "\"", "null");
    expect(&vocabulary.states[STATE_SYN_SENT], "\"SYN_SENT\"");
    expect(&vocabulary.states[STATE_COUNT], "null");
    expect(&vocabulary.ends[SERVER], "\"server\"");
    expect(&vocabulary.flags[0], "\"\"");
    expect(&vocabulary.flags[TCP_SYN | TCP_ACK], "\"SA\"");
    expect(&vocabulary.flags[FLAGS_COUNT - 1], "\"SFRPAUEWe\"");
    vocabulary_fill(&vocabulary, "", "");
    expect(&vocabulary.states[STATE_SYN_SENT], "SYN_SENT");
    expect(&vocabulary.states[STATE_COUNT], "");
}
END_TEST

START_TEST(cuts_off_what_is_too_long)
{
    static const char quote[] = "0123456789abcdefghijklmno";
    vocabulary_fill(&vocabulary, quote, quote);
    expect(&vocabulary.states[STATE_CLOSED], "0123456789abcdefghijklmnoCLOSED");
    expect(&vocabulary.states[STATE_SYN_SENT], "0123456789abcdefghijklmnoSYN_SE");
    expect(&vocabulary.states[STATE_COUNT], quote);
}
END_TEST

START_TEST(puts_one_word_behind_the_other)
{
    char text[3 * WORD_MAX];
    vocabulary_fill(&vocabulary, "'", "-");
    char *at = PUT_WORD(text, vocabulary.states, STATE_CLOSED);
    at = PUT_WORD(at, vocabulary.states, 9999);
    at = PUT_WORD(at, vocabulary.ends, CLIENT);
    *at = '\0';
    ck_assert_str_eq(text, "'CLOSED'-'client'");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vocabulary");
    TCase *tests = tcase_create("vocabulary");
    tcase_add_test(tests, quotes_words_and_not_their_absence);
    tcase_add_test(tests, cuts_off_what_is_too_long);
    tcase_add_test(tests, puts_one_word_behind_the_other);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
