/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversations written as tables, in tcpdump's words, and played to the tracker. */
#ifndef TCPSHAKE_TESTS_TALK_H
#define TCPSHAKE_TESTS_TALK_H

#include <check.h>

#include "tcp/conversation.h"

/* One thing that crossed the wire, and what the tracker is to say of it.
 *
 * A segment is "DIRECTION FLAGS SEQ [WORD]...": > comes from the client and < from the server;
 * FLAGS are tcpdump's (S F R P U E W and . for ACK, or "none"); SEQ and "ack N" are relative to the
 * sender's and the receiver's initial sequence number. The other words: "len N", "win N" (1000
 * unless told), "ws N" (window scale), "ts VAL/ECHO", "id N" (IP identification, none unless told),
 * "ttl N", "bad" (checksum), "cut N" (octets that its header promises and the wire did not carry),
 * "local" (the local kernel sent it), "unseen" (known from sending alone).
 *
 * An ICMP error is "DIRECTION icmp TYPE/CODE SEQ" or the same with icmp6: it comes back against the
 * receiver's segment at SEQ; "short" says that its quote does not reach that far. */
struct line {
    int at_ms;
    const char *segment;
    const char *states;  /* "CLIENT SERVER" afterwards, - for unknown */
    const char *verdict; /* NULL: "expected", or "unexpected" for an ICMP error */
    enum note note;
};

#define TALK_LINES_MAX 32
#define NO_TIME        -1 /* for a duration that is not to be known */

struct talk {
    const char *name;
    bool foreign;                      /* as in a capture of others */
    struct line lines[TALK_LINES_MAX]; /* up to the first without a segment */
    const char *result;                /* "PORT HANDSHAKE REASON TEARDOWN [FORM] [INITIATOR]" */
    const char *zeek;                  /* "CONN_STATE HISTORY" */
    int completeness;
    struct {
        int syn_rtt, ack_delay, total; /* of the handshake */
        int fin_rtt, peer_fin_delay, close;
    } ms;
};

#define EXPECT(ms, text, both)                                                                     \
    {                                                                                              \
        .at_ms = (ms), .segment = (text), .states = (both)                                         \
    }
#define NOTED(ms, text, both, n)                                                                   \
    {                                                                                              \
        .at_ms = (ms), .segment = (text), .states = (both), .note = NOTE_##n                       \
    }
#define ODD(ms, text, both, word)                                                                  \
    {                                                                                              \
        .at_ms = (ms), .segment = (text), .states = (both), .verdict = (word)                      \
    }
#define SAYS(ms, text, both, word, n)                                                              \
    {                                                                                              \
        .at_ms = (ms), .segment = (text), .states = (both), .verdict = (word), .note = NOTE_##n    \
    }

#define BOTH_OPEN "ESTABLISHED ESTABLISHED"
#define OPENED                                                                                     \
    EXPECT(0, "> S 0", "SYN_SENT LISTEN"), EXPECT(10, "< S. 0 ack 1", "SYN_SENT SYN_RCVD"),        \
        EXPECT(11, "> . 1 ack 1", BOTH_OPEN)
#define OPEN_MS  .syn_rtt = 10, .ack_delay = 1, .total = 11
#define NO_OPEN  .syn_rtt = NO_TIME, .ack_delay = NO_TIME, .total = NO_TIME
#define NO_CLOSE .fin_rtt = NO_TIME, .peer_fin_delay = NO_TIME, .close = NO_TIME

/* Where the numbers of a talk begin on their circles. */
struct talk_base {
    uint32_t iss[ENDS];
    uint32_t tsval;
    bool foreign; /* as in a capture of others */
};

extern const struct talk_base talk_ordinary; /* far from any wrap */

int talk_lines(const struct talk *talk);

/* Reads one line; a line that makes no sense fails the test. */
enum segment_kind talk_segment(const struct line *line, const struct talk_base *base,
                               struct segment *out, enum origin *origin);

/* Plays one line to a conversation that has room for a step, and starts it if it is the first. */
void talk_play(const struct line *line, const struct talk_base *base, bool first,
               struct conversation *conversation, struct step *step);

/* Plays so many lines to a conversation that keeps no steps. */
void talk_tell(const struct line *lines, int count, const struct talk_base *base,
               struct conversation *conversation);

/* Plays the whole talk and checks each line, the result and the record. */
void talk_check(const struct talk *talk, const struct talk_base *base);

/* Adds tests of these talks to a suite: each with ordinary numbers, and with each of its numbers
 * and timestamps right at the wrap of its circle, and at the middle of it. A program has one set.
 */
void talk_add(Suite *suite, const struct talk *talks, int count);

/* All that a program with nothing but talks does; what its main returns. */
int talk_main(const char *name, const struct talk *talks, int count);

#endif
