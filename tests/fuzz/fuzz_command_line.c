/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments as strings behind each other. Reading them has no effect outside, and reading them
 * again, in the order that getopt_long left them in, gives the same. */
#include <stdlib.h>
#include <string.h>

#include "cli/commandline.h"
#include "cli/values.h"
#include "fuzz.h"

#define ARGUMENTS_MAX 32
#define PAYLOAD_MAX   65536

static void check_bounds(const struct options *o)
{
    CHECK(o->mode <= MODE_DOCTOR);
    CHECK(o->interval_ns >= 0 && o->timeout_ns > 0 && o->hold_ns >= 0 && o->time_wait_ns >= 0);
    CHECK(o->payload_len <= PAYLOAD_MAX && (o->payload_len == 0 || o->payload != NULL));
    CHECK(o->verbosity >= -2 && o->verbosity <= 1);
    CHECK(o->close <= CLOSE_HALF_OPEN && o->color <= WHEN_NEVER);
    CHECK(o->ttl > 0 && o->connections_max > 0);
    CHECK((o->mode == MODE_READ) == (o->read_paths.count > 0) || o->mode > MODE_READ);
    CHECK(o->mode != MODE_PROBE || o->operand_count + o->target_paths.count > 0);
    CHECK(o->seed <= SEED_MAX || o->seed == SEED_NONE);
    CHECK(o->shard.number >= 1 && o->shard.number <= o->shard.count);
}

static void check_same(const struct options *a, const struct options *b)
{
    CHECK(a->mode == b->mode && a->family == b->family && a->count == b->count);
    CHECK(a->interval_ns == b->interval_ns && a->timeout_ns == b->timeout_ns);
    CHECK(a->deadline_ns == b->deadline_ns && a->hold_ns == b->hold_ns);
    CHECK(a->payload_len == b->payload_len &&
          (a->payload_len == 0 || memcmp(a->payload, b->payload, a->payload_len) == 0));
    CHECK(a->port_list == b->port_list && a->output_path == b->output_path);
    CHECK(a->operand_count == b->operand_count && a->read_paths.count == b->read_paths.count);
    CHECK(strcmp(a->format, b->format) == 0 && a->verbosity == b->verbosity);
}

static void check_arguments(int argc, char **argv)
{
    struct options first, again;
    struct error error;
    if (options_parse(argc, argv, &first, &error) != 0) {
        CHECK(error.status == STATUS_USAGE && error.text[0] != '\0');
        return;
    }
    check_bounds(&first);
    CHECK(options_parse(argc, argv, &again, &error) == 0);
    check_same(&first, &again);
    options_free(&first);
    options_free(&again);
}

static void check_number(const char *text)
{
    uint64_t value;
    bool digits = text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
    if (value_number(text, 1000000, &value))
        CHECK(digits && value <= 1000000 && value == strtoull(text, NULL, 10));
    else
        CHECK(!digits || strtoull(text, NULL, 10) > 1000000);
}

/* The same digits count a thousand times less in milliseconds; with a unit they count the same. */
static void check_duration(const char *text)
{
    int64_t seconds, milliseconds;
    bool s = value_duration(text, 9, &seconds), ms = value_duration(text, 6, &milliseconds);
    CHECK(!s || (seconds >= 0 && seconds <= VALUE_DURATION_MAX_NS));
    CHECK(!ms || (milliseconds >= 0 && milliseconds <= VALUE_DURATION_MAX_NS));
    if (!s || !ms)
        return;
    if (strchr(text, 's') != NULL)
        CHECK(seconds == milliseconds);
    else
        CHECK(milliseconds == seconds / 1000 && seconds % 1000 == 0);
}

static void check_escapes(const char *text)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = 0, size = strlen(text);
    uint8_t *octets = malloc(size + 1), *again = malloc(4 * size + 1);
    char *escaped = malloc(4 * size + 1), *at = escaped;
    CHECK(octets != NULL && again != NULL && escaped != NULL);
    const char *bad = value_unescape(text, octets, &len);
    CHECK(bad != NULL ? *bad == '\\' && bad >= text && bad < text + size : len <= size);
    for (size_t i = 0; bad == NULL && i < len; i++) {
        *at++ = '\\';
        *at++ = 'x';
        *at++ = digits[octets[i] >> 4];
        *at++ = digits[octets[i] & 15];
    }
    *at = '\0';
    size_t again_len = 0;
    CHECK(value_unescape(escaped, again, &again_len) == NULL);
    CHECK(bad != NULL || (again_len == len && memcmp(again, octets, len) == 0));
    free(octets);
    free(again);
    free(escaped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    char name[] = "tcpshake", *strings[ARGUMENTS_MAX], *argv[ARGUMENTS_MAX + 2] = {name};
    int count = 0;
    while (in.left > 0 && count < ARGUMENTS_MAX) {
        strings[count] = take_string(&in);
        check_number(strings[count]);
        check_duration(strings[count]);
        check_escapes(strings[count]);
        argv[count + 1] = strings[count];
        count++;
    }
    check_arguments(count + 1, argv);
    while (count > 0)
        free(strings[--count]);
    return 0;
}
