/* SPDX-License-Identifier: BSD-2-Clause */
/* Quotes of routers that answer the SYNs of --path: a right ICMP header around any octets, told to
 * a path that has sent some. Octets: which family (a bit), type, code, the four octets behind the
 * checksum, then the quote. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "path/tracer.h"
#include "wire/decode.h"

#define OUTER_MAX 40
#define ICMP_LEN  8
#define SYNS      3

/* The tuple and the numbers that the inputs which are kept quote. */
static struct path some_path(bool v6)
{
    struct path path;
    memset(&path, 0, sizeof path);
    path.ours.address.family = path.theirs.address.family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
    memcpy(path.ours.address.bytes, (uint8_t[4]){192, 0, 2, 7}, 4);
    memcpy(path.theirs.address.bytes, (uint8_t[4]){198, 51, 100, 80}, 4);
    path.ours.port = 51234;
    path.theirs.port = 443;
    for (uint8_t ttl = 1; ttl <= SYNS; ttl++) {
        struct segment syn = {.time_ns = ttl,
                              .src = path.ours,
                              .dst = path.theirs,
                              .seq = 0xfffffffe,
                              .flags = TCP_SYN,
                              .ttl = ttl,
                              .ip_id = (uint16_t)(v6 ? 0 : 0x1233 + ttl),
                              .options = {.has_timestamps = true, .tsval = 0xa1b2c3d3u + ttl}};
        path_take_sent(&path, &syn);
    }
    return path;
}

static size_t put_ip(uint8_t *out, bool v6, size_t len)
{
    static const uint8_t v4_header[20] = {0x45, 0, 0,   0, 0,   0, 0,   0, 64, 1,
                                          0,    0, 203, 0, 113, 1, 192, 0, 2,  7};
    static const uint8_t v6_header[40] = {0x60, 0, 0, 0, 0, 0, 58, 64, 0x20, 1, 0xd, 0xb8};
    size_t header_len = v6 ? sizeof v6_header : sizeof v4_header;
    size_t field = v6 ? len : len + header_len;
    memcpy(out, v6 ? v6_header : v4_header, header_len);
    out[v6 ? 4 : 2] = (uint8_t)(field >> 8);
    out[v6 ? 5 : 3] = (uint8_t)field;
    return header_len;
}

static void put_sum(uint8_t *icmp, size_t len)
{
    uint16_t sum = checksum_finish(checksum_add(0, cursor_over(icmp, len)));
    icmp[2] = (uint8_t)(sum >> 8);
    icmp[3] = (uint8_t)sum;
}

/* What a shorter quote shows, a longer one shows too. */
static void check_quote(const struct quote *quote, size_t len)
{
    CHECK(quote->len <= len && quote->label_count <= QUOTE_LABELS_MAX);
    CHECK(!quote->has_options || quote->has_flags);
    CHECK(!quote->has_flags || quote->has_ack);
    CHECK(!quote->has_ack || quote->icmp.has_seq);
}

/* Whatever is quoted, one SYN has one answer, and the tracer comes to an end within its bound. */
static void check_path(struct path *path, const struct quote *quote)
{
    char text[VIEW_CHANGE_MAX];
    struct tracer tracer = {.hops_max = 4, .round_trip_ns = INT64_MIN};
    bool taken = path_take_quote(path, quote);
    CHECK(path_take_quote(path, quote) == taken || path_last_answered(path) > 0);
    CHECK(path->hops[0].answered + path->hops[1].answered + path->hops[2].answered <= SYNS);
    for (unsigned i = 0; i < VIEW_FIELDS; i++)
        for (size_t hop = 0; hop < SYNS; hop++)
            if ((path->hops[hop].changes >> i & 1) != 0)
                CHECK(strlen(view_change_text((enum view_field)i, &path->hops[hop].before,
                                              &path->hops[hop].view, text)) < sizeof text);
    int64_t now_ns = 0;
    for (int sends = 0; tracer_next(&tracer, path, now_ns).verb != TRACER_DONE; sends++) {
        CHECK(sends < 4 * PATH_TRIES_MAX);
        path->hops[tracer.ttl - 1].sent = PATH_TRIES_MAX;
        now_ns = tracer.until_ns;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    bool v6 = (take_u8(&in) & 1) != 0;
    uint8_t icmp[ICMP_LEN] = {take_u8(&in), take_u8(&in)};
    for (size_t i = 4; i < ICMP_LEN; i++)
        icmp[i] = take_u8(&in);
    size_t quoted = in.left < 1024 ? in.left : 1024;
    uint8_t *packet = malloc(OUTER_MAX + ICMP_LEN + quoted);
    CHECK(packet != NULL);
    size_t header = put_ip(packet, v6, ICMP_LEN + quoted);
    memcpy(packet + header, icmp, ICMP_LEN);
    memcpy(packet + header + ICMP_LEN, in.at, quoted);
    if (!v6)
        put_sum(packet + header, ICMP_LEN + quoted);
    size_t len = header + ICMP_LEN + quoted;
    uint8_t *copy = exact_copy(packet, len);
    free(packet);
    struct frame frame = {77, copy, (uint32_t)len, (uint32_t)len, LINK_RAW, 0};
    struct segment error;
    struct quote quote;
    bool decoded = quote_decode(&frame, &quote);
    CHECK(decoded == (segment_decode(&frame, &error) == SEGMENT_ICMP_ERROR));
    if (decoded) {
        struct path path = some_path(v6);
        CHECK(endpoint_equal(&quote.src, &error.src) && endpoint_equal(&quote.dst, &error.dst));
        check_quote(&quote, quoted);
        quote.corrupt = false;
        check_path(&path, &quote);
    }
    free(copy);
    return 0;
}
