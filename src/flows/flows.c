/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/flows.h"

#include <stddef.h>
#include <stdlib.h>

#include "flows/lists.h"
#include "flows/table.h"
#include "tcp/arrival/arrival.h"

#define DOUBLING_WATCHED_LEAST 16u /* before the shares mean anything */

struct flows {
    struct flows_config config;
    struct pool pool;
    struct table table;
    struct lists lists;
    uint64_t lost, unlisted, evicted;
    uint64_t watched, repeated; /* of segments without IP identification */
    bool watches_clock;
    uint8_t era; /* how often it was set: a conversation that spans 256 eras is no worry */
};

struct flows *flows_new(const struct flows_config *config)
{
    struct flows *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->config = *config;
    pool_init(&f->pool, LIST_COUNT, config->on_memory);
    if (!table_init(&f->table) || !lists_init(&f->lists)) {
        flows_free(f);
        return NULL;
    }
    return f;
}

void flows_free(struct flows *f)
{
    if (f == NULL)
        return;
    pool_free(&f->pool);
    table_free(&f->table);
    lists_free(&f->lists);
    free(f);
}

static inline struct conversation *first_of(const struct flows *f, enum list_id id)
{
    return lists_first(&f->lists, &f->pool, id);
}

void flows_finish(struct flows *f, struct conversation *flow)
{
    enum list_id id = flow->owner.list;
    if (id == LIST_FINISHED)
        return;
    table_remove(&f->table, flow);
    lists_remove(&f->lists, flow);
    if (id == LIST_TOLD)
        pool_give_back(&f->pool, flow);
    else
        lists_append(&f->lists, flow, LIST_FINISHED);
}

void flows_finish_all(struct flows *f)
{
    uint32_t number = lists_take_by_start(&f->lists, &f->pool);
    while (number != NO_FLOW) {
        struct conversation *flow = pool_at(&f->pool, number);
        number = f->lists.links[number].next;
        table_remove(&f->table, flow);
        lists_append(&f->lists, flow, LIST_FINISHED);
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
    f->lists.due_ns = over_ns < told_ns ? over_ns : told_ns;
}

static void make_room(struct flows *f)
{
    while (f->table.used >= f->config.open_max) {
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

static struct conversation *take_unused(struct flows *f)
{
    struct conversation *flow = pool_take(&f->pool);
    if (flow == NULL || lists_reserve(&f->lists, pool_numbers(&f->pool)))
        return flow;
    pool_give_back(&f->pool, flow);
    return NULL;
}

static struct conversation *begin(struct flows *f, const struct segment *s, uint32_t hash)
{
    make_room(f);
    struct conversation *flow = table_reserve(&f->table) ? take_unused(f) : NULL;
    if (flow == NULL)
        return NULL;
    uint32_t number = flow->owner.number;
    conversation_start(flow, s, flow->steps.list, flow->steps.capacity);
    flow->without_words = f->config.without_words;
    flow->era = f->era;
    flow->owner.number = number;
    flow->owner.hash = hash;
    table_add(&f->table, flow);
    lists_append(&f->lists, flow, LIST_OPEN);
    return flow;
}

static inline void prefetch(const void *memory, size_t size)
{
    for (size_t at = 0; at < size; at += CACHE_LINE)
        __builtin_prefetch((const char *)memory + at);
}

/* Finishes the one that was silent longest where the list holds more than may linger. */
static void limit(struct flows *f, enum list_id id)
{
    if (f->config.linger_max == 0 || f->lists.counts[id] <= f->config.linger_max)
        return;
    flows_finish(f, pool_at(&f->pool, f->lists.links[id].next));
    const struct conversation *next = first_of(f, id); /* not touched for long */
    prefetch(next, sizeof *next);
}

static void touch(struct flows *f, struct conversation *flow)
{
    enum list_id id = flow->owner.list;
    if (id != LIST_TOLD)
        id = conversation_over(flow) ? LIST_OVER : LIST_OPEN;
    lists_remove(&f->lists, flow);
    lists_append(&f->lists, flow, id);
    if (id == LIST_OVER)
        limit(f, id);
}

static inline void reserve_step(struct flows *f, struct conversation *flow)
{
    if (f->config.keep_steps && flow->steps.count == flow->steps.capacity)
        f->unlisted += !pool_grow_steps(flow);
}

static struct conversation *take_error(struct flows *f, struct conversation *flow,
                                       const struct segment *error)
{
    reserve_step(f, flow);
    icmp_error_arrives(flow, error);
    touch(f, flow);
    return flow;
}

void flows_expect(const struct flows *f, const struct segment *s, struct flows_ahead *ahead)
{
    ahead->hash = (uint32_t)endpoint_pair_hash(&s->src, &s->dst, f->config.key);
    ahead->is_control = (s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0;
    ahead->likely = NULL;
    __builtin_prefetch(table_home(&f->table, ahead->hash));
}

void flows_fetch(const struct flows *f, struct flows_ahead *ahead)
{
    uint32_t number = table_likely(&f->table, ahead->hash);
    if (number == NO_FLOW)
        return;
    const struct conversation *flow = ahead->likely = pool_at(&f->pool, number);
    __builtin_prefetch(&f->lists.links[number]);
    prefetch(flow, offsetof(struct conversation, history.letters));
    prefetch(&flow->ends[CLIENT], offsetof(struct end, reset_seq));
    prefetch(&flow->ends[SERVER], offsetof(struct end, reset_seq));
    if (ahead->is_control && !f->config.without_words)
        prefetch(&flow->history.letters, sizeof flow->history.letters + sizeof flow->history.marks);
}

/* The flow that was fetched may have been finished since, and its place used for another one. */
static inline enum end_id fetched_sender(const struct flows_ahead *ahead, const struct segment *s)
{
    const struct conversation *flow = ahead->likely;
    if (flow == NULL || flow->owner.list == LIST_NONE || flow->owner.list == LIST_FINISHED)
        return NEITHER;
    return flow_sender(flow, &s->src, &s->dst);
}

/* A capture on several interfaces, or of a mirror port, holds each frame twice. Of one pair that is
 * alike nothing shows whether it was sent twice; that most are pairs does. */
static void watch_doubling(struct flows *f, struct conversation *flow, const struct end *from,
                           const struct segment *s)
{
    f->watched++;
    f->repeated += end_repeats_segment(from, s);
    flow->course.capture_doubles =
        f->watched >= DOUBLING_WATCHED_LEAST && f->repeated >= f->watched / 3;
}

void flows_presume_doubling(struct flows *f)
{
    if (f->watched >= DOUBLING_WATCHED_LEAST)
        return;
    f->watched = DOUBLING_WATCHED_LEAST;
    f->repeated = DOUBLING_WATCHED_LEAST / 2;
}

__attribute__((noinline)) static void watch_clock(const struct flows *f, struct conversation *flow,
                                                  int64_t time_ns)
{
    if (flow->era != f->era) {
        flow->era = f->era;
        flow->clock_was_set = true;
    }
    conversation_watch_clock(flow, time_ns);
}

struct conversation *flows_input_expected(struct flows *f, const struct flows_ahead *ahead,
                                          const struct segment *s, enum segment_kind kind,
                                          enum origin origin)
{
    if (s->time_ns >= f->lists.due_ns && f->config.linger_ns != INT64_MAX)
        finish_lingering(f, s->time_ns);
    enum end_id from = fetched_sender(ahead, s);
    struct conversation *flow =
        from != NEITHER ? ahead->likely
                        : table_find(&f->table, &f->pool, &s->src, &s->dst, ahead->hash);
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
    if (f->watches_clock)
        watch_clock(f, flow, s->time_ns);
    reserve_step(f, flow);
    if (s->ip_id == 0 && origin == ORIGIN_FOREIGN)
        watch_doubling(f, flow, &flow->ends[from], s);
    segment_arrives_from(flow, from, s, origin);
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

void flows_watch_clock(struct flows *f)
{
    f->watches_clock = true;
}

void flows_clock_was_set(struct flows *f)
{
    f->watches_clock = true;
    f->era++;
}

struct conversation *flows_find(const struct flows *f, const struct endpoint *a,
                                const struct endpoint *b)
{
    return table_find(&f->table, &f->pool, a, b, (uint32_t)endpoint_pair_hash(a, b, f->config.key));
}

struct conversation *flows_next_finished(struct flows *f)
{
    return first_of(f, LIST_FINISHED);
}

bool flows_has_finished(const struct flows *f)
{
    return f->lists.counts[LIST_FINISHED] > 0;
}

void flows_release(struct flows *f, struct conversation *flow)
{
    lists_remove(&f->lists, flow);
    pool_give_back(&f->pool, flow);
}

struct conversation *flows_next_over(struct flows *f, int64_t before_ns)
{
    struct conversation *flow = first_of(f, LIST_OVER);
    if (flow == NULL || flow->end_ns > before_ns)
        return NULL;
    lists_remove(&f->lists, flow);
    lists_append(&f->lists, flow, LIST_TOLD);
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
    return f->table.used;
}

uint64_t flows_lost(const struct flows *f)
{
    return f->lost;
}

uint64_t flows_unlisted(const struct flows *f)
{
    return f->unlisted;
}
