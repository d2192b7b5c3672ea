/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/journalfile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/outfile.h"

#define RECORD_MAX (UINT64_C(1) << 32)

static int tell(const struct journal_file *file, const char *verb, struct error *error)
{
    return error_set_code(error, errno, "cannot %s the journal '%s'", verb, file->path);
}

/* Reads up to len octets at an offset, fewer at the end of the file; -1 with errno. */
static ssize_t read_at(const struct journal_file *file, uint64_t offset, void *out, size_t len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = pread(file->fd, (char *)out + got, len - got, (off_t)(offset + got));
        if (n < 0 && errno != EINTR)
            return -1;
        if (n == 0)
            break;
        got += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)got;
}

static int write_at(const struct journal_file *file, uint64_t offset, const uint8_t *octets,
                    size_t len)
{
    if (lseek(file->fd, (off_t)offset, SEEK_SET) < 0)
        return -1;
    while (len > 0) {
        ssize_t n = write(file->fd, octets, len);
        if (n < 0 && errno != EINTR)
            return -1;
        octets += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int make_room(struct journal_file *file, uint64_t size, struct error *error)
{
    if (size <= file->record_capacity)
        return 0;
    uint8_t *larger = realloc(file->record, (size_t)size);
    if (larger == NULL)
        return error_set_memory(error, "out of memory for the journal '%s'", file->path);
    file->record = larger;
    file->record_capacity = (size_t)size;
    return 0;
}

static int size_of(const struct journal_file *file, uint64_t *size, struct error *error)
{
    struct stat found;
    if (fstat(file->fd, &found) != 0)
        return tell(file, "read", error);
    *size = (uint64_t)found.st_size;
    return 0;
}

/* Reads the record at an offset into file->record. Returns 1, 0 if there is none, or -1 with *error
 * set. */
static int read_record(struct journal_file *file, uint64_t offset, uint64_t size,
                       struct journal_state *state, struct error *error)
{
    uint8_t head[JOURNAL_HEAD_BYTES];
    ssize_t got = read_at(file, offset, head, sizeof head);
    if (got < 0)
        return tell(file, "read", error);
    uint64_t most = size - offset < RECORD_MAX ? size - offset : RECORD_MAX;
    uint64_t len = got == sizeof head ? journal_record_length(head, most) : 0;
    if (len == 0)
        return 0;
    if (make_room(file, len, error) != 0)
        return -1;
    got = read_at(file, offset, file->record, (size_t)len);
    if (got < 0)
        return tell(file, "read", error);
    return (uint64_t)got == len &&
           journal_record_read(file->record, (size_t)len, file->header, offset, state);
}

/* Finds the record with the highest sequence number. */
static int find_newest(struct journal_file *file, uint64_t size, struct error *error)
{
    struct journal_state state = {0};
    for (uint64_t offset = JOURNAL_BLOCK; offset < size; offset += JOURNAL_BLOCK) {
        int found = read_record(file, offset, size, &state, error);
        if (found < 0)
            return -1;
        if (found > 0 && (file->newest_size == 0 || state.sequence > file->sequence)) {
            file->newest_offset = offset;
            file->newest_size = journal_record_size(&state);
            file->sequence = state.sequence;
        }
    }
    return 0;
}

/* Writes the header of an empty file, or of one with an incomplete header. */
static int begin(struct journal_file *file, const struct journal_binding *binding,
                 struct error *error)
{
    journal_header_write(binding, file->header);
    if (write_at(file, 0, file->header, JOURNAL_BLOCK) != 0 || fsync(file->fd) != 0)
        return tell(file, "write", error);
    return 0;
}

static int check_header(struct journal_file *file, const struct journal_binding *binding,
                        uint64_t size, bool *empty, struct error *error)
{
    struct journal_binding found;
    ssize_t len = read_at(file, 0, file->header, JOURNAL_BLOCK);
    if (len < 0)
        return tell(file, "read", error);
    enum journal_header header = journal_header_read(file->header, (size_t)len, size, &found);
    *empty = header == JOURNAL_EMPTY;
    if (header == JOURNAL_ALIEN)
        return error_set(error, STATUS_USAGE,
                         "'%s' is not a journal of --resume: name a journal or a new file",
                         file->path);
    if (header == JOURNAL_DAMAGED)
        return error_set(error, STATUS_USAGE,
                         "the journal '%s' is damaged: remove it and the output, and start again",
                         file->path);
    const char *difference = *empty ? NULL : journal_difference(&found, binding);
    if (difference == NULL)
        return 0;
    return error_set(
        error, STATUS_USAGE,
        "the journal '%s' belongs to a run with %s: repeat its options, or name another "
        "journal",
        file->path, difference);
}

static int lock(const struct journal_file *file, struct error *error)
{
    int code = outfile_lock(file->fd);
    if (code > 0 || (code == 0 && !outfile_is_named(file->fd, file->path)))
        return error_set(error, STATUS_USAGE,
                         "the journal '%s' is in use by another run: wait for its end", file->path);
    return code == 0 ? 0 : tell(file, "lock", error);
}

/* made: the file was created when it was opened. */
static int load(struct journal_file *file, const struct journal_binding *binding, bool made,
                struct journal_state *state, struct error *error)
{
    uint64_t size = 0;
    bool empty = false;
    if (lock(file, error) != 0 || size_of(file, &size, error) != 0 ||
        check_header(file, binding, size, &empty, error) != 0)
        return -1;
    file->fresh = made && empty;
    if (empty)
        return begin(file, binding, error);
    if (find_newest(file, size, error) != 0)
        return -1;
    if (file->newest_size == 0)
        return 0;
    if (read_record(file, file->newest_offset, size, state, error) > 0)
        return 0;
    return error_set(error, STATUS_RUN, "the journal '%s' changed while it was read", file->path);
}

int journal_file_open(struct journal_file *file, const char *path,
                      const struct journal_binding *binding, struct journal_state *state,
                      bool *resumes, struct error *error)
{
    bool made = false;
    *file = (struct journal_file){.path = path, .fd = outfile_update(path, &made, error)};
    if (file->fd < 0)
        return -1;
    if (load(file, binding, made, state, error) != 0) {
        journal_file_withdraw(file);
        journal_file_close(file);
        return -1;
    }
    *resumes = file->newest_size > 0;
    return 0;
}

int journal_file_write(struct journal_file *file, struct journal_state *state, struct error *error)
{
    uint64_t size = journal_record_size(state);
    uint64_t offset = journal_next_offset(file->newest_offset, file->newest_size, size);
    if (make_room(file, size, error) != 0)
        return -1;
    state->sequence = file->sequence + 1;
    journal_record_write(state, file->header, offset, file->record);
    if (write_at(file, offset, file->record, (size_t)size) != 0)
        return tell(file, "write", error);
    file->written_offset = offset;
    file->written_size = size;
    return 0;
}

void journal_file_synced(struct journal_file *file)
{
    file->newest_offset = file->written_offset;
    file->newest_size = file->written_size;
    file->sequence++;
}

int journal_file_save(struct journal_file *file, struct journal_state *state, struct error *error)
{
    if (journal_file_write(file, state, error) != 0)
        return -1;
    if (fsync(file->fd) != 0)
        return tell(file, "write", error);
    journal_file_synced(file);
    return 0;
}

void journal_file_withdraw(const struct journal_file *file)
{
    if (file->fresh)
        outfile_withdraw(file->fd, file->path);
}

void journal_file_close(struct journal_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->record);
    file->record = NULL;
    file->fd = -1;
}
