/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame that crosses a bridge, a bond or a VLAN device is captured on each of them, but is one
 * segment. */
#ifndef TCPSHAKE_FLIGHT_COPIES_H
#define TCPSHAKE_FLIGHT_COPIES_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/segment.h"

/* Frames that another interface may still show: captures are read in turns, some hundred frames at
 * a time. */
#define COPIES_FEW  4
#define COPIES_MOST 512

/* The latest segments of one connection; all zero is empty. */
struct copies {
    struct copy {
        uint32_t identity;
        uint32_t time_ms;     /* modulo 2^32 */
        uint32_t ifindex;     /* 0: no entry */
    } few[COPIES_FEW], *many; /* many: NULL, or all of them */
    uint16_t room;            /* in many */
    bool lacks_memory;        /* for as many as there should be */
    uint32_t next;            /* counts on; its remainder is the place */
};

/* Whether it is the copy of one that another interface showed; if not, it is remembered. */
bool copies_take(struct copies *copies, const struct segment *segment, unsigned ifindex);

void copies_free(struct copies *copies);

#endif
