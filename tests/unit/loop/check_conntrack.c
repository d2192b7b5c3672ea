/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/conntrack.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

static void write_count(const struct conntrack *conntrack, const char *text)
{
    ck_assert_int_eq(ftruncate(conntrack->count_fd, 0), 0);
    ck_assert_int_ge(pwrite(conntrack->count_fd, text, strlen(text), 0), 0);
}

/* A file in the place of the kernel's. */
static struct conntrack stand_in(uint64_t most)
{
    struct conntrack conntrack = {.count_fd = memfd_create("count", MFD_CLOEXEC), .most = most};
    ck_assert_int_ge(conntrack.count_fd, 0);
    return conntrack;
}

START_TEST(counts_again_and_again)
{
    struct conntrack conntrack = stand_in(1000);
    write_count(&conntrack, "17\n");
    ck_assert_int_eq(conntrack_count(&conntrack), 17);
    ck_assert_int_eq(conntrack_count(&conntrack), 17);
    write_count(&conntrack, "262144\n");
    ck_assert_int_eq(conntrack_count(&conntrack), 262144);
    int fd = conntrack.count_fd;
    conntrack_close(&conntrack);
    ck_assert_int_eq(fcntl(fd, F_GETFD), -1); /* the descriptor is given back */
    ck_assert_int_eq(conntrack_count(&conntrack), -1);
}
END_TEST

START_TEST(what_is_no_number_is_unknown)
{
    static const char *const texts[] = {"", "\n", "-1\n", "many\n"};
    struct conntrack conntrack = stand_in(1000);
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_count(&conntrack, "1000\n"); /* of which nothing is left */
        ck_assert_int_eq(conntrack_count(&conntrack), 1000);
        write_count(&conntrack, texts[i]);
        ck_assert_int_eq(conntrack_count(&conntrack), -1);
        ck_assert(!conntrack_is_full(&conntrack));
    }
    conntrack_close(&conntrack);
}
END_TEST

START_TEST(is_full_where_hardly_any_entry_is_free)
{
    struct conntrack conntrack = stand_in(6400);
    write_count(&conntrack, "6299\n");
    ck_assert(!conntrack_is_full(&conntrack));
    write_count(&conntrack, "6300\n");
    ck_assert(conntrack_is_full(&conntrack));
    write_count(&conntrack, "6401\n");
    ck_assert(conntrack_is_full(&conntrack));
    conntrack_close(&conntrack);
}
END_TEST

/* As sysctl(8) has it, or not at all. */
START_TEST(reads_the_table_of_this_host)
{
    struct conntrack conntrack;
    int next_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(next_fd);
    conntrack_open(&conntrack);
    bool there = access("/proc/sys/net/netfilter/nf_conntrack_count", R_OK) == 0;
    ck_assert((conntrack_count(&conntrack) >= 0) == there);
    ck_assert((conntrack.most > 0) == there);
    conntrack_close(&conntrack);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fd, next_fd); /* all descriptors are given back */
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conntrack");
    TCase *tests = tcase_create("conntrack");
    tcase_add_test(tests, counts_again_and_again);
    tcase_add_test(tests, what_is_no_number_is_unknown);
    tcase_add_test(tests, is_full_where_hardly_any_entry_is_free);
    tcase_add_test(tests, reads_the_table_of_this_host);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
