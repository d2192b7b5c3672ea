/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/localtime.h"

#include <stdlib.h>
#include <time.h>

#include "harness.h"

static void assert_time(const char *zone, int64_t time_ns, const char *expected)
{
    char text[LOCALTIME_MAX];

    setenv("TZ", zone, 1);
    tzset();
    ck_assert_str_eq(localtime_text(time_ns, text), expected);
}

#define WINTER INT64_C(1795324083502968001) /* 2026-11-22 05:08:03.502968001 UTC */

START_TEST(follows_the_zone)
{
    assert_time("UTC", WINTER, "2026-11-22 05:08:03.502");
    assert_time("CET-1CEST,M3.5.0,M10.5.0/3", WINTER, "2026-11-22 06:08:03.502");
    assert_time("NST3:30NDT,M3.2.0,M11.1.0", WINTER, "2026-11-22 01:38:03.502");
    assert_time("<-12>12", WINTER, "2026-11-21 17:08:03.502");
    assert_time("<+14>-14", WINTER, "2026-11-22 19:08:03.502");
}
END_TEST

/* The night in which 03:00 becomes 02:00. */
START_TEST(follows_summer_time)
{
    const char *zone = "CET-1CEST,M3.5.0,M10.5.0/3";
    const int64_t turn = INT64_C(1792890000000000000);

    assert_time(zone, turn - 1, "2026-10-25 02:59:59.999");
    assert_time(zone, turn, "2026-10-25 02:00:00.000");
}
END_TEST

/* A capture can hold any times. */
START_TEST(writes_any_time)
{
    assert_time("UTC", 0, "1970-01-01 00:00:00.000");
    assert_time("UTC", -1, "1969-12-31 23:59:59.999");
    assert_time("UTC", INT64_MIN + 1, "1677-09-21 00:12:43.145");
    assert_time("UTC", INT64_MAX, "2262-04-11 23:47:16.854");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("localtime");
    TCase *tcase = tcase_create("localtime");

    tcase_add_test(tcase, follows_the_zone);
    tcase_add_test(tcase, follows_summer_time);
    tcase_add_test(tcase, writes_any_time);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
