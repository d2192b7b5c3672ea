/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_TESTS_LINK_TUNNEL_H
#define TCPSHAKE_TESTS_LINK_TUNNEL_H

/* Makes a TUN device and returns its descriptor, non-blocking: datagrams, without a header. place
 * is NAME, or NAME@PATH with the path of a network namespace. The device lives as long as the
 * descriptor. Returns -1 after a message on standard error. */
int tunnel_open(const char *place);

#endif
