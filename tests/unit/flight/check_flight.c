/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection in flight takes of memory: a million of them are to fit. What is known of its
 * delivery. */
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

/* Where the guard does not count, or nothing was heard: strangers' segments to the port prove
 * nothing of this connection's. */
START_TEST(what_was_not_heard_was_not_delivered)
{
    struct deliveries deliveries = {.captured = 1, .delivered = 1};
    struct flight flight = {.heard = true};
    ck_assert_int_eq(flight_delivery(&flight), DELIVERY_UNKNOWN);
    flight.deliveries = &deliveries;
    ck_assert_int_eq(flight_delivery(&flight), DELIVERED);
    flight.heard = false;
    ck_assert_int_eq(flight_delivery(&flight), DELIVERY_UNKNOWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flight");
    TCase *tests = tcase_create("memory");
    tcase_add_test(tests, two_kibibytes_at_most);
    suite_add_tcase(suite, tests);
    TCase *delivery = tcase_create("delivery");
    tcase_add_test(delivery, what_was_not_heard_was_not_delivered);
    suite_add_tcase(suite, delivery);
    return run_suite(suite);
}
