/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run found out of each host once, for all of its ports. */
#ifndef TCPSHAKE_TARGETS_HOSTNOTES_H
#define TCPSHAKE_TARGETS_HOSTNOTES_H

#include "wire/addr.h"

#define HOST_NOTES_MAX 65536u /* further ones are not noted */

struct host_note {
    struct host_note *next;
    struct address address;
    uint16_t control_port; /* which is being asked, or was; 0: none yet */
    uint8_t state;         /* of it, as the caller counts; valid if known */
    bool known;
};

struct host_notes {
    struct host_note **buckets; /* owned; NULL before the first */
    uint32_t count;
    bool lacks_memory; /* for one of them */
};

/* The note on a host, which stays where it is; made if there is none. NULL: there are too many, or
 * memory ran out (lacks_memory). */
struct host_note *host_notes_of(struct host_notes *notes, const struct address *address);

void host_notes_free(struct host_notes *notes);

#endif
