/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments from the fuzzer's octets, with numbers that often come near to what is acceptable. */
#ifndef TCPSHAKE_TESTS_FUZZ_STREAM_H
#define TCPSHAKE_TESTS_FUZZ_STREAM_H

#include "tcp/conversation.h"

/* The next segment from one endpoint to the other. conversation is what it may belong to, or NULL;
 * last_ns the time of the segment before. The tuple with that port in place of the client's. */
struct segment stream_segment(struct cursor *in, const struct conversation *conversation,
                              enum end_id from, uint16_t client_port, int64_t last_ns);

/* The next ICMP error about such a segment. */
struct segment stream_error(struct cursor *in, const struct conversation *conversation,
                            enum end_id from, uint16_t client_port, int64_t last_ns);

#endif
