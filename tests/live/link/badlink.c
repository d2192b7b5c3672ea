/* SPDX-License-Identifier: BSD-2-Clause */
/* A link between two network namespaces that loses, delays, reorders, repeats and corrupts what it
 * carries: a TUN device at each end, and this process between them. What happens to a frame follows
 * from the seed, its connection and its place in it, not from when other frames come. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fate.h"
#include "flow.h"
#include "queue.h"
#include "tunnel.h"

#define READ_BATCH 64
#define MTU_MOST   65536

struct link {
    int fds[ENDS];
    struct impairment ways[ENDS]; /* by the end that sends */
    uint64_t seed;
    FILE *log; /* NULL: none */
    struct queue queue;
    struct flows *flows;
};

static volatile sig_atomic_t ending, healed;

static void take_signal(int number)
{
    if (number == SIGUSR1)
        healed = 1;
    else
        ending = 1;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static const char *fate_word(const struct fate *fate)
{
    if (fate->lost)
        return "lost";
    if (fate->corrupted)
        return "corrupted";
    return fate->late ? "late" : "passed";
}

static void schedule(struct link *link, struct frame *frame, const struct fate *fate, int64_t now)
{
    struct frame *copy = fate->duplicated && !fate->lost ? frame_copy(frame) : NULL;
    if (copy != NULL) {
        copy->fate = "copy";
        copy->due_ns = now + fate->copy_delay_ns;
        queue_push(&link->queue, copy);
    }
    frame->fate = fate_word(fate);
    frame->due_ns = now + fate->delay_ns;
    if (fate->lost) {
        frame_log(frame, 0, link->log);
        free(frame);
        return;
    }
    if (fate->corrupted)
        frame_corrupt(frame, fate->random);
    queue_push(&link->queue, frame);
}

static void take_in(struct link *link, enum end from, const uint8_t *bytes, size_t len)
{
    struct frame *frame = calloc(1, sizeof *frame + len);
    if (frame == NULL)
        return;
    int64_t now = now_ns();
    frame->in_ns = now_ns();
    frame->from = from;
    frame->len = len;
    memcpy(frame->bytes, bytes, len);
    frame->header = header_read(bytes, len, from);
    struct flow *flow = flow_of(link->flows, &frame->header, from, now);
    frame->flow = flow->number;
    struct impairment way = link->ways[from];
    if (healed)
        way.loss = way.corrupted = way.late = way.duplicated = 0;
    uint64_t key = fate_key(fate_key(link->seed, flow->number), (uint64_t)from);
    key = fate_key(key, flow_moment(flow, &frame->header, from, now));
    struct fate fate = fate_of(&way, key);
    schedule(link, frame, &fate, now);
}

static void read_end(struct link *link, enum end from)
{
    static uint8_t bytes[MTU_MOST];
    ssize_t len = 1;
    for (int i = 0; i < READ_BATCH && len > 0; i++) {
        len = read(link->fds[from], bytes, sizeof bytes);
        if (len > 0)
            take_in(link, from, bytes, (size_t)len);
    }
}

static void put_out(struct link *link, struct frame *frame)
{
    int64_t out_ns = now_ns(); /* before the kernel stamps it */
    if (write(link->fds[frame->from == LEFT ? RIGHT : LEFT], frame->bytes, frame->len) < 0) {
        frame->fate = "refused"; /* the device is down, or the datagram is none any more */
        out_ns = 0;
    }
    frame_log(frame, out_ns, link->log);
    free(frame);
}

static void carry(struct link *link, const sigset_t *awake)
{
    struct pollfd polled[ENDS] = {{.fd = link->fds[LEFT], .events = POLLIN},
                                  {.fd = link->fds[RIGHT], .events = POLLIN}};
    while (!ending) {
        int64_t next_ns = queue_next_ns(&link->queue);
        int64_t pause_ns = next_ns == INT64_MAX ? 0 : next_ns - now_ns();
        pause_ns = pause_ns > 0 ? pause_ns : 0;
        struct timespec pause = {.tv_sec = pause_ns / 1000000000, .tv_nsec = pause_ns % 1000000000};
        if (ppoll(polled, ENDS, next_ns == INT64_MAX ? NULL : &pause, awake) < 0 && errno != EINTR)
            return;
        read_end(link, LEFT);
        read_end(link, RIGHT);
        while (queue_next_ns(&link->queue) <= now_ns())
            put_out(link, queue_pop(&link->queue));
    }
}

/* Signals wait until ppoll lets them in. */
static sigset_t catch_signals(void)
{
    struct sigaction action = {.sa_handler = take_signal};
    const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    sigset_t blocked, before;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        sigaction(caught[i], &action, NULL);
        sigaddset(&blocked, caught[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &before);
    return before;
}

static const char usage[] =
    "usage: badlink [OPTION]... LEFT RIGHT\n"
    "  LEFT and RIGHT are TUN devices to make: NAME, or NAME@NAMESPACE (a path)\n"
    "  N is for both directions, N,M for what goes right and what goes left\n"
    "  --seed N           whole number that every fate follows from\n"
    "  --delay N          milliseconds on the way\n"
    "  --jitter N         at most so many more\n"
    "  --loss N           percent of frames that are lost\n"
    "  --late N           percent that others overtake\n"
    "  --duplicate N      percent that arrive twice\n"
    "  --corrupt N        percent that arrive with one bit flipped\n"
    "  --log FILE         a line for each frame\n"
    "SIGUSR1 heals the link: from then on only delay and jitter are left.\n";

enum knob { SEED, LOG, DELAY, JITTER, LOSS, LATE, DUPLICATE, CORRUPT };

static const struct option options[] = {
    {"seed", required_argument, NULL, SEED},
    {"log", required_argument, NULL, LOG},
    {"delay", required_argument, NULL, DELAY},
    {"jitter", required_argument, NULL, JITTER},
    {"loss", required_argument, NULL, LOSS},
    {"late", required_argument, NULL, LATE},
    {"duplicate", required_argument, NULL, DUPLICATE},
    {"corrupt", required_argument, NULL, CORRUPT},
    {0},
};

static void set_way(struct impairment *way, enum knob option, double value)
{
    switch (option) {
    case DELAY:
        way->delay_ns = (int64_t)(value * 1e6);
        break;
    case JITTER:
        way->jitter_ns = (int64_t)(value * 1e6);
        break;
    case LOSS:
        way->loss = value / 100;
        break;
    case LATE:
        way->late = value / 100;
        break;
    case DUPLICATE:
        way->duplicated = value / 100;
        break;
    case CORRUPT:
        way->corrupted = value / 100;
        break;
    case SEED:
    case LOG:
        break;
    }
}

/* "N" or "N,M". */
static bool set_ways(struct link *link, enum knob option, const char *text)
{
    char *rest;
    double most = option == DELAY || option == JITTER ? 60000 : 100;
    double right = strtod(text, &rest);
    double left = *rest == ',' ? strtod(rest + 1, &rest) : right;
    if (rest == text || *rest != '\0' ||
        !(right >= 0 && right <= most && left >= 0 && left <= most))
        return false;
    set_way(&link->ways[LEFT], option, right);
    set_way(&link->ways[RIGHT], option, left);
    return true;
}

static bool set(struct link *link, int option, const char *text)
{
    char *rest;
    switch (option) {
    case SEED:
        link->seed = strtoull(text, &rest, 10);
        return rest != text && *rest == '\0';
    case LOG:
        if (link->log != NULL)
            fclose(link->log);
        link->log = fopen(text, "w");
        return link->log != NULL;
    case '?':
        return false;
    default:
        return set_ways(link, (enum knob)option, text);
    }
}

static bool read_arguments(struct link *link, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!set(link, option, optarg)) {
            if (option != '?')
                fprintf(stderr, "badlink: --%s %s: not possible\n", options[option].name, optarg);
            return false;
        }
    }
    return argc - optind == ENDS;
}

static int run(struct link *link, char **places)
{
    sigset_t awake = catch_signals();
    link->flows = calloc(1, sizeof *link->flows);
    link->fds[LEFT] = tunnel_open(places[0]);
    link->fds[RIGHT] = tunnel_open(places[1]);
    if (link->flows == NULL || link->fds[LEFT] < 0 || link->fds[RIGHT] < 0)
        return 3;
    puts("ready");
    fflush(stdout);
    carry(link, &awake);
    while (link->queue.count > 0)
        free(queue_pop(&link->queue));
    free(link->queue.heap);
    flows_free(link->flows);
    free(link->flows);
    return ending ? 0 : 3;
}

int main(int argc, char **argv)
{
    struct link link = {.fds = {-1, -1}};
    if (!read_arguments(&link, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    int status = run(&link, argv + optind);
    if (link.log != NULL && fclose(link.log) != 0) {
        perror("badlink: log");
        status = 3;
    }
    return status;
}
