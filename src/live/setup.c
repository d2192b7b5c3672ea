/* SPDX-License-Identifier: BSD-2-Clause */
/* What a live run opens before its first segment, and closes after its last. */
#include "live/setup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/signals.h"
#include "confine/confine.h"
#include "live/flight.h"
#include "live/relocate.h"
#include "net/privileges.h"

#define PORT_LOWEST    32768u /* Linux's ephemeral ports: ip_local_port_range */
#define PORT_COUNT     28232u
#define LANE_LEAST     64u   /* ports to choose from, at least ... */
#define LANE_MOST      4096u /* ... and at most: also what the capture filter lets through */
#define IN_FLIGHT_MOST 1000u

uint32_t live_random(void)
{
    uint32_t value = 0;
    while (getrandom(&value, sizeof value, 0) != sizeof value)
        ;
    return value;
}

void live_fail(struct run *run, const struct error *error)
{
    if (!run->failed)
        run->error = *error;
    run->failed = true;
}

void live_fail_recording(struct run *run, const struct error *error)
{
    if (!run->recording_failed)
        run->recording_error = *error;
    run->recording_failed = true;
}

void live_remark(struct run *run, const char *comment)
{
    struct error error;
    if (run->recording != NULL && !run->recording_failed &&
        recording_remark(run->recording, comment, &error) != 0)
        live_fail_recording(run, &error);
}

void live_fail_memory(struct run *run)
{
    struct error error;
    error_set(&error, STATUS_RUN, "out of memory");
    live_fail(run, &error);
}

uint64_t setup_connections_planned(const struct run *run)
{
    uint64_t count = run->options->count;
    if (count == 0 || count > UINT32_MAX)
        return UINT32_MAX;
    return count * run->jobs.count;
}

/* A random stretch of ports that all connections of the run take theirs from: small enough that the
 * capture, whose filter is never changed while probes are in flight, wakes for little else. */
static void choose_lane(struct run *run)
{
    uint64_t planned = setup_connections_planned(run);
    uint32_t size = planned * 16 > LANE_MOST ? LANE_MOST : (uint32_t)(planned * 16);
    if (size < LANE_LEAST)
        size = LANE_LEAST;
    run->port_first = (uint16_t)(PORT_LOWEST + live_random() % (PORT_COUNT - size));
    run->port_last = (uint16_t)(run->port_first + size - 1);
    if (run->options->source_port != 0)
        run->port_first = run->port_last = run->options->source_port;
    const uint32_t random[] = {live_random(), live_random()};
    guard_ports_init(&run->ports, run->port_first, run->port_last, random);
}

struct tap *live_tap(struct run *run, const char *interface)
{
    for (size_t i = 0; i < run->tap_count; i++)
        if (strcmp(capture_interface(run->taps[i].capture), interface) == 0)
            return &run->taps[i];
    return NULL;
}

static int open_tap(struct run *run, const struct route *route, struct error *error)
{
    struct tap *tap = &run->taps[run->tap_count];
    tap->capture = capture_open(route->interface, run->port_first, run->port_last, error);
    if (tap->capture == NULL)
        return -1;
    tap->unseen_interface = -1;
    run->tap_count++;
    if (run->recording == NULL)
        return 0;
    tap->recording_interface = recording_interface(
        run->recording, route->interface, capture_linktype(tap->capture), CAPTURE_SNAPLEN, error);
    return tap->recording_interface < 0 ? -1 : 0;
}

static int open_taps(struct run *run, struct error *error)
{
    run->taps = calloc(run->jobs.count, sizeof *run->taps);
    if (run->taps == NULL)
        return error_set(error, STATUS_RUN, "out of memory");
    for (size_t i = 0; i < run->jobs.count; i++) {
        const struct job *job = &run->jobs.list[i];
        if (!job->routed || live_tap(run, job->route.interface) != NULL)
            continue;
        if (open_tap(run, &job->route, error) != 0)
            return -1;
    }
    return 0;
}

static int open_transmit(struct run *run, struct error *error)
{
    bool families[2] = {false, false};
    for (size_t i = 0; i < run->jobs.count; i++)
        if (run->jobs.list[i].routed)
            families[run->jobs.list[i].server.address.family == FAMILY_IPV6] = true;
    run->transmit = transmit_open(families[0], families[1], error);
    if (run->transmit == NULL)
        return -1;
    return local_errors_open(&run->local_errors, families[0], families[1], error);
}

static int open_signals(struct run *run, struct error *error)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
    static const int stopping[] = {SIGTSTP};
    run->signals = signals_open(caught, sizeof caught / sizeof caught[0], error);
    if (run->signals < 0)
        return -1;
    if (!output_wants_ticks(run->output))
        return 0;
    run->stops = signals_open(stopping, 1, error);
    return run->stops >= 0 ? 0 : -1;
}

/* Each connection in flight holds one descriptor: its guard. */
static void bound_in_flight(struct run *run)
{
    run->in_flight_most = confine_room_for_files(IN_FLIGHT_MOST);
    if (run->options->source_port != 0)
        run->in_flight_most = 1;
}

static int open_flows(struct run *run, struct error *error)
{
    struct flows_config config = {
        .open_max = UINT32_MAX, .linger_ns = INT64_MAX, .keep_steps = true};
    config.key[0] = (uint64_t)live_random() << 32 | live_random();
    config.key[1] = (uint64_t)live_random() << 32 | live_random();
    run->flows = flows_new(&config);
    run->by_port = calloc(UINT16_MAX + 1, sizeof(struct probe *));
    return run->flows != NULL && run->by_port != NULL
               ? 0
               : error_set(error, STATUS_RUN, "out of memory");
}

int setup_open(struct run *run, struct error *error)
{
    const struct options *options = run->options;
    if (jobs_prepare(&run->jobs, options, run->output, error) != 0 ||
        privileges_check(error) != 0 || open_flows(run, error) != 0)
        return -1;
    choose_lane(run);
    bound_in_flight(run);
    if (options->write_path != NULL) {
        run->recording = recording_create(options->write_path, error);
        if (run->recording == NULL)
            return -1;
    }
    if (open_transmit(run, error) != 0 || open_taps(run, error) != 0 ||
        open_signals(run, error) != 0)
        return -1;
    if (setup_connections_planned(run) > 1)
        live_remark(run, several_text());
    if (relocate_open(run, error) != 0)
        return -1;
    const struct sandbox sandbox = {.mode = SANDBOX_LIVE,
                                    .publishes = output_publishes(run->output)};
    return confine(&sandbox, options->verbosity > 0, error);
}

static void warn_of_drops(const struct run *run)
{
    for (size_t i = 0; i < run->tap_count; i++) {
        uint64_t dropped = capture_dropped(run->taps[i].capture);
        if (dropped > 0)
            warning("%llu packets were dropped by the capture on %s: segments may be missing",
                    (unsigned long long)dropped, capture_interface(run->taps[i].capture));
    }
}

int setup_close(struct run *run, int status, struct error *error)
{
    flight_end_all(run);
    relocate_close(run);
    warn_of_drops(run);
    for (size_t i = 0; i < run->tap_count; i++)
        capture_close(run->taps[i].capture);
    free(run->taps);
    transmit_close(run->transmit);
    local_errors_close(&run->local_errors);
    if (run->recording != NULL) {
        struct error late;
        if (recording_close(run->recording, &late) != 0)
            live_fail_recording(run, &late);
    }
    if (run->recording_failed && status == 0) {
        *error = run->recording_error;
        status = -1;
    }
    flows_free(run->flows);
    timers_free(&run->timers);
    free(run->by_port);
    jobs_free(&run->jobs);
    if (run->stops >= 0)
        close(run->stops);
    if (run->signals >= 0)
        close(run->signals);
    return status;
}
