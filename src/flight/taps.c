/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/taps.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/route.h"
#include "net/routing/device.h"

#define EMPTIED_AT_ONCE 1024
#define ERRORS_MOST     100u

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

static struct tap *make_tap(const char *interface, unsigned ifindex)
{
    struct tap *tap = calloc(1, sizeof *tap);
    if (tap == NULL)
        return NULL;
    tap->ifindex = ifindex;
    tap->recorded_as = tap->unseen_recorded_as = -1;
    snprintf(tap->interface, sizeof tap->interface, "%s", interface);
    return tap;
}

/* The capture is the tap's from now on. */
static int add_tap(struct taps *taps, struct capture *capture, const char *interface,
                   unsigned ifindex, struct recorder *recorder, struct error *error)
{
    struct tap *tap = make_tap(interface, ifindex);
    if (tap == NULL) {
        capture_close(capture);
        return error_set_memory(error, "out of memory");
    }
    tap->capture = capture;
    tap->recorded_as = recorder_interface(recorder, interface, capture_linktype(capture));
    append(taps, tap);
    if (recorder->failure.failed)
        *error = recorder->failure.error;
    return recorder->failure.failed ? -1 : 0;
}

int taps_watch(struct taps *taps, const char *interface, const struct lane *lane,
               struct recorder *recorder, struct error *error)
{
    if (taps_find(taps, interface) != NULL)
        return 0;
    unsigned ifindex = if_nametoindex(interface);
    struct capture *capture = capture_open(interface, taps->frames, lane->first, lane->last, error);
    if (capture == NULL)
        return -1;
    return add_tap(taps, capture, interface, ifindex, recorder, error);
}

static bool has_address(const struct ifaddrs *entry)
{
    return (entry->ifa_flags & IFF_UP) != 0 && entry->ifa_addr != NULL &&
           (entry->ifa_addr->sa_family == AF_INET || entry->ifa_addr->sa_family == AF_INET6);
}

/* One that cannot be captured on says so when a target needs it. */
int taps_watch_addressed(struct taps *taps, const struct lane *lane, struct recorder *recorder,
                         struct error *error)
{
    struct ifaddrs *all = NULL;
    int code = 0;
    if (getifaddrs(&all) != 0)
        return errno == ENOMEM ? error_set_memory(error, "out of memory") : 0;
    for (const struct ifaddrs *entry = all; entry != NULL && code == 0; entry = entry->ifa_next)
        if (has_address(entry) && taps->count < TAPS_ADDRESSED &&
            taps_watch(taps, entry->ifa_name, lane, recorder, error) != 0)
            code = recorder->failure.failed || error->out_of_memory ? -1 : 0;
    freeifaddrs(all);
    return code;
}

static bool has_frames_of_ethernet(const struct ifaddrs *entry)
{
    struct sockaddr_ll address;
    if (entry->ifa_addr == NULL || entry->ifa_addr->sa_family != AF_PACKET)
        return false;
    memcpy(&address, entry->ifa_addr, sizeof address);
    return address.sll_hatype == ARPHRD_ETHER || address.sll_hatype == ARPHRD_LOOPBACK;
}

/* An interface that is up, the loopback interface where it can be; "" if there is none. Returns 0,
 * or -1 with *error set where memory ran out. */
static int find_place_of_spares(char out[IF_NAMESIZE], struct error *error)
{
    struct ifaddrs *all = NULL;
    out[0] = '\0';
    if (getifaddrs(&all) != 0)
        return errno == ENOMEM ? error_set_memory(error, "out of memory") : 0;
    for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next)
        if ((entry->ifa_flags & IFF_UP) != 0 && has_frames_of_ethernet(entry) &&
            (out[0] == '\0' || strcmp(entry->ifa_name, LOOPBACK) == 0))
            snprintf(out, IF_NAMESIZE, "%s", entry->ifa_name);
    freeifaddrs(all);
    return 0;
}

/* Nothing of the lane passes the loopback interface, or another tap takes it: what a spare captures
 * there is never read. */
int taps_keep_spares(struct taps *taps, const struct lane *lane, struct error *error)
{
    char place[IF_NAMESIZE];
    if (find_place_of_spares(place, error) != 0)
        return -1;
    if (place[0] == '\0')
        return 0;
    for (size_t i = 0; i < TAPS_SPARES; i++)
        if ((taps->spares[i] =
                 capture_open(place, CAPTURE_FRAMES_LEAST, lane->first, lane->last, error)) == NULL)
            return -1;
    return 0;
}

static void ignore(void *user, struct capture *capture, const struct frame *frame)
{
    (void)user;
    (void)capture;
    (void)frame;
}

/* Takes a spare, emptied of what it has captured. */
static struct capture *take_spare(struct taps *taps)
{
    struct error ignored;
    for (size_t i = 0; i < TAPS_SPARES; i++) {
        struct capture *spare = taps->spares[i];
        if (spare == NULL)
            continue;
        taps->spares[i] = NULL;
        while (capture_read(spare, EMPTIED_AT_ONCE, ignore, NULL, &ignored) > 0)
            ;
        return spare;
    }
    return NULL;
}

static int move_spare(struct taps *taps, const char *interface, unsigned ifindex,
                      struct recorder *recorder, struct error *error)
{
    struct capture *spare = take_spare(taps);
    if (spare == NULL)
        return error_set(error, STATUS_RUN, "interface %s is not captured on: start the run again",
                         interface);
    if (capture_move(spare, interface, ifindex, error) == 0)
        return add_tap(taps, spare, interface, ifindex, recorder, error);
    capture_close(spare);
    return -1;
}

static void note_watched(struct taps *taps)
{
    size_t count = 0;
    for (const struct tap *tap = taps->first; tap != NULL; tap = tap->next)
        taps->watched[count++] = tap->ifindex;
    taps->wanted.watched_count = count;
}

int taps_adopt(struct taps *taps, const char *interface, unsigned ifindex,
               struct recorder *recorder, struct error *error)
{
    struct tap *tap = taps_find(taps, interface);
    if (tap != NULL && tap->ifindex == ifindex)
        return 0;
    int code = tap != NULL ? capture_move(tap->capture, interface, ifindex, error)
                           : move_spare(taps, interface, ifindex, recorder, error);
    if (code != 0)
        return -1;
    if (tap != NULL)
        tap->ifindex = ifindex;
    if (taps->any == NULL)
        return 0;
    note_watched(taps);
    return capture_follow(taps->any, &taps->wanted, error);
}

static void put(const struct capture *capture, int *out, size_t *count, size_t most)
{
    if (capture != NULL && *count < most)
        out[(*count)++] = capture_fd(capture);
}

static size_t put_all(const struct taps *taps, int *out, size_t most)
{
    size_t count = 0;
    for (const struct tap *tap = taps->first; tap != NULL; tap = tap->next)
        put(tap->capture, out, &count, most);
    for (size_t i = 0; i < TAPS_SPARES; i++)
        put(taps->spares[i], out, &count, most);
    return count;
}

size_t taps_descriptors(const struct taps *taps, int *out)
{
    return put_all(taps, out, SIZE_MAX);
}

size_t taps_some_descriptors(const struct taps *taps, int *out, size_t most)
{
    size_t count = put_all(taps, out, most);
    put(taps->any, out, &count, most);
    return count;
}

int taps_watch_all(struct taps *taps, struct netlink *netlink, const struct lane *lane,
                   struct error *error)
{
    taps->watched = calloc(taps->count + TAPS_SPARES, sizeof *taps->watched);
    if (taps->watched == NULL)
        return error_set_memory(error, "out of memory");
    taps->wanted = (struct lanefilter){.port_first = lane->first,
                                       .port_last = lane->last,
                                       .watched = taps->watched,
                                       .pairs = (const uint16_t(*)[2])taps->followed};
    note_watched(taps);
    taps->netlink = netlink;
    taps->any = capture_open_any(&taps->wanted, error);
    return taps->any != NULL ? 0 : -1;
}

bool taps_see_all(const struct taps *taps)
{
    if (taps->any == NULL || capture_dropped(taps->any) > 0)
        return false;
    for (const struct tap *tap = taps->first; tap != NULL; tap = tap->next)
        if (capture_dropped(tap->capture) > 0)
            return false;
    return true;
}

int taps_follow(struct taps *taps, const uint16_t ports[2], struct error *error)
{
    if (taps->any == NULL || taps->wanted.pair_count == TAPS_FOLLOWED_MOST)
        return 0;
    memcpy(taps->followed[taps->wanted.pair_count++], ports, sizeof taps->followed[0]);
    return capture_follow(taps->any, &taps->wanted, error);
}

/* The next filter is made without it. */
void taps_unfollow(struct taps *taps, const uint16_t ports[2])
{
    size_t at = 0;
    while (at < taps->wanted.pair_count &&
           memcmp(taps->followed[at], ports, 2 * sizeof *ports) != 0)
        at++;
    if (at == taps->wanted.pair_count)
        return;
    taps->wanted.pair_count--;
    memcpy(taps->followed[at], taps->followed[taps->wanted.pair_count], sizeof taps->followed[0]);
}

static struct tap *find_elsewhere(const struct taps *taps, unsigned ifindex)
{
    struct tap *tap = taps->elsewhere;
    while (tap != NULL && tap->ifindex != ifindex)
        tap = tap->next;
    return tap;
}

struct tap *taps_place(struct taps *taps, struct tap *tap, const struct frame *frame,
                       struct recorder *recorder)
{
    struct place place;
    struct device device;
    if (tap != NULL || !capture_place(frame, &place))
        return tap;
    tap = find_elsewhere(taps, place.ifindex);
    if (tap != NULL || device_lookup(taps->netlink, NULL, place.ifindex, &device) != 0)
        return tap;
    tap = make_tap(device.name, place.ifindex);
    if (tap == NULL)
        return NULL;
    tap->recorded_as = recorder_interface(recorder, tap->interface, capture_linktype(taps->any));
    tap->next = taps->elsewhere;
    taps->elsewhere = tap;
    return tap;
}

static void free_all(struct tap *tap)
{
    while (tap != NULL) {
        struct tap *next = tap->next;
        capture_close(tap->capture);
        free(tap);
        tap = next;
    }
}

void taps_close(struct taps *taps)
{
    free_all(taps->first);
    free_all(taps->elsewhere);
    for (size_t i = 0; i < TAPS_SPARES; i++)
        capture_close(taps->spares[i]);
    capture_close(taps->any);
    free(taps->watched);
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

/* An interface that went down says so once. */
static void take_error(const struct taps *taps, struct tap *tap, const struct error *error,
                       struct failure *failure)
{
    if (tap->errors++ == 0 && !taps->quiet)
        warning("%s", error->text);
    if (tap->errors >= ERRORS_MOST)
        failure_note(failure, error);
}

bool taps_read(const struct taps *taps, int limit, tap_handler *handler, void *context,
               struct failure *failure)
{
    struct error error;
    bool more = false;
    for (struct tap *tap = taps->first; tap != NULL; tap = tap->next) {
        struct reading reading = {.handler = handler, .context = context, .tap = tap};
        int count = capture_read(tap->capture, limit, take, &reading, &error);
        if (count < 0)
            take_error(taps, tap, &error, failure);
        else if (count > 0)
            tap->errors = 0;
        more = more || count == limit;
    }
    struct reading reading = {.handler = handler, .context = context};
    if (taps->any == NULL)
        return more;
    int count = capture_read(taps->any, limit, take, &reading, &error);
    if (count < 0)
        failure_note(failure, &error);
    return more || count == limit;
}

struct pollfd *taps_poll(const struct taps *taps, struct pollfd *polled)
{
    for (const struct tap *tap = taps->first; tap != NULL; tap = tap->next)
        *polled++ = (struct pollfd){.fd = capture_fd(tap->capture), .events = POLLIN};
    if (taps->any != NULL)
        *polled++ = (struct pollfd){.fd = capture_fd(taps->any), .events = POLLIN};
    return polled;
}

uint64_t taps_dropped(const struct taps *taps)
{
    uint64_t dropped = taps->any != NULL ? capture_dropped(taps->any) : 0;
    for (const struct tap *tap = taps->first; tap != NULL; tap = tap->next)
        dropped += capture_dropped(tap->capture);
    return dropped;
}

static void warn_of_drops(struct capture *capture, const char *where)
{
    uint64_t dropped = capture_dropped(capture);
    if (dropped > 0)
        warning("%llu packets were dropped by the capture on %s: segments may be missing",
                (unsigned long long)dropped, where);
}

void taps_warn_of_drops(const struct taps *taps)
{
    for (const struct tap *tap = taps->first; tap != NULL; tap = tap->next)
        warn_of_drops(tap->capture, tap->interface);
    if (taps->any != NULL)
        warn_of_drops(taps->any, "all interfaces");
}
