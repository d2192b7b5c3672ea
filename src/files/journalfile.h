/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of a journal: see targets/journal.h for what is in it. */
#ifndef TCPSHAKE_FILES_JOURNALFILE_H
#define TCPSHAKE_FILES_JOURNALFILE_H

#include "base/error.h"
#include "targets/journal.h"

struct journal_file {
    int fd;
    const char *path; /* borrowed */
    uint8_t header[JOURNAL_BLOCK];
    uint64_t newest_offset, newest_size; /* of the record that counts; size 0: there is none */
    uint64_t sequence;                   /* of that one */
    uint8_t *record;                     /* owned: the last one that was read or written */
    size_t record_capacity;
};

/* Opens the journal of a run, or makes it where it is missing, and locks it against other runs.
 * *resumes is whether there is a state to go on from, in *state, which borrows from *file until
 * journal_file_save. Returns 0, or -1 with *error set: STATUS_USAGE for what is no journal of this
 * run, STATUS_RUN for what cannot be opened, read or written. */
int journal_file_open(struct journal_file *file, const char *path,
                      const struct journal_binding *binding, struct journal_state *state,
                      bool *resumes, struct error *error);

/* Writes a state (its sequence is set here) and syncs it. The output was synced before up to
 * state->output_length. After an error the state before still counts. Inside the sandbox it needs
 * lseek(2), write(2) and fsync(2). */
int journal_file_save(struct journal_file *file, struct journal_state *state, struct error *error);

void journal_file_close(struct journal_file *file);

#endif
