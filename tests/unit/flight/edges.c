/* SPDX-License-Identifier: BSD-2-Clause */
#include "edges.h"

#include <string.h>

#include "../../sim/outgoing.h"
#include "harness.h"
#include "net/clock.h"
#include "tcp/outcome.h"

#define ETHERNET     14
#define ICMP_HEADER  8
#define IPV4_HEADER  20
#define LINKTYPE     1
#define ROUNDS_MOST  100000
#define NEAR_IFINDEX 7

struct edges edges;
struct flights flights;
struct timers timers;
struct failure failure;
struct sender sender;
struct recorder recorder;
struct tap tap;

static uint16_t ports[EDGES_PORTS];
static struct lane lane;
static struct guard guards[EDGES_PORTS];
static struct deliveries deliveries[EDGES_PORTS][2];
static struct error error;

/* net/clock.h */

int64_t clock_monotonic_ns(void)
{
    return edges.now_ns;
}

int64_t clock_epoch_ns(void)
{
    return EPOCH + edges.now_ns - START + edges.stepped_ns;
}

struct clock_look clock_look(void)
{
    return (struct clock_look){clock_monotonic_ns(), clock_epoch_ns(), clock_monotonic_ns()};
}

/* net/guard.h */

int guard_open(struct guard *guard, const struct address *address, unsigned ifindex, uint16_t port,
               struct error *why)
{
    (void)address;
    (void)ifindex;
    (void)why;
    *guard = (struct guard){.fd = -1, .port = port};
    return 0;
}

bool guard_delivered(const struct guard *guard, uint32_t *count)
{
    *count = edges.delivered[guard->port - EDGES_PORT];
    return true;
}

void guard_close(struct guard *guard)
{
    guard->port = 0;
}

/* net/transmit.h */

static void craft(const struct outgoing *o, struct edges_sent *out)
{
    struct bytes_frame frame;
    struct packet packet = packet_of(o);
    frame_write(&frame, &packet);
    out->len = (uint32_t)frame.bytes[ETHERNET + 2] << 8 | frame.bytes[ETHERNET + 3];
    memcpy(out->bytes, frame.bytes + ETHERNET, out->len);
}

static int take(const struct outgoing *segment, unsigned ifindex, const uint8_t **bytes,
                struct error *why)
{
    ck_assert_uint_lt(edges.sent_count, EDGES_SENT_MAX);
    bool busy = edges.code == TRANSMIT_BUSY;
    struct edges_sent *sent = &edges.sent[edges.sent_count];
    edges.busy_count += busy;
    edges.sent_count += !busy;
    *sent = (struct edges_sent){.at_ns = edges.now_ns,
                                .epoch_ns = clock_epoch_ns(),
                                .segment = *segment,
                                .ifindex = ifindex,
                                .left = edges.code == 0};
    craft(segment, sent);
    *bytes = sent->bytes;
    if (edges.code != 0)
        error_set(why, STATUS_RUN, "cannot send");
    return edges.code != 0 ? edges.code : (int)sent->len;
}

struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *why)
{
    (void)ipv4;
    (void)ipv6;
    (void)why;
    return NULL;
}

int transmit_open_measuring(struct transmit *transmit, struct error *why)
{
    (void)transmit;
    (void)why;
    return 0;
}

void transmit_close(struct transmit *transmit)
{
    (void)transmit;
}

int transmit_send(struct transmit *transmit, const struct outgoing *segment, unsigned ifindex,
                  const uint8_t **bytes, struct error *why)
{
    (void)transmit;
    return take(segment, ifindex, bytes, why);
}

enum host_error transmit_refusal(const struct transmit *transmit)
{
    (void)transmit;
    return edges.refusal;
}

void transmit_send_batch(struct transmit *transmit, struct transmission *batch, size_t count)
{
    (void)transmit;
    for (size_t i = 0; i < count; i++) {
        batch[i].code = take(&batch[i].segment, batch[i].ifindex, &batch[i].bytes, &batch[i].error);
        batch[i].refusal = edges.refusal;
    }
}

/* files/recording.h */

static struct recording {
    int unused;
} the_recording;

struct recording *recording_create(const char *path, struct error *why)
{
    (void)path;
    (void)why;
    return &the_recording;
}

struct outlet *recording_outlet(struct recording *recording)
{
    (void)recording;
    return NULL;
}

int recording_close(struct recording *recording, struct error *why)
{
    (void)recording;
    return edges.recording_fails ? error_set(why, STATUS_RUN, "cannot close") : 0;
}

int recording_interface(struct recording *recording, const char *name, uint16_t linktype,
                        uint32_t snaplen, struct error *why)
{
    (void)recording;
    (void)name;
    (void)snaplen;
    (void)why;
    ck_assert_uint_lt(edges.interface_count, 8);
    edges.linktypes[edges.interface_count] = linktype;
    return (int)edges.interface_count++;
}

static int keep(const struct edges_kept *kept, const char *comment, struct error *why)
{
    if (edges.recording_fails)
        return error_set(why, STATUS_RUN, "cannot write");
    ck_assert_uint_lt(edges.kept_count, EDGES_KEPT_MAX);
    struct edges_kept *place = &edges.kept[edges.kept_count++];
    *place = *kept;
    snprintf(place->comment, sizeof place->comment, "%s", comment != NULL ? comment : "");
    return 0;
}

int recording_packet(struct recording *recording, int interface, const struct frame *frame,
                     const char *comment, struct error *why)
{
    const struct edges_kept kept = {.interface = interface,
                                    .time_ns = frame->time_ns,
                                    .captured_len = frame->captured_len,
                                    .wire_len = frame->wire_len};
    (void)recording;
    return keep(&kept, comment, why);
}

int recording_remark(struct recording *recording, const char *comment, struct error *why)
{
    const struct edges_kept kept = {.interface = -1};
    (void)recording;
    return keep(&kept, comment, why);
}

/* output/output.h */

void output_result(struct output *output, struct connection_result *result)
{
    (void)output;
    edges.reported++;
    edges.result = *result;
    edges.has_host = result->host != NULL;
    edges.host = edges.has_host ? *result->host : (struct host_facts){.error = HOST_ERROR_NONE};
    edges.has_path = result->path != NULL;
    if (edges.has_path)
        edges.path = *result->path;
    edges.has_mtu = result->path_mtu != NULL;
    if (edges.has_mtu)
        edges.mtu = *result->path_mtu;
}

void output_connection(struct output *output, const struct conversation *conversation)
{
    struct connection_result result;
    conversation_result(conversation, &result);
    output_result(output, &result);
}

/* The host */

void edges_reset(void)
{
    memset(&edges, 0, sizeof edges);
    edges.now_ns = START;
    sender = (struct sender){.queued = 0, .warned_of_refusal = true};
    recorder = (struct recorder){.recording = NULL};
    timers = (struct timers){0};
    failure = (struct failure){.failed = false};
    tap = (struct tap){
        .interface = "eth0", .ifindex = NEAR_IFINDEX, .recorded_as = -1, .unseen_recorded_as = -1};
    memset(deliveries, 0, sizeof deliveries);
    for (uint16_t i = 0; i < EDGES_PORTS; i++) {
        ports[i] = (uint16_t)(EDGES_PORT + i);
        guards[i].port = ports[i];
        deliveries[i][0].guard = &guards[i];
    }
    lane = (struct lane){.ports = ports,
                         .count = EDGES_PORTS,
                         .first = EDGES_PORT,
                         .last = EDGES_PORT + EDGES_PORTS - 1,
                         .deliveries = deliveries};
    flights = (struct flights){.sender = &sender,
                               .recorder = &recorder,
                               .timers = &timers,
                               .failure = &failure,
                               .lane = &lane,
                               .quiet = true};
}

void edges_record(void)
{
    ck_assert_int_eq(recorder_open(&recorder, "-", &error), 0);
    recorder_interface(&recorder, "lo", LINKTYPE); /* which shows nothing */
    tap.recorded_as = recorder_interface(&recorder, tap.interface, LINKTYPE);
}

void edges_open(void)
{
    ck_assert_msg(flights_open(&flights, &error) == 0, "%s", error.text);
}

void edges_close(void)
{
    flights_close(&flights);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
    ck_assert_msg(!failure.failed, "%s", failure.error.text);
}

static struct endpoint endpoint_of(uint32_t address, uint16_t port)
{
    return (struct endpoint){{FAMILY_IPV4,
                              {(uint8_t)(address >> 24), (uint8_t)(address >> 16),
                               (uint8_t)(address >> 8), (uint8_t)address}},
                             port};
}

struct attempt edges_attempt(uint16_t port)
{
    return (struct attempt){.target = "host.example",
                            .tap = &tap,
                            .server = endpoint_of(EDGES_SERVER, port),
                            .resolve_ns = DURATION_UNKNOWN,
                            .route = {.source = endpoint_of(EDGES_OWN, 0).address,
                                      .next_hop = endpoint_of(EDGES_ROUTER, 0).address,
                                      .interface = "eth0",
                                      .ifindex = NEAR_IFINDEX,
                                      .mtu = 1500,
                                      .device_mtu = 1500},
                            .plan = {.close = CLOSE_HALF_OPEN,
                                     .timeout_ns = 3 * SECOND,
                                     .time_wait_ns = SECOND / 2,
                                     .mss = 1460,
                                     .ttl = 64}};
}

struct flight *edges_begin(const struct attempt *attempt)
{
    ck_assert_msg(flights_begin(&flights, attempt, 0, &error) == 0, "%s", error.text);
    struct flight *flight = pool_next(&flights.pool, NULL);
    flights_flush(&flights);
    return flight;
}

static int64_t smaller_of(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

void edges_pass(int64_t ns)
{
    int64_t end_ns = edges.now_ns + ns;
    for (int round = 0; round < ROUNDS_MOST; round++) {
        flights_flush(&flights);
        int64_t held_ns =
            flights.throttle != NULL ? flights_release(&flights, edges.now_ns) : INT64_MAX;
        flights_flush(&flights);
        int64_t next_ns = smaller_of(timers_next_ns(&timers), held_ns);
        if (next_ns > end_ns) {
            edges.now_ns = end_ns;
            return;
        }
        if (next_ns > edges.now_ns)
            edges.now_ns = next_ns;
        while (timers_fire_one(&timers, edges.now_ns))
            ;
    }
    ck_abort_msg("timers are due again and again");
}

/* What is captured */

static void capture(const uint8_t *bytes, size_t len, int64_t epoch_ns)
{
    const struct frame frame = {.time_ns = epoch_ns,
                                .bytes = bytes,
                                .captured_len = (uint32_t)len,
                                .wire_len = (uint32_t)len,
                                .link = LINK_RAW};
    flights_take_frame(&flights, &tap, &frame);
    flights_flush(&flights);
}

void edges_arrive(const uint8_t *bytes, size_t len)
{
    capture(bytes, len, clock_epoch_ns());
}

void edges_show(unsigned nth)
{
    ck_assert_uint_lt(nth, edges.sent_count);
    struct edges_sent *sent = &edges.sent[nth];
    sent->shown = true;
    capture(sent->bytes, sent->len, sent->epoch_ns);
}

void edges_show_all(void)
{
    for (unsigned i = 0; i < edges.sent_count; i++)
        if (edges.sent[i].left && !edges.sent[i].shown)
            edges_show(i);
}

void edges_segment(const struct endpoint *src, const struct endpoint *dst, unsigned flags,
                   uint32_t seq, uint32_t ack, uint32_t len)
{
    struct bytes_frame frame;
    struct packet packet = {.src = *src,
                            .dst = *dst,
                            .seq = seq,
                            .ack = ack,
                            .flags = (uint16_t)flags,
                            .window = 60000,
                            .ip_id = (uint16_t)(seq + len),
                            .ttl = 60,
                            .payload_len = len};
    static const uint8_t mss[] = {2, 4, 0x05, 0xb4};
    if ((flags & TCP_SYN) != 0)
        memcpy(packet.options, mss, packet.options_len = sizeof mss);
    frame_write(&frame, &packet);
    if (dst->port >= EDGES_PORT && dst->port < EDGES_PORT + EDGES_PORTS && !edges.drops)
        edges.delivered[dst->port - EDGES_PORT]++;
    edges_arrive(frame.bytes + ETHERNET,
                 (size_t)frame.bytes[ETHERNET + 2] << 8 | frame.bytes[ETHERNET + 3]);
}

void edges_answer(const struct flight *flight, unsigned flags, uint32_t seq, uint32_t ack,
                  uint32_t len)
{
    edges_segment(&flight->attempt.server, &flight->ours, flags, seq, ack, len);
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)((unsigned)at[0] << 8 | at[1]);
}

static void put16(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

/* The checksum follows: RFC 1624. */
void edges_translate(unsigned nth, uint16_t src_port, uint16_t dst_port)
{
    uint8_t *tcp = edges.sent[nth].bytes + IPV4_HEADER;
    ck_assert_uint_lt(nth, edges.sent_count);
    uint32_t sum = (~get16(tcp + 16) & 0xffffu) + (~get16(tcp) & 0xffffu) +
                   (~get16(tcp + 2) & 0xffffu) + src_port + dst_port;
    sum = (sum >> 16) + (sum & 0xffff);
    put16(tcp + 16, ~(sum + (sum >> 16)));
    put16(tcp, src_port);
    put16(tcp + 2, dst_port);
}

static void put_checksum(uint8_t *out, const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    sum = (sum >> 16) + (sum & 0xffff);
    put16(out, ~(sum + (sum >> 16)));
}

/* RFC 792, with what RFC 1191 adds. */
size_t edges_error_bytes(unsigned nth, uint8_t type, uint8_t code, uint16_t mtu, uint32_t from,
                         uint8_t *out)
{
    const struct edges_sent *sent = &edges.sent[nth];
    uint32_t quoted = sent->len < 100 ? sent->len : 100;
    size_t len = IPV4_HEADER + ICMP_HEADER + quoted;
    uint8_t *icmp = out + IPV4_HEADER;
    ck_assert_uint_lt(nth, edges.sent_count);
    memset(out, 0, IPV4_HEADER + ICMP_HEADER);
    out[0] = 0x45;
    put16(out + 2, (uint32_t)len);
    out[8] = 60;
    out[9] = 1;
    put16(out + 12, from >> 16);
    put16(out + 14, from);
    put16(out + 16, EDGES_OWN >> 16);
    put16(out + 18, EDGES_OWN & 0xffff);
    put_checksum(out + 10, out, IPV4_HEADER);
    icmp[0] = type;
    icmp[1] = code;
    put16(icmp + 6, mtu);
    memcpy(icmp + ICMP_HEADER, sent->bytes, quoted);
    put_checksum(icmp + 2, icmp, ICMP_HEADER + quoted);
    return len;
}

void edges_error(unsigned nth, uint8_t type, uint8_t code, uint16_t mtu)
{
    uint8_t bytes[256];
    edges_arrive(bytes, edges_error_bytes(nth, type, code, mtu, EDGES_ROUTER, bytes));
}

/* What became of it */

unsigned edges_count(unsigned flags)
{
    unsigned count = 0;
    for (unsigned i = 0; i < edges.sent_count; i++)
        count += edges.sent[i].segment.flags == flags;
    return count;
}

int64_t edges_when(unsigned flags, unsigned nth)
{
    for (unsigned i = 0; i < edges.sent_count; i++)
        if (edges.sent[i].segment.flags == flags && nth-- == 0)
            return edges.sent[i].at_ns - START;
    ck_abort_msg("no such segment was sent");
}

unsigned edges_recorded(const char *text)
{
    unsigned count = 0;
    for (unsigned i = 0; i < edges.kept_count; i++)
        count += strstr(edges.kept[i].comment, text) != NULL;
    return count;
}
