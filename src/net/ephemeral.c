/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/ephemeral.h"

#include <stdio.h>
#include <string.h>

#define RANGE    "/proc/sys/net/ipv4/ip_local_port_range" /* of IPv6 as well */
#define RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"

#define FIRST_DEFAULT 32768
#define LAST_DEFAULT  60999
#define TEXT_MAX      65536

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

static void read_text(const char *path, char out[TEXT_MAX])
{
    FILE *file = fopen(path, "re");
    size_t len = 0;
    if (file != NULL) {
        len = fread(out, 1, TEXT_MAX - 1, file);
        fclose(file);
    }
    out[len] = '\0';
}

void ephemeral_read(struct ephemeral *ephemeral)
{
    static char range[TEXT_MAX], reserved[TEXT_MAX];
    read_text(RANGE, range);
    read_text(RESERVED, reserved);
    ephemeral_parse(range, reserved, ephemeral);
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
