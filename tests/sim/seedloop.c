/* SPDX-License-Identifier: BSD-2-Clause */
#include "seedloop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FAILURES_MAX 8
#define UNTIMED      64 /* seeds from one look at the clock to the next */

static bool parse_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 0);
    return end != text && *end == '\0' && errno == 0;
}

void seed_loop_init(struct seed_loop *loop, const char *program)
{
    *loop = (struct seed_loop){.program = program, .from = 1, .floors = true};
}

bool seed_loop_option(struct seed_loop *loop, int option, const char *value)
{
    switch (option) {
    case 'r':
        return parse_number(value, &loop->runs);
    case 'f':
        return parse_number(value, &loop->from);
    case 'm':
        loop->minutes = atof(value);
        loop->runs = UINT64_MAX;
        return loop->minutes > 0;
    case 's':
        loop->one = true;
        loop->runs = 1;
        return parse_number(value, &loop->from);
    case 't':
        return loop->trace = true;
    case 'n':
        loop->floors = false;
        return true;
    default:
        return false;
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void seed_loop_run(struct seed_loop *loop, bool (*run)(void *context, uint64_t seed), void *context)
{
    double end = seconds_now() + loop->minutes * 60;
    for (; loop->done < loop->runs && loop->failures < FAILURES_MAX; loop->done++) {
        if (loop->minutes > 0 && loop->done % UNTIMED == 0 && seconds_now() > end)
            break;
        loop->failures += !run(context, loop->from + loop->done);
    }
}

void seed_loop_tell(const struct seed_loop *loop, uint64_t seed, const char *invariant,
                    const char *why)
{
    printf("not ok - seed %" PRIu64 ": %s: %s\n", seed, invariant, why);
    printf("# reproduce: %s --seed %" PRIu64, loop->program, seed);
}

int seed_loop_end(const struct seed_loop *loop, bool good)
{
    printf("%s - %" PRIu64 " seeds from %" PRIu64 " on\n1..%u\n", good ? "ok" : "not ok",
           loop->done, loop->from, loop->failures + 1);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
