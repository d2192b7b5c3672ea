/* SPDX-License-Identifier: BSD-2-Clause */
/* The captures of a run, each for itself and all together. Interfaces, and what net/capture.h
 * declares, are here. */
#include <ifaddrs.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "fixtures/said.h"
#include "flight/taps.h"
#include "harness.h"
#include "net/route.h"
#include "net/routing/device.h"

/* Memory: the linker puts this in place of calloc (--wrap). */

static size_t failing; /* what is asked for in this size is not there; 0: all is */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return size == failing ? NULL : __real_calloc(n, size);
}

#define CAPTURES_MAX 64
#define LIMIT        10

/* net/capture.h */

struct capture {
    char interface[IF_NAMESIZE];
    unsigned ifindex;
    int waiting; /* frames; negative: it fails */
    uint64_t dropped;
    bool closed;
};

static struct capture captures[CAPTURES_MAX], any;
static unsigned capture_count, followings;
static const char *deaf; /* an interface that cannot be captured on */
static bool moves;
static struct lanefilter filter;

struct capture *capture_open(const char *interface, uint32_t frames, uint16_t port_first,
                             uint16_t port_last, struct error *error)
{
    (void)frames;
    (void)port_first;
    (void)port_last;
    if (deaf != NULL && strcmp(interface, deaf) == 0) {
        error_set(error, STATUS_RUN, "%s: not captured on", interface);
        return NULL;
    }
    ck_assert_uint_lt(capture_count, CAPTURES_MAX);
    struct capture *capture = &captures[capture_count++];
    *capture = (struct capture){.waiting = 0};
    snprintf(capture->interface, sizeof capture->interface, "%s", interface);
    return capture;
}

struct capture *capture_open_any(const struct lanefilter *wanted, struct error *error)
{
    (void)error;
    filter = *wanted;
    any = (struct capture){.interface = "any"};
    return &any;
}

int capture_follow(struct capture *capture, const struct lanefilter *wanted, struct error *error)
{
    (void)error;
    ck_assert_ptr_eq(capture, &any);
    filter = *wanted;
    followings++;
    return 0;
}

bool capture_place(const struct frame *frame, struct place *place)
{
    *place = (struct place){.ifindex = frame->interface};
    return frame->interface != 0;
}

int capture_move(struct capture *capture, const char *interface, unsigned ifindex,
                 struct error *error)
{
    snprintf(capture->interface, sizeof capture->interface, "%s", interface);
    capture->ifindex = ifindex;
    return moves ? 0 : error_set(error, STATUS_RUN, "%s: not moved to", interface);
}

void capture_close(struct capture *capture)
{
    if (capture == NULL)
        return;
    ck_assert(!capture->closed);
    capture->closed = true;
}

int capture_fd(const struct capture *capture)
{
    return capture == &any ? 900 : 100 + (int)(capture - captures);
}

uint16_t capture_linktype(const struct capture *capture)
{
    (void)capture;
    return 1;
}

int capture_read(struct capture *capture, int limit, capture_handler *handler, void *user,
                 struct error *error)
{
    const struct frame frame = {.interface = 1};
    int count = 0;
    if (capture->waiting < 0)
        return error_set(error, STATUS_RUN, "%s: is down", capture->interface);
    for (; count < limit && capture->waiting > 0; count++, capture->waiting--)
        handler(user, capture, &frame);
    return count;
}

uint64_t capture_dropped(struct capture *capture)
{
    return capture->dropped;
}

/* getifaddrs(3) and net/routing/device.h */

static struct ifaddrs interfaces[32];
static char names[32][IF_NAMESIZE];
static struct sockaddr_ll links[32];
static unsigned interface_count;

static void add_interface(const char *name, unsigned flags, int family, uint16_t hatype)
{
    unsigned at = interface_count++;
    ck_assert_uint_lt(at, 32);
    snprintf(names[at], sizeof names[at], "%s", name);
    links[at] = (struct sockaddr_ll){.sll_family = (uint16_t)family, .sll_hatype = hatype};
    interfaces[at] = (struct ifaddrs){
        .ifa_name = names[at],
        .ifa_flags = flags,
        .ifa_addr = family != AF_UNSPEC ? (struct sockaddr *)(void *)&links[at] : NULL};
    if (at > 0)
        interfaces[at - 1].ifa_next = &interfaces[at];
}

int getifaddrs(struct ifaddrs **out)
{
    *out = interface_count > 0 ? interfaces : NULL;
    return 0;
}

void freeifaddrs(struct ifaddrs *all)
{
    (void)all;
}

static unsigned looked_up;

int device_lookup(struct netlink *netlink, const char *name, unsigned ifindex,
                  struct device *device)
{
    (void)netlink;
    (void)name;
    looked_up++;
    memset(device, 0, sizeof *device);
    snprintf(device->name, sizeof device->name, "veth%u", ifindex);
    return ifindex == 13 ? -1 : 0; /* which is gone */
}

/* The taps */

static uint16_t lane_ports[1];
static const struct lane lane = {.first = 40000, .last = 40009, .ports = lane_ports};
static struct taps taps;
static struct recorder recorder; /* nothing is recorded */
static struct failure failure;
static struct error error;

static void set_up(void)
{
    capture_count = followings = interface_count = looked_up = 0;
    any = (struct capture){.interface = ""};
    deaf = NULL;
    moves = true;
    taps = (struct taps){.quiet = false};
    recorder = (struct recorder){.recording = NULL};
    failure = (struct failure){.failed = false};
    said_begin();
}

static void tear_down(void)
{
    said_end();
    taps_close(&taps);
    for (unsigned i = 0; i < capture_count; i++)
        ck_assert(captures[i].closed);
    ck_assert(any.closed || any.interface[0] == '\0'); /* it was not opened */
}

static void watch(const char *name)
{
    ck_assert_int_eq(taps_watch(&taps, name, &lane, &recorder, &error), 0);
}

static void watch_all(void)
{
    ck_assert_int_eq(taps_watch_all(&taps, NULL, &lane, &error), 0);
}

/* Those that are up and have an address, so many at most; one that is deaf is passed over. */
START_TEST(addressed_interfaces_are_watched)
{
    char name[IF_NAMESIZE];
    add_interface("down0", 0, AF_INET, 0);
    add_interface("bare0", IFF_UP, AF_PACKET, ARPHRD_ETHER);
    add_interface("none0", IFF_UP, AF_UNSPEC, 0);
    add_interface("deaf0", IFF_UP, AF_INET, 0);
    deaf = "deaf0";
    for (unsigned i = 0; i < TAPS_ADDRESSED + 2; i++) {
        snprintf(name, sizeof name, "eth%u", i);
        add_interface(name, IFF_UP, i % 2 == 0 ? AF_INET : AF_INET6, 0);
    }
    ck_assert_int_eq(taps_watch_addressed(&taps, &lane, &recorder, &error), 0);
    ck_assert_uint_eq(taps.count, TAPS_ADDRESSED);
    ck_assert_ptr_null(taps_find(&taps, "down0"));
    ck_assert_ptr_null(taps_find(&taps, "bare0"));
    for (unsigned i = 0; i < TAPS_ADDRESSED; i++) {
        snprintf(name, sizeof name, "eth%u", i);
        ck_assert_ptr_nonnull(taps_find(&taps, name));
    }
}
END_TEST

/* A capture that there is no memory for is closed. */
START_TEST(a_tap_needs_memory)
{
    failing = sizeof(struct tap);
    int code = taps_watch(&taps, "eth0", &lane, &recorder, &error);
    failing = 0;
    ck_assert_int_eq(code, -1);
    ck_assert(error.out_of_memory);
    ck_assert_uint_eq(taps.count, 0);
    ck_assert_uint_eq(capture_count, 1);
    ck_assert(captures[0].closed);
}
END_TEST

/* A recording that cannot be written is an error. */
START_TEST(a_recording_that_fails_is_told)
{
    add_interface("eth0", IFF_UP, AF_INET, 0);
    recorder.failure.failed = true;
    error_set(&recorder.failure.error, STATUS_RUN, "the disk is full");
    int code = _i == 0 ? taps_watch(&taps, "eth0", &lane, &recorder, &error)
                       : taps_watch_addressed(&taps, &lane, &recorder, &error);
    ck_assert_int_eq(code, -1);
    ck_assert_str_eq(error.text, "the disk is full");
}
END_TEST

/* Frames */

static const struct tap *origins[64];
static unsigned frame_count;

static void take(void *context, struct tap *tap, const struct frame *frame)
{
    ck_assert_ptr_eq(context, &taps);
    ck_assert_uint_eq(frame->interface, 1);
    ck_assert_uint_lt(frame_count, 64);
    origins[frame_count++] = tap;
}

static bool look(void)
{
    frame_count = 0;
    return taps_read(&taps, LIMIT, take, &taps, &failure);
}

/* More may wait where one of them had as many as were asked for, whichever that is. */
static const struct {
    int waiting[3]; /* on both interfaces, and on all others */
    bool more;
} loads[] = {
    {{1, 2, 3}, false},    {{LIMIT, 2, 3}, true}, {{1, LIMIT + 5, 3}, true},
    {{1, 2, LIMIT}, true}, {{0, 0, 0}, false},    {{LIMIT - 1, LIMIT - 1, LIMIT - 1}, false},
};

START_TEST(all_are_read_in_turns)
{
    watch("eth0");
    watch("eth1");
    watch_all();
    captures[0].waiting = loads[_i].waiting[0];
    captures[1].waiting = loads[_i].waiting[1];
    any.waiting = loads[_i].waiting[2];
    ck_assert_int_eq(look(), loads[_i].more);
    unsigned at = 0;
    for (int i = 0; i < loads[_i].waiting[0] && i < LIMIT; i++)
        ck_assert_ptr_eq(origins[at++], taps.first);
    for (int i = 0; i < loads[_i].waiting[1] && i < LIMIT; i++)
        ck_assert_ptr_eq(origins[at++], taps.last);
    for (int i = 0; i < loads[_i].waiting[2] && i < LIMIT; i++)
        ck_assert_ptr_null(origins[at++]);
    ck_assert_uint_eq(frame_count, at);
    ck_assert(!failure.failed);
}
END_TEST

/* An interface that is down says so once, and may come back; for ever, it is a failure. */
START_TEST(an_error_is_borne_for_a_while)
{
    watch("eth0");
    for (unsigned round = 0; round < 2; round++) {
        captures[0].waiting = -1;
        look();
        ck_assert_str_eq(said(), "tcpshake: eth0: is down\n");
        for (unsigned i = 1; i < 99; i++)
            look();
        ck_assert_str_eq(said(), "");
        ck_assert(!failure.failed);
        captures[0].waiting = 0;
        look(); /* which says nothing of it */
        captures[0].waiting = round == 0 ? 1 : -1;
        look();
    }
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "eth0: is down");
}
END_TEST

START_TEST(no_word_where_none_is_wanted)
{
    taps.quiet = true;
    watch("eth0");
    captures[0].waiting = -1;
    look();
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(an_error_of_the_capture_on_all_is_a_failure)
{
    watch_all();
    any.waiting = -1;
    ck_assert(!look());
    ck_assert(failure.failed);
    ck_assert_str_eq(failure.error.text, "any: is down");
}
END_TEST

/* Drops, wherever they were. */
static const struct {
    uint64_t dropped[3]; /* on both interfaces, and on all others */
    const char *said;
} drops[] = {
    {{0, 0, 0}, ""},
    {{1, 0, 0},
     "tcpshake: 1 packets were dropped by the capture on eth0: segments may be "
     "missing\n"},
    {{0, 20, 0},
     "tcpshake: 20 packets were dropped by the capture on eth1: segments may be "
     "missing\n"},
    {{0, 0, 300},
     "tcpshake: 300 packets were dropped by the capture on all interfaces: segments may "
     "be missing\n"},
};

START_TEST(drops_are_told)
{
    watch("eth0");
    watch("eth1");
    ck_assert(!taps_see_all(&taps));
    watch_all();
    captures[0].dropped = drops[_i].dropped[0];
    captures[1].dropped = drops[_i].dropped[1];
    any.dropped = drops[_i].dropped[2];
    ck_assert_uint_eq(taps_dropped(&taps),
                      drops[_i].dropped[0] + drops[_i].dropped[1] + drops[_i].dropped[2]);
    ck_assert_int_eq(taps_see_all(&taps), _i == 0);
    taps_warn_of_drops(&taps);
    ck_assert_str_eq(said(), drops[_i].said);
}
END_TEST

START_TEST(drops_add_up)
{
    watch("eth0");
    watch("eth1");
    captures[0].dropped = 7;
    captures[1].dropped = 30;
    ck_assert_uint_eq(taps_dropped(&taps), 37);
    watch_all();
    any.dropped = 200;
    ck_assert_uint_eq(taps_dropped(&taps), 237);
}
END_TEST

START_TEST(all_descriptors_are_known)
{
    struct pollfd polled[4];
    int fds[2 + TAPS_SPARES];
    add_interface(LOOPBACK, IFF_UP, AF_PACKET, ARPHRD_LOOPBACK);
    watch("eth0");
    watch("eth1");
    ck_assert_int_eq(taps_keep_spares(&taps, &lane, &error), 0);
    for (size_t most = 0; most < 2 + TAPS_SPARES; most++) {
        fds[most] = -7;
        ck_assert_uint_eq(taps_some_descriptors(&taps, fds, most), most);
        ck_assert_int_eq(fds[most], -7);
    }
    ck_assert_uint_eq(taps_descriptors(&taps, fds), 2 + TAPS_SPARES);
    for (int i = 0; i < 2 + (int)TAPS_SPARES; i++)
        ck_assert_int_eq(fds[i], 100 + i);
    ck_assert_int_eq(taps_poll(&taps, polled) - polled, 2);
    watch_all();
    ck_assert_int_eq(taps_poll(&taps, polled) - polled, 3);
    ck_assert_int_eq(polled[0].fd, 100);
    ck_assert_int_eq(polled[1].fd, 101);
    ck_assert_int_eq(polled[2].fd, 900);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(polled[i].events, POLLIN);
}
END_TEST

/* The capture on all interfaces */

/* Those with a capture of their own are left out, also those that come later. */
START_TEST(watched_interfaces_are_left_out)
{
    add_interface(LOOPBACK, IFF_UP, AF_PACKET, ARPHRD_LOOPBACK);
    watch("eth0");
    taps.first->ifindex = 5;
    ck_assert_int_eq(taps_keep_spares(&taps, &lane, &error), 0);
    watch_all();
    ck_assert_uint_eq(filter.watched_count, 1);
    ck_assert_uint_eq(filter.watched[0], 5);
    ck_assert_uint_eq(filter.port_first, 40000);
    ck_assert_uint_eq(filter.port_last, 40009);
    ck_assert_int_eq(taps_adopt(&taps, "eth1", 8, &recorder, &error), 0);
    ck_assert_uint_eq(filter.watched_count, 2);
    ck_assert_uint_eq(filter.watched[1], 8);
    ck_assert_int_eq(taps_adopt(&taps, "eth0", 6, &recorder, &error), 0); /* made anew */
    ck_assert_uint_eq(filter.watched[0], 6);
    ck_assert_uint_eq(followings, 2);
    ck_assert_int_eq(taps_adopt(&taps, "eth0", 6, &recorder, &error), 0);
    ck_assert_uint_eq(followings, 2);
}
END_TEST

/* Pairs of ports that are followed: as many as there is room for, until they are over. */
START_TEST(pairs_are_followed)
{
    const uint16_t first[2] = {1, 2}, second[2] = {3, 4}, third[2] = {5, 6}, none[2] = {3, 2};
    ck_assert_int_eq(taps_follow(&taps, first, &error), 0); /* nothing to follow it with */
    ck_assert_uint_eq(taps.wanted.pair_count, 0);
    watch_all();
    taps_follow(&taps, first, &error);
    taps_follow(&taps, second, &error);
    taps_follow(&taps, third, &error);
    ck_assert_uint_eq(followings, 3);
    ck_assert_uint_eq(filter.pair_count, 3);
    taps_unfollow(&taps, none);
    ck_assert_uint_eq(taps.wanted.pair_count, 3);
    taps_unfollow(&taps, first);
    ck_assert_uint_eq(taps.wanted.pair_count, 2);
    ck_assert_mem_eq(taps.followed[0], third, sizeof third);
    ck_assert_mem_eq(taps.followed[1], second, sizeof second);
    for (uint16_t i = 2; i < TAPS_FOLLOWED_MOST + 2; i++) {
        const uint16_t more[2] = {i, 9};
        ck_assert_int_eq(taps_follow(&taps, more, &error), 0);
    }
    ck_assert_uint_eq(filter.pair_count, TAPS_FOLLOWED_MOST);
    ck_assert_mem_eq(filter.pairs[0], third, sizeof third);
}
END_TEST

/* Where it shows a frame: an interface is named once, unless it is gone. */
START_TEST(frames_elsewhere_have_a_place)
{
    struct frame frame = {.interface = 12};
    watch("eth0");
    watch_all();
    ck_assert_ptr_eq(taps_place(&taps, taps.first, &frame, &recorder), taps.first);
    struct tap *place = taps_place(&taps, NULL, &frame, &recorder);
    ck_assert_ptr_nonnull(place);
    ck_assert_str_eq(place->interface, "veth12");
    ck_assert_uint_eq(place->ifindex, 12);
    ck_assert_int_eq(place->recorded_as, -1);
    ck_assert_int_eq(place->unseen_recorded_as, -1);
    ck_assert_ptr_eq(taps_place(&taps, NULL, &frame, &recorder), place);
    ck_assert_uint_eq(looked_up, 1);
    frame.interface = 14;
    ck_assert_ptr_ne(taps_place(&taps, NULL, &frame, &recorder), place);
    frame.interface = 12;
    ck_assert_ptr_eq(taps_place(&taps, NULL, &frame, &recorder), place);
    ck_assert_uint_eq(looked_up, 2);
    frame.interface = 13;
    ck_assert_ptr_null(taps_place(&taps, NULL, &frame, &recorder));
    frame.interface = 0; /* of another capture */
    ck_assert_ptr_null(taps_place(&taps, NULL, &frame, &recorder));
    ck_assert_uint_eq(taps.count, 1);
}
END_TEST

/* Spares */

/* They wait on the loopback interface, or where else there is one that can be. */
static const struct {
    const char *name, *other;
    unsigned flags, other_flags;
    uint16_t other_type;
    const char *place;
} spares[] = {
    {LOOPBACK, "eth0", IFF_UP, IFF_UP, ARPHRD_ETHER, LOOPBACK},
    {"eth0", LOOPBACK, IFF_UP, IFF_UP, ARPHRD_LOOPBACK, LOOPBACK},
    {LOOPBACK, "eth0", 0, IFF_UP, ARPHRD_ETHER, "eth0"},
    {LOOPBACK, "tun0", 0, IFF_UP, ARPHRD_NONE, NULL},
    {LOOPBACK, "eth0", 0, 0, ARPHRD_ETHER, NULL},
};

START_TEST(spares_wait_somewhere)
{
    add_interface(spares[_i].name, spares[_i].flags, AF_PACKET, ARPHRD_ETHER);
    add_interface(spares[_i].other, spares[_i].other_flags, AF_PACKET, spares[_i].other_type);
    ck_assert_int_eq(taps_keep_spares(&taps, &lane, &error), 0);
    ck_assert_uint_eq(capture_count, spares[_i].place != NULL ? TAPS_SPARES : 0);
    if (spares[_i].place != NULL)
        ck_assert_str_eq(captures[0].interface, spares[_i].place);
}
END_TEST

/* Each is used once, without what it has captured until then. */
START_TEST(a_spare_is_used_once)
{
    add_interface(LOOPBACK, IFF_UP, AF_PACKET, ARPHRD_LOOPBACK);
    ck_assert_int_eq(taps_keep_spares(&taps, &lane, &error), 0);
    captures[0].waiting = 5000;
    ck_assert_int_eq(taps_adopt(&taps, "eth1", 8, &recorder, &error), 0);
    ck_assert_int_eq(captures[0].waiting, 0);
    ck_assert_uint_eq(captures[0].ifindex, 8);
    ck_assert_ptr_eq(taps.first->capture, &captures[0]);
    moves = false;
    ck_assert_int_eq(taps_adopt(&taps, "eth2", 9, &recorder, &error), -1);
    ck_assert_str_eq(error.text, "eth2: not moved to");
    ck_assert(captures[1].closed);
    ck_assert_uint_eq(taps.count, 1);
    ck_assert_int_eq(taps_adopt(&taps, "eth3", 10, &recorder, &error), -1);
    ck_assert_str_eq(error.text, "interface eth3 is not captured on: start the run again");
}
END_TEST

START_TEST(spares_that_cannot_be_opened_are_told)
{
    add_interface(LOOPBACK, IFF_UP, AF_PACKET, ARPHRD_LOOPBACK);
    deaf = LOOPBACK;
    ck_assert_int_eq(taps_keep_spares(&taps, &lane, &error), -1);
    ck_assert_str_eq(error.text, "lo: not captured on");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("captures");
    TCase *tests = tcase_create("captures");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, addressed_interfaces_are_watched);
    tcase_add_test(tests, a_tap_needs_memory);
    tcase_add_loop_test(tests, a_recording_that_fails_is_told, 0, 2);
    tcase_add_loop_test(tests, all_are_read_in_turns, 0, sizeof loads / sizeof loads[0]);
    tcase_add_test(tests, an_error_is_borne_for_a_while);
    tcase_add_test(tests, no_word_where_none_is_wanted);
    tcase_add_test(tests, an_error_of_the_capture_on_all_is_a_failure);
    tcase_add_loop_test(tests, drops_are_told, 0, sizeof drops / sizeof drops[0]);
    tcase_add_test(tests, drops_add_up);
    tcase_add_test(tests, all_descriptors_are_known);
    tcase_add_test(tests, watched_interfaces_are_left_out);
    tcase_add_test(tests, pairs_are_followed);
    tcase_add_test(tests, frames_elsewhere_have_a_place);
    tcase_add_loop_test(tests, spares_wait_somewhere, 0, sizeof spares / sizeof spares[0]);
    tcase_add_test(tests, a_spare_is_used_once);
    tcase_add_test(tests, spares_that_cannot_be_opened_are_told);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
