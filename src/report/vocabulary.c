/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/vocabulary.h"

struct mark {
    const char *quote, *missing;
};

static void append(struct word *word, const char *text)
{
    size_t len = strlen(text), room = WORD_MAX - word->len;

    memcpy(word->text + word->len, text, len < room ? len : room);
    word->len = (uint8_t)(word->len + (len < room ? len : room));
}

static void set(struct word *word, const char *text, const struct mark *mark)
{
    memset(word, 0, sizeof(*word));
    append(word, text != NULL ? mark->quote : mark->missing);
    if (text == NULL)
        return;
    append(word, text);
    append(word, mark->quote);
}

/* The letters of the flags, in the order in which people say them. */
static void set_flags(struct word *word, unsigned flags, const struct mark *mark)
{
    static const struct {
        uint16_t flag;
        char letter;
    } letters[] = {
        {TCP_SYN, 'S'}, {TCP_FIN, 'F'}, {TCP_RST, 'R'}, {TCP_PSH, 'P'}, {TCP_ACK, 'A'},
        {TCP_URG, 'U'}, {TCP_ECE, 'E'}, {TCP_CWR, 'W'}, {TCP_AE, 'e'},
    };
    char text[sizeof(letters) / sizeof(letters[0]) + 1] = "";
    size_t len = 0;

    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if ((flags & letters[i].flag) != 0)
            text[len++] = letters[i].letter;
    set(word, text, mark);
}

/* The readers take any value, and answer one outside with NULL. */
/* NOLINTBEGIN(bugprone-macro-parentheses): type is the tag of an enum */
#define FILL(table, name, type)                                                                    \
    for (unsigned i = 0; i < sizeof(table) / sizeof(table)[0]; i++)                                \
    set(&(table)[i], name((enum type)i), &mark)
/* NOLINTEND(bugprone-macro-parentheses) */

void vocabulary_fill(struct vocabulary *vocabulary, const char *quote, const char *missing)
{
    const struct mark mark = {quote, missing};

    FILL(vocabulary->port_states, port_state_name, port_state);
    FILL(vocabulary->handshakes, handshake_result_name, handshake_result);
    FILL(vocabulary->reasons, reason_name, reason);
    FILL(vocabulary->teardowns, teardown_result_name, teardown_result);
    FILL(vocabulary->forms, teardown_form_name, teardown_form);
    FILL(vocabulary->ends, end_name, end_id);
    FILL(vocabulary->states, state_name, tcp_state);
    FILL(vocabulary->verdicts, verdict_name, verdict);
    for (unsigned flags = 0; flags < FLAGS_COUNT; flags++)
        set_flags(&vocabulary->flags[flags], flags, &mark);
}
