/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PROTOCOL_TCP      6
#define OPTION_TIMESTAMPS 8

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void read_options(const uint8_t *at, const uint8_t *end, struct header *header)
{
    while (at < end && *at != 0) {
        size_t len = *at == 1 ? 1 : end - at >= 2 ? at[1] : 0;
        if (len == 0 || len > (size_t)(end - at))
            return;
        if (*at == OPTION_TIMESTAMPS && len == 10) {
            header->tsval = get32(at + 2);
            header->tsecr = get32(at + 6);
        }
        at += len;
    }
}

/* The TCP header of a datagram without extension headers; NULL if there is none. */
static const uint8_t *find_tcp(const uint8_t *bytes, size_t len)
{
    bool v6 = len > 0 && bytes[0] >> 4 == 6;
    size_t head = len == 0 ? 0 : v6 ? 40 : (size_t)(bytes[0] & 15) * 4;
    if (head < 20 || len < head + 20 || bytes[v6 ? 6 : 9] != PROTOCOL_TCP)
        return NULL;
    return bytes + head;
}

struct header header_read(const uint8_t *bytes, size_t len, enum end from)
{
    struct header header = {.tcp = false};
    const uint8_t *tcp = find_tcp(bytes, len);
    if (tcp == NULL)
        return header;
    size_t room = len - (size_t)(tcp - bytes);
    size_t head = (size_t)(tcp[12] >> 4) * 4;
    if (head < 20 || head > room)
        return header;
    header = (struct header){
        .tcp = true,
        .family = bytes[0] >> 4,
        .flags = tcp[13],
        .seq = get32(tcp + 4),
        .ack = get32(tcp + 8),
        .payload_len = room - head,
    };
    header.ports[from] = get16(tcp);
    header.ports[from == LEFT ? RIGHT : LEFT] = get16(tcp + 2);
    read_options(tcp + 20, tcp + head, &header);
    return header;
}

struct frame *frame_copy(const struct frame *frame)
{
    struct frame *copy = malloc(sizeof *copy + frame->len);
    if (copy != NULL)
        memcpy(copy, frame, sizeof *copy + frame->len);
    return copy;
}

void frame_corrupt(struct frame *frame, uint64_t random)
{
    /* No checksum covers the first eight octets of IPv6. */
    size_t first = frame->len > 8 && frame->bytes[0] >> 4 == 6 ? 8 : 0;
    size_t bit = (size_t)(random % ((frame->len - first) * 8));
    frame->bytes[first + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

void frame_log(const struct frame *frame, int64_t out_ns, FILE *log)
{
    const struct header *header = &frame->header;
    char flags[8] = "";
    if (log == NULL)
        return;
    for (int i = 0, n = 0; i < 6; i++) {
        if (header->flags & 1 << i)
            flags[n++] = "FSRPAU"[i];
    }
    fprintf(log,
            "%" PRId64 " %" PRId64 " %s %s %" PRIu64 " %u %u %s %" PRIu32 " %" PRIu32
            " %zu %" PRIu32 " %" PRIu32 "\n",
            frame->in_ns, out_ns, frame->from == LEFT ? "right" : "left", frame->fate, frame->flow,
            header->ports[LEFT], header->ports[RIGHT], flags[0] ? flags : "-", header->seq,
            header->ack, header->payload_len, header->tsval, header->tsecr);
}
