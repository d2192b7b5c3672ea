/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames as bytes, written and read without the core: what a frame says is judged twice, by the
 * program and by this. */
#ifndef TCPSHAKE_SIM_FRAME_H
#define TCPSHAKE_SIM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

#define FRAME_MAX   1600u
#define OPTIONS_MAX 40u

enum {
    F_FIN = 1,
    F_SYN = 2,
    F_RST = 4,
    F_PSH = 8,
    F_ACK = 16,
    F_URG = 32,
    F_ECE = 64,
    F_CWR = 128,
    F_AE = 256
};

struct bytes_frame {
    uint8_t bytes[FRAME_MAX];
    uint32_t len;
    bool forged; /* by an attacker */
};

enum validity {
    VALID_NOT,    /* a receiver throws it away */
    VALID_MAYBE,  /* too little of it was captured to tell */
    VALID_SURELY, /* the checksum is right, or left to the card (the pseudo-header's alone) */
};

struct packet {
    struct endpoint src, dst;
    uint32_t seq, ack;
    uint16_t flags, window, ip_id;
    uint8_t ttl;
    uint8_t ecn;            /* of the IP header; of a packet that is written */
    const uint8_t *payload; /* inside the frame, or of the sender's; NULL with payload_len: zeros */
    uint32_t payload_len;
    uint8_t options[OPTIONS_MAX]; /* as on the wire */
    uint32_t options_len;
    bool has_mss, has_wscale, has_timestamps; /* of a packet that was read */
    uint16_t mss;
    uint8_t wscale;
    uint32_t tsval, tsecr;
    enum validity validity;
};

struct icmp_packet {
    struct address from;
    struct endpoint src, dst; /* of the quote */
    uint32_t seq;
    uint8_t type, code;
    bool has_seq;
    enum validity validity;
};

enum parsed { PARSED_NOTHING, PARSED_TCP, PARSED_ICMP };

/* Ethernet, IP, TCP, with right checksums; options are padded with NOP, payload is cut to what a
 * frame holds. */
void frame_write(struct bytes_frame *out, const struct packet *packet);

/* The same for an ICMP error from an address; quoted octets of the quoted TCP header. */
void frame_write_icmp(struct bytes_frame *out, const struct icmp_packet *icmp, unsigned quoted);

/* Reads what a capture holds of a frame. */
enum parsed frame_read(const uint8_t *bytes, uint32_t captured_len, uint32_t wire_len,
                       struct packet *packet, struct icmp_packet *icmp);

/* "SYN+ACK 0x7b ack 0x1c8 len 3"; out holds 96 bytes. Returns out. */
const char *packet_text(const struct packet *packet, uint32_t seq_base, uint32_t ack_base,
                        char *out);

static inline uint32_t packet_seq_len(const struct packet *p)
{
    return p->payload_len + ((p->flags & F_SYN) != 0) + ((p->flags & F_FIN) != 0);
}

/* Whether a stands behind b on the circle. */
static inline bool after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

/* Whether x stands in [first, last]. Two comparisons by after() also take the number that is 2^31
 * away from both. */
static inline bool is_between(uint32_t first, uint32_t x, uint32_t last)
{
    return x - first <= last - first;
}

#endif
