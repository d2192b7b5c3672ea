/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/opinions.h"

#include "net/clock.h"

static const struct opinion none = {.result = OPINION_NONE};

static void answer(struct inquiry *inquiry, const struct opinion *opinion)
{
    inquiry->opinion = *opinion;
    inquiry->done = true;
    inquiry->answered(inquiry->owner);
}

static struct inquiry *take_waiting(struct opinions *opinions)
{
    struct inquiry *inquiry = opinions->head;
    opinions->head = inquiry->next;
    if (opinions->head == NULL)
        opinions->tail = NULL;
    return inquiry;
}

/* A child is gone, or all are stuck: the run goes on without second opinions. */
static void give_up(struct opinions *opinions, const struct error *error)
{
    warning("%s: continuing without second opinions", error->text);
    size_t count = opinions->count;
    opinions->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct inquiry *asked = opinions->askers[i].inquiry;
        timers_unset(opinions->timers, &opinions->askers[i].timer);
        connector_stop(opinions->askers[i].connector);
        if (asked != NULL)
            answer(asked, &none);
    }
    while (opinions->head != NULL)
        answer(take_waiting(opinions), &none);
}

static int ask(const struct opinions *opinions, struct asker *asker, struct error *error)
{
    const struct options *options = opinions->options;
    const struct connector_request request = {.server = asker->inquiry->server,
                                              .scope_ifindex = asker->inquiry->ifindex,
                                              .source = options->source,
                                              .interface = options->interface,
                                              .timeout_ns = options->timeout_ns};
    return connector_ask(asker->connector, &request, error);
}

static bool all_are_stuck(const struct opinions *opinions)
{
    for (size_t i = 0; i < opinions->count; i++)
        if (!opinions->askers[i].stuck)
            return false;
    return true;
}

/* The question has no answer. Its child gets no other before it has answered. */
static void patience_is_over(void *context, struct timer *timer, int64_t now_ns)
{
    struct opinions *opinions = context;
    struct asker *asker = (struct asker *)timer;
    struct inquiry *inquiry = asker->inquiry;
    struct error error;
    (void)now_ns;
    asker->inquiry = NULL;
    asker->stuck = true;
    if (inquiry != NULL)
        answer(inquiry, &none);
    if (!all_are_stuck(opinions))
        return;
    error_set(&error, STATUS_RUN, "the processes that ask connect(2) do not answer");
    give_up(opinions, &error);
}

static void await_answer(struct opinions *opinions, struct asker *asker)
{
    int64_t due_ns = clock_monotonic_ns() + opinions->options->timeout_ns + OPINIONS_STUCK_NS;
    asker->timer = (struct timer){.fire = patience_is_over, .context = opinions};
    if (!timers_set(opinions->timers, &asker->timer, due_ns))
        failure_note_memory(opinions->failure);
}

static void serve(struct opinions *opinions)
{
    struct error error;
    for (size_t i = 0; i < opinions->count && opinions->head != NULL; i++) {
        struct asker *asker = &opinions->askers[i];
        if (asker->busy)
            continue;
        asker->inquiry = take_waiting(opinions);
        asker->busy = true;
        if (ask(opinions, asker, &error) != 0)
            give_up(opinions, &error);
        else
            await_answer(opinions, asker);
    }
}

static void begin(void *context, struct inquiry *inquiry)
{
    struct opinions *opinions = context;
    if (opinions->count == 0) {
        answer(inquiry, &none);
        return;
    }
    inquiry->next = NULL;
    *(opinions->tail != NULL ? &opinions->tail->next : &opinions->head) = inquiry;
    opinions->tail = inquiry;
    serve(opinions);
}

static void withdraw(void *context, const struct inquiry *inquiry)
{
    struct opinions *opinions = context;
    struct inquiry *before = NULL;
    for (size_t i = 0; i < opinions->count; i++)
        if (opinions->askers[i].inquiry == inquiry)
            opinions->askers[i].inquiry = NULL;
    for (struct inquiry *at = opinions->head; at != NULL; before = at, at = at->next) {
        if (at != inquiry)
            continue;
        *(before != NULL ? &before->next : &opinions->head) = at->next;
        if (opinions->tail == at)
            opinions->tail = before;
        return;
    }
}

int opinions_open(struct opinions *opinions, const struct options *options, uint64_t targets,
                  struct error *error)
{
    opinions->options = options;
    opinions->inquiries =
        (struct inquiries){.context = opinions, .ask = begin, .withdraw = withdraw};
    if (!options->second_opinion)
        return 0;
    size_t wanted = targets < OPINIONS_MOST ? (size_t)targets : OPINIONS_MOST;
    /* cppcheck-suppress knownConditionTrueFalse ; it takes a count of 0 for certain */
    for (; opinions->count < wanted; opinions->count++)
        if ((opinions->askers[opinions->count].connector = connector_start(error)) == NULL)
            return -1;
    return 0;
}

void opinions_close(struct opinions *opinions)
{
    for (size_t i = 0; i < opinions->count; i++) {
        timers_unset(opinions->timers, &opinions->askers[i].timer);
        connector_stop(opinions->askers[i].connector);
    }
    opinions->count = 0;
}

const struct inquiries *opinions_inquiries(struct opinions *opinions)
{
    return opinions->options->second_opinion ? &opinions->inquiries : NULL;
}

int opinions_fd(const struct opinions *opinions, size_t n)
{
    return n < opinions->count ? connector_fd(opinions->askers[n].connector) : -1;
}

void opinions_read(struct opinions *opinions)
{
    struct opinion opinion;
    struct error error;
    for (size_t i = 0; i < opinions->count; i++) {
        struct asker *asker = &opinions->askers[i];
        struct inquiry *inquiry = asker->inquiry;
        int code = asker->busy ? connector_read(asker->connector, &opinion, &error) : 0;
        if (code < 0) {
            give_up(opinions, &error);
            return;
        }
        if (code == 0)
            continue;
        timers_unset(opinions->timers, &asker->timer);
        asker->busy = asker->stuck = false;
        asker->inquiry = NULL;
        if (inquiry != NULL)
            answer(inquiry, &opinion);
    }
    serve(opinions);
}
