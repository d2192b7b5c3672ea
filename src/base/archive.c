/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/archive.h"

#include <string.h>

#define GROUP_BITS   7
#define MORE         0x80u
#define EXPONENT_ALL UINT64_C(0x7ff0000000000000) /* of a double that is not finite: IEEE 754 */

struct archive archive_to(uint8_t *out, size_t size)
{
    return (struct archive){.out = out, .size = size};
}

struct archive archive_from(const uint8_t *in, size_t size)
{
    return (struct archive){.in = in, .size = size};
}

bool archive_reads(const struct archive *archive)
{
    return archive->out == NULL;
}

bool archive_is_read(const struct archive *archive)
{
    return !archive->broken && archive->at == archive->size;
}

static void put_octet(struct archive *archive, uint8_t octet)
{
    if (archive->at < archive->size)
        archive->out[archive->at] = octet;
    archive->at++;
}

static uint8_t get_octet(struct archive *archive)
{
    if (archive->broken || archive->at == archive->size) {
        archive->broken = true;
        return 0;
    }
    return archive->in[archive->at++];
}

static void put_number(struct archive *archive, uint64_t value)
{
    for (; value >= MORE; value >>= GROUP_BITS)
        put_octet(archive, (uint8_t)(value | MORE));
    put_octet(archive, (uint8_t)value);
}

static uint64_t get_number(struct archive *archive)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += GROUP_BITS) {
        uint8_t octet = get_octet(archive);
        uint64_t bits = octet & (MORE - 1);
        archive->broken = archive->broken || bits << shift >> shift != bits;
        value |= bits << shift;
        if ((octet & MORE) == 0)
            return value;
    }
    archive->broken = true;
    return value;
}

uint64_t archive_number(struct archive *archive, uint64_t value, uint64_t most)
{
    if (!archive_reads(archive)) {
        put_number(archive, value);
        return value;
    }
    value = get_number(archive);
    archive->broken = archive->broken || value > most;
    return archive->broken ? 0 : value;
}

bool archive_bool(struct archive *archive, bool value)
{
    return archive_number(archive, value, 1) != 0;
}

/* The sign goes to the lowest bit, so that small negative numbers are short too. */
int64_t archive_signed(struct archive *archive, int64_t value)
{
    uint64_t bits = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
    bits = archive_number(archive, bits, UINT64_MAX);
    bits = bits >> 1 ^ ((bits & 1) != 0 ? UINT64_MAX : 0);
    memcpy(&value, &bits, sizeof value);
    return value;
}

double archive_real(struct archive *archive, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = archive_number(archive, bits, UINT64_MAX);
    if (archive_reads(archive) && (bits & EXPONENT_ALL) == EXPONENT_ALL) {
        archive->broken = true;
        bits = 0;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

void archive_octets(struct archive *archive, uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (archive_reads(archive))
            octets[i] = get_octet(archive);
        else
            put_octet(archive, octets[i]);
}

void archive_text(struct archive *archive, char *text, size_t size)
{
    size_t len = archive_reads(archive) ? 0 : strlen(text);
    len = (size_t)archive_number(archive, len, size - 1);
    archive_octets(archive, (uint8_t *)text, len);
    if (!archive_reads(archive))
        return;
    text[len] = '\0';
    archive->broken = archive->broken || strlen(text) != len;
    text[archive->broken ? 0 : len] = '\0';
}

void archive_constant(struct archive *archive, uint64_t value)
{
    uint64_t found = archive_number(archive, value, UINT64_MAX);
    archive->broken = archive->broken || found != value;
}

/* Each as the distance from the one before and the count; a distance of 0 ends them. */
static void put_sparse(struct archive *archive, const uint64_t *counts, size_t size)
{
    size_t after = 0;
    for (size_t i = 0; i < size; i++) {
        if (counts[i] == 0)
            continue;
        put_number(archive, i + 1 - after);
        put_number(archive, counts[i]);
        after = i + 1;
    }
    put_number(archive, 0);
}

static void get_sparse(struct archive *archive, uint64_t *counts, size_t size)
{
    size_t after = 0, distance;
    while ((distance = (size_t)archive_number(archive, 0, size - after)) > 0) {
        after += distance;
        counts[after - 1] = archive_number(archive, 0, UINT64_MAX);
    }
}

void archive_sparse(struct archive *archive, uint64_t *counts, size_t size)
{
    if (archive_reads(archive))
        get_sparse(archive, counts, size);
    else
        put_sparse(archive, counts, size);
}
