/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

#include <stdio.h>
#include <string.h>

#define ETHERNET     14u
#define ETHERNET_MIN 60u
#define TCP          6
#define ICMP4        1
#define ICMP6        58

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static uint32_t sum(uint32_t from, const uint8_t *bytes, size_t len)
{
    uint64_t total = from;
    for (size_t i = 0; i + 1 < len; i += 2)
        total += get16(bytes + i);
    if (len % 2 != 0)
        total += (uint32_t)bytes[len - 1] << 8;
    while (total > 0xffff)
        total = (total & 0xffff) + (total >> 16);
    return (uint32_t)total;
}

static uint32_t pseudo(const struct address *src, const struct address *dst, uint8_t protocol,
                       uint32_t len)
{
    uint32_t total = sum(0, src->bytes, address_len(src));
    uint8_t tail[6] = {0, protocol, (uint8_t)(len >> 24), (uint8_t)(len >> 16)};
    total = sum(total, dst->bytes, address_len(dst));
    put16(tail + 4, len & 0xffff);
    return sum(total, tail, sizeof tail);
}

/* Ethernet and IP; returns where the next header goes. */
static uint8_t *write_ip(struct bytes_frame *out, const struct address *src,
                         const struct address *dst, uint8_t protocol, uint32_t len, uint16_t id,
                         uint8_t ttl)
{
    uint8_t *ip = out->bytes + ETHERNET;
    bool v6 = dst->family == FAMILY_IPV6;
    memset(out->bytes, 0, ETHERNET + 40);
    out->bytes[5] = 1;
    out->bytes[11] = 2;
    put16(out->bytes + 12, v6 ? 0x86dd : 0x0800);
    out->len = ETHERNET + (v6 ? 40 : 20) + len;
    if (v6) {
        ip[0] = 0x60;
        put16(ip + 4, len);
        ip[6] = protocol;
        ip[7] = ttl;
        memcpy(ip + 8, src->bytes, 16);
        memcpy(ip + 24, dst->bytes, 16);
        return ip + 40;
    }
    ip[0] = 0x45;
    put16(ip + 2, 20 + len);
    put16(ip + 4, id);
    put16(ip + 6, 0x4000);
    ip[8] = ttl;
    ip[9] = protocol;
    memcpy(ip + 12, src->bytes, 4);
    memcpy(ip + 16, dst->bytes, 4);
    put16(ip + 10, ~sum(0, ip, 20) & 0xffff);
    return ip + 20;
}

static void pad(struct bytes_frame *out)
{
    if (out->len < ETHERNET_MIN) {
        memset(out->bytes + out->len, 0, ETHERNET_MIN - out->len);
        out->len = ETHERNET_MIN;
    }
}

/* Sets the ECN field of the IP header. */
static void mark(struct bytes_frame *out, bool v6, uint8_t ecn)
{
    uint8_t *ip = out->bytes + ETHERNET;
    if (v6) {
        ip[1] = (uint8_t)(ecn << 4);
        return;
    }
    ip[1] = ecn;
    put16(ip + 10, 0);
    put16(ip + 10, ~sum(0, ip, 20) & 0xffff);
}

void frame_write(struct bytes_frame *out, const struct packet *p)
{
    out->forged = false;
    uint32_t options_len = (p->options_len + 3) / 4 * 4;
    uint32_t header = 20 + options_len;
    uint32_t room = FRAME_MAX - ETHERNET - 40 - header;
    uint32_t payload_len = p->payload_len < room ? p->payload_len : room;
    uint32_t len = header + payload_len;
    uint8_t *tcp = write_ip(out, &p->src.address, &p->dst.address, TCP, len, p->ip_id, p->ttl);
    mark(out, p->dst.address.family == FAMILY_IPV6, p->ecn);
    put16(tcp, p->src.port);
    put16(tcp + 2, p->dst.port);
    put32(tcp + 4, p->seq);
    put32(tcp + 8, p->ack);
    put16(tcp + 12, header / 4 << 12 | p->flags);
    put16(tcp + 14, p->window);
    put32(tcp + 16, 0);
    memset(tcp + 20, 1, options_len);
    memcpy(tcp + 20, p->options, p->options_len);
    if (p->payload != NULL)
        memcpy(tcp + header, p->payload, payload_len);
    else
        memset(tcp + header, 0, payload_len);
    put16(tcp + 16, ~sum(pseudo(&p->src.address, &p->dst.address, TCP, len), tcp, len) & 0xffff);
    pad(out);
}

void frame_write_icmp(struct bytes_frame *out, const struct icmp_packet *p, unsigned quoted)
{
    bool v6 = p->src.address.family == FAMILY_IPV6;
    uint8_t protocol = v6 ? ICMP6 : ICMP4;
    struct bytes_frame inner;
    struct packet quote = {.src = p->src, .dst = p->dst, .seq = p->seq, .flags = F_SYN, .ttl = 1};
    frame_write(&inner, &quote);
    uint32_t quote_len = (v6 ? 40 : 20) + (quoted < 20 ? quoted : 20);
    uint8_t *icmp = write_ip(out, &p->from, &p->src.address, protocol, 8 + quote_len, 77, 60);
    memset(icmp, 0, 8);
    icmp[0] = p->type;
    icmp[1] = p->code;
    memcpy(icmp + 8, inner.bytes + ETHERNET, quote_len);
    uint32_t head = v6 ? pseudo(&p->from, &p->src.address, protocol, 8 + quote_len) : 0;
    put16(icmp + 2, ~sum(head, icmp, 8 + quote_len) & 0xffff);
    pad(out);
}

/* What IP says of the octets behind it. */
struct below {
    struct address src, dst;
    const uint8_t *at;
    uint32_t len, captured; /* by the header; of them there */
    uint16_t id;
    uint8_t protocol, ttl;
    bool corrupt;       /* the header's checksum is wrong */
    bool cut, fragment; /* the wire carried less than the header says; more fragments follow */
};

static bool read_ip4(const uint8_t *ip, uint32_t captured, uint32_t wire, struct below *out)
{
    if (captured < 20 || ip[0] >> 4 != 4)
        return false;
    uint32_t header = (ip[0] & 15u) * 4, total = get16(ip + 2);
    if (total == 0)
        total = wire;
    if (header < 20 || header > total || header > captured || (get16(ip + 6) & 0x1fff) != 0)
        return false;
    out->fragment = (get16(ip + 6) & 0x2000) != 0;
    out->cut = total > wire;
    out->corrupt = get16(ip + 10) != 0 && sum(0, ip, header) != 0xffff;
    out->id = get16(ip + 4);
    out->ttl = ip[8];
    out->protocol = ip[9];
    out->src.family = out->dst.family = FAMILY_IPV4;
    memcpy(out->src.bytes, ip + 12, 4);
    memcpy(out->dst.bytes, ip + 16, 4);
    out->at = ip + header;
    out->len = total - header;
    out->captured = captured - header < out->len ? captured - header : out->len;
    return true;
}

static bool read_ip6(const uint8_t *ip, uint32_t captured, uint32_t wire, struct below *out)
{
    if (captured < 40 || ip[0] >> 4 != 6)
        return false;
    uint32_t len = get16(ip + 4);
    if (len == 0)
        len = wire - 40;
    out->cut = len > wire - 40;
    out->protocol = ip[6];
    out->ttl = ip[7];
    out->src.family = out->dst.family = FAMILY_IPV6;
    memcpy(out->src.bytes, ip + 8, 16);
    memcpy(out->dst.bytes, ip + 24, 16);
    out->at = ip + 40;
    out->len = len;
    out->captured = captured - 40 < len ? captured - 40 : len;
    return true;
}

static bool read_ip(const uint8_t *ip, uint32_t captured, uint32_t wire, unsigned ethertype,
                    struct below *out)
{
    memset(out, 0, sizeof *out);
    if (captured == 0)
        return false;
    (void)ethertype; /* the version says the same, and the program goes by it too */
    return ip[0] >> 4 == 4 ? read_ip4(ip, captured, wire, out) : read_ip6(ip, captured, wire, out);
}

static void read_options(const uint8_t *at, uint32_t len, struct packet *p)
{
    for (uint32_t i = 0; i < len && at[i] != 0;) {
        if (at[i] == 1) {
            i++;
            continue;
        }
        if (i + 1 >= len || at[i + 1] < 2 || at[i + 1] > len - i)
            return;
        if (at[i] == 2 && at[i + 1] == 4) {
            p->has_mss = true;
            p->mss = get16(at + i + 2);
        } else if (at[i] == 3 && at[i + 1] == 3) {
            p->has_wscale = true;
            p->wscale = at[i + 2];
        } else if (at[i] == 8 && at[i + 1] == 10) {
            p->has_timestamps = true;
            p->tsval = get32(at + i + 2);
            p->tsecr = get32(at + i + 6);
        }
        i += at[i + 1];
    }
}

static enum validity judge(const struct below *ip)
{
    if (ip->cut || ip->corrupt)
        return VALID_NOT;
    if (ip->captured < ip->len || ip->fragment)
        return VALID_MAYBE;
    uint32_t head = pseudo(&ip->src, &ip->dst, TCP, ip->len);
    bool right = sum(head, ip->at, ip->len) == 0xffff;
    return right || get16(ip->at + 16) == head ? VALID_SURELY : VALID_NOT;
}

static enum parsed read_tcp(const struct below *ip, struct packet *p)
{
    if (ip->captured < 20)
        return PARSED_NOTHING;
    uint32_t header = (uint32_t)(ip->at[12] >> 4) * 4;
    if (header < 20 || header > ip->len)
        return PARSED_NOTHING;
    memset(p, 0, sizeof *p);
    p->src = (struct endpoint){ip->src, get16(ip->at)};
    p->dst = (struct endpoint){ip->dst, get16(ip->at + 2)};
    p->seq = get32(ip->at + 4);
    p->ack = get32(ip->at + 8);
    p->flags = get16(ip->at + 12) & 0x1ff;
    p->window = get16(ip->at + 14);
    p->ip_id = ip->id;
    p->ttl = ip->ttl;
    uint32_t there = header < ip->captured ? header : ip->captured;
    p->options_len = header - 20;
    memcpy(p->options, ip->at + 20, there - 20);
    read_options(ip->at + 20, there - 20, p);
    p->payload = ip->at + there;
    p->payload_len = ip->len - header;
    p->validity = judge(ip);
    return PARSED_TCP;
}

static enum parsed read_icmp(const struct below *ip, struct icmp_packet *icmp)
{
    struct below quote;
    bool v6 = ip->protocol == ICMP6;
    if (ip->captured < 8 || !read_ip(ip->at + 8, ip->captured - 8, ip->len - 8, 0, &quote) ||
        quote.protocol != TCP || quote.captured < 4)
        return PARSED_NOTHING;
    memset(icmp, 0, sizeof *icmp);
    icmp->from = ip->src;
    icmp->type = ip->at[0];
    icmp->code = ip->at[1];
    icmp->src = (struct endpoint){quote.src, get16(quote.at)};
    icmp->dst = (struct endpoint){quote.dst, get16(quote.at + 2)};
    icmp->has_seq = quote.captured >= 8;
    icmp->seq = icmp->has_seq ? get32(quote.at + 4) : 0;
    uint32_t head = v6 ? pseudo(&ip->src, &ip->dst, ICMP6, ip->len) : 0;
    if (ip->corrupt || ip->cut)
        icmp->validity = VALID_NOT;
    else if (ip->captured < ip->len || ip->fragment || get16(ip->at + 2) == 0)
        icmp->validity = VALID_MAYBE;
    else
        icmp->validity = sum(head, ip->at, ip->len) == 0xffff ? VALID_SURELY : VALID_NOT;
    return PARSED_ICMP;
}

enum parsed frame_read(const uint8_t *bytes, uint32_t captured_len, uint32_t wire_len,
                       struct packet *packet, struct icmp_packet *icmp)
{
    struct below ip;
    if (captured_len < ETHERNET || !read_ip(bytes + ETHERNET, captured_len - ETHERNET,
                                            wire_len - ETHERNET, get16(bytes + 12), &ip))
        return PARSED_NOTHING;
    if (ip.protocol == TCP)
        return read_tcp(&ip, packet);
    bool v6 = ip.src.family == FAMILY_IPV6;
    return ip.protocol == (v6 ? ICMP6 : ICMP4) ? read_icmp(&ip, icmp) : PARSED_NOTHING;
}

const char *packet_text(const struct packet *p, uint32_t seq_base, uint32_t ack_base, char *out)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {{F_SYN, "SYN"}, {F_FIN, "FIN"}, {F_RST, "RST"},
                 {F_PSH, "PSH"}, {F_URG, "URG"}, {F_ACK, "ACK"}};
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((p->flags & names[i].flag) != 0)
            len += (size_t)sprintf(out + len, "%s%s", len > 0 ? "+" : "", names[i].name);
    len += (size_t)sprintf(out + len, " %d", (int32_t)(p->seq - seq_base));
    if ((p->flags & F_ACK) != 0)
        len += (size_t)sprintf(out + len, " ack %d", (int32_t)(p->ack - ack_base));
    if (p->payload_len > 0)
        len += (size_t)sprintf(out + len, " len %u", p->payload_len);
    sprintf(out + len, " win %u", p->window);
    return out;
}
