/* SPDX-License-Identifier: BSD-2-Clause */
/* Which connection begins when. Targets, connections, captures, children and the firewall's table
 * are played by the test; the clock is the test's. */
#include "live/schedule.h"

#include <string.h>

#include "fixtures/said.h"
#include "harness.h"

#define MS        INT64_C(1000000)
#define SECOND    (1000 * MS)
#define JOBS_MAX  600
#define BEGUN_MAX 2000

static struct options options;
static struct jobs jobs;
static struct flights flights;
static struct taps taps;
static struct timers timers;
static struct failure failure;
static struct output output;
static struct seek seek;
static struct schedule schedule;
static struct job pool[JOBS_MAX];

/* Targets */

static unsigned supplied, given, released, told;
static const char *interface;
static void (*shape)(struct job *job); /* what is special of them; NULL: nothing */
static uint32_t per_host;

struct job *jobs_next(struct jobs *from, int64_t now_ns)
{
    (void)now_ns;
    if (given == supplied)
        return NULL;
    struct job *job = &pool[given];
    memset(job, 0, sizeof *job);
    job->host = "host";
    job->found = job->routed = true;
    job->server = (struct endpoint){{FAMILY_IPV4, {10, 0, 0, (uint8_t)given}}, 80};
    job->route.next_hop = (struct address){FAMILY_IPV4, {10, 0, 9, 9}};
    strcpy(job->route.interface, interface);
    job->left = options.count == 0 ? UINT64_MAX : options.count;
    job->resolve_ns = 5;
    job->place = ++given;
    job->after = from->first;
    if (from->first != NULL)
        from->first->before = job;
    from->first = job;
    from->count++;
    if (shape != NULL)
        shape(job);
    return job;
}

void jobs_release(struct jobs *from, struct job *job)
{
    *(job->before != NULL ? &job->before->after : &from->first) = job->after;
    if (job->after != NULL)
        job->after->before = job->before;
    from->count--;
    released++;
}

void jobs_set_no_route(struct job *job, enum reason reason, const struct route *why)
{
    (void)why;
    job->routed = false;
    job->no_route_reason = reason;
}

void jobs_tell_others(struct job *job, bool quiet)
{
    (void)job;
    (void)quiet;
    told++;
}

/* Connections */

static struct {
    struct attempt attempt;
    uint32_t nth;
} begun[BEGUN_MAX];
static unsigned begun_count, unsent_count;
static uint32_t in_flight;
static int begin_code;
static enum reason unsent_reason;

int flights_begin(struct flights *of, const struct attempt *attempt, uint32_t nth,
                  struct error *error)
{
    (void)of;
    if (begin_code != 0)
        return begin_code < 0 ? error_set(error, STATUS_RUN, "it cannot begin") : begin_code;
    ck_assert_uint_lt(begun_count, BEGUN_MAX);
    begun[begun_count].attempt = *attempt;
    begun[begun_count++].nth = nth;
    in_flight++;
    return 0;
}

uint32_t flights_count(const struct flights *of)
{
    (void)of;
    return in_flight;
}

static bool is_own_guard;

bool flights_is_own_guard(const struct flights *of, const struct attempt *attempt)
{
    (void)of;
    (void)attempt;
    return is_own_guard;
}

void flights_report_unsent(struct flights *of, const struct attempt *attempt, enum reason reason)
{
    (void)of;
    (void)attempt;
    unsent_count++;
    unsent_reason = reason;
}

/* What surrounds them */

static bool decided, has_room, seeks, can_adopt, memory_runs_out;
static struct job *sought;
static unsigned adopted;
static struct tap tap = {.interface = "eth0"}, loopback = {.interface = LOOPBACK};

bool output_is_decided(const struct output *of, const char *target, uint16_t port)
{
    (void)of;
    (void)target;
    (void)port;
    return decided;
}

bool seek_begin(struct seek *of, struct job *job)
{
    (void)of;
    sought = seeks ? job : NULL;
    return seeks;
}

struct tap *taps_find(const struct taps *of, const char *name)
{
    (void)of;
    return strcmp(name, "eth0") == 0 ? &tap : strcmp(name, LOOPBACK) == 0 ? &loopback : NULL;
}

int taps_adopt(struct taps *of, const char *name, unsigned ifindex, struct recorder *recorder,
               struct error *error)
{
    (void)of;
    (void)ifindex;
    (void)recorder;
    adopted++;
    if (memory_runs_out)
        return error_set_memory(error, "out of memory");
    return can_adopt ? 0 : error_set(error, STATUS_RUN, "interface %s is not captured on", name);
}

void tracking_open(struct tracking *tracking, bool quiet, int64_t now_ns)
{
    (void)tracking;
    (void)quiet;
    (void)now_ns;
}

void tracking_close(struct tracking *tracking)
{
    (void)tracking;
}

bool tracking_has_room(struct tracking *tracking, int64_t now_ns)
{
    (void)tracking;
    (void)now_ns;
    return has_room;
}

void tracking_begun(struct tracking *tracking)
{
    (void)tracking;
}

int64_t tracking_next_ns(const struct tracking *tracking)
{
    (void)tracking;
    return 777 * SECOND;
}

/* The run */

static void set_up(void)
{
    said_begin();
    supplied = given = released = told = begun_count = unsent_count = adopted = 0;
    in_flight = 0;
    begin_code = 0;
    decided = seeks = memory_runs_out = is_own_guard = false;
    has_room = can_adopt = true;
    interface = "eth0";
    shape = NULL;
    per_host = 0;
    options = (struct options){.count = 1};
    jobs = (struct jobs){.options = &options};
    timers = (struct timers){0};
    failure = (struct failure){.failed = false};
    schedule = (struct schedule){.jobs = &jobs,
                                 .flights = &flights,
                                 .taps = &taps,
                                 .timers = &timers,
                                 .failure = &failure,
                                 .output = &output,
                                 .seek = &seek,
                                 .interval_ns = SECOND,
                                 .patience_ns = SECOND,
                                 .batch = 32,
                                 .in_flight_most = 1000,
                                 .in_flight_now = 1000};
}

static void begin(unsigned targets, uint32_t rate)
{
    static struct error error;
    supplied = targets;
    jobs.supply.total = targets;
    ck_assert_int_eq(schedule_open(&schedule, per_host, &error), 0);
    schedule_start(&schedule, rate);
}

static void tear_down(void)
{
    schedule_cancel(&schedule);
    schedule_close(&schedule);
    timers_unset(&timers, &schedule.pacing);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
    said_end();
}

static void fire(int64_t now_ns)
{
    while (timers_fire_one(&timers, now_ns))
        ;
}

/* All rounds that want to be at once. */
static void go(int64_t now_ns)
{
    fire(now_ns);
    for (int i = 0; schedule_go_round(&schedule, 0, now_ns); i++)
        ck_assert_int_lt(i, 1000);
}

static void land(unsigned nth, bool astray, int64_t now_ns)
{
    struct attempt attempt = begun[nth].attempt;
    attempt.astray = astray;
    attempt.answered = !astray;
    in_flight--;
    schedule_landed(&schedule, &attempt, now_ns);
}

START_TEST(each_target_has_its_connections)
{
    options.count = 3;
    begin(2, 0);
    for (unsigned i = 0; i < 3; i++) {
        go(i * SECOND);
        ck_assert_uint_eq(begun_count, 2 * (i + 1));
        ck_assert_int_eq(schedule_has_more(&schedule), i < 2);
        land(2 * i, false, i * SECOND + MS);
        land(2 * i + 1, false, i * SECOND + MS);
        go((i + 1) * SECOND - 1);
        ck_assert_uint_eq(begun_count, 2 * (i + 1));
    }
    ck_assert_uint_eq(released, 2);
    ck_assert_uint_eq(told, 0);
    ck_assert(!failure.failed);
}
END_TEST

START_TEST(the_first_connection_tells_what_the_name_took)
{
    options.count = 2;
    begin(1, 0);
    go(0);
    land(0, false, MS);
    go(SECOND);
    ck_assert_uint_eq(begun_count, 2);
    ck_assert_int_eq(begun[0].attempt.resolve_ns, 5);
    ck_assert_int_eq(begun[1].attempt.resolve_ns, DURATION_UNKNOWN);
    ck_assert_uint_eq(begun[0].nth + 1, begun[1].nth);
    ck_assert_ptr_eq(begun[0].attempt.tap, &tap);
    ck_assert_uint_eq(begun[0].attempt.place, 1);
    land(1, false, SECOND);
}
END_TEST

START_TEST(a_batch_at_a_time)
{
    begin(100, 0);
    ck_assert(schedule_go_round(&schedule, 0, 0));
    ck_assert_uint_eq(begun_count, 32);
    ck_assert(schedule_go_round(&schedule, 30, 0)); /* SYNs that are sent again belong to it */
    ck_assert_uint_eq(begun_count, 34);
    ck_assert(schedule_go_round(&schedule, 64, 0));
    ck_assert_uint_eq(begun_count, 34);
    go(0);
    ck_assert_uint_eq(begun_count, 100);
    ck_assert(!schedule_has_more(&schedule));
}
END_TEST

START_TEST(no_more_in_flight_than_there_may_be)
{
    schedule.in_flight_now = 5;
    schedule.in_flight_most = 7;
    begin(20, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 5);
    for (unsigned i = 0; i < 3; i++) { /* it grows by one for each that ends, up to the most */
        land(i, false, 0);
        go(0);
        ck_assert_uint_eq(in_flight, i == 0 ? 6 : 7);
    }
    schedule_hold(&schedule, true);
    land(3, false, 0);
    go(0);
    ck_assert_uint_eq(in_flight, 6);
    schedule_hold(&schedule, false);
    go(0);
    ck_assert_uint_eq(in_flight, 7);
}
END_TEST

START_TEST(no_faster_than_the_rate)
{
    begin(100, 10);
    go(SECOND);
    unsigned at_once = begun_count;
    ck_assert_uint_eq(at_once, 1);
    ck_assert_int_eq(timers_next_ns(&timers), SECOND + 100 * MS);
    go(SECOND + 99 * MS);
    ck_assert_uint_eq(begun_count, 1);
    go(SECOND + 100 * MS);
    ck_assert_uint_eq(begun_count, 2);
}
END_TEST

START_TEST(loopback_has_no_rate)
{
    interface = LOOPBACK;
    begin(100, 10);
    go(SECOND);
    ck_assert_uint_eq(begun_count, 100);
    ck_assert(!begun[0].attempt.throttled && !begun[0].attempt.on_link);
}
END_TEST

START_TEST(the_firewall_of_this_host_has_room)
{
    has_room = false;
    begin(3, 0);
    go(SECOND);
    ck_assert_uint_eq(begun_count, 0);
    ck_assert_int_eq(timers_next_ns(&timers), 777 * SECOND);
    has_room = true;
    go(777 * SECOND);
    ck_assert_uint_eq(begun_count, 3);
}
END_TEST

/* The SYNs of one target are not held up, nor counted. */
START_TEST(one_target_is_not_throttled)
{
    begin(_i == 0 ? 1 : 2, 0);
    go(0);
    ck_assert_int_eq(begun[0].attempt.throttled, _i != 0);
}
END_TEST

START_TEST(without_a_port_it_is_tried_again)
{
    begin_code = FLIGHTS_NO_PORT;
    begin(1, 0);
    go(SECOND);
    ck_assert_uint_eq(begun_count, 0);
    ck_assert(schedule_has_more(&schedule) && !failure.failed);
    begin_code = 0;
    go(SECOND + 999999);
    ck_assert_uint_eq(begun_count, 0);
    go(SECOND + MS);
    ck_assert_uint_eq(begun_count, 1);
}
END_TEST

/* Else nothing would ever begin there. */
START_TEST(what_could_not_begin_leaves_its_place)
{
    per_host = 1;
    begin_code = FLIGHTS_NO_PORT;
    begin(1, 0);
    go(0);
    begin_code = 0;
    go(MS);
    ck_assert_uint_eq(begun_count, 1);
    land(0, false, MS);
}
END_TEST

START_TEST(what_cannot_begin_ends_the_run)
{
    begin_code = -1;
    begin(3, 0);
    go(0);
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "it cannot begin");
}
END_TEST

START_TEST(a_target_without_a_way_is_reported)
{
    interface = "tun0";
    can_adopt = false;
    options.count = 2;
    begin(1, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 0);
    ck_assert_uint_eq(unsent_count, 1);
    ck_assert_int_eq(unsent_reason, REASON_LOCAL_ERROR);
    ck_assert_uint_eq(told, 1);
    ck_assert_str_eq(said(), "tcpshake: host: interface tun0 is not captured on\n");
    seeks = true;
    go(SECOND); /* it is to be found again before its next connection */
    ck_assert_ptr_eq(sought, &pool[0]);
    ck_assert_uint_eq(unsent_count, 1);
    pool[0].routed = true;
    strcpy(pool[0].route.interface, "eth0");
    schedule_found(&schedule, &pool[0]);
    go(SECOND);
    ck_assert_uint_eq(begun_count, 1);
    land(0, false, SECOND);
    ck_assert_uint_eq(released, 1);
}
END_TEST

/* That says nothing of the target. */
START_TEST(without_memory_for_a_capture_the_run_ends)
{
    interface = "tun0";
    memory_runs_out = true;
    begin(1, 0);
    go(0);
    ck_assert(failure.failed && failure.error.out_of_memory);
    ck_assert_uint_eq(unsent_count, 0);
    ck_assert_str_eq(said(), "");
}
END_TEST

/* Each of its connections is reported, and none begins. */
START_TEST(a_port_that_the_run_holds_is_reported)
{
    is_own_guard = true;
    options.count = 2;
    begin(1, 0);
    go(0);
    go(SECOND);
    ck_assert_uint_eq(begun_count, 0);
    ck_assert_uint_eq(unsent_count, 2);
    ck_assert_int_eq(unsent_reason, REASON_OWN_GUARD);
    ck_assert_uint_eq(released, 1);
    ck_assert_uint_eq(told, 0);
    ck_assert(!failure.failed);
}
END_TEST

START_TEST(quiet_is_quiet)
{
    interface = "tun0";
    can_adopt = false;
    schedule.quiet = true;
    begin(1, 0);
    go(0);
    ck_assert_uint_eq(unsent_count, 1);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(an_interface_that_comes_late_is_watched)
{
    interface = "tun0";
    begin(1, 0);
    go(0);
    ck_assert_uint_eq(adopted, 1);
    ck_assert_uint_eq(begun_count, 1);
}
END_TEST

/* One whose connection had no SYN/ACK is sought before the next, and no other. */
START_TEST(what_was_lost_is_sought)
{
    bool astray = _i != 0;
    seeks = true;
    options.count = 0;
    begin(1, 0);
    go(0);
    land(0, astray, MS);
    ck_assert_uint_eq(told, astray ? 1 : 0);
    go(SECOND);
    ck_assert_uint_eq(begun_count, astray ? 1 : 2);
    if (!astray)
        return;
    ck_assert_ptr_eq(sought, &pool[0]);
    go(5 * SECOND);
    ck_assert_uint_eq(begun_count, 1);
    schedule_found(&schedule, &pool[0]);
    go(5 * SECOND);
    ck_assert_uint_eq(begun_count, 2);
    ck_assert(schedule_has_more(&schedule));
}
END_TEST

START_TEST(what_is_decided_has_no_more)
{
    options.count = 5;
    begin(2, 0);
    go(0);
    decided = true;
    land(0, false, MS);
    land(1, false, MS);
    ck_assert_uint_eq(released, 2);
    ck_assert(!schedule_has_more(&schedule));
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX); /* of what may be used again */
    go(10 * SECOND);
    ck_assert_uint_eq(begun_count, 2);
}
END_TEST

/* Of a run that is resumed. */
static void shape_reported(struct job *job)
{
    job->reported = 1;
}

START_TEST(what_was_decided_before_has_no_more)
{
    options.count = 5;
    decided = true;
    shape = _i == 0 ? shape_reported : NULL;
    begin(1, 0);
    go(0);
    ck_assert_uint_eq(begun_count, _i == 0 ? 0 : 1);
    ck_assert(!schedule_has_more(&schedule));
    if (_i > 0)
        land(0, false, MS);
    ck_assert_uint_eq(released, 1);
}
END_TEST

/* It is decided while its next connection waits for room: the queue still has it. */
START_TEST(what_waits_is_released_once)
{
    options.count = 3;
    begin(1, 0);
    go(0);
    schedule_hold(&schedule, true);
    go(SECOND);
    decided = true;
    land(0, false, SECOND);
    ck_assert_uint_eq(released, 0);
    schedule_hold(&schedule, false);
    go(SECOND);
    ck_assert_uint_eq(released, 1);
    ck_assert_uint_eq(begun_count, 1);
}
END_TEST

/* A stream that cannot be read is not one that has ended. */
START_TEST(a_stream_that_fails_ends_the_run)
{
    begin(2, 0);
    error_set(&jobs.supply.inflow.error, STATUS_RUN, "cannot read it");
    go(0);
    ck_assert_uint_eq(begun_count, 2);
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "cannot read it");
}
END_TEST

/* A target that is not there yet is waited for. */
START_TEST(a_stream_is_waited_for)
{
    begin(1, 0);
    jobs.awaits = true;
    go(0);
    land(0, false, MS);
    ck_assert(schedule_has_more(&schedule));
    supplied = 2;
    go(2 * MS);
    ck_assert_uint_eq(begun_count, 2);
    land(1, false, 3 * MS);
    jobs.awaits = false;
    go(3 * MS);
    ck_assert(!schedule_has_more(&schedule));
    ck_assert(!failure.failed);
}
END_TEST

/* Neighbours that a full table has no room for wait, and hold up no other. */
static void shape_neighbours(struct job *job)
{
    if (job->place <= 2)
        job->route.next_hop = job->server.address;
}

START_TEST(room_in_the_table_of_neighbours)
{
    shape = shape_neighbours;
    begin(3, 0);
    schedule.neighbours[0].most = 1;
    go(0);
    ck_assert_uint_eq(begun_count, 2);
    ck_assert(begun[0].attempt.on_link && !begun[1].attempt.on_link);
    land(0, true, 0); /* its entry is kept a while */
    land(1, false, 0);
    go(NEIGHBOURS_SILENT_MS * MS - 1);
    ck_assert_uint_eq(begun_count, 2);
    go(NEIGHBOURS_SILENT_MS * MS);
    ck_assert_uint_eq(begun_count, 3);
    ck_assert_uint_eq(begun[2].attempt.place, 2);
    land(2, true, NEIGHBOURS_SILENT_MS * MS);
    ck_assert_uint_eq(released, 3);
    fire(INT64_MAX);
}
END_TEST

/* As many as are taken in one round may all have to wait: those behind them need not. */
static void shape_all_but_the_last(struct job *job)
{
    if (job->place <= 300)
        job->route.next_hop = job->server.address;
}

START_TEST(many_that_wait_hold_up_no_other)
{
    shape = shape_all_but_the_last;
    begin(301, 0);
    schedule.neighbours[0].most = 0;
    go(0);
    ck_assert_uint_eq(begun_count, 1);
    ck_assert_uint_eq(begun[0].attempt.place, 301);
    land(0, false, 0);
}
END_TEST

/* Jobs of an address that has as many connections as it may have hold up no others. */
static void shape_hosts(struct job *job)
{
    job->server.address.bytes[3] = job->place <= 3 ? 1 : 2;
    job->server.port = (uint16_t)job->place;
}

START_TEST(room_at_each_host)
{
    per_host = 1;
    shape = shape_hosts;
    begin(4, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 2);
    ck_assert(begun[0].attempt.place == 1 && begun[1].attempt.place == 4);
    land(1, false, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 2);
    land(0, false, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 3);
    ck_assert_uint_eq(begun[2].attempt.place, 2);
    land(2, false, 0);
    go(0);
    ck_assert_uint_eq(begun[3].attempt.place, 3);
    land(3, false, 0);
    ck_assert_uint_eq(released, 4);
}
END_TEST

static void shape_one_host(struct job *job)
{
    job->server.address.bytes[3] = 1;
}

static void shape_without_a_way(struct job *job)
{
    shape_one_host(job);
    job->routed = job->place == 1;
}

/* What is only reported takes no place at its host. */
START_TEST(without_a_way_no_place_is_waited_for)
{
    per_host = 1;
    shape = shape_without_a_way;
    begin(2, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 1);
    ck_assert_uint_eq(unsent_count, 1);
    land(0, false, 0);
}
END_TEST

/* Two of three that wait are found at another address meanwhile: they have
 * its place there, one after the other, and the third has this one. */
START_TEST(names_move_away_from_a_host)
{
    per_host = 1;
    shape = shape_one_host;
    begin(4, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 1);
    pool[1].server.address.bytes[3] = pool[2].server.address.bytes[3] = 7;
    land(0, false, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 3);
    ck_assert(begun[1].attempt.place == 2 && begun[2].attempt.place == 4);
    land(1, false, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 4);
    ck_assert_uint_eq(begun[3].attempt.place, 3);
    land(2, false, 0);
    land(3, false, 0);
    ck_assert_uint_eq(released, 4);
}
END_TEST

/* The port that ought to be closed is none that is probed. */
static const struct {
    uint32_t asked;
    uint16_t port, control;
} ports[] = {{0, 80, 0},
             {7, 80, 7},
             {80, 80, 0},
             {CONTROL_PORT_AUTO, 80, 4},
             {CONTROL_PORT_AUTO, 4, 6},
             {CONTROL_PORT_AUTO, 6, 4}};
static uint16_t port;

static void shape_port(struct job *job)
{
    job->server.port = port;
}

START_TEST(the_control_port_is_another_one)
{
    schedule.control_port = ports[_i].asked;
    port = ports[_i].port;
    shape = shape_port;
    begin(1, 0);
    go(0);
    ck_assert_uint_eq(begun_count, 1);
    ck_assert_uint_eq(begun[0].attempt.control_port, ports[_i].control);
}
END_TEST

static void shape_offer(struct job *job)
{
    job->plan.offers = 3;
    job->nth = job->first = 41;
}

START_TEST(every_second_connection_is_plain)
{
    options.count = 4;
    schedule.compare = _i != 0;
    shape = shape_offer;
    begin(1, 0);
    for (unsigned i = 0; i < 4; i++) {
        go(i * SECOND);
        ck_assert_uint_eq(begun_count, i + 1);
        ck_assert_uint_eq(begun[i].attempt.plan.offers, _i != 0 && i % 2 == 1 ? 0 : 3);
        ck_assert_int_eq(begun[i].attempt.controlled, _i == 0);
        ck_assert_uint_eq(begun[i].nth, 41 + i);
    }
}
END_TEST

START_TEST(nothing_begins_once_it_is_cancelled)
{
    options.count = 0;
    begin(3, 0);
    go(0);
    schedule_cancel(&schedule);
    ck_assert(!schedule_has_more(&schedule));
    land(0, true, MS);
    schedule_found(&schedule, &pool[1]);
    go(5 * SECOND);
    ck_assert_uint_eq(begun_count, 3);
    ck_assert_uint_eq(told, 0);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
}
END_TEST

START_TEST(the_unfound_are_told_of)
{
    interface = "tun0";
    can_adopt = false;
    begin(3, 0);
    schedule_tell_unfound(&schedule, 0);
    ck_assert(jobs.only_unfound);
    ck_assert_uint_eq(unsent_count, 3);
    ck_assert_uint_eq(released, 3);
    ck_assert(!schedule_has_more(&schedule));
}
END_TEST

static const struct {
    struct options options;
    uint32_t most, now, batch;
} bounds[] = {
    /* without a rate their number grows, with a rate it is that of what waits for an answer */
    {{.timeout_ns = SECOND}, 262144, 4096, 32},
    {{.timeout_ns = SECOND, .close = CLOSE_HALF_OPEN}, 262144, 4096, 64},
    {{.timeout_ns = SECOND, .close = CLOSE_ABORT}, 262144, 4096, 32},
    {{.timeout_ns = SECOND, .rate = 1}, 1000, 1000, 32},
    {{.timeout_ns = SECOND, .rate = 500}, 1000, 1000, 32},
    {{.timeout_ns = SECOND, .rate = 5000}, 10000, 10000, 32},
    {{.timeout_ns = 3 * SECOND, .rate = 5000}, 20000, 20000, 32},
    {{.timeout_ns = SECOND, .rate = 131071}, 262142, 262142, 32},
    {{.timeout_ns = SECOND, .rate = 4000000000}, 262144, 262144, 32},
    /* -P says it, at once and whatever the rate is */
    {{.timeout_ns = SECOND, .parallel = 1}, 1, 1, 32},
    {{.timeout_ns = SECOND, .parallel = 5000}, 5000, 5000, 32},
    {{.timeout_ns = SECOND, .parallel = 7, .rate = 5000}, 7, 7, 32},
    {{.timeout_ns = SECOND, .parallel = 300000, .rate = 5}, 300000, 300000, 32},
    /* what takes memory bounds it */
    {{.timeout_ns = SECOND, .path = true}, 64, 64, 32},
    {{.timeout_ns = SECOND, .path_mtu = true}, 64, 64, 32},
    {{.timeout_ns = SECOND, .path = true, .rate = 5000}, 64, 64, 32},
    {{.timeout_ns = SECOND, .path = true, .parallel = 100}, 64, 64, 32},
    {{.timeout_ns = SECOND, .path_mtu = true, .parallel = 10}, 10, 10, 32},
    /* one port, one tuple */
    {{.timeout_ns = SECOND, .source_port = 4000}, 1, 1, 32},
    {{.timeout_ns = SECOND, .source_port = 4000, .parallel = 9, .rate = 5000}, 1, 1, 32},
};

START_TEST(the_options_bound_what_is_in_flight)
{
    schedule_bound(&schedule, &bounds[_i].options);
    ck_assert_uint_eq(schedule.in_flight_most, bounds[_i].most);
    ck_assert_uint_eq(schedule.in_flight_now, bounds[_i].now);
    ck_assert_uint_eq(schedule.batch, bounds[_i].batch);
    ck_assert_int_eq(schedule.patience_ns, bounds[_i].options.timeout_ns + SECOND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schedule");
    TCase *tc = tcase_create("order");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, each_target_has_its_connections);
    tcase_add_test(tc, the_first_connection_tells_what_the_name_took);
    tcase_add_test(tc, a_batch_at_a_time);
    tcase_add_test(tc, no_more_in_flight_than_there_may_be);
    tcase_add_test(tc, no_faster_than_the_rate);
    tcase_add_test(tc, loopback_has_no_rate);
    tcase_add_test(tc, the_firewall_of_this_host_has_room);
    tcase_add_loop_test(tc, one_target_is_not_throttled, 0, 2);
    tcase_add_test(tc, without_a_port_it_is_tried_again);
    tcase_add_test(tc, what_could_not_begin_leaves_its_place);
    tcase_add_test(tc, what_cannot_begin_ends_the_run);
    tcase_add_test(tc, a_target_without_a_way_is_reported);
    tcase_add_test(tc, without_memory_for_a_capture_the_run_ends);
    tcase_add_test(tc, a_port_that_the_run_holds_is_reported);
    tcase_add_test(tc, quiet_is_quiet);
    tcase_add_test(tc, an_interface_that_comes_late_is_watched);
    tcase_add_loop_test(tc, what_was_lost_is_sought, 0, 2);
    tcase_add_test(tc, what_is_decided_has_no_more);
    tcase_add_loop_test(tc, what_was_decided_before_has_no_more, 0, 2);
    tcase_add_test(tc, what_waits_is_released_once);
    tcase_add_test(tc, a_stream_that_fails_ends_the_run);
    tcase_add_test(tc, a_stream_is_waited_for);
    tcase_add_test(tc, room_in_the_table_of_neighbours);
    tcase_add_test(tc, many_that_wait_hold_up_no_other);
    tcase_add_test(tc, room_at_each_host);
    tcase_add_test(tc, without_a_way_no_place_is_waited_for);
    tcase_add_test(tc, names_move_away_from_a_host);
    tcase_add_loop_test(tc, the_control_port_is_another_one, 0, sizeof ports / sizeof ports[0]);
    tcase_add_loop_test(tc, every_second_connection_is_plain, 0, 2);
    tcase_add_test(tc, nothing_begins_once_it_is_cancelled);
    tcase_add_test(tc, the_unfound_are_told_of);
    tcase_add_loop_test(tc, the_options_bound_what_is_in_flight, 0,
                        sizeof bounds / sizeof bounds[0]);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
