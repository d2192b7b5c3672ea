/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/expectation.h"

#include "base/wordlist.h"

/* A port that does not answer has no time that could exceed a limit; an open one without a known
 * time has not shown that it met it. */
static bool alerts(const struct range *range, const struct connection_result *result)
{
    int64_t took_ns = result->handshake.connect_ns;

    if (took_ns == DURATION_UNKNOWN)
        return range->given && result->port_state == PORT_OPEN;
    return range_alerts(range, took_ns);
}

static bool is_too_slow(int64_t most_ns, const struct connection_result *result)
{
    const struct range limit = {INT64_MIN, most_ns, .given = most_ns != DURATION_UNKNOWN};

    return alerts(&limit, result);
}

bool expectation_warns(const struct expectation *expectation,
                       const struct connection_result *result)
{
    return alerts(&expectation->warning, result);
}

/* A port that was not open has nothing to close. */
static bool closed_well(const struct expectation *expectation,
                        const struct connection_result *result)
{
    enum teardown_result how;

    if (expectation->closes == 0)
        return true;
    how = connection_close(result);
    return how == TEARDOWN_RESULT_COUNT ||
           (expectation->closes & (1u << how | FORM_BIT(result->teardown.form))) != 0;
}

static bool is_expected_state(const struct expectation *expectation,
                              const struct connection_result *result)
{
    const struct target_notes *notes = result->notes;
    bool own = notes != NULL && notes->port_states != 0;
    unsigned port_states = own ? notes->port_states : expectation->port_states;

    return (unsigned)result->port_state < PORT_STATE_COUNT &&
           (port_states >> result->port_state & 1) != 0;
}

enum criterion expectation_unmet(const struct expectation *expectation,
                                 const struct connection_result *result)
{
    if (!is_expected_state(expectation, result))
        return CRITERION_PORT_STATE;
    if (is_too_slow(expectation->max_rtt_ns, result))
        return CRITERION_MAX_RTT;
    if (alerts(&expectation->critical, result))
        return CRITERION_CRITICAL;
    return closed_well(expectation, result) ? CRITERION_NONE : CRITERION_CLOSE;
}

/* Sets the bit of each word, up to the first invalid one, which is returned, or NULL. */
static const char *parse_list(const char *text, word_namer *name_of, unsigned count,
                              unsigned *found)
{
    *found = 0;
    for (const char *word = text;;) {
        size_t len = wordlist_length(word);
        unsigned which = wordlist_find(word, len, name_of, count);
        if (which == count)
            return word;
        *found |= 1u << which;
        if (word[len] == '\0')
            return NULL;
        word += len + 1;
    }
}

static const char *name_of_state(unsigned which)
{
    return port_state_name((enum port_state)which);
}

const char *port_states_parse(const char *text, uint8_t *states)
{
    unsigned found;
    const char *bad = parse_list(text, name_of_state, PORT_UNKNOWN, &found);
    *states = (uint8_t)found;
    return bad;
}

/* In the order of the bits. */
static const char *name_of_close(unsigned which)
{
    if (which < TEARDOWN_RESULT_COUNT)
        return teardown_result_name((enum teardown_result)which);
    return teardown_form_name((enum teardown_form)(which - TEARDOWN_RESULT_COUNT));
}

const char *closes_parse(const char *text, uint16_t *closes)
{
    unsigned found;
    const char *bad = parse_list(text, name_of_close, TEARDOWN_RESULT_COUNT + FORM_COUNT, &found);
    *closes = (uint16_t)found;
    return bad;
}
