/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of a list of targets: TARGET, or HOST PORT, then expect=STATES and labels, name=value
 * each; a comment from # on that begins the line or stands behind a blank. */
#ifndef TCPSHAKE_TARGETS_LISTS_LINE_H
#define TCPSHAKE_TARGETS_LISTS_LINE_H

#include "base/error.h"
#include "targets/space.h"

#define LABELS_MAX 1024 /* octets of all labels of a target */

struct list_line {
    const char *target; /* borrowed from the line; NULL: nothing but blanks and a comment */
    const char *ports;  /* the same; NULL: none that stand apart */
    struct attributes attributes;
    char labels[LABELS_MAX + 1]; /* what attributes borrows from */
};

/* Takes a line apart and puts NULs between its words. Returns 0, or -1 with *error set
 * (STATUS_USAGE, names the text). */
int list_line_parse(char *text, struct list_line *line, struct error *error);

#endif
