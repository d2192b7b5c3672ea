/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder where there is no room for arrows: a step is a time and a label that says which way,
 * the states of the client stand at the left edge, those of the server at the right one. */
#ifndef TCPSHAKE_REPORT_TEXT_NARROW_H
#define TCPSHAKE_REPORT_TEXT_NARROW_H

#include "report/text/figure.h"

#define NARROW_COLUMNS_MIN 20

void narrow_begin(struct figure *figure);
void narrow_put_titles(struct figure *figure);
void narrow_put_step(struct figure *figure, uint32_t i);

/* The line at which the client is in its last state, with what there is to say of it. */
void narrow_put_done(struct figure *figure, enum tcp_state client, const char *text);

/* A line for the states that have changed, two where one is too short. */
void narrow_put_states(struct figure *figure, enum tcp_state client, enum tcp_state server);

#endif
