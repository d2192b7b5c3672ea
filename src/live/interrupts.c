/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/interrupts.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/signals.h"
#include "net/clock.h"

int interrupts_open(struct interrupts *interrupts, const struct output *output, struct error *error)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
    static const int stopping[] = {SIGTSTP};
    interrupts->signals = signals_open(caught, sizeof caught / sizeof caught[0], error);
    if (interrupts->signals < 0)
        return -1;
    if (!output_wants_ticks(output))
        return 0;
    interrupts->stops = signals_open(stopping, 1, error);
    return interrupts->stops >= 0 ? 0 : -1;
}

void interrupts_close(struct interrupts *interrupts)
{
    if (interrupts->stops >= 0)
        close(interrupts->stops);
    if (interrupts->signals >= 0)
        close(interrupts->signals);
}

/* The signal is left pending until the terminal is free; then it stops the process here. */
static void stop_if_asked(const struct interrupts *interrupts, struct output *output)
{
    struct pollfd asked = {.fd = interrupts->stops, .events = POLLIN};
    sigset_t stop;
    if (interrupts->stops < 0 || poll(&asked, 1, 0) <= 0)
        return;
    output_hide(output);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, NULL);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    output_resized(output);
}

static void show_interim(struct output *output, const struct output_outlook *outlook)
{
    output_interim(output);
    output_status(output, outlook, clock_monotonic_ns());
}

unsigned interrupts_take(const struct interrupts *interrupts, struct output *output,
                         const struct output_outlook *outlook, bool stuck)
{
    struct signalfd_siginfo info;
    unsigned ends = 0;
    while (read(interrupts->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGQUIT && !stuck)
            show_interim(output, outlook);
        else if (info.ssi_signo == SIGWINCH)
            output_resized(output);
        else
            ends++;
    }
    stop_if_asked(interrupts, output);
    return ends;
}
