/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of RFC 8259 as one would read it aloud; each function moves *at behind what it took.
 */
#include "json.h"

#include <ctype.h>
#include <string.h>

#define NESTING_MAX 16

static bool take_value(const char **at, int depth);

static bool take_char(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool take_word(const char **at, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

static bool take_escape(const char **at)
{
    if (!take_char(at, 'u'))
        return **at != '\0' && strchr("\"\\/bfnrt", *(*at)++) != NULL;
    for (int i = 0; i < 4; i++)
        if (!isxdigit((unsigned char)*(*at)++))
            return false;
    return true;
}

static bool take_string(const char **at)
{
    if (!take_char(at, '"'))
        return false;
    while (**at != '"') {
        char c = *(*at)++;
        if (c < ' ' || c > '~' || (c == '\\' && !take_escape(at)))
            return false;
    }
    return take_char(at, '"');
}

static bool take_digits(const char **at)
{
    size_t len = strspn(*at, "0123456789");
    *at += len;
    return len > 0;
}

static bool take_number(const char **at)
{
    take_char(at, '-');
    if (!take_char(at, '0') && !take_digits(at))
        return false;
    if (take_char(at, '.') && !take_digits(at))
        return false;
    if (!take_char(at, 'e') && !take_char(at, 'E'))
        return true;
    if (!take_char(at, '+'))
        take_char(at, '-');
    return take_digits(at);
}

/* Elements, or members where the bracket is a brace. */
/* NOLINTNEXTLINE(misc-no-recursion): NESTING_MAX bounds it */
static bool take_list(const char **at, char open, char close, int depth)
{
    if (!take_char(at, open))
        return false;
    if (take_char(at, close))
        return true;
    do {
        if (open == '{' && !(take_string(at) && take_char(at, ':')))
            return false;
        if (!take_value(at, depth + 1))
            return false;
    } while (take_char(at, ','));
    return take_char(at, close);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static bool take_value(const char **at, int depth)
{
    switch (**at) {
    case '{':
        return depth < NESTING_MAX && take_list(at, '{', '}', depth);
    case '[':
        return depth < NESTING_MAX && take_list(at, '[', ']', depth);
    case '"':
        return take_string(at);
    case 't':
        return take_word(at, "true");
    case 'f':
        return take_word(at, "false");
    case 'n':
        return take_word(at, "null");
    default:
        return take_number(at);
    }
}

bool json_lines_valid(const char *text, size_t len)
{
    const char *at = text;
    while (*at != '\0')
        if (!take_value(&at, 0) || !take_char(&at, '\n'))
            return false;
    return at == text + len;
}
