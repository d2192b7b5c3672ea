/* SPDX-License-Identifier: BSD-2-Clause */
/* What children are asked, what they answer, and which answers are believed. Everything runs in
 * this process: the worker, the resolver, the routes and the calls of sockets are played. */
#include "confine/connector.h"
#include "confine/filter.h"
#include "confine/locator.h"
#include "confine/namer.h"
#include "confine/resolver.h"
#include "confine/syncer.h"
#include "confine/worker.h"

#include <errno.h>
#include <netinet/in.h>
#include <pcap/bpf.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "packets.h"

#define MS     INT64_C(1000000)
#define PLAYED ((struct worker *)(void *)&question)

static struct error error;

/* The worker: a question is answered by a call, and what is read of the answer can be spoilt. */

static const struct trade *trade;
static void *context;
static _Alignas(max_align_t) uint8_t question[1024], answer[1 << 17];
static unsigned asked, stopped, ended;
static bool late; /* there is no answer yet, or none in time */
static void (*spoil)(void);

struct worker *worker_start(const struct trade *started, void *given, struct error *cause)
{
    (void)cause;
    trade = started;
    context = given;
    ck_assert_uint_le(trade->question_size, sizeof question);
    ck_assert_uint_le(trade->answer_size, sizeof answer);
    return PLAYED;
}

void worker_stop(struct worker *worker)
{
    stopped += worker != NULL;
}

void worker_end(struct worker *worker)
{
    ended += worker != NULL;
}

int worker_fd(const struct worker *worker)
{
    ck_assert_ptr_eq(worker, PLAYED);
    return 77;
}

bool worker_is_busy(const struct worker *worker)
{
    ck_assert_ptr_eq(worker, PLAYED);
    return late;
}

int worker_ask(struct worker *worker, const void *given, struct error *cause)
{
    (void)cause;
    ck_assert_ptr_eq(worker, PLAYED);
    asked++;
    memcpy(question, given, trade->question_size);
    memset(answer, 0, sizeof answer);
    trade->answer(context, question, answer);
    if (spoil != NULL)
        spoil();
    return 0;
}

int worker_read(struct worker *worker, void *out, struct error *cause)
{
    ck_assert_ptr_eq(worker, PLAYED);
    if (late)
        return 0;
    if (!trade->is_sound(question, answer))
        return error_set(cause, STATUS_RUN, "not sound");
    memcpy(out, answer, trade->answer_size);
    return 1;
}

int worker_call(struct worker *worker, const void *given, void *out, struct error *cause)
{
    worker_ask(worker, given, cause);
    return worker_read(worker, out, cause) == 1 ? 0 : -1;
}

int worker_call_within(struct worker *worker, const void *given, void *out, int timeout_ms,
                       struct error *cause)
{
    ck_assert_int_eq(timeout_ms, 5000);
    return late ? 1 : worker_call(worker, given, out, cause);
}

static void reset(void)
{
    asked = stopped = ended = 0;
    late = false;
    spoil = NULL;
    memset(&error, 0, sizeof error);
}

/* connect(2) */

static struct {
    int connect, late; /* errno at once, and behind EINPROGRESS */
    int poll[2];       /* errno of the first calls of ppoll(2); -1: it is not ready in time */
    int bind, device;  /* errno */
    unsigned polls, connects, binds;
    struct sockaddr_in6 to, from;
    char interface[16];
} net;

static int fail_with(int code)
{
    errno = code;
    return code == 0 ? 0 : -1;
}

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len)
{
    (void)fd;
    net.connects++;
    memcpy(&net.to, to.__sockaddr__, len);
    return fail_with(net.connect);
}

int bind(int fd, __CONST_SOCKADDR_ARG from, socklen_t len)
{
    (void)fd;
    net.binds++;
    memcpy(&net.from, from.__sockaddr__, len);
    return fail_with(net.bind);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    (void)fd;
    ck_assert(level == SOL_SOCKET && name == SO_BINDTODEVICE);
    ck_assert_uint_le(len, sizeof net.interface);
    memcpy(net.interface, value, len);
    return fail_with(net.device);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    (void)fd;
    ck_assert(level == SOL_SOCKET && name == SO_ERROR && *len == sizeof net.late);
    memcpy(value, &net.late, sizeof net.late);
    return 0;
}

int ppoll(struct pollfd *polled, nfds_t count, const struct timespec *pause, const sigset_t *mask)
{
    int code = net.polls < 2 ? net.poll[net.polls] : 0;
    (void)polled;
    ck_assert(count == 1 && mask == NULL);
    net.polls++;
    if (code < 0)
        nanosleep(pause, NULL);
    return code < 0 ? 0 : code > 0 ? fail_with(code) : 1;
}

static struct opinion opinion;

static int ask_connector(const struct connector_request *request)
{
    struct connector *connector = connector_start(&error);
    ck_assert_int_eq(connector_fd(connector), 77);
    memset(&opinion, 0x5a, sizeof opinion);
    int code = connector_ask(connector, request, &error);
    if (code == 0)
        code = connector_read(connector, &opinion, &error);
    connector_stop(connector);
    ck_assert_uint_eq(stopped, 1);
    return code;
}

static const struct {
    int connect, late, poll[2];
    enum opinion_result result;
    int code;
} met[] = {
    {0, 0, {0}, OPINION_CONNECTED, 0},
    {ECONNREFUSED, 0, {0}, OPINION_REFUSED, ECONNREFUSED},
    {ENETUNREACH, 0, {0}, OPINION_UNREACHABLE, ENETUNREACH},
    {EPERM, 0, {0}, OPINION_PROHIBITED, EPERM},
    {EACCES, 0, {0}, OPINION_PROHIBITED, EACCES},
    {ENOBUFS, 0, {0}, OPINION_ERROR, ENOBUFS},
    {EINPROGRESS, 0, {0}, OPINION_CONNECTED, 0},
    {EINPROGRESS, ECONNREFUSED, {0}, OPINION_REFUSED, ECONNREFUSED},
    {EINPROGRESS, ETIMEDOUT, {0}, OPINION_TIMED_OUT, ETIMEDOUT},
    {EINPROGRESS, EHOSTUNREACH, {0}, OPINION_UNREACHABLE, EHOSTUNREACH},
    {EINPROGRESS, ECONNREFUSED, {EINTR, EINTR}, OPINION_REFUSED, ECONNREFUSED},
    {EINPROGRESS, 0, {EINTR, ENOMEM}, OPINION_ERROR, ENOMEM},
    {EINPROGRESS, 0, {-1, -1}, OPINION_TIMED_OUT, ETIMEDOUT},
};

START_TEST(says_what_connect_met_at_once_or_later)
{
    const struct connector_request request = {.server = {{FAMILY_IPV4, {192, 0, 2, 1}}, 80},
                                              .timeout_ns = 20 * MS};
    int next = dup(STDERR_FILENO);
    close(next);
    memset(&net, 0, sizeof net);
    net.connect = met[_i].connect;
    net.late = met[_i].late;
    memcpy(net.poll, met[_i].poll, sizeof net.poll);
    ck_assert_int_eq(ask_connector(&request), 1);
    ck_assert_int_eq(opinion.result, met[_i].result);
    ck_assert_int_eq(opinion.code, met[_i].code);
    ck_assert_int_ge(opinion.duration_ns, met[_i].poll[0] < 0 ? 20 * MS : 0);
    ck_assert_int_lt(opinion.duration_ns, 20000 * MS);
    ck_assert_int_eq(dup(STDERR_FILENO), next); /* the socket is closed */
    close(next);
}
END_TEST

START_TEST(asks_connect_as_it_was_told)
{
    static const struct address near = {FAMILY_IPV6, {0xfe, 0x80, [15] = 1}};
    struct connector_request request = {.server = {near, 443},
                                        .source = {FAMILY_IPV6, {0xfe, 0x80, [15] = 9}},
                                        .scope_ifindex = 7,
                                        .interface = "eth0",
                                        .timeout_ns = MS};
    memset(&net, 0, sizeof net);
    ck_assert_int_eq(ask_connector(&request), 1);
    ck_assert(net.to.sin6_family == AF_INET6 && net.from.sin6_family == AF_INET6);
    ck_assert_mem_eq(&net.to.sin6_addr, near.bytes, 16);
    ck_assert_mem_eq(&net.from.sin6_addr, request.source.bytes, 16);
    ck_assert(net.to.sin6_port == htons(443) && net.from.sin6_port == 0);
    ck_assert(net.to.sin6_scope_id == 7 && net.from.sin6_scope_id == 7);
    ck_assert_str_eq(net.interface, "eth0");
    reset();
    memset(&net, 0, sizeof net);
    request = (struct connector_request){.server = {{FAMILY_IPV4, {192, 0, 2, 1}}, 80}};
    ck_assert_int_eq(ask_connector(&request), 1);
    ck_assert(net.to.sin6_family == AF_INET && net.binds == 0);
    ck_assert_str_eq(net.interface, "");
    reset();
    request.source = (struct address){FAMILY_IPV4, {192, 0, 2, 7}};
    ck_assert_int_eq(ask_connector(&request), 1);
    ck_assert(net.binds == 1 && net.from.sin6_family == AF_INET);
}
END_TEST

START_TEST(does_not_connect_otherwise_than_told)
{
    static char long_name[] = "a-name-that-is-long";
    struct connector_request request = {.server = {{FAMILY_IPV4, {192, 0, 2, 1}}, 80},
                                        .source = {FAMILY_IPV4, {192, 0, 2, 7}},
                                        .interface = "eth0"};
    memset(&net, 0, sizeof net);
    net.bind = EADDRNOTAVAIL;
    ck_assert_int_eq(ask_connector(&request), 1);
    ck_assert(opinion.result == OPINION_ERROR && opinion.code == EADDRNOTAVAIL);
    reset();
    net.device = ENODEV;
    ck_assert_int_eq(ask_connector(&request), 1);
    ck_assert(opinion.result == OPINION_ERROR && opinion.code == ENODEV);
    ck_assert_uint_eq(net.connects, 0);
    reset();
    request.interface = long_name;
    ck_assert_int_eq(ask_connector(&request), -1);
    ck_assert_str_eq(error.text, "connect(2) cannot be bound to 'a-name-that-is-long': a name of "
                                 "more than 15 characters");
    ck_assert_uint_eq(asked, 0);
}
END_TEST

static struct opinion lie;

static void lie_of_connect(void)
{
    memcpy(answer, &lie, sizeof lie);
}

START_TEST(believes_no_impossible_opinion)
{
    static const struct {
        struct opinion opinion;
        int code;
    } rows[] = {
        {{OPINION_CONNECTED, 0, 0}, 1},
        {{OPINION_ERROR, ENOBUFS, 1}, 1},
        {{OPINION_NONE, 0, 0}, -1},
        {{OPINION_COUNT, 0, 0}, -1},
        {{OPINION_CONNECTED, -1, 0}, -1},
        {{OPINION_CONNECTED, 0, -1}, -1},
        {{(enum opinion_result) - 1, 0, 0}, -1},
    };
    const struct connector_request request = {.server = {{FAMILY_IPV4, {192, 0, 2, 1}}, 80}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        reset();
        lie = rows[i].opinion;
        spoil = lie_of_connect;
        ck_assert_msg(ask_connector(&request) == rows[i].code, "row %zu", i);
    }
}
END_TEST

/* Names */

static struct resolved_list found;
static int found_code, found_us;
static char host_asked[RESOLVER_HOST_MAX];
static enum family family_asked;
static enum status status_found;

int resolve_all(const char *host, enum family family, struct resolved_list *out,
                struct error *cause)
{
    snprintf(host_asked, sizeof host_asked, "%s", host);
    family_asked = family;
    usleep((useconds_t)found_us);
    *out = found;
    return found_code == 0 ? 0 : error_set(cause, status_found, "cannot resolve '%.80s'", host);
}

int resolve_host(const char *host, enum family family, bool numeric, struct resolved *out,
                 struct error *cause)
{
    struct resolved_list all;
    ck_assert(!numeric);
    int code = resolve_all(host, family, &all, cause);
    *out = all.list[0];
    return code;
}

static void find(struct address one, unsigned scope_ifindex)
{
    found = (struct resolved_list){.list = {{one, scope_ifindex}}, .count = 1};
    found_code = found_us = 0;
    status_found = STATUS_USAGE;
}

static const struct address ipv4 = {FAMILY_IPV4, {192, 0, 2, 1}};
static const struct address ipv6 = {FAMILY_IPV6, {0x20, 1, 0x0d, 0xb8, [15] = 1}};
static struct resolution resolution;

static void lie_of_names(void)
{
    memcpy(answer, &resolution, sizeof resolution);
}

static int ask_resolver(const char *host, enum family family, struct resolution *out)
{
    struct resolver *resolver = resolver_start(&error);
    ck_assert_int_eq(resolver_fd(resolver), 77);
    ck_assert(resolver_is_busy(resolver) == late);
    int code = resolver_ask(resolver, host, family, &error);
    if (code == 0)
        code = resolver_read(resolver, out, &error);
    resolver_leave(resolver);
    resolver_stop(resolver);
    ck_assert(stopped == 1 && ended == 1);
    return code;
}

START_TEST(asks_for_the_name_in_its_family)
{
    char host[RESOLVER_HOST_MAX + 1];
    find(ipv6, 0);
    found_us = 3000;
    ck_assert_int_eq(ask_resolver("a.test", FAMILY_IPV6, &resolution), 1);
    ck_assert_str_eq(host_asked, "a.test");
    ck_assert_int_eq(family_asked, FAMILY_IPV6);
    ck_assert_int_ge(resolution.duration_ns, 3 * MS);
    ck_assert_int_lt(resolution.duration_ns, 20000 * MS);
    ck_assert(address_equal(&resolution.all.list[0].address, &ipv6));
    memset(host, 'a', sizeof host);
    host[RESOLVER_HOST_MAX] = '\0';
    reset();
    ck_assert_int_eq(ask_resolver(host, FAMILY_NONE, &resolution), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a name of 256 characters"));
    ck_assert(error.status == STATUS_USAGE && asked == 0);
    reset();
    host[RESOLVER_HOST_MAX - 1] = '\0';
    ck_assert_int_eq(ask_resolver(host, FAMILY_NONE, &resolution), 1);
    ck_assert_str_eq(host_asked, host);
    reset();
    late = true;
    ck_assert_int_eq(ask_resolver("a.test", FAMILY_NONE, &resolution), 0);
}
END_TEST

static struct resolution with(int count, struct address one, struct address other)
{
    return (struct resolution){.all = {.list = {{one, 0}, {other, 0}}, .count = (uint32_t)count}};
}

static struct resolution failed(enum status status, bool no_memory)
{
    struct resolution made = {.result = -1};
    error_set(&made.error, status, "cannot");
    made.error.out_of_memory = no_memory;
    return made;
}

static int believes(struct resolution told, enum family family)
{
    struct resolution read;
    reset();
    resolution = told;
    spoil = lie_of_names;
    return ask_resolver("a.test", family, &read) == 1;
}

START_TEST(believes_only_addresses_that_were_asked_for)
{
    static const struct address none = {.family = FAMILY_NONE}, other = {.family = 5};
    ck_assert(believes(with(1, ipv4, none), FAMILY_NONE));
    ck_assert(believes(with(2, ipv4, ipv6), FAMILY_NONE));
    ck_assert(believes(with(2, ipv6, ipv6), FAMILY_IPV6));
    ck_assert(!believes(with(2, ipv6, ipv4), FAMILY_IPV6));
    ck_assert(!believes(with(1, ipv6, ipv6), FAMILY_IPV4));
    ck_assert(!believes(with(2, ipv4, none), FAMILY_NONE));
    ck_assert(!believes(with(1, other, none), FAMILY_NONE));
    ck_assert(!believes(with(0, ipv4, none), FAMILY_NONE));
    struct resolution many = with(1, ipv4, none);
    for (uint32_t i = 0; i < RESOLVED_MOST; i++)
        many.all.list[i].address = ipv4;
    many.all.count = RESOLVED_MOST;
    ck_assert(believes(many, FAMILY_IPV4));
    many.all.count = RESOLVED_MOST + 1;
    ck_assert(!believes(many, FAMILY_IPV4));
    many.all.count = 1;
    many.duration_ns = -1;
    ck_assert(!believes(many, FAMILY_IPV4));
}
END_TEST

START_TEST(believes_only_errors_that_resolving_has)
{
    ck_assert(believes(failed(STATUS_USAGE, false), FAMILY_NONE));
    ck_assert(believes(failed(STATUS_RUN, true), FAMILY_NONE));
    ck_assert(!believes(failed(STATUS_RUN, false), FAMILY_NONE));
    ck_assert(!believes(failed(STATUS_USAGE, true), FAMILY_NONE));
    struct resolution told = failed(STATUS_USAGE, false);
    told.duration_ns = -1;
    ck_assert(!believes(told, FAMILY_NONE));
    told = failed(STATUS_USAGE, false);
    told.result = 1;
    ck_assert(!believes(told, FAMILY_NONE));
    told.result = -1;
    memset(told.error.text, 'x', sizeof told.error.text);
    ck_assert(!believes(told, FAMILY_NONE));
}
END_TEST

START_TEST(resolves_with_a_wait)
{
    struct resolver *resolver = resolver_start(&error);
    struct resolved first;
    int64_t duration_ns = -1;
    find(ipv4, 3);
    ck_assert_int_eq(
        resolver_resolve(resolver, "a.test", FAMILY_IPV4, &first, &duration_ns, &error), 0);
    ck_assert(address_equal(&first.address, &ipv4) && first.scope_ifindex == 3);
    ck_assert_int_ge(duration_ns, 0);
    found_code = -1;
    ck_assert_int_eq(resolver_resolve(resolver, "b.test", FAMILY_IPV4, &first, NULL, &error), -1);
    ck_assert_str_eq(error.text, "cannot resolve 'b.test'");
    ck_assert_int_eq(error.status, STATUS_USAGE);
}
END_TEST

/* The way */

static struct route_request way_asked;
static char way_interface[ROUTE_INTERFACE_MAX];
static unsigned ways;
static int way_code;

int route_lookup(const struct route_request *request, struct route *route, enum reason *reason,
                 struct error *cause)
{
    ways++;
    way_asked = *request;
    snprintf(way_interface, sizeof way_interface, "%s",
             request->interface != NULL ? request->interface : "(any)");
    route->source = request->destination;
    strcpy(route->interface, "eth0");
    *reason = REASON_NO_ROUTE;
    return way_code < 0 ? error_set(cause, STATUS_RUN, "no netlink") : way_code;
}

static struct location location;

static int ask_locator(const struct location_request *request)
{
    struct locator *locator = locator_start(&error);
    struct location read;
    ck_assert_int_eq(locator_fd(locator), 77);
    memset(&read, 0x5a, sizeof read);
    int code = locator_ask(locator, request, &error);
    if (code == 0)
        code = locator_read(locator, &read, &error);
    if (code == 1)
        location = read;
    locator_stop(locator);
    ck_assert_uint_eq(stopped, 1);
    return code;
}

START_TEST(asks_for_the_way_as_it_was_told)
{
    struct location_request request = {.host = "a.test",
                                       .family = FAMILY_IPV6,
                                       .source = {FAMILY_IPV6, {0xfd, [15] = 9}},
                                       .interface = "wlan0",
                                       .destination_port = 443,
                                       .source_port_first = 40000,
                                       .source_port_last = 50000};
    ways = 0;
    way_code = 0;
    find(ipv6, 4);
    found_us = 3000;
    ck_assert_int_eq(ask_locator(&request), 1);
    ck_assert_str_eq(host_asked, "a.test");
    ck_assert_int_eq(family_asked, FAMILY_IPV6);
    ck_assert(address_equal(&way_asked.destination, &ipv6));
    ck_assert(address_equal(&way_asked.source, &request.source));
    ck_assert_str_eq(way_interface, "wlan0");
    ck_assert_uint_eq(way_asked.scope_ifindex, 4);
    ck_assert_uint_eq(way_asked.destination_port, 443);
    ck_assert_uint_eq(way_asked.source_port_first, 40000);
    ck_assert_uint_eq(way_asked.source_port_last, 50000);
    ck_assert_int_eq(location.result, 0);
    ck_assert(address_equal(&location.address, &ipv6));
    ck_assert_str_eq(location.route.interface, "eth0");
    ck_assert_int_ge(location.resolve_ns, 3 * MS);
    ck_assert_int_lt(location.resolve_ns, 20000 * MS);
    reset();
    request.interface = NULL;
    ck_assert_int_eq(ask_locator(&request), 1);
    ck_assert_str_eq(way_interface, "(any)");
}
END_TEST

START_TEST(says_why_there_is_no_way)
{
    const struct location_request request = {.host = "a.test"};
    ways = 0;
    way_code = 1;
    find(ipv4, 0);
    ck_assert_int_eq(ask_locator(&request), 1);
    ck_assert(location.result == 1 && location.reason == REASON_NO_ROUTE);
    ck_assert(address_equal(&location.address, &ipv4));
    reset();
    way_code = -1;
    ck_assert_int_eq(ask_locator(&request), 1);
    ck_assert_int_eq(location.result, -1);
    ck_assert_str_eq(location.error.text, "a.test: no netlink");
    reset();
    found_code = -1;
    ck_assert_int_eq(ask_locator(&request), 1);
    ck_assert_int_eq(location.result, -1);
    ck_assert_str_eq(location.error.text, "cannot resolve 'a.test'");
    ck_assert_int_ge(location.resolve_ns, 0);
    ck_assert_uint_eq(ways, 2);
}
END_TEST

START_TEST(asks_for_names_that_fit)
{
    static char host[LOCATOR_HOST_MAX + 1];
    memset(host, 'a', LOCATOR_HOST_MAX);
    find(ipv4, 0);
    way_code = 0;
    ck_assert_int_eq(ask_locator(&(struct location_request){.host = host}), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a name of 256 characters"));
    ck_assert_uint_eq(asked, 0);
    reset();
    host[LOCATOR_HOST_MAX - 1] = '\0';
    ck_assert_int_eq(ask_locator(&(struct location_request){.host = host}), 1);
    ck_assert_str_eq(host_asked, host);
}
END_TEST

static struct location told;

static void lie_of_the_way(void)
{
    memcpy(answer, &told, sizeof told);
}

static bool believes_way(enum family family)
{
    reset();
    spoil = lie_of_the_way;
    return ask_locator(&(struct location_request){.host = "a.test", .family = family}) == 1;
}

static void tell(int result, struct address address, struct address source)
{
    told = (struct location){.result = result, .address = address, .route.source = source};
    error_set(&told.error, STATUS_RUN, "cannot");
}

START_TEST(believes_only_ways_that_can_be)
{
    find(ipv4, 0);
    tell(0, ipv4, ipv4);
    ck_assert(believes_way(FAMILY_NONE) && believes_way(FAMILY_IPV4));
    ck_assert(!believes_way(FAMILY_IPV6));
    memset(told.route.interface, 'x', sizeof told.route.interface);
    ck_assert(!believes_way(FAMILY_NONE));
    tell(0, ipv6, ipv6);
    ck_assert(believes_way(FAMILY_NONE) && believes_way(FAMILY_IPV6));
    ck_assert(!believes_way(FAMILY_IPV4));
    tell(0, ipv6, ipv4);
    ck_assert(!believes_way(FAMILY_NONE));
    tell(0, (struct address){.family = 5}, (struct address){.family = 5});
    ck_assert(!believes_way(FAMILY_NONE));
    tell(0, ipv4, ipv4);
    told.resolve_ns = -1;
    ck_assert(!believes_way(FAMILY_NONE));
    tell(2, ipv4, ipv4);
    ck_assert(!believes_way(FAMILY_NONE));
}
END_TEST

START_TEST(believes_only_reasons_that_there_are)
{
    find(ipv4, 0);
    tell(1, ipv4, ipv6);
    told.reason = REASON_NO_ROUTE;
    ck_assert(!believes_way(FAMILY_NONE));
    tell(1, ipv4, (struct address){0});
    told.reason = REASON_NO_ROUTE;
    ck_assert(believes_way(FAMILY_NONE));
    memset(told.route.interface, 'x', sizeof told.route.interface);
    ck_assert(!believes_way(FAMILY_NONE));
    tell(1, ipv4, ipv4);
    told.reason = REASON_COUNT - 1;
    told.route.error = HOST_ERROR_COUNT - 1;
    ck_assert(believes_way(FAMILY_NONE));
    told.reason = REASON_COUNT;
    ck_assert(!believes_way(FAMILY_NONE));
    told.reason = REASON_NO_ROUTE;
    told.route.error = HOST_ERROR_COUNT;
    ck_assert(!believes_way(FAMILY_NONE));
    tell(-1, (struct address){.family = 5}, ipv4);
    ck_assert(believes_way(FAMILY_IPV6));
    told.resolve_ns = -1;
    ck_assert(!believes_way(FAMILY_NONE));
    told.resolve_ns = 0;
    told.error.status = STATUS_OK;
    ck_assert(!believes_way(FAMILY_NONE));
}
END_TEST

/* Names of hops */

static bool has_name, fills_name;

bool resolve_name(const struct address *address, char *out)
{
    ck_assert(address_equal(address, &ipv6));
    memset(out, 'x', RESOLVE_NAME_MAX);
    if (!fills_name)
        strcpy(out, "hop.test");
    return has_name;
}

START_TEST(a_hop_has_a_name_or_none)
{
    char name[RESOLVE_NAME_MAX] = "before";
    struct namer *namer = namer_start(&error);
    ck_assert_int_eq(namer_fd(namer), 77);
    late = true;
    ck_assert_int_eq(namer_ask(namer, &ipv6, &error), 0);
    ck_assert_int_eq(namer_read(namer, name, &error), 0);
    ck_assert_str_eq(name, "before");
    late = false;
    fills_name = true; /* without having one */
    ck_assert_int_eq(namer_ask(namer, &ipv6, &error), 0);
    ck_assert_int_eq(namer_read(namer, name, &error), 1);
    ck_assert_str_eq(name, "");
    has_name = true; /* which has no end */
    ck_assert_int_eq(namer_ask(namer, &ipv6, &error), 0);
    ck_assert_int_eq(namer_read(namer, name, &error), -1);
    ck_assert_str_eq(name, "");
    fills_name = false;
    ck_assert_int_eq(namer_ask(namer, &ipv6, &error), 0);
    ck_assert_int_eq(namer_read(namer, name, &error), 1);
    ck_assert_str_eq(name, "hop.test");
    namer_stop(namer);
    ck_assert_uint_eq(stopped, 1);
}
END_TEST

/* Files */

static int synced, sync_code;

int fsync(int fd)
{
    synced = fd;
    return fail_with(sync_code);
}

static void lie_of_files(void)
{
    memset(answer, 0xff, sizeof(int));
}

START_TEST(says_what_fsync_said)
{
    static const int files[SYNCER_FILES] = {5, 6};
    struct syncer *syncer = syncer_start(files, &error);
    int code = -1;
    ck_assert_int_eq(syncer_fd(syncer), 77);
    for (unsigned n = 0; n < SYNCER_FILES; n++) {
        sync_code = n == 0 ? 0 : ENOSPC;
        ck_assert_int_eq(syncer_ask(syncer, n, &error), 0);
        ck_assert_int_eq(syncer_read(syncer, &code, &error), 1);
        ck_assert_int_eq(code, sync_code);
        ck_assert_int_eq(synced, CHILD_FILE(n));
    }
    synced = -1;
    ck_assert_int_eq(syncer_ask(syncer, SYNCER_FILES, &error), 0);
    ck_assert_int_eq(syncer_read(syncer, &code, &error), 1);
    ck_assert(code == EBADF && synced == -1);
    spoil = lie_of_files;
    ck_assert_int_eq(syncer_ask(syncer, 0, &error), 0);
    ck_assert_int_eq(syncer_read(syncer, &code, &error), -1);
    syncer_stop(syncer);
    ck_assert_uint_eq(stopped, 1);
}
END_TEST

/* Filters. An answer begins with its link type, its length in instructions, and whether memory ran
 * out; then come the reason and the instructions. */

static uint32_t false_len;

static void lie_of_link(void)
{
    answer[0] ^= 1;
}

static void lie_of_length(void)
{
    memcpy(answer + 4, &false_len, sizeof false_len);
}

static void lie_of_reason(void)
{
    memset(answer + 4, 0, 4);
    memset(answer + 9, 'x', trade->answer_size - 9);
}

static void lie_of_code(void)
{
    static const struct bpf_insn far_jump = {.code = BPF_JMP | BPF_JA, .k = 1 << 16};
    memcpy(answer + trade->answer_size - 8192 * sizeof far_jump, &far_jump, sizeof far_jump);
}

static void lack_memory(void)
{
    memset(answer + 4, 0, trade->answer_size - 4);
    answer[8] = 1;
}

START_TEST(believes_no_impossible_filter)
{
    static void (*const lies[])(void) = {lie_of_link, lie_of_length, lie_of_length, lie_of_reason,
                                         lie_of_code};
    spoil = lies[_i];
    false_len = _i == 1 ? 8193 : UINT32_MAX;
    ck_assert_ptr_null(filter_new("tcp port 443", &error));
    ck_assert_str_eq(error.text, "not sound");
    ck_assert_uint_eq(stopped, 1);
}
END_TEST

START_TEST(a_filter_that_is_not_made_says_why)
{
    late = true;
    ck_assert_ptr_null(filter_new("host a.test", &error));
    ck_assert_str_eq(error.text, "filter \"host a.test\": no answer for a name in it within 5 s: "
                                 "use addresses");
    ck_assert_int_eq(error.status, STATUS_RUN);
    reset();
    spoil = lack_memory;
    ck_assert_ptr_null(filter_new("tcp", &error));
    ck_assert_str_eq(error.text, "filter \"tcp\": out of memory");
    ck_assert(error.status == STATUS_RUN && error.out_of_memory);
    reset();
    ck_assert_ptr_null(filter_new("tcp port", &error));
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_msg(strncmp(error.text, "filter \"tcp port\": ", 19) == 0 &&
                      strstr(error.text, "; see pcap-filter(7)") != NULL,
                  "%s", error.text);
}
END_TEST

/* Each link type is compiled for once, when its first frame comes. */
START_TEST(a_filter_is_made_once_for_each_link_type)
{
    static const enum link links[] = {LINK_ETHERNET, LINK_RAW, LINK_NULL, LINK_ETHERNET, LINK_LOOP};
    static const unsigned wanted[] = {1, 2, 2, 2, 2};
    uint8_t bytes[128];
    uint32_t len = (uint32_t)bytes_from_hex(SYN4, bytes, sizeof bytes);
    struct filter *filter = filter_new("tcp", &error);
    ck_assert_uint_eq(asked, 1);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        const struct frame frame = {1, bytes, len, len, links[i], 0};
        ck_assert_int_ge(filter_takes(filter, &frame, &error), 0);
        ck_assert_uint_eq(asked, wanted[i]);
    }
    filter_free(filter);
    ck_assert_uint_eq(stopped, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trades");
    TCase *tests = tcase_create("trades");
    tcase_add_checked_fixture(tests, reset, NULL);
    tcase_add_loop_test(tests, says_what_connect_met_at_once_or_later, 0,
                        sizeof met / sizeof met[0]);
    tcase_add_test(tests, asks_connect_as_it_was_told);
    tcase_add_test(tests, does_not_connect_otherwise_than_told);
    tcase_add_test(tests, believes_no_impossible_opinion);
    tcase_add_test(tests, asks_for_the_name_in_its_family);
    tcase_add_test(tests, believes_only_addresses_that_were_asked_for);
    tcase_add_test(tests, believes_only_errors_that_resolving_has);
    tcase_add_test(tests, resolves_with_a_wait);
    tcase_add_test(tests, asks_for_the_way_as_it_was_told);
    tcase_add_test(tests, says_why_there_is_no_way);
    tcase_add_test(tests, asks_for_names_that_fit);
    tcase_add_test(tests, believes_only_ways_that_can_be);
    tcase_add_test(tests, believes_only_reasons_that_there_are);
    tcase_add_test(tests, a_hop_has_a_name_or_none);
    tcase_add_test(tests, says_what_fsync_said);
    tcase_add_loop_test(tests, believes_no_impossible_filter, 0, 5);
    tcase_add_test(tests, a_filter_that_is_not_made_says_why);
    tcase_add_test(tests, a_filter_is_made_once_for_each_link_type);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
