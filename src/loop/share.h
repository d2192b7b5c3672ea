/* SPDX-License-Identifier: BSD-2-Clause */
/* Half of what is free in a table that the whole host shares. What is in it is counted by others,
 * from time to time; what was taken since counts until then, even if it is free again. */
#ifndef TCPSHAKE_LOOP_SHARE_H
#define TCPSHAKE_LOOP_SHARE_H

#include <stdbool.h>
#include <stdint.h>

struct share {
    uint64_t room;        /* entries of the table */
    uint64_t most;        /* that it is to have while others need room; UINT64_MAX: no limit */
    uint64_t counted;     /* at the last look */
    uint64_t taken;       /* since */
    int64_t next_look_ns; /* monotonic */
};

/* No limit. */
void share_init_unlimited(struct share *share);

/* A table with that much room, of which used entries are in use. */
void share_init(struct share *share, uint64_t room, uint64_t used, int64_t now_ns);

/* Whether the table is to be counted again: then share_counted is due. */
bool share_is_due(const struct share *share, int64_t now_ns);
void share_counted(struct share *share, uint64_t counted, int64_t now_ns);

/* Whether there is an entry to take; if not, ask again when share_is_due. One for each look may be
 * taken in any case, so that a run ends though others need the other half too. */
bool share_has_room(const struct share *share);
void share_take(struct share *share);

#endif
