/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/lane.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/settings.h"
#include "network.h"

/* Memory: the linker puts this in place of calloc (--wrap). */

static int until_failure = -1; /* calls that still succeed; negative: all */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    bool fails = until_failure >= 0 && until_failure-- == 0;
    return fails ? NULL : __real_calloc(n, size);
}

static struct lane lane;
static struct ephemeral ephemeral;
static struct error error;

static void set_up(void)
{
    until_failure = -1;
    lane = (struct lane){0};
    settings_ephemeral(&ephemeral);
}

static void open_lane(const struct lane_request *request)
{
    ck_assert_int_eq(lane_choose(&lane, request, &error), 0);
    ck_assert_msg(lane_open(&lane, request, &error) == 0, "%s", error.text);
}

static const struct {
    uint32_t wanted, ports;
} sizes[] = {{0, 1}, {1, 1}, {2, 2}, {64, 64}, {500, 500}};

/* Free ports among those that connect(2) would take, in one stretch. */
START_TEST(as_many_ports_as_are_asked_for)
{
    static bool taken[UINT16_MAX + 1];
    memset(taken, 0, sizeof taken); /* all tests may share one process */
    open_lane(
        &(struct lane_request){.ipv4 = true, .ephemeral = &ephemeral, .ports = sizes[_i].wanted});
    ck_assert_uint_eq(lane.count, sizes[_i].ports);
    ck_assert_uint_eq(lane.held_count, lane.count);
    ck_assert_uint_ge(lane.last - lane.first + 1u,
                      lane.count + 64 + lane.count / 8); /* some in use */
    for (uint32_t i = 0; i < lane.count; i++) {
        uint16_t port = lane_port(&lane, i);
        ck_assert(port >= lane.first && port <= lane.last);
        ck_assert(ephemeral_allows(&ephemeral, port));
        ck_assert(!taken[port]);
        ck_assert_uint_eq(lane_port(&lane, i + lane.count), port); /* they come round */
        taken[port] = true;
    }
    lane_close(&lane);
    ck_assert_uint_eq(lane.held_count, 0);
}
END_TEST

START_TEST(half_of_the_ephemeral_ports_are_left_to_others)
{
    open_lane(&(struct lane_request){.ipv4 = true, .ephemeral = &ephemeral, .ports = UINT16_MAX});
    ck_assert_uint_le(lane.count, ((uint32_t)ephemeral.last - ephemeral.first + 1) / 2);
    lane_close(&lane);
}
END_TEST

static int bind_to(const uint8_t address[4], uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&name.sin_addr, address, 4);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    close(fd);
    return -1;
}

static const uint8_t this_host[] = {127, 0, 0, 1}, this_host_too[] = {127, 9, 9, 9};

/* ip_local_reserved_ports are for others, unless the user asks for one. */
START_TEST(reserved_ports_are_passed_over)
{
    struct ephemeral few;
    ephemeral_parse("62100 62199", "62100-62190,62192-62197", &few);
    for (unsigned i = 0; i < 20; i++) {
        open_lane(&(struct lane_request){.ipv4 = true, .ephemeral = &few, .ports = 50});
        ck_assert_uint_eq(lane.count, 3);
        ck_assert(lane.first >= 62191 && lane.last <= 62199);
        for (uint32_t port = 0; port < lane.count; port++)
            ck_assert(ephemeral_allows(&few, lane_port(&lane, port)));
        lane_close(&lane);
    }
    open_lane(&(struct lane_request){.ipv4 = true, .ephemeral = &few, .port = 62100});
    lane_close(&lane);
    ephemeral_parse("62100 62199", "62100-62199", &few);
    const struct lane_request request = {.ipv4 = true, .ephemeral = &few, .ports = 1};
    ck_assert_int_eq(lane_choose(&lane, &request, &error), 0);
    ck_assert_int_eq(lane_open(&lane, &request, &error), -1);
    lane_close(&lane);
}
END_TEST

/* No other program of this host can get such a port, on whatever address. */
START_TEST(ports_are_held_on_every_address)
{
    open_lane(&(struct lane_request){.ipv4 = true, .ephemeral = &ephemeral, .ports = 3});
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_int_lt(bind_to(this_host, lane_port(&lane, i)), 0);
        ck_assert_int_lt(bind_to(this_host_too, lane_port(&lane, i)), 0);
    }
    lane_close(&lane);
}
END_TEST

/* A port that has no guard in one of the families is none. */
START_TEST(both_families)
{
    const struct lane_request six = {.ipv6 = true, .ephemeral = &ephemeral, .ports = 1};
    ck_assert_int_eq(lane_choose(&lane, &six, &error), 0);
    int code = lane_open(&lane, &six, &error);
    lane_close(&lane);
    if (code != 0)
        return; /* this machine has no IPv6 */
    open_lane(
        &(struct lane_request){.ipv4 = true, .ephemeral = &ephemeral, .ipv6 = true, .ports = 5});
    ck_assert_uint_eq(lane.count, 5);
    ck_assert_uint_eq(lane.held_count, 10);
    lane_close(&lane);
}
END_TEST

/* A port that another program has in one family is left to it in both. */
START_TEST(a_port_is_held_in_both_families_or_in_none)
{
    struct sockaddr_in6 name = {
        .sin6_family = AF_INET6, .sin6_port = htons(62195), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct ephemeral few;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0)
        return; /* this machine has no IPv6 */
    ephemeral_parse("62100 62199", "62100-62193,62197-62199", &few);
    open_lane(&(struct lane_request){.ipv4 = true, .ipv6 = true, .ephemeral = &few, .ports = 50});
    ck_assert_uint_eq(lane.count, 2);
    ck_assert_uint_eq(lane.held_count, 4);
    int other = bind_to(this_host, 62195);
    ck_assert_int_ge(other, 0);
    lane_close(&lane);
    close(other);
    close(fd);
}
END_TEST

/* Where there are no more descriptors, there are as many ports as there are guards; none is an
 * error. */
START_TEST(descriptors_bound_the_ports)
{
    struct lane_request request = {.ipv4 = true, .ephemeral = &ephemeral, .ports = 50};
    struct rlimit limit, few;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int next = dup(STDOUT_FILENO);
    ck_assert_int_ge(next, 0);
    close(next);
    few = limit;
    few.rlim_cur = (rlim_t)next + (_i == 0 ? 10 : 0);
    ck_assert_int_eq(lane_choose(&lane, &request, &error), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    int code = lane_open(&lane, &request, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(code, _i == 0 ? 0 : -1);
    ck_assert_uint_le(lane.count, 10);
    ck_assert_int_eq(lane.count > 0, _i == 0);
    lane_close(&lane);
}
END_TEST

START_TEST(ports_need_memory)
{
    const struct lane_request request = {.ipv4 = true, .ephemeral = &ephemeral, .ports = 5};
    ck_assert_int_eq(lane_choose(&lane, &request, &error), 0);
    until_failure = _i;
    ck_assert_int_eq(lane_open(&lane, &request, &error), -1);
    ck_assert(error.out_of_memory);
    ck_assert_str_eq(error.text, "out of memory for 5 source ports");
    lane_close(&lane);
}
END_TEST

/* The ports come in no order that could be guessed. */
START_TEST(ports_are_shuffled)
{
    unsigned in_order = 0;
    open_lane(&(struct lane_request){.ipv4 = true, .ephemeral = &ephemeral, .ports = 100});
    for (uint32_t i = 1; i < lane.count; i++)
        in_order += lane_port(&lane, i) > lane_port(&lane, i - 1);
    ck_assert_uint_gt(in_order, 10);
    ck_assert_uint_lt(in_order, 90);
    lane_close(&lane);
}
END_TEST

/* What is counted of each port of the stretch, for each family that it is held in. */
START_TEST(ports_that_are_held_are_counted)
{
    static struct deliveries deliveries[10][2];
    static const struct guard guard;
    const struct lane held = {.first = 62190, .last = 62199, .deliveries = deliveries};
    struct endpoint ours = {.address = {.family = FAMILY_IPV4}};
    memset(deliveries, 0, sizeof deliveries);
    for (uint32_t port = held.first - 2u; port < held.last + 3u; port++) {
        ours.port = (uint16_t)port;
        ck_assert_ptr_null(lane_deliveries(&held, &ours));
        bool within = port >= held.first && port <= held.last;
        if (within)
            deliveries[port - held.first][0].guard = &guard;
        ck_assert_ptr_eq(lane_deliveries(&held, &ours),
                         within ? &deliveries[port - held.first][0] : NULL);
    }
    ours = (struct endpoint){.address = {.family = FAMILY_IPV6}, .port = 62195};
    ck_assert_ptr_null(lane_deliveries(&held, &ours));
    deliveries[5][1].guard = &guard;
    ck_assert_ptr_eq(lane_deliveries(&held, &ours), &deliveries[5][1]);
}
END_TEST

static uint16_t any_port(void)
{
    open_lane(&(struct lane_request){.ipv4 = true, .ephemeral = &ephemeral, .ports = 1});
    uint16_t port = lane_port(&lane, 0);
    lane_close(&lane);
    return port;
}

START_TEST(one_port_that_is_asked_for)
{
    uint16_t port = any_port();
    open_lane(
        &(struct lane_request){.ipv4 = true, .ephemeral = &ephemeral, .ports = 1000, .port = port});
    ck_assert_uint_eq(lane.first, port);
    ck_assert_uint_eq(lane.last, port);
    ck_assert_uint_eq(lane.count, 1);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_uint_eq(lane_port(&lane, i), port);
    lane_close(&lane);
}
END_TEST

/* On all addresses where that can be, whatever the source is. */
START_TEST(one_port_from_one_address)
{
    const struct address source = {FAMILY_IPV4, {127, 0, 0, 1}};
    uint16_t port = any_port();
    open_lane(&(struct lane_request){
        .ipv4 = true, .ephemeral = &ephemeral, .port = port, .source = &source});
    ck_assert_int_lt(bind_to(this_host, port), 0);
    ck_assert_int_lt(bind_to(this_host_too, port), 0);
    lane_close(&lane);
    int fd = bind_to(this_host, port); /* it is given back */
    ck_assert_int_ge(fd, 0);
    close(fd);
}
END_TEST

/* Another address of this host uses it: then only the source's own is held. */
START_TEST(one_port_that_another_address_uses)
{
    const struct address source = {FAMILY_IPV4, {127, 0, 0, 1}};
    uint16_t port = any_port();
    struct lane_request request = {.ipv4 = true, .ephemeral = &ephemeral, .port = port};
    int other = bind_to(this_host_too, port);
    ck_assert_int_ge(other, 0);
    ck_assert_int_eq(lane_choose(&lane, &request, &error), 0);
    ck_assert_int_eq(lane_open(&lane, &request, &error), -1);
    lane_close(&lane);
    ck_assert_ptr_nonnull(strstr(error.text, "is in use"));
    request.source = &source;
    open_lane(&request);
    ck_assert_int_lt(bind_to(this_host, port), 0);
    lane_close(&lane);
    close(other);
}
END_TEST

/* Of both families, the one that the source is not of is held on all addresses. */
START_TEST(one_port_of_both_families)
{
    const struct address source = {FAMILY_IPV4, {127, 0, 0, 1}};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0)
        return; /* this machine has no IPv6 */
    close(fd);
    uint16_t port = any_port();
    int other = bind_to(this_host_too, port);
    ck_assert_int_ge(other, 0);
    open_lane(&(struct lane_request){
        .ipv4 = true, .ipv6 = true, .ephemeral = &ephemeral, .port = port, .source = &source});
    ck_assert_uint_eq(lane.held_count, 2);
    struct endpoint ours = {.address = {.family = FAMILY_IPV6}, .port = port};
    ck_assert_ptr_nonnull(lane_deliveries(&lane, &ours));
    ours.address = source;
    ck_assert_ptr_nonnull(lane_deliveries(&lane, &ours));
    lane_close(&lane);
    close(other);
}
END_TEST

int main(void)
{
    network_alone(); /* where that may be: other tests hold ports too */
    Suite *suite = suite_create("lane");
    TCase *tests = tcase_create("lane");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, as_many_ports_as_are_asked_for, 0, sizeof sizes / sizeof sizes[0]);
    tcase_add_test(tests, half_of_the_ephemeral_ports_are_left_to_others);
    tcase_add_test(tests, ports_are_held_on_every_address);
    tcase_add_test(tests, reserved_ports_are_passed_over);
    tcase_add_test(tests, both_families);
    tcase_add_test(tests, a_port_is_held_in_both_families_or_in_none);
    tcase_add_loop_test(tests, descriptors_bound_the_ports, 0, 2);
    tcase_add_loop_test(tests, ports_need_memory, 0, 3);
    tcase_add_test(tests, ports_are_shuffled);
    tcase_add_test(tests, ports_that_are_held_are_counted);
    tcase_add_test(tests, one_port_that_is_asked_for);
    tcase_add_test(tests, one_port_from_one_address);
    tcase_add_test(tests, one_port_that_another_address_uses);
    tcase_add_test(tests, one_port_of_both_families);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
