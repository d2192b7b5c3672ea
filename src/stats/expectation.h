/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_STATS_EXPECTATION_H
#define TCPSHAKE_STATS_EXPECTATION_H

#include "stats/range.h"
#include "tcp/result.h"

#define FORM_BIT(form) (1u << (TEARDOWN_RESULT_COUNT + (unsigned)(form)))

/* What the user counts as success. */
struct expectation {
    uint8_t port_states; /* bit 1 << enum port_state */
    uint16_t closes;     /* 0: any; bit 1 << enum teardown_result, FORM_BIT(enum teardown_form) */
    /* DURATION_UNKNOWN: no limit; otherwise on handshake.connect_ns. */
    int64_t max_rtt_ns;
    struct range warning, critical; /* in ns, on the same time */
};

/* What a connection does not meet of the expectation; CRITERION_NONE: nothing. */
enum criterion expectation_unmet(const struct expectation *expectation,
                                 const struct connection_result *result);

/* Whether the time of its handshake calls for a warning. */
bool expectation_warns(const struct expectation *expectation,
                       const struct connection_result *result);

/* Reads a comma-separated list of port states into *states, bit 1 << enum port_state. Returns NULL,
 * or the first invalid word, which ends at a comma or the end of the text. */
const char *port_states_parse(const char *text, uint8_t *states);

/* The same for ways of closing: words of enum teardown_result and enum teardown_form, as in
 * struct expectation. */
const char *closes_parse(const char *text, uint16_t *closes);

#endif
