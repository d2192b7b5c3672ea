/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/spans.h"

#include <stdlib.h>

#include "targets/array.h"

#define IPV4(a, b, c, d)                                                                           \
    {                                                                                              \
        0, (uint64_t)(a) << 24 | (b) << 16 | (c) << 8 | (d)                                        \
    }

static const struct span specials[SPECIAL_SPANS] = {
    {IPV4(0, 0, 0, 0), IPV4(0, 255, 255, 255), FAMILY_IPV4},
    {IPV4(127, 0, 0, 0), IPV4(127, 255, 255, 255), FAMILY_IPV4},
    {IPV4(169, 254, 0, 0), IPV4(169, 254, 255, 255), FAMILY_IPV4},
    {IPV4(224, 0, 0, 0), IPV4(255, 255, 255, 255), FAMILY_IPV4},
    {{0, 0}, {0, 1}, FAMILY_IPV6}, /* :: and ::1 */
    {{UINT64_C(0xff00) << 48, 0}, {UINT64_MAX, UINT64_MAX}, FAMILY_IPV6},
};

const struct span *special_spans(void)
{
    return specials;
}

static uint64_t word_at(const uint8_t *bytes, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word = word << 8 | bytes[i];
    return word;
}

struct address_number address_number(const struct address *address)
{
    if (address->family == FAMILY_IPV4)
        return (struct address_number){0, word_at(address->bytes, 4)};
    return (struct address_number){word_at(address->bytes, 8), word_at(address->bytes + 8, 8)};
}

struct address address_from_number(enum family family, struct address_number number)
{
    struct address address = {.family = (uint16_t)family};
    size_t len = address_len(&address);
    for (size_t i = 0; i < len; i++)
        address.bytes[len - 1 - i] =
            (uint8_t)(i < 8 ? number.low >> 8 * i : number.high >> (8 * i - 64));
    return address;
}

static int compare_numbers(struct address_number a, struct address_number b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return a.low == b.low ? 0 : a.low < b.low ? -1 : 1;
}

static struct address_number next_number(struct address_number number)
{
    return (struct address_number){number.high + (number.low == UINT64_MAX), number.low + 1};
}

static struct address_number number_before(struct address_number number)
{
    return (struct address_number){number.high - (number.low == 0), number.low - 1};
}

/* The low bits of a word, 0 to 64 of them. */
static uint64_t low_bits(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

struct span span_of_prefix(const struct address *address, unsigned prefix_len)
{
    unsigned host_bits = 8 * (unsigned)address_len(address) - prefix_len;
    uint64_t low = low_bits(host_bits), high = host_bits > 64 ? low_bits(host_bits - 64) : 0;
    struct address_number number = address_number(address);
    return (struct span){
        .first = {number.high & ~high, number.low & ~low},
        .last = {number.high | high, number.low | low},
        .family = (enum family)address->family,
    };
}

bool spans_add(struct spans *spans, const struct span *span)
{
    struct span *list =
        array_room(spans->list, spans->count, 1, &spans->capacity, sizeof *spans->list);
    if (list == NULL)
        return false;
    list[spans->count++] = *span;
    spans->list = list;
    return true;
}

static int compare_spans(const void *left, const void *right)
{
    const struct span *a = left, *b = right;
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return compare_numbers(a->first, b->first);
}

/* Whether b, which does not begin before a, overlaps a or is adjacent to it. */
static bool joins(const struct span *a, const struct span *b)
{
    struct address_number behind = next_number(a->last);
    bool at_the_end = a->last.high == UINT64_MAX && a->last.low == UINT64_MAX;
    return a->family == b->family && (at_the_end || compare_numbers(b->first, behind) <= 0);
}

void spans_settle(struct spans *spans)
{
    size_t kept = 0;
    if (spans->count > 0)
        qsort(spans->list, spans->count, sizeof *spans->list, compare_spans);
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->list[i];
        struct span *before = kept > 0 ? &spans->list[kept - 1] : NULL;
        if (before == NULL || !joins(before, span))
            spans->list[kept++] = *span;
        else if (compare_numbers(span->last, before->last) > 0)
            before->last = span->last;
    }
    spans->count = kept;
}

void spans_free(struct spans *spans)
{
    free(spans->list);
    *spans = (struct spans){0};
}

/* Whether a span ends before an address. */
static bool ends_before(const struct span *span, enum family family, struct address_number number)
{
    if (span->family != family)
        return span->family < family;
    return compare_numbers(span->last, number) < 0;
}

const struct span *spans_find(const struct span *list, size_t count, enum family family,
                              struct address_number number)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ends_before(&list[middle], family, number))
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && list[low].family == family ? &list[low] : NULL;
}

bool spans_hold(const struct spans *spans, const struct address *address)
{
    struct address_number number = address_number(address);
    const struct span *span =
        spans_find(spans->list, spans->count, (enum family)address->family, number);
    return span != NULL && compare_numbers(span->first, number) <= 0;
}

bool gaps_next(struct gaps *gaps, const struct span *list, size_t count, struct span *gap)
{
    struct span *rest = &gaps->rest;
    while (!gaps->done) {
        const struct span *span = spans_find(list, count, rest->family, rest->first);
        *gap = *rest;
        if (span == NULL || compare_numbers(span->first, rest->last) > 0) {
            gaps->done = true;
            return true;
        }
        bool found = compare_numbers(rest->first, span->first) < 0;
        gap->last = number_before(span->first);
        gaps->done = compare_numbers(span->last, rest->last) >= 0;
        rest->first = next_number(span->last);
        if (found)
            return true;
    }
    return false;
}
