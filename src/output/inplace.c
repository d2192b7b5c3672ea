/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/inplace.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/outfile.h"
#include "report/row.h"

static int tell(const struct output *output, const char *verb, struct error *error)
{
    return error_set_code(error, errno, "cannot %s '%s'", verb, output->path);
}

bool inplace_is_at(const struct output *output, const char *path)
{
    return outfile_is_named(fileno(output->file), path);
}

/* Locks it. Returns its size, or -1 with *error set. */
static off_t take_file(const struct output *output, struct error *error)
{
    struct stat found;
    int fd = fileno(output->file);
    int code = outfile_lock(fd);
    if (code < 0)
        return tell(output, "lock", error);
    if (code > 0 || !outfile_is_named(fd, output->path))
        return error_set(error, STATUS_USAGE, "'%s' is in use by another run: wait for its end",
                         output->path);
    if (fstat(fd, &found) != 0)
        return tell(output, "read", error);
    return found.st_size;
}

int inplace_begin(const struct output *output, struct error *error)
{
    off_t size = take_file(output, error);
    if (size <= 0)
        return (int)size;
    return error_set(error, STATUS_USAGE,
                     "'%s' is not empty and the journal is new: name the journal of that output, "
                     "or another output",
                     output->path);
}

static void archive_table(struct archive *archive, struct table_layout *table)
{
    table->shown = (unsigned)archive_number(archive, table->shown, UINT32_MAX);
    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
        table->widths[i] = (unsigned)archive_number(archive, table->widths[i], ROW_MAX);
    table->dated = archive_bool(archive, table->dated);
    archive_text(archive, table->date, sizeof table->date);
}

static void archive_output(struct output *output, struct archive *archive)
{
    tally_archive(output->tally, archive);
    output->left_out = archive_number(archive, output->left_out, UINT64_MAX);
    output->report.connections = archive_number(archive, output->report.connections, UINT64_MAX);
    archive_table(archive, &output->report.table);
}

size_t inplace_archive(struct output *output, uint8_t *out, size_t size)
{
    struct archive archive = archive_to(out, size);
    archive_output(output, &archive);
    return archive.at;
}

static int read_saved(struct output *output, const uint8_t *saved, size_t saved_len,
                      struct error *error)
{
    struct archive archive = archive_from(saved, saved_len);
    archive_output(output, &archive);
    if (archive_is_read(&archive))
        return 0;
    if (tally_lacks_memory(output->tally))
        return error_set_memory(error, "out of memory for the summary of the interrupted run");
    return error_set(
        error, STATUS_USAGE,
        "the summary in the journal is that of another version of this program: finish "
        "the run with that, or begin anew with another journal and output");
}

/* The same for an output that has to have at least that length. Returns 0, or -1 with *error set.
 */
static int take_written(const struct output *output, uint64_t length, struct error *error)
{
    off_t size = take_file(output, error);
    if (size < 0)
        return -1;
    if ((uint64_t)size >= length)
        return 0;
    return error_set(error, STATUS_USAGE,
                     "'%s' is shorter than the journal says: it is not the output of that run",
                     output->path);
}

int inplace_continue(struct output *output, uint64_t length, const uint8_t *saved, size_t saved_len,
                     struct error *error)
{
    if (take_written(output, length, error) != 0)
        return -1;
    if (read_saved(output, saved, saved_len, error) != 0)
        return -1;
    if (ftruncate(fileno(output->file), (off_t)length) != 0 ||
        fseeko(output->file, (off_t)length, SEEK_SET) != 0)
        return tell(output, "cut back", error);
    output->style.continued = length > 0;
    progress_go_on(&output->progress, tally_whole(output->tally)->connections);
    return 0;
}

int inplace_flush(struct output *output, uint64_t *length, struct error *error)
{
    output_flush(output);
    if (output_is_broken(output)) {
        errno = output->report.failure;
        return tell(output, "write", error);
    }
    off_t at = lseek(fileno(output->file), 0, SEEK_CUR);
    if (at < 0)
        return tell(output, "write", error);
    *length = (uint64_t)at;
    return 0;
}

int inplace_sync(struct output *output, uint64_t *length, struct error *error)
{
    if (inplace_flush(output, length, error) != 0)
        return -1;
    return fsync(fileno(output->file)) == 0 ? 0 : tell(output, "write", error);
}

void inplace_freeze(struct output *output)
{
    output->frozen = true;
}

int inplace_conclude(struct output *output, uint64_t *length, struct error *error)
{
    if (tally_lacks_memory(output->tally))
        return error_set_memory(error, "out of memory for the summary");
    output->status = output_sum_up(output);
    if (inplace_sync(output, length, error) != 0)
        return -1;
    output->concluded = true;
    return 0;
}

int inplace_was_concluded(struct output *output, uint64_t length, int status, struct error *error)
{
    output->concluded = true;
    output->status = status;
    return take_written(output, length, error);
}
