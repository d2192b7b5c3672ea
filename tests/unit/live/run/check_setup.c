/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run opens, in which order and how much of it; what ends that; and what is closed. All of
 * its parts are played by the test. */
#include "live/run/setup.h"

#include <string.h>

#include "confine/confine.h"
#include "fixtures/deeds.h"
#include "fixtures/said.h"
#include "harness.h"
#include "live/run/announcement.h"
#include "net/privileges.h"

static struct options options;
static struct output output;
static struct run run;
static struct error error;
static struct guard guard;
static struct tap loopback;

static const char *fails; /* what cannot be opened */
static uint32_t room;     /* descriptors that are free */
static bool wants, hears, out_of_memory;
static bool probes;     /* targets of IPv4 */
static size_t captured; /* descriptors of captures */

/* Notes a step; it fails where the test says so. */
static int step(const char *name, struct error *why)
{
    deed("%s", name);
    if (fails == NULL || strcmp(fails, name) != 0)
        return 0;
    if (out_of_memory)
        return error_set_memory(why, "out of memory");
    return error_set(why, STATUS_RUN, "no %s", name);
}

#define OPENS(signature, right, name)                                                              \
    int signature                                                                                  \
    {                                                                                              \
        ck_assert(right);                                                                          \
        return step(name, why);                                                                    \
    }

#define DOES(signature, right, name)                                                               \
    void signature                                                                                 \
    {                                                                                              \
        ck_assert(right);                                                                          \
        deed(name);                                                                                \
    }

OPENS(jobs_prepare(struct jobs *jobs, const struct options *of, int64_t deadline_ns,
                   struct error *why),
      jobs == &run.jobs && of == &options && deadline_ns == 77, "jobs")
OPENS(journaling_open(struct journaling *journaling, struct error *why),
      journaling == &run.journaling, "journal")
OPENS(privileges_check(struct error *why), why == &error, "privileges")
OPENS(opinions_open(struct opinions *opinions, const struct options *of, uint64_t targets,
                    struct error *why),
      opinions == &run.opinions && of == &options && targets == run.jobs.supply.total, "opinions")
OPENS(reverse_open(struct reverse *reverse, const struct options *of, struct error *why),
      reverse == &run.reverse && of == &options, "names")
OPENS(flights_open(struct flights *flights, struct error *why), flights == &run.flights, "flights")
OPENS(schedule_open(struct schedule *schedule, uint32_t per_host_max, struct error *why),
      schedule == &run.schedule && per_host_max == 6, "schedule")
OPENS(recorder_open(struct recorder *recorder, const char *path, struct error *why),
      recorder == &run.recorder && path == options.write_path, "recording")
OPENS(sender_open(struct sender *sender, bool ipv4, bool ipv6, struct error *why),
      sender == &run.sender && ipv4 == probes && !ipv6, "sender")
OPENS(sender_open_measuring(struct sender *sender, struct error *why), sender == &run.sender,
      "measuring")
OPENS(local_errors_open(struct local_errors *errors, bool ipv4, bool ipv6, struct error *why),
      errors == &run.local_errors && ipv4 == probes && !ipv6, "errors")
OPENS(taps_watch_addressed(struct taps *taps, const struct lane *lane, struct recorder *recorder,
                           struct error *why),
      taps == &run.taps && lane == &run.lane && recorder == &run.recorder, "addressed")
OPENS(taps_keep_spares(struct taps *taps, const struct lane *lane, struct error *why),
      taps == &run.taps && lane == &run.lane, "spares")
OPENS(interrupts_open(struct interrupts *interrupts, const struct output *of, struct error *why),
      interrupts == &run.interrupts && of == &output, "signals")
OPENS(relocation_open(struct relocation *relocation, struct error *why),
      relocation == &run.relocation, "relocation")
OPENS(seek_open(struct seek *seek, struct error *why), seek == &run.seek, "seek")
OPENS(taps_watch_all(struct taps *taps, struct netlink *netlink, const struct lane *lane,
                     struct error *why),
      taps == &run.taps && netlink == NULL && lane == &run.lane, "all")

DOES(schedule_bound(struct schedule *schedule, const struct options *of),
     schedule == &run.schedule && of == &options, "bound")
DOES(announcement_make(const struct jobs *jobs, struct output *of, struct recorder *recorder),
     jobs == &run.jobs && of == &output && recorder == &run.recorder, "announce")
DOES(ways_confine(struct ways *ways), ways == run.jobs.ways, "ways")

DOES(flights_close(struct flights *flights), flights == &run.flights, "-flights")
DOES(schedule_close(struct schedule *schedule), schedule == &run.schedule, "-schedule")
DOES(relocation_close(struct relocation *relocation), relocation == &run.relocation, "-relocation")
DOES(seek_close(struct seek *seek), seek == &run.seek, "-seek")
DOES(opinions_close(struct opinions *opinions), opinions == &run.opinions, "-opinions")
DOES(reverse_close(struct reverse *reverse), reverse == &run.reverse, "-names")
DOES(taps_warn_of_drops(const struct taps *taps), taps == &run.taps, "drops")
DOES(taps_close(struct taps *taps), taps == &run.taps, "-taps")
DOES(sender_close(struct sender *sender), sender == &run.sender, "-sender")
DOES(lane_close(struct lane *lane), lane == &run.lane, "-lane")
DOES(local_errors_close(struct local_errors *errors), errors == &run.local_errors, "-errors")
DOES(recorder_close(struct recorder *recorder), recorder == &run.recorder, "-recording")
DOES(journaling_close(struct journaling *journaling), journaling == &run.journaling, "-journal")
DOES(timers_free(struct timers *timers), timers == &run.timers, "-timers")
DOES(jobs_free(struct jobs *jobs), jobs == &run.jobs, "-jobs")
DOES(interrupts_close(struct interrupts *interrupts), interrupts == &run.interrupts, "-signals")
DOES(holder_stop(struct holder *holder), holder == &run.holder, "-holder")

static const struct inquiries inquiries;
static const struct hop_names hop_names;

const struct inquiries *opinions_inquiries(struct opinions *opinions)
{
    ck_assert_ptr_eq(opinions, &run.opinions);
    return &inquiries;
}

const struct hop_names *reverse_names(const struct reverse *reverse)
{
    ck_assert_ptr_eq(reverse, &run.reverse);
    return &hop_names;
}

bool output_wants_steps(const struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    return wants;
}

bool output_wants_words(const struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    return !wants;
}

bool output_publishes(const struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    return wants;
}

bool transmit_tells_protocol(const struct transmit *transmit)
{
    ck_assert_ptr_eq(transmit, run.sender.transmit);
    return true;
}

int lane_choose(struct lane *lane, const struct lane_request *request, struct error *why)
{
    ck_assert_ptr_eq(lane, &run.lane);
    lane->wanted = request->ports;
    return step("choose", why);
}

int lane_open(struct lane *lane, const struct lane_request *request, struct error *why)
{
    ck_assert_ptr_eq(lane, &run.lane);
    ck_assert(request->ipv4 && !request->ipv6);
    lane->guards = &guard;
    lane->held_count = lane->wanted;
    return step("lane", why);
}

int taps_watch(struct taps *taps, const char *interface, const struct lane *lane,
               struct recorder *recorder, struct error *why)
{
    ck_assert(taps == &run.taps && lane == &run.lane && recorder == &run.recorder);
    ck_assert_uint_gt(taps->frames, 0);
    return step(interface, why);
}

uint32_t confine_room_for_files(size_t wanted)
{
    return wanted < room ? (uint32_t)wanted : room;
}

struct netlink *ways_netlink(const struct ways *ways)
{
    ck_assert_ptr_eq(ways, run.jobs.ways);
    return NULL;
}

struct tap *taps_find(const struct taps *taps, const char *interface)
{
    ck_assert_ptr_eq(taps, &run.taps);
    ck_assert_str_eq(interface, LOOPBACK);
    return hears ? &loopback : NULL;
}

size_t taps_some_descriptors(const struct taps *taps, int *out, size_t most)
{
    ck_assert_ptr_eq(taps, &run.taps);
    ck_assert_uint_eq(most, HOLDER_FILES_MAX);
    for (size_t i = 0; i < captured; i++)
        out[i] = 50 + (int)i;
    return captured;
}

size_t taps_descriptors(const struct taps *taps, int *out)
{
    return taps_some_descriptors(taps, out, HOLDER_FILES_MAX);
}

void holder_start(struct holder *holder, const int *files, size_t count)
{
    ck_assert_ptr_eq(holder, &run.holder);
    ck_assert_int_eq(files[0], 50);
    deed("hold %u", (unsigned)count);
}

int confine(const struct sandbox *sandbox, bool verbose, struct error *why)
{
    ck_assert_int_eq(sandbox->mode, SANDBOX_LIVE);
    ck_assert_int_eq(sandbox->directory, 9);
    ck_assert(sandbox->publishes == wants && verbose == (options.verbosity > 0));
    ck_assert(sandbox->capture_count == 0 || sandbox->captures[0] == 50);
    deed("%u", (unsigned)sandbox->capture_count);
    return step("confine", why);
}

static void set_up(void)
{
    said_begin();
    options = (struct options){.count = 1, .per_host_max = 6};
    output.target.directory = 9;
    run = (struct run){.options = &options,
                       .output = &output,
                       .deadline_ns = 77,
                       .jobs = {.options = &options,
                                .supply.total = 5,
                                .survey = {.complete = true,
                                           .families = {true},
                                           .interfaces = {"eth0", "eth1"},
                                           .interface_count = 2}}};
    guard.kind = GUARD_MD5;
    fails = NULL;
    room = UINT32_MAX;
    wants = probes = true;
    hears = out_of_memory = false;
    captured = 2;
}

#define BEFORE "jobs journal privileges opinions names flights schedule bound choose "
#define AFTER  "announce relocation seek lane all ways 0 confine"

static void open_all(const char *expected)
{
    ck_assert_int_eq(setup_open(&run, &error), 0);
    ck_assert_str_eq(deeds(), expected);
}

START_TEST(all_is_open_before_the_sandbox)
{
    open_all(BEFORE "sender errors eth0 eth1 signals " AFTER);
    ck_assert_ptr_eq(run.flights.inquiries, &inquiries);
    ck_assert_ptr_eq(run.flights.hop_names, &hop_names);
    ck_assert(!run.flights.without_steps && run.flights.without_words);
    ck_assert(run.jobs.tells_protocol);
    ck_assert_uint_eq(run.taps.frames, CAPTURE_FRAMES_LEAST);
    ck_assert_uint_eq(run.lane.wanted, 5);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(what_is_not_used_is_left_out)
{
    wants = false;
    open_all(BEFORE "sender errors eth0 eth1 signals " AFTER);
    ck_assert(run.flights.without_steps && !run.flights.without_words);
}
END_TEST

START_TEST(options_open_more)
{
    options.write_path = "recording";
    options.path_mtu = run.jobs.supply.streams = run.jobs.repeats = true;
    open_all(BEFORE "recording sender measuring errors eth0 eth1 addressed spares signals announce "
                    "relocation seek lane all ways 2 confine");
}
END_TEST

static const char *const steps[] = {
    "jobs",      "journal",   "privileges", "opinions",   "names",  "flights", "schedule",
    "choose",    "recording", "sender",     "measuring",  "errors", "eth0",    "eth1",
    "addressed", "spares",    "signals",    "relocation", "seek",   "lane",    "confine",
};

START_TEST(what_cannot_be_opened_ends_it)
{
    char text[64];
    options.write_path = "recording";
    options.path_mtu = run.jobs.supply.streams = run.jobs.repeats = true;
    fails = steps[_i];
    ck_assert_int_eq(setup_open(&run, &error), -1);
    snprintf(text, sizeof text, "no %s", fails);
    ck_assert_str_eq(error.text, text);
    const char *done = deeds();
    ck_assert_str_eq(done + strlen(done) - strlen(fails), fails);
}
END_TEST

START_TEST(a_journal_that_is_complete_opens_nothing_more)
{
    run.journaling.concluded = true;
    open_all("jobs journal");
}
END_TEST

START_TEST(without_a_target_no_port_is_held)
{
    probes = run.jobs.survey.families[0] = false;
    open_all(BEFORE "sender errors eth0 eth1 signals announce relocation seek all ways 0 confine");
}
END_TEST

/* As many guards as there are descriptors for, beside those that the sandbox needs. */
START_TEST(guards_follow_the_descriptors)
{
    room = 4 + 3;
    ck_assert_int_eq(setup_open(&run, &error), 0);
    ck_assert_uint_eq(run.lane.wanted, 3);
    (void)deeds();
}
END_TEST

static const struct {
    enum guard_kind kind;
    bool warned;
} guard_rows[] = {{GUARD_MD5, false}, {GUARD_TTL, true}, {GUARD_FILTER, false}};

START_TEST(a_weaker_guard_is_told)
{
    guard.kind = guard_rows[_i].kind;
    open_all(BEFORE "sender errors eth0 eth1 signals " AFTER);
    ck_assert((strstr(said(), "no TCP MD5") != NULL) == guard_rows[_i].warned);
}
END_TEST

static const struct {
    int verbosity;
    bool fails, no_room, told;
} all_rows[] = {
    {0, false, false, false}, {1, false, false, false}, {0, true, false, false},
    {1, true, false, true},   {1, false, true, true},   {0, false, true, false},
};

START_TEST(other_interfaces_may_stay_unseen)
{
    options.verbosity = all_rows[_i].verbosity;
    fails = all_rows[_i].fails ? "all" : NULL;
    if (all_rows[_i].no_room)
        room = 2;
    ck_assert_int_eq(setup_open(&run, &error), 0);
    ck_assert((strstr(deeds(), " all ") != NULL) == !all_rows[_i].no_room);
    ck_assert((strstr(said(), "only on the interfaces of the routes") != NULL) ==
              all_rows[_i].told);
}
END_TEST

START_TEST(memory_that_runs_out_ends_it)
{
    fails = "all";
    out_of_memory = true;
    ck_assert_int_eq(setup_open(&run, &error), -1);
    ck_assert(error.out_of_memory);
    (void)deeds();
}
END_TEST

START_TEST(the_loopback_interface_may_be_heard)
{
    hears = _i == 1;
    run.taps.any = _i == 2 ? (struct capture *)&guard : NULL; /* not looked into */
    ck_assert_int_eq(setup_open(&run, &error), 0);
    ck_assert(run.flights.hears_loopback == (_i > 0));
    (void)deeds();
}
END_TEST

static const struct {
    uint64_t total;
    uint32_t room;
    size_t captured;
    bool held;
} holder_rows[] = {
    {1024, UINT32_MAX, 2, true}, {1023, UINT32_MAX, 2, false}, {1024, UINT32_MAX, 0, false},
    {1024, 4, 2, true},          {1024, 3, 2, false},
};

START_TEST(a_child_closes_the_captures_of_many)
{
    run.jobs.supply.total = holder_rows[_i].total;
    room = holder_rows[_i].room;
    captured = holder_rows[_i].captured;
    ck_assert_int_eq(setup_open(&run, &error), 0);
    ck_assert((strstr(deeds(), " hold 2 ") != NULL) == holder_rows[_i].held);
}
END_TEST

#define CLOSED                                                                                     \
    "-flights -schedule -relocation -seek -opinions -names drops -taps -sender -lane -errors "     \
    "-recording -journal -timers -jobs -signals -holder"

static const struct {
    bool failed, plugin;
    int status, expected;
    const char *before, *text, *said;
} close_rows[] = {
    {false, false, 0, 0, "as before", "as before", ""},
    {false, false, -1, -1, "as before", "as before", ""},
    {true, false, 0, -1, "as before", "no space", ""},
    {true, false, -1, -1, "as before", "no space", "as before"},
    {true, false, -1, -1, "no space", "no space", ""},
    {true, true, -1, -1, "as before", "no space", ""},
};

/* That the recording is not complete decides; what went wrong besides is told. */
START_TEST(all_is_closed)
{
    run.recorder.failure.failed = close_rows[_i].failed;
    error_set(&run.recorder.failure.error, STATUS_RUN, "no space");
    options.plugin = close_rows[_i].plugin;
    error_set(&error, STATUS_USAGE, "%s", close_rows[_i].before);
    ck_assert_int_eq(setup_close(&run, close_rows[_i].status, &error), close_rows[_i].expected);
    ck_assert_str_eq(deeds(), CLOSED);
    ck_assert_str_eq(error.text, close_rows[_i].text);
    const char *told = said();
    ck_assert((strstr(told, "as before") != NULL) == (close_rows[_i].said[0] != '\0'));
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

int main(void)
{
    Suite *suite = suite_create("setup");
    TCase *tests = tcase_create("parts");
    tcase_add_checked_fixture(tests, set_up, said_end);
    tcase_add_test(tests, all_is_open_before_the_sandbox);
    tcase_add_test(tests, what_is_not_used_is_left_out);
    tcase_add_test(tests, options_open_more);
    tcase_add_loop_test(tests, what_cannot_be_opened_ends_it, 0, COUNT(steps));
    tcase_add_test(tests, a_journal_that_is_complete_opens_nothing_more);
    tcase_add_test(tests, without_a_target_no_port_is_held);
    tcase_add_test(tests, guards_follow_the_descriptors);
    tcase_add_loop_test(tests, a_weaker_guard_is_told, 0, COUNT(guard_rows));
    tcase_add_loop_test(tests, other_interfaces_may_stay_unseen, 0, COUNT(all_rows));
    tcase_add_test(tests, memory_that_runs_out_ends_it);
    tcase_add_loop_test(tests, the_loopback_interface_may_be_heard, 0, 3);
    tcase_add_loop_test(tests, a_child_closes_the_captures_of_many, 0, COUNT(holder_rows));
    tcase_add_loop_test(tests, all_is_closed, 0, COUNT(close_rows));
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
