/* SPDX-License-Identifier: BSD-2-Clause */
/* Zeek's shorthand for a connection (its conn.log: history and conn_state) and Wireshark's
 * tcp.completeness, so that existing queries work on our records. */
#ifndef TCPSHAKE_TCP_HISTORY_H
#define TCPSHAKE_TCP_HISTORY_H

#include "tcp/result.h"

/* Room for ^, each letter of both ends once and the counted ones five times. */
#define HISTORY_MAX 55

/* How far an end got, in the terms that Zeek's conn_state is defined by. */
enum progress {
    PROGRESS_INACTIVE, /* it sent nothing */
    PROGRESS_SYN_SENT,
    PROGRESS_SYN_ACK_SENT,
    PROGRESS_PARTIAL, /* its beginning was not seen */
    PROGRESS_ESTABLISHED,
    PROGRESS_CLOSED, /* it sent FIN */
    PROGRESS_RESET,  /* it sent RST */
};

/* All zero before the first segment. In the order of use: what every segment needs comes first. */
struct history {
    struct history_end {
        uint8_t progress, before; /* enum progress, now and before the latest change */
        uint8_t written;          /* letters that are there, a bit each */
        uint32_t first, right;    /* where its numbers begin, and end so far */
    } ends[ENDS];
    uint8_t completeness;
    uint8_t len;
    char letters[HISTORY_MAX + 1];          /* Zeek's history, a string */
    struct history_marks {                  /* for what is written more than once */
        uint32_t counted[4];                /* how often each of the counted letters happened */
        uint32_t syn_seq, fin_seq, rst_seq; /* of the latest ones */
    } marks[ENDS];
};

/* Notes a segment of from in completeness and history. */
void history_add(struct history *history, enum end_id from, const struct segment *segment);

/* Notes that the connection was turned round: its first segment was the server's. */
void history_flip(struct history *history);

/* Notes that an acknowledgement shows payload of that end that was not captured. */
void history_gap(struct history *history, enum end_id of);

/* Zeek's conn_state, a static text. payload: either end sent some. */
const char *history_conn_state(const struct history *history, bool payload);

#endif
