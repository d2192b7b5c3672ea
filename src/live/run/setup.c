/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "confine/confine.h"
#include "live/run/announcement.h"
#include "live/run/needs.h"
#include "net/privileges.h"

#define DESCRIPTORS_TO_WATCH_ALL (1 + DESCRIPTORS_TO_ENTER)
#define DESCRIPTORS_TO_HOLD      (2 + DESCRIPTORS_TO_ENTER) /* a pair of sockets */

/* The children that connections ask come first. */
static int open_flights(struct run *run, struct error *error)
{
    const struct options *options = run->options;
    if (opinions_open(&run->opinions, options, run->jobs.supply.total, error) != 0 ||
        reverse_open(&run->reverse, options, error) != 0)
        return -1;
    run->flights.inquiries = opinions_inquiries(&run->opinions);
    run->flights.hop_names = reverse_names(&run->reverse);
    run->flights.without_steps = !output_wants_steps(run->output);
    run->flights.without_words = !output_wants_words(run->output);
    return flights_open(&run->flights, error);
}

static int open_schedule(struct run *run, struct error *error)
{
    if (schedule_open(&run->schedule, run->options->per_host_max, error) != 0)
        return -1;
    schedule_bound(&run->schedule, run->options);
    return 0;
}

static struct lane_request lane_request(const struct run *run)
{
    return needs_lane(&run->jobs, run->schedule.in_flight_now);
}

static int choose_lane(struct run *run, struct error *error)
{
    const struct lane_request request = lane_request(run);
    return lane_choose(&run->lane, &request, error);
}

static int open_recording(struct run *run, struct error *error)
{
    const char *path = run->options->write_path;
    return path != NULL ? recorder_open(&run->recorder, path, error) : 0;
}

static int open_sockets(struct run *run, struct error *error)
{
    const bool *families = run->jobs.survey.families;
    if (sender_open(&run->sender, families[0], families[1], error) != 0)
        return -1;
    if (run->options->path_mtu && sender_open_measuring(&run->sender, error) != 0)
        return -1;
    run->jobs.tells_protocol = transmit_tells_protocol(run->sender.transmit);
    return local_errors_open(&run->local_errors, families[0], families[1], error);
}

static int open_taps(struct run *run, struct error *error)
{
    run->taps.frames = needs_frames(&run->jobs);
    const struct survey *survey = &run->jobs.survey;
    for (size_t i = 0; i < survey->interface_count; i++)
        if (taps_watch(&run->taps, survey->interfaces[i], &run->lane, &run->recorder, error) != 0)
            return -1;
    if (run->jobs.supply.streams &&
        taps_watch_addressed(&run->taps, &run->lane, &run->recorder, error) != 0)
        return -1;
    if (needs_spares(&run->jobs) && taps_keep_spares(&run->taps, &run->lane, error) != 0)
        return -1;
    return 0;
}

/* What the second guard lets through. */
static void warn_of_guard(const struct lane *lane)
{
    if (lane->held_count > 0 && lane->guards[0].kind == GUARD_TTL)
        warning(
            "this kernel has no TCP MD5: it resets connections to neighbours that send with TTL "
            "255; see --doctor");
}

/* The last descriptors that the run needs: there are as many guards as there is room for, each of
 * which takes one for each family. */
static int open_lane(struct run *run, struct error *error)
{
    const struct lane_request request = lane_request(run);
    if (!request.ipv4 && !request.ipv6)
        return 0;
    uint32_t room = confine_room_for_files(needs_descriptors(&request, run->lane.wanted));
    run->lane.wanted = needs_guards(&request, run->lane.wanted, room);
    if (lane_open(&run->lane, &request, error) != 0)
        return -1;
    warn_of_guard(&run->lane);
    return 0;
}

/* The run can do without it, so it is opened last, where a descriptor is left. Returns 0, or -1
 * with *error set where memory ran out. */
static int watch_all(struct run *run, struct error *error)
{
    struct error absence;
    int code = -1;
    if (confine_room_for_files(DESCRIPTORS_TO_WATCH_ALL) < DESCRIPTORS_TO_WATCH_ALL)
        error_set_code(&absence, EMFILE, "capture on all interfaces");
    else
        code = taps_watch_all(&run->taps, ways_netlink(run->jobs.ways), &run->lane, &absence);
    if (code != 0 && absence.out_of_memory) {
        *error = absence;
        return -1;
    }
    if (code != 0 && run->options->verbosity > 0)
        warning("%s: answers are found only on the interfaces of the routes", absence.text);
    run->flights.hears_loopback = run->taps.any != NULL || taps_find(&run->taps, LOOPBACK) != NULL;
    return 0;
}

/* Once all are open; the run can do without it, too. */
static void hold_captures(struct run *run)
{
    int captures[HOLDER_FILES_MAX];
    if (!needs_holder(&run->jobs))
        return;
    size_t count = taps_some_descriptors(&run->taps, captures, HOLDER_FILES_MAX);
    if (count > 0 && confine_room_for_files(DESCRIPTORS_TO_HOLD) == DESCRIPTORS_TO_HOLD)
        holder_start(&run->holder, captures, count);
}

/* Captures move only where targets are found again, or lie on interfaces that come late. */
static int enter_sandbox(const struct run *run, struct error *error)
{
    int *captures = calloc(run->taps.count + TAPS_SPARES, sizeof *captures);
    if (captures == NULL)
        return error_set_memory(error, "out of memory");
    const struct sandbox sandbox = {
        .mode = SANDBOX_LIVE,
        .publishes = output_publishes(run->output),
        .directory = run->output->target.directory,
        .captures = captures,
        .capture_count = needs_spares(&run->jobs) ? taps_descriptors(&run->taps, captures) : 0};
    ways_confine(run->jobs.ways);
    int code = confine(&sandbox, run->options->verbosity > 0, error);
    free(captures);
    return code;
}

int setup_open(struct run *run, struct error *error)
{
    if (jobs_prepare(&run->jobs, run->options, run->deadline_ns, error) != 0 ||
        journaling_open(&run->journaling, error) != 0)
        return -1;
    if (run->journaling.concluded)
        return 0;
    if (privileges_check(error) != 0 || open_flights(run, error) != 0 ||
        open_schedule(run, error) != 0 || choose_lane(run, error) != 0 ||
        open_recording(run, error) != 0 || open_sockets(run, error) != 0 ||
        open_taps(run, error) != 0 || interrupts_open(&run->interrupts, run->output, error) != 0)
        return -1;
    announcement_make(&run->jobs, run->output, &run->recorder);
    if (relocation_open(&run->relocation, error) != 0 || seek_open(&run->seek, error) != 0 ||
        open_lane(run, error) != 0 || watch_all(run, error) != 0)
        return -1;
    hold_captures(run);
    return enter_sandbox(run, error);
}

/* That the recording could not be completed is told beside what else went wrong, and decides the
 * status. */
static int judge_recording(const struct run *run, int status, struct error *error)
{
    const struct failure *failure = &run->recorder.failure;
    if (!failure->failed)
        return status;
    if (status != 0 && !run->options->plugin && strcmp(error->text, failure->error.text) != 0)
        error_print(error);
    *error = failure->error;
    return -1;
}

int setup_close(struct run *run, int status, struct error *error)
{
    flights_close(&run->flights);
    schedule_close(&run->schedule);
    relocation_close(&run->relocation);
    seek_close(&run->seek);
    opinions_close(&run->opinions);
    reverse_close(&run->reverse);
    taps_warn_of_drops(&run->taps);
    taps_close(&run->taps);
    sender_close(&run->sender);
    lane_close(&run->lane);
    local_errors_close(&run->local_errors);
    recorder_close(&run->recorder);
    status = judge_recording(run, status, error);
    journaling_close(&run->journaling);
    timers_free(&run->timers);
    jobs_free(&run->jobs);
    interrupts_close(&run->interrupts);
    holder_stop(&run->holder);
    return status;
}
