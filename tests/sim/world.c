/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct world *world;

bool world_open(struct world *w)
{
    struct lasting *l = &w->lasting;
    memset(w, 0, sizeof *w);
    world = w;
    l->heap = calloc(UNDER_WAY_MAX, sizeof *l->heap);
    l->recording = calloc(1, sizeof *l->recording);
    for (unsigned i = 0; i < 2; i++)
        l->report_file[i] = open_memstream(&l->report[i], &l->report_size[i]);
    return l->heap != NULL && l->recording != NULL && l->report_file[0] != NULL &&
           l->report_file[1] != NULL;
}

static void forget_events(struct world *w)
{
    while (w->heap_count > 0) {
        struct event *event = w->lasting.heap[--w->heap_count];
        event->next = w->lasting.unused;
        w->lasting.unused = event;
    }
    while (w->ring_head != NULL) {
        struct event *event = w->ring_head;
        w->ring_head = event->next;
        event->next = w->lasting.unused;
        w->lasting.unused = event;
    }
}

void world_close(struct world *w)
{
    struct lasting *l = &w->lasting;
    forget_events(w);
    for (struct event *event = l->unused, *next; event != NULL; event = next) {
        next = event->next;
        free(event);
    }
    for (unsigned i = 0; i < 2; i++) {
        fclose(l->report_file[i]);
        free(l->report[i]);
    }
    free(l->heap);
    free(l->recording);
}

void world_fail(struct world *w, const char *invariant, const char *format, ...)
{
    va_list arguments;
    if (w->failed)
        return;
    w->failed = true;
    w->invariant = invariant;
    va_start(arguments, format);
    vsnprintf(w->why, sizeof w->why, format, arguments);
    va_end(arguments);
    world_tell(w, "BROKEN: %s: %s", invariant, w->why);
}

void world_tell(const struct world *w, const char *format, ...)
{
    va_list arguments;
    if (!w->trace)
        return;
    printf("%12.6f  ", (double)(w->now_ns - START_NS) / 1e6);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

uint64_t world_dice(const struct world *w, unsigned purpose, unsigned where, uint32_t nth,
                    uint64_t n)
{
    uint64_t key = (uint64_t)purpose << 40 | (uint64_t)where << 36 | nth;
    return rng_mix(rng_mix(w->s.seed ^ 0xd1ce) ^ rng_mix(key)) % n;
}

bool world_chance(struct world *w, enum fault fault, unsigned where, uint32_t nth)
{
    if (w->s.link.permille[fault] == 0 ||
        world_dice(w, fault, where, nth, 1000) >= w->s.link.permille[fault] ||
        without_has_fault(&w->without, fault, where, nth))
        return false;
    w->fault_total[fault]++;
    if (w->happened_count < HAPPENED_MAX) {
        w->happened[w->happened_count].fault = fault;
        w->happened[w->happened_count].where = (uint8_t)where;
        w->happened[w->happened_count++].nth = nth;
    }
    world_tell(w, "  fault: %s@%c%u", fault_names[fault], where == TO_PEER ? 'c' : 's', nth);
    return true;
}

/* A binary heap by time, and then by the order in which events were added. */

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

struct event *world_new_event(struct world *w, enum event_kind kind, int64_t at_ns)
{
    struct event *event = w->lasting.unused;
    if (w->heap_count == UNDER_WAY_MAX) {
        world_fail(w, "storm", "more than %u frames are under way", UNDER_WAY_MAX);
        return NULL;
    }
    if (event != NULL)
        w->lasting.unused = event->next;
    else if ((event = malloc(sizeof *event)) == NULL)
        abort();
    event->at_ns = at_ns;
    event->order = w->order++;
    event->kind = kind;
    event->outgoing = event->damaged = false;
    event->next = NULL;
    event->frame.len = 0;
    event->frame.forged = false;
    struct event **heap = w->lasting.heap;
    unsigned at = w->heap_count++;
    heap[at] = event;
    for (; at > 0 && earlier(heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(heap, at, (at - 1) / 2);
    return event;
}

static struct event *take_first(struct world *w)
{
    struct event **heap = w->lasting.heap;
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

static void give_back(struct world *w, struct event *event)
{
    event->next = w->lasting.unused;
    w->lasting.unused = event;
}

struct flight *world_flight(const struct world *w)
{
    return pool_next(&w->flights.pool, NULL);
}

static void happen(struct world *w, struct event *event)
{
    if (event->kind == EVENT_CAPTURED) {
        if (w->ring_head == NULL)
            w->ring_since_ns = w->now_ns;
        *(w->ring_head != NULL ? &w->ring_tail->next : &w->ring_head) = event;
        w->ring_tail = event;
        event->next = NULL;
        return;
    }
    if (event->kind == EVENT_TO_PEER)
        peer_take(w, &event->frame, event->damaged);
    else if (event->kind == EVENT_ATTACK)
        hostile_attack(w, &w->s.attacks[event->attack]);
    else
        host_cancel(w);
    give_back(w, event);
}

/* When the host looks at what came, or at what is due; sometimes it is late. */
static int64_t host_next_ns(struct world *w)
{
    int64_t at_ns = timers_next_ns(&w->timers);
    if (w->ring_head != NULL && w->ring_since_ns < at_ns)
        at_ns = w->ring_since_ns;
    if (at_ns != NEVER && w->s.link.permille[FAULT_SLEEP] > 0 &&
        world_dice(w, FAULT_SLEEP, 0, w->wakes, 1000) < w->s.link.permille[FAULT_SLEEP] &&
        !without_has_fault(&w->without, FAULT_SLEEP, 0, w->wakes))
        at_ns += (int64_t)world_dice(w, FAULT_SLEEP, 1, w->wakes, (uint64_t)(60 * MS));
    return at_ns;
}

static void host_wakes(struct world *w)
{
    world_chance(w, FAULT_SLEEP, 0, w->wakes); /* so that it is known to have happened */
    w->wakes++;
    while (w->ring_head != NULL && !w->failed) {
        struct event *event = w->ring_head;
        w->ring_head = event->next;
        host_read(w, event);
        give_back(w, event);
    }
    host_fire(w);
}

static void go_round(struct world *w)
{
    int64_t event_ns = w->heap_count > 0 ? w->lasting.heap[0]->at_ns : NEVER;
    int64_t peer_ns = peer_next_ns(&w->peer);
    int64_t host_ns = host_next_ns(w);
    int64_t next_ns = event_ns < peer_ns ? event_ns : peer_ns;
    next_ns = host_ns < next_ns ? host_ns : next_ns;
    if (host_ns == NEVER)
        world_fail(w, "ends", "the program waits for ever");
    if (next_ns > w->now_ns)
        w->now_ns = next_ns;
    if (w->failed)
        return;
    if (event_ns == next_ns)
        happen(w, take_first(w));
    else if (peer_ns == next_ns)
        peer_act(w);
    else
        host_wakes(w);
}

/* What is under way to the peer still arrives; it answers into the void. */
static void settle(struct world *w)
{
    while (w->heap_count > 0) {
        struct event *event = take_first(w);
        if (event->kind == EVENT_TO_PEER) {
            w->now_ns = event->at_ns > w->now_ns ? event->at_ns : w->now_ns;
            peer_take(w, &event->frame, event->damaged);
        }
        give_back(w, event);
    }
}

static void schedule(struct world *w)
{
    for (unsigned i = 0; i < w->s.attack_count; i++)
        world_new_event(w, EVENT_ATTACK, START_NS + w->s.attacks[i].at_ns)->attack = i;
    if (w->s.cancel_at_ns != NEVER)
        world_new_event(w, EVENT_CANCEL, START_NS + w->s.cancel_at_ns);
}

static void fill_payload(struct world *w)
{
    for (uint32_t i = 0; i < w->s.plan.payload_len; i++)
        w->payload[i] = (uint8_t)(i * 7 + i / 251);
    w->s.plan.payload = w->payload;
}

bool world_run(struct world *w, uint64_t seed, const struct without *without, bool trace)
{
    struct lasting lasting;
    struct statistics *statistics = w->statistics;
    forget_events(w);
    lasting = w->lasting;
    memset(w, 0, sizeof *w);
    w->lasting = lasting;
    w->statistics = statistics;
    w->without = *without;
    w->trace = trace;
    w->now_ns = START_NS;
    scenario_derive(&w->s, seed, without);
    fill_payload(w);
    oracle_start(w);
    memset(&w->truth, 0, sizeof w->truth);
    peer_start(w);
    host_open(w);
    schedule(w);
    host_begin(w);
    unsigned steps = 0;
    while (flights_count(&w->flights) > 0 && !w->failed) {
        if (w->failure.failed)
            host_cancel(w);
        go_round(w);
        if (++steps == STEPS_BOUND)
            world_fail(w, "ends", "%u steps and no end", steps);
    }
    if (!w->failed) {
        settle(w);
        oracle_at_end(w);
    }
    host_close(w);
    if (trace)
        printf("%.*s", (int)w->report_len[0], w->lasting.report[0]);
    if (!w->failed)
        replay(w);
    if (w->statistics != NULL)
        statistics_add(w->statistics, w);
    return !w->failed;
}
