/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads targets and exclusions of the command line and of files into a space. */
#ifndef TCPSHAKE_TARGETS_LISTS_LISTS_H
#define TCPSHAKE_TARGETS_LISTS_LISTS_H

#include "base/error.h"
#include "targets/lists/entry.h"
#include "targets/space.h"

#define TARGETS_UNASKED 1048576 /* the limit unless --max-targets raises it */

/* Where the entries of a space come from, for messages. All zero is empty. */
struct origins {
    uint32_t *lines; /* owned: of each entry; 0: it is not from a file */
    size_t count, capacity;
    struct origin_file {
        const char *path; /* borrowed */
        size_t first;     /* entry */
    } * files;            /* owned */
    size_t file_count, file_capacity;
};

void origins_free(struct origins *origins);

/* Receives the invalid lines of a list; reading continues after them. */
struct bad_lines {
    void (*tell)(void *context, const struct error *error); /* the error names file and line */
    void *context;
    uint64_t count;          /* so far; if not 0, the run ends with STATUS_USAGE */
    struct origins *origins; /* of all entries that are read from files; NULL: not wanted */
};

/* Waits until more of a list can be read. Returns false when it is not waited for any more. */
struct list_wait {
    bool (*await)(void *context, int fd);
    void *context;
};

#define OVERRULED_TOLD 10

/* Tells which lines lose a target to an earlier entry with other labels or another expectation, at
 * most OVERRULED_TOLD of them, and then how many there are besides. The space is settled. */
void lists_tell_overruled(const struct space *space, const struct origins *origins,
                          void (*tell)(void *context, const struct error *error), void *context);

/* Each of these returns 0, or -1 with *error set: STATUS_USAGE for invalid input, STATUS_RUN if a
 * file cannot be read or there is no memory. */

/* Operands: TARGETs, or HOST PORT where there are exactly two of which neither has a port and
 * reader->common is empty. */
int lists_add_operands(struct space *space, struct entry_reader *reader, char *const *operands,
                       size_t count, struct error *error);

/* A file with one target in each line; see list_line_parse. "-" is standard input, here and below;
 * wait is asked before each read of what is no regular file, or NULL: it is waited for without end.
 */
int lists_add_file(struct space *space, struct entry_reader *reader, const char *path,
                   const struct list_wait *wait, struct bad_lines *bad, struct error *error);

/* A comma-separated list of addresses and prefixes to exclude. */
int lists_exclude(struct space *space, const char *list, struct error *error);

/* A file with such a list in each line. An invalid line is an error, because to continue would be
 * to probe addresses that the user excluded. */
int lists_exclude_file(struct space *space, const char *path, const struct list_wait *wait,
                       struct error *error);

/* Settles the space. More than `most` targets are an error. */
int lists_settle(struct space *space, uint64_t most, struct error *error);

#endif
