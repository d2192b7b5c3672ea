/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/tcpopt.h"

#include <string.h>

#include "wire/optorder.h"

/* IANA, "TCP Option Kind Numbers" */
enum kind {
    KIND_END = 0,
    KIND_NOP = 1,
    KIND_MSS = 2,
    KIND_WSCALE = 3,
    KIND_SACK_PERMITTED = 4,
    KIND_SACK = 5,
    KIND_TIMESTAMPS = 8,
    KIND_MD5 = 19,
    KIND_TCP_AO = 29,
    KIND_MPTCP = 30,
    KIND_FAST_OPEN = 34,
    KINDS,
};

enum {
    LEN_MSS = 4,
    LEN_WSCALE = 3,
    LEN_SACK_PERMITTED = 2,
    LEN_SACK_BLOCK = 8,
    LEN_TIMESTAMPS = 10,
    LEN_MD5 = 18,
};

#define MPTCP_FLAG_H 0x01

static void read_mss(struct cursor value, struct tcp_options *out)
{
    out->has_mss = cursor_be16(&value, &out->mss);
}

static void read_wscale(struct cursor value, struct tcp_options *out)
{
    out->has_wscale = cursor_u8(&value, &out->wscale);
}

static void read_sack_permitted(struct cursor value, struct tcp_options *out)
{
    (void)value;
    out->sack_permitted = true;
}

static void read_sack(struct cursor value, struct tcp_options *out)
{
    uint8_t n = 0;
    while (n < TCPOPT_SACK_BLOCKS && cursor_be32(&value, &out->sack[n].left) &&
           cursor_be32(&value, &out->sack[n].right))
        n++;
    out->sack_count = n;
}

static void read_timestamps(struct cursor value, struct tcp_options *out)
{
    out->has_timestamps = cursor_be32(&value, &out->tsval) && cursor_be32(&value, &out->tsecr);
}

static void read_md5(struct cursor value, struct tcp_options *out)
{
    (void)value;
    out->md5 = true;
}

static void read_tcp_ao(struct cursor value, struct tcp_options *out)
{
    (void)value;
    out->tcp_ao = true;
}

static void read_mptcp(struct cursor value, struct tcp_options *out)
{
    uint8_t first = 0;
    out->mptcp_len = (uint8_t)(value.left + 2);
    out->mptcp = cursor_u8(&value, &first);
    out->mptcp_subtype = first >> 4;
    out->mptcp_version = first & 0xf;
}

static void read_fast_open(struct cursor value, struct tcp_options *out)
{
    uint8_t len = 0;
    out->fast_open = true;
    while (len < TCPOPT_COOKIE_MAX && cursor_u8(&value, &out->fast_open_cookie[len]))
        len++;
    out->fast_open_cookie_len = len;
}

/* The lengths a kind may have, kind and length octets included: min, min + step, ... up to max.
 * step is a power of two. */
struct format {
    uint8_t min, max, step;
    void (*read)(struct cursor value, struct tcp_options *out);
};

static const struct format formats[KINDS] = {
    [KIND_MSS] = {LEN_MSS, LEN_MSS, 1, read_mss},
    [KIND_WSCALE] = {LEN_WSCALE, LEN_WSCALE, 1, read_wscale},
    [KIND_SACK_PERMITTED] = {LEN_SACK_PERMITTED, LEN_SACK_PERMITTED, 1, read_sack_permitted},
    [KIND_SACK] = {10, 2 + TCPOPT_SACK_BLOCKS *LEN_SACK_BLOCK, LEN_SACK_BLOCK, read_sack},
    [KIND_TIMESTAMPS] = {LEN_TIMESTAMPS, LEN_TIMESTAMPS, 1, read_timestamps},
    [KIND_MD5] = {LEN_MD5, LEN_MD5, 1, read_md5},
    [KIND_TCP_AO] = {4, TCPOPT_SPACE_MAX, 1, read_tcp_ao},
    [KIND_MPTCP] = {3, TCPOPT_SPACE_MAX, 1, read_mptcp},
    [KIND_FAST_OPEN] = {2, 18, 2, read_fast_open}, /* a cookie has 4 to 16 octets, or none */
};

static bool fits(const struct format *format, size_t len)
{
    return format->read && len >= format->min && len <= format->max &&
           ((len - format->min) & (format->step - 1u)) == 0;
}

static void read_option(uint8_t kind, struct cursor value, struct tcp_options *out)
{
    if (kind < KINDS && fits(&formats[kind], value.left + 2))
        formats[kind].read(value, out);
    else if (out->unknown_count < UINT8_MAX)
        out->unknown_count++;
}

/* Timestamps alone, aligned as RFC 7323, appendix A advises: most segments carry that or nothing.
 */
static bool read_aligned_timestamps(struct cursor space, struct tcp_options *out)
{
    uint32_t begin = 0;
    if (space.left != 2 + LEN_TIMESTAMPS || !cursor_be32(&space, &begin) ||
        begin != (KIND_NOP << 24 | KIND_NOP << 16 | KIND_TIMESTAMPS << 8 | LEN_TIMESTAMPS))
        return false;
    read_timestamps(space, out);
    out->order = OPTORDER_NOP_NOP_TIMESTAMPS;
    return true;
}

void tcpopt_decode(struct cursor space, struct tcp_options *out)
{
    uint8_t kind, len;
    struct cursor value;
    memset(out, 0, offsetof(struct tcp_options, sack));
    if (space.left == 0 || read_aligned_timestamps(space, out))
        return;
    while (cursor_u8(&space, &kind)) {
        out->order = optorder_add(out->order, kind);
        if (kind == KIND_END)
            return;
        if (kind == KIND_NOP)
            continue;
        if (!cursor_u8(&space, &len) || len < 2 || !cursor_take(&space, len - 2u, &value)) {
            out->malformed = true;
            return;
        }
        read_option(kind, value, out);
    }
}

/* Where the next octet goes. The callers of put_ know that there is room: the compiler does not. */
struct writer {
    uint8_t *bytes;
    size_t len;
};

static void put_u8(struct writer *w, unsigned value)
{
    if (w->len < TCPOPT_SPACE_MAX)
        w->bytes[w->len++] = (uint8_t)value;
}

static void put_be16(struct writer *w, unsigned value)
{
    put_u8(w, value >> 8);
    put_u8(w, value);
}

static void put_be32(struct writer *w, uint32_t value)
{
    put_be16(w, value >> 16);
    put_be16(w, value);
}

static void put_header(struct writer *w, enum kind kind, unsigned len)
{
    put_u8(w, kind);
    put_u8(w, len);
}

static void put_nops(struct writer *w, unsigned count)
{
    while (count-- > 0)
        put_u8(w, KIND_NOP);
}

static void put_mss(struct writer *w, const struct tcp_options *o)
{
    if (!o->has_mss)
        return;
    put_header(w, KIND_MSS, LEN_MSS);
    put_be16(w, o->mss);
}

/* SACK-permitted takes the place of the two NOPs that align timestamps, and has its own without. */
static void put_sack_permitted_and_timestamps(struct writer *w, const struct tcp_options *o)
{
    if (o->sack_permitted || o->has_timestamps) {
        put_nops(w, o->sack_permitted && o->has_timestamps ? 0 : 2);
        if (o->sack_permitted)
            put_header(w, KIND_SACK_PERMITTED, LEN_SACK_PERMITTED);
    }
    if (!o->has_timestamps)
        return;
    put_header(w, KIND_TIMESTAMPS, LEN_TIMESTAMPS);
    put_be32(w, o->tsval);
    put_be32(w, o->tsecr);
}

static void put_wscale(struct writer *w, const struct tcp_options *o)
{
    if (!o->has_wscale)
        return;
    put_nops(w, 1);
    put_header(w, KIND_WSCALE, LEN_WSCALE);
    put_u8(w, o->wscale);
}

/* Those that follow are a multiple of four. */
static void put_padding(struct writer *w)
{
    while (w->len % 4 != 0)
        put_nops(w, 1);
}

static void put_fast_open(struct writer *w, const struct tcp_options *o)
{
    if (!o->fast_open)
        return;
    put_header(w, KIND_FAST_OPEN, 2u + o->fast_open_cookie_len);
    for (uint8_t i = 0; i < o->fast_open_cookie_len && i < TCPOPT_COOKIE_MAX; i++)
        put_u8(w, o->fast_open_cookie[i]);
    put_padding(w);
}

/* RFC 8684, 3.1: without a key; HMAC-SHA256 (flag H), no checksums. */
static void put_mptcp(struct writer *w, const struct tcp_options *o)
{
    if (!o->mptcp)
        return;
    put_header(w, KIND_MPTCP, MPTCP_CAPABLE_LEN);
    put_u8(w, 16 * MPTCP_CAPABLE + MPTCP_VERSION);
    put_u8(w, MPTCP_FLAG_H);
}

static void put_sack(struct writer *w, const struct tcp_options *o)
{
    size_t room = TCPOPT_SPACE_MAX - w->len;
    size_t most = (room - 4) / LEN_SACK_BLOCK;
    size_t count = o->sack_count < most ? o->sack_count : most;
    if (count == 0)
        return;
    put_nops(w, 2);
    put_header(w, KIND_SACK, (unsigned)(2 + count * LEN_SACK_BLOCK));
    for (size_t i = 0; i < count; i++) {
        put_be32(w, o->sack[i].left);
        put_be32(w, o->sack[i].right);
    }
}

size_t tcpopt_encode(const struct tcp_options *options, uint8_t out[TCPOPT_SPACE_MAX])
{
    struct writer w = {.bytes = out};
    put_mss(&w, options);
    put_sack_permitted_and_timestamps(&w, options);
    put_wscale(&w, options);
    put_fast_open(&w, options);
    put_mptcp(&w, options);
    put_sack(&w, options); /* last, because it is cut to the room that is left */
    return w.len;
}

/* Fletcher's sum, modulo 256. */
uint16_t tcpopt_cookie_digest(const uint8_t *cookie, size_t len)
{
    uint8_t sum = 0, sums = 0;
    for (size_t i = 0; i < len; i++) {
        sum = (uint8_t)(sum + cookie[i]);
        sums = (uint8_t)(sums + sum);
    }
    return (uint16_t)(sums << 8 | sum);
}
