/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/unicode.h"

#include "base/lookup.h"

/* Default_Ignorable_Code_Point of Unicode 15.0.0, DerivedCoreProperties.txt. tests/lint/unicode
 * compares. */
static const struct code_range ignorable[] = {
    {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},   {0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/* White_Space of Unicode 15.0.0, PropList.txt, without the space and the controls. */
static const struct code_range white_space[] = {
    {0x00a0, 0x00a0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029},
    {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

/* Symbols whose glyph is empty, by their names: BRAILLE PATTERN BLANK, MUSICAL SYMBOL NULL
 * NOTEHEAD. */
static const struct code_range empty[] = {{0x2800, 0x2800}, {0x1d159, 0x1d159}};

bool unicode_is_among(uint32_t code, const struct code_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

bool unicode_is_ignorable(uint32_t code)
{
    return unicode_is_among(code, ignorable, ENTRIES(ignorable));
}

bool unicode_is_blank(uint32_t code)
{
    return unicode_is_among(code, white_space, ENTRIES(white_space)) ||
           unicode_is_among(code, empty, ENTRIES(empty));
}
