/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of a list of targets: TARGET, or HOST PORT, then expect=STATES and labels, name=value
 * each; then a comment, from a # at the start or after a blank. */
#ifndef TCPSHAKE_TARGETS_LISTS_LINE_H
#define TCPSHAKE_TARGETS_LISTS_LINE_H

#include "base/error.h"
#include "base/labels.h"
#include "targets/space.h"

struct list_line {
    const char *target; /* borrowed from the line; NULL: only blanks and a comment */
    const char *ports;  /* the same; NULL: no separate ports */
    struct attributes attributes;
    char labels[LABELS_MAX + 1]; /* referred to by attributes */
};

/* Parses a line, which is modified. Returns 0, or -1 with *error set
 * (STATUS_USAGE, names the text). */
int list_line_parse(char *text, struct list_line *line, struct error *error);

#endif
