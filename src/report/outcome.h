/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection was and how it ended, in sentences, above and below the figure. */
#ifndef TCPSHAKE_REPORT_OUTCOME_H
#define TCPSHAKE_REPORT_OUTCOME_H

#include "findings/cause.h"
#include "report/row.h"

/* The heading of the figure: "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0".
 */
void outcome_heading(struct row *row, const struct connection_result *result);

/* "name resolved in 0.412 ms", or "name not resolved after 0.412 ms": a time that is in none of the
 * others; appends nothing where none was. */
void outcome_resolved(struct row *row, const struct connection_result *result);

/* "sent to 203.0.113.10:443, on the wire 192.0.2.2:80 (translated by this host)", for each end and
 * direction in which it was; appends nothing where it was not. */
void outcome_translated(struct row *row, const struct connection_result *result);

/* "labels: team=core;site=b"; appends nothing where a list gave none. */
void outcome_labels(struct row *row, const struct connection_result *result);

/* "second opinion: connect() was refused after 0.031 ms"; appends nothing where it was not asked.
 */
void outcome_opinion(struct row *row, const struct connection_result *result);

/* "open in 12.366 ms"; appends nothing where the handshake was not completed. */
void outcome_open(struct row *row, const struct connection_result *result);

/* Why there was no handshake; appends nothing for a completed one. */
void outcome_handshake(struct row *row, const struct connection_result *result);

/* "offered: ecn agreed, mptcp ignored; without: sack agreed; a plain SYN: open in 0.104 ms";
 * appends nothing where nothing was offered or left out. */
void outcome_offers(struct row *row, const struct connection_result *result);

/* "TIME_WAIT ended after 500.031 ms instead of 2 MSL", where the client was in TIME_WAIT when the
 * program was done with the connection; else nothing. */
void outcome_time_wait(struct row *row, const struct connection_result *result);

/* "closed in 12.328 ms, four segments"; appends nothing where there was nothing to close. */
void outcome_teardown(struct row *row, const struct connection_result *result);

/* "retransmitted: 2 SYNs by the client, 1 FIN by the server; seen twice: 1 of the server"; appends
 * nothing where there was nothing of it. */
void outcome_repeats(struct row *row, const struct connection_result *result);

/* The same below a figure, where "no answer to 3 SYNs" says it already. */
void outcome_other_repeats(struct row *row, const struct connection_result *result);

/* "example.com:443 open", with the reason if it is not open, with the reset that came before
 * anything else of the server, the addresses that were not tried after it, and whether that is a
 * success if the state alone would mislead. */
void outcome_verdict(struct row *row, const struct connection_result *result);

/* "refused, likely: No process listens on port 81 [step 2]": a finding, with the steps that show it
 * counted from 1. */
void outcome_finding(struct row *row, const struct connection_result *result,
                     const struct diagnosis *diagnosis);

/* What one end announced and sent: "mss 1460, sack; 4 segments, 0 bytes, 0 acknowledged". */
void outcome_end(struct row *row, const struct connection_result *result, enum end_id end);

/* "conn_state SF, history ShAFaf, completeness 31". */
void outcome_codes(struct row *row, const struct connection_result *result);

#endif
