/* SPDX-License-Identifier: BSD-2-Clause */
/* A pipe that polls writable takes PIPE_BUF octets without blocking (pipe(7)), unless another
 * process writes into it at the same time; O_NONBLOCK would change it for that process too. */
#include "base/outlet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/pending.h"

#define SLICE_MS 20 /* between two looks at what is pending */

static int64_t end_ns = INT64_MAX;

void outlets_end_by(int64_t time_ns)
{
    end_ns = time_ns < end_ns ? time_ns : end_ns;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Set by the first signal, and set again by the next. */
static bool interrupted;

void outlets_interrupt(void)
{
    outlets_end_by(now_ns() + (interrupted ? 0 : OUTLET_GRACE_NS));
    interrupted = true;
}

/* A signal that waits to be taken counts once. */
static void look_for_signals(void)
{
    static bool noticed;
    if (noticed || !signals_ask_to_end())
        return;
    noticed = true;
    outlets_interrupt();
}

void outlet_init(struct outlet *outlet, int fd)
{
    struct stat status;
    *outlet = (struct outlet){.fd = fd, .patience_ns = INT64_MAX};
    outlet->waits =
        fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

void outlet_free(struct outlet *outlet)
{
    free(outlet->bytes);
    *outlet = (struct outlet){.fd = -1};
}

size_t outlet_queued(const struct outlet *outlet)
{
    return outlet->end - outlet->begin;
}

static int fail(struct outlet *outlet, int code)
{
    if (outlet->failure == 0)
        outlet->failure = code;
    outlet->begin = outlet->end = 0; /* nothing is polled for any more */
    errno = outlet->failure;
    return -1;
}

static bool is_writable(const struct outlet *outlet, int timeout_ms)
{
    struct pollfd asked = {.fd = outlet->fd, .events = POLLOUT};
    return !outlet->waits || poll(&asked, 1, timeout_ms) > 0;
}

/* Returns false where the wait has come to its end. */
static bool wait_for_room(const struct outlet *outlet)
{
    int64_t begun_ns = now_ns();
    while (!is_writable(outlet, SLICE_MS)) {
        int64_t time_ns = now_ns();
        look_for_signals();
        if (time_ns >= end_ns || time_ns - begun_ns >= outlet->patience_ns)
            return false;
    }
    return true;
}

/* As much as can be written without blocking, once. */
static ssize_t write_piece(const struct outlet *outlet, const uint8_t *bytes, size_t len)
{
    ssize_t done;
    if (outlet->waits && len > PIPE_BUF)
        len = PIPE_BUF;
    do
        done = write(outlet->fd, bytes, len);
    while (done < 0 && errno == EINTR);
    return done;
}

/* Returns how much was written; less than len where the reader took no more, or with a failure. */
static size_t write_some(struct outlet *outlet, const uint8_t *bytes, size_t len, bool waits)
{
    size_t written = 0;
    while (written < len && outlet->failure == 0) {
        if (!is_writable(outlet, 0) && (!waits || !wait_for_room(outlet))) {
            if (waits)
                fail(outlet, EINTR);
            break;
        }
        ssize_t done = write_piece(outlet, bytes + written, len - written);
        if (done > 0)
            written += (size_t)done;
        else if (done == 0 || errno != EAGAIN)
            fail(outlet, done == 0 ? EIO : errno);
    }
    return written;
}

static int flush(struct outlet *outlet, bool waits)
{
    size_t queued = outlet_queued(outlet);
    if (queued > 0) {
        size_t written = write_some(outlet, outlet->bytes + outlet->begin, queued, waits);
        outlet->begin += outlet->failure == 0 ? written : 0;
    }
    if (outlet->begin == outlet->end)
        outlet->begin = outlet->end = 0;
    return outlet->failure == 0 ? 0 : fail(outlet, outlet->failure);
}

int outlet_push(struct outlet *outlet)
{
    return flush(outlet, false);
}

int outlet_finish(struct outlet *outlet)
{
    outlet->queues = false;
    return flush(outlet, true);
}

static int append(struct outlet *outlet, const uint8_t *bytes, size_t len)
{
    if (outlet->begin > 0) {
        memmove(outlet->bytes, outlet->bytes + outlet->begin, outlet_queued(outlet));
        outlet->end -= outlet->begin;
        outlet->begin = 0;
    }
    if (len > outlet->capacity - outlet->end) {
        size_t capacity = 2 * (outlet->end + len);
        uint8_t *larger = realloc(outlet->bytes, capacity);
        if (larger == NULL)
            return fail(outlet, ENOMEM);
        outlet->bytes = larger;
        outlet->capacity = capacity;
    }
    memcpy(outlet->bytes + outlet->end, bytes, len);
    outlet->end += len;
    return 0;
}

int outlet_write(struct outlet *outlet, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    if (flush(outlet, !outlet->queues) != 0)
        return -1;
    size_t written = 0;
    if (outlet_queued(outlet) == 0)
        written = write_some(outlet, at, len, !outlet->queues);
    if (outlet->failure != 0)
        return fail(outlet, outlet->failure);
    return written < len ? append(outlet, at + written, len - written) : 0;
}

static ssize_t write_cookie(void *cookie, const char *bytes, size_t len)
{
    return outlet_write(cookie, bytes, len) == 0 ? (ssize_t)len : 0;
}

FILE *outlet_stream(struct outlet *outlet)
{
    const cookie_io_functions_t functions = {.write = write_cookie};
    return fopencookie(outlet, "w", functions);
}
