/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/journaling.h"

#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"
#include "net/clock.h"
#include "output/inplace.h"
#include "targets/siphash.h"

#define SAVED_FIRST_NS INT64_C(50000000)
#define SAVED_EVERY_NS INT64_C(1000000000)
#define SAVING_SHARE   20 /* saving takes at most one part in 20 of the time */
#define ROOM_FIRST     65536u

/* What identifies the run */

static const uint64_t digest_key[2] = {UINT64_C(0x72657375), UINT64_C(0x6d65)};

static uint64_t digest_of(const uint64_t *numbers, size_t count, const void *octets, size_t len)
{
    struct siphash hash;
    siphash_begin(&hash, digest_key);
    for (size_t i = 0; i < count; i++)
        siphash_add_number(&hash, numbers[i]);
    siphash_add(&hash, octets, len);
    return siphash_end(&hash);
}

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t digest_of_plan(const struct options *options)
{
    const uint64_t numbers[] = {
        options->close,      (uint64_t)options->hold_ns, (uint64_t)options->time_wait_ns,
        options->offers,     options->compare,           options->path,
        options->hops_max,   options->path_mtu,          options->mss,
        options->ttl,        options->control_port,      options->family,
        options->payload_len};
    return digest_of(numbers, LENGTH(numbers), options->payload, options->payload_len);
}

static uint64_t digest_of_conditions(const struct options *options)
{
    const struct expectation *expectation = &options->expectation;
    const struct conditions *conditions = &options->conditions;
    const uint64_t numbers[] = {expectation->port_states,          expectation->closes,
                                (uint64_t)expectation->max_rtt_ns, conditions->fail_after,
                                conditions->succeed_after,         (uint64_t)conditions->max_loss};
    return digest_of(numbers, LENGTH(numbers), NULL, 0);
}

static uint64_t digest_of_form(const struct options *options)
{
    uint64_t numbers[5 + SELECTION_KINDS] = {(uint64_t)options->verbosity, options->color,
                                             options->ascii, options->timestamps,
                                             options->only.given};
    for (size_t i = 0; i < SELECTION_KINDS; i++)
        numbers[5 + i] = options->only.values[i];
    return digest_of(numbers, LENGTH(numbers), options->format, strlen(options->format));
}

static struct journal_binding binding_of(const struct journaling *journaling)
{
    const struct options *options = journaling->options;
    const struct supply *supply = &journaling->jobs->supply;
    return (struct journal_binding){
        .targets = space_digest(&supply->space),
        .exclusions = space_exclusions_digest(&supply->space),
        .plan = digest_of_plan(options),
        .connections = options->count,
        .as_written = options->in_order,
        .seed = options->in_order ? 0 : supply->seed,
        .shard = options->shard.number,
        .shards = options->shard.count,
        .conditions = digest_of_conditions(options),
        .form = digest_of_form(options),
    };
}

/* Writing */

static int make_room(struct octets *octets, size_t size, struct error *error)
{
    if (size <= octets->capacity)
        return 0;
    uint8_t *grown = realloc(octets->bytes, 2 * size);
    if (grown == NULL)
        return error_set_memory(error, "out of memory for the journal");
    octets->bytes = grown;
    octets->capacity = 2 * size;
    return 0;
}

static void put_pending(struct octets *octets, size_t *count, uint64_t place, uint64_t reported)
{
    const struct journal_pending pending = {.place = place, .reported = reported};
    journal_pending_put(octets->bytes + *count * JOURNAL_PENDING_BYTES, &pending);
    ++*count;
}

/* The targets that were taken and are not completely reported. */
static int gather_pending(struct journaling *journaling, size_t *count, struct error *error)
{
    const struct jobs *jobs = journaling->jobs;
    const struct supply *supply = &jobs->supply;
    size_t most = jobs->count + supply->unfinished_count - supply->unfinished_next;
    if (make_room(&journaling->pending, most * JOURNAL_PENDING_BYTES, error) != 0)
        return -1;
    for (const struct job *job = jobs->first; job != NULL; job = job->after)
        if (job->reported < journaling->options->count)
            put_pending(&journaling->pending, count, job->walk_place, job->reported);
    for (size_t i = supply->unfinished_next; i < supply->unfinished_count; i++)
        put_pending(&journaling->pending, count, supply->unfinished[i].place,
                    supply->unfinished[i].reported);
    return 0;
}

static int gather_summary(struct journaling *journaling, size_t *len, struct error *error)
{
    struct octets *octets = &journaling->summary;
    if (make_room(octets, ROOM_FIRST, error) != 0)
        return -1;
    *len = inplace_archive(journaling->output, octets->bytes, octets->capacity);
    if (*len <= octets->capacity)
        return 0;
    if (make_room(octets, *len, error) != 0)
        return -1;
    inplace_archive(journaling->output, octets->bytes, octets->capacity);
    return 0;
}

/* The state of the run as of now; length is that of the output. It borrows from the journaling. */
static int gather(struct journaling *journaling, uint64_t length, uint64_t status,
                  struct error *error)
{
    struct journal_state *state = &journaling->state;
    *state = (struct journal_state){.position = walk_position(&journaling->jobs->supply.walk),
                                    .output_length = length,
                                    .status = status};
    if (gather_pending(journaling, &state->pending_count, error) != 0 ||
        gather_summary(journaling, &state->summary_len, error) != 0)
        return -1;
    state->pending = journaling->pending.bytes;
    state->summary = journaling->summary.bytes;
    journaling->position = state->position;
    journaling->connections = tally_whole(journaling->output->tally)->connections;
    return 0;
}

/* The output is synced. Waits for the disk. */
static int save(struct journaling *journaling, uint64_t length, uint64_t status,
                struct error *error)
{
    if (gather(journaling, length, status, error) != 0)
        return -1;
    return journal_file_save(&journaling->file, &journaling->state, error);
}

static bool has_changed(const struct journaling *journaling)
{
    return journaling->position != walk_position(&journaling->jobs->supply.walk) ||
           journaling->connections != tally_whole(journaling->output->tally)->connections;
}

/* Of a record, in the order in which the disk must have it. */
enum phase {
    IDLE,
    OUTPUT_SYNCS,
    JOURNAL_SYNCS,
};

/* The files of the syncer. */
enum {
    FILE_OUTPUT,
    FILE_JOURNAL,
};

/* Without waiting for the disk. */
static int begin_record(struct journaling *journaling, struct error *error)
{
    uint64_t length = 0;
    journaling->phase = OUTPUT_SYNCS;
    if (inplace_flush(journaling->output, &length, error) != 0 ||
        gather(journaling, length, JOURNAL_UNFINISHED, error) != 0)
        return -1;
    return syncer_ask(journaling->syncer, FILE_OUTPUT, error);
}

/* After a file was synced. */
static int continue_record(struct journaling *journaling, struct error *error)
{
    if (journaling->phase == JOURNAL_SYNCS) {
        journal_file_synced(&journaling->file);
        journaling->phase = IDLE;
        return 0;
    }
    journaling->phase = JOURNAL_SYNCS;
    if (journal_file_write(&journaling->file, &journaling->state, error) != 0)
        return -1;
    return syncer_ask(journaling->syncer, FILE_JOURNAL, error);
}

static int await_sync(struct journaling *journaling, struct error *error)
{
    const struct options *options = journaling->options;
    int problem = 0, code = syncer_read(journaling->syncer, &problem, error);
    if (code <= 0)
        return code;
    if (problem == 0)
        return continue_record(journaling, error);
    return error_set_code(error, problem, "cannot write '%s'",
                          journaling->phase == OUTPUT_SYNCS ? options->output_path
                                                            : options->resume_path);
}

/* The time in which the loop does nothing else is a small part of the whole. */
static void schedule_next(struct journaling *journaling, int64_t now_ns, int64_t busy_ns)
{
    int64_t pause_ns = journaling->pause_ns;
    if (pause_ns < SAVING_SHARE * busy_ns)
        pause_ns = SAVING_SHARE * busy_ns;
    journaling->due_ns = now_ns + pause_ns;
    journaling->pause_ns *= 2;
    if (journaling->pause_ns > SAVED_EVERY_NS)
        journaling->pause_ns = SAVED_EVERY_NS;
}

int journaling_keep(struct journaling *journaling, int64_t now_ns, struct error *error)
{
    if (journaling->phase != IDLE)
        return await_sync(journaling, error);
    if (now_ns < journaling->due_ns)
        return 0;
    int code = has_changed(journaling) ? begin_record(journaling, error) : 0;
    int64_t ended_ns = clock_monotonic_ns();
    schedule_next(journaling, ended_ns, ended_ns - now_ns);
    return code;
}

int64_t journaling_due_ns(const struct journaling *journaling)
{
    return journaling->phase == IDLE ? journaling->due_ns : INT64_MAX;
}

int journaling_fd(const struct journaling *journaling)
{
    return journaling->syncer != NULL ? syncer_fd(journaling->syncer) : -1;
}

int journaling_leave(struct journaling *journaling, struct error *error)
{
    uint64_t length = 0;
    if (inplace_sync(journaling->output, &length, error) != 0)
        return -1;
    return save(journaling, length, JOURNAL_UNFINISHED, error);
}

int journaling_conclude(struct journaling *journaling, int failure, struct error *error)
{
    uint64_t length = 0;
    if (inplace_conclude(journaling->output, &length, error) != 0)
        return -1;
    unsigned status = failure != 0 ? (unsigned)failure : (unsigned)journaling->output->status;
    return save(journaling, length, status, error);
}

/* Opening */

static int resume(struct journaling *journaling, const struct journal_state *state,
                  struct error *error)
{
    journaling->concluded = state->status != JOURNAL_UNFINISHED;
    if (journaling->concluded) {
        if (inplace_was_concluded(journaling->output, state->output_length,
                                  (int)smaller((unsigned)state->status, 255), error) != 0)
            return error_context(error, "%s", journaling->options->resume_path);
        if (journaling->options->verbosity > -2)
            warning("the run of the journal '%s' is complete: nothing is left to do",
                    journaling->options->resume_path);
        return 0;
    }
    journaling->position = state->position;
    journaling->jobs->resumes = true;
    if (supply_resume(&journaling->jobs->supply, state, journaling->options->count, error) != 0 ||
        inplace_continue(journaling->output, state->output_length, state->summary,
                         state->summary_len, error) != 0)
        return error_context(error, "%s", journaling->options->resume_path);
    journaling->connections = tally_whole(journaling->output->tally)->connections;
    return 0;
}

/* The first record goes before the first octet of the output. */
static int begin(struct journaling *journaling, struct error *error)
{
    return inplace_begin(journaling->output, error) != 0
               ? -1
               : save(journaling, 0, JOURNAL_UNFINISHED, error);
}

int journaling_open(struct journaling *journaling, struct error *error)
{
    const char *path = journaling->options->resume_path;
    struct journal_binding binding;
    struct journal_state state;
    bool resumes = false;
    if (path == NULL)
        return 0;
    if (inplace_is_at(journaling->output, path))
        return error_set(error, STATUS_USAGE, "--resume and -o both name '%s': use two files",
                         path);
    binding = binding_of(journaling);
    if (journal_file_open(&journaling->file, path, &binding, &state, &resumes, error) != 0)
        return -1;
    journaling->open = true;
    journaling->pause_ns = SAVED_FIRST_NS;
    journaling->due_ns = clock_monotonic_ns() + SAVED_FIRST_NS;
    int code = resumes ? resume(journaling, &state, error) : begin(journaling, error);
    if (code != 0 || journaling->concluded)
        return code;
    const int files[SYNCER_FILES] = {
        [FILE_OUTPUT] = fileno(journaling->output->file), [FILE_JOURNAL] = journaling->file.fd};
    journaling->syncer = syncer_start(files, error);
    return journaling->syncer != NULL ? 0 : -1;
}

void journaling_close(struct journaling *journaling)
{
    if (journaling->open && !journaling->output->begun)
        journal_file_withdraw(&journaling->file);
    if (journaling->open)
        journal_file_close(&journaling->file);
    syncer_stop(journaling->syncer);
    free(journaling->pending.bytes);
    free(journaling->summary.bytes);
    journaling->open = false;
}
