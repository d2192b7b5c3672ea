/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/jobs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/clock.h"
#include "net/settings.h"
#include "net/synretries.h"

#define HEADERS_IPV4 40u /* IPv4 and TCP without options: RFC 9293, 3.7.1 */
#define HEADERS_IPV6 60u
#define MSS_LEAST    28u /* of the smallest MTU of IPv4, 68: RFC 791, 3.2 */

/* Where a port serves several targets at once in any case, some in a row have the same one: so one
 * question to its guard tells what became of the answers of all. */
#define SHARING_TARGETS 32u
#define SHARED_FROM     4096u  /* connections without a pause ... */
#define SHARED_RATE     20000u /* ... and SYNs a second */

#define SURVEYED_MOST 1024u /* targets whose routes are looked at before the first connection */

static uint16_t mss_for(uint32_t mtu, uint16_t family)
{
    uint32_t headers = family == FAMILY_IPV6 ? HEADERS_IPV6 : HEADERS_IPV4;
    if (mtu > UINT16_MAX)
        mtu = UINT16_MAX; /* what an IPv4 total length can say; loopback's MTU is one more */
    return (uint16_t)(mtu > headers + MSS_LEAST ? mtu - headers : MSS_LEAST);
}

static void make_plan(struct job *job, const struct options *options)
{
    job->plan = (struct plan){
        .close = options->close,
        .timeout_ns = options->timeout_ns,
        .hold_ns = options->hold_ns,
        .time_wait_ns = options->time_wait_ns,
        .payload = options->payload,
        .payload_len = options->payload_len,
        .mss = mss_for(job->route.mtu, job->server.address.family),
        .mss_announced = options->mss,
        .path_mtu = options->path_mtu,
        .ttl = options->ttl,
        .syn_linear_timeouts = job->syn_linear_timeouts,
        .offers = options->offers,
        .cookie = &job->cookie,
    };
}

static int find_way(const struct jobs *jobs, const struct goal *goal, int64_t now_ns,
                    struct way_found *way, struct error *error)
{
    const struct options *options = jobs->options;
    uint16_t fixed = options->source_port;
    char text[ADDRESS_TEXT_MAX];
    struct route_request request = {
        .destination = goal->at.address,
        .source = options->source,
        .scope_ifindex = goal->at.scope_ifindex,
        .interface = options->interface,
        .destination_port = goal->port,
        .source_port_first = fixed != 0 ? fixed : jobs->ephemeral.first,
        .source_port_last = fixed != 0 ? fixed : jobs->ephemeral.last,
    };
    if (ways_find(jobs->ways, &request, now_ns, way, error) == 0)
        return 0;
    return error_context(error, "%s",
                         goal->name != NULL ? goal->name : address_text(&goal->at.address, text));
}

/* The survey */

static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* What a name that is found later leads to is not known yet. */
static void add_family(struct jobs *jobs, enum family family)
{
    const struct options *options = jobs->options;
    bool *families = jobs->survey.families;
    if (family == FAMILY_NONE)
        family =
            options->family != FAMILY_NONE ? options->family : (enum family)options->source.family;
    families[0] = families[0] || family != FAMILY_IPV6;
    families[1] = families[1] || family == FAMILY_IPV6 || (family == FAMILY_NONE && has_ipv6());
}

static void add_interface(struct survey *survey, const struct route *route)
{
    for (size_t i = 0; i < survey->interface_count; i++)
        if (strcmp(survey->interfaces[i], route->interface) == 0)
            return;
    if (survey->interface_count < SURVEY_INTERFACES_MOST)
        memcpy(survey->interfaces[survey->interface_count++], route->interface, IF_NAMESIZE);
    else
        survey->complete = false;
}

static int survey_goal(struct jobs *jobs, const struct goal *goal, struct error *error)
{
    struct way_found way = {.routed = false};
    struct survey *survey = &jobs->survey;
    if (goal->found && find_way(jobs, goal, 0, &way, error) != 0)
        return -1;
    if (way.routed || jobs->repeats)
        add_family(jobs, goal->found ? (enum family)goal->at.address.family : FAMILY_NONE);
    if (!way.routed)
        return 0;
    if (survey->source.family == FAMILY_NONE) {
        survey->source = way.route.source;
        survey->source_ifindex = way.route.ifindex;
    }
    add_interface(survey, &way.route);
    return 0;
}

/* Every address of a name that is probed. */
static int survey_target(struct jobs *jobs, uint64_t number, struct error *error)
{
    struct goal goal = supply_at(&jobs->supply, number);
    int code = survey_goal(jobs, &goal, error);
    for (uint32_t i = 1;
         code == 0 && goal.host != NULL && jobs->options->all_addresses && i < goal.host->count;
         i++) {
        goal.at = goal.host->all[i];
        code = survey_goal(jobs, &goal, error);
    }
    return code;
}

/* Those that are not looked at may be of any family that the lists have. */
static void add_unseen_families(struct jobs *jobs)
{
    const struct blocks *blocks = &jobs->supply.space.blocks;
    bool ipv6 = has_ipv6();
    for (size_t i = 0; i < blocks->count; i++)
        if (blocks->list[i].family != FAMILY_IPV6 || ipv6)
            add_family(jobs, (enum family)blocks->list[i].family);
}

/* An error of one target ends the run where it is on the command line: of a list, the rest goes
 * on, unless no target is without it. */
static int survey_all(struct jobs *jobs, struct error *error)
{
    uint64_t count = jobs->supply.space.count, bad = 0;
    uint64_t looked_at = SURVEYED_MOST;
    if (count < looked_at)
        looked_at = count;
    jobs->survey.complete = count == looked_at && !jobs->supply.streams;
    for (uint64_t i = 0; i < looked_at; i++) {
        uint64_t number = i * (count / looked_at) + i * (count % looked_at) / looked_at;
        if (survey_target(jobs, number, error) == 0)
            continue;
        if (jobs->options->target_paths.count == 0 || ++bad == looked_at || error->out_of_memory)
            return -1;
    }
    if (!jobs->survey.complete)
        add_unseen_families(jobs);
    if (jobs->supply.streams)
        add_family(jobs, FAMILY_NONE);
    return 0;
}

int jobs_prepare(struct jobs *jobs, const struct options *options, int64_t deadline_ns,
                 struct error *error)
{
    *jobs = (struct jobs){.options = options, .repeats = options->count != 1};
    settings_ephemeral(&jobs->ephemeral);
    if (supply_open(&jobs->supply, options, deadline_ns, error) != 0)
        return -1;
    if (jobs->supply.space.count == 1 &&
        !jobs->supply.streams) /* several would add up to a burst each second */
        jobs->linear_timeouts = synretries_linear();
    jobs->ways = ways_open(error);
    return jobs->ways != NULL ? survey_all(jobs, error) : -1;
}

/* Jobs */

static struct job *new_job(struct jobs *jobs)
{
    struct job *job = jobs->spare;
    if (job != NULL)
        jobs->spare = job->next_waiting;
    else
        job = malloc(sizeof *job);
    if (job == NULL)
        return NULL;
    *job = (struct job){.after = jobs->first};
    if (jobs->first != NULL)
        jobs->first->before = job;
    jobs->first = job;
    jobs->count++;
    return job;
}

void jobs_release(struct jobs *jobs, struct job *job)
{
    *(job->before != NULL ? &job->before->after : &jobs->first) = job->after;
    if (job->after != NULL)
        job->after->before = job->before;
    jobs->count--;
    job->next_waiting = jobs->spare;
    jobs->spare = job;
    inflow_release(job->line);
}

/* An error of one target: it is not probed, unless memory ran out. */
static void find_route(struct jobs *jobs, struct job *job, const struct goal *goal, int64_t now_ns)
{
    struct way_found way = {.routed = false};
    struct error error;
    if (!goal->found) {
        job->no_route_reason = REASON_NAME_NOT_FOUND;
    } else if (find_way(jobs, goal, now_ns, &way, &error) != 0) {
        job->no_route_reason = REASON_LOCAL_ERROR;
        jobs->no_memory = error.out_of_memory != 0;
        if (!jobs->no_memory && jobs->options->verbosity > -2)
            error_print(&error);
    } else {
        job->routed = way.routed;
        job->route = way.route;
        job->no_route_reason = way.reason;
    }
    if (job->routed && !jobs_can_follow(jobs, &job->route))
        jobs_set_no_route(job, REASON_POLICY_ROUTE, &job->route);
    make_plan(job, jobs->options);
}

static uint32_t place_of(const struct jobs *jobs, const struct goal *goal)
{
    if (jobs->supply.space.count == 1 && !jobs->supply.streams)
        return 0;
    return goal->number < UINT32_MAX ? (uint32_t)goal->number + 1 : UINT32_MAX;
}

/* Returns false where there is none. */
static bool next_goal(struct jobs *jobs, int64_t now_ns, struct goal *goal)
{
    for (;;) {
        enum supply_status status = supply_next(&jobs->supply, now_ns, goal);
        jobs->awaits = status == SUPPLY_WAIT;
        if (status != SUPPLY_GOAL)
            return false;
        jobs->found += goal->found;
        if (!jobs->only_unfound || !goal->found)
            return true;
        inflow_release(goal->line);
    }
}

static bool shares_ports(const struct jobs *jobs)
{
    const struct options *options = jobs->options;
    uint64_t each = options->interval_ns > 0 ? 1 : options->count;
    bool many = each == 0 || jobs->supply.total >= SHARED_FROM / each;
    return many && (options->rate == 0 || options->rate >= SHARED_RATE);
}

/* How many connections are made to it, and where its own begin. */
static void count_connections(struct jobs *jobs, struct job *job, const struct goal *goal)
{
    uint64_t count = jobs->options->count;
    job->walk_place = goal->place;
    job->reported = goal->reported;
    job->left = count == 0 ? UINT64_MAX : count - goal->reported;
    job->first = jobs->begun++ / (shares_ports(jobs) ? SHARING_TARGETS : 1);
    job->nth = job->first + (uint32_t)goal->reported;
}

struct job *jobs_next(struct jobs *jobs, int64_t now_ns)
{
    const struct options *options = jobs->options;
    struct goal goal;
    struct job *job = new_job(jobs); /* before a target is taken that a journal would lose */
    jobs->no_memory = job == NULL;
    if (job == NULL)
        return NULL;
    if (!next_goal(jobs, now_ns, &goal)) {
        jobs_release(jobs, job);
        return NULL;
    }
    job->line = goal.line;
    count_connections(jobs, job, &goal);
    job->host = goal.name != NULL ? goal.name : address_text(&goal.at.address, job->text);
    job->name = goal.host;
    job->facts.notes = (struct target_notes){goal.attributes.port_states, goal.attributes.labels};
    job->place = place_of(jobs, &goal);
    job->server.port = goal.port;
    job->found = goal.found;
    job->resolve_ns = goal.host != NULL ? goal.host->resolve_ns : DURATION_UNKNOWN;
    job->begins_host = goal.begins_host;
    job->syn_linear_timeouts = jobs->linear_timeouts;
    if (goal.host != NULL && goal.host->count > 1 && !options->all_addresses) {
        job->facts.addresses = goal.host->all;
        job->facts.address_count = goal.host->count;
    }
    if (goal.found) {
        job->server.address = goal.at.address;
        job->scope_ifindex = goal.at.scope_ifindex;
    }
    find_route(jobs, job, &goal, now_ns);
    return job;
}

bool jobs_found_none(const struct jobs *jobs)
{
    return jobs->begun > 0 && jobs->found == 0 && !jobs->resumes;
}

void jobs_set_route(struct job *job, const struct route *route, const struct options *options)
{
    job->route = *route;
    job->cookie.len = 0;
    make_plan(job, options);
}

void jobs_set_no_route(struct job *job, enum reason reason, const struct route *why)
{
    job->routed = false;
    job->no_route_reason = reason;
    job->route.error = why != NULL ? why->error : HOST_ERROR_NONE;
    job->route.table = why != NULL ? why->table : 0;
}

bool jobs_can_follow(const struct jobs *jobs, const struct route *route)
{
    return !route->by_protocol || jobs->tells_protocol;
}

bool jobs_exclude(const struct jobs *jobs, const struct address *address)
{
    return space_excludes(&jobs->supply.space, address);
}

void jobs_tell_others(struct job *job, bool quiet)
{
    bool told = job->told_others;
    job->told_others = true;
    if (job->facts.address_count > 0 && !told && !quiet)
        hosts_tell_others(job->name);
}

void jobs_free(struct jobs *jobs)
{
    while (jobs->first != NULL)
        jobs_release(jobs, jobs->first);
    while (jobs->spare != NULL) {
        struct job *next = jobs->spare->next_waiting;
        free(jobs->spare);
        jobs->spare = next;
    }
    ways_close(jobs->ways);
    supply_close(&jobs->supply);
}
