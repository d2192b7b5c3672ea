/* SPDX-License-Identifier: BSD-2-Clause */
/* The operands of -r as one expression of pcap-filter(7). */
#ifndef TCPSHAKE_RUN_EXPRESSION_H
#define TCPSHAKE_RUN_EXPRESSION_H

#include <stddef.h>

/* The words with a space between two, as tcpdump takes them; ADDRESS:PORT and [ADDRESS]:PORT, as
 * reports print them, stand for "(host ADDRESS and port PORT)". To be freed; NULL where memory ran
 * out. */
char *expression_join(char *const *words, size_t count);

#endif
