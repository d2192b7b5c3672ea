/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes JSON (RFC 8259) into a buffer that empties itself into a file: no allocation, no locale.
 */
#ifndef TCPSHAKE_REPORT_JSONWRITER_H
#define TCPSHAKE_REPORT_JSONWRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Most records go out in one piece. */
#define JSON_BUFFER (32768 - sizeof(FILE *) - sizeof(size_t) - sizeof(bool))

struct json {
    FILE *out;
    size_t len;
    bool comma; /* a value stands before the next one */
    char buffer[JSON_BUFFER];
};

void json_begin(struct json *json, FILE *out);

/* key is NULL for an element of an array and for the outermost value, and is one of our own words
 * otherwise: it is not escaped. */
void json_open(struct json *json, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket);                 /* '}' or ']' */
void json_null(struct json *json, const char *key);
void json_bool(struct json *json, const char *key, bool value);
void json_uint(struct json *json, const char *key, uint64_t value);
void json_int(struct json *json, const char *key, int64_t value);

/* Any bytes, or NULL for null. Comes out as ASCII: other characters as \u escapes, bytes that are
 * no UTF-8 as \ufffd. */
void json_string(struct json *json, const char *key, const char *value);

/* Ends the line and writes it out. */
void json_end(struct json *json);

#endif
