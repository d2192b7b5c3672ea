/* SPDX-License-Identifier: BSD-2-Clause */
/* Which connections a reader wants to see, by words of the report. */
#ifndef TCPSHAKE_STATS_SELECTION_H
#define TCPSHAKE_STATS_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "findings/cause.h"
#include "tcp/result.h"

/* What a word can be about. */
enum selection_kind {
    SELECTION_PORT_STATE,
    SELECTION_HANDSHAKE,
    SELECTION_CLOSE,
    SELECTION_FORM,
    SELECTION_CAUSE,
    SELECTION_VERDICT, /* "ok", "failed" */
    SELECTION_REASON,
    SELECTION_KINDS,
};

/* All zero chooses every connection. */
struct selection {
    bool given;
    uint32_t values[SELECTION_KINDS]; /* bit 1 << value of the enum that the kind stands for */
};

/* Reads a comma-separated list of words: port states, results of handshakes, ways of closing, names
 * of findings, "ok" and "failed", and reasons. A word stands for everything of that name, but a
 * reason only for want of anything else: the reason of a refusal is nmap's "reset", which is not
 * what "reset" says of an open connection. Returns NULL, or the first invalid word, which ends at a
 * comma or the end of the text. */
const char *selection_parse(const char *text, struct selection *selection);

/* Whether a connection is chosen: one word that applies to it is enough. result->ok is that of the
 * expectation; without result->diagnoses, no finding applies. */
bool selection_has(const struct selection *selection, const struct connection_result *result);

#endif
