/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of link types: those in files (LINKTYPE_) and those of libpcap (DLT_). */
#ifndef TCPSHAKE_NET_LINKTYPE_H
#define TCPSHAKE_NET_LINKTYPE_H

#include <stdint.h>

#include "wire/segment.h"

enum link link_from_linktype(uint16_t linktype); /* LINK_UNKNOWN for those that we cannot read */
enum link link_from_dlt(int dlt);
uint16_t linktype_from_dlt(int dlt);

/* The DLT_ that libpcap compiles a filter for, or -1 for LINK_UNKNOWN. */
int dlt_from_link(enum link link);

#endif
