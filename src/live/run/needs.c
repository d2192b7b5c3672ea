/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/needs.h"

#include "base/minmax.h"

#define FRAMES_HALF_OPEN       3u /* of a connection, without those that are sent again */
#define FRAMES_OPEN            8u
#define FRAMES_UNKNOWN         100000u /* a second, without a rate */
#define TALLIED_MOST           1024 /* targets that have a summary each, though they see one connection */
#define DESCRIPTORS_TO_CONFINE 4u                   /* for a moment each: /proc, Landlock's rules */
#define HOLDS_FROM             1024                 /* connections */
#define TIME_WAIT_NS           INT64_C(60000000000) /* of Linux: TCP_TIMEWAIT_LEN */
#define PORTS_SOME             64u
#define PORTS_MOST             4096u

uint64_t needs_connections(const struct jobs *jobs)
{
    uint64_t count = jobs->options->count;
    if (count == 0 || jobs->supply.total > UINT64_MAX / count)
        return UINT64_MAX;
    return count * jobs->supply.total;
}

uint32_t needs_ports(const struct jobs *jobs, uint32_t in_flight)
{
    const struct options *options = jobs->options;
    uint64_t to_one = options->count == 0 ? UINT64_MAX : options->count;
    to_one += options->offers != 0 && options->count != 0; /* the plain connection beside it */
    uint64_t meanwhile =
        options->interval_ns > 0 ? (uint64_t)(TIME_WAIT_NS / options->interval_ns) : in_flight;
    uint64_t all = needs_connections(jobs);
    uint64_t most = larger(PORTS_MOST, options->parallel);
    uint64_t wanted = meanwhile < most ? meanwhile : most;
    wanted = wanted > PORTS_SOME ? wanted : PORTS_SOME;
    wanted = wanted < to_one ? wanted : to_one;
    uint64_t some = all < PORTS_SOME ? all : PORTS_SOME;
    return (uint32_t)(wanted > some ? wanted : some);
}

struct lane_request needs_lane(const struct jobs *jobs, uint32_t in_flight)
{
    const struct survey *survey = &jobs->survey;
    return (struct lane_request){.ipv4 = survey->families[0],
                                 .ipv6 = survey->families[1],
                                 .ports = needs_ports(jobs, in_flight),
                                 .ephemeral = &jobs->ephemeral,
                                 .port = jobs->options->source_port,
                                 .source =
                                     survey->source.family != FAMILY_NONE ? &survey->source : NULL,
                                 .source_ifindex = survey->source_ifindex};
}

static uint32_t guards_of_a_port(const struct lane_request *request)
{
    return (uint32_t)request->ipv4 + request->ipv6;
}

size_t needs_descriptors(const struct lane_request *request, uint32_t ports)
{
    return (size_t)guards_of_a_port(request) * ports + DESCRIPTORS_TO_CONFINE;
}

uint32_t needs_guards(const struct lane_request *request, uint32_t ports, uint32_t room)
{
    room = room > DESCRIPTORS_TO_CONFINE ? room - DESCRIPTORS_TO_CONFINE : 0;
    return larger(1, smaller(ports, room / guards_of_a_port(request)));
}

uint32_t needs_frames(const struct jobs *jobs)
{
    const struct options *options = jobs->options;
    uint64_t each = options->close == CLOSE_HALF_OPEN ? FRAMES_HALF_OPEN : FRAMES_OPEN;
    uint64_t planned = needs_connections(jobs);
    uint64_t frames = (options->rate != 0 ? options->rate * each : FRAMES_UNKNOWN) / 4;
    if (planned < CAPTURE_FRAMES_MOST && planned * FRAMES_OPEN < frames)
        frames = planned * FRAMES_OPEN;
    return larger(CAPTURE_FRAMES_LEAST,
                  (uint32_t)(frames < CAPTURE_FRAMES_MOST ? frames : CAPTURE_FRAMES_MOST));
}

bool needs_spares(const struct jobs *jobs)
{
    return jobs->repeats || !jobs->survey.complete;
}

bool needs_holder(const struct jobs *jobs)
{
    return needs_connections(jobs) >= HOLDS_FROM;
}

bool needs_each_once(const struct jobs *jobs)
{
    return jobs->options->count == 1 && jobs->supply.total > TALLIED_MOST && !jobs->resumes;
}
