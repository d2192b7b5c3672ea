/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figure has five columns: the time, the client's state, the arrow, the server's state, and
 * what there is to say of the step. The first four are drawn to a plan made from all steps
 * beforehand; the last shares the line while it fits and goes below otherwise. Where the labels of
 * the arrows and the last column want more room than there is, whatever would be pushed off fewer
 * lines gives way; what is too narrow for arrows is left to report/narrow. Time runs downwards: a
 * long silence between two steps takes lines of its own.
 */
#include "report/text/ladder.h"

#include <string.h>

#include "base/minmax.h"
#include "findings/wording.h"
#include "report/outcome.h"
#include "report/pathwords.h"
#include "report/remarks.h"
#include "report/text/explain.h"
#include "report/text/figure.h"
#include "report/text/narrow.h"
#include "report/text/pathtable.h"
#include "report/wait.h"

#define STATE_WIDTH      11 /* "ESTABLISHED" */
#define ARROW_WIDTH      28 /* unless labels ask for more */
#define ARROW_WIDTH_MIN  12
#define ARROW_FRAME      6 /* "-- " in front of the label, " ->" behind it */
#define GAP              2
#define GAP_BEHIND_ARROW 2
#define READABLE         19 /* with narrower arrows, hardly any label would stand on its own */

struct ladder {
    struct figure figure;
    bool narrow; /* none of the following */
    unsigned client_column, arrow_column, arrow_width, server_column, remark_column;
};

/* What all steps together ask for. */
struct demand {
    unsigned label, remark; /* the widest */
    uint32_t remarked;      /* lines with a remark */
};

/* The columns that the label of a step asks for. What a run consists of goes below its arrow: with
 * room for it all arrows would be long. */
static unsigned wanted_width(const struct ladder *ladder, uint32_t i)
{
    const struct step *step = &ladder->figure.result->steps[i];
    struct label label;

    figure_label(&ladder->figure, step, &label);
    return step->count > 1 ? label.head.width : label_width(&label);
}

static struct demand measure_steps(const struct ladder *ladder)
{
    struct demand demand = {0};

    for (uint32_t i = 0; i < ladder->figure.result->step_count; i++) {
        struct remarks remarks;

        demand.label = larger(demand.label, wanted_width(ladder, i));
        remarks_of_step(&remarks, ladder->figure.result, &ladder->figure.marks, i,
                        &ladder->figure.style);
        demand.remarked += remarks.count > 0;
        for (unsigned k = 0; k < remarks.count; k++)
            demand.remark = larger(demand.remark, remarks.items[k].width);
    }
    return demand;
}

static uint32_t count_longer_labels(const struct ladder *ladder, unsigned width)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ladder->figure.result->step_count; i++)
        count += wanted_width(ladder, i) > width;
    return count;
}

/* The width of the arrows, where spare columns are left for them and the remarks together. */
static unsigned choose_arrow_width(const struct ladder *ladder, const struct demand *demand,
                                   unsigned spare)
{
    unsigned needed = demand->label + ARROW_FRAME, wanted = larger(ARROW_WIDTH, needed);
    unsigned remark = demand->remark > 0 ? demand->remark + GAP : 0;
    unsigned beside =
        spare > remark ? spare - remark : 0; /* the most that leaves remarks in line */

    if (beside >= needed)
        return smaller(beside, wanted);
    if (beside >= ARROW_WIDTH_MIN && demand->remarked > 0 &&
        count_longer_labels(ladder, beside - ARROW_FRAME) < demand->remarked)
        return beside;
    return larger(smaller(spare, wanted), ARROW_WIDTH_MIN);
}

static void plan_columns(struct ladder *ladder)
{
    struct figure *figure = &ladder->figure;
    struct demand demand = measure_steps(ladder);
    unsigned taken, spare;

    ladder->client_column = figure->below_column = figure->time_width + GAP;
    ladder->arrow_column = ladder->client_column + STATE_WIDTH + GAP;
    taken = ladder->arrow_column + GAP_BEHIND_ARROW + STATE_WIDTH;
    spare = figure->style.columns > taken ? figure->style.columns - taken : 0;
    ladder->narrow = spare < READABLE;
    ladder->arrow_width = choose_arrow_width(ladder, &demand, spare);
    ladder->server_column = ladder->arrow_column + ladder->arrow_width + GAP_BEHIND_ARROW;
    ladder->remark_column = ladder->server_column + STATE_WIDTH + GAP;
}

/* An end's state, where it is another than the one drawn last. */
static void put_state(struct ladder *ladder, enum end_id end, enum tcp_state state)
{
    const char *name = lifelines_turn(&ladder->figure.lines, end, state);

    if (name == NULL)
        return;
    row_advance(&ladder->figure.row, end == CLIENT ? ladder->client_column : ladder->server_column);
    row_put_colored(&ladder->figure.row, state == STATE_ESTABLISHED ? COLOR_GOOD : COLOR_STATE,
                    name);
}

/* Shortens a row to its first word, and that to the columns. */
static void keep_first_word(struct row *row, unsigned columns)
{
    struct row word;
    size_t len = 0;

    while (row->text[len] != '\0' && row->text[len] != ' ' && len < columns)
        len++;
    row->text[len] = '\0';
    row_begin(&word, row->style);
    row_put(&word, row->text);
    *row = word;
}

/* Fits label into columns: in stands what the arrow can carry, in below the rest. */
static void split_label(const struct label *label, unsigned columns, struct row *in,
                        struct row *below)
{
    *in = label->head;
    if (label_width(label) <= columns) {
        row_put(in, label->detail.len > 0 ? label->joint : "");
        row_put(in, label->detail.text);
        row_begin(below, label->head.style);
    } else if (label->head.width <= columns) {
        *below = label->detail;
    } else {
        *below = label->head;
        row_put(below, label->detail.len > 0 ? label->joint : "");
        row_put(below, label->detail.text);
        keep_first_word(in, columns);
    }
}

static void put_arrow(struct ladder *ladder, enum end_id from, const char *label)
{
    const char *shaft = ladder->figure.style.ascii ? "-" : "─";
    unsigned end = ladder->arrow_column + ladder->arrow_width;
    struct row *row = &ladder->figure.row;

    row_advance(row, ladder->arrow_column);
    if (from == CLIENT)
        row_put(row, ladder->figure.style.ascii ? "--" : "──");
    else
        row_put(row, ladder->figure.style.ascii ? "<-" : "◀─");
    row_put(row, " ");
    row_put(row, label);
    row_put(row, " ");
    row_fill(row, shaft, end - (from == CLIENT));
    if (from == CLIENT)
        row_put(row, ladder->figure.style.ascii ? ">" : "▶");
}

/* Puts on the line what fits there and gathers the rest. */
static void put_remarks(struct ladder *ladder, const struct remarks *remarks, struct row *below)
{
    bool in_line = true, first = true;

    for (unsigned i = 0; i < remarks->count; i++) {
        const struct row *item = &remarks->items[i];
        unsigned start = first ? ladder->remark_column : ladder->figure.row.width + 2;

        in_line = in_line && start + item->width <= ladder->figure.style.columns;
        if (!in_line) {
            row_join(below, ", ", item->text);
            continue;
        }
        if (first)
            row_advance(&ladder->figure.row, ladder->remark_column);
        row_put(&ladder->figure.row, first ? "" : ", ");
        row_put(&ladder->figure.row, item->text);
        first = false;
    }
}

/* The line of one step, and below it what did not fit and its note. */
static void put_wide_step(struct ladder *ladder, uint32_t i)
{
    const struct step *step = &ladder->figure.result->steps[i];
    struct label label;
    struct remarks remarks;
    struct row in, rest, below;

    figure_label(&ladder->figure, step, &label);
    split_label(&label, ladder->arrow_width - ARROW_FRAME, &in, &rest);
    remarks_of_step(&remarks, ladder->figure.result, &ladder->figure.marks, i,
                    &ladder->figure.style);
    if (ladder->figure.style.verbosity > 0)
        remarks_add_header(&remarks, step, &ladder->figure.style);
    row_begin(&below, &ladder->figure.style);

    figure_put_time(&ladder->figure, step->time_ns);
    put_state(ladder, CLIENT, lifelines_at(&ladder->figure.lines, CLIENT, i));
    put_arrow(ladder, step->from == CLIENT ? CLIENT : SERVER, in.text);
    put_state(ladder, SERVER, lifelines_at(&ladder->figure.lines, SERVER, i));
    put_remarks(ladder, &remarks, &below);
    figure_end_line(&ladder->figure);
    figure_put_below(&ladder->figure, rest.text);
    figure_put_below(&ladder->figure, below.text);
    figure_put_note(&ladder->figure, step);
}

/* A line of states alone, unless both are those drawn already. */
static void put_wide_states(struct ladder *ladder, enum tcp_state client, enum tcp_state server)
{
    put_state(ladder, CLIENT, client);
    put_state(ladder, SERVER, server);
    if (ladder->figure.row.len > 0)
        figure_end_line(&ladder->figure);
}

static void put_wide_titles(struct ladder *ladder)
{
    const struct lifelines *lines = &ladder->figure.lines;

    row_fill(&ladder->figure.row, " ", ladder->figure.time_width - 2);
    row_put(&ladder->figure.row, "ms");
    row_advance(&ladder->figure.row, ladder->client_column);
    row_put(&ladder->figure.row, "client");
    row_advance(&ladder->figure.row, ladder->server_column);
    row_put(&ladder->figure.row, "server");
    figure_end_line(&ladder->figure);
    put_wide_states(ladder, lifelines_first(lines, CLIENT), lifelines_first(lines, SERVER));
}

static void put_titles(struct ladder *ladder)
{
    if (ladder->narrow)
        narrow_put_titles(&ladder->figure);
    else
        put_wide_titles(ladder);
}

static void put_states(struct ladder *ladder)
{
    const enum tcp_state *states = ladder->figure.result->states;

    if (ladder->narrow)
        narrow_put_states(&ladder->figure, states[CLIENT], states[SERVER]);
    else
        put_wide_states(ladder, states[CLIENT], states[SERVER]);
}

static void put_explanation(struct ladder *ladder, uint32_t i)
{
    struct row text;

    row_begin(&text, &ladder->figure.style);
    explain_step(&ladder->figure, i, &text);
    figure_put_below(&ladder->figure, text.text);
    figure_end_line(&ladder->figure);
}

static void put_step(struct ladder *ladder, uint32_t i)
{
    figure_put_wait(&ladder->figure, wait_before(ladder->figure.result, i));
    if (ladder->narrow)
        narrow_put_step(&ladder->figure, i);
    else
        put_wide_step(ladder, i);
    if (ladder->figure.style.explain)
        put_explanation(ladder, i);
}

/* The row of a state that no segment shows, with words in place of the arrow. */
static void put_wide_done(struct ladder *ladder, enum tcp_state client, const char *text)
{
    struct figure *figure = &ladder->figure;
    struct row words;

    row_begin(&words, &figure->style);
    row_put(&words, text);
    figure_put_time(figure, figure->result->done_ns);
    put_state(ladder, CLIENT, client);
    if (words.width > 0 && ladder->arrow_column + words.width <= figure->style.columns) {
        row_advance(&figure->row, ladder->arrow_column);
        row_put(&figure->row, text);
        text = "";
    }
    figure_end_line(figure);
    figure_put_below(figure, text);
}

/* What became of the client, which was in that state, once the program was done. */
static void put_done(struct ladder *ladder, enum tcp_state from)
{
    struct figure *figure = &ladder->figure;
    enum tcp_state client;
    struct row text;

    if (!lifelines_done(&figure->lines, from, &client))
        return;
    row_begin(&text, &figure->style);
    outcome_time_wait(&text, figure->result);
    figure_put_wait(figure, wait_before_done(figure->result));
    if (ladder->narrow)
        narrow_put_done(figure, client, text.text);
    else
        put_wide_done(ladder, client, text.text);
    if (!figure->style.explain)
        return;
    row_begin(&text, &figure->style);
    explain_done(figure, &text);
    figure_put_below(figure, text.text);
    if (from == STATE_SYN_SENT) /* the outcome is below */
        figure_end_line(figure);
}

static void put_omitted(struct ladder *ladder)
{
    struct row text;
    uint64_t omitted = ladder->figure.result->steps_omitted;

    if (omitted == 0)
        return;
    row_begin(&text, &ladder->figure.style);
    row_put_counted(&text, omitted, "more segment");
    row_put(&text, omitted == 1 ? " is not shown" : " are not shown");
    figure_put_below(&ladder->figure, text.text);
}

static void put_steps(struct ladder *ladder)
{
    const struct connection_result *result = ladder->figure.result;

    if (result->step_count > 0)
        put_titles(ladder);
    for (uint32_t i = 0; i < result->step_count; i++) {
        put_step(ladder, i);
        if (i == ladder->figure.marks.connected)
            figure_put_outcome(&ladder->figure, outcome_open);
    }
    put_omitted(ladder);
}

static void put_figure(struct ladder *ladder)
{
    put_steps(ladder);
    if (ladder->figure.result->step_count > 0)
        put_states(ladder);
    put_done(ladder, STATE_SYN_SENT);
    if (ladder->figure.marks.connected == NO_STEP)
        figure_put_outcome(&ladder->figure, outcome_open);
    figure_put_outcome(&ladder->figure, outcome_handshake);
    figure_put_outcome(&ladder->figure, outcome_offers);
    figure_put_outcome(&ladder->figure, outcome_teardown);
    put_done(ladder, STATE_TIME_WAIT); /* all is closed by then */
    figure_put_outcome(&ladder->figure, outcome_other_repeats);
}

/* "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0", and what the name took */
static void put_heading(struct ladder *ladder)
{
    struct row heading;

    row_begin(&heading, &ladder->figure.style);
    outcome_heading(&heading, ladder->figure.result);
    row_end_fitted(&heading, 0, ladder->figure.out);
    outcome_resolved(&heading, ladder->figure.result);
    if (heading.len > 0)
        row_end_fitted(&heading, 0, ladder->figure.out);
    outcome_translated(&heading, ladder->figure.result);
    if (heading.len > 0)
        row_end_fitted(&heading, 0, ladder->figure.out);
    outcome_labels(&heading, ladder->figure.result);
    if (heading.len > 0)
        row_end_wrapped(&heading, 0, ladder->figure.out);
}

static void put_end(struct ladder *ladder, enum end_id end)
{
    struct row text;

    row_begin(&text, &ladder->figure.style);
    row_put(&text, end_name(end));
    row_put(&text, ": ");
    outcome_end(&text, ladder->figure.result, end);
    figure_put_below(&ladder->figure, text.text);
}

static void put_details(struct ladder *ladder)
{
    figure_end_line(&ladder->figure);
    put_end(ladder, CLIENT);
    put_end(ladder, SERVER);
    figure_put_outcome(&ladder->figure, outcome_codes);
}

static void ladder_begin(struct ladder *ladder, const struct connection_result *result,
                         const struct report_style *style, FILE *out)
{
    figure_begin(&ladder->figure, result, style, out);
    plan_columns(ladder);
    if (ladder->narrow)
        narrow_begin(&ladder->figure);
}

void ladder_print_so_far(const struct connection_result *result, const struct report_style *style,
                         FILE *out)
{
    struct ladder ladder;

    ladder_begin(&ladder, result, style, out);
    put_heading(&ladder);
    figure_end_line(&ladder.figure);
    put_steps(&ladder);
}

#define FINDING_INDENT 2
#define MEANING_INDENT 4

/* Cause and next step below the verdict, and with -v what the name means. */
static void print_findings(const struct connection_result *result, const struct report_style *style,
                           FILE *out)
{
    unsigned count = result->diagnoses != NULL ? result->diagnoses->count : 0;
    struct row row, text;

    row_begin(&row, style);
    for (unsigned i = 0; i < count; i++) {
        const char *meaning = cause_meaning(result->diagnoses->list[i].cause);

        row_begin(&text, style);
        outcome_finding(&text, result, &result->diagnoses->list[i]);
        row_wrap(&row, FINDING_INDENT, text.text, out);
        if (style->verbosity > 0 && meaning != NULL)
            row_wrap(&row, MEANING_INDENT, meaning, out);
    }
}

static void print_mtu(struct ladder *ladder)
{
    const struct connection_result *result = ladder->figure.result;
    struct row row;

    row_begin(&row, &ladder->figure.style);
    pathwords_mtu(&row, result->path_mtu, result->interface);
    row_end_wrapped(&row, 0, ladder->figure.out);
    figure_end_line(&ladder->figure);
}

void ladder_print(const struct connection_result *result, const struct report_style *style,
                  FILE *out)
{
    struct ladder ladder;

    ladder_begin(&ladder, result, style, out);
    put_heading(&ladder);
    figure_end_line(&ladder.figure);
    put_figure(&ladder);
    if (style->verbosity > 0 && result->step_count > 0)
        put_details(&ladder);
    figure_end_line(&ladder.figure);
    if (result->path_mtu != NULL)
        print_mtu(&ladder);
    if (result->path != NULL) {
        pathtable_print(result->path, style, out);
        figure_end_line(&ladder.figure);
    }
    ladder_print_verdict(result, style, out);
}

void ladder_print_verdict(const struct connection_result *result, const struct report_style *style,
                          FILE *out)
{
    struct row row;

    row_begin(&row, style);
    outcome_verdict(&row, result);
    row_end_fitted(&row, 0, out);
    outcome_opinion(&row, result);
    if (row.len > 0)
        row_end_fitted(&row, 0, out);
    if (style->verbosity >= 0)
        print_findings(result, style, out);
}
