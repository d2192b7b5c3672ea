/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <string.h>

#include "fuzz.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define MS_NS         INT64_C(1000000)

/* The low half of an octet says near what, the high half how near. */
static uint32_t near_number(struct cursor *in, const struct end *end)
{
    uint8_t octet = take_u8(in);
    const uint32_t likely[] = {
        end->snd_nxt,
        end->sent.next,
        end->snd_una,
        end->iss,
        end->iss + 1,
        end->fin_seq,
        end->fin_seq + 1,
        end->rcv_right,
        end->reset_seq,
        end->snd_nxt - 1,
        end->last.seq,
        end->sent.held[0].left,
        end->sent.held[0].right,
    };
    unsigned which = octet & 15;
    if (which >= LENGTH(likely))
        return take_be32(in);
    static const int32_t off[16] = {0,     1,     -1,     2, -2, 10, -10,     1460,
                                    -1460, 65535, -65535, 0, 0,  0,  1 << 30, INT32_MAX};
    return likely[which] + (uint32_t)off[octet >> 4];
}

static int64_t next_time_ns(struct cursor *in, int64_t last_ns)
{
    static const int64_t deltas[] = {
        0, 1, MS_NS, 200 * MS_NS, 1000 * MS_NS, -MS_NS, 60000 * MS_NS, 241000 * MS_NS};
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX};
    uint8_t octet = take_u8(in);
    int64_t time_ns;
    if (octet >= 0xf0)
        return extremes[octet % LENGTH(extremes)];
    if (__builtin_add_overflow(last_ns, deltas[octet % LENGTH(deltas)], &time_ns))
        return 0;
    return time_ns;
}

/* Half of the window scales stand for what a SYN offers, or a SYN/ACK agrees to, besides. */
static void read_features(struct tcp_options *options)
{
    uint8_t octet = options->wscale;
    if ((octet & 0x80) == 0)
        return;
    options->fast_open = (octet & 1) != 0;
    options->fast_open_cookie_len = (octet & 3) == 3 ? 8 : 0;
    memset(options->fast_open_cookie, octet, sizeof options->fast_open_cookie);
    options->mptcp = (octet & 4) != 0;
    options->mptcp_version = octet >> 6 & 1;
    options->mptcp_len = (octet & 8) != 0 ? MPTCP_CAPABLE_KEY_LEN : MPTCP_CAPABLE_LEN;
}

static void read_options(struct cursor *in, const struct end *end, struct tcp_options *options)
{
    uint8_t octet = take_u8(in);
    options->has_timestamps = (octet & 1) != 0;
    options->has_wscale = (octet & 2) != 0;
    options->sack_permitted = (octet & 4) != 0;
    options->tsval = end->ts_recent + (octet >> 4) - 2u;
    if (options->has_wscale)
        options->wscale = take_u8(in);
    read_features(options);
    if ((octet & 8) != 0)
        options->tsecr = take_be32(in);
}

static struct endpoint endpoint_of(enum end_id id, uint16_t client_port)
{
    struct endpoint e = {.address = {FAMILY_IPV4, {192, 0, 2, id == CLIENT ? 7 : 80}}, .port = 443};
    if (id == CLIENT)
        e.port = client_port;
    return e;
}

static uint16_t read_flags(struct cursor *in)
{
    static const uint16_t likely[] = {
        TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK,           TCP_ACK | TCP_PSH,
        TCP_ACK | TCP_FIN, TCP_RST,           TCP_RST | TCP_ACK, TCP_FIN | TCP_PSH | TCP_ACK,
    };
    uint8_t octet = take_u8(in);
    return octet < 0xf0 ? likely[octet % LENGTH(likely)] : take_be16(in) & 0x1ff;
}

struct segment stream_segment(struct cursor *in, const struct conversation *conversation,
                              enum end_id from, uint16_t client_port, int64_t last_ns)
{
    static const uint16_t windows[] = {0, 1, 1000, 65535};
    static const uint32_t lengths[] = {0, 1, 10, 1460, 70000};
    static const struct end nobody[ENDS];
    const struct end *ends = conversation != NULL ? conversation->ends : nobody;
    enum end_id to = from == CLIENT ? SERVER : CLIENT;
    struct segment s = {
        .time_ns = next_time_ns(in, last_ns),
        .src = endpoint_of(from, client_port),
        .dst = endpoint_of(to, client_port),
        .flags = read_flags(in),
    };
    uint8_t octet = take_u8(in);
    s.window = windows[octet & 3];
    s.checksum = (octet & 4) != 0 ? CHECKSUM_BAD : CHECKSUM_GOOD;
    s.ip_id = octet >> 6;
    s.tos = octet >> 5 & 3;
    s.payload_len = lengths[(octet >> 3 & 7) % LENGTH(lengths)];
    s.seq = near_number(in, &ends[from]);
    s.ack = near_number(in, &ends[to]);
    read_options(in, &ends[from], &s.options);
    return s;
}

struct segment stream_error(struct cursor *in, const struct conversation *conversation,
                            enum end_id from, uint16_t client_port, int64_t last_ns)
{
    struct segment quoted = stream_segment(in, conversation, from, client_port, last_ns);
    uint8_t octet = take_u8(in);
    return (struct segment){
        .time_ns = quoted.time_ns,
        .src = quoted.src,
        .dst = quoted.dst,
        .seq = (octet & 1) != 0 ? quoted.seq : 0,
        .icmp = {.from = {FAMILY_IPV4, {203, 0, 113, 1}},
                 .family = (octet & 2) != 0 ? FAMILY_IPV6 : FAMILY_IPV4,
                 .type = octet >> 4,
                 .code = take_u8(in),
                 .has_seq = (octet & 1) != 0},
    };
}
