/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/relocate.h"

#include <string.h>

#include "net/clock.h"

static bool is_first_of_host(const struct jobs *jobs, size_t i)
{
    return i == 0 || jobs->list[i - 1].host != jobs->list[i].host;
}

/* The next job of another name, from i on; jobs->count where there is none. */
static size_t next_name(const struct jobs *jobs, size_t i)
{
    while (i < jobs->count && (!jobs->list[i].named || !is_first_of_host(jobs, i)))
        i++;
    return i;
}

/* Without the child the run goes on with the addresses that it has. */
static void give_up(struct run *run, const struct error *error)
{
    warning("%s: continuing with the known addresses", error->text);
    relocate_close(run);
}

/* Asks for the name at run->relocation.at, or ends the round. */
static void ask(struct run *run, int64_t now_ns)
{
    struct relocation *relocation = &run->relocation;
    const struct options *options = run->options;
    struct error error;
    if (relocation->at == run->jobs.count) {
        int64_t due_ns = relocation->began_ns + options->resolve_every_ns;
        if (!timers_set(&run->timers, &relocation->timer, due_ns > now_ns ? due_ns : now_ns))
            live_fail_memory(run);
        return;
    }
    const struct job *job = &run->jobs.list[relocation->at];
    const struct location_request request = {
        .host = job->host,
        .family = (enum family)job->server.address.family,
        .source = options->source,
        .interface = options->interface,
    };
    if (locator_ask(relocation->locator, &request, &error) != 0)
        give_up(run, &error);
}

static void round_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct run *run = context;
    (void)timer;
    run->relocation.began_ns = now_ns;
    run->relocation.at = next_name(&run->jobs, 0);
    ask(run, now_ns);
}

int relocate_open(struct run *run, struct error *error)
{
    if (run->options->resolve_every_ns == DURATION_UNKNOWN ||
        next_name(&run->jobs, 0) == run->jobs.count)
        return 0;
    run->relocation.locator = locator_start(error);
    return run->relocation.locator != NULL ? 0 : -1;
}

bool relocate_begin(struct run *run, int64_t now_ns)
{
    if (run->relocation.locator == NULL)
        return true;
    run->relocation.timer.fire = round_is_due;
    return timers_set(&run->timers, &run->relocation.timer,
                      now_ns + run->options->resolve_every_ns);
}

int relocate_fd(const struct run *run)
{
    return run->relocation.locator != NULL ? locator_fd(run->relocation.locator) : -1;
}

/* What keeps a job from going there, or NULL. Captures cannot be opened any more. */
static const char *obstacle(struct run *run, const struct location *location)
{
    if (location->result < 0)
        return location->error.text;
    if (location->result == 0 && live_tap(run, location->route.interface) == NULL)
        return "the route to its new address uses an interface that this run does not capture on";
    return NULL;
}

/* Said once, until it is found again. */
static void stay(const struct run *run, struct job *job, const char *why)
{
    char text[ADDRESS_TEXT_MAX];
    if (!job->lost && run->options->verbosity > -2)
        warning("%s stays at %s: %s", job->host, address_text(&job->server.address, text), why);
    job->lost = true;
}

static void tell_change(const struct run *run, const struct job *job, const struct address *now)
{
    char before[ADDRESS_TEXT_MAX], after[ADDRESS_TEXT_MAX];
    if (!address_equal(&job->server.address, now) && run->options->verbosity > -2)
        warning("%s has moved from %s to %s", job->host, address_text(&job->server.address, before),
                address_text(now, after));
}

static void move(struct run *run, struct job *job, const struct location *location)
{
    job->lost = false;
    job->server.address = location->address;
    job->resolve_ns = location->resolve_ns;
    job->routed = location->result == 0;
    if (job->routed)
        jobs_set_route(job, &location->route, run->options);
    else
        job->no_route_reason = location->reason;
}

/* For every port of the name. */
static void apply(struct run *run, const struct location *location)
{
    size_t i = run->relocation.at;
    const char *host = run->jobs.list[i].host, *why = obstacle(run, location);
    if (why != NULL)
        stay(run, &run->jobs.list[i], why);
    else
        tell_change(run, &run->jobs.list[i], &location->address);
    for (; why == NULL && i < run->jobs.count && run->jobs.list[i].host == host; i++)
        move(run, &run->jobs.list[i], location);
}

void relocate_read(struct run *run)
{
    struct location location;
    struct error error;
    if (run->relocation.locator == NULL)
        return;
    int code = locator_read(run->relocation.locator, &location, &error);
    if (code < 0)
        give_up(run, &error);
    if (code != 1)
        return;
    apply(run, &location);
    run->relocation.at = next_name(&run->jobs, run->relocation.at + 1);
    ask(run, clock_monotonic_ns());
}

void relocate_close(struct run *run)
{
    locator_stop(run->relocation.locator);
    run->relocation.locator = NULL;
    timers_unset(&run->timers, &run->relocation.timer);
}
