/* SPDX-License-Identifier: BSD-2-Clause */
/* Operands as strings behind each other: the ports of -p, then what is to be probed. The same
 * octets are then the lines of a list. Nothing is asked of a resolver. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "net/resolve.h"
#include "targets/lists/lists.h"
#include "targets/lists/portlist.h"
#include "targets/lists/stream.h"

#define OPERANDS_MAX 8
#define SPREAD_BITS  12 /* longer lists are as true, but slow */
#define LOOKED_AT    64

/* Whether it stands for more addresses than there is time for. */
static bool too_many(const char *operand)
{
    const char *slash = strchr(operand, '/');
    unsigned long bits = strchr(operand, ':') != NULL ? 128 : 32;
    return slash != NULL && strtoul(slash + 1, NULL, 10) + SPREAD_BITS < bits;
}

static int add_operands(struct space *space, char **operands, size_t count, const char *ports,
                        struct error *error)
{
    static struct entry_reader reader;
    reader.common.run_count = 0;
    if (ports != NULL && port_list_parse(&reader.common, ports, NULL, error) != 0)
        return -1;
    if (lists_add_operands(space, &reader, operands, count, error) != 0)
        return -1;
    return lists_settle(space, UINT64_MAX, error);
}

/* A target written out by itself is that target. */
static void check_target(const struct space_target *target)
{
    struct space again = {0};
    struct error error;
    struct resolved resolved;
    char address[ADDRESS_TEXT_MAX];
    const char *host =
        target->name != NULL ? target->name : address_text(&target->address, address);
    CHECK(target->port > 0 && host[0] != '\0');
    bool v6 = strchr(host, ':') != NULL;
    size_t size = strlen(host) + 16;
    char *text = malloc(size);
    CHECK(text != NULL);
    snprintf(text, size, v6 ? "[%s]:%u" : "%s:%u", host, (unsigned)target->port);
    CHECK(add_operands(&again, &text, 1, NULL, &error) == 0 && again.count == 1);
    struct space_target same = space_at(&again, 0);
    CHECK(same.port == target->port && address_equal(&same.address, &target->address));
    CHECK(same.name == NULL ? target->name == NULL : strcmp(same.name, host) == 0);
    space_free(&again);
    memset(&resolved, 0, sizeof resolved);
    if (resolve_host(host, FAMILY_NONE, true, &resolved, &error) == 0)
        CHECK(address_len(&resolved.address) > 0);
    else
        CHECK(error.status == STATUS_USAGE && error.text[0] != '\0');
    free(text);
}

static void check_list(char **operands, size_t count, const char *ports)
{
    struct space space = {0};
    struct error error;
    if (add_operands(&space, operands, count, ports, &error) != 0) {
        CHECK(error.status == STATUS_USAGE && error.text[0] != '\0');
        space_free(&space);
        return;
    }
    CHECK(space.count > 0);
    for (uint64_t i = 0; i < space.count; i += 1 + space.count / LOOKED_AT) {
        struct space_target target = space_at(&space, i);
        check_target(&target);
    }
    space_free(&space);
}

/* cppcheck-suppress constParameter ; struct bad_lines has the type */
static void ignore(void *context, const struct error *error)
{
    CHECK(context == NULL && error->status == STATUS_USAGE && error->text[0] != '\0');
}

/* A line that is valid. */
/* cppcheck-suppress constParameter */
static void ignore_overruled(void *context, const struct error *error)
{
    CHECK(context == NULL && error->status == STATUS_OK && error->text[0] != '\0');
}

static bool same_target(const struct space_target *a, const struct space_target *b)
{
    if (a->port != b->port || (a->name != NULL) != (b->name != NULL))
        return false;
    return a->name != NULL ? strcmp(a->name, b->name) == 0
                           : address_equal(&a->address, &b->address);
}

/* Whether a target is the next one of the space, or one that was there before. */
static bool is_in_order(const struct space *space, uint64_t *next,
                        const struct space_target *target)
{
    for (uint64_t i = 0; i <= *next && i < space->count; i++) {
        struct space_target here = space_at(space, i);
        if (!same_target(&here, target))
            continue;
        CHECK(i < *next || (here.attributes.port_states == target->attributes.port_states &&
                            strcmp(here.attributes.labels, target->attributes.labels) == 0));
        *next += i == *next;
        return true;
    }
    return false;
}

/* Line by line, a shard's share of a list gives these; those of one shard of one are the targets of
 * the space, each where it comes first. Returns how many. */
static uint64_t check_stream(int fd, struct entry_reader *reader, const struct space *space,
                             uint64_t shard, uint64_t shards)
{
    uint64_t count = 0, next = 0, line, line_before = 0;
    struct space_target target;
    struct error error;
    enum stream_status status;
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    const struct stream_request request = {.fd = fd,
                                           .name = "list",
                                           .reader = reader,
                                           .excluded = &space->excluded,
                                           .shard = shard,
                                           .shards = shards,
                                           .most = UINT64_MAX};
    struct target_stream *stream = stream_begin(&request);
    CHECK(stream != NULL);
    while ((status = stream_next(stream, &target, &line, &error)) != STREAM_END) {
        CHECK(status != STREAM_WANTED || stream_fill(stream) == 0);
        if (status != STREAM_TARGET)
            continue;
        CHECK(line >= line_before);
        CHECK(shards > 1 || is_in_order(space, &next, &target));
        line_before = line;
        count++;
    }
    stream_end(stream);
    CHECK(shards > 1 || next == space->count);
    return count;
}

static void check_file(const struct memory_file *file, struct entry_reader *reader,
                       const char *excluded)
{
    struct space space = {0};
    struct origins origins = {0};
    struct bad_lines bad = {.tell = ignore, .origins = &origins};
    struct error error;
    CHECK(lists_add_file(&space, reader, file->path, NULL, &bad, &error) == 0);
    if (lists_exclude(&space, excluded, &error) != 0)
        CHECK(error.status == STATUS_USAGE && error.text[0] != '\0');
    if (lists_settle(&space, UINT64_MAX, &error) != 0)
        CHECK(error.status == STATUS_USAGE && error.text[0] != '\0');
    else if (space.count <= LOOKED_AT)
        CHECK(check_stream(file->fd, reader, &space, 1, 1) ==
              check_stream(file->fd, reader, &space, 1, 2) +
                  check_stream(file->fd, reader, &space, 2, 2));
    lists_tell_overruled(&space, &origins, ignore_overruled, NULL);
    origins_free(&origins);
    space_free(&space);
}

/* The first line is what is excluded. */
static void check_lines(const uint8_t *data, size_t size)
{
    struct memory_file file;
    struct cursor in = cursor_over(data, size);
    char *excluded = take_string(&in);
    struct entry_reader *reader = calloc(1, sizeof *reader);
    uint8_t *lines = exact_copy(in.at, in.left);
    CHECK(reader != NULL && lines != NULL);
    port_list_add(&reader->common, 80, 81);
    for (size_t i = 0; i < in.left; i++)
        lines[i] = lines[i] == '\0' ? '\n' : lines[i];
    memory_file_open(&file, lines, in.left);
    check_file(&file, reader, excluded);
    memory_file_close(&file);
    free(excluded);
    free(reader);
    free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    char *operands[OPERANDS_MAX], *ports = take_string(&in);
    size_t count = 0;
    bool spread = false;
    while (in.left > 0 && count < OPERANDS_MAX) {
        operands[count] = take_string(&in);
        spread = too_many(operands[count]) || spread;
        count++;
    }
    if (!spread && count > 0)
        check_list(operands, count, ports[0] != '\0' ? ports : NULL);
    for (size_t i = 0; i < count; i++)
        free(operands[i]);
    free(ports);
    check_lines(data, size);
    return 0;
}
