/* SPDX-License-Identifier: BSD-2-Clause */
/* A process beside this one that has no capability and nothing open but the way back: for work that
 * strangers have a hand in, or that the sandbox leaves no room for. Question and answer are one
 * datagram each. */
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

/* What the child does: answers what comes from fd until child_receive gives false. */
typedef void child_server(int fd, void *context);

/* Starts the child, which ends with this process however that ends. To be called before the
 * sandbox is entered. Returns 0, or -1 with *error set: what names the child there. */
int child_start(struct child *child, child_server *serve, void *context, const char *what,
                struct error *error);
void child_stop(struct child *child); /* waits for nothing: one that is at work ends with us */
void child_end(struct child *child);  /* at once, and leaves nothing; not inside the sandbox */

/* Has a child give up its capabilities and what changes files, processes or the system. Returns 0,
 * or -1 with *error set. */
int child_confine(enum sandbox_mode mode, struct error *error);

/* A datagram of exactly that length; both wait. false: there is no other end any more, or what came
 * is of another length. */
bool child_receive(int fd, void *datagram, size_t len);
/* The same without waiting: 1, 0 where nothing is there yet, or -1 where nothing will come. */
int child_poll(int fd, void *datagram, size_t len);
bool child_send(int fd, const void *datagram, size_t len);

#endif
