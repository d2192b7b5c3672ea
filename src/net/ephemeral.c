/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/ephemeral.h"

#include <stdio.h>
#include <string.h>

#define FIRST_DEFAULT 32768
#define LAST_DEFAULT  60999

static bool is_reserved(const struct ephemeral *ephemeral, uint32_t port)
{
    return (ephemeral->reserved[port / 8] >> port % 8 & 1) != 0;
}

static void reserve(struct ephemeral *ephemeral, uint32_t first, uint32_t last)
{
    for (uint32_t port = first; port <= last && port <= UINT16_MAX; port++)
        ephemeral->reserved[port / 8] |= (uint8_t)(1u << port % 8);
}

/* A list of numbers and ranges: "8080,9148-9150". */
static void parse_reserved(const char *text, struct ephemeral *ephemeral)
{
    unsigned first, last;
    int len;
    /* Five digits are no overflow. NOLINTNEXTLINE(cert-err34-c) */
    while (sscanf(text, " %5u%n", &first, &len) == 1) {
        text += len;
        last = first;
        if (sscanf(text, "-%5u%n", &last, &len) == 1) /* NOLINT(cert-err34-c) */
            text += len;
        reserve(ephemeral, first, last);
        text += *text == ',';
    }
}

void ephemeral_parse(const char *range, const char *reserved, struct ephemeral *ephemeral)
{
    unsigned first = 0, last = 0;
    memset(ephemeral, 0, sizeof *ephemeral);
    int count = sscanf(range, "%5u %5u", &first, &last); /* NOLINT(cert-err34-c): five digits */
    bool valid = count == 2 && first > 0 && first <= last && last <= UINT16_MAX;
    ephemeral->first = valid ? (uint16_t)first : FIRST_DEFAULT;
    ephemeral->last = valid ? (uint16_t)last : LAST_DEFAULT;
    parse_reserved(reserved, ephemeral);
}

bool ephemeral_allows(const struct ephemeral *ephemeral, uint16_t port)
{
    return port >= ephemeral->first && port <= ephemeral->last && !is_reserved(ephemeral, port);
}

/* The allowed port that has that number of allowed ones before it. */
static uint16_t nth_allowed(const struct ephemeral *ephemeral, uint32_t before)
{
    uint32_t port = ephemeral->first;
    for (;; port++) {
        if (is_reserved(ephemeral, port))
            continue;
        if (before == 0)
            return (uint16_t)port;
        before--;
    }
}

void ephemeral_stretch(const struct ephemeral *ephemeral, uint32_t size, uint32_t random,
                       uint16_t *first, uint16_t *last)
{
    uint32_t allowed = 0;
    for (uint32_t port = ephemeral->first; port <= ephemeral->last; port++)
        allowed += !is_reserved(ephemeral, port);
    *first = ephemeral->first;
    *last = ephemeral->last;
    if (allowed == 0 || size == 0)
        return;
    if (size > allowed)
        size = allowed;
    uint32_t before = random % (allowed - size + 1);
    *first = nth_allowed(ephemeral, before);
    *last = nth_allowed(ephemeral, before + size - 1);
}
