/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/labels.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

#define NAME_START "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME_ALL   NAME_START "0123456789"

static bool is(const char *name, size_t len, const char *other)
{
    return strlen(other) == len && memcmp(name, other, len) == 0;
}

enum label_name label_name_judge(const char *name, size_t len)
{
    if (len == 0 || strspn(name, NAME_START) == 0 || strspn(name, NAME_ALL) < len)
        return LABEL_NAME_INVALID;
    if (strncmp(name, "__", 2) == 0)
        return LABEL_NAME_RESERVED;
    return is(name, len, "target") || is(name, len, "port") ? LABEL_NAME_TAKEN : LABEL_NAME_FINE;
}

bool label_value_is_valid(const char *value, size_t len)
{
    const char *at = value;
    while (at < value + len) {
        uint32_t code;
        at += utf8_decode(at, &code);
        if (code == UTF8_INVALID || utf8_is_unsafe(code) || code == ';')
            return false;
    }
    return len > 0;
}

bool labels_have(const char *labels, size_t len, const char *name, size_t name_len)
{
    for (const char *at = labels; at < labels + len; at += strcspn(at, ";") + 1)
        if (strcspn(at, "=") == name_len && memcmp(at, name, name_len) == 0)
            return true;
    return false;
}

bool labels_are_valid(const char *labels)
{
    if (strlen(labels) > LABELS_MAX)
        return false;
    for (const char *at = labels; *at != '\0';) {
        size_t len = strcspn(at, ";"), name = strcspn(at, "=;");
        if (name == len || label_name_judge(at, name) != LABEL_NAME_FINE ||
            !label_value_is_valid(at + name + 1, len - name - 1) ||
            labels_have(labels, (size_t)(at - labels), at, name))
            return false;
        at += len;
        if (*at == ';' && *++at == '\0')
            return false;
    }
    return true;
}
