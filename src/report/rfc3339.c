/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/rfc3339.h"

#include <stdbool.h>
#include <string.h>

#include "base/decimal.h"

#define SECOND_NS 1000000000
#define DAY_S     86400

struct date {
    int year, month, day; /* 1 to 12, 1 to 31 */
};

static bool leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January of a year after 0. */
static int64_t days_before(int64_t year)
{
    int64_t past = year - 1;

    return 365 * (year - 1970) + past / 4 - past / 100 + past / 400 - 477;
}

/* The Gregorian date the given number of days after 1970-01-01; what 64 bits of nanoseconds hold
 * lies between the years 1677 and 2262. */
static struct date date_of_day(int64_t day)
{
    static const int month_days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year = 1970 + day / 365; /* never too early: no year is shorter */
    struct date date = {.month = 1};

    while (days_before(year) > day)
        year--;
    day -= days_before(year);
    date.year = (int)year;
    for (int i = 0; i < 11; i++, date.month++) {
        int length = month_days[i] + (i == 1 && leap(year));

        if (day < length)
            break;
        day -= length;
    }
    date.day = (int)day + 1;
    return date;
}

/* Writes exactly that number of digits in front of end. */
static void put_digits(char *end, int count, int64_t value)
{
    for (; count > 0; count--, value /= 10)
        *--end = (char)('0' + value % 10);
}

/* Nine digits. */
static void put_fraction(char *at, int64_t fraction_ns)
{
    *at = (char)('0' + fraction_ns / 100000000);
    decimal_eight(at + 1, (uint32_t)(fraction_ns % 100000000));
}

/* Rounded towards the past, also before 1970. */
static int64_t second_of(int64_t time_ns)
{
    return time_ns / SECOND_NS - (time_ns % SECOND_NS < 0);
}

static int64_t fraction_of(int64_t time_ns)
{
    return time_ns % SECOND_NS + (time_ns % SECOND_NS < 0 ? SECOND_NS : 0);
}

const char *rfc3339_text(int64_t time_ns, char out[RFC3339_MAX])
{
    int64_t second = second_of(time_ns);
    int64_t day = second / DAY_S - (second % DAY_S < 0);
    int64_t of_day = second - day * DAY_S;
    struct date date = date_of_day(day);

    memcpy(out, "0000-00-00T00:00:00.000000000Z", RFC3339_MAX);
    put_digits(out + 4, 4, date.year);
    put_digits(out + 7, 2, date.month);
    put_digits(out + 10, 2, date.day);
    put_digits(out + 13, 2, of_day / 3600);
    put_digits(out + 16, 2, of_day / 60 % 60);
    put_digits(out + 19, 2, of_day % 60);
    put_fraction(out + 20, fraction_of(time_ns));
    return out;
}

const char *rfc3339_clock_text(struct rfc3339_clock *clock, int64_t time_ns)
{
    int64_t second = second_of(time_ns);

    if (second == clock->second && clock->text[0] != '\0') {
        put_fraction(clock->text + 20, fraction_of(time_ns));
        return clock->text;
    }
    clock->second = second;
    return rfc3339_text(time_ns, clock->text);
}
