/* SPDX-License-Identifier: BSD-2-Clause */
/* An error outside the core: one sentence for people, never allocated. */
#ifndef TCPSHAKE_BASE_ERROR_H
#define TCPSHAKE_BASE_ERROR_H

#include <stdbool.h>

/* Exit statuses of the program; what a failed call asks main to end with. */
enum status {
    STATUS_OK = 0,
    STATUS_UNMET = 1, /* a connection failed */
    STATUS_USAGE = 2, /* wrong usage, or a name that does not resolve */
    STATUS_RUN = 3,   /* the run could not be made: privilege, interface, file */
};

struct error {
    enum status status;
    unsigned char unresolved;    /* not 0: a name does not exist, or no server answered */
    unsigned char out_of_memory; /* not 0: what is asked for may exist, but memory ran out */
    char text[256];              /* without newline: what, which, and the remedy */
};

/* Sets *error; the text is cut, never overrun. Returns -1, so that a caller can return error_set().
 */
int error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with STATUS_RUN, for memory that ran out. */
int error_set_memory(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with STATUS_RUN, followed by ": " and what errno says by that code; ENOMEM is memory
 * that ran out. */
int error_set_code(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "format: " in front of the text that is there. Returns -1. */
int error_context(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether an error received from another process is valid: a status it can have, also for memory
 * that ran out, and a terminated text. */
bool error_is_sound(const struct error *error);

/* Registers clear(context), which is called before anything is printed, to remove what is shown on
 * the same terminal. NULL: none. */
void error_make_way(void (*clear)(void *context), void *context);

/* Prints "tcpshake: text" on stderr with control bytes escaped; warning takes a format of its own.
 */
void error_print(const struct error *error);
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether warnings are printed: they are, until this says otherwise. Errors always are. */
void warnings_allow(bool allowed);

#endif
