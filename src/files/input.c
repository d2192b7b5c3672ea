/* SPDX-License-Identifier: BSD-2-Clause */
/* Two layers, each of which gives back the bytes that were looked at first, because a pipe cannot
 * be rewound: the descriptor, and what is unpacked from it. */
#include "files/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/decompress.h"

#define READ_AHEAD (128 << 10)
#define QUIET_MS   100 /* from one call of quiet to the next */

struct peeked {
    uint8_t bytes[COMPRESSION_MAGIC_MAX];
    size_t len, given;
};

struct input {
    int fd;
    const struct waiting *waiting;
    struct decompressor *decompressor; /* NULL: the bytes are what they are */
    struct peeked raw, plain;
    const char *problem;
    uint64_t done, size; /* bytes as they are read; 0: nobody knows */
    bool stopped;
    char read_ahead[READ_AHEAD];
};

_Static_assert(INPUT_MAGIC_LEN <= COMPRESSION_MAGIC_MAX, "both layers are looked at");

static const struct waiting no_waiting = {.fd = -1};

/* Returns once reading will not block; false: the input ends here. */
static bool wait_for_bytes(struct input *input)
{
    const struct waiting *waiting = input->waiting;
    struct pollfd polled[] = {{.fd = input->fd, .events = POLLIN},
                              {.fd = waiting->fd, .events = POLLIN}};
    int pause_ms = waiting->quiet != NULL ? 0 : -1;
    for (;;) {
        int ready = poll(polled, 2, pause_ms);
        if (ready < 0 && errno != EINTR)
            return true; /* read() has the last word */
        if (ready < 0)
            continue;
        /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): it comes with the descriptor */
        if (polled[1].revents != 0 && waiting->stop(waiting->context)) {
            input->stopped = true;
            return false;
        }
        if (polled[0].revents != 0)
            return true;
        if (ready == 0) /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): else no time-out */
            pause_ms = waiting->quiet(waiting->context) ? QUIET_MS : -1;
    }
}

static size_t give_back(struct peeked *peeked, void *out, size_t size)
{
    size_t len = peeked->len - peeked->given;
    if (len > size)
        len = size;
    memcpy(out, peeked->bytes + peeked->given, len);
    peeked->given += len;
    return len;
}

static void tell(struct input *input, size_t len)
{
    input->done += len;
    if (input->waiting->reading != NULL)
        input->waiting->reading(input->waiting->context, input->done, input->size);
}

static ssize_t read_raw(struct input *input, void *out, size_t size)
{
    size_t given = give_back(&input->raw, out, size);
    if (given > 0)
        return (ssize_t)given;
    while (!input->stopped && wait_for_bytes(input)) {
        ssize_t len = read(input->fd, out, size);
        if (len >= 0) {
            tell(input, (size_t)len);
            return len;
        }
        if (errno != EINTR && errno != EAGAIN) {
            input->problem = strerror(errno);
            return -1;
        }
    }
    return 0;
}

static ssize_t read_unpacked(struct input *input, void *out, size_t size)
{
    ssize_t len;
    while ((len = decompressor_read(input->decompressor, out, size)) == DECOMPRESSOR_WANTS_INPUT) {
        size_t room;
        uint8_t *packed = decompressor_room(input->decompressor, &room);
        ssize_t packed_len = read_raw(input, packed, room);
        if (packed_len < 0)
            return -1;
        decompressor_given(input->decompressor, (size_t)packed_len);
    }
    if (len < 0) {
        input->problem = decompressor_problem(input->decompressor);
        errno = EBADMSG;
    }
    return len;
}

ssize_t input_read(struct input *input, void *out, size_t size)
{
    size_t given = give_back(&input->plain, out, size);
    if (given > 0)
        return (ssize_t)given;
    return input->decompressor == NULL ? read_raw(input, out, size)
                                       : read_unpacked(input, out, size);
}

static ssize_t read_cookie(void *cookie, char *out, size_t size)
{
    return input_read(cookie, out, size);
}

/* Looks at the first bytes of what read gives, without waiting for more than are wanted. */
static int peek(struct input *input, ssize_t (*read_layer)(struct input *, void *, size_t),
                size_t wanted, struct peeked *peeked)
{
    struct peeked found = {.len = 0};
    while (found.len < wanted) {
        ssize_t len = read_layer(input, found.bytes + found.len, wanted - found.len);
        if (len < 0)
            return -1;
        if (len == 0)
            break;
        found.len += (size_t)len;
    }
    *peeked = found;
    return 0;
}

/* A capture's magic has four bytes; no more are waited for unless they begin like something
 * compressed, of which there is always more. */
static int find_format(struct input *input, const char *shown, struct error *error)
{
    if (peek(input, read_raw, INPUT_MAGIC_LEN, &input->raw) != 0)
        return error_set(error, STATUS_RUN, "%s: %s", shown, input->problem);
    if (input->raw.len == 0)
        return error_set(error, STATUS_RUN, "%s: empty", shown);
    enum compression compression = compression_by_magic(input->raw.bytes, input->raw.len);
    if (compression == COMPRESSION_NONE) {
        input->plain = input->raw;
        input->raw.len = 0;
        return 0;
    }
    input->decompressor = decompressor_new(compression, error);
    if (input->decompressor == NULL)
        return error_context(error, "%s", shown);
    if (peek(input, input_read, INPUT_MAGIC_LEN, &input->plain) != 0)
        return error_set(error, STATUS_RUN, "%s: %s", shown, input->problem);
    return 0;
}

/* A fifo is opened at once, so that the wait for its writer can be ended like any other. */
void source_open(struct source *source, const char *path)
{
    source->path = path;
    source->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                                        : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    source->code = errno;
}

void source_close(struct source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

const char *source_name(const struct source *source)
{
    return strcmp(source->path, "-") == 0 ? "standard input" : source->path;
}

static uint64_t size_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
}

struct input *input_open(struct source *source, const struct waiting *waiting, struct error *error)
{
    const char *shown = source_name(source);
    struct input *input = source->fd >= 0 ? calloc(1, sizeof *input) : NULL;
    if (input == NULL) {
        error_set_code(error, source->fd >= 0 ? ENOMEM : source->code, "%s", shown);
        source_close(source);
        return NULL;
    }
    input->waiting = waiting != NULL ? waiting : &no_waiting;
    input->fd = source->fd;
    source->fd = -1;
    input->size = size_of(input->fd);
    if (find_format(input, shown, error) == 0)
        return input;
    input_close(input);
    return NULL;
}

void input_close(struct input *input)
{
    if (input == NULL)
        return;
    decompressor_free(input->decompressor);
    if (input->fd >= 0)
        close(input->fd);
    free(input);
}

const uint8_t *input_magic(const struct input *input, size_t *len)
{
    *len = input->plain.len;
    return input->plain.bytes;
}

FILE *input_stream(struct input *input)
{
    static const cookie_io_functions_t functions = {.read = read_cookie};
    FILE *stream = fopencookie(input, "r", functions);
    if (stream == NULL)
        return NULL;
    __fsetlocking(stream, FSETLOCKING_BYCALLER); /* nobody else reads it */
    setvbuf(stream, input->read_ahead, _IOFBF, sizeof input->read_ahead);
    return stream;
}

const char *input_problem(const struct input *input)
{
    return input->problem;
}

bool input_stopped(const struct input *input)
{
    return input->stopped;
}
