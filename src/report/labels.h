/* SPDX-License-Identifier: BSD-2-Clause */
/* The labels of a target, "k=v;k=v", one by one. */
#ifndef TCPSHAKE_REPORT_LABELS_H
#define TCPSHAKE_REPORT_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define LABEL_MAX 1024 /* octets of a name or a value; what is longer is cut */

struct label {
    char name[LABEL_MAX + 1], value[LABEL_MAX + 1];
};

static inline void label_copy(char out[LABEL_MAX + 1], const char *text, size_t len)
{
    len = len < LABEL_MAX ? len : LABEL_MAX;
    memcpy(out, text, len);
    out[len] = '\0';
}

/* Takes the first label and moves *at to the next one. Returns false if there is none. */
static inline bool label_next(const char **at, struct label *label)
{
    if (*at == NULL || **at == '\0')
        return false;
    size_t len = strcspn(*at, ";"), name_len = strcspn(*at, "=;");
    size_t value = name_len < len ? name_len + 1 : len;
    label_copy(label->name, *at, name_len);
    label_copy(label->value, *at + value, len - value);
    *at += (*at)[len] == ';' ? len + 1 : len;
    return true;
}

#endif
