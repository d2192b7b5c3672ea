/* SPDX-License-Identifier: BSD-2-Clause */
/* Files to write. In a directory that others can write to (/tmp), another user can plant links and
 * files. What the kernel's fs.protected_symlinks, protected_regular and protected_fifos refuse is
 * refused here whatever their setting: following a link of another user in a sticky directory, or
 * writing into a file or FIFO of another user there. So is a file with several names there, of
 * which another user may have made one. The owner of the directory is trusted. */
#ifndef TCPSHAKE_FILES_OUTFILE_H
#define TCPSHAKE_FILES_OUTFILE_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"

/* Creates path, or empties it, or opens the device or FIFO that is there. Returns a descriptor, or
 * -1 with *error set (STATUS_RUN, the path). */
int outfile_create(const char *path, struct error *error);

/* Opens a regular file for reading and writing without truncating it, or creates it and syncs its
 * directory; *made tells which. Returns as outfile_create does. */
int outfile_update(const char *path, bool *made, struct error *error);

/* Whether path still leads to the file that is open there; false if it was removed or replaced. */
bool outfile_is_named(int fd, const char *path);

/* Removes the file that outfile_update made at path and that is open there, for a run that has not
 * begun to write. The caller has locked it. */
void outfile_withdraw(int fd, const char *path);

/* A file that appears under its name complete or not at all. */
struct outfile {
    int fd;                       /* to write to */
    int directory;                /* of the name; -1: the path is no regular file, and is written
                                     to as it is */
    char name[NAME_MAX + 1];      /* in the end */
    char temporary[NAME_MAX + 1]; /* until then, if it has one; "": none */
};

/* Opens a temporary file in the directory of path, or what is at path if that is a device, a FIFO
 * or a descriptor. It has no name if the file system allows that; otherwise a signal that ends the
 * process removes it, one at a time. It has the mode of the file that it replaces, and its owner
 * and group if allowed. *file stays where it is until outfile_end. Returns 0, or -1 with *error
 * set.
 */
int outfile_begin(struct outfile *file, const char *path, struct error *error);

/* Whether path leads to the file that is replaced, or to the FIFO or file that is written to as it
 * is; a character device can be written to twice. */
bool outfile_is_at(const struct outfile *file, const char *path);

/* Whether both paths lead to one file that exists, and has a content. */
bool outfile_is_same(const char *one, const char *other);

/* Gives the finished file its name. Returns 0 or an errno, after which the temporary file is still
 * to be discarded. Uses file->fd, which the caller closes afterwards. */
int outfile_publish(struct outfile *file);

/* Removes the temporary file unless it was published, and closes the directory. */
void outfile_end(struct outfile *file);

/* Locks a file that is open for writing, for this process alone: no child inherits the lock, so
 * that it ends with the process, whatever a child still does (fcntl(2), F_SETLK). The lock also
 * ends when the process closes any descriptor of the file. Returns 0, 1 if another process has
 * locked it, or -1 with errno. */
int outfile_lock(int fd);

#endif
