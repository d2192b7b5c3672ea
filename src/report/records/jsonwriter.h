/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes JSON (RFC 8259). */
#ifndef TCPSHAKE_REPORT_RECORDS_JSONWRITER_H
#define TCPSHAKE_REPORT_RECORDS_JSONWRITER_H

#include <stdbool.h>
#include <string.h>

#include "base/decimal.h"
#include "report/buffer.h"

struct json {
    bool comma; /* a value stands before the next one */
    struct buffer *buffer;
};

#define JSON_VALUE_MAX 64 /* room that json_key leaves for what is written behind it */

static inline void json_begin(struct json *json, struct buffer *buffer)
{
    json->buffer = buffer;
    json->comma = false;
}

/* The comma and the key that go in front of a value, for which there are JSON_VALUE_MAX bytes where
 * it returns. key is NULL for an element of an array and for the outermost value, and is one of our
 * own words otherwise: it is not escaped. */
static inline char *json_key(struct json *json, const char *key)
{
    size_t len = key != NULL ? strlen(key) : 0;
    char *at = buffer_room(json->buffer, len + 4 + JSON_VALUE_MAX);

    *at = ',';
    at += json->comma;
    json->comma = true;
    if (key == NULL)
        return at;
    *at++ = '"';
    memcpy(at, key, len);
    memcpy(at + len, "\":", 2);
    return at + len + 2;
}

static inline void json_open(struct json *json, const char *key, char bracket) /* '{' or '[' */
{
    char *at = json_key(json, key);

    *at = bracket;
    buffer_take(json->buffer, at + 1);
    json->comma = false;
}

static inline void json_close(struct json *json, char bracket) /* '}' or ']' */
{
    char *at = buffer_room(json->buffer, 1);

    *at = bracket;
    buffer_take(json->buffer, at + 1);
    json->comma = true;
}

static inline void json_null(struct json *json, const char *key)
{
    char *at = json_key(json, key);

    memcpy(at, "null", 4);
    buffer_take(json->buffer, at + 4);
}

static inline void json_bool(struct json *json, const char *key, bool value)
{
    char *at = json_key(json, key);

    memcpy(at, value ? "true" : "fals", 4);
    at[4] = 'e';
    buffer_take(json->buffer, at + (value ? 4 : 5));
}

static inline void json_uint(struct json *json, const char *key, uint64_t value)
{
    buffer_take(json->buffer, decimal(json_key(json, key), value));
}

static inline void json_int(struct json *json, const char *key, int64_t value)
{
    buffer_take(json->buffer, decimal_signed(json_key(json, key), value));
}

/* Any bytes, or NULL for null. Comes out as ASCII: other characters as \u escapes, bytes that are
 * no UTF-8 as \ufffd. */
void json_string(struct json *json, const char *key, const char *value);

/* The same for text that is known to need no escape. */
void json_plain(struct json *json, const char *key, const char *value);

/* Ends the line. */
void json_end(struct json *json);

#endif
