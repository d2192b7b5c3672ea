/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/taps.h"

#include <stdlib.h>
#include <string.h>

struct tap *taps_find(const struct taps *taps, const char *interface)
{
    struct tap *tap = taps->first;
    while (tap != NULL && strcmp(tap->interface, interface) != 0)
        tap = tap->next;
    return tap;
}

static void append(struct taps *taps, struct tap *tap)
{
    if (taps->last != NULL)
        taps->last->next = tap;
    else
        taps->first = tap;
    taps->last = tap;
    taps->count++;
}

int taps_watch(struct taps *taps, const char *interface, const struct lane *lane,
               struct recorder *recorder, struct error *error)
{
    if (taps_find(taps, interface) != NULL)
        return 0;
    struct tap *tap = calloc(1, sizeof *tap);
    if (tap == NULL)
        return error_set(error, STATUS_RUN, "out of memory");
    tap->capture = capture_open(interface, lane->first, lane->last, error);
    if (tap->capture == NULL) {
        free(tap);
        return -1;
    }
    tap->interface = capture_interface(tap->capture);
    tap->recorded_as = recorder_interface(recorder, interface, capture_linktype(tap->capture));
    tap->unseen_recorded_as = -1;
    append(taps, tap);
    if (recorder->failure.failed)
        *error = recorder->failure.error;
    return recorder->failure.failed ? -1 : 0;
}

void taps_close(struct taps *taps)
{
    while (taps->first != NULL) {
        struct tap *tap = taps->first;
        taps->first = tap->next;
        capture_close(tap->capture);
        free(tap);
    }
    *taps = (struct taps){0};
}

/* What capture_read hands to take. */
struct reading {
    tap_handler *handler;
    void *context;
    struct tap *tap;
};

static void take(void *user, struct capture *capture, const struct frame *frame)
{
    const struct reading *reading = user;
    (void)capture;
    reading->handler(reading->context, reading->tap, frame);
}

void taps_read(const struct taps *taps, int limit, tap_handler *handler, void *context,
               struct failure *failure)
{
    struct error error;
    for (struct tap *tap = taps->first; tap != NULL; tap = tap->next) {
        struct reading reading = {.handler = handler, .context = context, .tap = tap};
        if (capture_read(tap->capture, limit, take, &reading, &error) < 0)
            failure_note(failure, &error);
    }
}

struct pollfd *taps_poll(const struct taps *taps, struct pollfd *polled)
{
    for (const struct tap *tap = taps->first; tap != NULL; tap = tap->next)
        *polled++ = (struct pollfd){.fd = capture_fd(tap->capture), .events = POLLIN};
    return polled;
}

void taps_warn_of_drops(const struct taps *taps)
{
    for (const struct tap *tap = taps->first; tap != NULL; tap = tap->next) {
        uint64_t dropped = capture_dropped(tap->capture);
        if (dropped > 0)
            warning("%llu packets were dropped by the capture on %s: segments may be missing",
                    (unsigned long long)dropped, tap->interface);
    }
}
