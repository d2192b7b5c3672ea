/* SPDX-License-Identifier: BSD-2-Clause */
/* What the time stamps of captures of others show of the clock that they come from, and what that
 * makes of the connections. */
#ifndef TCPSHAKE_RUN_CLOCKED_H
#define TCPSHAKE_RUN_CLOCKED_H

#include "flows/flows.h"
#include "flows/stamps.h"

/* One packet, for a warning. */
struct place {
    const char *file; /* borrowed */
    uint64_t number;
    int64_t time_ns;
};

/* All zero before the first packet. Conversations are borrowed, and NULL where there is none or it
 * was released. */
struct clocked {
    struct stamps stamps;
    uint64_t number;                /* of the packet before, in its file */
    struct conversation *last_flow; /* its conversation */
    const char *file;               /* its file */
    const char *file_before;        /* with number 0, that packet was the last of this one ... */
    uint64_t number_before;         /* ... with that number */
    bool watches;                   /* a stamp was older than one before it */
    struct place first;             /* packet of all */
    struct conversation *first_flow;
    struct place first_wrong, latest_wrong; /* packets that are out of order */
    uint64_t wrong;
};

/* Takes the stamp of a packet before the packet itself. */
static inline void clocked_expect(struct clocked *clocked, struct flows *flows, int64_t time_ns);

/* The packet with that number in its file was taken in, by conversation, which may be NULL. */
static inline void clocked_take(struct clocked *clocked, uint64_t number,
                                struct conversation *conversation);

/* The next packets are of that file. */
void clocked_open(struct clocked *clocked, const char *file);

/* The conversation is going to be released. */
void clocked_forget(struct clocked *clocked, const struct conversation *conversation);

/* No more packets come. */
void clocked_end(struct clocked *clocked, struct flows *flows);

/* Warns once of what was out of order, if anything was. */
void clocked_tell(const struct clocked *clocked);

/* For the inline functions, which have to cost little. */
void clocked_compare(struct clocked *clocked, struct flows *flows, int64_t time_ns);
void clocked_look(struct clocked *clocked, struct conversation *conversation);

static inline void clocked_expect(struct clocked *clocked, struct flows *flows, int64_t time_ns)
{
    if (!stamps_go_on(&clocked->stamps, time_ns))
        clocked_compare(clocked, flows, time_ns);
}

static inline void clocked_take(struct clocked *clocked, uint64_t number,
                                struct conversation *conversation)
{
    clocked->number = number;
    clocked->last_flow = conversation;
    if (clocked->watches)
        clocked_look(clocked, conversation);
}

#endif
