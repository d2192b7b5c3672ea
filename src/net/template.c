/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/template.h"

#include <string.h>

#include "wire/checksum.h"

#define IPV4_LEN     20u
#define IPV6_LEN     40u
#define TCP_LEN      20u
#define PROTOCOL_TCP 6

/* Where fields are: RFC 791, 3.1; RFC 8200, 3; RFC 9293, 3.1. */
enum {
    IPV4_ID = 4,
    IPV4_TTL = 8,
    IPV4_CHECKSUM = 10,
    IPV4_SRC = 12,
    IPV4_DST = 16,
    IPV6_HOP_LIMIT = 7,
    IPV6_SRC = 8,
    IPV6_DST = 24,
    TCP_SRC = 0,
    TCP_DST = 2,
    TCP_SEQ = 4,
    TCP_ACK_NUMBER = 8,
    TCP_WINDOW = 14,
    TCP_CHECKSUM = 16,
};

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16(at + 2, (uint16_t)value);
}

void template_keep(struct template *template, const struct outgoing *segment, const uint8_t *bytes,
                   uint32_t len)
{
    bool ipv6 = segment->dst.address.family == FAMILY_IPV6;
    if (len > TEMPLATE_BYTES)
        return;
    template->len = len;
    template->flags = segment->flags;
    template->options_len = len - TCP_LEN - (ipv6 ? IPV6_LEN : IPV4_LEN);
    memcpy(template->bytes, bytes, len);
}

static void fill_ipv4(uint8_t *ip, const struct outgoing *segment)
{
    put16(ip + IPV4_ID, segment->ip_id);
    ip[IPV4_TTL] = segment->ttl;
    memcpy(ip + IPV4_SRC, segment->src.address.bytes, 4);
    memcpy(ip + IPV4_DST, segment->dst.address.bytes, 4);
    put16(ip + IPV4_CHECKSUM, 0);
    put16(ip + IPV4_CHECKSUM, checksum_finish(checksum_add(0, cursor_over(ip, IPV4_LEN))));
}

static void fill_ipv6(uint8_t *ip, const struct outgoing *segment)
{
    ip[IPV6_HOP_LIMIT] = segment->ttl;
    memcpy(ip + IPV6_SRC, segment->src.address.bytes, 16);
    memcpy(ip + IPV6_DST, segment->dst.address.bytes, 16);
}

static void fill_tcp(uint8_t *tcp, uint32_t len, const struct outgoing *segment)
{
    put16(tcp + TCP_SRC, segment->src.port);
    put16(tcp + TCP_DST, segment->dst.port);
    put32(tcp + TCP_SEQ, segment->seq);
    put32(tcp + TCP_ACK_NUMBER, segment->ack);
    put16(tcp + TCP_WINDOW, segment->window);
    put16(tcp + TCP_CHECKSUM, 0);
    uint32_t sum = checksum_pseudo(&segment->src.address, &segment->dst.address, PROTOCOL_TCP, len);
    put16(tcp + TCP_CHECKSUM, checksum_finish(checksum_add(sum, cursor_over(tcp, len))));
}

uint32_t template_fill(const struct template *template, const struct outgoing *segment,
                       uint8_t out[TEMPLATE_BYTES])
{
    bool ipv6 = segment->dst.address.family == FAMILY_IPV6;
    uint32_t ip_len = ipv6 ? IPV6_LEN : IPV4_LEN;
    uint8_t options[TCPOPT_SPACE_MAX];
    size_t options_len = tcpopt_encode(&segment->options, options);
    if (template->len == 0 || segment->flags != template->flags ||
        options_len != template->options_len)
        return 0;
    memcpy(out, template->bytes, template->len);
    memcpy(out + ip_len + TCP_LEN, options, options_len);
    (ipv6 ? fill_ipv6 : fill_ipv4)(out, segment);
    fill_tcp(out + ip_len, template->len - ip_len, segment);
    return template->len;
}
