/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a capture file: from a file, a pipe or standard input, unpacked where they are
 * compressed, waited for where they are not there yet. */
#ifndef TCPSHAKE_FILES_INPUT_H
#define TCPSHAKE_FILES_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"

#define INPUT_MAGIC_LEN 4

/* A file that is open before anything of it is read. */
struct source {
    const char *path; /* borrowed; "-": standard input */
    int fd;           /* -1: closed, or */
    int code;         /* the errno of opening it */
};

/* Opens path; a failure is told by input_open, in its turn. */
void source_open(struct source *source, const char *path);
void source_close(struct source *source);
const char *source_name(const struct source *source); /* for people */

struct input;

/* What a reader does about input that may be long in coming. */
struct waiting {
    int fd;                      /* watched beside the input; -1: nothing is */
    bool (*stop)(void *context); /* fd is readable: whether the input ends here */
    /* There is nothing to read for now; called again, a few times a second, for as long as nothing
     * comes and it returns true. May be NULL. */
    bool (*quiet)(void *context);
    /* So many bytes of the input were read; size is all there are, 0 where that is unknown. May be
     * NULL. */
    void (*reading)(void *context, uint64_t done, uint64_t size);
    void *context;
};

/* Takes the source over and looks at its first bytes. waiting is borrowed until input_close and may
 * be NULL. NULL with *error set, which names the path. */
struct input *input_open(struct source *source, const struct waiting *waiting, struct error *error);
void input_close(struct input *input); /* NULL is allowed; the stream is to be closed before */

/* The first bytes, unpacked: INPUT_MAGIC_LEN of them, or *len where the input is shorter. */
const uint8_t *input_magic(const struct input *input, size_t *len);

/* The whole of it, those bytes included, as a stream that the caller closes. NULL with errno set.
 * To be called once. */
FILE *input_stream(struct input *input);

/* The same in place of the stream, or behind what an unbuffered one gave: returns as read(2) does.
 */
ssize_t input_read(struct input *input, void *out, size_t size);

/* Why the stream broke off, in words, or NULL. */
const char *input_problem(const struct input *input);

/* Whether stop ended it. */
bool input_stopped(const struct input *input);

#endif
