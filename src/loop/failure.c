/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/failure.h"

void failure_note(struct failure *failure, const struct error *error)
{
    if (!failure->failed)
        failure->error = *error;
    failure->failed = true;
}

bool failure_note_if_memory(struct failure *failure, const struct error *error)
{
    if (error->out_of_memory)
        failure_note(failure, error);
    return error->out_of_memory;
}

void failure_note_memory(struct failure *failure)
{
    struct error error;
    error_set_memory(&error, "out of memory");
    failure_note(failure, &error);
}
