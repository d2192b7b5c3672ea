/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the sandbox, a child that takes too long cannot be replaced: its name is not waited for,
 * and it gets the next one when it is through. */
#include "live/goals/clerks.h"

#include <string.h>

#include "base/minmax.h"
#include "confine/confine.h"
#include "tcp/result.h"

int clerks_open(struct clerks *clerks, enum family family, int64_t timeout_ns, struct error *error)
{
    *clerks = (struct clerks){.family = family, .timeout_ns = timeout_ns};
    uint32_t room = confine_room_for_files(2 * CLERKS_MOST); /* as many again for the run */
    size_t wanted = larger(1, smaller(CLERKS_MOST, room / 2));
    for (; clerks->count < wanted; clerks->count++)
        if ((clerks->list[clerks->count].resolver = resolver_start(error)) == NULL)
            return -1;
    return 0;
}

void clerks_close(struct clerks *clerks)
{
    for (size_t i = 0; i < clerks->count; i++)
        resolver_leave(clerks->list[i].resolver);
    *clerks = (struct clerks){.count = 0};
}

static struct errand *take_waiting(struct clerks *clerks)
{
    struct errand *errand = clerks->head;
    clerks->head = errand->next;
    if (clerks->head == NULL)
        clerks->tail = NULL;
    return errand;
}

static bool is_free(const struct clerk *clerk)
{
    return clerk->errand == NULL && !resolver_is_busy(clerk->resolver);
}

static int assign(const struct clerks *clerks, struct clerk *clerk, struct errand *errand,
                  int64_t now_ns, struct error *error)
{
    clerk->errand = errand;
    clerk->due_ns = now_ns + clerks->timeout_ns;
    return resolver_ask(clerk->resolver, errand->host, clerks->family, error);
}

int clerks_ask(struct clerks *clerks, struct errand *errand, int64_t now_ns, struct error *error)
{
    size_t len = strlen(errand->host);
    if (len >= RESOLVER_HOST_MAX)
        return error_set(error, STATUS_USAGE, "cannot resolve '%.80s...': a name of %zu characters",
                         errand->host, len);
    for (size_t i = 0; i < clerks->count; i++)
        if (is_free(&clerks->list[i]))
            return assign(clerks, &clerks->list[i], errand, now_ns, error);
    errand->next = NULL;
    *(clerks->tail != NULL ? &clerks->tail->next : &clerks->head) = errand;
    clerks->tail = errand;
    return 0;
}

/* The error is that of the name, and not of the run. */
static void give_up(const struct errand *errand, int64_t waited_ns, const char *why,
                    struct resolution *out)
{
    *out = (struct resolution){.result = -1, .duration_ns = waited_ns};
    error_set(&out->error, STATUS_USAGE, "cannot resolve '%.80s': %s", errand->host, why);
    out->error.unresolved = 1;
}

/* An answer that is not waited for any more is dropped. Returns as clerks_take does. */
static int look_after(const struct clerks *clerks, struct clerk *clerk, int64_t now_ns,
                      struct errand **errand, struct resolution *out, struct error *error)
{
    if (!resolver_is_busy(clerk->resolver))
        return 0;
    int code = resolver_read(clerk->resolver, out, error);
    if (code < 0 || clerk->errand == NULL)
        return code < 0 ? -1 : 0;
    if (code == 0 && now_ns < clerk->due_ns)
        return 0;
    if (code == 0)
        give_up(clerk->errand, clerks->timeout_ns, "no answer within the time of -W", out);
    *errand = clerk->errand;
    clerk->errand = NULL;
    return 1;
}

/* When errands that wait for a clerk have waited long enough; INT64_MAX: a clerk is free, or none
 * waits. */
static int64_t stuck_ns(const struct clerks *clerks)
{
    int64_t last_ns = 0;
    if (clerks->head == NULL)
        return INT64_MAX;
    for (size_t i = 0; i < clerks->count; i++) {
        if (is_free(&clerks->list[i]))
            return INT64_MAX;
        last_ns = clerks->list[i].due_ns > last_ns ? clerks->list[i].due_ns : last_ns;
    }
    return last_ns + CLERKS_STUCK_NS;
}

int clerks_take(struct clerks *clerks, int64_t now_ns, struct errand **errand,
                struct resolution *out, struct error *error)
{
    int code = 0;
    for (size_t i = 0; i < clerks->count && code == 0; i++) {
        struct clerk *clerk = &clerks->list[i];
        code = look_after(clerks, clerk, now_ns, errand, out, error);
        if (code >= 0 && clerks->head != NULL && is_free(clerk) &&
            assign(clerks, clerk, take_waiting(clerks), now_ns, error) != 0)
            code = -1;
    }
    if (code != 0 || clerks->head == NULL || now_ns < stuck_ns(clerks))
        return code;
    *errand = take_waiting(clerks);
    give_up(*errand, DURATION_UNKNOWN, "the processes that resolve names do not answer", out);
    return 1;
}

int clerks_fd(const struct clerks *clerks, size_t n)
{
    bool asked = n < clerks->count && resolver_is_busy(clerks->list[n].resolver);
    return asked ? resolver_fd(clerks->list[n].resolver) : -1;
}

int64_t clerks_next_ns(const struct clerks *clerks)
{
    int64_t next_ns = stuck_ns(clerks);
    for (size_t i = 0; i < clerks->count; i++) {
        const struct clerk *clerk = &clerks->list[i];
        if (clerk->errand != NULL && clerk->due_ns < next_ns)
            next_ns = clerk->due_ns;
    }
    return next_ns;
}
