/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

void fuzz_check_none(const char *wrong, const char *file, int line)
{
    if (wrong != NULL)
        fuzz_failed(wrong, file, line);
}

uint8_t take_u8(struct cursor *in)
{
    uint8_t value = 0;
    cursor_u8(in, &value);
    return value;
}

uint16_t take_be16(struct cursor *in)
{
    uint16_t value = 0;
    cursor_be16(in, &value);
    return value;
}

uint32_t take_be32(struct cursor *in)
{
    uint32_t value = 0;
    cursor_be32(in, &value);
    return value;
}

char *take_string(struct cursor *in)
{
    const uint8_t *end = memchr(in->at, '\0', in->left);
    size_t len = end != NULL ? (size_t)(end - in->at) : in->left;
    char *text = malloc(len + 1);
    CHECK(text != NULL);
    memcpy(text, in->at, len);
    text[len] = '\0';
    cursor_skip(in, end != NULL ? len + 1 : len);
    return text;
}

uint8_t *exact_copy(const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    CHECK(copy != NULL);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

static bool same_options(const struct tcp_options *a, const struct tcp_options *b)
{
    if (a->sack_count != b->sack_count || a->unknown_count != b->unknown_count)
        return false;
    for (unsigned i = 0; i < a->sack_count; i++)
        if (a->sack[i].left != b->sack[i].left || a->sack[i].right != b->sack[i].right)
            return false;
    return a->has_mss == b->has_mss && a->mss == b->mss && a->has_wscale == b->has_wscale &&
           a->wscale == b->wscale && a->sack_permitted == b->sack_permitted &&
           a->has_timestamps == b->has_timestamps && a->tsval == b->tsval && a->tsecr == b->tsecr &&
           a->fast_open == b->fast_open && a->fast_open_cookie_len == b->fast_open_cookie_len &&
           a->mptcp == b->mptcp && a->mptcp_subtype == b->mptcp_subtype && a->md5 == b->md5 &&
           a->tcp_ao == b->tcp_ao && a->malformed == b->malformed;
}

static bool same_tuple(const struct segment *a, const struct segment *b)
{
    return endpoint_equal(&a->src, &b->src) && endpoint_equal(&a->dst, &b->dst) && a->seq == b->seq;
}

static bool same_tcp(const struct segment *a, const struct segment *b)
{
    return a->ack == b->ack && a->flags == b->flags && a->window == b->window &&
           a->payload_len == b->payload_len && a->payload_captured == b->payload_captured &&
           a->ip_id == b->ip_id && a->ttl == b->ttl && a->tos == b->tos &&
           a->checksum == b->checksum && a->options_truncated == b->options_truncated &&
           same_options(&a->options, &b->options) &&
           memcmp(a->payload, b->payload, a->payload_captured) == 0;
}

static bool same_icmp(const struct icmp_error *a, const struct icmp_error *b)
{
    return address_equal(&a->from, &b->from) && a->family == b->family && a->type == b->type &&
           a->code == b->code && a->has_seq == b->has_seq;
}

bool same_segment(enum segment_kind kind, const struct segment *a, const struct segment *b)
{
    if (kind == SEGMENT_TCP)
        return same_tuple(a, b) && same_tcp(a, b);
    return kind != SEGMENT_ICMP_ERROR || (same_tuple(a, b) && same_icmp(&a->icmp, &b->icmp));
}

static void check_tcp(const struct frame *frame, const struct segment *s)
{
    const uint8_t *end = frame->bytes + frame->captured_len;
    CHECK(s->payload >= frame->bytes && s->payload <= end);
    CHECK(s->payload_captured <= (size_t)(end - s->payload));
    CHECK(s->payload_captured <= s->payload_len);
    CHECK(s->checksum <= CHECKSUM_BAD);
    CHECK((s->flags & ~0x1ff) == 0);
    CHECK(s->options.sack_count <= TCPOPT_SACK_BLOCKS);
    if (s->checksum == CHECKSUM_GOOD || s->checksum == CHECKSUM_PARTIAL)
        CHECK(!s->options_truncated && s->payload_captured == s->payload_len);
}

void check_segment(const struct frame *frame, enum segment_kind kind, const struct segment *s)
{
    CHECK((unsigned)kind < SEGMENT_KIND_COUNT);
    if (kind != SEGMENT_TCP && kind != SEGMENT_ICMP_ERROR)
        return;
    CHECK(s->time_ns == frame->time_ns);
    CHECK(s->src.address.family == s->dst.address.family);
    CHECK(address_len(&s->src.address) > 0);
    if (kind == SEGMENT_TCP) {
        check_tcp(frame, s);
        return;
    }
    CHECK(s->icmp.family == s->src.address.family && s->icmp.from.family == s->icmp.family);
    CHECK(s->icmp.has_seq || s->seq == 0);
}

void memory_file_open(struct memory_file *file, const void *bytes, size_t len)
{
    file->fd = memfd_create("fuzz", MFD_CLOEXEC);
    CHECK(file->fd >= 0);
    CHECK(write(file->fd, bytes, len) == (ssize_t)len);
    snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->fd);
}

void memory_file_close(struct memory_file *file)
{
    close(file->fd);
}
