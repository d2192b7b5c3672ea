/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/svg/drawing.h"

#include <string.h>

#define HEAD_LENGTH 9
#define HEAD_WIDTH  4 /* to either side */

/* Light first, which is what renderers that know no media queries show. The contrast of all text
 * is at least 4.5 to 1 (WCAG 2, AA) in both, and nothing is said by colour alone. */
static const char style_sheet[] =
    "text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',"
    "'Liberation Mono',monospace;fill:#1f2328;white-space:pre}"
    ".paper{fill:#ffffff}"
    ".title{font-weight:bold}"
    ".quiet{fill:#59636e}"
    ".state{fill:#0a6570}"
    ".good{fill:#116329}"
    ".bad{fill:#a40e26}"
    ".notice{fill:#7d4e00;font-weight:bold}"
    ".life{stroke:#8c959f}"
    ".life.wait{stroke-dasharray:1 5;stroke-linecap:round}"
    ".arrow{stroke:#1f2328;stroke-width:1.5}"
    ".head{fill:#1f2328}"
    ".arrow.odd{stroke:#7d4e00;stroke-dasharray:7 4}"
    ".head.odd{fill:#7d4e00}"
    ".arrow.icmp{stroke:#a40e26;stroke-dasharray:2 4}"
    ".head.icmp{fill:#a40e26}"
    ".node{fill:#1f2328}"
    ".node.odd{fill:#7d4e00}"
    ".node.silent{fill:none;stroke:#8c959f}"
    ".bar{fill:#54aeb8}"
    ".mark{stroke:#1f2328}"
    ".axis{stroke:#8c959f}"
    "@media(prefers-color-scheme:dark){"
    "text{fill:#e6edf3}"
    ".paper{fill:#0d1117}"
    ".quiet{fill:#9198a1}"
    ".state{fill:#56d4dd}"
    ".good{fill:#4ac26b}"
    ".bad{fill:#ff8182}"
    ".notice{fill:#e3b341}"
    ".life,.axis{stroke:#6e7681}"
    ".arrow,.mark{stroke:#e6edf3}"
    ".head{fill:#e6edf3}"
    ".arrow.odd{stroke:#e3b341}"
    ".head.odd{fill:#e3b341}"
    ".arrow.icmp{stroke:#ff8182}"
    ".head.icmp{fill:#ff8182}"
    ".node{fill:#e6edf3}"
    ".node.odd{fill:#e3b341}"
    ".node.silent{fill:none;stroke:#6e7681}"
    ".bar{fill:#1b7c83}"
    "}";

static const char *const class_of[COLOR_COUNT] = {
    [COLOR_GOOD] = "good",
    [COLOR_BAD] = "bad",
    [COLOR_NOTICE] = "notice",
    [COLOR_STATE] = "state",
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static void reach(struct drawing *drawing, int x, int y)
{
    drawing->right = larger(drawing->right, x);
    drawing->bottom = larger(drawing->bottom, y);
}

static void put_escaped(FILE *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '&')
            fputs("&amp;", out);
        else if (text[i] == '<')
            fputs("&lt;", out);
        else if (text[i] == '>')
            fputs("&gt;", out);
        else
            fputc(text[i], out);
    }
}

static void open_color(FILE *out, enum color color)
{
    if (class_of[color] != NULL)
        fprintf(out, "<tspan class=\"%s\">", class_of[color]);
}

static void close_color(FILE *out, enum color color)
{
    if (class_of[color] != NULL)
        fputs("</tspan>", out);
}

/* Writes len bytes of text in the colour that was on before. Returns the one that is on behind
 * them. */
static enum color put_colored(FILE *out, const char *text, size_t len, enum color color)
{
    open_color(out, color);
    for (size_t at = 0; at < len;) {
        unsigned columns;
        size_t length = row_next_glyph(text + at, &columns);

        if (text[at] == '\033') {
            close_color(out, color);
            color = row_sgr_color(text + at);
            open_color(out, color);
        } else {
            put_escaped(out, text + at, length);
        }
        at += length;
    }
    close_color(out, color);
    return color;
}

/* How much of text fits a line of the given columns, broken at a space if there is one; *width
 * becomes its columns. */
static size_t piece(const char *text, unsigned columns, unsigned *width)
{
    size_t at = 0, space = 0;
    unsigned taken = 0, before_space = 0;

    while (text[at] != '\0') {
        unsigned glyph_columns;
        size_t length = row_next_glyph(text + at, &glyph_columns);

        if (at > 0 && taken + glyph_columns > columns)
            break;
        if (text[at] == ' ') {
            space = at;
            before_space = taken;
        }
        taken += glyph_columns;
        at += length;
    }
    *width = taken;
    if (text[at] == '\0' || text[at] == ' ' || space == 0)
        return at;
    *width = before_space;
    return space;
}

int drawing_lines_of(const char *text, unsigned columns)
{
    int lines = 0;

    while (*text != '\0') {
        unsigned width;

        text += piece(text, columns, &width);
        text += strspn(text, " ");
        lines++;
    }
    return lines;
}

static void reach_text(struct drawing *drawing, struct point at, enum anchor anchor, unsigned width)
{
    int right = at.x;

    if (anchor == ANCHOR_START)
        right += (int)width * GLYPH_WIDTH;
    else if (anchor == ANCHOR_MIDDLE)
        right += (int)width * GLYPH_WIDTH / 2;
    reach(drawing, right, at.y + LINE_DESCENT);
}

int drawing_paragraph(struct drawing *drawing, struct point at, enum anchor anchor,
                      const char *class, const char *text, unsigned columns)
{
    static const char *const anchors[] = {
        [ANCHOR_START] = "",
        [ANCHOR_MIDDLE] = " text-anchor=\"middle\"",
        [ANCHOR_END] = " text-anchor=\"end\"",
    };
    enum color color = COLOR_NONE;
    int lines = 0;

    for (; *text != '\0'; lines++) {
        unsigned width;
        size_t len = piece(text, columns, &width);

        fprintf(drawing->out, "<text x=\"%d\" y=\"%d\"%s", at.x, at.y, anchors[anchor]);
        if (class != NULL)
            fprintf(drawing->out, " class=\"%s\"", class);
        fputc('>', drawing->out);
        color = put_colored(drawing->out, text, len, color);
        fputs("</text>\n", drawing->out);
        reach_text(drawing, at, anchor, width);
        text += len;
        text += strspn(text, " ");
        at.y += LINE_HEIGHT;
    }
    return lines;
}

void drawing_text(struct drawing *drawing, struct point at, enum anchor anchor, const char *class,
                  const char *text)
{
    drawing_paragraph(drawing, at, anchor, class, text, ROW_MAX);
}

void drawing_line(struct drawing *drawing, struct point from, struct point to, const char *class)
{
    fprintf(drawing->out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"/>\n", from.x,
            from.y, to.x, to.y, class);
    reach(drawing, larger(from.x, to.x), larger(from.y, to.y));
}

void drawing_arrow(struct drawing *drawing, struct point from, int to_x, const char *class)
{
    int back = to_x > from.x ? -HEAD_LENGTH : HEAD_LENGTH;

    fprintf(drawing->out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"arrow%s\"/>\n",
            from.x, from.y, to_x + back, from.y, class);
    fprintf(drawing->out, "<path d=\"M%d %dl%d %dv%dz\" class=\"head%s\"/>\n", to_x, from.y, back,
            -HEAD_WIDTH, 2 * HEAD_WIDTH, class);
    reach(drawing, larger(from.x, to_x), from.y + HEAD_WIDTH);
}

void drawing_box(struct drawing *drawing, struct point at, int width, int height, const char *class)
{
    fprintf(drawing->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"%s\"/>\n",
            at.x, at.y, width, height, class);
    reach(drawing, at.x + width, at.y + height);
}

void drawing_document(const struct drawing *drawing, const char *body, size_t len,
                      const char *title, const char *description, FILE *out)
{
    /* even, so that it stays sharp at half its size */
    int width = (drawing->right + MARGIN + 1) & ~1, height = (drawing->bottom + MARGIN + 1) & ~1;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"title description\">\n",
            width, height, width, height);
    fputs("<title id=\"title\">", out);
    put_escaped(out, title, strlen(title));
    fputs("</title>\n<desc id=\"description\">", out);
    put_escaped(out, description, strlen(description));
    fprintf(out, "</desc>\n<style>%s</style>\n<rect width=\"%d\" height=\"%d\" class=\"paper\"/>\n",
            style_sheet, width, height);
    fwrite(body, 1, len, out);
    fputs("</svg>\n", out);
}
