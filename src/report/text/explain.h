/* SPDX-License-Identifier: BSD-2-Clause */
/* --explain: what a step of the ladder means, for readers who are new to TCP. */
#ifndef TCPSHAKE_REPORT_TEXT_EXPLAIN_H
#define TCPSHAKE_REPORT_TEXT_EXPLAIN_H

#include "report/text/figure.h"

/* Appends to row what step i of the figure's result does, why its numbers are what they are, what
 * each end does now, and the section of the RFC that says so. Steps of the open are numbered from 1
 * to 3, those of the close from 1 to 4, as textbooks number them. */
void explain_step(const struct figure *figure, uint32_t i, struct row *row);

/* The same of what the client does when nothing more is to come: no segment shows it. */
void explain_done(const struct figure *figure, struct row *row);

#endif
