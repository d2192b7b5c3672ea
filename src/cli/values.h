/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the text of arguments: numbers, durations, escapes. Exact; nothing is guessed. */
#ifndef TCPSHAKE_CLI_VALUES_H
#define TCPSHAKE_CLI_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/conditions.h"
#include "stats/range.h"

/* 365 days: sums with a clock cannot overflow. */
#define VALUE_DURATION_MAX_NS INT64_C(31536000000000000)

/* A whole number without sign or blanks, at most max; false for anything else. */
bool value_number(const char *text, uint64_t max, uint64_t *out);

/* A duration: digits with at most one point between them and an optional unit, s or ms. Without a
 * unit it counts in 10^decimals nanoseconds (9: seconds, 6: milliseconds). False for anything else,
 * for what is finer than a nanosecond and for more than VALUE_DURATION_MAX_NS. */
bool value_duration(const char *text, unsigned decimals, int64_t *out);

/* K/N, one part of several: K is 1 to N, and N at most 2^32 - 1. False for anything else. */
bool value_shard(const char *text, uint32_t *number, uint32_t *count);

/* A percentage from 0 to 100, digits with at most one point, exactly: in millionths of a percent
 * (PERCENT_ALL is all). False for anything else. */
bool value_percent(const char *text, int64_t *out);

/* A range of the Monitoring Plugins guidelines, [@]START:END, of durations as value_duration reads
 * them: END alone is 0:END, START: has no end, ~ is no start. False for anything else, and where
 * START is behind END. */
bool value_range(const char *text, unsigned decimals, struct range *out);

/* Writes the octets that text with C escapes stands for; out has room for strlen(text). Returns
 * NULL, or the backslash that begins no escape. */
const char *value_unescape(const char *text, uint8_t *out, size_t *len);

#endif
