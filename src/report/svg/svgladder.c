/* SPDX-License-Identifier: BSD-2-Clause */
/* From left to right: times, the client's states, its lifeline, the arrows, the server's lifeline,
 * its states, and what there is to say of a step. From above to below a step is a block of its own,
 * and before it stands the silence, the longer the higher. */
#include "report/svg/svgladder.h"

#include <string.h>

#include "report/label.h"
#include "report/lifelines.h"
#include "report/outcome.h"
#include "report/remarks.h"
#include "report/wait.h"

#define TIME_COLUMNS    7  /* "999.999" */
#define STATE_COLUMNS   11 /* "ESTABLISHED" */
#define LABEL_COLUMNS   32 /* of an arrow unless labels ask for more */
#define REMARK_COLUMNS  30 /* longer ones are broken */
#define HEADING_COLUMNS 64 /* at least */
#define GAP             12 /* between a lifeline and what stands beside it */
#define ARROW_GAP       3  /* between a lifeline and the end of an arrow */

#define LABEL_BASELINE 14 /* from the top of a block */
#define ARROW_HEIGHT   20
#define BESIDE         24 /* baseline of what stands beside the lifelines */
#define BLOCK_HEIGHT   32
#define WAIT_UNIT      9 /* of wait_height */

struct picture {
    struct drawing *drawing;
    const struct connection_result *result;
    struct report_style style;
    struct landmarks marks;
    struct lifelines lines;
    unsigned arrow_columns; /* what a label may take */
    int time_x, client_x, server_x, remark_x;
    int y; /* where the next block begins */
};

/* What there is to say beside one step, a paragraph each. */
struct sayings {
    struct remarks remarks;
    const char *texts[REMARKS_MAX + 1];
    unsigned count;
};

static void say(const struct picture *picture, uint32_t i, struct sayings *sayings)
{
    const struct step *step = &picture->result->steps[i];
    const char *note = step->note == NOTE_ICMP ? NULL : note_text(step->note);

    remarks_of_step(&sayings->remarks, picture->result, &picture->marks, i, &picture->style);
    if (picture->style.verbosity > 0)
        remarks_add_header(&sayings->remarks, step, &picture->style);
    sayings->count = 0;
    for (unsigned k = 0; k < sayings->remarks.count; k++)
        sayings->texts[sayings->count++] = sayings->remarks.items[k].text;
    if (note != NULL)
        sayings->texts[sayings->count++] = note;
}

static int lines_of(const struct sayings *sayings)
{
    int lines = 0;

    for (unsigned k = 0; k < sayings->count; k++)
        lines += drawing_lines_of(sayings->texts[k], REMARK_COLUMNS);
    return lines;
}

static void put_label(const struct picture *picture, const struct step *step, struct row *row)
{
    struct label label;

    label_of_step(&label, picture->result, step, &picture->style, picture->style.verbosity > 0);
    row_begin(row, &picture->style);
    row_put(row, label.head.text);
    if (label.detail.len > 0) {
        row_put(row, label.joint);
        row_put(row, label.detail.text);
    }
}

static void put_time(const struct picture *picture, int64_t time_ns, struct row *row)
{
    int64_t since_ns = duration_between(picture->result->start_ns, time_ns);

    row_begin(row, &picture->style);
    if (since_ns != DURATION_UNKNOWN)
        row_put_ms(row, since_ns);
    else
        row_put(row, "-");
}

static void plan(struct picture *picture)
{
    unsigned time = TIME_COLUMNS, label = LABEL_COLUMNS;

    for (uint32_t i = 0; i < picture->result->step_count; i++) {
        struct row row;

        put_time(picture, picture->result->steps[i].time_ns, &row);
        time = row.width > time ? row.width : time;
        put_label(picture, &picture->result->steps[i], &row);
        label = row.width > label ? row.width : label;
    }
    if (picture->result->done) {
        struct row row;

        put_time(picture, picture->result->done_ns, &row);
        time = row.width > time ? row.width : time;
    }
    picture->arrow_columns = label;
    picture->time_x = MARGIN + (int)time * GLYPH_WIDTH;
    picture->client_x = picture->time_x + STATE_COLUMNS * GLYPH_WIDTH + 2 * GAP;
    picture->server_x = picture->client_x + (int)label * GLYPH_WIDTH + 2 * GAP;
    picture->remark_x = picture->server_x + STATE_COLUMNS * GLYPH_WIDTH + 2 * GAP;
}

static int middle(const struct picture *picture)
{
    return (picture->client_x + picture->server_x) / 2;
}

/* Extends both lifelines. */
static void draw_lifelines(struct picture *picture, int height, const char *class)
{
    int y = picture->y + height;

    if (height == 0)
        return;
    drawing_line(picture->drawing, (struct point){picture->client_x, picture->y},
                 (struct point){picture->client_x, y}, class);
    drawing_line(picture->drawing, (struct point){picture->server_x, picture->y},
                 (struct point){picture->server_x, y}, class);
    picture->y = y;
}

/* The states that have changed, with their baseline at y. */
static void draw_states(struct picture *picture, int y, enum tcp_state client,
                        enum tcp_state server)
{
    const char *client_name = lifelines_turn(&picture->lines, CLIENT, client);
    const char *server_name = lifelines_turn(&picture->lines, SERVER, server);

    if (client_name != NULL)
        drawing_text(picture->drawing, (struct point){picture->client_x - GAP, y}, ANCHOR_END,
                     client == STATE_ESTABLISHED ? "good" : "state", client_name);
    if (server_name != NULL)
        drawing_text(picture->drawing, (struct point){picture->server_x + GAP, y}, ANCHOR_START,
                     server == STATE_ESTABLISHED ? "good" : "state", server_name);
}

/* "1.0 s" or "180 ms", rounded down: the exact times stand at the steps. */
static void put_wait(struct row *row, int64_t wait_ns)
{
    int64_t ms = wait_ns / 1000000;

    if (ms < 1000) {
        row_put_number(row, (uint64_t)ms);
        row_put(row, " ms");
    } else {
        row_put_number(row, (uint64_t)(ms / 1000));
        row_put(row, ".");
        row_put_number(row, (uint64_t)(ms / 100 % 10));
        row_put(row, " s");
    }
}

/* A silence; one that people notice breaks the lifelines and says its length. */
static void draw_wait(struct picture *picture, int64_t wait_ns)
{
    int height = (int)wait_height(wait_ns, WAIT_UNIT);
    struct row text;

    if (wait_rows(wait_ns) == 0) {
        draw_lifelines(picture, height, "life");
        return;
    }
    row_begin(&text, &picture->style);
    put_wait(&text, wait_ns);
    drawing_text(picture->drawing,
                 (struct point){middle(picture), picture->y + (height + LINE_ASCENT) / 2},
                 ANCHOR_MIDDLE, "quiet", text.text);
    draw_lifelines(picture, height, "life wait");
}

static const char *class_of(const struct step *step)
{
    if (step->is_icmp)
        return " icmp";
    return step->verdict == VERDICT_EXPECTED ? "" : " odd";
}

static void draw_sayings(struct picture *picture, const struct sayings *sayings)
{
    int y = picture->y + BESIDE;

    for (unsigned k = 0; k < sayings->count; k++)
        y += LINE_HEIGHT * drawing_paragraph(picture->drawing, (struct point){picture->remark_x, y},
                                             ANCHOR_START, NULL, sayings->texts[k], REMARK_COLUMNS);
}

static void draw_step(struct picture *picture, uint32_t i)
{
    const struct step *step = &picture->result->steps[i];
    bool from_client = step->from == CLIENT;
    int left = picture->client_x + ARROW_GAP, right = picture->server_x - ARROW_GAP;
    struct sayings sayings;
    struct row row;
    int more;

    put_time(picture, step->time_ns, &row);
    drawing_text(picture->drawing, (struct point){picture->time_x, picture->y + BESIDE}, ANCHOR_END,
                 "quiet", row.text);
    put_label(picture, step, &row);
    drawing_text(picture->drawing, (struct point){middle(picture), picture->y + LABEL_BASELINE},
                 ANCHOR_MIDDLE, NULL, row.text);
    drawing_arrow(picture->drawing,
                  (struct point){from_client ? left : right, picture->y + ARROW_HEIGHT},
                  from_client ? right : left, class_of(step));
    draw_states(picture, picture->y + BESIDE, lifelines_at(&picture->lines, CLIENT, i),
                lifelines_at(&picture->lines, SERVER, i));
    say(picture, i, &sayings);
    draw_sayings(picture, &sayings);
    more = lines_of(&sayings) > 1 ? (lines_of(&sayings) - 1) * LINE_HEIGHT : 0;
    draw_lifelines(picture, BLOCK_HEIGHT + more, "life");
}

/* One sentence of the outcome between the lifelines. */
static void draw_milestone(struct picture *picture,
                           void (*sentence)(struct row *, const struct connection_result *))
{
    struct row text;
    int lines;

    row_begin(&text, &picture->style);
    sentence(&text, picture->result);
    lines = drawing_paragraph(picture->drawing,
                              (struct point){middle(picture), picture->y + LINE_HEIGHT},
                              ANCHOR_MIDDLE, NULL, text.text, picture->arrow_columns);
    if (lines > 0)
        draw_lifelines(picture, lines * LINE_HEIGHT + 2 * LINE_DESCENT, "life");
}

/* The client's last state, which no segment shows, with words between the lifelines. */
static void draw_done(struct picture *picture)
{
    const struct connection_result *result = picture->result;
    enum tcp_state client;
    struct row text;
    int lines;

    if (!lifelines_done(&picture->lines, STATE_TIME_WAIT, &client) &&
        !lifelines_done(&picture->lines, STATE_SYN_SENT, &client))
        return;
    draw_wait(picture, wait_before_done(result));
    if (result->done_ns != DURATION_UNKNOWN) {
        put_time(picture, result->done_ns, &text);
        drawing_text(picture->drawing, (struct point){picture->time_x, picture->y + LINE_HEIGHT},
                     ANCHOR_END, "quiet", text.text);
    }
    draw_states(picture, picture->y + LINE_HEIGHT, client, STATE_UNKNOWN);
    row_begin(&text, &picture->style);
    outcome_time_wait(&text, result);
    lines = drawing_paragraph(picture->drawing,
                              (struct point){middle(picture), picture->y + LINE_HEIGHT},
                              ANCHOR_MIDDLE, "quiet", text.text, picture->arrow_columns);
    draw_lifelines(picture, (lines > 1 ? lines : 1) * LINE_HEIGHT + 2 * LINE_DESCENT, "life");
}

static void draw_titles(struct picture *picture)
{
    int y = picture->y + LINE_HEIGHT;

    drawing_text(picture->drawing, (struct point){picture->time_x, y}, ANCHOR_END, "quiet", "ms");
    drawing_text(picture->drawing, (struct point){picture->client_x, y}, ANCHOR_MIDDLE, "quiet",
                 "client");
    drawing_text(picture->drawing, (struct point){picture->server_x, y}, ANCHOR_MIDDLE, "quiet",
                 "server");
    picture->y = y + 2 * LINE_DESCENT;
    draw_states(picture, picture->y + LINE_ASCENT, lifelines_first(&picture->lines, CLIENT),
                lifelines_first(&picture->lines, SERVER));
    draw_lifelines(picture, LINE_HEIGHT, "life");
}

static void draw_figure(struct picture *picture)
{
    const struct connection_result *result = picture->result;

    if (result->step_count == 0)
        return;
    draw_titles(picture);
    for (uint32_t i = 0; i < result->step_count; i++) {
        draw_wait(picture, wait_before(result, i));
        draw_step(picture, i);
        if (i == picture->marks.connected)
            draw_milestone(picture, outcome_open);
    }
    draw_states(picture, picture->y + LINE_ASCENT, result->states[CLIENT], result->states[SERVER]);
    draw_done(picture);
    draw_lifelines(picture, LINE_HEIGHT, "life");
}

/* Lines at the left margin, below what is there. */
static void draw_lines(struct picture *picture, const char *class, const char *text)
{
    int right = picture->remark_x + REMARK_COLUMNS * GLYPH_WIDTH;
    unsigned columns = (unsigned)((right - MARGIN) / GLYPH_WIDTH);

    if (columns < HEADING_COLUMNS)
        columns = HEADING_COLUMNS;
    picture->y += LINE_HEIGHT * drawing_paragraph(picture->drawing,
                                                  (struct point){MARGIN, picture->y + LINE_ASCENT},
                                                  ANCHOR_START, class, text, columns);
}

static void draw_sentence(struct picture *picture, const char *class,
                          void (*sentence)(struct row *, const struct connection_result *))
{
    struct row text;

    row_begin(&text, &picture->style);
    sentence(&text, picture->result);
    draw_lines(picture, class, text.text);
}

static void draw_findings(struct picture *picture)
{
    const struct diagnoses *diagnoses = picture->result->diagnoses;

    for (unsigned i = 0; diagnoses != NULL && i < diagnoses->count; i++) {
        struct row text;

        row_begin(&text, &picture->style);
        outcome_finding(&text, picture->result, &diagnoses->list[i]);
        draw_lines(picture, NULL, text.text);
    }
}

static void draw_omitted(struct picture *picture)
{
    struct row text;
    uint64_t omitted = picture->result->steps_omitted;

    if (omitted == 0)
        return;
    row_begin(&text, &picture->style);
    row_put_counted(&text, omitted, "more segment");
    row_put(&text, omitted == 1 ? " is not shown" : " are not shown");
    draw_lines(picture, "quiet", text.text);
}

int svgladder_draw(struct drawing *drawing, int y, const struct connection_result *result,
                   const char *remark, const struct report_style *style)
{
    struct picture picture = {.drawing = drawing,
                              .result = result,
                              .style = *style,
                              .marks = landmarks_find(result),
                              .y = y};

    lifelines_begin(&picture.lines, result);
    plan(&picture);
    draw_sentence(&picture, "title", outcome_heading);
    draw_lines(&picture, "quiet", remark);
    picture.y += GAP;
    draw_figure(&picture);
    picture.y += GAP;
    draw_omitted(&picture);
    if (picture.marks.connected == NO_STEP)
        draw_sentence(&picture, NULL, outcome_open);
    draw_sentence(&picture, NULL, outcome_handshake);
    draw_sentence(&picture, NULL, outcome_offers);
    draw_sentence(&picture, NULL, outcome_teardown);
    draw_sentence(&picture, NULL, outcome_other_repeats);
    draw_sentence(&picture, "title", outcome_verdict);
    draw_findings(&picture);
    return picture.y;
}
