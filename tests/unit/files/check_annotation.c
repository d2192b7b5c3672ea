/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/annotation.h"

#include <stdio.h>
#include <string.h>

#include "files/hostwords.h"
#include "harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    struct annotation annotation;
    const char *text;
} annotations[] = {
    {{.resolve_ns = DURATION_UNKNOWN}, NULL},
    {{.origin = ORIGIN_WIRE, .resolve_ns = DURATION_UNKNOWN, .target = "example.com"},
     "tcpshake: target=example.com"},
    {{.origin = ORIGIN_USER_SPACE, .resolve_ns = DURATION_UNKNOWN, .target = ""},
     "tcpshake: time-from-user-space"},
    {{.origin = ORIGIN_LOCAL_KERNEL, .resolve_ns = DURATION_UNKNOWN, .target = ""},
     "tcpshake: sent-by-the-local-kernel"},
    {{.origin = ORIGIN_PATH, .resolve_ns = DURATION_UNKNOWN, .target = ""}, "tcpshake: path"},
    {{.origin = ORIGIN_PATH_MTU, .resolve_ns = DURATION_UNKNOWN, .target = ""},
     "tcpshake: path-mtu"},
    {{.origin = ORIGIN_PATH_MTU,
      .resolve_ns = DURATION_UNKNOWN,
      .device_bytes = 65535,
      .translated = true,
      .from = {{FAMILY_IPV4, {192, 0, 2, 7}}, 1},
      .to = {{FAMILY_IPV4, {192, 0, 2, 80}}, 2}},
     "tcpshake: path-mtu device-mtu=65535 translated from=192.0.2.7 from-port=1 to=192.0.2.80 "
     "to-port=2"},
    {{.origin = ORIGIN_CONTROL, .resolve_ns = DURATION_UNKNOWN, .target = ""}, "tcpshake: control"},
    {{.origin = ORIGIN_PATH_MTU, .resolve_ns = DURATION_UNKNOWN, .device_bytes = UINT32_MAX},
     "tcpshake: path-mtu device-mtu=4294967295"},
    {{.origin = ORIGIN_WIRE, .resolve_ns = INT64_MAX, .target = "example.com"},
     "tcpshake: resolved-in-ns=9223372036854775807 target=example.com"},
    {{.origin = ORIGIN_USER_SPACE, .resolve_ns = DURATION_UNKNOWN, .target = "2001:db8::80"},
     "tcpshake: time-from-user-space target=2001:db8::80"},
    {{.origin = ORIGIN_WIRE, .resolve_ns = 412345, .target = "example.com"},
     "tcpshake: resolved-in-ns=412345 target=example.com"},
    {{.resolve_ns = DURATION_UNKNOWN, .place = 1, .target = "example.com"},
     "tcpshake: place=1 target=example.com"},
    {{.origin = ORIGIN_USER_SPACE, .resolve_ns = 1, .place = UINT32_MAX, .target = "x place=2"},
     "tcpshake: time-from-user-space place=4294967295 resolved-in-ns=1 target=x place=2"},
    {{.origin = ORIGIN_USER_SPACE, .resolve_ns = 0, .target = "example.com"},
     "tcpshake: time-from-user-space resolved-in-ns=0 target=example.com"},
    {{.origin = ORIGIN_LOCAL_KERNEL,
      .resolve_ns = DURATION_UNKNOWN,
      .target = "a b=c target=d \xff\x01%s"},
     "tcpshake: sent-by-the-local-kernel target=a b=c target=d \xff\x01%s"},
    {{.resolve_ns = DURATION_UNKNOWN,
      .translated = true,
      .from = {{FAMILY_IPV4, {192, 0, 2, 7}}, 51234},
      .to = {{FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 0x80}}, 443}},
     "tcpshake: translated from=192.0.2.7 from-port=51234 to=2001:db8::80 to-port=443"},
    {{.origin = ORIGIN_LOCAL_KERNEL,
      .resolve_ns = 7,
      .translated = true,
      .from = {{FAMILY_IPV4, {192, 0, 2, 7}}, 0},
      .to = {{FAMILY_IPV4, {192, 0, 2, 80}}, 65535},
      .target = "x"},
     "tcpshake: sent-by-the-local-kernel translated from=192.0.2.7 from-port=0 to=192.0.2.80 "
     "to-port=65535 resolved-in-ns=7 target=x"},
};

/* On the guard page, since a file gives what it likes. */
static void parse(const char *comment, struct annotation *out)
{
    char *copy = (char *)guarded_copy(comment, strlen(comment) + 1);
    memset(out, 0x5a, sizeof *out);
    annotation_parse(copy, out);
    guarded_free((uint8_t *)copy, strlen(comment) + 1);
}

START_TEST(says_and_reads_annotations)
{
    char text[ANNOTATION_MAX];
    struct annotation read;
    const char *written = annotation_format(&annotations[_i].annotation, text);
    if (annotations[_i].text == NULL) {
        ck_assert_ptr_null(written);
        return;
    }
    ck_assert_ptr_eq(written, text);
    ck_assert_str_eq(written, annotations[_i].text);
    parse(written, &read);
    ck_assert_int_eq(read.origin, annotations[_i].annotation.origin);
    ck_assert_str_eq(read.target, annotations[_i].annotation.target);
    ck_assert_int_eq(read.resolve_ns, annotations[_i].annotation.resolve_ns);
    ck_assert_uint_eq(read.place, annotations[_i].annotation.place);
    ck_assert_uint_eq(read.device_bytes, annotations[_i].annotation.device_bytes);
    ck_assert_int_eq(read.translated, annotations[_i].annotation.translated);
    if (read.translated) {
        ck_assert(endpoint_equal(&read.from, &annotations[_i].annotation.from));
        ck_assert(endpoint_equal(&read.to, &annotations[_i].annotation.to));
    }
}
END_TEST

/* Not ours, or nearly: the defaults. */
static const char *const strange[] = {
    "",
    " ",
    "tcpshake",
    "tcpshake:",
    "tcpshake: ",
    "tcpshake:target=x",
    "tcpshake:  target=x",
    "tcpshake: Target=x",
    "tcpshake: targe",
    "Tcpshake: target=x",
    " tcpshake: target=x",
    "see tcpshake: target=x",
    "tcpshake: several",
    "tcpshake: end client=192.0.2.1 client-port=1 server=192.0.2.2 server-port=2",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=1 target=x",
    "tcpshake: time-from-user-spac",
    "tcpshake: translated from=192.0.2.1 from-port=1 to=192.0.2.2",
    "tcpshake: translated to=192.0.2.2 to-port=2",
    "tcpshake: translated from=x from-port=1 to=192.0.2.2 to-port=2",
    "tcpshake: place=0 target=x",
    "tcpshake: place=-1 target=x",
    "tcpshake: place=4294967296 target=x",
    "tcpshake: target",
    "tcpshake: target=",
};

START_TEST(leaves_the_defaults_for_others)
{
    struct annotation read;
    parse(strange[_i], &read);
    ck_assert_int_eq(read.origin, ORIGIN_WIRE);
    ck_assert(!read.translated);
    ck_assert_str_eq(read.target, "");
    memset(&read, 0x5a, sizeof read);
    annotation_parse(NULL, &read);
    ck_assert_int_eq(read.origin, ORIGIN_WIRE);
    ck_assert_str_eq(read.target, "");
}
END_TEST

/* A target that is longer than there is room for, in either direction. */
START_TEST(cuts_a_target_that_is_too_long)
{
    static char comment[70000];
    char text[ANNOTATION_MAX];
    struct annotation annotation;
    memset(comment, 'x', sizeof comment - 1);
    memcpy(comment, "tcpshake: target=", 17);
    parse(comment, &annotation);
    ck_assert_uint_eq(strlen(annotation.target), ANNOTATION_TARGET_MAX - 1);
    annotation.origin = ORIGIN_LOCAL_KERNEL;
    ck_assert_uint_eq(strlen(annotation_format(&annotation, text)), 34 + 8 + 255);
    struct no_route no_route = {.reason = REASON_NO_ROUTE, .time_ns = INT64_MAX};
    memset(no_route.target, 'y', ANNOTATION_TARGET_MAX - 1);
    no_route.server.address.family = FAMILY_IPV6;
    memset(no_route.server.address.bytes, 0xab, 16);
    no_route.server.port = 65535;
    struct no_route read;
    ck_assert(no_route_parse(no_route_format(&no_route, text), &read));
    ck_assert_str_eq(read.target, no_route.target);
}
END_TEST

static const struct {
    enum reason reason;
    const char *address;
    enum family family;
    uint8_t first, last;
    uint16_t port;
    int64_t time_ns;
    const char *target;
} routes[] = {
    {REASON_NO_ROUTE, "192.0.2.80", FAMILY_IPV4, 192, 0, 443, INT64_C(1795324083502968001),
     "example.com"},
    {REASON_HOST_UNREACH, "2001:db8::80", FAMILY_IPV6, 0x20, 0x80, 1, 0, "2001:db8::80"},
    {REASON_ADMIN_PROHIBITED, "::1", FAMILY_IPV6, 0, 1, 65535, INT64_MAX, "a target=b"},
    {REASON_NET_UNREACH, "255.255.255.255", FAMILY_IPV4, 255, 0, 80, 1, ""},
    {REASON_NAME_NOT_FOUND, "?", FAMILY_NONE, 0, 0, 443, 1, "nosuch.test"},
    {REASON_NAME_NOT_FOUND, "192.0.2.80", FAMILY_IPV4, 192, 0, 443, 1, "lost.test"},
};

/* Only a name that is not found can be without an address; it has a port all the same. */
START_TEST(reads_no_route_to_nowhere)
{
    struct no_route read;
    char text[ANNOTATION_MAX];
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        static const char format[] =
            "tcpshake: no-route reason=%d address=? port=%s time_ns=1 target=x";
        snprintf(text, sizeof text, format, reason, "443");
        ck_assert_int_eq(no_route_parse(text, &read), reason == REASON_NAME_NOT_FOUND);
        snprintf(text, sizeof text, format, reason, "65536");
        ck_assert(!no_route_parse(text, &read));
    }
}
END_TEST

START_TEST(says_and_reads_that_there_is_no_route)
{
    struct no_route said = {
        .reason = routes[_i].reason, .time_ns = routes[_i].time_ns, .server.port = routes[_i].port};
    char expected[ANNOTATION_MAX], text[ANNOTATION_MAX];
    struct no_route read;
    snprintf(expected, sizeof expected,
             "tcpshake: no-route reason=%d address=%s port=%u time_ns=%lld target=%s",
             (int)routes[_i].reason, routes[_i].address, routes[_i].port,
             (long long)routes[_i].time_ns, routes[_i].target);
    ck_assert(no_route_parse(expected, &said));
    ck_assert_int_eq(said.server.address.family, routes[_i].family);
    ck_assert_uint_eq(said.server.address.bytes[0], routes[_i].first);
    ck_assert_uint_eq(said.server.address.bytes[15], routes[_i].last);
    ck_assert_str_eq(no_route_format(&said, text), expected);
    memset(&read, 0x5a, sizeof read);
    ck_assert(no_route_parse(text, &read));
    ck_assert_int_eq(read.reason, routes[_i].reason);
    ck_assert(endpoint_equal(&read.server, &said.server));
    ck_assert_int_eq(read.time_ns, routes[_i].time_ns);
    ck_assert_str_eq(read.target, routes[_i].target);
}
END_TEST

START_TEST(says_which_target_has_no_route)
{
    static const char text[] = "tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=1 "
                               "place=7 resolved-in-ns=3 target=x";
    char again[ANNOTATION_MAX];
    struct connection_result result;
    struct no_route read;
    ck_assert(no_route_parse(text, &read));
    ck_assert_uint_eq(read.place, 7);
    ck_assert_str_eq(no_route_format(&read, again), text);
    no_route_result(&read, &result);
    ck_assert_uint_eq(result.place, 7);
}
END_TEST

#define ADDRESS_46   "1111:2222:3333:4444:5555:6666:255.255.255.2555"
#define LONG_ADDRESS "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"

static const char *const bad_routes[] = {
    "",
    "tcpshake:",
    "tcpshake: no-route",
    "tcpshake: no-route reason= address=192.0.2.1 port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=-1 address=192.0.2.1 port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=99 address=192.0.2.1 port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=99999999999999999999 address=192.0.2.1 port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address= port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=192.0.2 port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=192.0.2.1.5 port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=::g port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=" LONG_ADDRESS " port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=" ADDRESS_46 " port=80 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=65536 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=-80 time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=80x time_ns=1 target=x",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=-1 target=x",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=1",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=80 target=x time_ns=1",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=1 resolved-in-ns=-1 target=x",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=1 resolved-in-ns=x target=x",
    "tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=1 place=0 target=x",
    "tcpshake: several",
};

START_TEST(reads_no_route_from_anything_else)
{
    struct no_route read;
    size_t size = strlen(bad_routes[_i]) + 1;
    uint8_t *copy = guarded_copy(bad_routes[_i], size);
    ck_assert(!no_route_parse((char *)copy, &read));
    ck_assert(!no_route_parse(NULL, &read));
    guarded_free(copy, size);
}
END_TEST

/* A reason that only a segment can give is not one for having sent nothing. */
START_TEST(believes_only_reasons_of_this_host)
{
    static const bool local[REASON_COUNT] = {
        [REASON_NO_ROUTE] = true,       [REASON_NET_UNREACH] = true,
        [REASON_HOST_UNREACH] = true,   [REASON_ADMIN_PROHIBITED] = true,
        [REASON_POLICY_ROUTE] = true,   [REASON_LOCAL_ERROR] = true,
        [REASON_TRANSLATED] = true,     [REASON_NEIGHBOUR_SILENT] = true,
        [REASON_NAME_NOT_FOUND] = true, [REASON_OWN_GUARD] = true,
    };
    struct no_route said = {.server = {{FAMILY_IPV4, {192, 0, 2, 1}}, 80}, .target = "x"}, read;
    char text[ANNOTATION_MAX];
    said.reason = (enum reason)_i;
    ck_assert_int_eq(no_route_parse(no_route_format(&said, text), &read), local[_i]);
}
END_TEST

START_TEST(no_route_stands_for_a_result)
{
    static const struct {
        enum reason reason;
        enum port_state port_state;
        enum handshake_result result;
    } results[] = {{REASON_NO_ROUTE, PORT_UNREACHABLE, HANDSHAKE_UNREACHABLE},
                   {REASON_NET_UNREACH, PORT_UNREACHABLE, HANDSHAKE_UNREACHABLE},
                   {REASON_HOST_UNREACH, PORT_UNREACHABLE, HANDSHAKE_UNREACHABLE},
                   {REASON_NEIGHBOUR_SILENT, PORT_UNREACHABLE, HANDSHAKE_UNREACHABLE},
                   {REASON_ADMIN_PROHIBITED, PORT_FILTERED, HANDSHAKE_UNREACHABLE},
                   {REASON_POLICY_ROUTE, PORT_UNKNOWN, HANDSHAKE_NOT_SENT},
                   {REASON_TRANSLATED, PORT_UNKNOWN, HANDSHAKE_NOT_SENT},
                   {REASON_LOCAL_ERROR, PORT_UNKNOWN, HANDSHAKE_NOT_SENT},
                   {REASON_NAME_NOT_FOUND, PORT_UNKNOWN, HANDSHAKE_NOT_SENT},
                   {REASON_OWN_GUARD, PORT_CLOSED, HANDSHAKE_NOT_SENT}};
    for (unsigned i = 0; i < COUNT(results); i++) {
        struct no_route no_route = {
            .reason = results[i].reason, .time_ns = 4711, .resolve_ns = 99, .target = "x"};
        struct connection_result r;
        no_route.server.port = 443;
        memset(&r, 0x5a, sizeof r);
        no_route_result(&no_route, &r);
        ck_assert_int_eq(r.port_state, results[i].port_state);
        ck_assert_int_eq(r.handshake.result, results[i].result);
        ck_assert_ptr_eq(r.host, &no_route.host);
        ck_assert_int_eq(r.handshake.reason, results[i].reason);
        ck_assert_int_eq(r.handshake.total_ns, DURATION_UNKNOWN);
        ck_assert_int_eq(r.teardown.result, TEARDOWN_NONE);
        ck_assert_int_eq(r.teardown.initiator, NEITHER);
        ck_assert_ptr_eq(r.target, no_route.target);
        ck_assert_uint_eq(r.ends[SERVER].port, 443);
        ck_assert(!r.has_client);
        ck_assert_int_eq(r.resolve_ns, 99);
        ck_assert(r.start_ns == 4711 && r.end_ns == 4711);
        ck_assert(r.states[CLIENT] == STATE_CLOSED && r.states[SERVER] == STATE_UNKNOWN);
        const int64_t unknown[] = {
            r.handshake.connect_ns,   r.handshake.syn_rtt_ns, r.handshake.ack_delay_ns,
            r.teardown.fin_rtt_ns,    r.teardown.total_ns,    r.teardown.peer_fin_delay_ns,
            r.first.syn_ns,           r.first.syn_ack_ns,     r.first.ack_ns,
            r.first.rst_ns,           r.first.fin_ns[CLIENT], r.first.fin_ns[SERVER],
            r.teardown.reset_after_ns};
        for (unsigned k = 0; k < COUNT(unknown); k++)
            ck_assert_msg(unknown[k] == DURATION_UNKNOWN, "duration %u", k);
        ck_assert_int_eq(r.first.rst_by, NEITHER);
        ck_assert_str_eq(r.conn_state, "OTH");
        ck_assert_uint_eq(r.step_count, 0);
        ck_assert_ptr_nonnull(r.history);
    }
}
END_TEST

START_TEST(says_and_reads_the_end)
{
    struct endpoint ends[ENDS] = {{{FAMILY_IPV4, {192, 0, 2, 7}}, 51234},
                                  {{FAMILY_IPV4, {192, 0, 2, 80}}, 443}};
    static const int64_t times[] = {INT64_MAX, DURATION_UNKNOWN};
    struct endpoint read[ENDS];
    struct host_facts host;
    int64_t time_ns = 0;
    bool has_host;
    char text[ANNOTATION_MAX];
    for (unsigned six = 0; six < 2; six++) {
        ck_assert(
            end_parse(end_format(ends, times[six], NULL, text), read, &time_ns, &host, &has_host));
        ck_assert_int_eq(time_ns, times[six]);
        ck_assert(!has_host); /* nothing is said of it */
        ck_assert(endpoint_equal(&read[CLIENT], &ends[CLIENT]));
        ck_assert(endpoint_equal(&read[SERVER], &ends[SERVER]));
        ck_assert(!clock_set_parse(text, read));
        ck_assert(clock_set_parse(clock_set_format(ends, text), read));
        ck_assert(endpoint_equal(&read[CLIENT], &ends[CLIENT]));
        ck_assert(endpoint_equal(&read[SERVER], &ends[SERVER]));
        ck_assert(!end_parse(text, read, &time_ns, &host, &has_host));
        ck_assert(!cut_short_parse(text, read));
        ck_assert(cut_short_parse(cut_short_format(ends, text), read));
        ck_assert(endpoint_equal(&read[SERVER], &ends[SERVER]));
        ck_assert(!end_parse(text, read, &time_ns, &host, &has_host) &&
                  !clock_set_parse(text, read));
        ends[CLIENT].address.family = ends[SERVER].address.family = FAMILY_IPV6;
        memset(ends[SERVER].address.bytes, 0xcd, 16);
    }
    ck_assert(!end_parse(NULL, read, &time_ns, &host, &has_host));
    ck_assert(!clock_set_parse(NULL, read));
    ck_assert(!cut_short_parse(NULL, read));
    for (unsigned i = 0; i < COUNT(strange); i++)
        ck_assert_int_eq(end_parse(strange[i], read, &time_ns, &host, &has_host),
                         strncmp(strange[i], "tcpshake: end ", 14) == 0);
}
END_TEST

static const struct {
    struct host_facts host;
    const char *words;
} hosts[] = {
    {{.delivery = DELIVERED}, " delivered"},
    {{.delivery = NOT_DELIVERED}, " not-delivered"},
    {{.neighbour_silent = true, .unseen = true}, " neighbour-silent not-captured"},
    {{.error = HOST_EPERM}, " error=EPERM"},
    {{.error = HOST_ERROR_OTHER, .table = UINT32_MAX}, " error=other table=4294967295"},
    {{.delivery = NOT_DELIVERED,
      .neighbour_silent = true,
      .unseen = true,
      .error = HOST_EADDRNOTAVAIL,
      .table = 100},
     " not-delivered neighbour-silent not-captured error=EADDRNOTAVAIL table=100"},
    {{.error = HOST_ENETUNREACH, .asked_source = {FAMILY_IPV4, {192, 0, 2, 7}}},
     " error=ENETUNREACH asked-from=192.0.2.7"},
    {{.asked_source = {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8}}, .asked_interface = "fifteen-octets0"},
     " asked-from=2001:db8:: asked-over=fifteen-octets0"},
    {{.asked_interface = "eth0", .opinion = {OPINION_REFUSED, 111, 4711}},
     " asked-over=eth0 connect=refused connect-errno=111 connect-ns=4711"},
    {{.opinion = {OPINION_REFUSED, 111, 4711}},
     " connect=refused connect-errno=111 connect-ns=4711"},
    {{.delivery = DELIVERED, .opinion = {OPINION_CONNECTED, 0, INT64_MAX}},
     " delivered connect=connected connect-errno=0 connect-ns=9223372036854775807"},
    {{.untried_count = 2,
      .untried = {{FAMILY_IPV4, {192, 0, 2, 2}}, {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8}}}},
     " not-tried=192.0.2.2 not-tried=2001:db8::"},
    {{.control = {.made = true,
                  .port_state = PORT_OPEN,
                  .result = HANDSHAKE_COMPLETED,
                  .reason = REASON_SYN_ACK,
                  .connect_ns = 104000}},
     " control=open control-result=completed control-reason=syn-ack control-ns=104000"},
    {{.table = 7,
      .control = {.made = true,
                  .port_state = PORT_FILTERED,
                  .result = HANDSHAKE_NO_ANSWER,
                  .reason = REASON_NO_RESPONSE,
                  .connect_ns = DURATION_UNKNOWN}},
     " table=7 control=filtered control-result=no-answer control-reason=no-response"},
    {{.control_port = 4, .control_port_state = PORT_OPEN},
     " control-port=4 control-port-state=open"},
    {{.delivery = DELIVERED, .control_port = 65535, .control_port_state = PORT_UNKNOWN},
     " delivered control-port=65535 control-port-state=unknown"},
};

#define END_REMARK "tcpshake: end client=192.0.2.7 client-port=1 server=192.0.2.80 server-port=2"

static const struct endpoint between[ENDS] = {{{FAMILY_IPV4, {192, 0, 2, 7}}, 1},
                                              {{FAMILY_IPV4, {192, 0, 2, 80}}, 2}};

static void same_host(const struct host_facts *read, const struct host_facts *said)
{
    ck_assert_int_eq(read->delivery, said->delivery);
    ck_assert_int_eq(read->neighbour_silent, said->neighbour_silent);
    ck_assert_int_eq(read->unseen, said->unseen);
    ck_assert_int_eq(read->error, said->error);
    ck_assert_uint_eq(read->table, said->table);
    ck_assert(address_equal(&read->asked_source, &said->asked_source));
    ck_assert_str_eq(read->asked_interface, said->asked_interface);
    ck_assert(!read->sent.known && !read->received.known);
    ck_assert_int_eq(read->opinion.result, said->opinion.result);
    ck_assert_int_eq(read->opinion.code, said->opinion.code);
    ck_assert_int_eq(read->opinion.duration_ns, said->opinion.duration_ns);
    ck_assert_uint_eq(read->untried_count, said->untried_count);
    for (unsigned i = 0; i < said->untried_count; i++)
        ck_assert(address_equal(&read->untried[i], &said->untried[i]));
    ck_assert_uint_eq(read->control_port, said->control_port);
    ck_assert_int_eq(read->control_port_state, said->control_port_state);
    ck_assert_int_eq(read->control.made, said->control.made);
    if (!said->control.made)
        return;
    ck_assert_int_eq(read->control.port_state, said->control.port_state);
    ck_assert_int_eq(read->control.result, said->control.result);
    ck_assert_int_eq(read->control.reason, said->control.reason);
    ck_assert_int_eq(read->control.connect_ns, said->control.connect_ns);
}

/* Where a connection ended, and where nothing was sent. */
START_TEST(says_and_reads_what_the_host_knew)
{
    char text[ANNOTATION_MAX], expected[ANNOTATION_MAX];
    struct endpoint ends[ENDS];
    struct host_facts read;
    int64_t time_ns;
    bool has_host = false;
    struct no_route no_route = {.server = between[SERVER],
                                .reason = REASON_LOCAL_ERROR,
                                .host = hosts[_i].host,
                                .resolve_ns = DURATION_UNKNOWN,
                                .target = "x"};
    snprintf(expected, sizeof expected, END_REMARK " time_ns=4711%s", hosts[_i].words);
    ck_assert_str_eq(end_format(between, 4711, &hosts[_i].host, text), expected);
    ck_assert(end_parse(text, ends, &time_ns, &read, &has_host));
    ck_assert(has_host);
    ck_assert_int_eq(time_ns, 4711);
    has_host = false;
    snprintf(expected, sizeof expected, END_REMARK "%s", hosts[_i].words);
    ck_assert_str_eq(end_format(between, DURATION_UNKNOWN, &hosts[_i].host, text), expected);
    memset(&read, 0x5a, sizeof read);
    ck_assert(end_parse(text, ends, &time_ns, &read, &has_host));
    ck_assert(has_host);
    same_host(&read, &hosts[_i].host);
    struct no_route again;
    memset(&again, 0x5a, sizeof again);
    ck_assert(no_route_parse(no_route_format(&no_route, text), &again));
    same_host(&again.host, &hosts[_i].host);
    ck_assert_str_eq(again.target, "x");
}
END_TEST

/* What is said with it is read. */
static void comes_back(const struct host_facts *said)
{
    char text[ANNOTATION_MAX];
    struct endpoint ends[ENDS];
    struct host_facts read;
    int64_t time_ns;
    bool has_host;
    ck_assert(end_parse(end_format(between, DURATION_UNKNOWN, said, text), ends, &time_ns, &read,
                        &has_host));
    same_host(&read, said);
}

/* Each word that there is. */
START_TEST(every_word_of_the_host_is_read)
{
    for (unsigned i = 1; i < DELIVERY_COUNT; i++)
        comes_back(&(struct host_facts){.delivery = (enum delivery)i});
    for (unsigned i = 1; i < HOST_ERROR_COUNT; i++)
        comes_back(&(struct host_facts){.error = (enum host_error)i});
    for (unsigned i = 1; i < OPINION_COUNT; i++)
        comes_back(&(struct host_facts){
            .opinion = {(enum opinion_result)i, INT32_MAX, INT64_C(5000000000)}});
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        comes_back(
            &(struct host_facts){.control_port = 443, .control_port_state = (enum port_state)i});
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        for (unsigned k = 0; k < HANDSHAKE_RESULT_COUNT; k++)
            for (unsigned reason = 0; reason < REASON_COUNT; reason++)
                comes_back(&(struct host_facts){.control = {.made = true,
                                                            .port_state = (enum port_state)i,
                                                            .result = (enum handshake_result)k,
                                                            .reason = (enum reason)reason,
                                                            .connect_ns = INT64_C(5000000000)}});
}
END_TEST

/* A file may name more addresses than there is room for. */
START_TEST(too_many_addresses_are_left_out)
{
    char text[2 * ANNOTATION_MAX] = END_REMARK;
    struct endpoint ends[ENDS];
    struct host_facts *host = (struct host_facts *)guarded_copy(
        &(struct host_facts){0}, sizeof *host); /* one more would be behind its end */
    int64_t time_ns;
    bool has_host;
    for (unsigned i = 0; i < 4 * UNTRIED_MOST; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, " not-tried=192.0.2.%u", i % 256);
    }
    ck_assert(end_parse(text, ends, &time_ns, host, &has_host));
    ck_assert_uint_eq(host->untried_count, UNTRIED_MOST);
    for (unsigned i = 0; i < UNTRIED_MOST; i++)
        ck_assert_uint_eq(host->untried[i].bytes[3], i);
    guarded_free((uint8_t *)host, sizeof *host);
}
END_TEST

/* An IPv6 address may be written with the last octets as those of IPv4 are: RFC 4291, 2.2. */
START_TEST(an_address_with_colons_is_of_ipv6)
{
    struct endpoint ends[ENDS];
    ck_assert(cut_short_parse("tcpshake: cut-short client=::ffff:192.0.2.7 client-port=1 "
                              "server=64:ff9b::192.0.2.80 server-port=2",
                              ends));
    ck_assert_uint_eq(ends[CLIENT].address.family, FAMILY_IPV6);
    ck_assert_uint_eq(ends[CLIENT].address.bytes[15], 7);
    ck_assert_uint_eq(ends[SERVER].address.family, FAMILY_IPV6);
    ck_assert_uint_eq(ends[SERVER].address.bytes[15], 80);
}
END_TEST

START_TEST(an_unknown_word_of_the_host_is_none)
{
    static const char *const unknown[] = {
        "",        " deliver",       " error=EFOO",        " table=-1",
        " error=", " connect=maybe", " not-tried=nowhere", " asked-over=sixteen-octets00"};
    struct endpoint ends[ENDS];
    struct host_facts host;
    char text[ANNOTATION_MAX];
    int64_t time_ns;
    for (unsigned i = 0; i < COUNT(unknown); i++) {
        bool has_host = true;
        snprintf(text, sizeof text, END_REMARK "%s", unknown[i]);
        ck_assert(end_parse(text, ends, &time_ns, &host, &has_host));
        ck_assert_int_eq(host.error, HOST_ERROR_NONE);
        ck_assert_int_eq(host.delivery, DELIVERY_UNKNOWN);
        ck_assert_uint_eq(host.table, 0);
        ck_assert_int_eq(host.opinion.result, OPINION_NONE);
        ck_assert_uint_eq(host.untried_count, 0);
        ck_assert_str_eq(host.asked_interface, "");
    }
}
END_TEST

/* A control port whose state is not said, or in no word of ours, is not open. */
START_TEST(a_control_port_without_a_state_is_unknown)
{
    static const char *const unknown[] = {"", " control-port-state=", " control-port-state=ajar"};
    struct endpoint ends[ENDS];
    struct host_facts host;
    char text[ANNOTATION_MAX];
    int64_t time_ns;
    bool has_host = false;
    snprintf(text, sizeof text, END_REMARK " control-port=4%s", unknown[_i]);
    ck_assert(end_parse(text, ends, &time_ns, &host, &has_host));
    ck_assert(has_host);
    ck_assert_uint_eq(host.control_port, 4);
    ck_assert_int_eq(host.control_port_state, PORT_UNKNOWN);
}
END_TEST

/* The longest comment there can be still fits. */
START_TEST(many_addresses_were_not_tried)
{
    struct no_route no_route = {.server = {{FAMILY_IPV6, {0}}, 65535},
                                .reason = REASON_LOCAL_ERROR,
                                .host = {.delivery = NOT_DELIVERED,
                                         .neighbour_silent = true,
                                         .unseen = true,
                                         .error = HOST_EADDRNOTAVAIL,
                                         .table = UINT32_MAX,
                                         .asked_source = {FAMILY_IPV6, {0}},
                                         .asked_interface = "fifteen-octets0",
                                         .opinion = {OPINION_UNREACHABLE, INT32_MAX, INT64_MAX},
                                         .untried_count = UNTRIED_MOST},
                                .time_ns = INT64_MAX,
                                .resolve_ns = INT64_MAX,
                                .place = UINT32_MAX};
    struct no_route read;
    char text[ANNOTATION_MAX];
    memset(no_route.server.address.bytes, 0xab, 16);
    memset(no_route.host.asked_source.bytes, 0xab, 16);
    memset(no_route.target, 'y', ANNOTATION_TARGET_MAX - 1);
    for (unsigned i = 0; i < UNTRIED_MOST; i++) {
        no_route.host.untried[i].family = FAMILY_IPV6;
        memset(no_route.host.untried[i].bytes, 0xa0 + (int)i, 16);
    }
    ck_assert(no_route_parse(no_route_format(&no_route, text), &read));
    same_host(&read.host, &no_route.host);
    ck_assert_str_eq(read.target, no_route.target);
}
END_TEST

START_TEST(says_and_reads_translations)
{
    static const char *const words[] = {"received-as", "sent-as"};
    const struct translation said = {
        true, {{{FAMILY_IPV4, {192, 0, 2, 9}}, 7001}, {{FAMILY_IPV6, {[15] = 1}}, 8443}}};
    struct translation read;
    struct endpoint ends[ENDS];
    char text[ANNOTATION_MAX], expected[ANNOTATION_MAX];
    bool sent = _i == 0;
    snprintf(expected, sizeof expected,
             "tcpshake: %s client=192.0.2.7 client-port=1 server=192.0.2.80 server-port=2 "
             "as-client=192.0.2.9 as-client-port=7001 as-server=::1 as-server-port=8443",
             words[_i]);
    ck_assert_str_eq(host_translation_format(between, _i == 1, &said, text), expected);
    ck_assert(host_translation_parse(text, ends, &sent, &read));
    ck_assert_int_eq(sent, _i == 1);
    ck_assert(read.known);
    for (enum end_id end = CLIENT; end < ENDS; end++) {
        ck_assert(endpoint_equal(&ends[end], &between[end]));
        ck_assert(endpoint_equal(&read.ends[end], &said.ends[end]));
    }
    text[strlen(text) - 5] = '\0';
    ck_assert(!host_translation_parse(text, ends, &sent, &read));
    ck_assert(!host_translation_parse(END_REMARK, ends, &sent, &read));
    ck_assert(!host_translation_parse(NULL, ends, &sent, &read));
}
END_TEST

START_TEST(says_and_reads_names_of_hops)
{
    const struct address hop = {FAMILY_IPV4, {203, 0, 113, 1}};
    struct endpoint ends[ENDS];
    struct address address;
    const char *name;
    char text[HOP_REMARK_MAX], longest[256];
    ck_assert_str_eq(host_hop_format(between, &hop, "a name=b\x1b[1m", text),
                     "tcpshake: hop client=192.0.2.7 client-port=1 server=192.0.2.80 "
                     "server-port=2 address=203.0.113.1 name=a name=b\x1b[1m");
    ck_assert(host_hop_parse(text, ends, &address, &name));
    ck_assert(endpoint_equal(&ends[CLIENT], &between[CLIENT]));
    ck_assert(address_equal(&address, &hop));
    ck_assert_str_eq(name, "a name=b\x1b[1m");
    memset(longest, 'n', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    ck_assert(host_hop_parse(host_hop_format(between, &hop, longest, text), ends, &address, &name));
    ck_assert_str_eq(name, longest);
    *strstr(text, " name=") = '\0';
    ck_assert(!host_hop_parse(text, ends, &address, &name));
    ck_assert(!host_hop_parse(END_REMARK, ends, &address, &name));
    ck_assert(!host_hop_parse(NULL, ends, &address, &name));
}
END_TEST

START_TEST(says_and_reads_notes)
{
    static const char *const others[] = {
        "tcpshake: notes expect=32 labels=",
        "tcpshake: notes labels=",
        "tcpshake: notes expect=1",
        "tcpshake: notes expect=1 labels=x\"}=1",
        "tcpshake: notes expect=1 labels=a=b;a=c",
        "tcpshake: notes expect=1 labels=a=b\nc",
        "tcpshake: several",
        "notes expect=1 labels=",
    };
    const struct target_notes notes = {.port_states = 6, .labels = "team=core;a=b c=d"};
    struct target_notes read;
    char text[NOTES_MAX];
    ck_assert_str_eq(notes_format(&notes, text),
                     "tcpshake: notes expect=6 labels=team=core;a=b c=d");
    ck_assert(notes_parse(text, &read));
    ck_assert_uint_eq(read.port_states, 6);
    ck_assert_str_eq(read.labels, notes.labels);
    ck_assert(!notes_parse(NULL, &read));
    for (unsigned i = 0; i < COUNT(others); i++)
        ck_assert_msg(!notes_parse(others[i], &read), "%s", others[i]);
}
END_TEST

/* What is written is read; anything else is refused. */
START_TEST(says_and_reads_the_order)
{
    static const char *const others[] = {
        "tcpshake: order shard=2",
        "tcpshake: order shard=0 shards=4 seed=1",
        "tcpshake: order shard=3 shards=2",
        "tcpshake: order shard=1 shards=1 seed=-1",
        "tcpshake: order shard=1 shards=1 sead=1",
        "tcpshake: several",
        "order shard=1 shards=1",
    };
    char text[ANNOTATION_MAX];
    uint64_t seed;
    uint32_t shard, shards;
    ck_assert_str_eq(order_format(7, 2, 4, text), "tcpshake: order shard=2 shards=4 seed=7");
    ck_assert(order_parse(text, &seed, &shard, &shards));
    ck_assert(seed == 7 && shard == 2 && shards == 4);
    ck_assert_str_eq(order_format(UINT64_MAX, 1, 1, text), "tcpshake: order shard=1 shards=1");
    ck_assert(order_parse(text, &seed, &shard, &shards));
    ck_assert(seed == UINT64_MAX && shard == 1 && shards == 1);
    ck_assert(!order_parse(NULL, &seed, &shard, &shards));
    for (unsigned i = 0; i < COUNT(others); i++)
        ck_assert_msg(!order_parse(others[i], &seed, &shard, &shards), "%s", others[i]);
}
END_TEST

START_TEST(says_and_reads_that_there_are_several)
{
    ck_assert(several_parse(several_text()));
    ck_assert(!several_parse(NULL));
    ck_assert(compare_parse(compare_text()));
    ck_assert(!compare_parse(NULL));
    ck_assert(!compare_parse(several_text()));
    ck_assert(each_once_parse(each_once_text()));
    ck_assert(!each_once_parse(NULL));
    ck_assert(!each_once_parse(several_text()));
    for (unsigned i = 0; i < COUNT(strange); i++)
        ck_assert_int_eq(several_parse(strange[i]), strcmp(strange[i], "tcpshake: several") == 0);
}
END_TEST

/* Anything that begins well and goes on as it likes is read within its bounds. */
START_TEST(reads_any_octets)
{
    static const char *const words[] = {
        "tcpshake:", " no-route", " end",      " target=",  " reason=", " address=",
        " port=",    " time_ns=", " client=",  "192.0.2.1", "::1",      "15",
        "-",         " ",         "999999999", " several"};
    uint64_t random = (uint64_t)_i;
    for (unsigned i = 0; i < 5000; i++) {
        char comment[400] = "";
        size_t len = 0;
        for (unsigned k = (unsigned)(next_random(&random) % 12); k > 0; k--) {
            const char *word = words[next_random(&random) % COUNT(words)];
            len += (size_t)snprintf(comment + len, sizeof comment - len, "%s", word);
            if (next_random(&random) % 4 == 0)
                comment[next_random(&random) % len] = (char)(1 + next_random(&random) % 255);
        }
        struct annotation annotation;
        struct no_route no_route;
        struct endpoint ends[ENDS];
        struct host_facts host;
        int64_t time_ns;
        bool has_host;
        char *copy = (char *)guarded_copy(comment, len + 1);
        annotation_parse(copy, &annotation);
        ck_assert_uint_lt(strlen(annotation.target), ANNOTATION_TARGET_MAX);
        if (no_route_parse(copy, &no_route))
            ck_assert_uint_lt(no_route.reason, REASON_COUNT);
        end_parse(copy, ends, &time_ns, &host, &has_host);
        guarded_free((uint8_t *)copy, len + 1);
    }
}
END_TEST

#define ADD_LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, (int)COUNT(table))

int main(void)
{
    Suite *suite = suite_create("annotation");
    TCase *tcase = tcase_create("annotation");
    ADD_LOOP(tcase, says_and_reads_annotations, annotations);
    ADD_LOOP(tcase, leaves_the_defaults_for_others, strange);
    tcase_add_test(tcase, says_which_target_has_no_route);
    tcase_add_test(tcase, cuts_a_target_that_is_too_long);
    ADD_LOOP(tcase, says_and_reads_that_there_is_no_route, routes);
    ADD_LOOP(tcase, reads_no_route_from_anything_else, bad_routes);
    tcase_add_test(tcase, reads_no_route_to_nowhere);
    tcase_add_loop_test(tcase, believes_only_reasons_of_this_host, 0, REASON_COUNT);
    tcase_add_test(tcase, no_route_stands_for_a_result);
    tcase_add_test(tcase, says_and_reads_the_end);
    ADD_LOOP(tcase, says_and_reads_what_the_host_knew, hosts);
    tcase_add_test(tcase, many_addresses_were_not_tried);
    tcase_add_test(tcase, every_word_of_the_host_is_read);
    tcase_add_test(tcase, too_many_addresses_are_left_out);
    tcase_add_test(tcase, an_address_with_colons_is_of_ipv6);
    tcase_add_test(tcase, an_unknown_word_of_the_host_is_none);
    tcase_add_loop_test(tcase, a_control_port_without_a_state_is_unknown, 0, 3);
    tcase_add_loop_test(tcase, says_and_reads_translations, 0, 2);
    tcase_add_test(tcase, says_and_reads_the_order);
    tcase_add_test(tcase, says_and_reads_names_of_hops);
    tcase_add_test(tcase, says_and_reads_notes);
    tcase_add_test(tcase, says_and_reads_that_there_are_several);
    tcase_add_loop_test(tcase, reads_any_octets, 0, 4);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
