/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of the core as a record holds them, with their lengths: looked up and measured once,
 * copied in one piece however often they are written. */
#ifndef TCPSHAKE_REPORT_VOCABULARY_H
#define TCPSHAKE_REPORT_VOCABULARY_H

#include <string.h>

#include "tcp/result.h"

#define WORD_MAX 31

struct word {
    char text[WORD_MAX]; /* cut off where it is longer */
    uint8_t len;
};

#define FLAGS_COUNT 512 /* combinations of enum tcp_flag */

/* Each table but flags is one longer than its enum: the last word is that of any value outside. */
struct vocabulary {
    struct word port_states[PORT_STATE_COUNT + 1], handshakes[HANDSHAKE_RESULT_COUNT + 1],
        reasons[REASON_COUNT + 1], teardowns[TEARDOWN_RESULT_COUNT + 1], forms[FORM_COUNT + 1],
        ends[ENDS + 1], states[STATE_COUNT + 1], verdicts[VERDICT_COUNT + 1], flags[FLAGS_COUNT];
};

/* quote stands on both sides of each word ("" for none), missing for what has no word. */
void vocabulary_fill(struct vocabulary *vocabulary, const char *quote, const char *missing);

/* Writes the word of a value at a place with WORD_MAX bytes; returns where it ends. */
#define PUT_WORD(at, table, value) word_put(at, table, sizeof(table) / sizeof(table)[0] - 1, value)

static inline char *word_put(char *at, const struct word *words, size_t count, size_t value)
{
    const struct word *word = &words[value < count ? value : count];

    memcpy(at, word->text, WORD_MAX); /* a fixed length costs less than the right one */
    return at + word->len;
}

#endif
