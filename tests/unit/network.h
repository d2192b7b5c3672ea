/* SPDX-License-Identifier: BSD-2-Clause */
/* A network of a unit test's own: a namespace with a device whose other end is the test. */
#ifndef TCPSHAKE_TESTS_NETWORK_H
#define TCPSHAKE_TESTS_NETWORK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Moves the process into a network namespace of its own, with its loopback device up. Returns false
 * where this system does not allow it. Before the first thread, so from main. */
bool network_alone(void);

/* Makes a device (tap: with Ethernet headers) with an IPv4 address and 255.255.255.0 in host byte
 * order, and brings it up. Returns a descriptor that frames are written to and read from, or -1
 * where this system does not allow it. */
int network_device(const char *name, bool tap, uint32_t address);

/* An IPv4 datagram with a TCP segment of len octets of payload, all zero; checksums are right.
 * Returns its length. */
size_t network_segment(uint8_t *out, uint32_t src, uint16_t src_port, uint32_t dst,
                       uint16_t dst_port, uint32_t seq, uint8_t flags, size_t len);

/* Asks rtnetlink(7) for a change of that type, RTM_NEWROUTE for example. Returns 0, or the errno of
 * its refusal. */
int network_change(struct nlmsghdr *request, uint16_t type);

#endif
