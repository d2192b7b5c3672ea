/* SPDX-License-Identifier: BSD-2-Clause */
/* With addresses in the place of names, so that no server is asked, and the way to loopback. */
#include "confine/locator.h"

#include <poll.h>
#include <string.h>

#include "harness.h"

#define PATIENCE_MS 5000

static struct error error;
static struct location location;

static struct locator *start(void)
{
    struct locator *locator = locator_start(&error);
    ck_assert_msg(locator != NULL, "%s", error.text);
    return locator;
}

/* The answer to a question; the result of locator_read. */
static int find(struct locator *locator, const struct location_request *request)
{
    int code = 0;
    struct pollfd wait = {.fd = locator_fd(locator), .events = POLLIN};
    memset(&location, 0x5a, sizeof location);
    ck_assert_int_eq(locator_ask(locator, request, &error), 0);
    while (code == 0 && poll(&wait, 1, PATIENCE_MS) == 1)
        code = locator_read(locator, &location, &error);
    return code;
}

START_TEST(finds_the_address_and_the_way)
{
    struct locator *locator = start();
    ck_assert_int_eq(locator_read(locator, &location, &error), 0); /* nothing was asked */
    ck_assert_int_eq(find(locator, &(struct location_request){.host = "127.0.0.1"}), 1);
    ck_assert_int_eq(location.result, 0);
    ck_assert_uint_eq(location.address.family, FAMILY_IPV4);
    ck_assert_uint_eq(location.address.bytes[3], 1);
    ck_assert_str_eq(location.route.interface, "lo");
    ck_assert_uint_eq(location.route.source.bytes[0], 127);
    ck_assert_int_ge(location.resolve_ns, 0);
    ck_assert_int_lt(location.resolve_ns, PATIENCE_MS * INT64_C(1000000));
    locator_stop(locator);
    locator_stop(NULL);
}
END_TEST

START_TEST(obeys_the_family)
{
    struct locator *locator = start();
    struct location_request request = {.host = "127.0.0.1", .family = FAMILY_IPV6};
    ck_assert_int_eq(find(locator, &request), 1);
    ck_assert_int_eq(location.result, -1);
    ck_assert_ptr_nonnull(strstr(location.error.text, "cannot resolve '127.0.0.1'"));
    locator_stop(locator);
}
END_TEST

START_TEST(insists_on_the_source_and_the_interface)
{
    struct locator *locator = start();
    struct location_request request = {.host = "127.0.0.1", .interface = "nosuch0"};
    ck_assert_int_eq(find(locator, &request), 1);
    ck_assert_int_eq(location.result, -1);
    ck_assert_ptr_nonnull(strstr(location.error.text, "127.0.0.1: interface nosuch0"));
    request.interface = NULL;
    request.source = (struct address){FAMILY_IPV4, {203, 0, 113, 99}};
    ck_assert_int_eq(find(locator, &request), 1);
    ck_assert_int_eq(location.result, -1);
    ck_assert_ptr_nonnull(strstr(location.error.text, "203.0.113.99"));
    locator_stop(locator);
}
END_TEST

START_TEST(refuses_a_name_that_is_none)
{
    static char name[LOCATOR_HOST_MAX + 1];
    struct locator *locator = start();
    memset(name, 'a', LOCATOR_HOST_MAX);
    ck_assert_int_eq(locator_ask(locator, &(struct location_request){.host = name}, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a name of 256 characters"));
    ck_assert_int_eq(find(locator, &(struct location_request){.host = "a\033b"}), 1);
    ck_assert_int_eq(location.result, -1);
    locator_stop(locator);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("locator");
    TCase *locator = tcase_create("locator");
    tcase_add_test(locator, finds_the_address_and_the_way);
    tcase_add_test(locator, obeys_the_family);
    tcase_add_test(locator, insists_on_the_source_and_the_interface);
    tcase_add_test(locator, refuses_a_name_that_is_none);
    suite_add_tcase(suite, locator);
    return run_suite(suite);
}
