/* SPDX-License-Identifier: BSD-2-Clause */
/* The live loop. One thread, one poll: frames from every capture go to the connection they belong
 * to, the prober of that connection is asked what to do next, and a heap of timers says when to
 * ask again without a frame. The tracker never learns what was sent except through the capture;
 * what the capture misses enters it with the time of sending, and is marked. */
#include "live/probe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/minmax.h"
#include "base/outlet.h"
#include "confine/confine.h"
#include "confine/holder.h"
#include "live/interrupts.h"
#include "live/journaling.h"
#include "live/opinions.h"
#include "live/relocate.h"
#include "live/reverse.h"
#include "live/schedule.h"
#include "net/clock.h"
#include "net/localerrors.h"
#include "net/privileges.h"
#include "output/inplace.h"

#define READ_BATCH               256
#define UNREAD_MOST              (CAPTURE_FRAMES_MOST / READ_BATCH) /* rounds: of the largest ring */
#define FRAMES_HALF_OPEN         3u /* of a connection, without those that are sent again */
#define FRAMES_OPEN              8u
#define FRAMES_UNKNOWN           100000u /* a second, without a rate */
#define DROPS_WATCHED_NS         INT64_C(10000000)
#define FIRE_BATCH               256u
#define TALLIED_MOST             1024 /* targets that have a summary each, though they see one connection */
#define DESCRIPTORS_TO_CONFINE   4u /* for a moment each: /proc, Landlock's rules */
#define DESCRIPTORS_TO_WATCH_ALL (1 + DESCRIPTORS_TO_ENTER)
#define HOLDS_FROM               1024                       /* connections */
#define DESCRIPTORS_TO_HOLD      (2 + DESCRIPTORS_TO_ENTER) /* a pair of sockets */
#define TIME_WAIT_NS             INT64_C(60000000000)       /* of Linux: TCP_TIMEWAIT_LEN */
#define PORTS_SOME               64u
#define PORTS_MOST               4096u
#define LOCAL_ERRORS             2u /* sockets */
#define OUTLETS                  2u /* of the report and of the recording */
#define QUEUED_MOST              (256u * 1024)
#define DEADLINE_GRACE_NS        INT64_C(100000000) /* for readers */
#define POLLED_BESIDES                                                                             \
    (LOCAL_ERRORS + OUTLETS + SEEKERS_MOST + OPINIONS_MOST + NAMERS_MOST + INFLOW_FDS_MOST + 5u)

/* The parts of a run, each of which knows those that it needs. */
struct run {
    const struct options *options;
    struct output *output;
    struct failure failure; /* ends the run */
    struct timers timers;
    struct jobs jobs;
    struct lane lane;
    struct recorder recorder;
    struct taps taps;
    struct holder holder; /* of the captures */
    struct local_errors local_errors;
    struct sender sender;
    struct flights flights;
    struct schedule schedule;
    struct relocation relocation;
    struct seek seek;
    struct opinions opinions;
    struct reverse reverse;
    struct interrupts interrupts;
    struct journaling journaling;
    int64_t deadline_ns; /* monotonic; INT64_MAX: none */
    struct timer deadline, tick, release, journal;
    bool interrupted;   /* there is more to do, which a journal keeps */
    int64_t watched_ns; /* when the drops of the captures were last looked at */
    unsigned unread;    /* rounds in a row that have left frames to be read */
    bool more;          /* connections could begin at once, or frames be read */
};

static void wire(struct run *run, const struct options *options, struct output *output)
{
    *run = (struct run){.options = options,
                        .output = output,
                        .deadline_ns = INT64_MAX,
                        .local_errors = {{-1, -1}},
                        .interrupts = {.signals = -1, .stops = -1}};
    run->flights = (struct flights){.sender = &run->sender,
                                    .recorder = &run->recorder,
                                    .timers = &run->timers,
                                    .failure = &run->failure,
                                    .lane = &run->lane,
                                    .throttle = &run->schedule.throttle,
                                    .taps = &run->taps,
                                    .output = output,
                                    .hops_max = options->path ? options->hops_max : 0,
                                    .measures = options->path_mtu,
                                    .quiet = options->verbosity <= -2};
    pace_init_even(&run->flights.side_pace, options->rate);
    run->schedule = (struct schedule){.jobs = &run->jobs,
                                      .flights = &run->flights,
                                      .taps = &run->taps,
                                      .recorder = &run->recorder,
                                      .timers = &run->timers,
                                      .failure = &run->failure,
                                      .output = output,
                                      .seek = &run->seek,
                                      .quiet = options->verbosity <= -2,
                                      .compare = options->compare,
                                      .control_port = options->control_port,
                                      .interval_ns = options->interval_ns};
    run->seek = (struct seek){.jobs = &run->jobs,
                              .options = options,
                              .taps = &run->taps,
                              .recorder = &run->recorder,
                              .timers = &run->timers,
                              .failure = &run->failure,
                              .found = schedule_found,
                              .context = &run->schedule};
    run->journaling = (struct journaling){.options = options, .jobs = &run->jobs, .output = output};
    run->taps.quiet = options->verbosity <= -2;
    run->sender.conntrack = &run->schedule.tracking.table;
    if (options->deadline_ns != DURATION_UNKNOWN)
        run->deadline_ns = clock_monotonic_ns() + options->deadline_ns;
    run->relocation = (struct relocation){.jobs = &run->jobs,
                                          .options = options,
                                          .taps = &run->taps,
                                          .timers = &run->timers,
                                          .failure = &run->failure};
}

/* How many connections the options ask for; UINT64_MAX: without end. */
static uint64_t connections_planned(const struct run *run)
{
    uint64_t count = run->options->count;
    if (count == 0 || run->jobs.supply.total > UINT64_MAX / count)
        return UINT64_MAX;
    return count * run->jobs.supply.total;
}

/* Opening and closing */

/* How many source ports: so that no tuple has to be used twice while the peer may hold the one
 * before in TIME_WAIT, as far as that goes; and some for many targets, so that who sees one does
 * not know the others. */
static uint32_t ports_wanted(const struct run *run)
{
    const struct options *options = run->options;
    uint64_t to_one = options->count == 0 ? UINT64_MAX : options->count;
    to_one += options->offers != 0 && options->count != 0; /* the plain connection beside it */
    uint64_t meanwhile = options->interval_ns > 0 ? (uint64_t)(TIME_WAIT_NS / options->interval_ns)
                                                  : run->schedule.in_flight_now;
    uint64_t all = connections_planned(run);
    uint64_t most = larger(PORTS_MOST, options->parallel);
    uint64_t wanted = meanwhile < most ? meanwhile : most;
    wanted = wanted > PORTS_SOME ? wanted : PORTS_SOME;
    wanted = wanted < to_one ? wanted : to_one;
    uint64_t some = all < PORTS_SOME ? all : PORTS_SOME;
    return (uint32_t)(wanted > some ? wanted : some);
}

static struct lane_request lane_request(const struct run *run)
{
    const struct survey *survey = &run->jobs.survey;
    return (struct lane_request){.ipv4 = survey->families[0],
                                 .ipv6 = survey->families[1],
                                 .ports = ports_wanted(run),
                                 .ephemeral = &run->jobs.ephemeral,
                                 .port = run->options->source_port,
                                 .source =
                                     survey->source.family != FAMILY_NONE ? &survey->source : NULL,
                                 .source_ifindex = survey->source_ifindex};
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
    uint32_t each = (uint32_t)request.ipv4 + request.ipv6;
    uint32_t room =
        confine_room_for_files((size_t)each * run->lane.wanted + DESCRIPTORS_TO_CONFINE);
    room = room > DESCRIPTORS_TO_CONFINE ? room - DESCRIPTORS_TO_CONFINE : 0;
    run->lane.wanted = larger(1, smaller(run->lane.wanted, room / each));
    if (lane_open(&run->lane, &request, error) != 0)
        return -1;
    warn_of_guard(&run->lane);
    return 0;
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

/* Frames of a quarter of a second, for which another process may have the processor; but no more
 * than there will be. */
static uint32_t frames_wanted(const struct run *run)
{
    const struct options *options = run->options;
    uint64_t each = options->close == CLOSE_HALF_OPEN ? FRAMES_HALF_OPEN : FRAMES_OPEN;
    uint64_t planned = connections_planned(run);
    uint64_t frames = (options->rate != 0 ? options->rate * each : FRAMES_UNKNOWN) / 4;
    if (planned < CAPTURE_FRAMES_MOST && planned * FRAMES_OPEN < frames)
        frames = planned * FRAMES_OPEN;
    return larger(CAPTURE_FRAMES_LEAST,
                  (uint32_t)(frames < CAPTURE_FRAMES_MOST ? frames : CAPTURE_FRAMES_MOST));
}

/* Whether captures are opened for interfaces that a route leads over later. */
static bool needs_spares(const struct run *run)
{
    return run->jobs.repeats || !run->jobs.survey.complete;
}

static int open_taps(struct run *run, struct error *error)
{
    run->taps.frames = frames_wanted(run);
    const struct survey *survey = &run->jobs.survey;
    for (size_t i = 0; i < survey->interface_count; i++)
        if (taps_watch(&run->taps, survey->interfaces[i], &run->lane, &run->recorder, error) != 0)
            return -1;
    if (run->jobs.supply.streams &&
        taps_watch_addressed(&run->taps, &run->lane, &run->recorder, error) != 0)
        return -1;
    if (needs_spares(run) && taps_keep_spares(&run->taps, &run->lane, error) != 0)
        return -1;
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

/* Once all are open; the run can do without it, too. The child outlives the run: where process 1
 * does not reap orphans, as in some containers, each would leave a zombie, so a small run, as a
 * check makes one every minute, closes its captures itself. */
static void hold_captures(struct run *run)
{
    int captures[HOLDER_FILES_MAX];
    if (connections_planned(run) < HOLDS_FROM)
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
        .capture_count = needs_spares(run) ? taps_descriptors(&run->taps, captures) : 0};
    ways_confine(run->jobs.ways);
    int code = confine(&sandbox, run->options->verbosity > 0, error);
    free(captures);
    return code;
}

/* One target has none. */
static void tell_order(struct run *run)
{
    const struct supply *supply = &run->jobs.supply;
    char remark[ANNOTATION_MAX];
    bool as_given = run->options->in_order || supply->space.count < 2;
    const struct run_order order = {.seed = as_given ? UINT64_MAX : supply->seed,
                                    .shard = run->options->shard.number,
                                    .shards = run->options->shard.count};
    if (supply->total == 1)
        return;
    output_order(run->output, &order);
    recorder_remark(&run->recorder, order_format(order.seed, order.shard, order.shards, remark));
}

/* Opens all that the run needs, then gives every capability up. */
static int open_run(struct run *run, struct error *error)
{
    const struct options *options = run->options;
    if (jobs_prepare(&run->jobs, options, run->deadline_ns, error) != 0 ||
        journaling_open(&run->journaling, error) != 0)
        return -1;
    if (run->journaling.concluded)
        return 0;
    if (privileges_check(error) != 0)
        return -1;
    run->reverse.failure = &run->failure;
    if (opinions_open(&run->opinions, options, run->jobs.supply.total, error) != 0 ||
        reverse_open(&run->reverse, options, error) != 0)
        return -1;
    run->flights.inquiries = opinions_inquiries(&run->opinions);
    run->flights.hop_names = reverse_names(&run->reverse);
    run->flights.without_steps = !output_wants_steps(run->output);
    run->flights.without_words = !output_wants_words(run->output);
    if (flights_open(&run->flights, error) != 0 ||
        schedule_open(&run->schedule, options->per_host_max, error) != 0)
        return -1;
    schedule_bound(&run->schedule, options);
    const struct lane_request request = lane_request(run);
    if (lane_choose(&run->lane, &request, error) != 0)
        return -1;
    if (options->write_path != NULL &&
        recorder_open(&run->recorder, options->write_path, error) != 0)
        return -1;
    if (open_sockets(run, error) != 0 || open_taps(run, error) != 0 ||
        interrupts_open(&run->interrupts, run->output, error) != 0)
        return -1;
    if (connections_planned(run) > 1)
        recorder_remark(&run->recorder, several_text());
    if (options->count == 1 && run->jobs.supply.total > TALLIED_MOST && !run->jobs.resumes) {
        output_each_once(run->output);
        recorder_remark(&run->recorder, each_once_text());
    }
    if (options->compare) {
        output_compare(run->output);
        recorder_remark(&run->recorder, compare_text());
    }
    tell_order(run);
    if (relocation_open(&run->relocation, error) != 0 || seek_open(&run->seek, error) != 0 ||
        open_lane(run, error) != 0)
        return -1;
    if (watch_all(run, error) != 0)
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

/* Ends what is still in flight and closes everything. Returns status, or -1 with *error set where
 * the recording could not be completed. */
static int close_run(struct run *run, int status, struct error *error)
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

/* The loop */

static void take_landed(struct run *run, int64_t now_ns)
{
    struct attempt landed;
    while (flights_next_landed(&run->flights, &landed))
        schedule_landed(&run->schedule, &landed, now_ns);
}

/* No new connection; those in flight reset what is open. */
static void cancel(struct run *run)
{
    if (run->schedule.cancelled)
        return;
    schedule_cancel(&run->schedule);
    flights_cancel(&run->flights);
}

/* The same before the run is complete: what is in flight belongs to the run that resumes this one,
 * if there is a journal. */
static void interrupt(struct run *run)
{
    if (run->schedule.cancelled)
        return;
    take_landed(run, clock_monotonic_ns());
    run->interrupted = true;
    if (run->journaling.open)
        inplace_freeze(run->output);
    cancel(run);
}

static void deadline_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    (void)timer;
    (void)now_ns;
    interrupt(context);
}

/* The round that it wakes does it. */
static void is_due(void *context, struct timer *timer, int64_t now_ns)
{
    (void)context;
    (void)timer;
    (void)now_ns;
}

static struct output_outlook outlook_of(const struct run *run)
{
    return (struct output_outlook){.planned = connections_planned(run),
                                   .in_flight = flights_count(&run->flights)};
}

static void tick_is_due(void *context, struct timer *timer, int64_t now_ns)
{
    struct run *run = context;
    const struct output_outlook outlook = outlook_of(run);
    const struct conversation *conversation = flights_conversation(&run->flights);
    if (outlook.planned == 1 && conversation != NULL)
        output_so_far(run->output, conversation, now_ns);
    output_tick(run->output, &outlook, now_ns);
    if (!timers_set(&run->timers, timer, now_ns + WATCH_TICK_NS))
        failure_note_memory(&run->failure);
}

static void read_what_came(struct run *run)
{
    flights_reading(&run->flights);
    local_errors_read(&run->local_errors, READ_BATCH, flights_take_local_error, &run->flights);
    bool more = taps_read(&run->taps, READ_BATCH, flights_take_frame, &run->flights, &run->failure);
    flights_have_read(&run->flights, !more);
    flights_flush(&run->flights); /* answers, before any question */
    run->unread = more ? run->unread + 1 : 0;
    relocation_read(&run->relocation);
    seek_read(&run->seek);
    opinions_read(&run->opinions);
    reverse_read(&run->reverse);
    inflow_read(&run->jobs.supply.inflow, clock_monotonic_ns());
}

/* A frame that the capture has dropped is no answer that was not given. */
static void watch_drops(struct run *run, int64_t now_ns)
{
    if (now_ns - run->watched_ns < DROPS_WATCHED_NS)
        return;
    throttle_watch(&run->schedule.throttle, taps_dropped(&run->taps), now_ns);
    if (run->unread == 0)
        throttle_judge_departures(&run->schedule.throttle, now_ns);
    run->watched_ns = now_ns;
}

/* SYNs that are sent again go before new ones. */
static void release_held(struct run *run, int64_t now_ns)
{
    int64_t next_ns = flights_release(&run->flights, now_ns);
    if (next_ns != INT64_MAX && !timers_set(&run->timers, &run->release, next_ns))
        failure_note_memory(&run->failure);
}

/* An answer that waits to be read must not be missed when the time for it is over, nor wait for
 * questions. But a flood of frames must not hold up time for longer than the rings are full. */
static bool reads_first(const struct run *run)
{
    return run->unread % UNREAD_MOST != 0;
}

/* What is set anew for at once comes behind signals. All SYNs of a round, those that are sent again
 * first, are one batch. */
static void fire_what_is_due(struct run *run)
{
    int64_t now_ns = clock_monotonic_ns();
    watch_drops(run, now_ns); /* before any probe ends without an answer */
    run->more = run->unread > 0;
    if (reads_first(run)) {
        flights_flush(&run->flights);
        return;
    }
    size_t left = run->timers.count < FIRE_BATCH ? run->timers.count : FIRE_BATCH;
    while (left > 0 && !sender_is_full(&run->sender) && timers_fire_one(&run->timers, now_ns)) {
        take_landed(run, now_ns);
        left--;
    }
    release_held(run, now_ns);
    bool begins = schedule_go_round(&run->schedule, (uint32_t)run->sender.queued, now_ns);
    run->more = run->more || begins;
    flights_flush(&run->flights);
}

static void find_outlets(const struct run *run, struct outlet *outlets[OUTLETS])
{
    outlets[0] = &run->output->outlet;
    outlets[1] = recorder_outlet(&run->recorder);
}

/* While readers are slow no connection begins, so that the queues are bounded. Returns whether
 * there is one who does not take what there is. */
static bool push_outlets(struct run *run)
{
    struct outlet *outlets[OUTLETS];
    bool full = false, stuck = false;
    find_outlets(run, outlets);
    for (size_t i = 0; i < OUTLETS; i++)
        if (outlets[i] != NULL && outlet_queued(outlets[i]) > 0) {
            outlet_push(outlets[i]); /* a failure is noted by the next write */
            full = full || outlet_queued(outlets[i]) > QUEUED_MOST;
            stuck = stuck || outlet_queued(outlets[i]) > 0;
        }
    schedule_hold(&run->schedule, full);
    return stuck;
}

/* Between two rounds, when all that was reported is accounted for. */
static void keep_journal(struct run *run)
{
    struct error error;
    if (!run->journaling.open || run->schedule.cancelled || run->failure.failed)
        return;
    if (journaling_keep(&run->journaling, clock_monotonic_ns(), &error) != 0)
        failure_note(&run->failure, &error);
    timers_unset(&run->timers, &run->journal);
    int64_t due_ns = journaling_due_ns(&run->journaling);
    if (due_ns != INT64_MAX && !timers_set(&run->timers, &run->journal, due_ns))
        failure_note_memory(&run->failure);
}

/* One round: what came, then what is due. Returns false when asked to leave at once: a second
 * signal. */
static bool go_round(struct run *run)
{
    const struct output_outlook outlook = outlook_of(run);
    unsigned ends = interrupts_take(&run->interrupts, run->output, &outlook, push_outlets(run));
    bool stay = ends == 0 || (ends == 1 && !run->schedule.cancelled);
    for (unsigned i = 0; i < ends; i++)
        outlets_interrupt();
    if (ends > 0)
        interrupt(run);
    read_what_came(run);
    if (output_is_broken(run->output))
        interrupt(run); /* there is no reader any more: output_close says why */
    if (output_has_failed(run->output))
        cancel(run); /* nothing can change */
    if (run->recorder.failure.failed && run->options->count == 0)
        cancel(run); /* a run with an end tells its report first */
    fire_what_is_due(run);
    keep_journal(run);
    return stay;
}

/* poll(2) ignores a negative descriptor, but counts it against the limit of open files. */
static struct pollfd *add_polled(struct pollfd *at, int fd, short events)
{
    if (fd < 0)
        return at;
    *at = (struct pollfd){.fd = fd, .events = events};
    return at + 1;
}

static nfds_t fill_polled(const struct run *run, struct pollfd *polled)
{
    const int besides[] = {
        run->local_errors.fds[0], run->local_errors.fds[1],
        run->interrupts.signals,  relocation_fd(&run->relocation),
        run->interrupts.stops,    run->schedule.cancelled ? -1 : journaling_fd(&run->journaling)};
    struct pollfd *at = taps_poll(&run->taps, polled);
    for (size_t i = 0; i < sizeof besides / sizeof besides[0]; i++)
        at = add_polled(at, besides[i], POLLIN);
    for (size_t i = 0; i < SEEKERS_MOST; i++)
        at = add_polled(at, seek_fd(&run->seek, i), POLLIN);
    for (size_t i = 0; i < OPINIONS_MOST; i++)
        at = add_polled(at, opinions_fd(&run->opinions, i), POLLIN);
    for (size_t i = 0; i < NAMERS_MOST; i++)
        at = add_polled(at, reverse_fd(&run->reverse, i), POLLIN);
    for (size_t i = 0; i < INFLOW_FDS_MOST && !run->schedule.cancelled; i++)
        at = add_polled(at, inflow_fd(&run->jobs.supply.inflow, i), POLLIN);
    struct outlet *outlets[OUTLETS];
    find_outlets(run, outlets);
    for (size_t i = 0; i < OUTLETS; i++)
        if (outlets[i] != NULL && outlet_queued(outlets[i]) > 0)
            at = add_polled(at, outlets[i]->fd, POLLOUT);
    return (nfds_t)(at - polled);
}

static int wait_for_something(struct run *run, struct pollfd *polled)
{
    int64_t due_ns = timers_next_ns(&run->timers);
    int64_t inflow_ns = inflow_next_ns(&run->jobs.supply.inflow);
    int64_t next_ns = due_ns < inflow_ns ? due_ns : inflow_ns;
    return clock_wait(polled, fill_polled(run, polled), run->more ? 0 : next_ns);
}

static int loop(struct run *run, struct error *error)
{
    struct pollfd *polled = calloc(run->taps.count + TAPS_SPARES + POLLED_BESIDES, sizeof *polled);
    if (polled == NULL)
        return error_set_memory(error, "out of memory");
    bool stay = true;
    while (stay && (schedule_has_more(&run->schedule) || flights_count(&run->flights) > 0)) {
        if (run->failure.failed && !run->schedule.cancelled) {
            interrupt(run);
            continue; /* there may be nothing left to wait for */
        }
        if (run->failure.failed && !run->more && timers_next_ns(&run->timers) == INT64_MAX)
            break; /* without memory no timer was set, and nothing would wake what is in flight */
        if (wait_for_something(run, polled) < 0 && errno != EINTR) {
            error_set_code(error, errno, "cannot wait for packets");
            failure_note(&run->failure, error);
            break;
        }
        stay = go_round(run);
    }
    free(polled);
    if (run->failure.failed)
        *error = run->failure.error;
    return run->failure.failed ? -1 : 0;
}

/* Many targets can be watched at once. */
static void name_targets(struct run *run)
{
    const struct supply *supply = &run->jobs.supply;
    char text[ADDRESS_TEXT_MAX];
    if (!output_wants_targets(run->output) || supply->total < 2 ||
        supply->total > WATCH_TARGETS_MAX)
        return;
    uint64_t *numbers = calloc(supply->total, sizeof *numbers);
    size_t count = numbers != NULL ? supply_numbers(supply, numbers, supply->total) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct goal goal = supply_at(supply, numbers[i]);
        const char *host = goal.name != NULL ? goal.name : address_text(&goal.at.address, text);
        output_target(run->output, host, goal.port);
    }
    free(numbers);
}

static int start(struct run *run, struct error *error)
{
    const struct options *options = run->options;
    int64_t now_ns = clock_monotonic_ns();
    if (run->deadline_ns != INT64_MAX)
        outlets_end_by(run->deadline_ns + DEADLINE_GRACE_NS);
    run->deadline = (struct timer){.fire = deadline_is_due, .context = run};
    run->tick = (struct timer){.fire = tick_is_due, .context = run};
    run->release = (struct timer){.fire = is_due};
    run->journal = (struct timer){.fire = is_due};
    bool set =
        run->deadline_ns == INT64_MAX || timers_set(&run->timers, &run->deadline, run->deadline_ns);
    set = set && relocation_start(&run->relocation, now_ns);
    if (output_wants_ticks(run->output))
        set = set && timers_set(&run->timers, &run->tick, now_ns + WATCH_TICK_NS);
    schedule_start(&run->schedule, options->rate);
    run->more = true;
    if (run->journaling.open &&
        !timers_set(&run->timers, &run->journal, journaling_due_ns(&run->journaling)))
        set = false;
    if (!run->journaling.open && now_ns >= run->deadline_ns &&
        run->jobs.supply.hosts.why_not_found.status != STATUS_OK)
        schedule_tell_unfound(&run->schedule, now_ns);
    return set ? 0 : error_set_memory(error, "out of memory");
}

/* Returns 0, or -1 with *error set. */
static int judge_lists(struct run *run, struct error *error)
{
    uint64_t bad = supply_bad_lines(&run->jobs.supply);
    if (bad > 0 && !output_invalid_lines(run->output, bad))
        return error_set(error, STATUS_USAGE, "%llu line%s of the lists %s invalid",
                         (unsigned long long)bad, bad == 1 ? "" : "s", bad == 1 ? "is" : "are");
    return supply_judge(&run->jobs.supply, error);
}

/* Status is that of the run so far; returns it, or -1 with *error set. */
static int check_lists(struct run *run, int status, struct error *error)
{
    if (status == 0 && jobs_found_none(&run->jobs)) {
        *error = run->jobs.supply.hosts.why_not_found;
        return -1;
    }
    if (supply_is_empty(&run->jobs.supply))
        output_may_be_empty(run->output);
    return status == 0 ? judge_lists(run, error) : status;
}

/* How many connections the interrupted run has left. */
static int tell_interrupted(const struct run *run, struct error *error)
{
    uint64_t planned = connections_planned(run);
    uint64_t done = tally_whole(run->output->tally)->connections;
    return error_set(error, STATUS_RUN,
                     "interrupted with %llu of %llu connections to go: the same command goes on",
                     (unsigned long long)(planned > done ? planned - done : 0),
                     (unsigned long long)planned);
}

/* Leaves the record that the run is resumed from. Where the output cannot be written, the record
 * before is valid. Status and return value as in check_lists. */
static int leave_journal(struct run *run, int status, struct error *error)
{
    struct error late;
    inplace_freeze(run->output);
    if (output_is_broken(run->output))
        return status; /* output_close says why */
    int code = journaling_leave(&run->journaling, &late);
    if (status != 0)
        return status;
    if (code != 0)
        *error = late;
    return code != 0 ? code : tell_interrupted(run, error);
}

/* Status and return value as in check_lists. */
static int conclude_journal(struct run *run, int status, struct error *error)
{
    struct error late;
    int failure = status != 0 ? (int)error->status : STATUS_OK;
    if (journaling_conclude(&run->journaling, failure, &late) == 0)
        return status;
    *error = late;
    return -1;
}

static int make_connections(struct run *run, struct error *error)
{
    output_begin(run->output, connections_planned(run) == 1 ? LAYOUT_LADDER : LAYOUT_LINES);
    name_targets(run);
    int status = start(run, error);
    if (status == 0)
        status = loop(run, error);
    if (run->journaling.open && (status != 0 || run->interrupted))
        return leave_journal(run, status, error);
    status = check_lists(run, status, error);
    return run->journaling.open ? conclude_journal(run, status, error) : status;
}

int probe_run(const struct options *options, struct output *output, struct error *error)
{
    struct run run;
    wire(&run, options, output);
    int status = open_run(&run, error);
    if (status == 0 && !run.journaling.concluded)
        status = make_connections(&run, error);
    return close_run(&run, status, error);
}
