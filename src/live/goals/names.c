/* SPDX-License-Identifier: BSD-2-Clause */
/* getaddrinfo(3) asks one question at a time and cannot be interrupted: so each question has a
 * child, and a child that takes too long is ended and replaced. */
#include "live/goals/names.h"

#include <poll.h>

#include "net/clock.h"

#define CLERKS_MOST 16u /* children, each with one name at a time */

struct clerk {
    struct resolver *resolver; /* NULL: not started */
    struct name *name;         /* that it is asked for; NULL: none */
    int64_t asked_ns;
};

struct office {
    const struct names_request *request;
    struct clerk clerks[CLERKS_MOST];
    struct name *next, *end; /* not asked for yet */
    size_t left;             /* not decided */
};

/* The error is that of the name, and not of the run. */
static void give_up(struct name *name, int64_t waited_ns, const char *why)
{
    name->resolution = (struct resolution){.result = -1, .duration_ns = waited_ns};
    error_set(&name->resolution.error, STATUS_USAGE, "cannot resolve '%.80s': %s", name->host, why);
    name->resolution.error.unresolved = 1;
}

static void dismiss(struct clerk *clerk)
{
    resolver_stop(clerk->resolver);
    *clerk = (struct clerk){0};
}

static int64_t due_ns(const struct office *office, const struct clerk *clerk)
{
    const struct names_request *request = office->request;
    int64_t left_ns = request->deadline_ns - clerk->asked_ns;
    return clerk->asked_ns + (left_ns < request->timeout_ns ? left_ns : request->timeout_ns);
}

/* Gives a clerk the next name. A name that is too long is decided at once. */
static int assign(struct office *office, struct clerk *clerk, struct error *error)
{
    struct error refusal;
    if (clerk->resolver == NULL && (clerk->resolver = resolver_start(error)) == NULL)
        return -1;
    clerk->name = office->next++;
    clerk->asked_ns = clock_monotonic_ns();
    if (resolver_ask(clerk->resolver, clerk->name->host, office->request->family, &refusal) == 0)
        return 0;
    *error = refusal;
    if (refusal.status != STATUS_USAGE)
        return -1;
    refusal.unresolved = 1;
    clerk->name->resolution = (struct resolution){.result = -1, .error = refusal};
    clerk->name = NULL;
    office->left--;
    return 0;
}

static int assign_all(struct office *office, struct error *error)
{
    for (size_t i = 0; i < CLERKS_MOST; i++)
        while (office->clerks[i].name == NULL && office->next < office->end)
            if (assign(office, &office->clerks[i], error) != 0)
                return -1;
    return 0;
}

/* Takes the answer, or ends the wait for it. Returns whether the name is decided, or -1. */
static int look_after(const struct office *office, struct clerk *clerk, struct error *error)
{
    int64_t now_ns = clock_monotonic_ns();
    if (clerk->name == NULL)
        return 0;
    int code = resolver_read(clerk->resolver, &clerk->name->resolution, error);
    if (code == 1)
        clerk->name = NULL;
    if (code != 0 || now_ns < due_ns(office, clerk))
        return code;
    give_up(clerk->name, now_ns - clerk->asked_ns,
            now_ns >= office->request->deadline_ns ? "no answer before the deadline"
                                                   : "no answer within the time of -W");
    dismiss(clerk);
    return 1;
}

static int look_after_all(struct office *office, struct error *error)
{
    for (size_t i = 0; i < CLERKS_MOST; i++) {
        int code = look_after(office, &office->clerks[i], error);
        if (code < 0)
            return -1;
        office->left -= (size_t)code;
    }
    return 0;
}

static void wait_for_answers(const struct office *office)
{
    struct pollfd polled[CLERKS_MOST];
    int64_t until_ns = INT64_MAX;
    nfds_t count = 0;
    for (size_t i = 0; i < CLERKS_MOST; i++) {
        const struct clerk *clerk = &office->clerks[i];
        if (clerk->name == NULL)
            continue;
        polled[count++] = (struct pollfd){.fd = resolver_fd(clerk->resolver), .events = POLLIN};
        int64_t at_ns = due_ns(office, clerk);
        until_ns = at_ns < until_ns ? at_ns : until_ns;
    }
    if (count > 0)
        clock_wait(polled, count, until_ns); /* the answers are read whatever it says */
}

int names_resolve(struct name *names, size_t count, const struct names_request *request,
                  struct error *error)
{
    struct office office = {.request = request, .next = names, .end = names + count, .left = count};
    int code = 0;
    while (code == 0 && office.left > 0) {
        code = assign_all(&office, error);
        if (code == 0 && office.left > 0) {
            wait_for_answers(&office);
            code = look_after_all(&office, error);
        }
    }
    for (size_t i = 0; i < CLERKS_MOST; i++)
        dismiss(&office.clerks[i]);
    return code;
}
