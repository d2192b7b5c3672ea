/* SPDX-License-Identifier: BSD-2-Clause */
/* An open-addressing table, linear probing, at most a quarter full, entries moved back on removal
 * so that there are no tombstones. Each conversation also stands in one of four lists: open, over
 * and told, all by latest activity, and finished.
 *
 * Flows live in chunks that are never moved. Where the caller can ask for large pages, a chunk is
 * as large as one: flows are looked for all over them, and with small pages that would be a walk
 * through the page tables for most segments. They have numbers, which the table and the lists use
 * in place of pointers. The links stand in an array of their own, because every segment moves its
 * flow to a list's end: the neighbours' links are then in the cache, where the neighbours are not.
 * What is released is used again at once, while it is still in the cache too. */
#include "flows/flows.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/steps.h"

#define SLOTS_INITIAL 64u
#define STEPS_INITIAL 2u  /* doubled, it comes out at STEPS_MAX */
#define STEPS_REUSED  16u /* what is no larger stays with the flow that is used again */
#define LARGE_PAGE    (2u << 20)

/* The first numbers are the lists' own: each list is a ring that its number closes. */
enum list_id {
    LIST_UNUSED, /* a chain by next alone */
    LIST_OPEN,
    LIST_OVER,
    LIST_TOLD, /* over, and handed out by flows_next_over */
    LIST_FINISHED,
    LIST_COUNT,
    NO_FLOW = 0, /* in a slot, and at the end of a chain */
};

_Static_assert(STEPS_MAX % STEPS_INITIAL == 0 && (STEPS_MAX & (STEPS_MAX - 1)) == 0,
               "doubling reaches the bound");

/* How flows share chunks. Each chunk has 2^shift numbers, of which the first are used: shifting is
 * faster than dividing. */
struct chunking {
    size_t size, alignment;
    uint32_t flows;
    unsigned shift;
};

static const struct chunking small_chunks = {64 * sizeof(struct conversation), CACHE_LINE, 64, 6};
static const struct chunking large_chunks = {LARGE_PAGE, LARGE_PAGE,
                                             LARGE_PAGE / sizeof(struct conversation), 12};
_Static_assert(LARGE_PAGE / sizeof(struct conversation) <= 1u << 12, "there are numbers for all");

struct links {
    uint32_t prev, next; /* numbers */
};

struct slot {
    uint32_t hash;
    uint32_t number; /* NO_FLOW: free */
};

struct flows {
    struct flows_config config;
    struct chunking chunking;
    struct slot *slots;
    uint32_t slot_count; /* a power of two */
    uint32_t used;
    struct conversation **chunks;
    struct links *links; /* of the lists, then of the flows */
    uint32_t chunk_count, chunk_capacity;
    uint32_t fresh; /* the first number that was never used */
    uint32_t counts[LIST_COUNT];
    int64_t due_ns; /* none of those that linger is due before; INT64_MIN: to be looked up */
    uint64_t lost, evicted;
};

static inline uint32_t place_of(const struct flows *f, uint32_t number)
{
    return number & ((1u << f->chunking.shift) - 1);
}

static inline struct conversation *flow_at(const struct flows *f, uint32_t number)
{
    return &f->chunks[number >> f->chunking.shift][place_of(f, number)];
}

/* What the list begins with, or NULL. */
static inline struct conversation *first_of(const struct flows *f, enum list_id id)
{
    uint32_t first = f->links[id].next;
    return first != id ? flow_at(f, first) : NULL;
}

static bool reserve_chunk(struct flows *f)
{
    if (f->chunk_count < f->chunk_capacity)
        return true;
    if (f->chunk_capacity >= UINT32_MAX >> f->chunking.shift >>
        1)            /* GCOVR_EXCL_BR_LINE: terabytes */
        return false; /* GCOVR_EXCL_LINE */
    uint32_t capacity = f->chunk_capacity == 0 ? 1 : 2 * f->chunk_capacity;
    struct conversation **chunks = realloc(f->chunks, capacity * sizeof(struct conversation *));
    if (chunks == NULL)
        return false;
    f->chunks = chunks;
    struct links *links =
        realloc(f->links, ((size_t)capacity << f->chunking.shift) * sizeof *links);
    if (links == NULL)
        return false;
    f->links = links;
    f->chunk_capacity = capacity;
    return true;
}

static bool add_chunk(struct flows *f)
{
    const struct chunking *by = &f->chunking;
    struct conversation *chunk = reserve_chunk(f) ? aligned_alloc(by->alignment, by->size) : NULL;
    if (chunk == NULL)
        return false;
    if (f->config.on_memory != NULL)
        f->config.on_memory(chunk, by->size);
    f->chunks[f->chunk_count++] = chunk;
    return true;
}

static void empty(struct flows *f, enum list_id id)
{
    f->links[id] = (struct links){.prev = id, .next = id};
    f->counts[id] = 0;
}

struct flows *flows_new(const struct flows_config *config)
{
    struct flows *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->config = *config;
    f->chunking = config->on_memory != NULL ? large_chunks : small_chunks;
    f->slot_count = SLOTS_INITIAL;
    f->slots = calloc(f->slot_count, sizeof *f->slots);
    if (f->slots == NULL || !reserve_chunk(f)) {
        flows_free(f);
        return NULL;
    }
    for (enum list_id id = 0; id < LIST_COUNT; id++)
        empty(f, id);
    f->due_ns = INT64_MIN;
    f->fresh = LIST_COUNT;
    return f;
}

void flows_free(struct flows *f)
{
    if (f == NULL)
        return;
    for (uint32_t number = LIST_COUNT; number < f->fresh; number++)
        if (place_of(f, number) < f->chunking.flows)
            free(flow_at(f, number)->steps);
    for (uint32_t i = 0; i < f->chunk_count; i++)
        free(f->chunks[i]);
    free(f->chunks);
    free(f->links);
    free(f->slots);
    free(f);
}

static struct conversation *take_fresh(struct flows *f)
{
    if (place_of(f, f->fresh) == f->chunking.flows)
        f->fresh += (1u << f->chunking.shift) - f->chunking.flows;
    if (f->fresh >> f->chunking.shift == f->chunk_count && !add_chunk(f))
        return NULL;
    struct conversation *flow = flow_at(f, f->fresh);
    memset(flow, 0, sizeof *flow);
    flow->owner.number = f->fresh++;
    return flow;
}

static struct conversation *take_unused(struct flows *f)
{
    if (f->links[LIST_UNUSED].next == NO_FLOW)
        return take_fresh(f);
    struct conversation *flow = flow_at(f, f->links[LIST_UNUSED].next);
    f->links[LIST_UNUSED].next = f->links[flow->owner.number].next;
    return flow;
}

static void give_back(struct flows *f, struct conversation *flow)
{
    if (flow->step_capacity > STEPS_REUSED) {
        free(flow->steps);
        flow->steps = NULL;
        flow->step_capacity = 0;
    }
    f->links[flow->owner.number].next = f->links[LIST_UNUSED].next;
    f->links[LIST_UNUSED].next = flow->owner.number;
    flow->owner.list = LIST_UNUSED;
}

/* What a list begins with tells when its flows are due, so that a new beginning is looked at. */
static inline void unlink_flow(struct flows *f, struct conversation *flow)
{
    struct links link = f->links[flow->owner.number];
    f->links[link.prev].next = link.next;
    f->links[link.next].prev = link.prev;
    f->counts[flow->owner.list]--;
    if (link.prev < LIST_COUNT)
        f->due_ns = INT64_MIN;
}

static inline void append_flow(struct flows *f, struct conversation *flow, enum list_id id)
{
    uint32_t last = f->links[id].prev;
    f->links[flow->owner.number] = (struct links){.prev = last, .next = id};
    f->links[last].next = flow->owner.number;
    f->links[id].prev = flow->owner.number;
    f->counts[id]++;
    flow->owner.list = (uint8_t)id;
    if (last < LIST_COUNT)
        f->due_ns = INT64_MIN;
}

/* The end that is src where the other is dst, else NEITHER. Which of them is the client cannot be
 * foretold, so that it is looked up and not branched on. */
static inline enum end_id sender(const struct conversation *c, const struct endpoint *src,
                                 const struct endpoint *dst)
{
    unsigned from = endpoint_equal(&c->endpoints[CLIENT], src) ? CLIENT : SERVER;
    bool same = (endpoint_difference(&c->endpoints[from], src) |
                 endpoint_difference(&c->endpoints[!from], dst)) == 0;
    return same ? (enum end_id)from : NEITHER;
}

static struct conversation *find(const struct flows *f, const struct endpoint *a,
                                 const struct endpoint *b, uint32_t hash)
{
    uint32_t mask = f->slot_count - 1;
    for (uint32_t i = hash & mask; f->slots[i].number != NO_FLOW; i = (i + 1) & mask) {
        if (f->slots[i].hash != hash)
            continue;
        struct conversation *flow = flow_at(f, f->slots[i].number);
        if (sender(flow, a, b) != NEITHER)
            return flow;
    }
    return NULL;
}

static void put(struct slot *slots, uint32_t mask, struct slot slot)
{
    uint32_t i = slot.hash & mask;
    while (slots[i].number != NO_FLOW)
        i = (i + 1) & mask;
    slots[i] = slot;
}

static bool grow(struct flows *f)
{
    if (f->slot_count > UINT32_MAX / 2) /* GCOVR_EXCL_BR_LINE: 2^29 flows before */
        return false;                   /* GCOVR_EXCL_LINE */
    uint32_t slot_count = f->slot_count * 2;
    struct slot *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < f->slot_count; i++)
        if (f->slots[i].number != NO_FLOW)
            put(slots, slot_count - 1, f->slots[i]);
    free(f->slots);
    f->slots = slots;
    f->slot_count = slot_count;
    return true;
}

/* Empties the flow's slot and moves back those behind it that had to give way. */
static void take_out(struct flows *f, const struct conversation *flow)
{
    uint32_t mask = f->slot_count - 1;
    uint32_t hole = flow->owner.hash & mask;
    while (f->slots[hole].number != flow->owner.number)
        hole = (hole + 1) & mask;
    f->slots[hole].number = NO_FLOW;
    for (uint32_t i = (hole + 1) & mask; f->slots[i].number != NO_FLOW; i = (i + 1) & mask) {
        uint32_t home = f->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        f->slots[hole] = f->slots[i];
        f->slots[i].number = NO_FLOW;
        hole = i;
    }
    f->used--;
}

void flows_finish(struct flows *f, struct conversation *flow)
{
    if (flow->owner.list == LIST_FINISHED)
        return;
    take_out(f, flow);
    unlink_flow(f, flow);
    if (flow->owner.list == LIST_TOLD)
        give_back(f, flow);
    else
        append_flow(f, flow, LIST_FINISHED);
}

/* Merges two chains (by next) into one by start. */
static uint32_t merge(struct flows *f, uint32_t a, uint32_t b)
{
    uint32_t head = NO_FLOW;
    uint32_t *end = &head;
    while (a != NO_FLOW && b != NO_FLOW) {
        int64_t a_ns = flow_at(f, a)->start_ns;
        int64_t b_ns = flow_at(f, b)->start_ns;
        uint32_t *first = a_ns <= b_ns ? &a : &b;
        *end = *first;
        end = &f->links[*first].next;
        *first = *end;
    }
    *end = a != NO_FLOW ? a : b;
    return head;
}

#define PILES 32

/* Sorts a chain by start, stably: piles[i] holds a sorted chain of 2^i flows or none. */
static uint32_t sort_by_start(struct flows *f, uint32_t chain)
{
    uint32_t piles[PILES];
    for (unsigned i = 0; i < PILES; i++)
        piles[i] = NO_FLOW;
    while (chain != NO_FLOW) {
        uint32_t carried = chain;
        unsigned i = 0;
        chain = f->links[chain].next;
        f->links[carried].next = NO_FLOW;
        for (; piles[i] != NO_FLOW; i++) {
            carried = merge(f, piles[i], carried);
            piles[i] = NO_FLOW;
        }
        piles[i] = carried;
    }
    uint32_t sorted = NO_FLOW;
    for (unsigned i = 0; i < PILES; i++)
        sorted = merge(f, piles[i], sorted);
    return sorted;
}

/* Empties the list; its flows as a chain. */
static uint32_t take_chain(struct flows *f, enum list_id id)
{
    uint32_t first = f->links[id].next;
    f->links[f->links[id].prev].next = NO_FLOW;
    empty(f, id);
    return first != id ? first : NO_FLOW;
}

void flows_finish_all(struct flows *f)
{
    uint32_t open = sort_by_start(f, take_chain(f, LIST_OPEN));
    uint32_t over = sort_by_start(f, take_chain(f, LIST_OVER));
    for (uint32_t number = merge(f, open, over), next; number != NO_FLOW; number = next) {
        struct conversation *flow = flow_at(f, number);
        next = f->links[number].next;
        take_out(f, flow);
        append_flow(f, flow, LIST_FINISHED);
    }
    for (struct conversation *told; (told = first_of(f, LIST_TOLD)) != NULL;)
        flows_finish(f, told);
}

/* Finishes those of the list that are due. Returns when the next one is; DURATION_UNKNOWN is less
 * than any linger. */
static int64_t finish_due(struct flows *f, enum list_id id, int64_t now_ns)
{
    struct conversation *flow;
    int64_t due_ns;
    while ((flow = first_of(f, id)) != NULL &&
           duration_between(flow->end_ns, now_ns) >= f->config.linger_ns)
        flows_finish(f, flow);
    if (flow == NULL || __builtin_add_overflow(flow->end_ns, f->config.linger_ns, &due_ns))
        return INT64_MAX;
    return due_ns;
}

__attribute__((noinline)) static void finish_lingering(struct flows *f, int64_t now_ns)
{
    int64_t over_ns = finish_due(f, LIST_OVER, now_ns);
    int64_t told_ns = finish_due(f, LIST_TOLD, now_ns);
    f->due_ns = over_ns < told_ns ? over_ns : told_ns;
}

static void make_room(struct flows *f)
{
    while (f->used >= f->config.open_max) {
        struct conversation *oldest = first_of(f, LIST_TOLD);
        if (oldest == NULL)
            oldest = first_of(f, LIST_OVER);
        if (oldest == NULL) {
            oldest = first_of(f, LIST_OPEN);
            if (oldest == NULL)
                return; /* open_max is 0 */
            f->evicted++;
        }
        flows_finish(f, oldest);
    }
}

static struct conversation *begin(struct flows *f, const struct segment *s, uint32_t hash)
{
    make_room(f);
    if (f->used >= f->slot_count / 4 && !grow(f))
        return NULL;
    struct conversation *flow = take_unused(f);
    if (flow == NULL)
        return NULL;
    uint32_t number = flow->owner.number;
    conversation_start(flow, s, flow->steps, flow->step_capacity);
    flow->without_words = f->config.without_words;
    flow->owner.number = number;
    flow->owner.hash = hash;
    put(f->slots, f->slot_count - 1, (struct slot){.hash = hash, .number = number});
    f->used++;
    append_flow(f, flow, LIST_OPEN);
    return flow;
}

/* Up to the bound; without memory the step counts as omitted. */
static void grow_steps(struct conversation *c)
{
    if (c->step_capacity >= STEPS_MAX)
        return;
    uint16_t capacity = c->step_capacity == 0 ? STEPS_INITIAL : (uint16_t)(2 * c->step_capacity);
    struct step *steps = realloc(c->steps, capacity * sizeof *steps);
    if (steps == NULL)
        return;
    c->steps = steps;
    c->step_capacity = capacity;
}

static inline void prefetch(const void *memory, size_t size)
{
    for (size_t at = 0; at < size; at += CACHE_LINE)
        __builtin_prefetch((const char *)memory + at);
}

/* Finishes the one that was silent longest where the list holds more than may linger. */
static void limit(struct flows *f, enum list_id id)
{
    if (f->config.linger_max == 0 || f->counts[id] <= f->config.linger_max)
        return;
    flows_finish(f, flow_at(f, f->links[id].next));
    const struct conversation *next = first_of(f, id); /* not touched for long */
    prefetch(next, sizeof *next);
}

static void touch(struct flows *f, struct conversation *flow)
{
    enum list_id id = flow->owner.list;
    if (id != LIST_TOLD)
        id = conversation_over(flow) ? LIST_OVER : LIST_OPEN;
    unlink_flow(f, flow);
    append_flow(f, flow, id);
    if (id == LIST_OVER)
        limit(f, id);
}

static inline void reserve_step(const struct flows *f, struct conversation *flow)
{
    if (f->config.keep_steps && flow->step_count == flow->step_capacity)
        grow_steps(flow);
}

static struct conversation *take_error(struct flows *f, struct conversation *flow,
                                       const struct segment *error)
{
    reserve_step(f, flow);
    conversation_icmp(flow, error);
    touch(f, flow);
    return flow;
}

void flows_expect(const struct flows *f, const struct segment *s, struct flows_ahead *ahead)
{
    ahead->hash = (uint32_t)endpoint_pair_hash(&s->src, &s->dst, f->config.key);
    ahead->is_control = (s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0;
    ahead->likely = NULL;
    __builtin_prefetch(&f->slots[ahead->hash & (f->slot_count - 1)]);
}

/* The first with that hash: another one's would have to be as good as chosen. */
void flows_fetch(const struct flows *f, struct flows_ahead *ahead)
{
    uint32_t mask = f->slot_count - 1;
    uint32_t i = ahead->hash & mask;
    while (f->slots[i].number != NO_FLOW && f->slots[i].hash != ahead->hash)
        i = (i + 1) & mask;
    uint32_t number = f->slots[i].number;
    if (number == NO_FLOW)
        return;
    const struct conversation *flow = ahead->likely = flow_at(f, number);
    __builtin_prefetch(&f->links[number]);
    prefetch(flow, offsetof(struct conversation, first));
    prefetch(&flow->ends[CLIENT], offsetof(struct end, reset_seq));
    prefetch(&flow->ends[SERVER], offsetof(struct end, reset_seq));
    if (ahead->is_control)
        prefetch(&flow->first, sizeof flow->first + sizeof flow->history);
}

/* The flow that was fetched may have been finished since, and its place used for another one. */
static inline enum end_id fetched_sender(const struct flows_ahead *ahead, const struct segment *s)
{
    const struct conversation *flow = ahead->likely;
    if (flow == NULL || flow->owner.list == LIST_UNUSED || flow->owner.list == LIST_FINISHED)
        return NEITHER;
    return sender(flow, &s->src, &s->dst);
}

struct conversation *flows_input_expected(struct flows *f, const struct flows_ahead *ahead,
                                          const struct segment *s, enum segment_kind kind,
                                          enum origin origin)
{
    if (s->time_ns >= f->due_ns && f->config.linger_ns != INT64_MAX)
        finish_lingering(f, s->time_ns);
    enum end_id from = fetched_sender(ahead, s);
    struct conversation *flow =
        from != NEITHER ? ahead->likely : find(f, &s->src, &s->dst, ahead->hash);
    if (kind == SEGMENT_ICMP_ERROR)
        return flow != NULL ? take_error(f, flow, s) : NULL;
    if (flow == NULL || ((s->flags & TCP_SYN) != 0 && conversation_is_succeeded_by(flow, s))) {
        if (flow != NULL)
            flows_finish(f, flow);
        flow = begin(f, s, ahead->hash);
        from = NEITHER;
    }
    if (flow == NULL) {
        f->lost++;
        return NULL;
    }
    if (from == NEITHER)
        from = conversation_sender(flow, &s->src);
    reserve_step(f, flow);
    conversation_segment_from(flow, from, s, origin);
    touch(f, flow);
    return flow;
}

struct conversation *flows_input(struct flows *f, const struct segment *s, enum segment_kind kind,
                                 enum origin origin)
{
    struct flows_ahead ahead;
    flows_expect(f, s, &ahead);
    return flows_input_expected(f, &ahead, s, kind, origin);
}

struct conversation *flows_find(const struct flows *f, const struct endpoint *a,
                                const struct endpoint *b)
{
    return find(f, a, b, (uint32_t)endpoint_pair_hash(a, b, f->config.key));
}

struct conversation *flows_next_finished(struct flows *f)
{
    return first_of(f, LIST_FINISHED);
}

bool flows_has_finished(const struct flows *f)
{
    return f->counts[LIST_FINISHED] > 0;
}

void flows_release(struct flows *f, struct conversation *flow)
{
    unlink_flow(f, flow);
    give_back(f, flow);
}

struct conversation *flows_next_over(struct flows *f, int64_t before_ns)
{
    struct conversation *flow = first_of(f, LIST_OVER);
    if (flow == NULL || flow->end_ns > before_ns)
        return NULL;
    unlink_flow(f, flow);
    append_flow(f, flow, LIST_TOLD);
    limit(f, LIST_TOLD);
    return flow;
}

bool flows_has_over(const struct flows *f)
{
    return first_of(f, LIST_OVER) != NULL;
}

uint64_t flows_evicted(const struct flows *f)
{
    return f->evicted;
}

uint32_t flows_open_count(const struct flows *f)
{
    return f->used;
}

uint64_t flows_lost(const struct flows *f)
{
    return f->lost;
}
