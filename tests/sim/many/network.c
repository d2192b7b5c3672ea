/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts, and the links to them. */
#include <stdlib.h>
#include <string.h>

#include "many.h"

#define ECHO_NS       (5 * US)
#define SYN_ACK_TRIES 4u
#define FIN_TRIES     4u
#define TIME_WAIT_NS  (60 * SECOND)
#define ARP_NS        (3 * SECOND)
#define REPLIES_BURST 8

enum purpose { OF_LOSS = 1, OF_JITTER, OF_NUMBER, OF_THINKING };

uint64_t network_dice(uint64_t purpose, uint64_t which, uint64_t nth, uint64_t n)
{
    return rng_mix(rng_mix(world->s.seed ^ purpose << 48) ^ rng_mix(which << 32 ^ nth)) % n;
}

/* What is under way: the earliest first, and then by the order in which it was added. */

static bool earlier(const struct event *a, const struct event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void swap(struct event **heap, unsigned a, unsigned b)
{
    struct event *event = heap[a];
    heap[a] = heap[b];
    heap[b] = event;
}

static struct event *new_event(struct world *w)
{
    struct event *event = w->unused;
    if (event != NULL)
        w->unused = event->next;
    else if ((event = malloc(sizeof *event)) == NULL)
        abort();
    return event;
}

struct event *network_event(enum event_kind kind, int64_t at_ns)
{
    struct world *w = world;
    struct event *event = new_event(w);
    if (w->heap_count == w->heap_room) {
        w->heap_room = w->heap_room * 2 + 1024;
        w->heap = realloc(w->heap, w->heap_room * sizeof(struct event *));
        if (w->heap == NULL)
            abort();
    }
    event->at_ns = at_ns;
    event->order = w->order++;
    event->kind = kind;
    event->tuple = NULL;
    event->says = KINDS;
    event->outgoing = false;
    event->next = NULL;
    unsigned at = w->heap_count++;
    w->heap[at] = event;
    for (; at > 0 && earlier(w->heap[at], w->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(w->heap, at, (at - 1) / 2);
    return event;
}

static struct event *take_first(struct world *w)
{
    struct event **heap = w->heap;
    struct event *first = heap[0];
    heap[0] = heap[--w->heap_count];
    for (unsigned at = 0, least = 0;; at = least) {
        for (unsigned child = 2 * at + 1; child <= 2 * at + 2 && child < w->heap_count; child++)
            if (earlier(heap[child], heap[least]))
                least = child;
        if (least == at)
            return first;
        swap(heap, at, least);
    }
}

void network_give_back(struct event *event)
{
    event->next = world->unused;
    world->unused = event;
}

/* Tuples */

struct target *network_target(const struct endpoint *theirs)
{
    struct world *w = world;
    for (uint32_t i = 0; i < w->s.host_count; i++) {
        const struct host *host = &w->s.hosts[i];
        uint32_t nth = (uint32_t)theirs->port - host->first_port;
        if (nth < host->port_count && address_equal(&theirs->address, &host->address))
            return &w->targets[host->first_target + nth];
    }
    return NULL;
}

static struct host *host_of(const struct tuple *tuple)
{
    return &world->s.hosts[world->targets[tuple->target].host];
}

struct tuple *network_tuple(const struct endpoint *ours, const struct endpoint *theirs, bool make)
{
    const struct target *target = network_target(theirs);
    if (target == NULL)
        return NULL;
    uint32_t number = (uint32_t)(target - world->targets);
    struct tuple **at = &world->chains[(number * 31u + ours->port * 2654435761u) % TUPLES_CHAINS];
    while (*at != NULL && ((*at)->target != number || (*at)->our_port != ours->port))
        at = &(*at)->next;
    if (*at != NULL || !make)
        return *at;
    *at = calloc(1, sizeof **at);
    if (*at == NULL)
        abort();
    (*at)->target = number;
    (*at)->our_port = ours->port;
    (*at)->ours = *ours;
    (*at)->theirs = *theirs;
    (*at)->heard_first = KINDS;
    return *at;
}

/* The way to us */

static bool is_lost(struct host *host)
{
    uint32_t which = (uint32_t)(host - world->s.hosts);
    return network_dice(OF_LOSS, which, host->frames++, 1000) < host->loss_permille;
}

static int64_t delay_ns(struct host *host)
{
    uint32_t which = (uint32_t)(host - world->s.hosts);
    int64_t jitter_ns = host->jitter_ns;
    return host->delay_ns + (jitter_ns > 0 ? (int64_t)network_dice(OF_JITTER, which, host->frames,
                                                                   (uint64_t)jitter_ns)
                                           : 0);
}

/* By a bucket, as nftables' limit does. */
static bool may_reply(struct host *host)
{
    int64_t now_ns = world->now_ns;
    if (host->replies_most == 0)
        return true;
    int64_t spacing_ns = SECOND / host->replies_most;
    if (host->replies_due_ns - now_ns > REPLIES_BURST * spacing_ns)
        return false;
    host->replies_due_ns =
        (host->replies_due_ns > now_ns ? host->replies_due_ns : now_ns) + spacing_ns;
    return true;
}

static void keep(struct event *event, const struct bytes_frame *frame)
{
    event->len = frame->len < FRAME_KEPT_MAX ? frame->len : FRAME_KEPT_MAX;
    memcpy(event->bytes, frame->bytes, event->len);
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A maximum segment size in SYN/ACKs, and timestamps where they were agreed on. */
static void add_options(const struct tuple *tuple, struct packet *packet)
{
    static const uint8_t mss[] = {2, 4, 5, 180};
    if ((packet->flags & F_SYN) != 0) {
        memcpy(packet->options, mss, sizeof mss);
        packet->options_len = sizeof mss;
    }
    if (!host_of(tuple)->timestamps || (packet->flags & F_RST) != 0)
        return;
    uint8_t *at = packet->options + packet->options_len;
    memcpy(at, (const uint8_t[]){1, 1, 8, 10}, 4);
    put32(at + 4, 1000 + (uint32_t)((world->now_ns - START_NS) / MS));
    put32(at + 8, tuple->tsval);
    packet->options_len += 12;
}

static void send_back(struct tuple *tuple, const struct bytes_frame *frame, enum port_kind says,
                      uint32_t answers)
{
    struct host *host = host_of(tuple);
    if (!may_reply(host) || is_lost(host))
        return;
    struct event *event = network_event(EVENT_TO_US, world->now_ns + delay_ns(host));
    event->tuple = tuple;
    event->says = says;
    event->answers = answers;
    keep(event, frame);
}

static void reply(struct tuple *tuple, uint16_t flags, uint32_t seq, uint32_t ack)
{
    struct bytes_frame frame;
    struct packet packet = {.src = tuple->theirs,
                            .dst = tuple->ours,
                            .seq = seq,
                            .ack = ack,
                            .flags = flags,
                            .window = 29200,
                            .ip_id = (uint16_t)network_dice(OF_NUMBER, 7, world->order, 65536),
                            .ttl = 60};
    enum port_kind says = (flags & F_SYN) != 0   ? KIND_OPEN
                          : (flags & F_RST) != 0 ? KIND_CLOSED
                                                 : KINDS;
    add_options(tuple, &packet);
    frame_write(&frame, &packet);
    send_back(tuple, &frame, says, ack - 1);
}

/* An ICMP error about the SYN with that number. */
static void write_error(const struct tuple *tuple, const struct address *from, uint32_t seq,
                        bool prohibited, struct bytes_frame *frame)
{
    bool v6 = tuple->theirs.address.family == FAMILY_IPV6;
    const struct icmp_packet icmp = {.from = *from,
                                     .src = tuple->ours,
                                     .dst = tuple->theirs,
                                     .seq = seq,
                                     .type = v6 ? 1 : 3,
                                     .code = prohibited ? (v6 ? 1 : 13) : (v6 ? 3 : 1)};
    frame_write_icmp(frame, &icmp, 20);
}

static void reply_prohibited(struct tuple *tuple, uint32_t seq)
{
    struct bytes_frame frame;
    struct address router = tuple->theirs.address;
    router.bytes[address_len(&router) - 1] = 254;
    write_error(tuple, &router, seq, true, &frame);
    send_back(tuple, &frame, KIND_PROHIBITED, seq);
}

/* The server */

static void set_server_timer(struct tuple *tuple, int64_t pause_ns)
{
    struct event *event = network_event(EVENT_SERVER, world->now_ns + pause_ns);
    event->tuple = tuple;
    event->generation = ++tuple->generation;
}

static void send_syn_ack(struct tuple *tuple)
{
    reply(tuple, F_SYN | F_ACK, tuple->server_iss, tuple->rcv_nxt);
    if (tuple->tries++ < SYN_ACK_TRIES)
        set_server_timer(tuple, SECOND << (tuple->tries - 1));
}

static void send_fin(struct tuple *tuple)
{
    reply(tuple, F_FIN | F_ACK, tuple->server_iss + 1, tuple->rcv_nxt);
    if (tuple->tries++ < FIN_TRIES)
        set_server_timer(tuple, 200 * MS << (tuple->tries - 1));
    else
        tuple->server = SERVER_LISTENS;
}

static void listen_for(struct tuple *tuple, uint32_t seq)
{
    tuple->server = SERVER_SYN_RCVD;
    tuple->irs = seq;
    tuple->rcv_nxt = seq + 1;
    tuple->server_iss = (uint32_t)network_dice(OF_NUMBER, tuple->target, world->order, 1ull << 32);
    tuple->tries = 0;
    send_syn_ack(tuple);
}

static void open_server(struct tuple *tuple)
{
    tuple->server = SERVER_OPEN;
    tuple->generation++;
    tuple->tries = 0;
    if (host_of(tuple)->closes_first)
        set_server_timer(tuple,
                         (int64_t)network_dice(OF_THINKING, tuple->target, world->order, 2 * MS));
}

/* RFC 9293, 3.10.7, as far as it matters for who begins and ends. */
static void take_syn(struct tuple *tuple, uint32_t seq)
{
    bool again = tuple->server == SERVER_SYN_RCVD && tuple->irs == seq;
    bool over = tuple->server == SERVER_LISTENS || tuple->server == SERVER_SYN_RCVD ||
                (tuple->server == SERVER_TIME_WAIT &&
                 (world->now_ns >= tuple->until_ns || after(seq, tuple->rcv_nxt)));
    if (tuple->server == SERVER_TIME_WAIT && world->now_ns < tuple->until_ns)
        world->statistics->in_time_wait++;
    if (again)
        send_syn_ack(tuple);
    else if (over)
        listen_for(tuple, seq);
    else
        reply(tuple, F_ACK, tuple->server_iss + 1, tuple->rcv_nxt);
}

static void take_fin(struct tuple *tuple, const struct event *event)
{
    if (event->seq != tuple->rcv_nxt) {
        reply(tuple, F_ACK, tuple->server_iss + 1 + (tuple->server == SERVER_TIME_WAIT),
              tuple->rcv_nxt);
        return;
    }
    tuple->rcv_nxt++;
    tuple->tries = 0;
    if (tuple->server == SERVER_OPEN) {
        tuple->server = SERVER_LAST_ACK;
        send_fin(tuple);
        return;
    }
    tuple->server = SERVER_TIME_WAIT;
    tuple->until_ns = world->now_ns + TIME_WAIT_NS;
    tuple->generation++;
    reply(tuple, F_ACK, tuple->server_iss + 2, tuple->rcv_nxt);
}

static void take_by_server(struct tuple *tuple, const struct event *event)
{
    bool acks_all = (event->flags & F_ACK) != 0 && event->ack == tuple->server_iss + 2;
    tuple->tsval = event->tsval;
    if ((event->flags & F_RST) != 0) {
        if (event->seq == tuple->rcv_nxt && tuple->server != SERVER_TIME_WAIT)
            tuple->server = SERVER_LISTENS;
        return;
    }
    if ((event->flags & F_SYN) != 0) {
        take_syn(tuple, event->seq);
        return;
    }
    if (tuple->server == SERVER_LISTENS) {
        reply(tuple, F_RST, event->ack, 0);
        return;
    }
    if (tuple->server == SERVER_SYN_RCVD && event->ack == tuple->server_iss + 1)
        open_server(tuple);
    if (tuple->server == SERVER_LAST_ACK && acks_all)
        tuple->server = SERVER_LISTENS;
    else if ((event->flags & F_FIN) != 0 && tuple->server != SERVER_SYN_RCVD)
        take_fin(tuple, event);
}

static void server_is_due(struct tuple *tuple)
{
    if (tuple->server == SERVER_SYN_RCVD)
        send_syn_ack(tuple);
    else if (tuple->server == SERVER_OPEN)
        tuple->server = SERVER_FIN_WAIT;
    if (tuple->server == SERVER_FIN_WAIT || tuple->server == SERVER_LAST_ACK)
        send_fin(tuple);
}

static void arrive_at_host(struct tuple *tuple, const struct event *event)
{
    bool syn = (event->flags & (F_SYN | F_ACK)) == F_SYN;
    switch ((enum port_kind)world->targets[tuple->target].kind) {
    case KIND_OPEN:
        take_by_server(tuple, event);
        return;
    case KIND_CLOSED:
        if (syn)
            reply(tuple, F_RST | F_ACK, 0, event->seq + 1);
        return;
    case KIND_PROHIBITED:
        if (syn)
            reply_prohibited(tuple, event->seq);
        return;
    case KIND_SILENT:
    case KINDS:
        return;
    }
}

/* Our end */

static bool is_deaf(const struct world *w)
{
    for (unsigned i = 0; i < w->s.deaf_count; i++)
        if (w->now_ns >= w->s.deaf[i].from_ns && w->now_ns < w->s.deaf[i].to_ns)
            return true;
    return false;
}

static void put_into_ring(struct capture *capture, struct event *event)
{
    event->stamp_ns = world->now_ns;
    event->next = NULL;
    *(capture->head != NULL ? &capture->tail->next : &capture->head) = event;
    capture->tail = event;
    capture->waiting++;
}

static struct capture *capture_on(unsigned interface)
{
    for (unsigned i = 0; i < CAPTURES; i++)
        if (world->captures[i].interface == interface)
            return &world->captures[i];
    return NULL;
}

/* Returns whether it was kept: then it is given back once it was read. */
static bool capture_frame(struct event *event)
{
    struct world *w = world;
    struct tuple *tuple = event->tuple;
    struct capture *capture = capture_on(host_of(tuple)->interface);
    if (!event->outgoing && event->says != KIND_PROHIBITED)
        w->delivered[tuple->our_port]++;
    if (capture == NULL)
        return false;
    if (capture->waiting >= capture->room || is_deaf(w)) {
        capture->dropped++;
        w->statistics->dropped++;
        if (!event->outgoing && event->says != KINDS && tuple->alive &&
            event->answers == tuple->iss) {
            tuple->dropped++;
            tuple->last_dropped = true;
        }
        return false;
    }
    put_into_ring(capture, event);
    if (!event->outgoing && event->says != KINDS && tuple->unread++ == 0)
        tuple->unread_since_ns = w->now_ns;
    if (event->says == KIND_OPEN && tuple->alive && event->answers == tuple->iss &&
        tuple->heard_first == KINDS && !tuple->awaits_ack) {
        tuple->awaits_ack = true;
        tuple->syns_before = w->syns;
    }
    return true;
}

/* The kernel tells itself, by the loopback interface. */
static void give_neighbour_up(struct event *event)
{
    struct bytes_frame frame;
    write_error(event->tuple, &event->tuple->ours.address, event->seq, false, &frame);
    keep(event, &frame);
    event->says = KIND_PROHIBITED;
    event->answers = event->seq;
    if (world->s.sees_all) {
        put_into_ring(&world->captures[CAPTURE_ANY], event);
        return;
    }
    event->stamp_ns = world->now_ns;
    struct event **at = &world->local_errors;
    while (*at != NULL)
        at = &(*at)->next;
    event->next = NULL;
    *at = event;
}

/* Returns whether the event is kept. */
static bool happen(struct event *event)
{
    world->statistics->events++;
    switch (event->kind) {
    case EVENT_TO_HOST:
        arrive_at_host(event->tuple, event);
        return false;
    case EVENT_TO_US:
        return capture_frame(event);
    case EVENT_SERVER:
        if (event->generation == event->tuple->generation)
            server_is_due(event->tuple);
        return false;
    case EVENT_UNREACHABLE:
        give_neighbour_up(event);
        return true;
    case EVENT_LOCATED:
        world->located = true;
        return false;
    case EVENT_INTERRUPT:
        world->interrupts++;
        world->interrupted = true;
        return false;
    case EVENT_DEADLINE: /* which the program keeps itself */
        world->interrupted = true;
        return false;
    }
    return false;
}

int64_t network_next_ns(void)
{
    return world->heap_count > 0 ? world->heap[0]->at_ns : NEVER;
}

static bool has_news(const struct world *w)
{
    for (unsigned i = 0; i < CAPTURES; i++)
        if (w->captures[i].head != NULL)
            return true;
    return w->local_errors != NULL || w->located || w->interrupts > 0;
}

bool network_advance(int64_t now_ns)
{
    struct world *w = world;
    while (network_next_ns() <= now_ns) {
        struct event *event = take_first(w);
        if (event->at_ns > w->now_ns)
            w->now_ns = event->at_ns;
        if (!happen(event))
            network_give_back(event);
    }
    if (now_ns > w->now_ns)
        w->now_ns = now_ns;
    return has_news(w);
}

/* A neighbour that does not answer keeps what is sent to it from leaving. */
static void wait_for_neighbour(struct tuple *tuple, const struct outgoing *segment)
{
    struct event *event = network_event(EVENT_UNREACHABLE, world->now_ns + ARP_NS);
    event->tuple = tuple;
    event->seq = segment->seq;
}

void network_carry(const struct outgoing *segment, struct tuple *tuple,
                   const struct bytes_frame *frame, bool echo)
{
    struct world *w = world;
    struct host *host = host_of(tuple);
    if (host->on_link && host->absent) {
        wait_for_neighbour(tuple, segment);
        return;
    }
    if (echo) {
        struct event *event = network_event(EVENT_TO_US, w->now_ns + ECHO_NS);
        event->tuple = tuple;
        event->outgoing = true;
        keep(event, frame);
    }
    if (is_lost(host))
        return;
    struct event *event = network_event(EVENT_TO_HOST, w->now_ns + ECHO_NS + delay_ns(host));
    event->tuple = tuple;
    event->flags = segment->flags;
    event->seq = segment->seq;
    event->ack = segment->ack;
    event->tsval = segment->options.has_timestamps ? segment->options.tsval : 0;
}

static void free_tuples(struct world *w)
{
    for (unsigned i = 0; i < TUPLES_CHAINS; i++)
        while (w->chains[i] != NULL) {
            struct tuple *tuple = w->chains[i];
            w->chains[i] = tuple->next;
            free(tuple);
        }
}

static void give_all_back(struct event *event)
{
    while (event != NULL) {
        struct event *next = event->next;
        network_give_back(event);
        event = next;
    }
}

void network_begin(struct world *w)
{
    for (unsigned i = 0; i < CAPTURES; i++)
        w->captures[i] =
            (struct capture){.number = i, .interface = INTERFACES, .room = w->s.ring_room};
    for (uint32_t i = 0; i < w->s.host_count; i++)
        w->s.hosts[i].replies_due_ns = w->s.hosts[i].frames = 0;
    w->now_ns = START_NS;
    w->located = false;
    w->interrupts = 0;
    w->interrupted = w->told = w->going = false;
    w->spares = 0;
    memset(w->delivered, 0, sizeof w->delivered);
    if (w->s.interrupt_ns != NEVER)
        network_event(EVENT_INTERRUPT, START_NS + w->s.interrupt_ns);
    if (w->s.deadline_ns != NEVER)
        network_event(EVENT_DEADLINE, START_NS + w->s.deadline_ns);
}

void network_end(struct world *w)
{
    while (w->heap_count > 0)
        network_give_back(take_first(w));
    for (unsigned i = 0; i < CAPTURES; i++)
        give_all_back(w->captures[i].head);
    give_all_back(w->local_errors);
    w->local_errors = NULL;
    free_tuples(w);
}
