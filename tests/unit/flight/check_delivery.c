/* SPDX-License-Identifier: BSD-2-Clause */
/* What reached a guard, on loopback. */
#include "flight/delivery.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

#define FIRST 62200
#define LAST  62299
#define MS    INT64_C(1000000)

static const struct address loopback = {FAMILY_IPV4, {127, 0, 0, 1}};
static struct guard guard;
static struct deliveries deliveries;
static struct error error;

static void set_up(void)
{
    deliveries = (struct deliveries){.guard = &guard};
    ck_assert_msg(guard_open_any(&guard, &loopback, FIRST, LAST, &error) == 0, "%s", error.text);
}

static void tear_down(void)
{
    guard_close(&guard);
}

static void capture(unsigned count, enum checksum_state checksum, int64_t now_ns)
{
    for (unsigned i = 0; i < count; i++)
        delivery_count(&deliveries, &(const struct segment){.checksum = checksum}, now_ns);
}

/* A SYN reaches the guard, which drops it. */
static void deliver(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(guard.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)connect(fd, (struct sockaddr *)&to, sizeof to);
    close(fd);
}

static void deliver_some(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        deliver();
}

/* What happened on the port before the connection began, and since. */
static const struct {
    unsigned captured_before, delivered_before, captured, delivered;
    enum delivery delivery;
} rows[] = {
    {0, 0, 0, 0, DELIVERY_UNKNOWN}, {0, 0, 0, 1, DELIVERY_UNKNOWN}, {0, 0, 1, 1, DELIVERED},
    {0, 0, 2, 2, DELIVERED},        {0, 0, 1, 2, DELIVERED}, /* one was not captured */
    {0, 0, 1, 0, NOT_DELIVERED},    {0, 0, 3, 0, NOT_DELIVERED},    {0, 0, 2, 1, DELIVERY_UNKNOWN},
    {3, 3, 1, 1, DELIVERED},        {3, 3, 1, 0, NOT_DELIVERED},    {3, 3, 2, 1, DELIVERY_UNKNOWN},
    {3, 1, 1, 1, DELIVERED}, /* another peer's are dropped */
    {3, 1, 2, 0, NOT_DELIVERED},    {3, 1, 2, 1, DELIVERY_UNKNOWN}, {3, 0, 0, 0, DELIVERY_UNKNOWN},
};

START_TEST(compares_what_was_captured_with_what_arrived)
{
    capture(rows[_i].captured_before, CHECKSUM_GOOD, 0);
    deliver_some(rows[_i].delivered_before);
    const struct delivery_mark begun = delivery_begin(&deliveries, 1000 * MS);
    capture(rows[_i].captured, CHECKSUM_GOOD, 1001 * MS);
    capture(5, CHECKSUM_BAD, 1001 * MS); /* which TCP drops before it looks for a socket */
    deliver_some(rows[_i].delivered);
    for (int again = 0; again < 2; again++) /* once more, when all is counted */
        ck_assert_int_eq(delivery_judge(&deliveries, &begun), rows[_i].delivery);
}
END_TEST

/* A capture shows a segment a moment before TCP gets it. */
START_TEST(waits_for_what_may_be_on_its_way)
{
    const struct delivery_mark begun = delivery_begin(&deliveries, 1000 * MS);
    ck_assert(!delivery_is_pending(&deliveries, &begun, 1000 * MS));
    capture(1, CHECKSUM_PARTIAL, 1005 * MS);
    ck_assert(delivery_is_pending(&deliveries, &begun, 1006 * MS));
    ck_assert(!delivery_is_pending(&deliveries, &begun, 2000 * MS));
    deliver();
    ck_assert(!delivery_is_pending(&deliveries, &begun, 1006 * MS));
}
END_TEST

/* ... so that one that was on its way when the connection began proves nothing by arriving. */
START_TEST(what_was_on_its_way_before_is_not_taken_for_what_came_since)
{
    capture(1, CHECKSUM_GOOD, 0);
    const struct delivery_mark begun = delivery_begin(&deliveries, MS);
    deliver(); /* that one */
    capture(1, CHECKSUM_GOOD, 2 * MS);
    ck_assert_int_eq(delivery_judge(&deliveries, &begun), DELIVERY_UNKNOWN);
    deliver(); /* and this one: none is missing */
    ck_assert_int_eq(delivery_judge(&deliveries, &begun), DELIVERED);
}
END_TEST

/* One whose frame was read late is none of this connection's either. */
START_TEST(what_was_delivered_before_is_not_taken_for_what_came_since)
{
    const struct delivery_mark before = delivery_begin(&deliveries, 0);
    capture(1, CHECKSUM_GOOD, 0);
    deliver_some(2);
    ck_assert_int_eq(delivery_judge(&deliveries, &before), DELIVERED);
    const struct delivery_mark begun = delivery_begin(&deliveries, 1000 * MS);
    capture(1, CHECKSUM_GOOD, 1001 * MS); /* the second of these */
    capture(1, CHECKSUM_GOOD, 1002 * MS);
    ck_assert_int_eq(delivery_judge(&deliveries, &begun), DELIVERY_UNKNOWN);
}
END_TEST

START_TEST(without_a_count_nothing_is_known)
{
    const struct delivery_mark begun = delivery_begin(&deliveries, 0);
    capture(1, CHECKSUM_GOOD, 0);
    guard_close(&guard);
    ck_assert(!delivery_is_pending(&deliveries, &begun, 0));
    ck_assert_int_eq(delivery_judge(&deliveries, &begun), DELIVERY_UNKNOWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("delivery");
    TCase *tests = tcase_create("delivery");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, compares_what_was_captured_with_what_arrived, 0,
                        sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, waits_for_what_may_be_on_its_way);
    tcase_add_test(tests, what_was_on_its_way_before_is_not_taken_for_what_came_since);
    tcase_add_test(tests, what_was_delivered_before_is_not_taken_for_what_came_since);
    tcase_add_test(tests, without_a_count_nothing_is_known);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
