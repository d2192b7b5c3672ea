/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds captures open in a child, so that closing them takes this process no time: who closes a
 * packet socket last waits twice until the kernel has no reader of it (RCU), some 10 ms each. */
#ifndef TCPSHAKE_CONFINE_HOLDER_H
#define TCPSHAKE_CONFINE_HOLDER_H

#include "confine/child.h"

struct holder {
    struct child child;
    bool started;
};

#define HOLDER_FILES_MAX CHILD_FILES_MAX

/* Starts the child, with at most HOLDER_FILES_MAX descriptors that are open. It reads none of them,
 * and ends with this process. To be called before the sandbox is entered. Where no child can be
 * started, closing takes its time. */
void holder_start(struct holder *holder, const int *files, size_t count);

/* Ends the child without waiting. To be called when the descriptors are closed here; of a holder
 * that was not started, too. */
void holder_stop(struct holder *holder);

#endif
