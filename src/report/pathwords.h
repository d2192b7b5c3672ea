/* SPDX-License-Identifier: BSD-2-Clause */
/* What --path and --path-mtu found, in words. */
#ifndef TCPSHAKE_REPORT_PATHWORDS_H
#define TCPSHAKE_REPORT_PATHWORDS_H

#include "path/mtu.h"
#include "path/path.h"
#include "report/row.h"

/* "192.0.2.254", or "no answer". */
void pathwords_address(struct row *row, const struct path_hop *hop);

/* What there is to say of a hop beside its address and its time: its name, what was changed before
 * it and where, MPLS labels, another router for the same hop, an error; the target is named as
 * such. Each is one text for the handler. */
typedef void path_remark_handler(void *context, const struct row *remark);
void pathwords_remarks(const struct path *path, uint8_t ttl, const struct report_style *style,
                       path_remark_handler *handler, void *context);

/* How far it got: "path: 3 hops, the target answers", or where it ends. */
void pathwords_end(struct row *row, const struct path *path);

/* What --path-mtu found: "path MTU: at least 1,500 octets, limited by eth0". interface may be NULL.
 */
void pathwords_mtu(struct row *row, const struct path_mtu *mtu, const char *interface);

#endif
