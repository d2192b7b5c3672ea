/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "confine/resolver.h"

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
    };
}

/* What targets are found with. */
struct finding {
    struct resolver *resolver; /* NULL as long as no target is a name */
    struct router *router;
    const struct ephemeral *ephemeral;
};

/* An address needs no resolver; for the first name it is started. */
static int resolve(struct resolver **resolver, struct job *job, const struct options *options,
                   struct resolved *out, struct error *error)
{
    enum family family = options->family;
    if (family == FAMILY_NONE)
        family = (enum family)options->source.family;
    job->resolve_ns = DURATION_UNKNOWN;
    if (resolve_host(job->host, family, true, out, error) == 0)
        return 0;
    if (options->numeric || (*resolver == NULL && (*resolver = resolver_start(error)) == NULL))
        return -1;
    return resolver_resolve(*resolver, job->host, family, out, &job->resolve_ns, error);
}

/* Consecutive targets often share their host: then the address and the route are taken over. */
static int prepare(struct finding *finding, struct job *job, const struct job *before,
                   const struct options *options, struct error *error)
{
    struct resolved resolved;
    if (before != NULL && before->host == job->host && !before->route.by_port) {
        job->server.address = before->server.address;
        job->resolve_ns = before->resolve_ns;
        job->named = before->named;
        job->routed = before->routed;
        job->route = before->route;
        job->no_route_reason = before->no_route_reason;
        make_plan(job, options);
        return 0;
    }
    if (resolve(&finding->resolver, job, options, &resolved, error) != 0)
        return -1;
    job->named = job->resolve_ns != DURATION_UNKNOWN;
    job->server.address = resolved.address;
    uint16_t fixed = options->source_port;
    struct route_request request = {
        .destination = resolved.address,
        .source = options->source,
        .scope_ifindex = resolved.scope_ifindex,
        .interface = options->interface,
        .destination_port = job->server.port,
        .source_port_first = fixed != 0 ? fixed : finding->ephemeral->first,
        .source_port_last = fixed != 0 ? fixed : finding->ephemeral->last,
    };
    int found = router_lookup(finding->router, &request, &job->route, &job->no_route_reason, error);
    if (found < 0)
        return error_context(error, "%s", job->host);
    job->routed = found == 0;
    make_plan(job, options);
    return 0;
}

void jobs_set_route(struct job *job, const struct route *route, const struct options *options)
{
    job->route = *route;
    make_plan(job, options);
}

static int prepare_all(struct jobs *jobs, struct finding *finding, const struct options *options,
                       struct output *output, struct error *error)
{
    finding->router = router_open(error);
    if (finding->router == NULL)
        return -1;
    for (; jobs->count < jobs->targets.count; jobs->count++) {
        output_preparing(output, jobs->count, jobs->targets.count);
        struct job *job = &jobs->list[jobs->count];
        const struct target *target = &jobs->targets.list[jobs->count];
        job->host = target->host;
        job->place = jobs->targets.count > 1 ? (uint32_t)jobs->count + 1 : 0;
        job->server.port = target->port;
        job->nth = (uint32_t)jobs->count;
        job->left = options->count == 0 ? UINT64_MAX : options->count;
        if (prepare(finding, job, jobs->count > 0 ? job - 1 : NULL, options, error) != 0)
            return -1;
    }
    return 0;
}

int jobs_prepare(struct jobs *jobs, const struct options *options, struct output *output,
                 struct error *error)
{
    struct finding finding = {.ephemeral = &jobs->ephemeral};
    memset(jobs, 0, sizeof *jobs);
    ephemeral_read(&jobs->ephemeral);
    if (targets_parse(&jobs->targets, options->operands, options->operand_count, options->port_list,
                      error) != 0)
        return -1;
    jobs->list = calloc(jobs->targets.count, sizeof *jobs->list);
    if (jobs->list == NULL)
        return error_set(error, STATUS_RUN, "out of memory for %zu targets", jobs->targets.count);
    int status = prepare_all(jobs, &finding, options, output, error);
    resolver_stop(finding.resolver);
    router_close(finding.router);
    return status;
}

void jobs_free(struct jobs *jobs)
{
    targets_free(&jobs->targets);
    free(jobs->list);
}
