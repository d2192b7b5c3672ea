/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/waiting.h"

#include "live/run/readers.h"
#include "net/clock.h"

#define LOCAL_ERRORS 2u /* sockets */
#define SINGLE       4u /* signals, stops, names that move, the journal */
#define BESIDES_CAPTURES                                                                           \
    (1 + LOCAL_ERRORS + SINGLE + READERS_MOST + SEEKERS_MOST + OPINIONS_MOST + NAMERS_MOST +       \
     INFLOW_FDS_MOST)

size_t waiting_most(const struct run *run)
{
    return run->taps.count + TAPS_SPARES + BESIDES_CAPTURES;
}

static struct pollfd *add(struct pollfd *at, int fd, short events)
{
    if (fd < 0)
        return at;
    *at = (struct pollfd){.fd = fd, .events = events};
    return at + 1;
}

static struct pollfd *add_single(const struct run *run, struct pollfd *at)
{
    const int fds[LOCAL_ERRORS + SINGLE] = {
        run->local_errors.fds[0], run->local_errors.fds[1],
        run->interrupts.signals,  relocation_fd(&run->relocation),
        run->interrupts.stops,    run->schedule.cancelled ? -1 : journaling_fd(&run->journaling)};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        at = add(at, fds[i], POLLIN);
    return at;
}

static struct pollfd *add_children(const struct run *run, struct pollfd *at)
{
    for (size_t i = 0; i < SEEKERS_MOST; i++)
        at = add(at, seek_fd(&run->seek, i), POLLIN);
    for (size_t i = 0; i < OPINIONS_MOST; i++)
        at = add(at, opinions_fd(&run->opinions, i), POLLIN);
    for (size_t i = 0; i < NAMERS_MOST; i++)
        at = add(at, reverse_fd(&run->reverse, i), POLLIN);
    return at;
}

nfds_t waiting_fill(const struct run *run, struct pollfd *polled)
{
    struct pollfd *at = taps_poll(&run->taps, polled);
    at = add_single(run, at);
    at = add_children(run, at);
    for (size_t i = 0; i < INFLOW_FDS_MOST && !run->schedule.cancelled; i++)
        at = add(at, inflow_fd(&run->jobs.supply.inflow, i), POLLIN);
    for (size_t i = 0; i < READERS_MOST; i++) {
        const struct outlet *outlet = readers_queue(run, i);
        at = outlet != NULL ? add(at, outlet->fd, POLLOUT) : at;
    }
    return (nfds_t)(at - polled);
}

int64_t waiting_until_ns(struct run *run)
{
    int64_t due_ns = timers_next_ns(&run->timers);
    int64_t inflow_ns = inflow_next_ns(&run->jobs.supply.inflow);
    int64_t next_ns = due_ns < inflow_ns ? due_ns : inflow_ns;
    return run->more ? 0 : next_ns;
}

int waiting_for(struct run *run, struct pollfd *polled)
{
    nfds_t count = waiting_fill(run, polled);
    return clock_wait(polled, count, waiting_until_ns(run));
}
