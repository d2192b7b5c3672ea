/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/records/jsonwriter.h"

#include "base/utf8.h"

static void put_char(struct json *json, char c)
{
    char *at = buffer_room(json->buffer, 1);

    *at = c;
    buffer_take(json->buffer, at + 1);
}

static void put_unit(struct json *json, uint32_t unit)
{
    char *at = buffer_room(json->buffer, 6);

    memcpy(at, "\\u", 2);
    for (unsigned i = 0; i < 4; i++)
        at[2 + i] = "0123456789abcdef"[unit >> (12 - 4 * i) & 15];
    buffer_take(json->buffer, at + 6);
}

/* A character that may not stand in a string as it is. */
static void put_escaped(struct json *json, uint32_t code)
{
    if (code == UTF8_INVALID) {
        put_unit(json, 0xfffd);
    } else if (code == '"' || code == '\\') {
        put_char(json, '\\');
        put_char(json, (char)code);
    } else if (code > 0xffff) { /* a surrogate pair */
        put_unit(json, 0xd800 + ((code - 0x10000) >> 10));
        put_unit(json, 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
        put_unit(json, code);
    }
}

static bool plain(char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Opens the string, or writes null; whether there is anything to go on with. */
static bool begin_string(struct json *json, const char *key, const char *value)
{
    if (value == NULL) {
        json_null(json, key);
        return false;
    }
    buffer_take(json->buffer, json_key(json, key));
    put_char(json, '"');
    return true;
}

void json_string(struct json *json, const char *key, const char *value)
{
    if (!begin_string(json, key, value))
        return;
    while (*value != '\0') {
        uint32_t code;
        size_t len = 0;

        while (plain(value[len]))
            len++;
        buffer_put(json->buffer, value, len);
        value += len;
        if (*value == '\0')
            break;
        value += utf8_decode(value, &code);
        put_escaped(json, code);
    }
    put_char(json, '"');
}

void json_plain(struct json *json, const char *key, const char *value)
{
    if (!begin_string(json, key, value))
        return;
    buffer_put(json->buffer, value, strlen(value));
    put_char(json, '"');
}

void json_end(struct json *json)
{
    put_char(json, '\n');
}
