/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/jsonwriter.h"

#include <string.h>

#include "report/escape.h"

#define SMALL 32 /* what one call of room() is asked for at most */

void json_begin(struct json *json, FILE *out)
{
    json->out = out;
    json->len = 0;
    json->comma = false;
}

static void empty(struct json *json)
{
    fwrite(json->buffer, 1, json->len, json->out);
    json->len = 0;
}

/* The place for the next bytes, at least SMALL of them. */
static char *room(struct json *json)
{
    if (JSON_BUFFER - json->len < SMALL)
        empty(json);
    return json->buffer + json->len;
}

static void put_char(struct json *json, char c)
{
    *room(json) = c;
    json->len++;
}

static void put_bytes(struct json *json, const char *bytes, size_t len)
{
    while (len > JSON_BUFFER - json->len) {
        size_t part = JSON_BUFFER - json->len;

        memcpy(json->buffer + json->len, bytes, part);
        json->len += part;
        bytes += part;
        len -= part;
        empty(json);
    }
    memcpy(json->buffer + json->len, bytes, len);
    json->len += len;
}

static void put_word(struct json *json, const char *word)
{
    put_bytes(json, word, strlen(word));
}

/* The comma and the key that go in front of a value. */
static void begin_value(struct json *json, const char *key)
{
    if (json->comma)
        put_char(json, ',');
    json->comma = true;
    if (key == NULL)
        return;
    put_char(json, '"');
    put_word(json, key);
    put_char(json, '"');
    put_char(json, ':');
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin_value(json, key);
    put_char(json, bracket);
    json->comma = false;
}

void json_close(struct json *json, char bracket)
{
    put_char(json, bracket);
    json->comma = true;
}

void json_null(struct json *json, const char *key)
{
    begin_value(json, key);
    put_word(json, "null");
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin_value(json, key);
    put_word(json, value ? "true" : "false");
}

static void put_uint(struct json *json, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    put_bytes(json, digits + at, sizeof(digits) - at);
}

void json_uint(struct json *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    put_uint(json, value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    if (value < 0)
        put_char(json, '-');
    put_uint(json, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void put_unit(struct json *json, uint32_t unit)
{
    char *at = room(json);

    memcpy(at, "\\u", 2);
    for (unsigned i = 0; i < 4; i++)
        at[2 + i] = "0123456789abcdef"[unit >> (12 - 4 * i) & 15];
    json->len += 6;
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

void json_string(struct json *json, const char *key, const char *value)
{
    if (value == NULL) {
        json_null(json, key);
        return;
    }
    begin_value(json, key);
    put_char(json, '"');
    while (*value != '\0') {
        uint32_t code;
        size_t len = 0;

        while (plain(value[len]))
            len++;
        put_bytes(json, value, len);
        value += len;
        if (*value == '\0')
            break;
        value += utf8_decode(value, &code);
        put_escaped(json, code);
    }
    put_char(json, '"');
}

void json_end(struct json *json)
{
    put_char(json, '\n');
    empty(json);
}
