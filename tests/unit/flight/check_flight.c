/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection in flight takes of memory: a million of them are to fit. */
#include "flight/flight.h"

#include "harness.h"

#define PROBE_MOST 2048
#define SYN_BYTES  60 /* IPv4 */
#define STEPS_KEPT 2  /* of a SYN and its answer */

START_TEST(two_kibibytes_at_most)
{
    size_t bytes = sizeof(struct flight) + sizeof(struct conversation) + sizeof(struct echo) +
                   SYN_BYTES + STEPS_KEPT * sizeof(struct step);
    ck_assert_uint_le(bytes, PROBE_MOST);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flight");
    TCase *tests = tcase_create("memory");
    tcase_add_test(tests, two_kibibytes_at_most);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
