/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/seek.h"

#include <stdio.h>
#include <string.h>

#include "net/clock.h"

int seek_open(struct seek *seek, struct error *error)
{
    if (!seek->jobs->repeats)
        return 0;
    uint64_t total = seek->jobs->supply.total;
    size_t wanted = total < SEEKERS_MOST ? (size_t)total : SEEKERS_MOST;
    /* cppcheck-suppress knownConditionTrueFalse ; it takes a count of 0 for certain */
    for (; seek->count < wanted; seek->count++)
        if ((seek->seekers[seek->count].locator = locator_start(error)) == NULL)
            return -1;
    return 0;
}

/* Of several ports of a host, one tells. */
static bool tells(const struct seek *seek, const struct job *job)
{
    return seek->options->verbosity > -2 && job->begins_host;
}

/* A name that was found is not asked for again, which is what --resolve-every is for. */
static const char *text_of(const struct job *job, char *out, size_t size)
{
    char address[ADDRESS_TEXT_MAX];
    if (!job->found)
        return job->host;
    address_text(&job->server.address, address);
    if (job->scope_ifindex != 0)
        snprintf(out, size, "%s%%%u", address, job->scope_ifindex);
    else
        snprintf(out, size, "%s", address);
    return out;
}

static int ask(struct seek *seek, const struct seeker *seeker, const struct job *job,
               struct error *error)
{
    const struct options *options = seek->options;
    char text[LOCATOR_HOST_MAX];
    uint16_t fixed = options->source_port;
    enum family family =
        options->family != FAMILY_NONE ? options->family : (enum family)options->source.family;
    const struct location_request request = {
        .host = text_of(job, text, sizeof text),
        .family = job->found ? (enum family)job->server.address.family : family,
        .source = options->source,
        .interface = options->interface,
        .destination_port = job->server.port,
        .source_port_first = fixed != 0 ? fixed : seek->jobs->ephemeral.first,
        .source_port_last = fixed != 0 ? fixed : seek->jobs->ephemeral.last,
    };
    return locator_ask(seeker->locator, &request, error);
}

static struct job *take_waiting(struct seek *seek)
{
    struct job *job = seek->head;
    seek->head = job->next_waiting;
    if (seek->head == NULL)
        seek->tail = NULL;
    return job;
}

/* The child is gone: the run goes on with what is known, unless memory ran out. */
static void give_up(struct seek *seek, const struct error *error)
{
    if (!failure_note_if_memory(seek->failure, error))
        warning("%s: continuing with the known addresses and routes", error->text);
    struct job *waiting = seek->head;
    seek->head = seek->tail = NULL;
    seek->count = 0;
    for (size_t i = 0; i < SEEKERS_MOST; i++) {
        struct seeker *seeker = &seek->seekers[i];
        timers_unset(seek->timers, &seeker->timer);
        locator_stop(seeker->locator);
        seeker->locator = NULL;
        if (seeker->job != NULL)
            seek->found(seek->context, seeker->job);
        seeker->job = NULL;
    }
    while (waiting != NULL) {
        struct job *job = waiting;
        waiting = job->next_waiting;
        seek->found(seek->context, job);
    }
}

/* The job is tried as it was known, and its name is not found. */
static void patience_is_over(void *context, struct timer *timer, int64_t now_ns)
{
    struct seek *seek = context;
    struct seeker *seeker = (struct seeker *)timer;
    struct job *job = seeker->job;
    (void)now_ns;
    seeker->job = NULL;
    seeker->late = true;
    job->resolve_ns = job->found ? DURATION_UNKNOWN : seek->options->timeout_ns;
    seek->found(seek->context, job);
}

static void serve(struct seek *seek)
{
    struct error error;
    for (size_t i = 0; i < seek->count && seek->head != NULL; i++) {
        struct seeker *seeker = &seek->seekers[i];
        if (seeker->job != NULL || seeker->late)
            continue;
        seeker->job = take_waiting(seek);
        seeker->timer = (struct timer){.fire = patience_is_over, .context = seek};
        if (ask(seek, seeker, seeker->job, &error) != 0) {
            give_up(seek, &error);
            return;
        }
        if (!timers_set(seek->timers, &seeker->timer,
                        clock_monotonic_ns() + seek->options->timeout_ns))
            failure_note_memory(seek->failure);
    }
}

bool seek_begin(struct seek *seek, struct job *job)
{
    if (seek->count == 0)
        return false;
    job->next_waiting = NULL;
    if (seek->tail != NULL)
        seek->tail->next_waiting = job;
    else
        seek->head = job;
    seek->tail = job;
    serve(seek);
    return true;
}

int seek_fd(const struct seek *seek, size_t n)
{
    return n < seek->count ? locator_fd(seek->seekers[n].locator) : -1;
}

/* Said once, until there is a route again. */
static void tell_loss(const struct seek *seek, struct job *job, const char *why)
{
    if (!job->lost && tells(seek, job))
        warning("%s: %s", job->host, why);
    job->lost = true;
}

static void tell_way(const struct seek *seek, const struct job *job, const struct route *route)
{
    char text[ADDRESS_TEXT_MAX];
    if (!tells(seek, job))
        return;
    if (!job->routed || job->lost)
        warning("%s: there is a route now, through %s", job->host, route->interface);
    else if (strcmp(job->route.interface, route->interface) != 0)
        warning("%s: the route is now through %s instead of %s", job->host, route->interface,
                job->route.interface);
    else if (!address_equal(&job->route.source, &route->source))
        warning("%s: the address of this host is now %s", job->host,
                address_text(&route->source, text));
}

static void take_address(const struct seek *seek, struct job *job, const struct location *location)
{
    char text[ADDRESS_TEXT_MAX];
    job->resolve_ns = job->found ? DURATION_UNKNOWN : location->resolve_ns;
    if (job->found)
        return;
    job->server.address = location->address;
    job->found = true;
    seek->jobs->found++;
    job->routed = true; /* nothing else to tell */
    job->route = location->route;
    job->lost = false;
    if (tells(seek, job))
        warning("%s is at %s", job->host, address_text(&location->address, text));
}

/* Memory that ran out says nothing of the target: the run ends, and not with a wrong report. */
static void take_error(const struct seek *seek, struct job *job, const struct error *error)
{
    bool ends = failure_note_if_memory(seek->failure, error);
    jobs_set_no_route(job, REASON_LOCAL_ERROR, NULL);
    if (!ends)
        tell_loss(seek, job, error->text);
}

static void take_way(const struct seek *seek, struct job *job, const struct location *location)
{
    const struct route *route = &location->route;
    struct error error;
    if (!jobs_can_follow(seek->jobs, route)) {
        jobs_set_no_route(job, REASON_POLICY_ROUTE, route);
        tell_loss(seek, job, "the route depends on rules of this host that cannot be followed");
        return;
    }
    if (taps_adopt(seek->taps, route->interface, route->ifindex, seek->recorder, &error) != 0) {
        take_error(seek, job, &error);
        return;
    }
    tell_way(seek, job, route);
    job->routed = true;
    job->lost = false;
    jobs_set_route(job, route, seek->options);
}

static void apply(const struct seek *seek, struct job *job, const struct location *location)
{
    if (location->result >= 0 && jobs_exclude(seek->jobs, &location->address)) {
        jobs_set_no_route(job, REASON_LOCAL_ERROR, NULL);
        tell_loss(seek, job, "its address is excluded");
        return;
    }
    if (location->result >= 0)
        take_address(seek, job, location);
    if (location->result == 0) {
        take_way(seek, job, location);
    } else if (location->result == 1) {
        if (job->routed)
            tell_loss(seek, job, "there is no route any more");
        jobs_set_no_route(job, location->reason, &location->route);
    } else if (!job->found && !location->error.out_of_memory) {
        job->resolve_ns = location->resolve_ns;
    } else {
        take_error(seek, job, &location->error);
    }
}

/* Returns false where the child is gone. */
static bool read_one(struct seek *seek, struct seeker *seeker)
{
    struct location location;
    struct error error;
    struct job *job = seeker->job;
    int code = locator_read(seeker->locator, &location, &error);
    if (code < 0) {
        give_up(seek, &error);
        return false;
    }
    if (code == 0)
        return true;
    timers_unset(seek->timers, &seeker->timer);
    seeker->job = NULL;
    seeker->late = false;
    if (job != NULL) {
        apply(seek, job, &location);
        seek->found(seek->context, job);
    }
    return true;
}

void seek_read(struct seek *seek)
{
    for (size_t i = 0; i < seek->count; i++)
        if ((seek->seekers[i].job != NULL || seek->seekers[i].late) &&
            !read_one(seek, &seek->seekers[i]))
            return;
    serve(seek);
}

void seek_close(struct seek *seek)
{
    for (size_t i = 0; i < seek->count; i++) {
        timers_unset(seek->timers, &seek->seekers[i].timer);
        locator_stop(seek->seekers[i].locator);
    }
    seek->count = 0;
}
