/* SPDX-License-Identifier: BSD-2-Clause */
/* The output of a run that can be resumed: written in place and synced, cut back to where the
 * journal has it, and summed up once, at the end. */
#ifndef TCPSHAKE_OUTPUT_INPLACE_H
#define TCPSHAKE_OUTPUT_INPLACE_H

#include "output/output.h"

/* Whether path is the output itself, which cannot be the journal too. */
bool inplace_is_at(const struct output *output, const char *path);

/* For a run that begins: locks the output, which has to be empty. Returns 0, or -1 with *error set.
 */
int inplace_begin(const struct output *output, struct error *error);

/* For a run that is resumed: locks the output, cuts it back to length, and reads what
 * inplace_archive wrote. To be called before output_begin. Returns 0, or -1 with *error set. */
int inplace_continue(struct output *output, uint64_t length, const uint8_t *saved, size_t saved_len,
                     struct error *error);

/* Writes what the rest of the report depends on: the figures of the summary, and how a table is
 * laid out. Returns the length, of which out holds up to size octets. */
size_t inplace_archive(struct output *output, uint8_t *out, size_t size);

/* Writes out what was reported; *length is that of the file. Returns 0, or -1 with *error set. */
int inplace_flush(struct output *output, uint64_t *length, struct error *error);

/* The same, and syncs the file. */
int inplace_sync(struct output *output, uint64_t *length, struct error *error);

/* From now on connections are neither reported nor counted. */
void inplace_freeze(struct output *output);

/* Reports the summaries and syncs the file; output_close then does not report them again, and
 * returns output->status. *length is that of the file. Returns 0, or -1 with *error set. */
int inplace_conclude(struct output *output, uint64_t *length, struct error *error);

/* For a run that was concluded before, with that status: nothing is written. Returns 0, or -1 with
 * *error set if the output is shorter than length. */
int inplace_was_concluded(struct output *output, uint64_t length, int status, struct error *error);

#endif
