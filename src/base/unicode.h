/* SPDX-License-Identifier: BSD-2-Clause */
/* Properties of characters by which two texts can look alike without being the same. */
#ifndef TCPSHAKE_BASE_UNICODE_H
#define TCPSHAKE_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct code_range {
    uint32_t first, last;
};

/* Whether the character is in one of them. */
bool unicode_is_among(uint32_t code, const struct code_range *ranges, size_t count);

/* Whether the character shows nothing where it is not supported, and mostly nothing where it is:
 * the property Default_Ignorable_Code_Point (Unicode Standard, 5.21). */
bool unicode_is_ignorable(uint32_t code);

/* Whether the character is a blank other than the space: what has the property White_Space, and two
 * that leave a gap without having it. */
bool unicode_is_blank(uint32_t code);

#endif
