/* SPDX-License-Identifier: BSD-2-Clause */
/* The axis is that of struct histogram, the logarithm: as far from 1 to 2 ms as from 100 to 200. */
#include "report/svg/svgspread.h"

#include <string.h>

#define ROWS_MAX      16
#define WIDTH         640
#define BARS_MAX      80
#define BAR_HEIGHT    36
#define MARKS_HEIGHT  30 /* above the bars, for the names of the marks */
#define TITLE_COLUMNS (WIDTH / GLYPH_WIDTH)
#define TICK          5

static const unsigned percents[] = {50, 95, 99};

#define MARKS (sizeof(percents) / sizeof(percents[0]))

struct axis {
    size_t first, last; /* buckets */
    size_t group;       /* buckets of one bar */
};

static bool is_drawn(const struct summary *summary)
{
    return summary->spread != NULL && summary->connect.count > 0;
}

/* Where a bucket begins on the axis. */
static int place(const struct axis *axis, size_t bucket)
{
    size_t span = axis->last - axis->first + 1;

    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): an axis has one bar at least */
    return MARGIN + (int)((bucket - axis->first) * WIDTH / span);
}

static int place_of(const struct axis *axis, int64_t duration_ns)
{
    size_t bucket = histogram_bucket(duration_ns);

    if (bucket < axis->first)
        bucket = axis->first;
    if (bucket > axis->last)
        bucket = axis->last;
    return (place(axis, bucket) + place(axis, bucket + 1)) / 2;
}

/* From the least to the greatest time of all, in whole bars. */
static struct axis find_axis(const struct summary *summaries, size_t count)
{
    struct axis axis = {.first = HISTOGRAM_SIZE - 1};
    size_t span;

    for (size_t i = 0; i < count; i++) {
        size_t least = histogram_bucket(summaries[i].connect.min_ns);
        size_t greatest = histogram_bucket(summaries[i].connect.max_ns);

        if (!is_drawn(&summaries[i]))
            continue;
        axis.first = least < axis.first ? least : axis.first;
        axis.last = greatest > axis.last ? greatest : axis.last;
    }
    span = axis.last - axis.first + 1;
    axis.group = (span + BARS_MAX - 1) / BARS_MAX;
    axis.last = axis.first + (span + axis.group - 1) / axis.group * axis.group - 1;
    return axis;
}

static uint64_t in_group(const struct histogram *histogram, const struct axis *axis, size_t first)
{
    uint64_t count = 0;

    for (size_t i = first; i < first + axis->group && i < HISTOGRAM_SIZE; i++)
        count += histogram->buckets[i];
    return count;
}

static void draw_bars(struct drawing *drawing, int bottom, const struct axis *axis,
                      const struct histogram *histogram)
{
    uint64_t most = 1;

    for (size_t i = axis->first; i <= axis->last; i += axis->group) {
        uint64_t here = in_group(histogram, axis, i);

        most = here > most ? here : most;
    }
    for (size_t i = axis->first; i <= axis->last; i += axis->group) {
        uint64_t here = in_group(histogram, axis, i);
        int left = place(axis, i), right = place(axis, i + axis->group);
        int height = (int)((double)here / (double)most * BAR_HEIGHT);

        if (here == 0)
            continue;
        height = height > 1 ? height : 2; /* one of thousands is still there to be seen */
        drawing_box(drawing, (struct point){left, bottom - height},
                    right - left > 2 ? right - left - 1 : right - left, height, "bar");
    }
}

/* Centres of labels of that width: each at its place or else as far to the right as the one before
 * asks, and none beyond the axis. */
static void spread_labels(const int places[MARKS], int width, int centres[MARKS])
{
    int limit = MARGIN + WIDTH - width / 2;

    for (size_t i = 0; i < MARKS; i++) {
        /* cppcheck-suppress uninitvar ; the one before is written before */
        int least = i == 0 ? MARGIN + width / 2 : centres[i - 1] + width + GLYPH_WIDTH;

        centres[i] = places[i] > least ? places[i] : least;
    }
    for (size_t i = MARKS; i-- > 0; limit = centres[i] - width - GLYPH_WIDTH)
        centres[i] = centres[i] < limit ? centres[i] : limit;
}

/* The percentiles, each with a line from its name down through the bars. */
static void draw_marks(struct drawing *drawing, int top, const struct axis *axis,
                       const struct summary *summary)
{
    static const char *const names[MARKS] = {"p50", "p95", "p99"};
    int bars = top + MARKS_HEIGHT, places[MARKS], centres[MARKS];

    for (size_t i = 0; i < MARKS; i++)
        places[i] = place_of(axis, summary_connect_percentile_ns(summary, percents[i]));
    spread_labels(places, 3 * GLYPH_WIDTH, centres);
    for (size_t i = 0; i < MARKS; i++) {
        drawing_text(drawing, (struct point){centres[i], top + LINE_ASCENT}, ANCHOR_MIDDLE, "quiet",
                     names[i]);
        drawing_line(drawing, (struct point){centres[i], top + LINE_ASCENT + LINE_DESCENT + 1},
                     (struct point){places[i], bars - 2}, "mark");
        drawing_line(drawing, (struct point){places[i], bars - 2},
                     (struct point){places[i], bars + BAR_HEIGHT}, "mark");
    }
}

/* ", 3 segments retransmitted, 1 seen twice", whatever of it there was. */
static void put_lost(struct row *row, const struct summary *summary)
{
    const struct traffic *client = &summary->traffic[CLIENT], *server = &summary->traffic[SERVER];
    uint64_t again = traffic_retransmitted(client) + traffic_retransmitted(server);
    uint64_t twice = client->duplicates + server->duplicates;

    if (again > 0) {
        row_put(row, ", ");
        row_put_number(row, again);
        row_put(row, again == 1 ? " segment retransmitted" : " segments retransmitted");
    }
    if (twice > 0) {
        row_put(row, ", ");
        row_put_number(row, twice);
        row_put(row, " seen twice");
    }
}

/* "example.com:443: 10 of 12 timed, p50 12.345, p95 12.987, p99 13.010 ms" */
static void put_figures(struct row *row, const struct summary *summary)
{
    if (summary->target != NULL)
        row_put_host_port(row, summary->target, summary->port);
    else
        row_put(row, "all");
    row_put(row, ": ");
    row_put_number(row, summary->connect.count);
    row_put(row, " of ");
    row_put_number(row, summary->connections);
    row_put(row, " timed");
    for (size_t i = 0; i < MARKS; i++) {
        row_put(row, ", p");
        row_put_number(row, percents[i]);
        row_put(row, " ");
        row_put_ms(row, summary_connect_percentile_ns(summary, percents[i]));
    }
    row_put(row, " ms");
    put_lost(row, summary);
}

static int draw_row(struct drawing *drawing, int y, const struct axis *axis,
                    const struct summary *summary, const struct report_style *style)
{
    struct row row;
    int bottom;

    row_begin(&row, style);
    put_figures(&row, summary);
    y += LINE_HEIGHT * drawing_paragraph(drawing, (struct point){MARGIN, y + LINE_ASCENT},
                                         ANCHOR_START, NULL, row.text, TITLE_COLUMNS);
    bottom = y + MARKS_HEIGHT + BAR_HEIGHT;
    draw_bars(drawing, bottom, axis, &summary->spread->connect);
    draw_marks(drawing, y, axis, summary);
    drawing_line(drawing, (struct point){MARGIN, bottom}, (struct point){MARGIN + WIDTH, bottom},
                 "axis");
    return bottom + LINE_HEIGHT;
}

static void draw_tick(struct drawing *drawing, int x, int y)
{
    drawing_line(drawing, (struct point){x, y}, (struct point){x, y + TICK}, "axis");
}

/* 1, 2 and 5 of each power of ten, where there is room between the ends. */
static void draw_ticks(struct drawing *drawing, int y, const struct axis *axis, int left, int right,
                       const struct report_style *style)
{
    int64_t step_ns = 1000;

    for (unsigned i = 0; i < 45 && histogram_bucket(step_ns) <= axis->last; i++) {
        int x = histogram_bucket(step_ns) > axis->first ? place_of(axis, step_ns) : 0;
        struct row row;
        int half;

        row_begin(&row, style);
        row_put_ms(&row, step_ns);
        half = (int)row.width * GLYPH_WIDTH / 2;
        if (x - half > left && x + half < right) {
            draw_tick(drawing, x, y);
            drawing_text(drawing, (struct point){x, y + TICK + LINE_ASCENT}, ANCHOR_MIDDLE, "quiet",
                         row.text);
            left = x + half + GLYPH_WIDTH;
        }
        step_ns = i % 3 == 1 ? step_ns / 2 * 5 : step_ns * 2;
    }
}

static int draw_axis(struct drawing *drawing, int y, const struct axis *axis, int64_t least_ns,
                     int64_t greatest_ns, const struct report_style *style)
{
    struct row least, greatest;
    int right = MARGIN + WIDTH;

    row_begin(&least, style);
    row_put_ms(&least, least_ns);
    row_begin(&greatest, style);
    row_put_ms(&greatest, greatest_ns);
    row_put(&greatest, " ms");
    draw_tick(drawing, MARGIN, y);
    draw_tick(drawing, right, y);
    drawing_text(drawing, (struct point){MARGIN, y + TICK + LINE_ASCENT}, ANCHOR_START, "quiet",
                 least.text);
    drawing_text(drawing, (struct point){right, y + TICK + LINE_ASCENT}, ANCHOR_END, "quiet",
                 greatest.text);
    draw_ticks(drawing, y, axis, MARGIN + (int)(least.width + 1) * GLYPH_WIDTH,
               right - (int)(greatest.width + 1) * GLYPH_WIDTH, style);
    return y + TICK + LINE_HEIGHT;
}

static int draw_rest(struct drawing *drawing, int y, size_t rest, const struct report_style *style)
{
    struct row row;

    row_begin(&row, style);
    row_put_number(&row, rest);
    row_put(&row, rest == 1 ? " more target is not shown" : " more targets are not shown");
    drawing_text(drawing, (struct point){MARGIN, y + LINE_ASCENT}, ANCHOR_START, "quiet", row.text);
    return y + LINE_HEIGHT;
}

int svgspread_draw(struct drawing *drawing, int y, const struct summary *summaries, size_t count,
                   const struct report_style *style)
{
    struct axis axis = find_axis(summaries, count);
    int64_t least_ns = INT64_MAX, greatest_ns = INT64_MIN;
    size_t drawn = 0, rest = 0;

    for (size_t i = 0; i < count; i++) {
        const struct summary *summary = &summaries[i];

        if (!is_drawn(summary))
            continue;
        least_ns = summary->connect.min_ns < least_ns ? summary->connect.min_ns : least_ns;
        greatest_ns = summary->connect.max_ns > greatest_ns ? summary->connect.max_ns : greatest_ns;
        if (drawn++ == 0) {
            drawing_text(drawing, (struct point){MARGIN, y + LINE_ASCENT}, ANCHOR_START, "title",
                         "Times to connect");
            y += LINE_HEIGHT + 2 * LINE_DESCENT;
        }
        if (drawn <= ROWS_MAX)
            y = draw_row(drawing, y, &axis, summary, style);
        else
            rest++;
    }
    if (drawn > 0)
        y = draw_axis(drawing, y - LINE_HEIGHT, &axis, least_ns, greatest_ns, style);
    return rest > 0 ? draw_rest(drawing, y, rest, style) : y;
}
