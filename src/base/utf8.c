/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/utf8.h"

#include "base/unicode.h"

struct span {
    uint32_t first, last;
};

/* Controls, what reorders its surroundings or draws anything, and what is no character. */
static const struct span unsafe[] = {
    {0x00, 0x1f},        {0x7f, 0x9f}, {0xe000, 0xf8ff}, /* private use */
    {0xfff9, 0xfffb},                                    /* annotations */
    {0xfffe, 0xffff},                                    /* forbidden in XML as well */
    {0xf0000, 0x10ffff},
};

bool utf8_is_unsafe(uint32_t code)
{
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++)
        if (code >= unsafe[i].first && code <= unsafe[i].last)
            return true;
    return unicode_is_ignorable(code) || unicode_is_blank(code);
}

/* The length that a first byte announces, 0 if it cannot be one. */
static size_t sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if ((first & 0xf0) == 0xe0)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t utf8_decode(const char *text, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = sequence_length(bytes[0]);
    uint32_t value = length > 1 ? bytes[0] & (0x7fu >> length) : bytes[0];

    *code = UTF8_INVALID;
    for (size_t i = 1; i < length; i++) { /* the NUL at the end is no continuation byte */
        if ((bytes[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if (length == 0 || value < smallest[length] || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff))
        return 1;
    *code = value;
    return length;
}
