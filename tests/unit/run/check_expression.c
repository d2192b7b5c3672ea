/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/expression.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define WORDS_MAX 4

static const struct {
    char *words[WORDS_MAX];
    const char *expression;
} cases[] = {
    {{NULL}, ""},
    {{"tcp port 80"}, "tcp port 80"},
    {{"tcp", "port", "80"}, "tcp port 80"},
    {{"192.0.2.2:80"}, "(host 192.0.2.2 and port 80)"},
    {{"[2001:db8::2]:443"}, "(host 2001:db8::2 and port 443)"},
    {{"not", "192.0.2.2:80"}, "not (host 192.0.2.2 and port 80)"},
    {{"!192.0.2.2:80 or (192.0.2.3:65535)"},
     "!(host 192.0.2.2 and port 80) or ((host 192.0.2.3 and port 65535))"},
    {{"tcp[13:1]=2"}, "tcp[13:1]=2"},
    {{"tcp [13:1] = 2"}, "tcp [13:1] = 2"},
    {{"ip6[40:2]", "=", "0x1:80"}, "ip6[40:2] = 0x1:80"},
    {{"ether host 02:00:00:00:00:80"}, "ether host 02:00:00:00:00:80"},
    {{"2001:db8::2:80"}, "2001:db8::2:80"}, /* an address, in brackets or not at all */
    {{"192.0.2.2:0"}, "192.0.2.2:0"},
    {{"192.0.2.2:65536"}, "192.0.2.2:65536"},
    {{"192.0.2.2:"}, "192.0.2.2:"},
    {{"192.0.2:80"}, "192.0.2:80"},
    {{"192.0.2.2:80x"}, "192.0.2.2:80x"},
    {{"[192.0.2.2]:80"}, "[192.0.2.2]:80"},
    {{"[2001:db8::2:80"}, "[2001:db8::2:80"},
    {{":80"}, ":80"},
    {{"[]:80"}, "[]:80"},
    {{"]:80"}, "]:80"},
    {{"[1111:2222:3333:4444:5555:6666:255.255.255.255]:65535"},
     "(host 1111:2222:3333:4444:5555:6666:255.255.255.255 and port 65535)"},
    {{"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:65535"},
     "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:65535"},
};

START_TEST(joins_and_translates)
{
    size_t count = 0;
    while (count < WORDS_MAX && cases[_i].words[count] != NULL)
        count++;
    char *expression = expression_join(cases[_i].words, count);
    ck_assert_ptr_nonnull(expression);
    ck_assert_str_eq(expression, cases[_i].expression);
    free(expression);
}
END_TEST

/* Around the longest that an endpoint can be. */
START_TEST(long_words_stay_as_they_are)
{
    char word[80];
    for (size_t len = 40; len < sizeof word; len++) {
        memset(word, 'a', len);
        word[len] = '\0';
        char *words[] = {word, word};
        char *expression = expression_join(words, 2);
        ck_assert_ptr_nonnull(expression);
        ck_assert_uint_eq(strlen(expression), 2 * len + 1);
        ck_assert(strncmp(expression, word, len) == 0 && expression[len] == ' ');
        free(expression);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expression");
    TCase *tests = tcase_create("expression");
    tcase_add_loop_test(tests, joins_and_translates, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, long_words_stay_as_they_are);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
