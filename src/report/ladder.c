/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figure has five columns: the time, the client's state, the arrow, the server's state, and
 * what there is to say of the step. The first four are drawn to a plan made from all steps
 * beforehand; the last shares the line while it fits and goes below otherwise. Where the labels of
 * the arrows and the last column want more room than there is, whatever would be pushed off fewer
 * lines gives way.
 */
#include "report/ladder.h"

#include <string.h>

#include "report/label.h"
#include "report/landmarks.h"
#include "report/outcome.h"
#include "report/remarks.h"
#include "report/words.h"

#define TIME_WIDTH       7  /* "999.999" */
#define STATE_WIDTH      11 /* "ESTABLISHED" */
#define ARROW_WIDTH      27 /* unless labels ask for more */
#define ARROW_WIDTH_MIN  12
#define ARROW_FRAME      7 /* "--- " in front of the label, " ->" behind it */
#define GAP              2
#define GAP_BEHIND_ARROW 3
#define COLUMNS_MIN      60

struct ladder {
    const struct connection_result *result;
    struct report_style style;
    FILE *out;
    struct landmarks marks;
    unsigned time_width, client_column, arrow_column, arrow_width, server_column, remark_column;
    enum tcp_state states[ENDS]; /* as drawn so far */
    struct row row;
};

static int64_t step_time_ns(const struct ladder *ladder, const struct step *step)
{
    int64_t since_ns;

    if (ladder->result->start_ns == DURATION_UNKNOWN ||
        __builtin_sub_overflow(step->time_ns, ladder->result->start_ns, &since_ns))
        return 0;
    return since_ns;
}

static void step_label(const struct ladder *ladder, const struct step *step, struct label *label)
{
    label_of_step(label, ladder->result, step, &ladder->style, ladder->style.verbosity > 0);
}

/* What all steps together ask for. */
struct demand {
    unsigned time, label, remark; /* the widest */
    uint32_t remarked;            /* lines with a remark */
};

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static struct demand measure_steps(const struct ladder *ladder)
{
    struct demand demand = {.time = TIME_WIDTH};

    for (uint32_t i = 0; i < ladder->result->step_count; i++) {
        const struct step *step = &ladder->result->steps[i];
        struct label label;
        struct remarks remarks;
        struct row time;

        row_begin(&time, &ladder->style);
        row_put_ms(&time, step_time_ns(ladder, step));
        demand.time = larger(demand.time, time.width);
        step_label(ladder, step, &label);
        demand.label = larger(demand.label, label_width(&label));
        remarks_of_step(&remarks, ladder->result, &ladder->marks, i, &ladder->style);
        demand.remarked += remarks.count > 0;
        for (unsigned k = 0; k < remarks.count; k++)
            demand.remark = larger(demand.remark, remarks.items[k].width);
    }
    return demand;
}

static uint32_t count_longer_labels(const struct ladder *ladder, unsigned width)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ladder->result->step_count; i++) {
        struct label label;

        step_label(ladder, &ladder->result->steps[i], &label);
        count += label_width(&label) > width;
    }
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
    struct demand demand = measure_steps(ladder);
    unsigned taken;

    ladder->time_width = demand.time;
    ladder->client_column = ladder->time_width + GAP;
    ladder->arrow_column = ladder->client_column + STATE_WIDTH + GAP;
    taken = ladder->arrow_column + GAP_BEHIND_ARROW + STATE_WIDTH;
    ladder->arrow_width = choose_arrow_width(
        ladder, &demand, ladder->style.columns > taken ? ladder->style.columns - taken : 0);
    ladder->server_column = ladder->arrow_column + ladder->arrow_width + GAP_BEHIND_ARROW;
    ladder->remark_column = ladder->server_column + STATE_WIDTH + GAP;
}

static void end_line(struct ladder *ladder)
{
    row_end(&ladder->row, ladder->out);
}

/* A line of its own below a step. */
static void put_below(struct ladder *ladder, const char *text)
{
    if (*text != '\0')
        row_wrap(&ladder->row, ladder->client_column, text, ladder->out);
}

/* An end's state, where it is another than the one drawn last. */
static void put_state(struct ladder *ladder, enum end_id end, enum tcp_state state)
{
    const char *name = state_name(state);

    if (state == ladder->states[end] || name == NULL)
        return;
    ladder->states[end] = state;
    row_advance(&ladder->row, end == CLIENT ? ladder->client_column : ladder->server_column);
    row_put_colored(&ladder->row, state == STATE_ESTABLISHED ? COLOR_GOOD : COLOR_STATE, name);
}

/* Until the server is heard LISTEN is presumed of it; what became of it may have refuted that. */
static enum tcp_state server_state(const struct ladder *ladder, enum tcp_state state)
{
    if (state == STATE_LISTEN && ladder->result->states[SERVER] == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    if (state == STATE_LISTEN && ladder->result->handshake.result == HANDSHAKE_REFUSED)
        return STATE_CLOSED;
    return state;
}

/* Cuts a row back to its first word, and that to so many columns. */
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
    const char *shaft = ladder->style.ascii ? "-" : "─";
    unsigned end = ladder->arrow_column + ladder->arrow_width;
    struct row *row = &ladder->row;

    row_advance(row, ladder->arrow_column);
    if (from == CLIENT)
        row_put(row, ladder->style.ascii ? "---" : "───");
    else
        row_put(row, ladder->style.ascii ? "<--" : "◀──");
    row_put(row, " ");
    row_put(row, label);
    row_put(row, " ");
    row_fill(row, shaft, end - (from == CLIENT));
    if (from == CLIENT)
        row_put(row, ladder->style.ascii ? ">" : "▶");
}

/* Puts on the line what fits there and gathers the rest. */
static void put_remarks(struct ladder *ladder, const struct remarks *remarks, struct row *below)
{
    bool in_line = true, first = true;

    for (unsigned i = 0; i < remarks->count; i++) {
        const struct row *item = &remarks->items[i];
        unsigned start = first ? ladder->remark_column : ladder->row.width + 2;

        in_line = in_line && start + item->width <= ladder->style.columns;
        if (!in_line) {
            row_join(below, ", ", item->text);
            continue;
        }
        if (first)
            row_advance(&ladder->row, ladder->remark_column);
        row_put(&ladder->row, first ? "" : ", ");
        row_put(&ladder->row, item->text);
        first = false;
    }
}

static void put_time(struct ladder *ladder, const struct step *step)
{
    struct row time;

    row_begin(&time, &ladder->style);
    row_put_ms(&time, step_time_ns(ladder, step));
    row_fill(&ladder->row, " ", ladder->time_width - time.width);
    row_put(&ladder->row, time.text);
}

/* The line of one step, and below it what did not fit and its note. */
static void put_step(struct ladder *ladder, uint32_t i)
{
    const struct step *step = &ladder->result->steps[i];
    const char *note = step->note == NOTE_ICMP ? NULL : note_text(step->note);
    struct label label;
    struct remarks remarks;
    struct row in, rest, below;

    step_label(ladder, step, &label);
    split_label(&label, ladder->arrow_width - ARROW_FRAME, &in, &rest);
    remarks_of_step(&remarks, ladder->result, &ladder->marks, i, &ladder->style);
    if (ladder->style.verbosity > 0)
        remarks_add_header(&remarks, step, &ladder->style);
    row_begin(&below, &ladder->style);

    put_time(ladder, step);
    put_state(ladder, CLIENT, step->states[CLIENT]);
    put_arrow(ladder, step->from == CLIENT ? CLIENT : SERVER, in.text);
    put_state(ladder, SERVER, server_state(ladder, step->states[SERVER]));
    put_remarks(ladder, &remarks, &below);
    end_line(ladder);
    put_below(ladder, rest.text);
    put_below(ladder, below.text);
    put_below(ladder, note != NULL ? note : "");
}

/* Where an end stood before its first step, as far as that follows from where it stood after it. */
static enum tcp_state state_before(enum tcp_state after)
{
    static const enum tcp_state before[STATE_COUNT + 1] = {
        [STATE_CLOSED] = STATE_CLOSED,           [STATE_LISTEN] = STATE_LISTEN,
        [STATE_SYN_SENT] = STATE_CLOSED,         [STATE_SYN_RCVD] = STATE_LISTEN,
        [STATE_ESTABLISHED] = STATE_ESTABLISHED, [STATE_FIN_WAIT_1] = STATE_ESTABLISHED,
        [STATE_FIN_WAIT_2] = STATE_FIN_WAIT_1,   [STATE_CLOSE_WAIT] = STATE_ESTABLISHED,
        [STATE_CLOSING] = STATE_FIN_WAIT_1,      [STATE_LAST_ACK] = STATE_CLOSE_WAIT,
        [STATE_TIME_WAIT] = STATE_FIN_WAIT_2,    [STATE_UNKNOWN] = STATE_UNKNOWN,
    };

    return (unsigned)after <= STATE_COUNT ? before[after] : STATE_UNKNOWN;
}

/* A line of states alone, unless both are those drawn already. */
static void put_states(struct ladder *ladder, enum tcp_state client, enum tcp_state server)
{
    put_state(ladder, CLIENT, client);
    put_state(ladder, SERVER, server);
    if (ladder->row.len > 0)
        end_line(ladder);
}

static void put_titles(struct ladder *ladder)
{
    const struct step *first = &ladder->result->steps[0];

    row_fill(&ladder->row, " ", ladder->time_width - 2);
    row_put(&ladder->row, "ms");
    row_advance(&ladder->row, ladder->client_column);
    row_put(&ladder->row, "client");
    row_advance(&ladder->row, ladder->server_column);
    row_put(&ladder->row, "server");
    end_line(ladder);
    put_states(ladder, state_before(first->states[CLIENT]),
               server_state(ladder, state_before(first->states[SERVER])));
}

/* One sentence of the outcome, indented as the states are. */
static void put_outcome(struct ladder *ladder,
                        void (*sentence)(struct row *, const struct connection_result *))
{
    struct row text;

    row_begin(&text, &ladder->style);
    sentence(&text, ladder->result);
    put_below(ladder, text.text);
}

static void put_omitted(struct ladder *ladder)
{
    struct row text;

    if (ladder->result->steps_omitted == 0)
        return;
    row_begin(&text, &ladder->style);
    row_put_number(&text, ladder->result->steps_omitted);
    row_put(&text, " more segments are not shown");
    put_below(ladder, text.text);
}

static void put_figure(struct ladder *ladder)
{
    const struct connection_result *result = ladder->result;

    if (result->step_count > 0)
        put_titles(ladder);
    for (uint32_t i = 0; i < result->step_count; i++) {
        put_step(ladder, i);
        if (i == ladder->marks.open)
            put_outcome(ladder, outcome_open);
    }
    put_omitted(ladder);
    if (result->step_count > 0)
        put_states(ladder, result->states[CLIENT], result->states[SERVER]);
    if (ladder->marks.open == NO_STEP)
        put_outcome(ladder, outcome_open);
    put_outcome(ladder, outcome_handshake);
    put_outcome(ladder, outcome_teardown);
}

/* "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0" */
static void put_heading(struct ladder *ladder)
{
    const struct connection_result *result = ladder->result;
    struct row *row = &ladder->row, address;
    char text[ENDPOINT_TEXT_MAX];

    row_begin(&address, &ladder->style);
    if (result->ends[SERVER].address.family != FAMILY_NONE)
        row_put(&address, address_text(&result->ends[SERVER].address, text));
    row_put_foreign(row, server_text(result, text));
    if (address.len > 0 && strcmp(row->text, address.text) != 0) {
        row_put(row, " (");
        row_put(row, address.text);
        row_put(row, ")");
    }
    row_put(row, " port ");
    row_put_number(row, result->ends[SERVER].port);
    if (result->has_client) {
        row_put(row, ", from ");
        row_put(row, endpoint_text(&result->ends[CLIENT], text));
    }
    if (result->interface != NULL) {
        row_put(row, " on ");
        row_put_foreign(row, result->interface);
    }
    end_line(ladder);
}

static void put_end(struct ladder *ladder, enum end_id end)
{
    struct row text;

    row_begin(&text, &ladder->style);
    row_put(&text, end_name(end));
    row_put(&text, ": ");
    outcome_end(&text, ladder->result, end);
    put_below(ladder, text.text);
}

static void put_details(struct ladder *ladder)
{
    end_line(ladder);
    put_end(ladder, CLIENT);
    put_end(ladder, SERVER);
    put_outcome(ladder, outcome_codes);
}

static void ladder_begin(struct ladder *ladder, const struct connection_result *result,
                         const struct report_style *style, FILE *out)
{
    ladder->result = result;
    ladder->style = *style;
    ladder->style.columns = larger(style->columns, COLUMNS_MIN);
    ladder->out = out;
    ladder->marks = landmarks_find(result);
    ladder->states[CLIENT] = ladder->states[SERVER] = STATE_UNKNOWN;
    row_begin(&ladder->row, &ladder->style);
    plan_columns(ladder);
}

void ladder_print(const struct connection_result *result, const struct report_style *style,
                  FILE *out)
{
    struct ladder ladder;

    ladder_begin(&ladder, result, style, out);
    put_heading(&ladder);
    end_line(&ladder);
    put_figure(&ladder);
    if (style->verbosity > 0 && result->step_count > 0)
        put_details(&ladder);
    end_line(&ladder);
    ladder_print_verdict(result, style, out);
}

void ladder_print_verdict(const struct connection_result *result, const struct report_style *style,
                          FILE *out)
{
    struct row row;

    row_begin(&row, style);
    outcome_verdict(&row, result);
    row_end(&row, out);
}
