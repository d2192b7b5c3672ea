/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/conclusion.h"

#include "live/run/needs.h"
#include "output/inplace.h"

/* Returns 0, or -1 with *error set. */
static int judge_lists(const struct run *run, struct error *error)
{
    uint64_t bad = supply_bad_lines(&run->jobs.supply);
    if (bad > 0 && !output_invalid_lines(run->output, bad))
        return error_set(error, STATUS_USAGE, "%llu line%s of the lists %s invalid",
                         (unsigned long long)bad, bad == 1 ? "" : "s", bad == 1 ? "is" : "are");
    return supply_judge(&run->jobs.supply, error);
}

/* Status and return value as in conclusion_of. */
static int check_lists(const struct run *run, int status, struct error *error)
{
    if (status == 0 && jobs_found_none(&run->jobs)) {
        *error = run->jobs.supply.hosts.why_not_found;
        return -1;
    }
    if (supply_is_empty(&run->jobs.supply))
        output_may_be_empty(run->output);
    return status == 0 ? judge_lists(run, error) : status;
}

/* How many connections the run has left. */
static uint64_t connections_left(const struct run *run)
{
    uint64_t planned = needs_connections(&run->jobs);
    uint64_t done = tally_whole(run->output->tally)->connections;
    return planned > done ? planned - done : 0;
}

static int tell_interrupted(const struct run *run, struct error *error)
{
    return error_set(
        error, STATUS_RUN,
        "interrupted with %llu of %llu connections to go: run the same command again to "
        "continue",
        (unsigned long long)connections_left(run),
        (unsigned long long)needs_connections(&run->jobs));
}

/* Without a journal nothing else tells a report that is cut short from a whole one. */
static void tell_deadline(const struct run *run)
{
    uint64_t planned = needs_connections(&run->jobs);
    if (!run->out_of_time || planned == UINT64_MAX || run->options->verbosity <= -2)
        return;
    uint64_t left = connections_left(run);
    if (left > 0)
        warning("--deadline has passed with %llu of %llu connections to go: a run with --resume "
                "can be continued",
                (unsigned long long)left, (unsigned long long)planned);
}

/* Leaves the record that the run is resumed from. Where the output cannot be written, the record
 * before is valid. Status and return value as in conclusion_of. */
static int leave_journal(struct run *run, int status, struct error *error)
{
    struct error late;
    inplace_freeze(run->output);
    if (output_is_broken(run->output))
        return status; /* output_close says why */
    int code = journaling_leave(&run->journaling, &late);
    if (status != 0)
        return status;
    if (code != 0)
        *error = late;
    return code != 0 ? code : tell_interrupted(run, error);
}

/* Status and return value as in conclusion_of. */
static int conclude_journal(struct run *run, int status, struct error *error)
{
    struct error late;
    int failure = status != 0 ? (int)error->status : STATUS_OK;
    if (journaling_conclude(&run->journaling, failure, &late) == 0)
        return status;
    *error = late;
    return -1;
}

int conclusion_of(struct run *run, int status, struct error *error)
{
    if (run->journaling.open && (status != 0 || run->interrupted))
        return leave_journal(run, status, error);
    tell_deadline(run);
    status = check_lists(run, status, error);
    return run->journaling.open ? conclude_journal(run, status, error) : status;
}
