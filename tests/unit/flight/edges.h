/* SPDX-License-Identifier: BSD-2-Clause */
/* The edges of src/flight in virtual time, for unit tests: what net/clock.h, net/transmit.h,
 * net/guard.h, files/recording.h and output/output.h declare is here, and the flights of one host
 * with four source ports. A test says what the kernel does with segments, which of them the capture
 * shows, and what arrives. */
#ifndef TCPSHAKE_TESTS_EDGES_H
#define TCPSHAKE_TESTS_EDGES_H

#include "flight/flights.h"

#define MS     INT64_C(1000000)
#define SECOND (1000 * MS)
#define START  (1000 * SECOND)              /* of the monotonic clock */
#define EPOCH  INT64_C(1795324083502968001) /* the time of day then */

#define EDGES_PORT     40000
#define EDGES_PORTS    4
#define EDGES_SENT_MAX 512
#define EDGES_KEPT_MAX 512
#define EDGES_OWN      0xc0000201 /* 192.0.2.1 */
#define EDGES_SERVER   0xc0000202
#define EDGES_ROUTER   0xc00002fe

/* A segment that was handed to the kernel. */
struct edges_sent {
    int64_t at_ns, epoch_ns;
    struct outgoing segment;
    unsigned ifindex;
    bool left;  /* the kernel took it */
    bool shown; /* the capture showed it */
    uint32_t len;
    uint8_t bytes[1600];
};

/* What was recorded: a packet, or a remark with interface -1. */
struct edges_kept {
    int interface;
    int64_t time_ns;
    uint32_t captured_len, wire_len;
    char comment[256];
};

struct edges {
    int64_t now_ns;
    int64_t stepped_ns; /* the time of day, from what it was at first */
    /* the kernel */
    int code;                        /* of what is sent: 0 or TRANSMIT_..., or -1 */
    enum host_error refusal;         /* behind it */
    bool drops;                      /* what arrives does not reach TCP */
    uint32_t delivered[EDGES_PORTS]; /* to each port, by its guard */
    unsigned busy_count; /* what there was no room for, which is not among the following */
    unsigned sent_count;
    struct edges_sent sent[EDGES_SENT_MAX];
    /* the recording */
    bool recording_fails;
    unsigned kept_count, interface_count;
    struct edges_kept kept[EDGES_KEPT_MAX];
    uint16_t linktypes[8];
    /* the report */
    unsigned reported;
    struct connection_result result; /* the latest, with host in place of result.host */
    struct host_facts host;
    bool has_host, has_path, has_mtu;
    struct path path;
    struct path_mtu mtu;
};

extern struct edges edges;

/* The flights, and what they work with: flights may be changed between edges_reset, which leaves
 * nothing recorded and no throttle, and edges_open. */
extern struct flights flights;
extern struct timers timers;
extern struct failure failure;
extern struct sender sender;
extern struct recorder recorder;
extern struct tap tap;

void edges_reset(void);
void edges_open(void);
void edges_close(void); /* a failure that was noted fails the test, unless it forgets it before */

/* Records from now on; before edges_open. */
void edges_record(void);

/* To a port of 192.0.2.2, by a router, with a timeout of 3 s, half-open. */
struct attempt edges_attempt(uint16_t port);

/* Begins it with the first port and sends its SYN; returns the flight. */
struct flight *edges_begin(const struct attempt *attempt);

/* So much time passes: what is due happens, and the throttle lets through what it may. */
void edges_pass(int64_t ns);

/* The capture shows what has left since, or the nth segment (once more). */
void edges_show_all(void);
void edges_show(unsigned nth);

/* The server's segment to the flight arrives, with its own number seq and len octets; its SYN says
 * that its MSS is 1460. */
void edges_answer(const struct flight *flight, unsigned flags, uint32_t seq, uint32_t ack,
                  uint32_t len);

/* The same between any ends. */
void edges_segment(const struct endpoint *src, const struct endpoint *dst, unsigned flags,
                   uint32_t seq, uint32_t ack, uint32_t len);

/* On the wire, the nth segment sent has these ports. */
void edges_translate(unsigned nth, uint16_t src_port, uint16_t dst_port);

/* Any frame, raw IP, as a tap shows it. */
void edges_arrive(const uint8_t *bytes, size_t len);

/* A router's ICMP error that quotes the nth segment sent; the second returns it as bytes. */
void edges_error(unsigned nth, uint8_t type, uint8_t code, uint16_t mtu);
size_t edges_error_bytes(unsigned nth, uint8_t type, uint8_t code, uint16_t mtu, uint32_t from,
                         uint8_t *out);

/* How many segments with exactly these flags were sent, and since when (after START) the nth. */
unsigned edges_count(unsigned flags);
int64_t edges_when(unsigned flags, unsigned nth);

/* How many things recorded have a text in their comment. */
unsigned edges_recorded(const char *text);

#endif
