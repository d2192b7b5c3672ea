/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_TESTS_HARNESS_H
#define TCPSHAKE_TESTS_HARNESS_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

/* check writes down with system calls where each assertion stands that passes, so that a million of
 * them take seconds. It would say so where a test crashed, but not in TAP. */
#define _mark_point(file, line) ((void)0)

/* Runs the suite, prints TAP on stdout, frees it; returns the exit status for main. */
int run_suite(Suite *suite);

/* The same for a module that keeps something for its whole process: each test has a process of its
 * own, whatever CK_FORK in the environment says. */
int run_suite_apart(Suite *suite);

/* A copy of len bytes that ends right before a page without access: reading one byte too many
 * faults. Freed by guarded_free. */
uint8_t *guarded_copy(const void *bytes, size_t len);
void guarded_free(uint8_t *copy, size_t len);

/* Bytes from text such as "45 00 003c": pairs of hexadecimal digits, blanks between them as liked.
 * At most max bytes; returns how many. A text that is anything else, or too long, fails the test.
 */
size_t bytes_from_hex(const char *hex, uint8_t *out, size_t max);

/* The next number of a reproducible sequence; *state is its seed at first. */
uint64_t next_random(uint64_t *state);

#endif
