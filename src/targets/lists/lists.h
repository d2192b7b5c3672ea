/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line and its files say of targets and exclusions, read into a space. */
#ifndef TCPSHAKE_TARGETS_LISTS_LISTS_H
#define TCPSHAKE_TARGETS_LISTS_LISTS_H

#include "base/error.h"
#include "targets/lists/entry.h"
#include "targets/space.h"

#define TARGETS_UNASKED 1048576 /* more targets than this have to be asked for */

/* Where lines of a list that cannot be read are told of; the list goes on. */
struct bad_lines {
    void (*tell)(void *context, const struct error *error); /* the error names file and line */
    void *context;
    uint64_t count; /* so far: with any, the run ends with STATUS_USAGE */
};

/* Each of these returns 0, or -1 with *error set: STATUS_USAGE where the user is wrong, STATUS_RUN
 * where a file cannot be read or memory runs out. */

/* Operands: TARGETs, or HOST PORT where there are exactly two of which neither has a port and
 * reader->common is empty. */
int lists_add_operands(struct space *space, struct entry_reader *reader, char *const *operands,
                       size_t count, struct error *error);

/* A file with a target a line, see list_line_parse. */
int lists_add_file(struct space *space, struct entry_reader *reader, const char *path,
                   struct bad_lines *bad, struct error *error);

/* A comma list of addresses and prefixes to exclude. */
int lists_exclude(struct space *space, const char *list, struct error *error);

/* A file with such a list a line. A line that cannot be read is an error: to go on would be to
 * probe what was not to be. */
int lists_exclude_file(struct space *space, const char *path, struct error *error);

/* Settles the space; more than `most` targets are refused. */
int lists_settle(struct space *space, uint64_t most, struct error *error);

#endif
