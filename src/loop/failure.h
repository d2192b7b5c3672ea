/* SPDX-License-Identifier: BSD-2-Clause */
/* The error that ends a run, or its recording: the first one counts, and those that follow from it
 * are left out. All zero: there is none. */
#ifndef TCPSHAKE_LOOP_FAILURE_H
#define TCPSHAKE_LOOP_FAILURE_H

#include <stdbool.h>

#include "base/error.h"

struct failure {
    bool failed;
    struct error error; /* valid if failed */
};

void failure_note(struct failure *failure, const struct error *error);

/* The same for want of memory. */
void failure_note_memory(struct failure *failure);

/* Of something that the run can do without: notes its error where memory ran out, which would make
 * the report wrong without a word. Returns whether it did; else the caller goes on, and says so. */
bool failure_note_if_memory(struct failure *failure, const struct error *error);

#endif
