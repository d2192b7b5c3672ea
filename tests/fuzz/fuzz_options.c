/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP options: any octets, and what they say encoded and read again. The first octet says where to
 * cut. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* One bit for each thing that was there. */
static unsigned presence(const struct tcp_options *o)
{
    const bool there[] = {
        o->has_mss, o->has_wscale, o->sack_permitted, o->has_timestamps, o->fast_open,
        o->mptcp,   o->md5,        o->tcp_ao};
    unsigned bits = 0;
    for (unsigned i = 0; i < sizeof there / sizeof there[0]; i++)
        bits |= (unsigned)there[i] << i;
    return bits;
}

static void decode(const uint8_t *bytes, size_t len, struct tcp_options *out)
{
    memset(out, 0xa5, sizeof *out);
    tcpopt_decode(cursor_over(bytes, len), out);
    CHECK(out->sack_count <= TCPOPT_SACK_BLOCKS);
    CHECK(!out->fast_open || out->fast_open_cookie_len <= 16);
    CHECK(!out->mptcp || out->mptcp_subtype <= 15);
}

static void check_cut(const uint8_t *bytes, size_t len, const struct tcp_options *whole)
{
    struct tcp_options part;
    uint8_t *copy = exact_copy(bytes, len);
    decode(copy, len, &part);
    CHECK((presence(&part) & ~presence(whole)) == 0);
    CHECK(part.unknown_count <= whole->unknown_count);
    free(copy);
}

/* Blocks that find no room are left out. */
static void check_encoded(const struct tcp_options *o)
{
    struct tcp_options again;
    uint8_t bytes[TCPOPT_SPACE_MAX];
    size_t len = tcpopt_encode(o, bytes);
    CHECK(len <= sizeof bytes && len % 4 == 0);
    decode(bytes, len, &again);
    CHECK(!again.malformed && again.unknown_count == 0);
    CHECK(again.has_mss == o->has_mss && (!o->has_mss || again.mss == o->mss));
    CHECK(again.has_wscale == o->has_wscale && (!o->has_wscale || again.wscale == o->wscale));
    CHECK(again.sack_permitted == o->sack_permitted);
    CHECK(again.has_timestamps == o->has_timestamps);
    CHECK(!o->has_timestamps || (again.tsval == o->tsval && again.tsecr == o->tsecr));
    CHECK(again.sack_count <= o->sack_count);
    CHECK(o->sack_count == 0 || again.sack_count > 0 || len + 4 + 8 > TCPOPT_SPACE_MAX);
    for (unsigned i = 0; i < again.sack_count; i++)
        CHECK(again.sack[i].left == o->sack[i].left && again.sack[i].right == o->sack[i].right);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    struct tcp_options options;
    size_t cut = take_u8(&in);
    decode(in.at, in.left, &options);
    if (in.left > 0)
        check_cut(in.at, cut % in.left, &options);
    check_encoded(&options);
    return 0;
}
