/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection in flight: its segments go out, what the captures saw of it comes in. */
#include "live/flight.h"

#include <stdlib.h>
#include <string.h>

#include "net/clock.h"

#define BUSY_PAUSE_NS INT64_C(5000000) /* before a full send buffer is tried again */
#define BUSY_MOST_NS  INT64_C(60000000000)
#define SEND_BATCH    32  /* segments of one probe before the capture is read again */
#define LINKTYPE_RAW  101 /* begins with the IP header: for segments that were not captured */

static struct probe *find_probe(const struct run *run, const struct endpoint *ours,
                                const struct endpoint *theirs)
{
    struct probe *probe = run->by_port[ours->port];
    while (probe != NULL &&
           !(endpoint_equal(&probe->src, ours) && endpoint_equal(&probe->dst, theirs)))
        probe = probe->next_on_port;
    return probe;
}

static void record(struct run *run, int interface, const struct frame *frame,
                   const struct annotation *annotation)
{
    char comment[ANNOTATION_MAX];
    struct error error;
    if (run->recording == NULL || run->recording_failed)
        return;
    if (recording_packet(run->recording, interface, frame, annotation_format(annotation, comment),
                         &error) != 0)
        live_fail_recording(run, &error);
}

/* Everything that a conversation learns goes through here, so that the recording has it too. */
static void feed(struct run *run, struct probe *probe, int recording_interface_id,
                 const struct frame *frame, const struct segment *segment, enum segment_kind kind,
                 enum origin origin)
{
    struct annotation annotation = {.origin = origin, .resolve_ns = DURATION_UNKNOWN};
    bool first = probe->conversation == NULL;
    if (first && kind == SEGMENT_ICMP_ERROR)
        return;
    if (!first && kind == SEGMENT_TCP && conversation_is_succeeded_by(probe->conversation, segment))
        return; /* a connection of the peer's own, on our tuple: not what this probe is about */
    if (first) {
        snprintf(annotation.target, sizeof annotation.target, "%s", probe->job->host);
        annotation.resolve_ns = probe->job->resolve_ns;
    }
    record(run, recording_interface_id, frame, &annotation);
    struct conversation *c = flows_input(run->flows, segment, kind, origin);
    if (c == NULL || !first)
        return;
    probe->conversation = c;
    c->target = probe->job->host;
    c->resolve_ns = probe->job->resolve_ns;
    probe->job->resolve_ns = DURATION_UNKNOWN;
    c->interface = capture_interface(probe->tap->capture);
}

static int unseen_interface(struct run *run, struct tap *tap)
{
    struct error error;
    if (run->recording != NULL && !run->recording_failed && tap->unseen_interface < 0) {
        tap->unseen_interface = recording_interface(run->recording, capture_interface(tap->capture),
                                                    LINKTYPE_RAW, CAPTURE_SNAPLEN, &error);
        if (tap->unseen_interface < 0)
            live_fail_recording(run, &error);
    }
    return tap->unseen_interface;
}

/* The oldest segment that did not come back enters the conversation with the time of sending. */
static void take_unseen(struct run *run, struct probe *probe)
{
    struct segment segment;
    struct echo *echo = echoes_give_up(&probe->echoes);
    struct frame frame = {
        .time_ns = echo->sent_epoch_ns,
        .bytes = echo->bytes,
        .captured_len = echo->len < CAPTURE_SNAPLEN ? echo->len : CAPTURE_SNAPLEN,
        .wire_len = echo->len,
        .link = LINK_RAW,
    };
    if (segment_decode(&frame, &segment) == SEGMENT_TCP)
        feed(run, probe, unseen_interface(run, probe->tap), &frame, &segment, SEGMENT_TCP,
             ORIGIN_USER_SPACE);
    free(echo);
}

static enum origin origin_of(enum echo_match match, const struct segment *segment)
{
    bool reset = (segment->flags & TCP_RST) != 0;
    return match == ECHO_FOREIGN && reset ? ORIGIN_LOCAL_KERNEL : ORIGIN_WIRE;
}

static void advance(struct run *run, struct probe *probe, int64_t now_ns);

static void take_outgoing(struct run *run, struct probe *probe, const struct tap *tap,
                          const struct frame *frame, const struct segment *segment)
{
    enum echo_match match = echoes_match(&probe->echoes, segment);
    if (match == ECHO_LATE)
        return;
    feed(run, probe, tap->recording_interface, frame, segment, SEGMENT_TCP,
         origin_of(match, segment));
}

static void take_incoming(struct run *run, struct probe *probe, const struct tap *tap,
                          const struct frame *frame, const struct segment *segment)
{
    while (echoes_acknowledged(&probe->echoes, segment))
        take_unseen(run, probe);
    if (probe->conversation != NULL) /* before our SYN nothing can be an answer */
        feed(run, probe, tap->recording_interface, frame, segment, SEGMENT_TCP, ORIGIN_WIRE);
}

static void take_icmp(struct run *run, struct probe *probe, const struct tap *tap,
                      const struct frame *frame, const struct segment *error)
{
    while (echoes_quoted(&probe->echoes, error))
        take_unseen(run, probe);
    feed(run, probe, tap->recording_interface, frame, error, SEGMENT_ICMP_ERROR, ORIGIN_WIRE);
}

void flight_take_frame(void *context, struct capture *capture, const struct frame *frame)
{
    struct run *run = ((struct flight_tap *)context)->run;
    const struct tap *tap = ((struct flight_tap *)context)->tap;
    struct segment segment;
    struct probe *probe = NULL;
    (void)capture;
    enum segment_kind kind = segment_decode(frame, &segment);
    if (kind == SEGMENT_ICMP_ERROR) {
        if ((probe = find_probe(run, &segment.src, &segment.dst)) != NULL)
            take_icmp(run, probe, tap, frame, &segment);
    } else if (kind == SEGMENT_TCP &&
               (probe = find_probe(run, &segment.src, &segment.dst)) != NULL) {
        take_outgoing(run, probe, tap, frame, &segment);
    } else if (kind == SEGMENT_TCP &&
               (probe = find_probe(run, &segment.dst, &segment.src)) != NULL) {
        take_incoming(run, probe, tap, frame, &segment);
    }
    if (probe != NULL)
        advance(run, probe, clock_monotonic_ns());
}

/* On the loopback interface the capture sees such an error too. */
void flight_take_local_error(void *context, const struct frame *frame)
{
    struct run *run = context;
    struct segment segment;
    if (live_tap(run, LOOPBACK) != NULL || segment_decode(frame, &segment) != SEGMENT_ICMP_ERROR)
        return;
    struct probe *probe = find_probe(run, &segment.src, &segment.dst);
    if (probe == NULL)
        return;
    while (probe->echoes.head != NULL)
        take_unseen(run, probe); /* the error is about something that never left */
    feed(run, probe, unseen_interface(run, probe->tap), frame, &segment, SEGMENT_ICMP_ERROR,
         ORIGIN_WIRE);
    advance(run, probe, clock_monotonic_ns());
}

static void unlist_probe(struct run *run, struct probe *probe)
{
    struct probe **at = &run->by_port[probe->src.port];
    while (*at != probe)
        at = &(*at)->next_on_port;
    *at = probe->next_on_port;
}

void flight_report_unsent(struct run *run, struct job *job, enum reason reason)
{
    struct no_route no_route = {.server = job->server,
                                .reason = reason,
                                .time_ns = clock_epoch_ns(),
                                .resolve_ns = job->resolve_ns};
    job->resolve_ns = DURATION_UNKNOWN;
    struct connection_result result;
    char comment[ANNOTATION_MAX];
    snprintf(no_route.target, sizeof no_route.target, "%s", job->host);
    no_route_result(&no_route, &result);
    output_result(run->output, &result);
    live_remark(run, no_route_format(&no_route, comment));
}

void flight_watch_clock(struct run *run)
{
    int64_t step_ns = clock_watch_look(&run->clock);
    if (step_ns == 0 || run->in_flight == 0)
        return;
    if (run->options->verbosity > -2)
        warning("the clock was stepped by %+.6f s: the durations of connections in flight (%lu) "
                "are unknown",
                (double)step_ns / 1e9, (unsigned long)run->in_flight);
    for (uint32_t port = run->port_first; port <= run->port_last; port++)
        for (struct probe *probe = run->by_port[port]; probe != NULL; probe = probe->next_on_port)
            probe->clock_was_set = true;
}

static void report_probe(struct run *run, struct probe *probe)
{
    char comment[ANNOTATION_MAX];
    if (probe->conversation == NULL && probe->refused)
        flight_report_unsent(run, probe->job, REASON_ADMIN_PROHIBITED);
    if (probe->conversation == NULL)
        return;
    probe->conversation->clock_was_set = probe->clock_was_set;
    if (probe->clock_was_set)
        live_remark(run, clock_set_format(probe->conversation->endpoints, comment));
    probe->conversation->cut_short = probe->cut_short;
    if (probe->cut_short)
        live_remark(run, cut_short_format(probe->conversation->endpoints, comment));
    live_remark(run, end_format(probe->conversation->endpoints, comment));
    flows_finish(run->flows, probe->conversation);
    struct conversation *c;
    while ((c = flows_next_finished(run->flows)) != NULL) {
        output_connection(run->output, c);
        flows_release(run->flows, c);
    }
}

static void end_probe(struct run *run, struct probe *probe)
{
    flight_watch_clock(run);
    while (probe->echoes.head != NULL)
        take_unseen(run, probe);
    timers_unset(&run->timers, &probe->timer);
    unlist_probe(run, probe);
    guard_close(&probe->guard);
    report_probe(run, probe);
    free(probe);
    run->in_flight--;
}

/* Neighbours that do not answer keep what waits for them in the send buffer, for seconds. A first
 * segment then has to wait; a later one counts as lost on its way, as it would be one hop further
 * on. */
static bool wait_for_room(struct run *run, struct probe *probe)
{
    bool first = probe->conversation == NULL && probe->echoes.head == NULL;
    int64_t now_ns = clock_monotonic_ns();
    if (!first)
        return true;
    if (probe->busy_since_ns == 0)
        probe->busy_since_ns = now_ns;
    prober_begin_again(&probe->prober);
    return now_ns - probe->busy_since_ns < BUSY_MOST_NS && !run->cancelled;
}

/* What a failure to send means. Returns whether the probe goes on. */
static bool take_failure(struct run *run, struct probe *probe, int code, struct error *error)
{
    if (code == TRANSMIT_BUSY && wait_for_room(run, probe))
        return true;
    if (code == TRANSMIT_REFUSED) {
        probe->refused = true;
        if (!run->warned_of_refusal)
            warning("%s", error->text);
        run->warned_of_refusal = true;
        return false;
    }
    if (run->cancelled)
        return false;
    live_fail(run, error);
    return probe->conversation != NULL; /* the run is cancelled, and that resets what is open */
}

static bool transmit_segment(struct run *run, struct probe *probe, const struct outgoing *segment)
{
    struct error error;
    const uint8_t *bytes = NULL;
    int64_t epoch_ns = clock_epoch_ns();
    int64_t now_ns = clock_monotonic_ns();
    int len = transmit_send(run->transmit, segment, probe->ifindex, &bytes, &error);
    if (len < 0)
        return take_failure(run, probe, len, &error);
    probe->busy_since_ns = 0;
    uint32_t seq_len = segment->payload_len + ((segment->flags & TCP_SYN) != 0) +
                       ((segment->flags & TCP_FIN) != 0);
    struct echo_mark mark = {.seq = segment->seq,
                             .seq_end = segment->seq + seq_len,
                             .ack = segment->ack,
                             .flags = segment->flags,
                             .ip_id = segment->ip_id};
    if (!echoes_push(&probe->echoes, bytes, (uint32_t)len, &mark, epoch_ns, now_ns))
        live_fail_memory(run);
    return true;
}

/* When the probe is to be looked at again: its prober's wish, or the time to give an echo up. */
static void wake_at(struct run *run, struct probe *probe, int64_t wake_ns)
{
    const struct echo *oldest = probe->echoes.head;
    if (oldest != NULL && oldest->sent_monotonic_ns + ECHO_GRACE_NS < wake_ns)
        wake_ns = oldest->sent_monotonic_ns + ECHO_GRACE_NS;
    if (!timers_set(&run->timers, &probe->timer, wake_ns))
        live_fail_memory(run);
}

static void advance(struct run *run, struct probe *probe, int64_t now_ns)
{
    for (int sent = 0; !probe->stopped && sent < SEND_BATCH; sent++) {
        struct prober_action action = prober_next(&probe->prober, probe->conversation, now_ns);
        if (action.verb == PROBER_WAIT) {
            wake_at(run, probe, action.wake_ns);
            return;
        }
        probe->stopped =
            action.verb == PROBER_STOP || !transmit_segment(run, probe, &action.segment);
        if (!probe->stopped && probe->busy_since_ns != 0) {
            wake_at(run, probe, now_ns + BUSY_PAUSE_NS);
            return;
        }
    }
    bool awaits_echoes = probe->stopped && probe->echoes.head != NULL;
    wake_at(run, probe, awaits_echoes ? INT64_MAX : now_ns);
}

static void probe_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct run *run = context;
    struct probe *probe = (struct probe *)timer;
    while (probe->echoes.head != NULL &&
           probe->echoes.head->sent_monotonic_ns + ECHO_GRACE_NS <= now_ns)
        take_unseen(run, probe);
    if (!probe->stopped)
        advance(run, probe, now_ns);
    else if (probe->echoes.head != NULL)
        wake_at(run, probe, INT64_MAX);
    else {
        struct job *job = probe->job;
        end_probe(run, probe);
        run->on_landing(run, job, now_ns);
    }
}

int flight_begin(struct run *run, struct job *job, struct error *error)
{
    struct probe *probe = calloc(1, sizeof *probe);
    if (probe == NULL)
        return error_set(error, STATUS_RUN, "out of memory");
    if (guard_open_next(&probe->guard, &job->route.source, job->route.ifindex, &run->ports,
                        error) != 0) {
        free(probe);
        return -1;
    }
    probe->job = job;
    probe->tap = live_tap(run, job->route.interface);
    probe->dst = job->server;
    probe->ifindex = job->route.ifindex;
    probe->src = (struct endpoint){.address = job->route.source, .port = probe->guard.port};
    probe->timer.fire = probe_is_due;
    prober_init(&probe->prober, &job->plan, &probe->src, &job->server, live_random(), live_random(),
                (uint16_t)live_random());
    probe->next_on_port = run->by_port[probe->src.port];
    run->by_port[probe->src.port] = probe;
    run->in_flight++;
    advance(run, probe, clock_monotonic_ns());
    return 0;
}

void flight_cancel_all(struct run *run)
{
    int64_t now_ns = clock_monotonic_ns();
    for (uint32_t port = run->port_first; port <= run->port_last; port++) {
        for (struct probe *probe = run->by_port[port]; probe != NULL; probe = probe->next_on_port) {
            probe->cut_short = !probe->stopped;
            prober_cancel(&probe->prober);
            if (!probe->stopped)
                advance(run, probe, now_ns);
        }
    }
}

void flight_end_all(struct run *run)
{
    for (uint32_t port = 0; run->by_port != NULL && port <= UINT16_MAX; port++)
        while (run->by_port[port] != NULL)
            end_probe(run, run->by_port[port]);
}
