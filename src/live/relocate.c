/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/relocate.h"

#include <string.h>

#include "net/clock.h"

/* The next name that a resolver is asked for, from i on; hosts->count where there is none. */
static size_t next_name(const struct hosts *hosts, size_t i)
{
    while (i < hosts->count && !hosts->list[i].named)
        i++;
    return i;
}

static struct host_name *current(const struct relocation *relocation)
{
    return &relocation->jobs->supply.hosts.list[relocation->at];
}

/* Without the child the run goes on with the addresses that it has, unless memory ran out. */
static void give_up(struct relocation *relocation, const struct error *error)
{
    if (!failure_note_if_memory(relocation->failure, error))
        warning("%s: continuing with the known addresses", error->text);
    relocation_close(relocation);
}

/* Asks for the name that it is at, or ends the round. */
static void ask(struct relocation *relocation, int64_t now_ns)
{
    const struct options *options = relocation->options;
    struct error error;
    if (relocation->at == relocation->jobs->supply.hosts.count) {
        int64_t due_ns = relocation->began_ns + options->resolve_every_ns;
        if (!timers_set(relocation->timers, &relocation->timer, due_ns > now_ns ? due_ns : now_ns))
            failure_note_memory(relocation->failure);
        return;
    }
    const struct host_name *host = current(relocation);
    const struct location_request request = {
        .host = host->text,
        .family = host->count > 0 ? (enum family)host->all[0].address.family : FAMILY_NONE,
        .source = options->source,
        .interface = options->interface,
    };
    if (locator_ask(relocation->locator, &request, &error) != 0)
        give_up(relocation, &error);
}

static void round_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct relocation *relocation = context;
    (void)timer;
    relocation->began_ns = now_ns;
    relocation->at = next_name(&relocation->jobs->supply.hosts, 0);
    ask(relocation, now_ns);
}

int relocation_open(struct relocation *relocation, struct error *error)
{
    if (relocation->options->resolve_every_ns == DURATION_UNKNOWN ||
        next_name(&relocation->jobs->supply.hosts, 0) == relocation->jobs->supply.hosts.count)
        return 0;
    relocation->locator = locator_start(error);
    return relocation->locator != NULL ? 0 : -1;
}

bool relocation_start(struct relocation *relocation, int64_t now_ns)
{
    if (relocation->locator == NULL)
        return true;
    relocation->timer = (struct timer){.fire = round_is_due, .context = relocation};
    return timers_set(relocation->timers, &relocation->timer,
                      now_ns + relocation->options->resolve_every_ns);
}

int relocation_fd(const struct relocation *relocation)
{
    return relocation->locator != NULL ? locator_fd(relocation->locator) : -1;
}

/* What keeps a job from going there, or NULL. Captures cannot be opened any more. */
static const char *obstacle(struct relocation *relocation, const struct location *location)
{
    if (location->result < 0)
        return location->error.text;
    if (jobs_exclude(relocation->jobs, &location->address))
        return "its new address is excluded";
    if (location->result == 0 && taps_find(relocation->taps, location->route.interface) == NULL)
        return "the route to its new address uses an interface that this run does not capture on";
    if (location->result == 0 && location->route.by_port)
        return "rules of this host look at ports, which are not asked for again";
    if (location->result == 0 && !jobs_can_follow(relocation->jobs, &location->route))
        return "the route depends on rules of this host that cannot be followed";
    return NULL;
}

/* Said once, until it is found again. */
static void stay(const struct relocation *relocation, struct host_name *host, const char *why)
{
    char text[ADDRESS_TEXT_MAX];
    bool told = host->lost || relocation->options->verbosity <= -2;
    host->lost = true;
    if (told)
        return;
    if (host->count > 0)
        warning("%s stays at %s: %s", host->text, address_text(&host->all[0].address, text), why);
    else
        warning("%s has no usable address: %s", host->text, why);
}

static void tell_change(const struct relocation *relocation, const struct host_name *host,
                        const struct address *now)
{
    char before[ADDRESS_TEXT_MAX], after[ADDRESS_TEXT_MAX];
    if (host->count > 0 && !address_equal(&host->all[0].address, now) &&
        relocation->options->verbosity > -2)
        warning("%s has moved from %s to %s", host->text,
                address_text(&host->all[0].address, before), address_text(now, after));
}

static void move(struct relocation *relocation, struct job *job, const struct location *location)
{
    relocation->jobs->found += !job->found;
    job->found = true;
    job->facts.address_count = 0;
    job->server.address = location->address;
    job->resolve_ns = location->resolve_ns;
    job->routed = location->result == 0;
    if (job->routed)
        jobs_set_route(job, &location->route, relocation->options);
    else
        jobs_set_no_route(job, location->reason, &location->route);
}

/* For every port of the name that is under way, and those to come. */
static void apply(struct relocation *relocation, const struct location *location)
{
    struct host_name *host = current(relocation);
    const struct resolved now = {.address = location->address};
    if (location->result < 0 && failure_note_if_memory(relocation->failure, &location->error))
        return;
    const char *why = obstacle(relocation, location);
    if (why != NULL) {
        stay(relocation, host, why);
        return;
    }
    tell_change(relocation, host, &location->address);
    host->lost = false;
    host->resolve_ns = location->resolve_ns;
    if (!hosts_move(host, &now))
        failure_note_memory(relocation->failure);
    for (struct job *job = relocation->jobs->first; job != NULL; job = job->after)
        if (job->name == host)
            move(relocation, job, location);
}

void relocation_read(struct relocation *relocation)
{
    struct location location;
    struct error error;
    if (relocation->locator == NULL)
        return;
    int code = locator_read(relocation->locator, &location, &error);
    if (code < 0)
        give_up(relocation, &error);
    if (code != 1)
        return;
    apply(relocation, &location);
    relocation->at = next_name(&relocation->jobs->supply.hosts, relocation->at + 1);
    ask(relocation, clock_monotonic_ns());
}

void relocation_close(struct relocation *relocation)
{
    locator_stop(relocation->locator);
    relocation->locator = NULL;
    timers_unset(relocation->timers, &relocation->timer);
}
