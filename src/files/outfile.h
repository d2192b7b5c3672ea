/* SPDX-License-Identifier: BSD-2-Clause */
/* Files to write. Whoever may write into a directory that everybody may write into (/tmp) can lay
 * links and files in our way there; what the kernel's fs.protected_symlinks, protected_regular and
 * protected_fifos refuse is refused here whatever they are set to: to follow a link in a sticky
 * directory that somebody else made, or to write into a file or FIFO there that somebody else made.
 * The owner of the directory is trusted. */
#ifndef TCPSHAKE_FILES_OUTFILE_H
#define TCPSHAKE_FILES_OUTFILE_H

#include <limits.h>

#include "base/error.h"

/* Creates path, or empties it, or opens the device or FIFO that is there. Returns a descriptor, or
 * -1 with *error set (STATUS_RUN, the path). */
int outfile_create(const char *path, struct error *error);

/* A file that appears under its name in whole or not at all. */
struct outfile {
    int fd;                       /* to write to */
    int directory;                /* where both names are; -1: the path is no regular file, and is
                                     written to as it is */
    char name[NAME_MAX + 1];      /* in the end */
    char temporary[NAME_MAX + 1]; /* until then */
};

/* Opens a temporary file beside path, or what is at path where that is a device, a FIFO or a
 * descriptor. Until outfile_end, *file stays where it is, and a signal that ends the process
 * removes the temporary file; one at a time. Returns 0, or -1 with *error set. */
int outfile_begin(struct outfile *file, const char *path, struct error *error);

/* Puts the file, of which all is written, in its place. Returns 0 or an errno; after that the
 * temporary file is still to be discarded. The descriptor is the caller's to close. */
int outfile_publish(struct outfile *file);

/* Removes the temporary file, unless it was published, and forgets the directory. */
void outfile_end(struct outfile *file);

#endif
