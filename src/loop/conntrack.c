/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/conntrack.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST  "/proc/sys/net/netfilter/nf_conntrack_max"
#define COUNT "/proc/sys/net/netfilter/nf_conntrack_count"

#define FULL_PART 64u /* entries come and go while the table is full: a 64th may be free */

/* The number in a file of sysctl(8), from its beginning; -1: there is none. */
static int64_t read_number(int fd)
{
    char text[24];
    if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0)
        return -1;
    ssize_t len = read(fd, text, sizeof text - 1);
    if (len <= 0 || text[0] < '0' || text[0] > '9')
        return -1;
    text[len] = '\0';
    return strtoll(text, NULL, 10);
}

void conntrack_open(struct conntrack *conntrack)
{
    int most_fd = open(MOST, O_RDONLY | O_CLOEXEC);
    int64_t most = read_number(most_fd);
    if (most_fd >= 0)
        close(most_fd);
    *conntrack = (struct conntrack){0};
    if (most <= 0)
        return;
    conntrack->most = (uint64_t)most;
    conntrack->count_fd = open(COUNT, O_RDONLY | O_CLOEXEC);
}

void conntrack_close(struct conntrack *conntrack)
{
    if (conntrack->most > 0 && conntrack->count_fd >= 0)
        close(conntrack->count_fd);
    *conntrack = (struct conntrack){0};
}

int64_t conntrack_count(const struct conntrack *conntrack)
{
    return conntrack->most > 0 ? read_number(conntrack->count_fd) : -1;
}

bool conntrack_is_full(const struct conntrack *conntrack)
{
    int64_t count = conntrack_count(conntrack);
    return count >= 0 && (uint64_t)count >= conntrack->most - conntrack->most / FULL_PART;
}
