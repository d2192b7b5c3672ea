/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/failure.h"

void failure_note(struct failure *failure, const struct error *error)
{
    if (!failure->failed)
        failure->error = *error;
    failure->failed = true;
}

void failure_note_memory(struct failure *failure)
{
    struct error error;
    error_set_memory(&error, "out of memory");
    failure_note(failure, &error);
}
