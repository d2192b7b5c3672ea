/* SPDX-License-Identifier: BSD-2-Clause */
/* Names resolved side by side; what confine/resolver.h declares is here: children that answer, are
 * silent, or are gone. */
#include "live/goals/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "net/clock.h"

#define MS INT64_C(1000000)

struct resolver {
    int ends[2]; /* something to read stands for an answer */
    const char *host;
};

/* By the first letter of the name: "a..." is answered at once, "s..." never, "l..." is too long for
 * a question; at "g..." the child is gone. */
static unsigned started, running, running_most, reads;
static bool cannot_start;

struct resolver *resolver_start(struct error *error)
{
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (cannot_start) {
        free(resolver);
        error_set(error, STATUS_RUN, "no more processes");
        return NULL;
    }
    ck_assert_int_eq(pipe(resolver->ends), 0);
    started++;
    running++;
    running_most = running > running_most ? running : running_most;
    return resolver;
}

void resolver_stop(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    close(resolver->ends[0]);
    close(resolver->ends[1]);
    free(resolver);
    running--;
}

int resolver_fd(const struct resolver *resolver)
{
    return resolver->ends[0];
}

int resolver_ask(struct resolver *resolver, const char *host, enum family family,
                 struct error *error)
{
    ck_assert_int_eq(family, FAMILY_IPV6);
    ck_assert_ptr_null(resolver->host);
    if (host[0] == 'l')
        return error_set(error, STATUS_USAGE, "too long");
    resolver->host = host;
    if (host[0] != 's')
        ck_assert_int_eq(write(resolver->ends[1], "", 1), 1);
    return 0;
}

int resolver_read(struct resolver *resolver, struct resolution *out, struct error *error)
{
    char byte;
    reads++;
    if (resolver->host[0] == 's')
        return 0;
    if (resolver->host[0] == 'g')
        return error_set(error, STATUS_RUN, "the child is gone");
    ck_assert_int_eq(read(resolver->ends[0], &byte, 1), 1);
    *out = (struct resolution){.result = 0, .all.count = (uint32_t)strlen(resolver->host)};
    resolver->host = NULL;
    return 1;
}

static struct error error;
static struct name names[40];

static void set_up(void)
{
    started = running = running_most = reads = 0;
    cannot_start = false;
    memset(names, 0, sizeof names);
}

static int resolve(size_t count, int64_t timeout_ns, int64_t deadline_ns)
{
    const struct names_request request = {
        .family = FAMILY_IPV6, .timeout_ns = timeout_ns, .deadline_ns = deadline_ns};
    int code = names_resolve(names, count, &request, &error);
    ck_assert_uint_eq(running, 0); /* no child is left */
    return code;
}

START_TEST(some_at_a_time_are_asked_for)
{
    char hosts[40][8];
    for (unsigned i = 0; i < 40; i++) {
        snprintf(hosts[i], sizeof hosts[i], "a%.*s", (int)(i % 5), "bcdef");
        names[i].host = hosts[i];
    }
    ck_assert_int_eq(resolve(40, INT64_MAX / 2, INT64_MAX), 0);
    ck_assert_uint_eq(started, 16);
    ck_assert_uint_eq(running_most, 16);
    for (unsigned i = 0; i < 40; i++) {
        ck_assert_int_eq(names[i].resolution.result, 0);
        ck_assert_uint_eq(names[i].resolution.all.count, 1 + i % 5);
    }
}
END_TEST

/* A child that is silent is ended; the loop sleeps meanwhile. */
START_TEST(a_silent_name_is_given_up)
{
    static const struct {
        int64_t timeout_ms, deadline_ms;
        const char *text;
    } limits[] = {
        {50, 10000, "cannot resolve 'silent': no answer within the time of -W"},
        {10000, 50, "cannot resolve 'silent': no answer before the deadline"},
    };
    int64_t began_ns = clock_monotonic_ns();
    names[0].host = "silent";
    names[1].host = "answered";
    ck_assert_int_eq(resolve(2, limits[_i].timeout_ms * MS, began_ns + limits[_i].deadline_ms * MS),
                     0);
    ck_assert_int_eq(names[0].resolution.result, -1);
    ck_assert_str_eq(names[0].resolution.error.text, limits[_i].text);
    ck_assert_int_eq(names[0].resolution.error.status, STATUS_USAGE);
    ck_assert(names[0].resolution.error.unresolved);
    ck_assert_int_ge(names[0].resolution.duration_ns, 49 * MS);
    ck_assert_int_eq(names[1].resolution.result, 0);
    ck_assert_uint_le(reads, 6);
    ck_assert_int_lt(clock_monotonic_ns() - began_ns, 5000 * MS);
}
END_TEST

/* The child behind a silent name is replaced for the next one. */
START_TEST(a_child_that_was_ended_is_replaced)
{
    for (unsigned i = 0; i < 16; i++)
        names[i].host = "silent";
    names[16].host = "answered";
    ck_assert_int_eq(resolve(17, 20 * MS, INT64_MAX), 0);
    ck_assert_uint_eq(started, 17);
    ck_assert_int_eq(names[15].resolution.result, -1);
    ck_assert_int_eq(names[16].resolution.result, 0);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_not_asked_for)
{
    names[0].host = "long";
    names[1].host = "long";
    names[2].host = "answered";
    ck_assert_int_eq(resolve(3, INT64_MAX / 2, INT64_MAX), 0);
    ck_assert_int_eq(names[1].resolution.result, -1);
    ck_assert_str_eq(names[1].resolution.error.text, "too long");
    ck_assert(names[1].resolution.error.unresolved);
    ck_assert_int_eq(names[2].resolution.result, 0);
    ck_assert_int_eq(resolve(2, INT64_MAX / 2, INT64_MAX), 0);
}
END_TEST

START_TEST(without_children_there_are_no_names)
{
    names[0].host = "silent";
    names[1].host = "gone";
    ck_assert_int_eq(resolve(2, INT64_MAX / 2, INT64_MAX), -1);
    ck_assert_str_eq(error.text, "the child is gone");
    cannot_start = true;
    ck_assert_int_eq(resolve(2, INT64_MAX / 2, INT64_MAX), -1);
    ck_assert_str_eq(error.text, "no more processes");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, some_at_a_time_are_asked_for);
    tcase_add_loop_test(tests, a_silent_name_is_given_up, 0, 2);
    tcase_add_test(tests, a_child_that_was_ended_is_replaced);
    tcase_add_test(tests, a_name_that_is_too_long_is_not_asked_for);
    tcase_add_test(tests, without_children_there_are_no_names);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
