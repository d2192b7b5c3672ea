/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/escape.h"

#include <string.h>

#include "base/utf8.h"

/* Writes letter and digits hexadecimal digits of value behind a backslash; returns the length. */
static size_t hex_escape(char *out, char letter, uint32_t value, unsigned digits)
{
    out[0] = '\\';
    out[1] = letter;
    for (unsigned i = 0; i < digits; i++)
        out[2 + i] = "0123456789abcdef"[value >> (4 * (digits - 1 - i)) & 15];
    return 2 + digits;
}

#define ESCAPE_MAX 10 /* \U0010ffff */

/* One character, of length bytes at text, made safe; returns the length of what stands in out. */
static size_t escape_character(char out[ESCAPE_MAX], const char *text, size_t length, uint32_t code,
                               bool ascii)
{
    static const char controls[] = "\n\t\r\\", letters[] = "ntr\\";
    const char *named;

    if (code >= ' ' && code < 0x7f && code != '\\') { /* nearly always */
        out[0] = text[0];
        return 1;
    }
    named = strchr(controls, text[0]);
    if (named != NULL) {
        out[0] = '\\';
        out[1] = letters[named - controls];
        return 2;
    }
    if (code == UTF8_INVALID || code < 0x20 || code == 0x7f)
        return hex_escape(out, 'x', (unsigned char)text[0], 2);
    if (utf8_is_unsafe(code) || (ascii && code >= 0x80))
        return code > 0xffff ? hex_escape(out, 'U', code, 8) : hex_escape(out, 'u', code, 4);
    memcpy(out, text, length);
    return length;
}

const char *escape_text(char *out, size_t size, const char *text, bool ascii)
{
    size_t filled = 0;

    while (*text != '\0') {
        char safe[ESCAPE_MAX];
        uint32_t code;
        size_t length = utf8_decode(text, &code);
        size_t safe_length = escape_character(safe, text, length, code, ascii);

        if (filled + safe_length >= size)
            break;
        memcpy(out + filled, safe, safe_length);
        filled += safe_length;
        text += length;
    }
    out[filled] = '\0';
    return out;
}
