/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends of one connection, as known from the segments that crossed the wire and from nothing
 * else. Each part has a module of its own, which does not know the conversation; tcp/arrival takes
 * segments in and is the only wing that changes all of them.
 *
 * What crossed is held to have reached the other end, with three exceptions, because only the
 * answer shows them: an end leaves LISTEN when its SYN/ACK is seen, SYN_SENT when its
 * acknowledgement of the SYN/ACK is seen, and takes the first FIN when it acknowledges it or sends
 * one of its own that crosses it. So every end moves along the arrows of RFC 9293 alone, and
 * retransmissions move nothing back. */
#ifndef TCPSHAKE_TCP_CONVERSATION_H
#define TCPSHAKE_TCP_CONVERSATION_H

#include "tcp/course.h"
#include "tcp/end.h"
#include "tcp/evidence.h"
#include "tcp/history.h"
#include "tcp/origin.h"
#include "tcp/result.h"
#include "tcp/steps.h"
#include "tcp/times.h"

/* Three cache lines for every segment, the rest of the history for those that begin or end
 * something, the ends, and what is seldom looked at. */
struct conversation {
    struct endpoint endpoints[ENDS];
    struct __attribute__((packed)) { /* for the module that keeps many of them */
        uint32_t number, hash;
        uint8_t list;
    } owner;
    struct course course;
    bool without_words : 1; /* history, conn_state and completeness are not wanted */
    bool clock_was_set : 1; /* meanwhile: its times do not belong together */
    bool cut_short : 1;     /* the run ended while it was in flight */
    bool done : 1;          /* the program, whose connection it is, waits for nothing more of it */
    bool ran_back : 1;      /* in a capture of others, a stamp is older than one before it */
    uint8_t era;            /* for the module that keeps many: of the clock of its stamps */
    struct steps steps;
    int64_t end_ns; /* the latest segment or error */
    struct initial_rtt initial_rtt;
    struct first first;
    struct history history;
    enum reason icmp_reason; /* REASON_UNKNOWN: none that counts */
    uint32_t place;          /* of the target among those of a run, from 1; 0 if unknown */

    struct end ends[ENDS];

    struct times times;
    int64_t start_ns;
    int64_t done_ns;         /* when the program was done; unknown where that was not kept */
    const char *target;      /* borrowed, may be NULL */
    int64_t resolve_ns;      /* what its name took to resolve; DURATION_UNKNOWN unless set */
    const char *interface;   /* borrowed, may be NULL */
    struct host_facts *host; /* borrowed; NULL: nothing known */
    struct path_facts *path; /* borrowed; NULL: nothing known */
    struct evidence evidence;
};

/* Starts a conversation with its first segment's tuple, the source being the client, unless the
 * segment is a SYN/ACK: then its receiver is. steps may be NULL with capacity 0; of more than
 * UINT8_MAX no more are used. */
void conversation_start(struct conversation *conversation, const struct segment *first,
                        struct step *steps, uint32_t step_capacity);

/* Which end sends as src, given that the segment belongs here. Where both ends are the same
 * endpoint the SYN/ACK and everything else counts as the client's. */
enum end_id conversation_sender(const struct conversation *conversation,
                                const struct endpoint *src);

/* Whether both ends are done, or one was reset, for all that is known: nothing but stragglers can
 * follow. */
bool conversation_over(const struct conversation *conversation);

/* In a capture of others, the stamp of the segment that is going to arrive: where it is older than
 * one before it, notes that in ran_back, and if it is by more than disorder explains, that the
 * clock was set. In a live run the clock itself is watched. */
void conversation_watch_clock(struct conversation *conversation, int64_t time_ns);

/* The stamp of the conversation's latest segment was wrong: nothing that is measured from or to it
 * is known. instead_ns is the time that the capture had reached by then. */
void conversation_distrust(struct conversation *conversation, int64_t instead_ns);

/* Whether a SYN belongs to a new connection on the same tuple and not to this one. */
bool conversation_is_succeeded_by(const struct conversation *conversation,
                                  const struct segment *segment);

#endif
