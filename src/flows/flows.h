/* SPDX-License-Identifier: BSD-2-Clause */
/* Which conversation a segment belongs to, and when one is to be reported: a table from tuples to
 * conversations of bounded size. */
#ifndef TCPSHAKE_FLOWS_FLOWS_H
#define TCPSHAKE_FLOWS_FLOWS_H

#include "tcp/conversation.h"
#include "tcp/origin.h"

struct flows;

struct flows_config {
    uint64_t key[2]; /* random, so that no peer can choose tuples that collide */
    uint32_t
        open_max; /* more at once: the one that was silent longest is finished; the newest stays */
    int64_t linger_ns; /* how long a conversation that is over waits for stragglers, in the time of
                        * the segments; INT64_MAX: until flows_finish */
    uint32_t linger_max; /* more that are over: the one that was silent longest is finished; 0: any
                          * number */
    bool keep_steps;
    bool without_words; /* of Zeek and Wireshark: history, conn_state, completeness */
    void (*on_memory)(void *memory, size_t size); /* told of each piece that flows are going to
                                                   * fill, of 2 MiB and aligned to it; NULL: the
                                                   * pieces are smaller */
};

struct flows *flows_new(const struct flows_config *config); /* NULL: out of memory */
void flows_free(struct flows *flows);                       /* NULL is allowed */

/* Takes a segment (SEGMENT_TCP) or an ICMP error (SEGMENT_ICMP_ERROR) in. Returns its conversation,
 * new if the tuple is new or begins again; NULL for an error that quotes no known one, and where
 * memory ran out (flows_lost counts those). The pointer holds until the conversation is finished
 * and released. */
struct conversation *flows_input(struct flows *flows, const struct segment *segment,
                                 enum segment_kind kind, enum origin origin);

/* For a caller who knows a few segments ahead: memory is asked early for what they need of it.
 * Whatever happens in between, flows_input_expected does what flows_input does. */
struct flows_ahead {
    uint32_t hash;
    bool is_control;
    struct conversation *likely; /* NULL: none is known */
};

void flows_expect(const struct flows *flows, const struct segment *segment,
                  struct flows_ahead *ahead);
void flows_fetch(const struct flows *flows, struct flows_ahead *ahead); /* a little later */
struct conversation *flows_input_expected(struct flows *flows, const struct flows_ahead *ahead,
                                          const struct segment *segment, enum segment_kind kind,
                                          enum origin origin);

/* The capture that begins here holds most frames twice: segments that come twice are copies from
 * the first on. Else that shows only after some. */
void flows_presume_doubling(struct flows *flows);

/* From now on, stamps may be older than ones before them. */
void flows_watch_clock(struct flows *flows);

/* The clock of the segments was set: in a conversation that goes on, times before and after do not
 * belong together. */
void flows_clock_was_set(struct flows *flows);

/* The conversation of that pair of endpoints that is not finished, in either direction, or NULL. */
struct conversation *flows_find(const struct flows *flows, const struct endpoint *a,
                                const struct endpoint *b);

/* Ends a conversation, or all in the order of their start: they wait to be reported. */
void flows_finish(struct flows *flows, struct conversation *conversation);
void flows_finish_all(struct flows *flows);

/* The next one that waits to be reported, oldest first, or NULL. To be given back by flows_release.
 */
struct conversation *flows_next_finished(struct flows *flows);
bool flows_has_finished(const struct flows *flows);
void flows_release(struct flows *flows, struct conversation *conversation);

/* For a caller who cannot wait for the linger: the next one that is over, has been silent since
 * before_ns and was not handed out yet, or NULL. It is to be reported at once and stays in the
 * table, so that stragglers find it, but is never finished again. */
struct conversation *flows_next_over(struct flows *flows, int64_t before_ns);
bool flows_has_over(const struct flows *flows); /* one that flows_next_over may hand out in time */

uint32_t flows_open_count(const struct flows *flows);
uint64_t flows_evicted(const struct flows *flows); /* finished while open, to make room */
uint64_t flows_lost(const struct flows *flows);
uint64_t flows_unlisted(const struct flows *flows); /* steps for which memory ran out */

#endif
