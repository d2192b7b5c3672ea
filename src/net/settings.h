/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc says this network namespace is set to. */
#ifndef TCPSHAKE_NET_SETTINGS_H
#define TCPSHAKE_NET_SETTINGS_H

#include "net/ephemeral.h"
#include "wire/addr.h"

/* The ports that connect(2) takes: ip(7). Linux's own defaults where /proc does not say. */
void settings_ephemeral(struct ephemeral *ephemeral);

/* How many entries the table of neighbours of that family may have: gc_thresh3 of arp(7). */
unsigned settings_neighbours(enum family family);

#endif
