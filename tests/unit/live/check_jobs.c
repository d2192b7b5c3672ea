/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of a target before its connections: route, plan, and what its list says. The routes
 * of live/ways.h are here. */
#include "live/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixtures/commandline.h"
#include "fixtures/said.h"
#include "harness.h"
#include "tcp/offer.h"

/* The routes: by the last octet of the destination. */

static unsigned questions;
static bool memory_runs_out;
static struct route_request latest;

static void (*between)(void); /* what happens before the survey; NULL: nothing */

struct ways *ways_open(struct error *error)
{
    (void)error;
    if (between != NULL)
        between();
    return (struct ways *)&questions;
}

void ways_close(struct ways *ways)
{
    (void)ways;
}

struct netlink *ways_netlink(const struct ways *ways)
{
    (void)ways;
    return NULL;
}

void ways_confine(struct ways *ways)
{
    (void)ways;
}

int ways_find(struct ways *ways, const struct route_request *request, int64_t now_ns,
              struct way_found *found, struct error *error)
{
    uint8_t last = request->destination.bytes[request->destination.family == FAMILY_IPV6 ? 15 : 3];
    (void)ways;
    (void)now_ns;
    questions++;
    latest = *request;
    *found = (struct way_found){.routed = last < 100, .reason = REASON_NO_ROUTE};
    found->route.error = last < 100 ? HOST_ERROR_NONE : HOST_ENETUNREACH;
    found->route.mtu = last == 2 ? 1280 : last == 3 ? 65536 : last == 4 ? 60 : 1500;
    found->route.by_protocol = last == 5;
    found->route.table = last == 5 ? 9 : 0;
    found->route.source = request->destination;
    found->route.ifindex = last + 100u;
    if (request->destination.bytes[2] == 99)
        snprintf(found->route.interface, IF_NAMESIZE, "tun%u", last);
    else
        snprintf(found->route.interface, IF_NAMESIZE, last == 6 ? "eth1" : "eth0");
    if (last == 254 && memory_runs_out)
        return error_set_memory(error, "route: out of memory");
    return last == 255 ? error_set(error, STATUS_RUN, "route: no buffer") : 0;
}

/* As connect(2) sends them here. */
uint8_t synretries_linear(void)
{
    return 4;
}

/* The jobs of a command line */

static struct options options;
static struct jobs jobs;
static struct error error;

static int try_to_open(const char *line)
{
    commandline_parse(line, &options);
    return jobs_prepare(&jobs, &options, INT64_MAX, &error);
}

/* The same with a list of targets. */
static int try_to_list(const char *content)
{
    char list[] = "/tmp/tcpshake-jobs-XXXXXX", line[64];
    int fd = mkstemp(list);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, strlen(content)), (int)strlen(content));
    close(fd);
    snprintf(line, sizeof line, "--in-order --targets %s", list);
    int code = try_to_open(line);
    unlink(list);
    return code;
}

static void begin(const char *line)
{
    ck_assert_msg(try_to_open(line) == 0, "%s", error.text);
}

static struct job *next(void)
{
    struct job *job = jobs_next(&jobs, 0);
    ck_assert_ptr_nonnull(job);
    return job;
}

static void set_up(void)
{
    said_begin();
    questions = 0;
    memory_runs_out = false;
    between = NULL;
}

static void tear_down(void)
{
    jobs_free(&jobs);
    ck_assert(jobs.first == NULL && jobs.spare == NULL);
    options_free(&options);
    said_end();
}

START_TEST(the_plan_is_that_of_the_options)
{
    begin("-W 3 --hold 2 --time-wait 0.5 -t 9 --send abc --mss 700 --offer ecn --abort 192.0.2.1 "
          "80");
    const struct plan *plan = &next()->plan;
    ck_assert_int_eq(plan->close, CLOSE_ABORT);
    ck_assert_int_eq(plan->timeout_ns, INT64_C(3000000000));
    ck_assert_int_eq(plan->hold_ns, INT64_C(2000000000));
    ck_assert_int_eq(plan->time_wait_ns, INT64_C(500000000));
    ck_assert_uint_eq(plan->ttl, 9);
    ck_assert_uint_eq(plan->payload_len, 3);
    ck_assert_uint_eq(plan->mss_announced, 700);
    ck_assert_uint_eq(plan->offers, OFFER_BIT(OFFER_ECN));
    ck_assert(!plan->path_mtu);
}
END_TEST

/* By the MTU of the route: RFC 9293, 3.7.1. */
static const struct {
    const char *target;
    uint16_t mss;
} segments[] = {
    {"192.0.2.1", 1460},    {"2001:db8::1", 1440}, {"192.0.2.2", 1240}, {"192.0.2.3", 65495},
    {"2001:db8::3", 65475}, {"192.0.2.4", 28},     {"2001:db8::4", 28},
};

START_TEST(the_mss_is_that_of_the_route)
{
    char line[64];
    snprintf(line, sizeof line, "%s 80", segments[_i].target);
    begin(line);
    ck_assert_uint_eq(next()->plan.mss, segments[_i].mss);
}
END_TEST

START_TEST(a_target_comes_with_its_facts)
{
    begin("--in-order -c 3 192.0.2.1:80,81 192.0.2.6:80 192.0.2.100:80");
    static const struct {
        const char *host, *interface;
        uint16_t port;
        bool begins_host, routed;
    } wanted[] = {{"192.0.2.1", "eth0", 80, true, true},
                  {"192.0.2.1", "eth0", 81, false, true},
                  {"192.0.2.6", "eth1", 80, true, true},
                  {"192.0.2.100", "", 80, true, false}};
    for (uint32_t i = 0; i < 4; i++) {
        struct job *job = next();
        ck_assert_str_eq(job->host, wanted[i].host);
        ck_assert_uint_eq(job->server.port, wanted[i].port);
        ck_assert_uint_eq(job->place, i + 1);
        ck_assert_uint_eq(job->left, 3);
        ck_assert_uint_eq(job->nth, i);
        ck_assert_uint_eq(job->first, i);
        ck_assert_int_eq(job->begins_host, wanted[i].begins_host);
        ck_assert_int_eq(job->routed, wanted[i].routed);
        ck_assert_str_eq(job->route.interface, wanted[i].routed ? wanted[i].interface : "eth0");
        ck_assert_int_eq(job->resolve_ns, DURATION_UNKNOWN);
        ck_assert(job->found && job->name == NULL && job->facts.address_count == 0);
        ck_assert_ptr_eq(job->plan.cookie, &job->cookie);
    }
    ck_assert_uint_eq(jobs.count, 4);
    ck_assert_ptr_null(jobs_next(&jobs, 0));
    ck_assert(!jobs.no_memory && !jobs_found_none(&jobs));
}
END_TEST

/* The SYNs that the kernel sends a second apart: of several targets they would add up. */
START_TEST(the_only_target_is_asked_as_connect_asks)
{
    static const struct {
        const char *line;
        uint8_t timeouts;
    } rows[] = {{"192.0.2.1 80", 4}, {"-c 3 192.0.2.1 80", 4}, {"192.0.2.1:80,81", 0}};
    begin(rows[_i].line);
    struct job *job = next();
    ck_assert_uint_eq(job->syn_linear_timeouts, rows[_i].timeouts);
    ck_assert_uint_eq(job->plan.syn_linear_timeouts, rows[_i].timeouts);
}
END_TEST

/* Those that an interrupted run has reported are not made again. */
START_TEST(a_resumed_target_has_the_rest_of_its_connections)
{
    uint8_t octets[JOURNAL_PENDING_BYTES];
    const struct journal_pending pending = {.place = 1, .reported = 2};
    const struct journal_state state = {.position = 2, .pending = octets, .pending_count = 1};
    begin("--in-order -c 5 192.0.2.1:80-82");
    journal_pending_put(octets, &pending);
    ck_assert_int_eq(supply_resume(&jobs.supply, &state, 5, &error), 0);
    struct job *job = next();
    ck_assert_uint_eq(job->server.port, 81);
    ck_assert_uint_eq(job->walk_place, 1);
    ck_assert_uint_eq(job->reported, 2);
    ck_assert_uint_eq(job->left, 3);
    ck_assert_uint_eq(job->first, 0);
    ck_assert_uint_eq(job->nth, 2);
    job = next();
    ck_assert_uint_eq(job->server.port, 82);
    ck_assert_uint_eq(job->left, 5);
    ck_assert_uint_eq(job->nth, 1);
}
END_TEST

/* A name that is too long for any server is not found at once. */
#define LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
#define NEVER LABEL LABEL LABEL LABEL LABEL "test"

static const struct {
    const char *line;
    bool resumes, none;
} finds[] = {
    {"192.0.2.1:80", false, false},
    {NEVER ":80", false, true},
    {"--in-order 192.0.2.1:80 " NEVER ":80", false, false},
    {"--in-order " NEVER ":80 192.0.2.1:80", false, false},
    {NEVER ":80,81", false, true},
    {NEVER ":80,81", true, false}, /* the run before may have found another */
};

START_TEST(a_run_knows_whether_it_has_found_any)
{
    begin(finds[_i].line);
    jobs.resumes = finds[_i].resumes;
    ck_assert(!jobs_found_none(&jobs)); /* none was taken yet */
    for (struct job *job; (job = jobs_next(&jobs, 0)) != NULL;)
        if (!job->found) {
            ck_assert_int_eq(job->no_route_reason, REASON_NAME_NOT_FOUND);
            ck_assert(!job->routed);
        }
    ck_assert_int_eq(jobs_found_none(&jobs), finds[_i].none);
}
END_TEST

START_TEST(those_that_were_found_are_passed_over)
{
    begin("--in-order 192.0.2.1:80 " NEVER ":80 192.0.2.2:80 " NEVER ":81");
    jobs.only_unfound = true;
    ck_assert_uint_eq(next()->server.port, 80);
    ck_assert_uint_eq(next()->server.port, 81);
    ck_assert_ptr_null(jobs_next(&jobs, 0));
    ck_assert(!jobs_found_none(&jobs));
}
END_TEST

START_TEST(the_only_target_has_no_place)
{
    begin("-c 0 192.0.2.1 80");
    struct job *job = next();
    ck_assert_uint_eq(job->place, 0);
    ck_assert_uint_eq(job->left, UINT64_MAX);
}
END_TEST

/* Many at a high rate share a port with those behind them. */
static const struct {
    const char *line;
    uint32_t sharing;
} shared_ports[] = {
    {"--rate 0 -p 1-4096 192.0.2.1", 32},           {"--rate 0 -p 1-4095 192.0.2.1", 1},
    {"--rate 20000 -p 1-4096 192.0.2.1", 32},       {"--rate 19999 -p 1-4096 192.0.2.1", 1},
    {"--rate 0 -i 0 -c 20 -p 1-204 192.0.2.1", 32}, {"--rate 0 -i 0 -c 20 -p 1-203 192.0.2.1", 1},
    {"--rate 0 -c 20 -p 1-204 192.0.2.1", 1}, /* one in a second */
    {"--rate 0 -i 0 -c 0 -p 1-40 192.0.2.1", 32},   {"--rate 0 -c 0 -p 1-40 192.0.2.1", 1},
};

START_TEST(many_targets_in_a_row_begin_with_one_port)
{
    begin(shared_ports[_i].line);
    for (uint32_t i = 0; i < 40; i++) {
        const struct job *job = next();
        ck_assert_uint_eq(job->first, i / shared_ports[_i].sharing);
        ck_assert_uint_eq(job->nth, job->first);
    }
}
END_TEST

START_TEST(a_target_without_a_way_says_why)
{
    begin("192.0.2.100 80");
    struct job *job = next();
    ck_assert(!job->routed);
    ck_assert_int_eq(job->no_route_reason, REASON_NO_ROUTE);
    ck_assert_int_eq(job->route.error, HOST_ENETUNREACH);
    jobs_set_no_route(job, REASON_HOST_UNREACH,
                      &(struct route){.error = HOST_EHOSTUNREACH, .table = 4});
    ck_assert_int_eq(job->no_route_reason, REASON_HOST_UNREACH);
    ck_assert_int_eq(job->route.error, HOST_EHOSTUNREACH);
    ck_assert_uint_eq(job->route.table, 4);
    jobs_set_no_route(job, REASON_LOCAL_ERROR, NULL);
    ck_assert_int_eq(job->route.error, HOST_ERROR_NONE);
    ck_assert_uint_eq(job->route.table, 0);
}
END_TEST

START_TEST(what_rules_by_the_protocol_decide_has_to_be_told)
{
    begin("192.0.2.5 80");
    jobs.tells_protocol = _i != 0;
    struct job *job = next();
    ck_assert_int_eq(job->routed, _i != 0);
    if (_i == 0) {
        ck_assert_int_eq(job->no_route_reason, REASON_POLICY_ROUTE);
        ck_assert_uint_eq(job->route.table, 9);
    }
}
END_TEST

START_TEST(another_route_makes_another_plan)
{
    begin("-c 2 --offer fastopen 192.0.2.1 80");
    struct job *job = next();
    struct route route = job->route;
    job->cookie.len = 8;
    route.mtu = 576;
    jobs_set_route(job, &route, &options);
    ck_assert_uint_eq(job->plan.mss, 536);
    ck_assert_uint_eq(job->cookie.len, 0); /* it was that of another way, and maybe another host */
}
END_TEST

/* The first address of a name is probed; the others are named once it has failed, unless each is a
 * target. */
START_TEST(other_addresses_are_told_of_once)
{
    static struct resolved all[2] = {{{FAMILY_IPV4, {192, 0, 2, 1}}, 0},
                                     {{FAMILY_IPV4, {192, 0, 2, 7}}, 0}};
    begin(_i == 0 ? "-c 2 localhost 80" : "-c 2 --all-addresses localhost 80");
    struct host_name *name = &jobs.supply.hosts.list[0];
    struct resolved *kept = name->all;
    uint32_t kept_count = name->count;
    name->all = all;
    name->count = 2;
    struct job *job = next();
    ck_assert_uint_eq(job->facts.address_count, _i == 0 ? 2 : 0);
    ck_assert_ptr_eq(job->name, name);
    ck_assert_int_ge(job->resolve_ns, 0);
    (void)said();
    jobs_tell_others(job, false);
    ck_assert_str_eq(said(), _i == 0 ? "tcpshake: localhost: 192.0.2.1 failed; 192.0.2.7 not "
                                       "tried: see --all-addresses\n"
                                     : "");
    jobs_tell_others(job, false);
    ck_assert_str_eq(said(), "");
    job->told_others = false;
    jobs_tell_others(job, true);
    ck_assert_str_eq(said(), "");
    name->all = kept;
    name->count = kept_count;
}
END_TEST

START_TEST(a_job_that_is_used_again_forgets)
{
    begin("--in-order -c 2 -p 80,81,82 192.0.2.1");
    struct job *first = next(), *second = next();
    first->lost = first->told_others = first->astray = true;
    first->flights = 3;
    first->cookie.len = 8;
    jobs_release(&jobs, first);
    ck_assert(jobs.first == second && second->after == NULL && jobs.count == 1);
    struct job *third = next();
    ck_assert_ptr_eq(third, first);
    ck_assert(!third->lost && !third->told_others && !third->astray && !third->begins_host);
    ck_assert_uint_eq(third->flights, 0);
    ck_assert_uint_eq(third->cookie.len, 0);
    ck_assert_uint_eq(third->server.port, 82);
    jobs_release(&jobs, second);
    ck_assert(jobs.first == third && third->after == NULL && third->before == NULL);
}
END_TEST

/* What the survey of the routes has seen. */
static const struct {
    const char *line;
    bool ipv4, ipv6;
    size_t interfaces;
    unsigned source_ifindex; /* of the first that has a route */
} surveys[] = {
    {"192.0.2.1 80", true, false, 1, 101},
    {"2001:db8::1 80", false, true, 1, 101},
    {"-p 80 192.0.2.1 2001:db8::1 192.0.2.6", true, true, 2, 101},
    {"-p 80 192.0.2.100 192.0.2.6 192.0.2.1", true, false, 2, 106},
    {"192.0.2.100 80", false, false, 0, 0},
    {"-c 2 192.0.2.100 80", true, false, 0, 0}, /* it may come */
};

/* A name that may be found later may be of any family that is not ruled out, if there is a later.
 */
static const struct {
    const char *line;
    int ipv4, ipv6; /* -1: as this host has it */
} late[] = {
    {"-c 2 " NEVER " 80", 1, -1},
    {"-c 2 -4 " NEVER " 80", 1, 0},
    {"-c 2 -6 " NEVER " 80", 0, 1},
    {"-c 2 -S 2001:db8::1 " NEVER " 80", 0, 1},
    {NEVER " 80", 0, 0},
};

START_TEST(the_survey_leaves_room_for_what_is_found_later)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    begin(late[_i].line);
    ck_assert_int_eq(jobs.survey.families[0], late[_i].ipv4);
    ck_assert_int_eq(jobs.survey.families[1], late[_i].ipv6 >= 0 ? late[_i].ipv6 : fd >= 0);
    ck_assert_uint_eq(jobs.survey.interface_count, 0);
    if (fd >= 0)
        close(fd);
}
END_TEST

/* As a name server would tell: on two interfaces, and without a way. */
static void tell_more_addresses(void)
{
    static const uint8_t lasts[] = {1, 6, 100};
    struct host_name *name = &jobs.supply.hosts.list[0];
    struct resolved *all = realloc(name->all, sizeof lasts * sizeof *all);
    ck_assert_ptr_nonnull(all);
    for (size_t i = 0; i < sizeof lasts; i++)
        all[i] = (struct resolved){.address = {FAMILY_IPV4, {192, 0, 2, lasts[i]}}};
    name->all = all;
    name->count = sizeof lasts;
}

START_TEST(the_survey_asks_for_every_address_that_is_probed)
{
    between = tell_more_addresses;
    begin(_i == 0 ? "--all-addresses localhost 80" : "localhost 80");
    ck_assert_uint_eq(questions, _i == 0 ? 3 : 1);
    ck_assert_uint_eq(jobs.survey.interface_count, _i == 0 ? 2 : 1);
}
END_TEST

START_TEST(the_zone_is_that_of_the_target)
{
    begin("fe80::1%lo 80");
    ck_assert_uint_eq(latest.scope_ifindex, if_nametoindex("lo"));
    struct job *job = next();
    ck_assert_uint_eq(latest.scope_ifindex, if_nametoindex("lo"));
    ck_assert_uint_eq(job->scope_ifindex, if_nametoindex("lo"));
    ck_assert_str_eq(job->host, "fe80::1%lo");
}
END_TEST

/* Without the option, any of those that connections come from. */
START_TEST(a_route_is_asked_for_with_the_ports_there_are)
{
    begin("192.0.2.1 80");
    ck_assert_uint_eq(latest.source_port_first, jobs.ephemeral.first);
    ck_assert_uint_eq(latest.source_port_last, jobs.ephemeral.last);
    ck_assert_uint_lt(latest.source_port_first, latest.source_port_last);
}
END_TEST

START_TEST(the_survey_sees_families_and_interfaces)
{
    begin(surveys[_i].line);
    ck_assert_int_eq(jobs.survey.families[0], surveys[_i].ipv4);
    ck_assert_int_eq(jobs.survey.families[1], surveys[_i].ipv6);
    ck_assert_uint_eq(jobs.survey.interface_count, surveys[_i].interfaces);
    ck_assert_uint_eq(jobs.survey.source_ifindex, surveys[_i].source_ifindex);
    ck_assert(jobs.survey.complete);
}
END_TEST

/* Where there are more interfaces than the survey keeps, others may be needed later. */
START_TEST(the_survey_keeps_some_interfaces)
{
    begin(_i == 0 ? "-p 80 192.0.99.0/26" : "-p 80 192.0.99.0/25");
    ck_assert_uint_eq(jobs.survey.interface_count, _i == 0 ? 62 : SURVEY_INTERFACES_MOST);
    ck_assert_int_eq(jobs.survey.complete, _i == 0);
}
END_TEST

START_TEST(the_survey_of_many_looks_at_some)
{
    begin("-p 1-2000 192.0.2.1");
    ck_assert(!jobs.survey.complete);
    ck_assert_uint_eq(questions, 1024);
    ck_assert_uint_gt(latest.destination_port, 1990);
}
END_TEST

/* What is not looked at may be of any family that is written. */
START_TEST(the_survey_of_many_knows_their_families)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    begin(_i == 0 ? "192.0.2.1:1-3000 [2001:db8::1]:7" : "[2001:db8::1]:1-3000 192.0.2.1:7");
    ck_assert(!jobs.survey.complete);
    ck_assert_uint_gt(latest.destination_port, 2990); /* the last one is passed over */
    ck_assert(jobs.survey.families[0]);
    ck_assert(jobs.survey.families[1] || (_i == 0 && fd < 0));
    if (fd >= 0)
        close(fd);
}
END_TEST

START_TEST(a_route_is_asked_for_as_the_run_goes)
{
    begin("-P 5555 -I eth7 -S 192.0.2.50 192.0.2.1 80");
    ck_assert_uint_eq(latest.source_port_first, 5555);
    ck_assert_uint_eq(latest.source_port_last, 5555);
    ck_assert_str_eq(latest.interface, "eth7");
    ck_assert_uint_eq(latest.source.bytes[3], 50);
    ck_assert_uint_eq(latest.destination_port, 80);
}
END_TEST

START_TEST(several_connections_find_targets_again)
{
    static const char *const lines[] = {"-c 1 192.0.2.1 80", "-c 2 192.0.2.1 80",
                                        "-c 0 192.0.2.1 80"};
    begin(lines[_i]);
    ck_assert(jobs.repeats == (_i > 0));
}
END_TEST

/* Those that are not used again are kept for others. */
START_TEST(jobs_are_used_again)
{
    begin("--in-order -p 80-85 192.0.2.1");
    struct job *jobs_of_it[3] = {next(), next(), next()};
    for (unsigned i = 0; i < 3; i++)
        jobs_release(&jobs, jobs_of_it[i]);
    for (unsigned i = 3; i > 0; i--)
        ck_assert_ptr_eq(next(), jobs_of_it[i - 1]);
    ck_assert_ptr_null(jobs.spare);
}
END_TEST

/* Of a list that is streamed, which is kept for its labels. */
START_TEST(a_job_has_its_line)
{
    char list[] = "/tmp/tcpshake-jobs-XXXXXX", line[64];
    int fd = mkstemp(list);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "192.0.2.1 80 a=b\n", 17), 17);
    close(fd);
    snprintf(line, sizeof line, "--stream --targets %s", list);
    begin(line);
    unlink(list);
    ck_assert_ptr_null(jobs_next(&jobs, 0));
    ck_assert(jobs.awaits);
    inflow_read(&jobs.supply.inflow, 0);
    struct job *job = next();
    ck_assert_ptr_nonnull(job->line);
    ck_assert_ptr_eq(job->facts.notes.labels, job->line->labels);
    ck_assert_str_eq(job->line->labels, "a=b");
}
END_TEST

START_TEST(a_released_job_lets_its_line_go)
{
    begin("192.0.2.1 80");
    struct streamed_line line = {.references = 2};
    struct job *job = next();
    job->line = &line;
    jobs_release(&jobs, job);
    ck_assert_uint_eq(line.references, 1);
}
END_TEST

/* An error of one target ends a run that has no list, and is named; of a list the rest goes on. */
START_TEST(an_error_of_one_target)
{
    if (_i == 0) {
        ck_assert_int_eq(try_to_open("-p 80 192.0.2.1 192.0.2.255"), -1);
        ck_assert_str_eq(error.text, "192.0.2.255: route: no buffer");
        return;
    }
    if (_i == 2) {
        ck_assert_int_eq(try_to_list("192.0.2.255 80\n"), -1);
        return;
    }
    ck_assert_int_eq(try_to_list("192.0.2.255 80\n192.0.2.1 80\n"), 0);
    struct job *job = next();
    ck_assert(!job->routed);
    ck_assert_int_eq(job->no_route_reason, REASON_LOCAL_ERROR);
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.255: route: no buffer\n");
    ck_assert(next()->routed);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(an_error_of_one_target_may_be_left_out)
{
    ck_assert_int_eq(try_to_list("192.0.2.255 80\n192.0.2.1 80\n"), 0);
    options.verbosity = -1 - _i;
    ck_assert(!next()->routed);
    ck_assert_str_eq(said(), _i == 0 ? "tcpshake: 192.0.2.255: route: no buffer\n" : "");
}
END_TEST

/* Which is no error of the target: the run ends, whether the survey asks or the run itself. */
START_TEST(memory_may_run_out)
{
    memory_runs_out = _i == 0;
    ck_assert_int_eq(try_to_list("192.0.2.254 80\n192.0.2.1 80\n"), _i == 0 ? -1 : 0);
    memory_runs_out = true;
    if (_i == 0) {
        ck_assert(error.out_of_memory);
        return;
    }
    ck_assert(!next()->routed);
    ck_assert(jobs.no_memory);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(lists_say_what_is_expected)
{
    ck_assert_int_eq(try_to_list("192.0.2.1 80 expect=closed site=a\n192.0.2.2 80\n"), 0);
    struct job *job = next();
    ck_assert_uint_eq(job->facts.notes.port_states, 1u << PORT_CLOSED);
    ck_assert_str_eq(job->facts.notes.labels, "site=a");
    job = next();
    ck_assert_uint_eq(job->facts.notes.port_states, 0);
    ck_assert_str_eq(job->facts.notes.labels, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jobs");
    TCase *tc = tcase_create("targets");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, the_plan_is_that_of_the_options);
    tcase_add_loop_test(tc, the_mss_is_that_of_the_route, 0, sizeof segments / sizeof segments[0]);
    tcase_add_test(tc, a_target_comes_with_its_facts);
    tcase_add_test(tc, the_only_target_has_no_place);
    tcase_add_loop_test(tc, many_targets_in_a_row_begin_with_one_port, 0,
                        sizeof shared_ports / sizeof shared_ports[0]);
    tcase_add_loop_test(tc, the_only_target_is_asked_as_connect_asks, 0, 3);
    tcase_add_test(tc, a_resumed_target_has_the_rest_of_its_connections);
    tcase_add_loop_test(tc, a_run_knows_whether_it_has_found_any, 0,
                        sizeof finds / sizeof finds[0]);
    tcase_add_test(tc, those_that_were_found_are_passed_over);
    tcase_add_loop_test(tc, the_survey_leaves_room_for_what_is_found_later, 0,
                        sizeof late / sizeof late[0]);
    tcase_add_loop_test(tc, the_survey_asks_for_every_address_that_is_probed, 0, 2);
    tcase_add_test(tc, the_zone_is_that_of_the_target);
    tcase_add_test(tc, a_route_is_asked_for_with_the_ports_there_are);
    tcase_add_test(tc, a_target_without_a_way_says_why);
    tcase_add_loop_test(tc, what_rules_by_the_protocol_decide_has_to_be_told, 0, 2);
    tcase_add_test(tc, another_route_makes_another_plan);
    tcase_add_loop_test(tc, other_addresses_are_told_of_once, 0, 2);
    tcase_add_test(tc, a_job_that_is_used_again_forgets);
    tcase_add_loop_test(tc, the_survey_sees_families_and_interfaces, 0,
                        sizeof surveys / sizeof surveys[0]);
    tcase_add_loop_test(tc, the_survey_keeps_some_interfaces, 0, 2);
    tcase_add_test(tc, the_survey_of_many_looks_at_some);
    tcase_add_loop_test(tc, the_survey_of_many_knows_their_families, 0, 2);
    tcase_add_test(tc, a_route_is_asked_for_as_the_run_goes);
    tcase_add_loop_test(tc, an_error_of_one_target, 0, 3);
    tcase_add_loop_test(tc, an_error_of_one_target_may_be_left_out, 0, 2);
    tcase_add_test(tc, jobs_are_used_again);
    tcase_add_test(tc, a_job_has_its_line);
    tcase_add_loop_test(tc, several_connections_find_targets_again, 0, 3);
    tcase_add_test(tc, a_released_job_lets_its_line_go);
    tcase_add_loop_test(tc, memory_may_run_out, 0, 2);
    tcase_add_test(tc, lists_say_what_is_expected);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
