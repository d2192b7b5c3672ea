/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/hostnotes.h"

#include "harness.h"

static struct address nth(uint32_t n)
{
    return (struct address){.family = FAMILY_IPV4,
                            .bytes = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
}

START_TEST(each_host_has_one_note)
{
    struct host_notes hosts = {.buckets = NULL};
    struct address one = nth(1), two = nth(2), six = one;
    six.family = FAMILY_IPV6;
    struct host_note *note = host_notes_of(&hosts, &one);
    ck_assert_ptr_nonnull(note);
    ck_assert(!note->known && note->control_port == 0);
    note->control_port = 4;
    ck_assert_ptr_ne(host_notes_of(&hosts, &two), note);
    ck_assert_ptr_ne(host_notes_of(&hosts, &six), note);
    ck_assert_ptr_eq(host_notes_of(&hosts, &one), note);
    ck_assert_uint_eq(host_notes_of(&hosts, &one)->control_port, 4);
    ck_assert_uint_eq(hosts.count, 3);
    host_notes_free(&hosts);
    ck_assert_uint_eq(hosts.count, 0);
}
END_TEST

START_TEST(their_number_is_bounded)
{
    struct host_notes hosts = {.buckets = NULL};
    struct address address;
    for (uint32_t i = 0; i < HOST_NOTES_MAX; i++) {
        address = nth(i);
        ck_assert_ptr_nonnull(host_notes_of(&hosts, &address));
    }
    address = nth(HOST_NOTES_MAX);
    ck_assert_ptr_null(host_notes_of(&hosts, &address));
    address = nth(HOST_NOTES_MAX - 1);
    ck_assert_ptr_nonnull(host_notes_of(&hosts, &address));
    host_notes_free(&hosts);
    host_notes_free(&hosts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostnotes");
    TCase *tests = tcase_create("hostnotes");
    tcase_add_test(tests, each_host_has_one_note);
    tcase_add_test(tests, their_number_is_bounded);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
