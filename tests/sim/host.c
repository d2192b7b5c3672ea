/* SPDX-License-Identifier: BSD-2-Clause */
/* The edges of the program as src/flight sees them: clock, random numbers, ports, sending,
 * recording, report. They stand in for src/net, src/files/recording.c and src/output/output.c. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "findings/findings.h"
#include "net/clock.h"
#include "outgoing.h"
#include "output/formats.h"
#include "report/report.h"
#include "tcp/outcome.h"
#include "wire/decode.h"
#include "world.h"

#define ETHERNET          14u
#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW      101
#define INTERFACE         "sim0"
#define ECHO_NS           5000
#define SENDING_NS        2000 /* what a system call takes */

/* net/clock.h */

int64_t clock_monotonic_ns(void)
{
    return world->now_ns;
}

int64_t clock_epoch_ns(void)
{
    return EPOCH_NS + (world->now_ns - START_NS);
}

struct clock_look clock_look(void)
{
    return (struct clock_look){clock_monotonic_ns(), clock_epoch_ns(), clock_monotonic_ns()};
}

/* base/random.h */

int random_fill(void *out, size_t len, struct error *error)
{
    (void)error;
    rng_fill(&world->random, out, len);
    return 0;
}

/* net/guard.h */

int guard_open(struct guard *guard, const struct address *address, unsigned ifindex, uint16_t port,
               struct error *error)
{
    (void)address;
    (void)ifindex;
    (void)error;
    *guard = (struct guard){.fd = -1, .port = port};
    return 0;
}

bool guard_delivered(const struct guard *guard, uint32_t *count)
{
    (void)guard;
    *count = world->delivered;
    return true;
}

void guard_close(struct guard *guard)
{
    guard->port = 0;
}

/* net/numbers.h */

int numbers_init(struct numbers *numbers, struct error *error)
{
    (void)numbers;
    (void)error;
    return 0;
}

struct prober_numbers numbers_draw(const struct numbers *numbers, const struct endpoint *ours,
                                   const struct endpoint *theirs, int64_t now_ns)
{
    struct prober_numbers drawn;
    (void)numbers;
    (void)ours;
    (void)theirs;
    (void)now_ns;
    uint32_t random[3];
    struct error error;
    random_fill(random, sizeof random, &error);
    drawn.ip_id = (uint16_t)random[0];
    drawn.tsval_offset = random[1];
    drawn.iss = random[2];
    return drawn;
}

/* net/transmit.h */

struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *error)
{
    (void)ipv4;
    (void)ipv6;
    (void)error;
    return NULL;
}

int transmit_open_measuring(struct transmit *transmit, struct error *error)
{
    (void)transmit;
    (void)error;
    return 0;
}

void transmit_close(struct transmit *transmit)
{
    (void)transmit;
}

/* Without the padding of a short Ethernet frame. */
static int datagram_len(const struct bytes_frame *frame)
{
    uint32_t len = frame->len - ETHERNET;
    uint32_t total = (uint32_t)frame->bytes[16] << 8 | frame->bytes[17];
    return (int)(frame->bytes[12] == 8 ? total : len);
}

/* The frame passes the tap, or the tap misses it, and goes on to the peer. */
static void leave(struct world *w, uint32_t nth)
{
    int64_t leaves_ns = w->now_ns + ECHO_NS;
    if (world_chance(w, FAULT_ECHO_LATE, TO_PEER, nth))
        leaves_ns += (int64_t)world_dice(w, FAULT_ECHO_LATE, 7, nth, (uint64_t)(350 * MS));
    if (!world_chance(w, FAULT_ECHO_LOSS, TO_PEER, nth)) {
        int64_t read_ns = leaves_ns;
        if (world_chance(w, FAULT_ECHO_LAST, TO_PEER, nth))
            read_ns += w->s.link.delay_ns < 10 * MS ? 2 * w->s.link.delay_ns + 100000 : 20 * MS;
        struct event *event = world_new_event(w, EVENT_CAPTURED, read_ns);
        if (event == NULL)
            return;
        event->stamp_ns = leaves_ns;
        event->outgoing = true;
        event->frame.len = w->sent.len;
        memcpy(event->frame.bytes, w->sent.bytes, w->sent.len);
    }
    link_carry(w, TO_PEER, &w->sent, leaves_ns);
}

/* What this host's kernel says to the nth sending; 0: it goes. */
static int kernel_says(struct world *w, uint32_t nth, struct error *error)
{
    if (w->s.hard_error_at >= 0 && nth == (uint32_t)w->s.hard_error_at)
        return error_set(error, STATUS_RUN, "the interface is down");
    if (w->s.refused_at >= 0 && nth == (uint32_t)w->s.refused_at) {
        error_set(error, STATUS_RUN, "a local firewall refuses it");
        return TRANSMIT_REFUSED;
    }
    if (w->now_ns - START_NS < w->s.busy_ns || world_chance(w, FAULT_BUSY, TO_PEER, nth)) {
        error_set(error, STATUS_RUN, "no room");
        return TRANSMIT_BUSY;
    }
    return 0;
}

int transmit_send(struct transmit *transmit, const struct outgoing *segment, unsigned ifindex,
                  const uint8_t **bytes, struct error *error)
{
    struct world *w = world;
    struct packet packet = packet_of(segment);
    char text[128];
    uint32_t nth = w->sendings++;
    (void)transmit;
    (void)ifindex;
    frame_write(&w->sent, &packet);
    int code = kernel_says(w, nth, error);
    oracle_begins(w);
    if (w->trace)
        world_tell(w, "prober ->  %s%s", packet_text(&packet, w->oracle.iss, w->s.peer.iss, text),
                   code == 0 ? "" : "  (not sent)");
    oracle_sends(w, segment, code);
    w->now_ns += SENDING_NS;
    *bytes = w->sent.bytes + ETHERNET;
    if (code != 0)
        return code;
    leave(w, nth);
    return datagram_len(&w->sent);
}

enum host_error transmit_refusal(const struct transmit *transmit)
{
    (void)transmit;
    return HOST_EPERM;
}

void transmit_send_batch(struct transmit *transmit, struct transmission *batch, size_t count)
{
    static struct bytes_frame sent[TRANSMIT_BATCH]; /* until the next call */
    const uint8_t *bytes;
    for (size_t i = 0; i < count; i++) {
        batch[i].code =
            transmit_send(transmit, &batch[i].segment, batch[i].ifindex, &bytes, &batch[i].error);
        sent[i] = world->sent;
        batch[i].bytes = sent[i].bytes + ETHERNET;
        batch[i].refusal = HOST_EPERM;
    }
}

/* files/recording.h */

struct recording *recording_create(const char *path, struct error *error)
{
    struct recording *recording = world->lasting.recording;
    (void)path;
    (void)error;
    recording->count = recording->arena_len = 0;
    recording->full = false;
    recording->interfaces = 0;
    return recording;
}

struct outlet *recording_outlet(struct recording *recording)
{
    (void)recording;
    return NULL;
}

int recording_close(struct recording *recording, struct error *error)
{
    (void)recording;
    (void)error;
    return 0;
}

int recording_interface(struct recording *recording, const char *name, uint16_t linktype,
                        uint32_t snaplen, struct error *error)
{
    (void)name;
    (void)snaplen;
    (void)error;
    recording->interface_link[recording->interfaces] = linktype;
    return recording->interfaces++;
}

static struct recorded *next_recorded(struct recording *recording, const char *comment)
{
    if (recording->count == RECORDED_MAX) {
        recording->full = true;
        return NULL;
    }
    struct recorded *recorded = &recording->packets[recording->count++];
    recorded->captured_len = 0;
    snprintf(recorded->comment, sizeof recorded->comment, "%s", comment != NULL ? comment : "");
    return recorded;
}

int recording_packet(struct recording *recording, int interface, const struct frame *frame,
                     const char *comment, struct error *error)
{
    (void)error;
    if (recording->arena_len + frame->captured_len > ARENA_MAX)
        recording->full = true;
    struct recorded *recorded = recording->full ? NULL : next_recorded(recording, comment);
    if (recorded == NULL)
        return 0;
    recorded->time_ns = frame->time_ns;
    recorded->at = recording->arena_len;
    recorded->captured_len = frame->captured_len;
    recorded->wire_len = frame->wire_len;
    recorded->interface = interface;
    memcpy(recording->arena + recording->arena_len, frame->bytes, frame->captured_len);
    recording->arena_len += frame->captured_len;
    return 0;
}

int recording_remark(struct recording *recording, const char *comment, struct error *error)
{
    (void)error;
    next_recorded(recording, comment);
    return 0;
}

/* output/output.h */

void output_result(struct output *output, struct connection_result *result)
{
    struct world *w = world;
    (void)output;
    w->reports[w->replaying]++;
    findings_of(result, &w->diagnoses);
    result->diagnoses = &w->diagnoses;
    report_connection(&w->report, result);
    if (w->replaying)
        return;
    w->result = *result;
    oracle_reports(w, result);
    if (!w->failed && w->oracle.begun)
        truth_reports(w, result);
    w->result.steps = NULL; /* they do not last */
}

void output_connection(struct output *output, const struct conversation *conversation)
{
    struct connection_result result;
    conversation_result(conversation, &result);
    output_result(output, &result);
}

/* The run. */

static void open_report(struct world *w)
{
    static const struct report_style style = {.layout = LAYOUT_LADDER, .columns = 80};
    FILE *file = w->lasting.report_file[w->replaying];
    rewind(file);
    report_open(&w->report, report_format_find(w->format), &style, file);
}

static void close_report(struct world *w)
{
    FILE *file = w->lasting.report_file[w->replaying];
    report_finish(&w->report);
    w->report_len[w->replaying] = ftell(file);
}

void host_report(struct world *w, bool replaying, void (*make)(struct world *w))
{
    w->replaying = replaying;
    open_report(w);
    make(w);
    close_report(w);
}

static void wire(struct world *w)
{
    struct error error;
    w->sender = (struct sender){.warned_of_refusal = true};
    recorder_open(&w->recorder, "-", &error);
    w->tap = (struct tap){.interface = INTERFACE, .unseen_recorded_as = -1};
    w->tap.recorded_as = recorder_interface(&w->recorder, INTERFACE, LINKTYPE_ETHERNET);
    const struct lane_request request = {
        .ipv4 = true, .ipv6 = true, .ports = 1, .port = w->s.ours.port};
    if (lane_choose(&w->lane, &request, &error) != 0 || lane_open(&w->lane, &request, &error) != 0)
        abort();
    w->flights = (struct flights){.sender = &w->sender,
                                  .recorder = &w->recorder,
                                  .timers = &w->timers,
                                  .failure = &w->failure,
                                  .lane = &w->lane,
                                  .output = &w->output};
    if (flights_open(&w->flights, &error) != 0)
        abort();
}

void host_open(struct world *w)
{
    wire(w);
    w->random = rng_for(w->s.seed, 77);
    w->format = w->s.seed % 8 == 0 ? "text" : w->s.seed % 8 == 1 ? "csv" : "json";
    if (w->trace)
        w->format = "text";
    open_report(w);
}

void host_begin(struct world *w)
{
    struct error error;
    const struct attempt attempt = {
        .target = "peer.example",
        .server = w->s.theirs,
        .route = {.source = w->s.ours.address, .device_mtu = 1500},
        .tap = &w->tap,
        .plan = w->s.plan,
    };
    if (flights_begin(&w->flights, &attempt, 0, &error) != 0)
        world_fail(w, "begins", "%s", error.text);
    flights_flush(&w->flights);
    oracle_after_step(w);
}

/* What the capture shows has reached TCP, unless its checksum is wrong. */
static void count_delivered(struct world *w, const struct frame *frame)
{
    struct segment segment;
    if (segment_decode(frame, &segment) == SEGMENT_TCP && segment.checksum != CHECKSUM_BAD &&
        (endpoint_equal(&segment.dst, &w->s.ours) || w->oracle.reaches_tcp))
        w->delivered++;
}

void host_read(struct world *w, const struct event *event)
{
    uint32_t len = event->frame.len;
    struct frame frame = {
        .time_ns = EPOCH_NS + (event->stamp_ns - START_NS),
        .bytes = event->frame.bytes,
        .captured_len = len < CAPTURE_SNAPLEN ? len : CAPTURE_SNAPLEN,
        .wire_len = len,
        .link = LINK_ETHERNET,
    };
    truth_reads(w, event);
    oracle_reads(w, &frame, event->outgoing, event->damaged);
    count_delivered(w, &frame);
    flights_take_frame(&w->flights, &w->tap, &frame);
    flights_flush(&w->flights);
    oracle_after_step(w);
}

void host_fire(struct world *w)
{
    while (!w->failed && timers_fire_one(&w->timers, w->now_ns)) {
        flights_flush(&w->flights);
        oracle_after_step(w);
    }
}

void host_cancel(struct world *w)
{
    if (w->cancelled)
        return;
    w->cancelled = true;
    world_tell(w, "cancelled");
    flights_cancel(&w->flights);
    oracle_after_step(w);
}

void host_close(struct world *w)
{
    if (flights_count(&w->flights) > 0)
        w->failed = true; /* it was broken off: what is reported now is of no interest */
    flights_close(&w->flights);
    close_report(w);
    lane_close(&w->lane);
    timers_free(&w->timers);
}
