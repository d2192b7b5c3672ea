/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/figure.h"

#include "report/wait.h"

#define TIME_WIDTH    7 /* "999.999" */
#define TIME_DECIMALS 4 /* ".999" */

static void put_ms(struct row *row, const struct figure *figure, int64_t time_ns)
{
    int64_t since_ns = duration_between(figure->result->start_ns, time_ns);

    if (since_ns != DURATION_UNKNOWN)
        row_put_ms(row, since_ns);
    else
        row_put(row, "-");
}

static unsigned width_of_time(const struct figure *figure, int64_t time_ns)
{
    struct row time;

    row_begin(&time, &figure->style);
    put_ms(&time, figure, time_ns);
    return time.width;
}

static unsigned widest_time(const struct figure *figure)
{
    const struct connection_result *result = figure->result;
    unsigned widest = TIME_WIDTH;

    for (uint32_t i = 0; i < result->step_count; i++) {
        unsigned width = width_of_time(figure, result->steps[i].time_ns);

        widest = width > widest ? width : widest;
    }
    if (result->done && width_of_time(figure, result->done_ns) > widest)
        widest = width_of_time(figure, result->done_ns);
    return widest;
}

void figure_begin(struct figure *figure, const struct connection_result *result,
                  const struct report_style *style, FILE *out)
{
    figure->result = result;
    figure->style = *style;
    figure->out = out;
    figure->marks = landmarks_find(result);
    lifelines_begin(&figure->lines, result);
    figure->time_width = widest_time(figure);
    figure->below_column = 0;
    row_begin(&figure->row, &figure->style);
}

void figure_label(const struct figure *figure, const struct step *step, struct label *label)
{
    label_of_step(label, figure->result, step, &figure->style, figure->style.verbosity > 0);
}

void figure_end_line(struct figure *figure)
{
    row_end(&figure->row, figure->out);
}

void figure_put_time(struct figure *figure, int64_t time_ns)
{
    struct row time;

    if (time_ns == DURATION_UNKNOWN)
        return;
    row_begin(&time, &figure->style);
    put_ms(&time, figure, time_ns);
    row_fill(&figure->row, " ", figure->time_width - time.width);
    row_put(&figure->row, time.text);
}

/* Below the decimal point of the times. */
void figure_put_wait(struct figure *figure, int64_t wait_ns)
{
    for (unsigned rows = wait_rows(wait_ns); rows > 0; rows--) {
        row_fill(&figure->row, " ", figure->time_width - TIME_DECIMALS);
        row_put(&figure->row, figure->style.ascii ? ":" : "┆");
        figure_end_line(figure);
    }
}

void figure_put_below(struct figure *figure, const char *text)
{
    if (*text != '\0')
        row_wrap(&figure->row, figure->below_column, text, figure->out);
}

void figure_put_note(struct figure *figure, const struct step *step)
{
    const char *note = step->note == NOTE_ICMP ? NULL : note_text(step->note);

    figure_put_below(figure, note != NULL ? note : "");
}

void figure_put_outcome(struct figure *figure,
                        void (*sentence)(struct row *, const struct connection_result *))
{
    struct row text;

    row_begin(&text, &figure->style);
    sentence(&text, figure->result);
    figure_put_below(figure, text.text);
}
