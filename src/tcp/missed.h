/* SPDX-License-Identifier: BSD-2-Clause */
/* What captures of others leave out: they may be filtered to some flags, drop packets, or hold one
 * direction alone. So a number ahead of what was seen shows that segments were missed, where a live
 * run would refuse it, and an acknowledgement that is not there need not have failed to come. */
#ifndef TCPSHAKE_TCP_MISSED_H
#define TCPSHAKE_TCP_MISSED_H

#include "tcp/course.h"
#include "tcp/end.h"

/* Whether the number stands ahead of next by no more than the largest window there is (RFC 7323,
 * 2.3), in a capture of others: else it is wild. */
bool missed_up_to(const struct course *course, uint32_t number, uint32_t next);

/* The end completed the handshake, or saw it completed, in segments that were missed. */
void missed_opening(struct course *course, struct end ends[ENDS]);

/* Whether acknowledgements of that end would show in the capture, if it sent them. */
bool missed_acknowledgements(const struct course *course, const struct end *of);

/* Whether both sent FIN and only acknowledgements that the capture leaves out are wanting, or one
 * did of whose peer it holds nothing. A FIN that was not acknowledged would be there again. */
bool missed_closing(const struct course *course, const struct end ends[ENDS]);

#endif
