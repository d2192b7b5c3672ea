/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_TCP_ORIGIN_H
#define TCPSHAKE_TCP_ORIGIN_H

/* How a segment became known. */
enum origin {
    ORIGIN_WIRE,
    ORIGIN_USER_SPACE,   /* ours, not captured: stamped when it was handed to the kernel */
    ORIGIN_FOREIGN,      /* from a capture of others, where the network card may fill in checksums
                          * or addresses may have been changed: they count from the first right one
                          * on */
    ORIGIN_LOCAL_KERNEL, /* carries our tuple but was not sent by us */
    ORIGIN_PATH,         /* of --path, or an answer to it: the tracker never sees it */
    ORIGIN_CONTROL,      /* of the plain connection beside a failed offer, which has no record */
    ORIGIN_PATH_MTU,     /* the same of --path-mtu */
};

#endif
