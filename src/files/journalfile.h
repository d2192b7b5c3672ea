/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of a journal; targets/journal.h describes its contents. */
#ifndef TCPSHAKE_FILES_JOURNALFILE_H
#define TCPSHAKE_FILES_JOURNALFILE_H

#include "base/error.h"
#include "targets/journal.h"

struct journal_file {
    int fd;
    const char *path; /* borrowed */
    bool fresh;       /* made for this run */
    uint8_t header[JOURNAL_BLOCK];
    uint64_t newest_offset, newest_size;   /* of the valid record; size 0: there is none */
    uint64_t sequence;                     /* of that one */
    uint64_t written_offset, written_size; /* of the record that is written and not synced */
    uint8_t *record;                       /* owned: the last one read or written */
    size_t record_capacity;
};

/* Opens the journal of a run, or creates it, and locks it against other runs. If *resumes, *state
 * is the state to continue from; it borrows from *file until journal_file_save. Returns 0, or -1
 * with *error set: STATUS_USAGE if it is not a journal of this run, STATUS_RUN if it cannot be
 * opened, read or written. */
int journal_file_open(struct journal_file *file, const char *path,
                      const struct journal_binding *binding, struct journal_state *state,
                      bool *resumes, struct error *error);

/* Writes a state, sets its sequence, and syncs the file. Sync the output up to state->output_length
 * before. After an error, the previous state is still valid. It calls lseek(2), write(2) and
 * fsync(2) only, which the sandbox allows. */
int journal_file_save(struct journal_file *file, struct journal_state *state, struct error *error);

/* The same in two steps: writes a state; after the file was synced, journal_file_synced makes it
 * the one that is not overwritten. Without that, the next one takes its place. */
int journal_file_write(struct journal_file *file, struct journal_state *state, struct error *error);
void journal_file_synced(struct journal_file *file);

/* Removes the file if it is fresh, for a run that has not begun. It stays open. */
void journal_file_withdraw(const struct journal_file *file);

void journal_file_close(struct journal_file *file);

#endif
