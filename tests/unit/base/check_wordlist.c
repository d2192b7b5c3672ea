/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/wordlist.h"

#include <string.h>

#include "harness.h"

static const char *name_of(unsigned value)
{
    static const char *const names[] = {"open", NULL, "closed", "open-here", "op"};
    return names[value];
}

static unsigned find(const char *word)
{
    return wordlist_find(word, wordlist_length(word), name_of, 5);
}

START_TEST(finds_whole_words_only)
{
    ck_assert_uint_eq(find("open"), 0);
    ck_assert_uint_eq(find("closed"), 2);
    ck_assert_uint_eq(find("open-here"), 3);
    ck_assert_uint_eq(find("op"), 4);
    ck_assert_uint_eq(find("ope"), 5);
    ck_assert_uint_eq(find("opens"), 5);
    ck_assert_uint_eq(find("Open"), 5);
    ck_assert_uint_eq(find(""), 5);
    ck_assert_uint_eq(wordlist_find("op", 2, name_of, 4), 4);
}
END_TEST

START_TEST(a_word_ends_at_a_comma)
{
    ck_assert_uint_eq(wordlist_length("open,closed"), 4);
    ck_assert_uint_eq(wordlist_length("open"), 4);
    ck_assert_uint_eq(wordlist_length(",open"), 0);
    ck_assert_uint_eq(wordlist_length(""), 0);
    ck_assert_uint_eq(find("closed,open"), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wordlist");
    TCase *tests = tcase_create("wordlist");
    tcase_add_test(tests, finds_whole_words_only);
    tcase_add_test(tests, a_word_ends_at_a_comma);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
