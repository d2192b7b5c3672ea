/* SPDX-License-Identifier: BSD-2-Clause */
/* Characters of text from outside, and which of them must not reach a terminal. */
#ifndef TCPSHAKE_BASE_UTF8_H
#define TCPSHAKE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID    UINT32_MAX
#define UTF8_LENGTH_MAX 4

/* Decodes the character at the start of text (NUL-terminated, not empty) into *code. Returns its
 * length; for bytes that are no UTF-8 (RFC 3629) it is 1 and *code is UTF8_INVALID. */
size_t utf8_decode(const char *text, uint32_t *code);

/* Whether a character moves the cursor, reorders what stands around it, does not show, or shows as
 * a space that it is not. */
bool utf8_is_unsafe(uint32_t code);

#endif
