/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/settings.h"

#include <stdio.h>

#define RANGE    "/proc/sys/net/ipv4/ip_local_port_range" /* of IPv6 as well */
#define RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"
#define TEXT_MAX 65536

#define THRESHOLD_DEFAULT 1024 /* gc_thresh3 of Linux, which a network namespace does not show */
#define THRESHOLD_LEAST   16

static void read_text(const char *path, char out[TEXT_MAX])
{
    FILE *file = fopen(path, "re");
    size_t len = 0;
    if (file != NULL) {
        len = fread(out, 1, TEXT_MAX - 1, file);
        fclose(file);
    }
    out[len] = '\0';
}

void settings_ephemeral(struct ephemeral *ephemeral)
{
    static char range[TEXT_MAX], reserved[TEXT_MAX];
    read_text(RANGE, range);
    read_text(RESERVED, reserved);
    ephemeral_parse(range, reserved, ephemeral);
}

unsigned settings_neighbours(enum family family)
{
    int threshold = THRESHOLD_DEFAULT;
    const char *path = family == FAMILY_IPV6 ? "/proc/sys/net/ipv6/neigh/default/gc_thresh3"
                                             : "/proc/sys/net/ipv4/neigh/default/gc_thresh3";
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return THRESHOLD_DEFAULT;
    /* Nine digits are no overflow; a negative number is taken by the kernel, and is no room.
     * NOLINTNEXTLINE(cert-err34-c) */
    if (fscanf(file, "%9d", &threshold) != 1 || threshold < THRESHOLD_LEAST)
        threshold = THRESHOLD_LEAST;
    fclose(file);
    return (unsigned)threshold;
}
