/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_TESTS_FUZZ_JSON_H
#define TCPSHAKE_TESTS_FUZZ_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text is lines of one JSON value each (RFC 8259), in printable ASCII. */
bool json_lines_valid(const char *text, size_t len);

#endif
