/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/narrow.h"

#include <string.h>

#include "report/remarks.h"

#define BELOW_COLUMN 2
#define LABEL_ROOM   7 /* "SYN+ACK": behind a time that leaves less a label goes below */

void narrow_begin(struct figure *figure)
{
    if (figure->style.columns < NARROW_COLUMNS_MIN)
        figure->style.columns = NARROW_COLUMNS_MIN;
    figure->below_column = BELOW_COLUMN;
}

static void put_at_edges(struct figure *figure, enum color colors[ENDS], const char *client,
                         const char *server)
{
    unsigned width = server != NULL ? (unsigned)strlen(server) : 0;

    if (client != NULL)
        row_put_colored(&figure->row, colors[CLIENT], client);
    if (server != NULL && figure->row.width + 1 + width > figure->style.columns)
        figure_end_line(figure);
    if (server != NULL) {
        row_fill(&figure->row, " ", figure->style.columns - width);
        row_put_colored(&figure->row, colors[SERVER], server);
    }
    if (figure->row.len > 0)
        figure_end_line(figure);
}

static enum color color_of(enum tcp_state state)
{
    return state == STATE_ESTABLISHED ? COLOR_GOOD : COLOR_STATE;
}

void narrow_put_states(struct figure *figure, enum tcp_state client, enum tcp_state server)
{
    const char *client_name = lifelines_turn(&figure->lines, CLIENT, client);
    const char *server_name = lifelines_turn(&figure->lines, SERVER, server);

    put_at_edges(figure, (enum color[ENDS]){color_of(client), color_of(server)}, client_name,
                 server_name);
}

void narrow_put_titles(struct figure *figure)
{
    put_at_edges(figure, (enum color[ENDS]){COLOR_NONE, COLOR_NONE}, "client", "server");
    narrow_put_states(figure, lifelines_first(&figure->lines, CLIENT),
                      lifelines_first(&figure->lines, SERVER));
    row_fill(&figure->row, " ", figure->time_width - 2);
    row_put(&figure->row, "ms");
    figure_end_line(figure);
}

static void put_label(struct figure *figure, const struct step *step)
{
    static const char *const arrows[ENDS] = {[CLIENT] = "→", [SERVER] = "←"};
    static const char *const plain_arrows[ENDS] = {[CLIENT] = ">", [SERVER] = "<"};
    enum end_id from = step->from == CLIENT ? CLIENT : SERVER;
    struct label label;
    struct row text;
    unsigned column;

    figure_label(figure, step, &label);
    row_begin(&text, &figure->style);
    row_put(&text, label.head.text);
    if (label.detail.len > 0) {
        row_put(&text, label.joint);
        row_put(&text, label.detail.text);
    }
    row_put(&figure->row, " ");
    row_put(&figure->row, figure->style.ascii ? plain_arrows[from] : arrows[from]);
    column = figure->row.width + 1;
    if (column + LABEL_ROOM > figure->style.columns) {
        figure_end_line(figure);
        column = BELOW_COLUMN;
    }
    row_wrap(&figure->row, column, text.text, figure->out);
}

void narrow_put_step(struct figure *figure, uint32_t i)
{
    const struct step *step = &figure->result->steps[i];
    struct remarks remarks;

    figure_put_time(figure, step->time_ns);
    put_label(figure, step);
    remarks_of_step(&remarks, figure->result, &figure->marks, i, &figure->style);
    if (figure->style.verbosity > 0)
        remarks_add_header(&remarks, step, &figure->style);
    for (unsigned k = 0; k < remarks.count; k++)
        figure_put_below(figure, remarks.items[k].text);
    figure_put_note(figure, step);
    narrow_put_states(figure, lifelines_at(&figure->lines, CLIENT, i),
                      lifelines_at(&figure->lines, SERVER, i));
}

void narrow_put_done(struct figure *figure, enum tcp_state client, const char *text)
{
    figure_put_time(figure, figure->result->done_ns);
    if (figure->row.len > 0)
        figure_end_line(figure);
    figure_put_below(figure, text);
    narrow_put_states(figure, client, STATE_UNKNOWN);
}
