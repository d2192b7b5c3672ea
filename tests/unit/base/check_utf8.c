/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/utf8.h"

#include <string.h>

#include "harness.h"

static const struct {
    const char *text;
    size_t len;
    uint32_t code;
} characters[] = {
    {"a", 1, 'a'},
    {"\x7f", 1, 0x7f},
    {"\xc2\x80", 2, 0x80},
    {"\xdf\xbf", 2, 0x7ff},
    {"\xe0\xa0\x80", 3, 0x800},
    {"\xe2\x96\xb6", 3, 0x25b6},
    {"\xef\xbf\xbf", 3, 0xffff},
    {"\xf0\x90\x80\x80", 4, 0x10000},
    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
    /* RFC 3629, 3 and 10: none of these is a character */
    {"\x80", 1, UTF8_INVALID},
    {"\xbf", 1, UTF8_INVALID},
    {"\xc0\x80", 1, UTF8_INVALID},
    {"\xc1\xbf", 1, UTF8_INVALID},
    {"\xe0\x9f\xbf", 1, UTF8_INVALID},
    {"\xed\xa0\x80", 1, UTF8_INVALID},
    {"\xed\xbf\xbf", 1, UTF8_INVALID},
    {"\xf0\x8f\xbf\xbf", 1, UTF8_INVALID},
    {"\xf4\x90\x80\x80", 1, UTF8_INVALID},
    {"\xf5\x80\x80\x80", 1, UTF8_INVALID},
    {"\xff", 1, UTF8_INVALID},
    {"\xc3", 1, UTF8_INVALID},
    {"\xe2\x96", 1, UTF8_INVALID},
    {"\xf0\x90\x80", 1, UTF8_INVALID},
    {"\xe2(\xa1", 1, UTF8_INVALID},
};

#define CHARACTERS ((int)(sizeof characters / sizeof characters[0]))

/* Behind a guard page: not one octet further than the text. */
START_TEST(decodes_one_character)
{
    uint32_t code;
    size_t size = strlen(characters[_i].text) + 1;
    uint8_t *text = guarded_copy(characters[_i].text, size);
    ck_assert_uint_eq(utf8_decode((const char *)text, &code), characters[_i].len);
    ck_assert_uint_eq(code, characters[_i].code);
    guarded_free(text, size);
}
END_TEST

START_TEST(knows_what_must_not_reach_a_terminal)
{
    static const uint32_t unsafe[] = {/* both ends of each range: */ 0,
                                      0x1f,
                                      0x7f,
                                      0x80,
                                      0x9f,
                                      0xe000,
                                      0xf8ff,
                                      0xfff9,
                                      0xfffb,
                                      0xfffe,
                                      0xffff,
                                      0xf0000,
                                      0x10ffff,
                                      /* within: */ 0x07,
                                      0x0a,
                                      0x1b,
                                      0x7f,
                                      0x9b,
                                      0xad,
                                      0x200b,
                                      0x200e,
                                      0x202e,
                                      0x2066,
                                      0xfeff,
                                      0xe000,
                                      0xe0001,
                                      0x10fffd,
                                      0x34f,
                                      0x115f,
                                      0x1160,
                                      0x17b4,
                                      0x180b,
                                      0x180e,
                                      0x180f,
                                      0x2028,
                                      0x2064,
                                      0x3164,
                                      0xfe00,
                                      0xfe0f,
                                      0xffa0,
                                      0xfff8,
                                      0xfffb,
                                      0xffff,
                                      0x1bca0,
                                      0x1d173,
                                      0xe0fff,
                                      /* blanks */ 0xa0,
                                      0x1680,
                                      0x2003,
                                      0x202f,
                                      0x205f,
                                      0x2800,
                                      0x3000,
                                      0x1d159};
    static const uint32_t safe[] = {0xd7ff, 0xf900, 0x10000, 0xeffff, ' ',    '~',    0xa1,
                                    0xac,   0xae,   0xe9,    0x301,   0x34e,  0x1161, 0x2010,
                                    0x25b6, 0x2801, 0x3001,  0x4e00,  0xfffc, 0xfffd, 0x1f600};
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++)
        ck_assert_msg(utf8_is_unsafe(unsafe[i]), "U+%04X", unsafe[i]);
    for (size_t i = 0; i < sizeof safe / sizeof safe[0]; i++)
        ck_assert_msg(!utf8_is_unsafe(safe[i]), "U+%04X", safe[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("utf8");
    TCase *tests = tcase_create("utf8");
    tcase_add_loop_test(tests, decodes_one_character, 0, CHARACTERS);
    tcase_add_test(tests, knows_what_must_not_reach_a_terminal);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
