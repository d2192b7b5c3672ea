/* SPDX-License-Identifier: BSD-2-Clause */
/* What the time stamps of captures of others show of the clock that they come from, and what that
 * makes of the connections. */
#ifndef TCPSHAKE_RUN_CLOCKED_H
#define TCPSHAKE_RUN_CLOCKED_H

#include "files/trace.h"
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
    struct place first, last; /* packets: the first of all, the one before */
    struct conversation *first_flow, *last_flow;
    struct place first_wrong, latest_wrong; /* packets that are out of order */
    uint64_t wrong;
};

/* Takes the stamp of a packet before the packet itself. */
static inline void clocked_expect(struct clocked *clocked, struct flows *flows, int64_t time_ns);

/* The packet of that stamp was taken in, by conversation, which may be NULL. */
static inline void clocked_take(struct clocked *clocked, const char *file,
                                const struct trace_packet *packet,
                                struct conversation *conversation);

/* The conversation is going to be released. */
void clocked_forget(struct clocked *clocked, const struct conversation *conversation);

/* No more packets come. */
void clocked_end(struct clocked *clocked, struct flows *flows);

/* Warns once of what was out of order, if anything was. */
void clocked_tell(const struct clocked *clocked);

/* For the inline functions above, which have to cost little. */
void clocked_doubt(struct clocked *clocked, struct flows *flows, enum stamps_say say);
void clocked_begin(struct clocked *clocked, struct conversation *conversation);
void clocked_note_ran_back(struct clocked *clocked, struct conversation *conversation);

static inline void clocked_expect(struct clocked *clocked, struct flows *flows, int64_t time_ns)
{
    enum stamps_say say = stamps_take(&clocked->stamps, time_ns);
    if (say != STAMPS_SOUND)
        clocked_doubt(clocked, flows, say);
}

static inline void clocked_take(struct clocked *clocked, const char *file,
                                const struct trace_packet *packet,
                                struct conversation *conversation)
{
    clocked->last = (struct place){file, packet->number, packet->frame.time_ns};
    clocked->last_flow = conversation;
    if (clocked->first.number == 0)
        clocked_begin(clocked, conversation);
    if (conversation != NULL && conversation->ran_back)
        clocked_note_ran_back(clocked, conversation);
}

#endif
