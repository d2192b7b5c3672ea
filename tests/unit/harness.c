/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int run(Suite *suite, enum fork_status forks)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, forks);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Each test runs in a child of its own (check's default, CK_FORK=no in the environment debugs
 * without), so that a fault on a guard page is a failed test and not the end of the program. */
int run_suite(Suite *suite)
{
    return run(suite, CK_FORK_GETENV);
}

int run_suite_apart(Suite *suite)
{
    return run(suite, CK_FORK);
}

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The bytes in front of the guard page, in whole pages. */
static size_t room_for(size_t len)
{
    return (len / page_size() + 1) * page_size();
}

uint8_t *guarded_copy(const void *bytes, size_t len)
{
    size_t room = room_for(len);
    uint8_t *map =
        mmap(NULL, room + page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + room, page_size(), PROT_NONE) != 0)
        ck_abort_msg("no memory for a guarded copy of %zu bytes", len);
    uint8_t *copy = map + room - len;
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

void guarded_free(uint8_t *copy, size_t len)
{
    size_t room = room_for(len);
    munmap(copy + len - room, room + page_size());
}

static unsigned hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    ck_assert_msg(at != NULL, "'%c' is no hexadecimal digit", c);
    return (unsigned)(at - digits);
}

size_t bytes_from_hex(const char *hex, uint8_t *out, size_t max)
{
    size_t len = 0;
    for (; *hex != '\0'; hex++) {
        if (isspace((unsigned char)*hex))
            continue;
        ck_assert_uint_lt(len, max);
        unsigned high = hex_digit(*hex++);
        out[len++] = (uint8_t)(high << 4 | hex_digit(*hex));
    }
    return len;
}

/* SplitMix64 */
uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
