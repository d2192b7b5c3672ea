/* SPDX-License-Identifier: BSD-2-Clause */
/* An open-addressing table of pointers, linear probing, at most half full, entries moved back on
 * removal so that there are no tombstones. Each conversation also stands in one of three lists:
 * open and over, both by latest activity, and finished. */
#include "core/flows.h"

#include <stdlib.h>

#include "core/steps.h"

#define SLOTS_INITIAL 64u
#define STEPS_INITIAL 12u

enum list_id {
    LIST_OPEN,
    LIST_OVER,
    LIST_FINISHED,
    LIST_COUNT,
};

struct flow {
    struct conversation conversation; /* first, so that its address is the flow's */
    struct flow *prev, *next;
    uint64_t hash;
    enum list_id list;
};

struct list {
    struct flow *head, *tail;
};

struct flows {
    struct flows_config config;
    struct flow **slots;
    uint32_t slot_count; /* a power of two */
    uint32_t used;
    struct list lists[LIST_COUNT];
    uint64_t lost;
};

struct flows *flows_new(const struct flows_config *config)
{
    struct flows *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->config = *config;
    f->slot_count = SLOTS_INITIAL;
    f->slots = calloc(f->slot_count, sizeof(struct flow *));
    if (f->slots == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

static void free_flow(struct flow *flow)
{
    free(flow->conversation.steps);
    free(flow);
}

void flows_free(struct flows *f)
{
    if (f == NULL)
        return;
    for (unsigned id = 0; id < LIST_COUNT; id++) {
        for (struct flow *flow = f->lists[id].head, *next; flow != NULL; flow = next) {
            next = flow->next;
            free_flow(flow);
        }
    }
    free(f->slots);
    free(f);
}

static void unlink_flow(struct flows *f, struct flow *flow)
{
    struct list *list = &f->lists[flow->list];
    if (flow->prev != NULL)
        flow->prev->next = flow->next;
    else
        list->head = flow->next;
    if (flow->next != NULL)
        flow->next->prev = flow->prev;
    else
        list->tail = flow->prev;
}

static void append_flow(struct flows *f, struct flow *flow, enum list_id id)
{
    struct list *list = &f->lists[id];
    flow->list = id;
    flow->next = NULL;
    flow->prev = list->tail;
    if (list->tail != NULL)
        list->tail->next = flow;
    else
        list->head = flow;
    list->tail = flow;
}

static bool same_pair(const struct conversation *c, const struct endpoint *a,
                      const struct endpoint *b)
{
    const struct endpoint *client = &c->endpoints[CLIENT];
    const struct endpoint *server = &c->endpoints[SERVER];
    return (endpoint_equal(client, a) && endpoint_equal(server, b)) ||
           (endpoint_equal(client, b) && endpoint_equal(server, a));
}

static struct flow *find(const struct flows *f, const struct endpoint *a, const struct endpoint *b,
                         uint64_t hash)
{
    uint32_t mask = f->slot_count - 1;
    for (uint32_t i = (uint32_t)hash & mask; f->slots[i] != NULL; i = (i + 1) & mask)
        if (f->slots[i]->hash == hash && same_pair(&f->slots[i]->conversation, a, b))
            return f->slots[i];
    return NULL;
}

static void put(struct flow **slots, uint32_t mask, struct flow *flow)
{
    uint32_t i = (uint32_t)flow->hash & mask;
    while (slots[i] != NULL)
        i = (i + 1) & mask;
    slots[i] = flow;
}

static bool grow(struct flows *f)
{
    if (f->slot_count > UINT32_MAX / 2)
        return false;
    uint32_t slot_count = f->slot_count * 2;
    struct flow **slots = calloc(slot_count, sizeof(struct flow *));
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < f->slot_count; i++)
        if (f->slots[i] != NULL)
            put(slots, slot_count - 1, f->slots[i]);
    free(f->slots);
    f->slots = slots;
    f->slot_count = slot_count;
    return true;
}

/* Empties the flow's slot and moves back those behind it that had to give way. */
static void take_out(struct flows *f, const struct flow *flow)
{
    uint32_t mask = f->slot_count - 1;
    uint32_t hole = (uint32_t)flow->hash & mask;
    while (f->slots[hole] != flow)
        hole = (hole + 1) & mask;
    f->slots[hole] = NULL;
    for (uint32_t i = (hole + 1) & mask; f->slots[i] != NULL; i = (i + 1) & mask) {
        uint32_t home = (uint32_t)f->slots[i]->hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        f->slots[hole] = f->slots[i];
        f->slots[i] = NULL;
        hole = i;
    }
    f->used--;
}

void flows_finish(struct flows *f, struct conversation *conversation)
{
    struct flow *flow = (struct flow *)conversation;
    if (flow->list == LIST_FINISHED)
        return;
    take_out(f, flow);
    unlink_flow(f, flow);
    append_flow(f, flow, LIST_FINISHED);
}

/* Merges two chains (by next) into one by start. */
static struct flow *merge(struct flow *a, struct flow *b)
{
    struct flow *head = NULL;
    struct flow **end = &head;
    while (a != NULL && b != NULL) {
        struct flow **first = a->conversation.start_ns <= b->conversation.start_ns ? &a : &b;
        *end = *first;
        end = &(*first)->next;
        *first = (*first)->next;
    }
    *end = a != NULL ? a : b;
    return head;
}

/* Sorts a chain by start, stably: piles[i] holds a sorted chain of 2^i flows or none. */
static struct flow *sort_by_start(struct flow *chain)
{
    struct flow *piles[64] = {NULL};
    while (chain != NULL) {
        struct flow *carried = chain;
        unsigned i = 0;
        chain = chain->next;
        carried->next = NULL;
        for (; piles[i] != NULL; i++) {
            carried = merge(piles[i], carried);
            piles[i] = NULL;
        }
        piles[i] = carried;
    }
    struct flow *sorted = NULL;
    for (unsigned i = 0; i < 64; i++)
        sorted = merge(piles[i], sorted);
    return sorted;
}

void flows_finish_all(struct flows *f)
{
    struct flow *open = sort_by_start(f->lists[LIST_OPEN].head);
    struct flow *over = sort_by_start(f->lists[LIST_OVER].head);
    f->lists[LIST_OPEN] = f->lists[LIST_OVER] = (struct list){NULL, NULL};
    for (struct flow *flow = merge(open, over), *next; flow != NULL; flow = next) {
        next = flow->next;
        take_out(f, flow);
        append_flow(f, flow, LIST_FINISHED);
    }
}

static void finish_lingering(struct flows *f, int64_t now_ns)
{
    struct flow *flow;
    while ((flow = f->lists[LIST_OVER].head) != NULL) {
        int64_t silent_ns = duration_between_ns(flow->conversation.end_ns, now_ns);
        if (silent_ns == DURATION_UNKNOWN || silent_ns < f->config.linger_ns)
            return;
        flows_finish(f, &flow->conversation);
    }
}

static void make_room(struct flows *f)
{
    while (f->used >= f->config.open_max) {
        struct flow *oldest = f->lists[LIST_OVER].head;
        if (oldest == NULL)
            oldest = f->lists[LIST_OPEN].head;
        flows_finish(f, &oldest->conversation);
    }
}

static struct flow *begin(struct flows *f, const struct segment *s, uint64_t hash)
{
    make_room(f);
    if (f->used >= f->slot_count / 2 && !grow(f))
        return NULL;
    struct flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL)
        return NULL;
    conversation_start(&flow->conversation, s, NULL, 0);
    flow->hash = hash;
    put(f->slots, f->slot_count - 1, flow);
    f->used++;
    append_flow(f, flow, LIST_OPEN);
    return flow;
}

/* Room for the next step, up to the bound; without memory the step counts as omitted. */
static void provide_steps(const struct flows *f, struct conversation *c)
{
    if (!f->config.keep_steps || c->step_count < c->step_capacity || c->step_capacity >= STEPS_MAX)
        return;
    uint32_t capacity = c->step_capacity == 0 ? STEPS_INITIAL : 2 * c->step_capacity;
    if (capacity > STEPS_MAX)
        capacity = STEPS_MAX;
    struct step *steps = realloc(c->steps, capacity * sizeof *steps);
    if (steps == NULL)
        return;
    c->steps = steps;
    c->step_capacity = capacity;
}

static void touch(struct flows *f, struct flow *flow)
{
    unlink_flow(f, flow);
    append_flow(f, flow, conversation_over(&flow->conversation) ? LIST_OVER : LIST_OPEN);
}

struct conversation *flows_input(struct flows *f, const struct segment *s, enum segment_kind kind,
                                 enum origin origin)
{
    if (f->config.linger_ns != INT64_MAX)
        finish_lingering(f, s->time_ns);
    uint64_t hash = endpoint_pair_hash(&s->src, &s->dst, f->config.key);
    struct flow *flow = find(f, &s->src, &s->dst, hash);
    if (kind == SEGMENT_ICMP_ERROR && flow == NULL)
        return NULL;
    if (kind == SEGMENT_TCP && flow != NULL &&
        conversation_is_succeeded_by(&flow->conversation, s)) {
        flows_finish(f, &flow->conversation);
        flow = NULL;
    }
    if (flow == NULL && (flow = begin(f, s, hash)) == NULL) {
        f->lost++;
        return NULL;
    }
    provide_steps(f, &flow->conversation);
    if (kind == SEGMENT_ICMP_ERROR)
        conversation_icmp(&flow->conversation, s);
    else
        conversation_segment(&flow->conversation, s, origin);
    touch(f, flow);
    return &flow->conversation;
}

struct conversation *flows_find(const struct flows *f, const struct endpoint *a,
                                const struct endpoint *b)
{
    struct flow *flow = find(f, a, b, endpoint_pair_hash(a, b, f->config.key));
    return flow != NULL ? &flow->conversation : NULL;
}

struct conversation *flows_next_finished(struct flows *f)
{
    struct flow *flow = f->lists[LIST_FINISHED].head;
    return flow != NULL ? &flow->conversation : NULL;
}

void flows_release(struct flows *f, struct conversation *conversation)
{
    struct flow *flow = (struct flow *)conversation;
    unlink_flow(f, flow);
    free_flow(flow);
}

uint32_t flows_open_count(const struct flows *f)
{
    return f->used;
}

uint64_t flows_lost(const struct flows *f)
{
    return f->lost;
}
