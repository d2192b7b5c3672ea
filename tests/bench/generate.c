/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a capture (pcap, microseconds, Ethernet, IPv4) that depends on its arguments alone:
 * connections of seven segments each, so many of them open at a time, their segments mixed. */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MAX     (16 + 14 + 20 + 20 + SYN_OPTIONS)
#define SYN_OPTIONS   12
#define SERVERS       64
#define START_SECONDS 1700000000
#define WRITE_BEHIND  (1 << 20)

enum flag {
    FIN = 1,
    SYN = 2,
    ACK = 16,
};

/* One segment of a connection: who sends it, and how far both ends' numbers are by then. */
struct part {
    bool from_server;
    uint8_t flags;
    uint8_t sent, received;
};

static const struct part parts[] = {
    {false, SYN, 0, 0}, {true, SYN | ACK, 0, 1}, {false, ACK, 1, 1}, {false, FIN | ACK, 1, 1},
    {true, ACK, 1, 2},  {true, FIN | ACK, 1, 2}, {false, ACK, 2, 2},
};
#define PARTS (sizeof parts / sizeof parts[0])

struct connection {
    uint32_t client, server;
    uint16_t client_port;
    uint32_t isn[2]; /* client's, server's */
    uint16_t ip_id;
    unsigned next_part;
};

struct generator {
    uint64_t connections, open_at_once, begun;
    bool flood; /* SYNs that nobody answers */
    uint64_t random;
    uint64_t time_us;
    struct connection *open;
};

/* splitmix64 (Steele, Lea and Flood, 2014) */
static uint64_t next_random(struct generator *g)
{
    uint64_t z = g->random += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint8_t *put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, value >> 16), value & 0xffff);
}

/* The headers of the file format are in the byte order of the writer. */
static uint8_t *put_native32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

/* len is even. */
static uint16_t checksum(uint32_t sum, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint32_t halves(uint32_t address)
{
    return (address >> 16) + (address & 0xffff);
}

static uint8_t *put_ip(uint8_t *at, uint32_t src, uint32_t dst, uint16_t id, unsigned tcp_len)
{
    uint8_t *ip = at;
    at = put16(at, 0x4500);
    at = put16(at, 20 + tcp_len);
    at = put16(at, id);
    at = put16(at, 0x4000); /* do not fragment */
    at = put16(at, 64 << 8 | 6);
    at = put16(at, 0);
    at = put32(at, src);
    at = put32(at, dst);
    put16(ip + 10, checksum(0, ip, 20));
    return at;
}

static uint8_t *put_syn_options(uint8_t *at)
{
    at = put32(at, 0x020405b4);   /* MSS 1460 */
    at = put32(at, 0x01030307);   /* window scale 7 */
    return put32(at, 0x01010402); /* SACK permitted */
}

static uint8_t *put_tcp(uint8_t *at, const struct connection *c, const struct part *part)
{
    uint8_t *tcp = at;
    bool syn = (part->flags & SYN) != 0;
    bool ack = (part->flags & ACK) != 0;
    unsigned words = syn ? (20 + SYN_OPTIONS) / 4 : 5;
    at = put16(at, part->from_server ? 443 : c->client_port);
    at = put16(at, part->from_server ? c->client_port : 443);
    at = put32(at, c->isn[part->from_server] + part->sent);
    at = put32(at, ack ? c->isn[!part->from_server] + part->received : 0);
    at = put16(at, words << 12 | part->flags);
    at = put16(at, syn ? 64240 : 502);
    at = put32(at, 0);
    if (syn)
        at = put_syn_options(at);
    unsigned len = (unsigned)(at - tcp);
    put16(tcp + 16, checksum(halves(c->client) + halves(c->server) + 6 + len, tcp, len));
    return at;
}

static void write_segment(struct generator *g, struct connection *c)
{
    uint8_t frame[FRAME_MAX];
    const struct part *part = &parts[c->next_part++];
    uint32_t tcp_len = 20 + ((part->flags & SYN) != 0 ? SYN_OPTIONS : 0);
    uint32_t src = part->from_server ? c->server : c->client;
    uint32_t dst = part->from_server ? c->client : c->server;
    g->time_us += 1 + next_random(g) % 8;
    uint8_t *at = put_native32(frame, (uint32_t)(START_SECONDS + g->time_us / 1000000));
    at = put_native32(at, (uint32_t)(g->time_us % 1000000));
    at = put_native32(at, 14 + 20 + tcp_len);
    at = put_native32(at, 14 + 20 + tcp_len);
    static const uint8_t macs[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    memcpy(at, part->from_server ? macs + 6 : macs, 6);
    memcpy(at + 6, part->from_server ? macs : macs + 6, 6);
    at = put16(at + 12, 0x0800);
    at = put_ip(at, src, dst, (uint16_t)(c->ip_id + c->next_part), tcp_len);
    at = put_tcp(at, c, part);
    fwrite(frame, (size_t)(at - frame), 1, stdout);
}

/* No tuple comes twice among the first 2^24: an odd factor makes the address a permutation. */
static void begin(struct generator *g, struct connection *c)
{
    uint64_t bits = next_random(g), numbers = next_random(g);
    *c = (struct connection){
        .client = 10u << 24 | ((uint32_t)g->begun * 0x9e3779b1u & 0xffffff),
        .server = 0xc6336400u + (uint32_t)(bits % SERVERS), /* 198.51.100.0 on */
        .client_port = (uint16_t)(32768 + (bits >> 8) % 28232),
        .ip_id = (uint16_t)(bits >> 32),
        .isn = {(uint32_t)numbers, (uint32_t)(numbers >> 32)},
    };
    g->begun++;
}

static void write_connections(struct generator *g)
{
    uint64_t open = g->connections < g->open_at_once ? g->connections : g->open_at_once;
    for (uint64_t i = 0; i < open; i++)
        begin(g, &g->open[i]);
    while (open > 0) {
        struct connection *c = &g->open[next_random(g) % open];
        write_segment(g, c);
        if (c->next_part < PARTS)
            continue;
        if (g->begun < g->connections)
            begin(g, c);
        else
            *c = g->open[--open];
    }
}

static void write_flood(struct generator *g)
{
    while (g->begun < g->connections) {
        struct connection c;
        begin(g, &c);
        write_segment(g, &c);
    }
}

static void write_file_header(void)
{
    uint8_t header[24] = {0};
    put_native32(header, 0xa1b2c3d4);
    put_native32(header + 4, 4u << 16 | 2); /* little-endian: version 2.4 */
    if (header[0] == 0xa1)
        put_native32(header + 4, 2u << 16 | 4);
    put_native32(header + 16, 262144);
    put_native32(header + 20, 1); /* Ethernet */
    fwrite(header, sizeof header, 1, stdout);
}

static bool parse_count(const char *text, uint64_t most, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && end != text && *out > 0 && *out <= most;
}

static bool parse_options(struct generator *g, int argc, char **argv)
{
    static const struct option options[] = {
        {"connections", required_argument, NULL, 'c'},
        {"open", required_argument, NULL, 'o'},
        {"seed", required_argument, NULL, 's'},
        {"flood", no_argument, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'c')
            good = good && parse_count(optarg, 1 << 24, &g->connections);
        else if (option == 'o')
            good = good && parse_count(optarg, 1 << 24, &g->open_at_once);
        else if (option == 's')
            good = good && parse_count(optarg, UINT64_MAX, &g->random);
        else
            good = good && (g->flood = option == 'f');
    }
    return good && optind == argc;
}

int main(int argc, char **argv)
{
    struct generator g = {.connections = 1000000, .open_at_once = 2000, .random = 1};
    if (!parse_options(&g, argc, argv)) {
        fputs("usage: generate [--connections N] [--open N] [--seed N] [--flood] > FILE\n", stderr);
        return 2;
    }
    g.open = calloc(g.open_at_once, sizeof *g.open);
    if (g.open == NULL || setvbuf(stdout, NULL, _IOFBF, WRITE_BEHIND) != 0) {
        fputs("generate: out of memory\n", stderr);
        return 3;
    }
    write_file_header();
    (g.flood ? write_flood : write_connections)(&g);
    free(g.open);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    perror("generate: standard output");
    return 3;
}
