/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_REPORT_RFC3339_H
#define TCPSHAKE_REPORT_RFC3339_H

#include <stdint.h>

#define RFC3339_MAX 31 /* with its NUL */

/* Writes a time since the epoch as "2026-11-22T05:08:03.502968001Z". Returns out. */
const char *rfc3339_text(int64_t time_ns, char out[RFC3339_MAX]);

/* The text of the last time asked for: times that follow each other mostly share their second. All
 * zero at first. */
struct rfc3339_clock {
    int64_t second;
    char text[RFC3339_MAX];
};

/* The same text, valid until the next call. */
const char *rfc3339_clock_text(struct rfc3339_clock *clock, int64_t time_ns);

#endif
