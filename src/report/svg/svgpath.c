/* SPDX-License-Identifier: BSD-2-Clause */
/* From left to right: the number of a hop, its round-trip time, the way with a node for each hop,
 * the address, and remarks. The way is dotted to a hop that did not answer, whose node is hollow,
 * and a hop before which something was changed has a node of another colour, and says so. */
#include "report/svg/svgpath.h"

#include "report/pathwords.h"

#define HOP_COLUMNS    4
#define TIME_COLUMNS   10 /* "9999.999" and more */
#define REMARK_COLUMNS 64 /* longer ones are broken */
#define END_COLUMNS    96
#define GAP            12 /* between the way and what stands beside it */
#define NODE           8  /* its width and height */
#define HOP_GAP        8  /* between two hops */

struct picture {
    struct drawing *drawing;
    const struct path *path;
    const struct report_style *style;
    int number_x, time_x, way_x, address_x, remark_x;
    int y;      /* the baseline of what comes next */
    int last_y; /* the middle of the node before */
};

/* Takes remarks one by one. */
struct beside {
    struct picture *picture;
    int lines;
};

/* This host comes before the hops. */
static void put_address(struct row *row, size_t i, const void *context)
{
    const struct path *path = context;
    char text[ADDRESS_TEXT_MAX];

    if (i == 0)
        row_put(row, address_text(&path->ours.address, text));
    else
        pathwords_address(row, &path->hops[i - 1]);
}

static void plan(struct picture *picture)
{
    unsigned address =
        row_widest(picture->style, picture->path->hop_count + 1u, put_address, picture->path);

    picture->number_x = MARGIN + HOP_COLUMNS * GLYPH_WIDTH;
    picture->time_x = picture->number_x + TIME_COLUMNS * GLYPH_WIDTH;
    picture->way_x = picture->time_x + GAP + NODE;
    picture->address_x = picture->way_x + GAP + NODE;
    picture->remark_x = picture->address_x + (int)address * GLYPH_WIDTH + 2 * GAP;
}

static void put_text(const struct picture *picture, int x, enum anchor anchor, const char *class,
                     const char *text)
{
    drawing_text(picture->drawing, (struct point){x, picture->y}, anchor, class, text);
}

/* The node of what stands at y, and the way to it from the one before, if there is one. */
static void draw_node(struct picture *picture, bool answered, const char *class)
{
    int middle = picture->y - LINE_ASCENT / 3;

    if (picture->last_y != 0)
        drawing_line(picture->drawing, (struct point){picture->way_x, picture->last_y + NODE / 2},
                     (struct point){picture->way_x, middle - NODE / 2},
                     answered ? "life" : "life wait");
    drawing_box(picture->drawing, (struct point){picture->way_x - NODE / 2, middle - NODE / 2},
                NODE, NODE, class);
    picture->last_y = middle;
}

static void draw_remark(void *context, const struct row *remark)
{
    struct beside *beside = context;
    struct picture *picture = beside->picture;

    beside->lines += drawing_paragraph(
        picture->drawing,
        (struct point){picture->remark_x, picture->y + beside->lines * LINE_HEIGHT}, ANCHOR_START,
        NULL, remark->text, REMARK_COLUMNS);
}

static const char *class_of(const struct path_hop *hop)
{
    if (hop->answered == 0)
        return "node silent";
    return hop->changes != 0 ? "node odd" : "node";
}

static void draw_hop(struct picture *picture, uint8_t ttl)
{
    const struct path_hop *hop = &picture->path->hops[ttl - 1];
    struct beside beside = {.picture = picture};
    struct row row;

    row_begin(&row, picture->style);
    row_put_number(&row, ttl);
    put_text(picture, picture->number_x, ANCHOR_END, "quiet", row.text);
    row_begin(&row, picture->style);
    if (hop->answered > 0 && hop->rtt_ns != INT64_MIN)
        row_put_ms(&row, hop->rtt_ns);
    put_text(picture, picture->time_x, ANCHOR_END, "quiet", row.text);
    row_begin(&row, picture->style);
    put_address(&row, ttl, picture->path);
    put_text(picture, picture->address_x, ANCHOR_START, hop->answered > 0 ? NULL : "quiet",
             row.text);
    draw_node(picture, hop->answered > 0, class_of(hop));
    pathwords_remarks(picture->path, ttl, picture->style, draw_remark, &beside);
    picture->y += (beside.lines > 1 ? beside.lines : 1) * LINE_HEIGHT + HOP_GAP;
}

/* The way begins here. */
static void draw_start(struct picture *picture)
{
    struct row row;

    row_begin(&row, picture->style);
    put_address(&row, 0, picture->path);
    put_text(picture, picture->number_x, ANCHOR_END, "quiet", "hop");
    put_text(picture, picture->time_x, ANCHOR_END, "quiet", "ms");
    put_text(picture, picture->address_x, ANCHOR_START, NULL, row.text);
    put_text(picture, picture->remark_x, ANCHOR_START, "quiet", "this host");
    draw_node(picture, true, "node");
    picture->y += LINE_HEIGHT + HOP_GAP;
}

static int draw_sentence(struct drawing *drawing, int y, const struct row *sentence)
{
    return y + LINE_HEIGHT * drawing_paragraph(drawing, (struct point){MARGIN, y + LINE_ASCENT},
                                               ANCHOR_START, NULL, sentence->text, END_COLUMNS);
}

static int draw_path(struct drawing *drawing, int y, const struct path *path,
                     const struct report_style *style)
{
    struct picture picture = {
        .drawing = drawing, .path = path, .style = style, .y = y + LINE_ASCENT};
    struct row end;

    plan(&picture);
    draw_start(&picture);
    for (uint8_t ttl = 1; ttl <= path->hop_count; ttl++)
        draw_hop(&picture, ttl);
    row_begin(&end, style);
    pathwords_end(&end, path);
    return draw_sentence(drawing, picture.y - LINE_ASCENT, &end);
}

int svgpath_draw(struct drawing *drawing, int y, const struct connection_result *result,
                 const struct report_style *style)
{
    struct row text;

    if (result->path != NULL)
        y = draw_path(drawing, y + 2 * GAP, result->path, style);
    if (result->path_mtu == NULL)
        return y;
    row_begin(&text, style);
    pathwords_mtu(&text, result->path_mtu, result->interface);
    return draw_sentence(drawing, y + GAP, &text);
}
