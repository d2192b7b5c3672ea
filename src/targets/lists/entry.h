/* SPDX-License-Identifier: BSD-2-Clause */
/* From the text of a target to an entry of a space. */
#ifndef TCPSHAKE_TARGETS_LISTS_ENTRY_H
#define TCPSHAKE_TARGETS_LISTS_ENTRY_H

#include "targets/lists/line.h"
#include "targets/lists/operand.h"
#include "targets/lists/services.h"

#define HOST_MAX 1024 /* octets of a name: RFC 1035 has 253, a zone adds some */

/* Memory for reading entries. It is large: allocate it, all zero. */
struct entry_reader {
    const struct services
        *services;           /* borrowed; NULL: asks services(5), outside the sandbox only */
    struct port_list common; /* of -p; empty: none */
    struct port_list own;    /* of the last target */
    char name[HOST_MAX + 1]; /* the same */
};

/* Reads a target. Its ports are `ports`, those in the text, or else the common ones. The entry
 * borrows from the reader; the caller sets its attributes. Returns 0, or -1 with *error set
 * (STATUS_USAGE, names the text). */
int entry_read(struct entry_reader *reader, const char *text, const char *ports,
               struct space_entry *entry, struct error *error);

/* The same for a parsed line, including its attributes. */
int entry_read_line(struct entry_reader *reader, const struct list_line *line,
                    struct space_entry *entry, struct error *error);

/* Sets the error of a prefix that consists of special_spans. Returns -1. */
int entry_refuse_special(const char *text, struct error *error);

#endif
