/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/lists/line.h"

#include <string.h>

#include "stats/expectation.h"

#define BLANKS " \t\r\v\f"

/* The next word, or NULL. A comment ends the line. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, BLANKS);
    if (*word == '\0' || *word == '#')
        return NULL;
    char *end = word + strcspn(word, BLANKS);
    *at = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static int check_name(const char *name, struct error *error)
{
    switch (label_name_judge(name, strlen(name))) {
    case LABEL_NAME_INVALID:
        return error_set(error, STATUS_USAGE,
                         "invalid label name '%.80s': use letters, digits and _, not a digit first",
                         name);
    case LABEL_NAME_RESERVED:
        return error_set(error, STATUS_USAGE, "label '%.80s': names beginning with __ are reserved",
                         name);
    case LABEL_NAME_TAKEN:
        return error_set(error, STATUS_USAGE, "label '%s': every record has a field of that name",
                         name);
    case LABEL_NAME_FINE:
        break;
    }
    return 0;
}

static int check_value(const char *name, const char *value, struct error *error)
{
    if (*value == '\0')
        return error_set(error, STATUS_USAGE, "label '%.80s' has no value", name);
    if (!label_value_is_valid(value, strlen(value)))
        return error_set(error, STATUS_USAGE,
                         "label '%.80s': a value is UTF-8 text without control characters and "
                         "semicolons",
                         name);
    return 0;
}

static int add_label(struct list_line *line, const char *name, const char *value,
                     struct error *error)
{
    if (check_name(name, error) < 0 || check_value(name, value, error) < 0)
        return -1;
    size_t used = strlen(line->labels), name_len = strlen(name), value_len = strlen(value);
    if (labels_have(line->labels, used, name, name_len))
        return error_set(error, STATUS_USAGE, "label '%.80s' is given twice", name);
    if (used + name_len + value_len + 2 > LABELS_MAX)
        return error_set(error, STATUS_USAGE, "the labels are longer than %d octets", LABELS_MAX);
    char *at = line->labels + used;
    if (used > 0)
        *at++ = ';';
    memcpy(at, name, name_len);
    at[name_len] = '=';
    memcpy(at + name_len + 1, value, value_len + 1);
    return 0;
}

static int set_expectation(struct list_line *line, const char *value, struct error *error)
{
    if (line->attributes.port_states != 0)
        return error_set(error, STATUS_USAGE, "expect= is given twice");
    const char *bad = port_states_parse(value, &line->attributes.port_states);
    if (bad == NULL)
        return 0;
    size_t len = strcspn(bad, ",");
    return error_set(error, STATUS_USAGE,
                     "expect= takes a comma-separated list of open, closed, filtered and "
                     "unreachable, not '%.*s'",
                     len < 80 ? (int)len : 80, bad);
}

static int parse_assignment(struct list_line *line, char *word, char *equals, struct error *error)
{
    *equals = '\0';
    if (strcmp(word, "expect") == 0)
        return set_expectation(line, equals + 1, error);
    return add_label(line, word, equals + 1, error);
}

int list_line_parse(char *text, struct list_line *line, struct error *error)
{
    char *at = text;
    *line = (struct list_line){.target = next_word(&at)};
    line->attributes.labels = line->labels;
    if (line->target == NULL)
        return 0;
    bool first = true;
    for (char *word = next_word(&at); word != NULL; word = next_word(&at), first = false) {
        char *equals = strchr(word, '=');
        if (equals != NULL) {
            if (parse_assignment(line, word, equals, error) < 0)
                return -1;
        } else if (first) {
            line->ports = word;
        } else {
            return error_set(error, STATUS_USAGE, "'%.80s' is not NAME=VALUE", word);
        }
    }
    return 0;
}
