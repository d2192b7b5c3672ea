/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures that follow their interfaces, in a network of its own: one that is made anew, one that
 * appears while the run goes on. */
#include "flight/taps.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"
#include "wire/segment.h"

#define PORT     40000
#define OWN      0x0a090001 /* 10.9.0.1 */
#define PEER     0x0a090002
#define ETHERNET 14
#define NAME     "tap1"
#define NEW_NAME "tap2"

static const struct lane lane = {.first = PORT, .last = PORT + 9};
static struct taps taps;
static struct recorder recorder; /* nothing is recorded */
static struct error error;
static struct failure failure;

static void set_up(void)
{
    taps = (struct taps){.quiet = true};
    failure = (struct failure){0};
}

static void tear_down(void)
{
    taps_close(&taps);
    ck_assert_msg(!failure.failed, "%s", failure.error.text);
}

static int device(const char *name, bool tap)
{
    int fd = network_device(name, tap, OWN);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* A SYN/ACK to a port of the lane, as if it came from the network. */
static void arrives(int fd)
{
    static const uint8_t ethernet[ETHERNET] = {2, [5] = 1, 2, [11] = 2, 8, 0};
    uint8_t bytes[128];
    memcpy(bytes, ethernet, ETHERNET);
    size_t len =
        ETHERNET + network_segment(bytes + ETHERNET, PEER, 80, OWN, PORT, 1, TCP_SYN | TCP_ACK, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
}

static struct {
    int count;
    const struct tap *tap;
} seen;

static void take(void *context, struct tap *tap, const struct frame *frame)
{
    ck_assert_ptr_eq(context, &seen);
    if (frame->captured_len != ETHERNET + 40) /* the kernel's reset to what it does not know */
        return;
    seen.count++;
    seen.tap = tap;
}

/* How many frames were captured since. */
static int look(void)
{
    seen.count = 0;
    while (taps_read(&taps, 100, take, &seen, &failure))
        ;
    return seen.count;
}

static void adopt(const char *name)
{
    ck_assert_msg(taps_adopt(&taps, name, if_nametoindex(name), &recorder, &error) == 0, "%s",
                  error.text);
    ck_assert_uint_eq(taps_find(&taps, name)->ifindex, if_nametoindex(name));
}

START_TEST(an_interface_is_watched_once)
{
    int fd = device(NAME, true);
    ck_assert_msg(taps_watch(&taps, NAME, &lane, &recorder, &error) == 0, "%s", error.text);
    ck_assert_int_eq(taps_watch(&taps, NAME, &lane, &recorder, &error), 0);
    ck_assert_uint_eq(taps_find(&taps, NAME)->ifindex, if_nametoindex(NAME));
    adopt(NAME);
    ck_assert_uint_eq(taps.count, 1);
    arrives(fd);
    ck_assert_int_eq(look(), 1);
    ck_assert_ptr_eq(seen.tap, taps_find(&taps, NAME));
    close(fd);
}
END_TEST

START_TEST(an_interface_that_was_made_anew_is_watched_again)
{
    int fd = device(NAME, true);
    ck_assert_int_eq(taps_watch(&taps, NAME, &lane, &recorder, &error), 0);
    unsigned before = taps_find(&taps, NAME)->ifindex;
    close(fd);
    fd = device(NAME, true);
    ck_assert_uint_ne(if_nametoindex(NAME), before);
    look(); /* that it went away */
    arrives(fd);
    ck_assert_int_eq(look(), 0);
    adopt(NAME);
    arrives(fd);
    ck_assert_int_eq(look(), 1);
    ck_assert_ptr_eq(seen.tap, taps_find(&taps, NAME));
    close(fd);
}
END_TEST

START_TEST(an_interface_that_appears_gets_a_spare)
{
    int fd = device(NAME, true), new_fd;
    ck_assert_int_eq(taps_watch(&taps, NAME, &lane, &recorder, &error), 0);
    ck_assert_int_eq(taps_keep_spares(&taps, &lane, &error), 0);
    new_fd = device(NEW_NAME, true);
    adopt(NEW_NAME);
    ck_assert_uint_eq(taps.count, 2);
    arrives(new_fd);
    ck_assert_int_eq(look(), 1);
    ck_assert_ptr_eq(seen.tap, taps_find(&taps, NEW_NAME));
    arrives(fd);
    ck_assert_int_eq(look(), 1);
    ck_assert_ptr_eq(seen.tap, taps_find(&taps, NAME));
    close(fd);
    close(new_fd);
}
END_TEST

static void set_loopback(bool up)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
}

/* The loopback interface is down, as in a new network namespace: spares wait elsewhere, or
 * there are none. */
START_TEST(spares_need_no_loopback)
{
    set_loopback(false);
    ck_assert_msg(taps_keep_spares(&taps, &lane, &error) == 0, "%s", error.text);
    int fd = device(NAME, true), new_fd;
    ck_assert_int_eq(taps_adopt(&taps, NAME, if_nametoindex(NAME), &recorder, &error), -1);
    ck_assert_msg(taps_keep_spares(&taps, &lane, &error) == 0, "%s", error.text);
    new_fd = device(NEW_NAME, true);
    adopt(NEW_NAME);
    arrives(new_fd);
    ck_assert_int_eq(look(), 1);
    set_loopback(true);
    close(fd);
    close(new_fd);
}
END_TEST

START_TEST(there_are_so_many_spares)
{
    static const char *const names[] = {"tap3", "tap4", "tap5"};
    int fds[3];
    ck_assert_int_eq(taps_keep_spares(&taps, &lane, &error), 0);
    for (unsigned i = 0; i < 3; i++)
        fds[i] = device(names[i], true);
    adopt(names[0]);
    adopt(names[1]);
    ck_assert_int_eq(taps_adopt(&taps, names[2], if_nametoindex(names[2]), &recorder, &error), -1);
    ck_assert_str_eq(error.text, "interface tap5 is not captured on: start the run again");
    for (unsigned i = 0; i < 3; i++)
        close(fds[i]);
}
END_TEST

/* Its frames would be read as what they are not. */
START_TEST(another_link_type_is_refused)
{
    int fd = device(NAME, true);
    ck_assert_int_eq(taps_watch(&taps, NAME, &lane, &recorder, &error), 0);
    close(fd);
    fd = device(NAME, false);
    ck_assert_int_eq(taps_adopt(&taps, NAME, if_nametoindex(NAME), &recorder, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "interface tap1 has another link type"));
    close(fd);
}
END_TEST

int main(void)
{
    int fd;
    if (!network_alone() || (fd = network_device("tap0", true, OWN)) < 0) {
        puts("1..0 # SKIP needs a network namespace and /dev/net/tun");
        return 0;
    }
    close(fd);
    Suite *suite = suite_create("taps");
    TCase *tests = tcase_create("taps");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_interface_is_watched_once);
    tcase_add_test(tests, an_interface_that_was_made_anew_is_watched_again);
    tcase_add_test(tests, an_interface_that_appears_gets_a_spare);
    tcase_add_test(tests, spares_need_no_loopback);
    tcase_add_test(tests, there_are_so_many_spares);
    tcase_add_test(tests, another_link_type_is_refused);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
