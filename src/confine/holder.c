/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/holder.h"

#include <stdint.h>

/* There is no question: it waits for its parent to let go. */
static void wait_for_the_end(int fd, void *context)
{
    uint8_t octet;
    (void)context;
    while (child_receive(fd, &octet, sizeof octet))
        ;
}

void holder_start(struct holder *holder, const int *files, size_t count)
{
    struct error ignored;
    const struct child_role role = {.mode = SANDBOX_HOLDER,
                                    .serve = wait_for_the_end,
                                    .what = "holds captures open",
                                    .files = files,
                                    .file_count = count};
    holder->started = child_start(&holder->child, &role, &ignored) == 0;
}

void holder_stop(struct holder *holder)
{
    if (holder->started)
        child_stop(&holder->child);
    holder->started = false;
}
