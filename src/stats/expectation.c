/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/expectation.h"

#include <string.h>

/* Without a completed handshake, the answer to the SYN is what can be slow. */
int64_t handshake_time_ns(const struct connection_result *result)
{
    if (result->handshake.total_ns != DURATION_UNKNOWN)
        return result->handshake.total_ns;
    return result->handshake.syn_rtt_ns;
}

/* A port that does not answer has no time that could exceed a limit; an open one without a known
 * time has not shown that it met it. */
static bool alerts(const struct range *range, const struct connection_result *result)
{
    int64_t took_ns = handshake_time_ns(result);

    if (took_ns == DURATION_UNKNOWN)
        return range->given && result->port_state == PORT_OPEN;
    return range_alerts(range, took_ns);
}

static bool fast_enough(const struct expectation *expectation,
                        const struct connection_result *result)
{
    int64_t most_ns = expectation->max_rtt_ns;
    const struct range limit = {INT64_MIN, most_ns, .given = most_ns != DURATION_UNKNOWN};

    return !alerts(&limit, result) && !alerts(&expectation->critical, result);
}

bool expectation_warns(const struct expectation *expectation,
                       const struct connection_result *result)
{
    return alerts(&expectation->warning, result);
}

bool expectation_met(const struct expectation *expectation, const struct connection_result *result)
{
    if ((unsigned)result->port_state >= PORT_STATE_COUNT)
        return false;
    return (expectation->port_states >> result->port_state & 1) != 0 &&
           fast_enough(expectation, result);
}

/* Returns the state of that name, or PORT_UNKNOWN. */
static enum port_state find_state(const char *word, size_t len)
{
    for (unsigned i = 0; i < PORT_UNKNOWN; i++) {
        const char *name = port_state_name((enum port_state)i);
        if (strlen(name) == len && memcmp(name, word, len) == 0)
            return (enum port_state)i;
    }
    return PORT_UNKNOWN;
}

/* The core does not call strcspn(3). */
static size_t word_length(const char *word)
{
    size_t len = 0;
    while (word[len] != '\0' && word[len] != ',')
        len++;
    return len;
}

const char *port_states_parse(const char *text, uint8_t *states)
{
    unsigned found = 0;
    for (const char *word = text;;) {
        size_t len = word_length(word);
        enum port_state state = find_state(word, len);
        if (state == PORT_UNKNOWN)
            return word;
        found |= 1u << state;
        *states = (uint8_t)found;
        if (word[len] == '\0')
            return NULL;
        word += len + 1;
    }
}
