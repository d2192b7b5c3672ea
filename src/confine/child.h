/* SPDX-License-Identifier: BSD-2-Clause */
/* A child process without capabilities and without open files except a socket to its parent, and
 * those of its role: for work on input from the network, or that the sandbox does not allow.
 * Questions and answers are one datagram each. */
#ifndef TCPSHAKE_CONFINE_CHILD_H
#define TCPSHAKE_CONFINE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "confine/sandbox.h"

struct child {
    int fd; /* a socket of datagrams (SOCK_SEQPACKET) */
    pid_t pid;
};

/* What the child does: it answers questions from fd until child_receive returns false. */
typedef void child_server(int fd, void *context);

#define CHILD_FILES_MAX 32

struct child_role {
    enum sandbox_mode mode;
    child_server *serve;
    void *context;
    const char *what; /* "resolves names", for errors */
    const int *files; /* descriptors that it keeps, as CHILD_FILE(0), CHILD_FILE(1), ... */
    size_t file_count;
};

#define CHILD_FILE(n) (4 + (int)(n))

/* Starts the child, which ends with this process. To be called before the sandbox is entered.
 * Returns 0, or -1 with *error set. */
int child_start(struct child *child, const struct child_role *role, struct error *error);
void child_stop(struct child *child); /* without waiting: a busy one ends with us */
void child_end(struct child *child);  /* at once; not inside the sandbox */

/* Sets *error to how a child whose socket is closed has ended: out of memory before it could serve,
 * by a signal, or otherwise. what is that of its role. Waits up to 100 ms for the end of one that
 * still runs, and leaves it to be reaped. Returns -1. */
int child_report_end(const struct child *child, const char *what, struct error *error);

/* Confines a child: drops its capabilities, and enters Landlock and the seccomp filter of mode.
 * Returns 0, or -1 with *error set. */
int child_confine(enum sandbox_mode mode, struct error *error);

/* A datagram of exactly that length; both wait. false: the other end has gone, or the length is
 * wrong. */
bool child_receive(int fd, void *datagram, size_t len);
/* child_receive without waiting: 1, 0 if there is no datagram yet, or -1. */
int child_poll(int fd, void *datagram, size_t len);
bool child_send(int fd, const void *datagram, size_t len);

#endif
