/* SPDX-License-Identifier: BSD-2-Clause */
/* How much a run needs of what it opens. */
#include "live/run/needs.h"

#include "harness.h"
#include "net/capture.h"

#define SECOND    INT64_C(1000000000)
#define IN_FLIGHT 500

static struct options options;
static struct jobs jobs;

static void set(uint64_t count, uint64_t targets)
{
    options = (struct options){.count = count};
    jobs = (struct jobs){.options = &options, .supply.total = targets, .survey.complete = true};
}

static const struct {
    uint64_t count, targets, planned;
} plans[] = {
    {1, 1, 1},
    {3, 5, 15},
    {0, 5, UINT64_MAX},
    {1, UINT64_MAX, UINT64_MAX},
    {2, UINT64_MAX, UINT64_MAX},
    {2, UINT64_MAX / 2, UINT64_MAX - 1},
    {2, UINT64_MAX / 2 + 1, UINT64_MAX},
};

START_TEST(connections_are_planned)
{
    set(plans[_i].count, plans[_i].targets);
    ck_assert_uint_eq(needs_connections(&jobs), plans[_i].planned);
}
END_TEST

static const struct {
    const char *what;
    uint64_t count, targets;
    int64_t interval_ns;
    uint32_t parallel;
    uint8_t offers;
    uint32_t ports;
} port_rows[] = {
    {"one connection", 1, 1, 0, 0, 0, 1},
    {"with the plain one beside its offer", 1, 1, 0, 0, 1, 2},
    {"endless, with the offer", 0, 1, SECOND, 0, 1, 64},
    {"several targets", 1, 10, 0, 0, 0, 10},
    {"many targets", 1, 10000, 0, 0, 0, 64},
    {"several to one", 10, 1, 0, 0, 0, 10},
    {"many to one, without a pause", 100000, 1, 0, 0, 0, IN_FLIGHT},
    {"as many as begin in TIME_WAIT", 100000, 1, SECOND / 10, 0, 0, 600},
    {"each minute", 100000, 1, 60 * SECOND, 0, 0, 64},
    {"more than there may be", 100000, 1, SECOND / 1000, 0, 0, 4096},
    {"as many as are wanted in parallel", 100000, 1, SECOND / 1000, 5000, 0, 5000},
};

START_TEST(ports_are_not_used_twice)
{
    set(port_rows[_i].count, port_rows[_i].targets);
    options.interval_ns = port_rows[_i].interval_ns;
    options.parallel = port_rows[_i].parallel;
    options.offers = port_rows[_i].offers;
    ck_assert_msg(needs_ports(&jobs, IN_FLIGHT) == port_rows[_i].ports, "%s: %u",
                  port_rows[_i].what, needs_ports(&jobs, IN_FLIGHT));
}
END_TEST

START_TEST(the_lane_is_of_the_survey)
{
    set(7, 1);
    options.source_port = 4711;
    jobs.survey.families[_i] = true;
    jobs.survey.source_ifindex = 3;
    struct lane_request request = needs_lane(&jobs, IN_FLIGHT);
    ck_assert(request.ipv4 == (_i == 0) && request.ipv6 == (_i == 1));
    ck_assert_uint_eq(request.ports, 7);
    ck_assert_uint_eq(request.port, 4711);
    ck_assert_ptr_eq(request.ephemeral, &jobs.ephemeral);
    ck_assert_uint_eq(request.source_ifindex, 3);
    ck_assert_ptr_null(request.source);
    jobs.survey.source.family = FAMILY_IPV6;
    request = needs_lane(&jobs, IN_FLIGHT);
    ck_assert_ptr_eq(request.source, &jobs.survey.source);
}
END_TEST

static const struct {
    bool ipv4, ipv6;
    uint32_t ports;
    size_t descriptors;
    uint32_t room, guards;
} guard_rows[] = {
    {true, false, 10, 14, 14, 10},   {true, false, 10, 14, 13, 9}, {false, true, 10, 14, 7, 3},
    {true, true, 10, 24, 24, 10},    {true, true, 10, 24, 23, 9},  {true, true, 10, 24, 5, 1},
    {true, true, 10, 24, 4, 1},      {true, true, 10, 24, 0, 1},   {true, false, 10, 14, 99, 10},
    {true, true, 4096, 8196, 20, 8},
};

START_TEST(there_are_as_many_guards_as_descriptors)
{
    const struct lane_request request = {.ipv4 = guard_rows[_i].ipv4, .ipv6 = guard_rows[_i].ipv6};
    uint32_t ports = guard_rows[_i].ports;
    ck_assert_uint_eq(needs_descriptors(&request, ports), guard_rows[_i].descriptors);
    ck_assert_uint_eq(needs_guards(&request, ports, guard_rows[_i].room), guard_rows[_i].guards);
}
END_TEST

static const struct {
    uint64_t count, targets;
    uint32_t rate;
    enum plan_close close;
    uint32_t frames;
} frame_rows[] = {
    {1, 1, 0, CLOSE_FIN, CAPTURE_FRAMES_LEAST},
    {1, 1000, 0, CLOSE_FIN, 8000},
    {1, 1000000, 0, CLOSE_FIN, 25000},
    {1, 1000000, 10000, CLOSE_FIN, 20000},
    {1, 1000000, 10000, CLOSE_HALF_OPEN, 7500},
    {1, 1000, 1000000, CLOSE_FIN, 8000},
    {1, 1000000, 1000000, CLOSE_FIN, CAPTURE_FRAMES_MOST},
    {0, 1, 10000, CLOSE_FIN, 20000},
    {1, 1000000, 1, CLOSE_FIN, CAPTURE_FRAMES_LEAST},
};

START_TEST(captures_have_room_for_a_quarter_of_a_second)
{
    set(frame_rows[_i].count, frame_rows[_i].targets);
    options.rate = frame_rows[_i].rate;
    options.close = frame_rows[_i].close;
    ck_assert_uint_eq(needs_frames(&jobs), frame_rows[_i].frames);
}
END_TEST

START_TEST(routes_may_lead_elsewhere_later)
{
    set(1, 1);
    ck_assert(!needs_spares(&jobs));
    jobs.repeats = true;
    ck_assert(needs_spares(&jobs));
    jobs.repeats = jobs.survey.complete = false;
    ck_assert(needs_spares(&jobs));
}
END_TEST

START_TEST(only_large_runs_keep_a_child)
{
    set(1, 1023);
    ck_assert(!needs_holder(&jobs));
    set(2, 512);
    ck_assert(needs_holder(&jobs));
    set(0, 1);
    ck_assert(needs_holder(&jobs));
}
END_TEST

static const struct {
    uint64_t count, targets;
    bool resumes, each_once;
} once_rows[] = {
    {1, 1024, false, false}, {1, 1025, false, true},  {1, 1025, true, false},
    {2, 1025, false, false}, {0, 1025, false, false}, {1, UINT64_MAX, false, true},
};

START_TEST(many_targets_have_no_summaries_of_their_own)
{
    set(once_rows[_i].count, once_rows[_i].targets);
    jobs.resumes = once_rows[_i].resumes;
    ck_assert(needs_each_once(&jobs) == once_rows[_i].each_once);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

int main(void)
{
    Suite *suite = suite_create("needs");
    TCase *tests = tcase_create("how much");
    tcase_add_loop_test(tests, connections_are_planned, 0, COUNT(plans));
    tcase_add_loop_test(tests, ports_are_not_used_twice, 0, COUNT(port_rows));
    tcase_add_loop_test(tests, the_lane_is_of_the_survey, 0, 2);
    tcase_add_loop_test(tests, there_are_as_many_guards_as_descriptors, 0, COUNT(guard_rows));
    tcase_add_loop_test(tests, captures_have_room_for_a_quarter_of_a_second, 0, COUNT(frame_rows));
    tcase_add_test(tests, routes_may_lead_elsewhere_later);
    tcase_add_test(tests, only_large_runs_keep_a_child);
    tcase_add_loop_test(tests, many_targets_have_no_summaries_of_their_own, 0, COUNT(once_rows));
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
