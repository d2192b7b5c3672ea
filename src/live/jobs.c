/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/names.h"
#include "net/synretries.h"

#define HEADERS_IPV4 40u /* IPv4 and TCP without options: RFC 9293, 3.7.1 */
#define HEADERS_IPV6 60u
#define MSS_LEAST    28u /* of the smallest MTU of IPv4, 68: RFC 791, 3.2 */

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
        .ttl = options->ttl,
        .syn_linear_timeouts = job->syn_linear_timeouts,
        .offers = options->offers,
        .cookie = &job->cookie,
    };
}

static bool shares_host(const struct jobs *jobs, size_t i)
{
    return i > 0 && jobs->list[i - 1].host == jobs->list[i].host;
}

static enum family wanted_family(const struct options *options)
{
    return options->family != FAMILY_NONE ? options->family : (enum family)options->source.family;
}

static void take_address(struct job *job, const struct resolved *resolved)
{
    job->server.address = resolved->address;
    job->scope_ifindex = resolved->scope_ifindex;
    job->found = true;
}

/* Consecutive targets often share their host. */
static void take_over_host(struct job *job, const struct job *before)
{
    job->named = before->named;
    job->name = before->name;
    job->found = before->found;
    job->server.address = before->server.address;
    job->scope_ifindex = before->scope_ifindex;
    job->resolve_ns = before->resolve_ns;
}

/* A host that is no address is a name. */
static int begin_job(struct jobs *jobs, size_t i, const struct options *options,
                     struct error *error)
{
    const struct target *target = &jobs->targets.list[i];
    struct job *job = &jobs->list[i];
    struct resolved resolved;
    job->host = target->host;
    job->place = jobs->targets.count > 1 ? (uint32_t)i + 1 : 0;
    job->server.port = target->port;
    job->resolve_ns = DURATION_UNKNOWN;
    job->nth = (uint32_t)i;
    if (jobs->targets.count == 1) /* several would add up to a burst each second */
        job->syn_linear_timeouts = synretries_linear();
    job->left = options->count == 0 ? UINT64_MAX : options->count;
    if (shares_host(jobs, i))
        take_over_host(job, job - 1);
    else if (resolve_host(job->host, wanted_family(options), true, &resolved, error) == 0)
        take_address(job, &resolved);
    else if (options->numeric)
        return -1;
    else if (!resolve_is_name(job->host)) /* which is an error of the command line */
        return resolve_host(job->host, wanted_family(options), false, &resolved, error);
    else
        job->named = true;
    return 0;
}

static size_t collect_names(const struct jobs *jobs, struct name *names)
{
    size_t count = 0;
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->list[i].named && !shares_host(jobs, i)) {
            if (names != NULL)
                names[count] = (struct name){.host = jobs->list[i].host, .first = &jobs->list[i]};
            count++;
        }
    return count;
}

static void take_name(struct jobs *jobs, const struct name *name)
{
    struct job *job = name->first;
    job->resolve_ns = name->resolution.duration_ns;
    if (name->resolution.result == 0) {
        take_address(job, &name->resolution.all.list[0]);
        job->name = name->resolution.all.count > 1 ? name : NULL;
    }
    while (++job < jobs->list + jobs->count && job->host == job[-1].host)
        take_over_host(job, job - 1);
}

/* That of the only name is told by the end of the run. */
static void tell_failures(struct jobs *jobs, const struct name *names, size_t count, bool quiet)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].resolution.result != 0) {
            jobs->why_not_found = names[i].resolution.error;
            if (!quiet && (jobs->targets.host_count > 1 || jobs->repeats))
                error_print(&names[i].resolution.error);
        }
}

static int resolve_names(struct jobs *jobs, const struct names_request *request, bool quiet,
                         struct error *error)
{
    size_t count = collect_names(jobs, NULL);
    if (count == 0)
        return 0;
    struct name *names = jobs->names = calloc(count, sizeof *names);
    if (names == NULL)
        return error_set(error, STATUS_RUN, "out of memory for %zu names", count);
    collect_names(jobs, names);
    int code = names_resolve(names, count, request, error);
    for (size_t i = 0; code == 0 && i < count; i++)
        take_name(jobs, &names[i]);
    if (code == 0)
        tell_failures(jobs, names, count, quiet);
    return code;
}

static int find_route(const struct jobs *jobs, struct router *router, struct job *job,
                      const struct options *options, struct error *error)
{
    uint16_t fixed = options->source_port;
    struct route_request request = {
        .destination = job->server.address,
        .source = options->source,
        .scope_ifindex = job->scope_ifindex,
        .interface = options->interface,
        .destination_port = job->server.port,
        .source_port_first = fixed != 0 ? fixed : jobs->ephemeral.first,
        .source_port_last = fixed != 0 ? fixed : jobs->ephemeral.last,
    };
    int found = router_lookup(router, &request, &job->route, &job->no_route_reason, error);
    if (found < 0)
        return error_context(error, "%s", job->host);
    job->routed = found == 0;
    return 0;
}

static int route_job(const struct jobs *jobs, struct router *router, size_t i,
                     const struct options *options, struct error *error)
{
    struct job *job = &jobs->list[i];
    if (!job->found) {
        job->no_route_reason = REASON_NAME_NOT_FOUND;
    } else if (shares_host(jobs, i) && !job[-1].route.by_port &&
               address_equal(&job[-1].server.address, &job->server.address)) {
        job->routed = job[-1].routed;
        job->route = job[-1].route;
        job->no_route_reason = job[-1].no_route_reason;
    } else if (find_route(jobs, router, job, options, error) != 0) {
        return -1;
    }
    make_plan(job, options);
    return 0;
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

static int route_all(const struct jobs *jobs, const struct options *options, struct output *output,
                     struct error *error)
{
    struct router *router = router_open(error);
    int code = router != NULL ? 0 : -1;
    for (size_t i = 0; code == 0 && i < jobs->count; i++) {
        output_preparing(output, i, jobs->count);
        code = route_job(jobs, router, i, options, error);
    }
    router_close(router);
    return code;
}

static int begin_all(struct jobs *jobs, const struct options *options, struct error *error)
{
    for (size_t i = 0; i < jobs->targets.count; i++)
        if (begin_job(jobs, i, options, error) != 0)
            return -1;
    jobs->count = jobs->targets.count;
    return 0;
}

static size_t count_addresses(const struct job *job)
{
    return job->name != NULL ? job->name->resolution.all.count : 1;
}

/* One job becomes as many as its name has addresses. */
static struct job *put_addresses(struct job *at, const struct job *job)
{
    size_t count = count_addresses(job);
    for (size_t i = 0; i < count; i++, at++) {
        *at = *job;
        at->name = NULL;
        if (job->name != NULL)
            take_address(at, &job->name->resolution.all.list[i]);
    }
    return at;
}

static int take_all_addresses(struct jobs *jobs, struct error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < jobs->count; i++)
        count += count_addresses(&jobs->list[i]);
    struct job *list = calloc(count > 0 ? count : 1, sizeof *list), *at = list;
    if (list == NULL)
        return error_set(error, STATUS_RUN, "out of memory for %zu addresses", count);
    for (size_t i = 0; i < jobs->count; i++)
        at = put_addresses(at, &jobs->list[i]);
    free(jobs->list);
    jobs->list = list;
    jobs->count = count;
    return 0;
}

int jobs_prepare(struct jobs *jobs, const struct options *options, int64_t deadline_ns,
                 struct output *output, struct error *error)
{
    const struct names_request request = {.family = wanted_family(options),
                                          .timeout_ns = options->timeout_ns,
                                          .deadline_ns = deadline_ns};
    memset(jobs, 0, sizeof *jobs);
    jobs->repeats = options->count != 1;
    ephemeral_read(&jobs->ephemeral);
    if (targets_parse(&jobs->targets, options->operands, options->operand_count, options->port_list,
                      error) != 0)
        return -1;
    jobs->list = calloc(jobs->targets.count, sizeof *jobs->list);
    if (jobs->list == NULL)
        return error_set(error, STATUS_RUN, "out of memory for %zu targets", jobs->targets.count);
    if (begin_all(jobs, options, error) != 0 ||
        resolve_names(jobs, &request, options->verbosity <= -2, error) != 0)
        return -1;
    if (options->all_addresses && take_all_addresses(jobs, error) != 0)
        return -1;
    return route_all(jobs, options, output, error);
}

bool jobs_found_none(const struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->list[i].found)
            return false;
    return jobs->count > 0;
}

void jobs_tell_others(struct job *job, bool quiet)
{
    char text[ADDRESS_TEXT_MAX], others[RESOLVED_MOST * (ADDRESS_TEXT_MAX + 2)] = "";
    const struct name *name = job->name;
    bool told = job->told_others;
    job->told_others = true;
    if (name == NULL || quiet || told)
        return;
    for (uint32_t i = 1; i < name->resolution.all.count; i++) {
        size_t used = strlen(others);
        snprintf(others + used, sizeof others - used, "%s%s", i > 1 ? ", " : "",
                 address_text(&name->resolution.all.list[i].address, text));
    }
    warning("%s: %s failed; %s not tried: see --all-addresses", job->host,
            address_text(&job->server.address, text), others);
}

void jobs_free(struct jobs *jobs)
{
    targets_free(&jobs->targets);
    free(jobs->names);
    free(jobs->list);
}
