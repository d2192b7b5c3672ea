/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/selection.h"

#include "base/wordlist.h"
#include "findings/wording.h"

_Static_assert(CAUSE_COUNT <= 32 && REASON_COUNT <= 32, "a bit for each");

static const char *state_word(unsigned value)
{
    return port_state_name((enum port_state)value);
}

static const char *handshake_word(unsigned value)
{
    return handshake_result_name((enum handshake_result)value);
}

static const char *close_word(unsigned value)
{
    return teardown_result_name((enum teardown_result)value);
}

static const char *form_word(unsigned value)
{
    return teardown_form_name((enum teardown_form)value);
}

static const char *cause_word(unsigned value)
{
    return cause_name((enum cause)value);
}

static const char *verdict_word(unsigned value)
{
    return value == 0 ? "failed" : "ok";
}

static const char *reason_word(unsigned value)
{
    return reason_name((enum reason)value);
}

static const struct kind {
    word_namer *word;
    unsigned count;
} kinds[SELECTION_KINDS] = {
    [SELECTION_PORT_STATE] = {state_word, PORT_STATE_COUNT},
    [SELECTION_HANDSHAKE] = {handshake_word, HANDSHAKE_RESULT_COUNT},
    [SELECTION_CLOSE] = {close_word, TEARDOWN_RESULT_COUNT},
    [SELECTION_FORM] = {form_word, FORM_COUNT},
    [SELECTION_CAUSE] = {cause_word, CAUSE_COUNT},
    [SELECTION_VERDICT] = {verdict_word, 2},
    [SELECTION_REASON] = {reason_word, REASON_COUNT},
};

/* Returns false for a word that stands for nothing. */
static bool add_word(struct selection *selection, const char *word, size_t len)
{
    bool found = false;
    for (unsigned i = 0; i < SELECTION_KINDS; i++) {
        unsigned value = wordlist_find(word, len, kinds[i].word, kinds[i].count);
        if (value == kinds[i].count || (i == SELECTION_REASON && found))
            continue;
        selection->values[i] |= UINT32_C(1) << value;
        found = true;
    }
    return found;
}

const char *selection_parse(const char *text, struct selection *selection)
{
    *selection = (struct selection){.given = true};
    for (const char *word = text;;) {
        size_t len = wordlist_length(word);
        if (!add_word(selection, word, len))
            return word;
        if (word[len] == '\0')
            return NULL;
        word += len + 1;
    }
}

/* A value outside of its enum has no word. */
static bool has(const struct selection *selection, enum selection_kind kind, unsigned value)
{
    return value < kinds[kind].count && (selection->values[kind] >> value & 1) != 0;
}

static bool has_finding(const struct selection *selection, const struct diagnoses *diagnoses)
{
    for (unsigned i = 0; diagnoses != NULL && i < diagnoses->count; i++)
        if (has(selection, SELECTION_CAUSE, diagnoses->list[i].cause))
            return true;
    return false;
}

bool selection_has(const struct selection *selection, const struct connection_result *result)
{
    return !selection->given || has(selection, SELECTION_PORT_STATE, result->port_state) ||
           has(selection, SELECTION_HANDSHAKE, result->handshake.result) ||
           has(selection, SELECTION_CLOSE, connection_close(result)) ||
           has(selection, SELECTION_FORM, result->teardown.form) ||
           has(selection, SELECTION_VERDICT, result->ok) ||
           has(selection, SELECTION_REASON, result->handshake.reason) ||
           has_finding(selection, result->diagnoses);
}
