/* SPDX-License-Identifier: BSD-2-Clause */
#include "tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int complain(const char *what, const char *which)
{
    fprintf(stderr, "%s %s: %s\n", what, which, strerror(errno));
    return -1;
}

/* A device belongs to the namespace in which /dev/net/tun was opened. */
static int make_device(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return complain("cannot open", "/dev/net/tun");
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (ioctl(fd, TUNSETIFF, &request) == 0)
        return fd;
    complain("cannot make the device", name);
    close(fd);
    return -1;
}

static int make_elsewhere(const char *name, const char *path)
{
    int device = -1;
    int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(path, O_RDONLY | O_CLOEXEC);
    if (here < 0 || there < 0 || setns(there, CLONE_NEWNET) != 0) {
        complain("cannot enter the namespace", path);
    } else {
        device = make_device(name);
        if (setns(here, CLONE_NEWNET) != 0)
            device = complain("cannot return from the namespace", path);
    }
    if (here >= 0)
        close(here);
    if (there >= 0)
        close(there);
    return device;
}

int tunnel_open(const char *place)
{
    char name[IFNAMSIZ] = "";
    const char *at = strchr(place, '@');
    size_t len = at != NULL ? (size_t)(at - place) : strlen(place);
    if (len == 0 || len >= sizeof name) {
        fprintf(stderr, "not NAME or NAME@NAMESPACE: %s\n", place);
        return -1;
    }
    memcpy(name, place, len);
    return at != NULL ? make_elsewhere(name, at + 1) : make_device(name);
}
