/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a SYN can be compared between its sender and a router on the way. */
#ifndef TCPSHAKE_PATH_VIEW_H
#define TCPSHAKE_PATH_VIEW_H

#include "wire/quote.h"

enum view_field {
    VIEW_DSCP, /* RFC 2474 */
    VIEW_ECN,  /* RFC 3168 */
    VIEW_TTL,  /* on arrival: what is above 1 was set on the way */
    VIEW_IP_ID,
    VIEW_SOURCE_PORT,
    VIEW_DESTINATION_PORT,
    VIEW_SEQ,
    VIEW_FLAGS,
    VIEW_WINDOW,
    VIEW_MSS,
    VIEW_WSCALE,
    VIEW_SACK,
    VIEW_TIMESTAMPS, /* TSval */
    VIEW_FAST_OPEN,
    VIEW_MPTCP,
    VIEW_OTHER_OPTIONS, /* how many of other kinds */
    VIEW_SOURCE,        /* addresses: 0 here, themselves beside */
    VIEW_DESTINATION,
    VIEW_FIELDS,
};

#define VIEW_UNKNOWN (-2) /* not quoted */
#define VIEW_ABSENT  (-1) /* an option that is not there */

struct view {
    int64_t fields[VIEW_FIELDS]; /* the value, VIEW_UNKNOWN or VIEW_ABSENT */
    struct address source, destination;
};

/* A SYN as it was sent, which arrives everywhere with a TTL of 1; and as it was quoted. */
void view_of_segment(const struct segment *syn, struct view *out);
void view_of_quote(const struct quote *quote, struct view *out);

/* Which fields, a bit each, are known in both and differ. */
uint32_t view_differences(const struct view *before, const struct view *after);

/* Takes over from a later view what it knows. */
void view_update(struct view *known, const struct view *later);

#define VIEW_CHANGE_MAX 128

/* A change of one field for people, such as "mss 1460 to 1200" or "sack-permitted removed"; out
 * holds VIEW_CHANGE_MAX bytes. Returns out. */
const char *view_change_text(enum view_field field, const struct view *before,
                             const struct view *after, char *out);

#endif
