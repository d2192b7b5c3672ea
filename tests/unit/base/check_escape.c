/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/escape.h"

#include <string.h>

#include "harness.h"

/* The first and the last of each kind, and those beside them. */
static const struct {
    const char *text, *utf8, *ascii;
} rows[] = {
    {"", "", ""},
    {" ~az", " ~az", " ~az"},
    {"\t\n\r\\", "\\t\\n\\r\\\\", "\\t\\n\\r\\\\"},
    {"\x01\x1f\x7f", "\\x01\\x1f\\x7f", "\\x01\\x1f\\x7f"},
    {"\x1b[2J", "\\x1b[2J", "\\x1b[2J"},
    {"\xc2\x80\xc2\x9f", "\\u0080\\u009f", "\\u0080\\u009f"},
    {"\xc2\xa0\xc2\xa1", "\\u00a0\xc2\xa1", "\\u00a0\\u00a1"},
    {"h\xc3\xb6st", "h\xc3\xb6st", "h\\u00f6st"},
    {"a\xe2\x80\xae"
     "b",
     "a\\u202e"
     "b",
     "a\\u202e"
     "b"},
    {"\xef\xbf\xbd\xef\xbf\xbf", "\xef\xbf\xbd\\uffff", "\\ufffd\\uffff"},
    {"\xf0\x90\x80\x80", "\xf0\x90\x80\x80", "\\U00010000"},
    {"\xf0\x9d\x85\xb3", "\\U0001d173", "\\U0001d173"},
    {"\xf4\x8f\xbf\xbf", "\\U0010ffff", "\\U0010ffff"},
    {"\x80\xff", "\\x80\\xff", "\\x80\\xff"},
    {"cut \xe2\x96", "cut \\xe2\\x96", "cut \\xe2\\x96"},
};

START_TEST(nothing_drives_a_terminal)
{
    char out[64];
    ck_assert_str_eq(escape_text(out, sizeof out, rows[_i].text, false), rows[_i].utf8);
    ck_assert_ptr_eq(escape_text(out, sizeof out, rows[_i].text, true), out);
    ck_assert_str_eq(out, rows[_i].ascii);
    ck_assert_uint_le(strlen(out), ESCAPE_GROWTH * strlen(rows[_i].text));
}
END_TEST

/* Room for 1 to 13 bytes, in front of a guard page: a character that does not fit is left out. */
START_TEST(is_cut_between_characters)
{
    static const uint8_t nothing[16];
    for (size_t size = 1; size <= 13; size++) {
        uint8_t *out = guarded_copy(nothing, size);
        const char *text = escape_text((char *)out, size, "a\n\xe2\x96\xb6\xe2\x80\xae", false);
        size_t fits = size - 1;
        const char *cut = fits == 0   ? ""
                          : fits < 3  ? "a"
                          : fits < 6  ? "a\\n"
                          : fits < 12 ? "a\\n\xe2\x96\xb6"
                                      : "a\\n\xe2\x96\xb6\\u202e";
        ck_assert_str_eq(text, cut);
        guarded_free(out, size);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("escape");
    TCase *tests = tcase_create("escape");
    tcase_add_loop_test(tests, nothing_drives_a_terminal, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, is_cut_between_characters);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
