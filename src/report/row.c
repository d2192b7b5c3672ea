/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/row.h"

#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "report/columns.h"

static const char *const sgr[COLOR_COUNT] = {
    [COLOR_GOOD] = "\033[32m",
    [COLOR_BAD] = "\033[31m",
    [COLOR_NOTICE] = "\033[33m",
    [COLOR_STATE] = "\033[36m",
};

#define SGR_OFF "\033[0m"

void row_begin(struct row *row, const struct report_style *style)
{
    row->style = style;
    row->len = 0;
    row->width = 0;
    row->text[0] = '\0';
}

/* Appends bytes that take columns of the terminal, all of them or none. */
static void append(struct row *row, const char *bytes, size_t len, unsigned columns)
{
    if (len >= ROW_MAX - row->len)
        return;
    memcpy(row->text + row->len, bytes, len);
    row->len += len;
    row->text[row->len] = '\0';
    row->width += columns;
}

size_t row_next_glyph(const char *text, unsigned *columns)
{
    uint32_t code;
    size_t length = utf8_decode(text, &code);

    *columns = utf8_columns(code);
    if (code == '\033') {
        *columns = 0;
        length = strcspn(text, "m");
        length += text[length] == 'm';
    }
    return length;
}

enum color row_sgr_color(const char *text)
{
    for (unsigned i = 0; i < COLOR_COUNT; i++)
        if (sgr[i] != NULL && strncmp(text, sgr[i], strlen(sgr[i])) == 0)
            return (enum color)i;
    return COLOR_NONE;
}

/* The length of what takes a byte and a column for each character. */
static size_t plain_run(const char *text)
{
    size_t len = 0;

    while (text[len] >= ' ' && text[len] < 0x7f)
        len++;
    return len;
}

void row_put(struct row *row, const char *text)
{
    size_t len = plain_run(text);

    if (len < ROW_MAX - row->len) { /* mostly all of it; what does not fit is cut below */
        append(row, text, len, (unsigned)len);
        text += len;
    }
    while (*text != '\0') {
        unsigned columns;
        size_t length = row_next_glyph(text, &columns);

        append(row, text, length, columns);
        text += length;
    }
}

void row_put_foreign(struct row *row, const char *text)
{
    char safe[ROW_MAX];

    row_put(row, escape_text(safe, sizeof(safe), text, row->style->ascii));
}

void row_put_number(struct row *row, uint64_t number)
{
    char digits[20];
    unsigned count = 0;

    do
        digits[sizeof(digits) - ++count] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    append(row, digits + sizeof(digits) - count, count, count);
}

void row_put_counted(struct row *row, uint64_t count, const char *one)
{
    row_put_number(row, count);
    row_put(row, " ");
    row_put(row, one);
    row_put(row, count == 1 ? "" : "s");
}

void row_put_ms(struct row *row, int64_t duration_ns)
{
    uint64_t magnitude = duration_ns < 0 ? -(uint64_t)duration_ns : (uint64_t)duration_ns;
    uint64_t us = magnitude / 1000 + (magnitude % 1000 >= 500);
    char fraction[] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10),
                       (char)('0' + us % 10)};

    if (duration_ns < 0 && us != 0)
        row_put(row, "-");
    row_put_number(row, us / 1000);
    append(row, fraction, sizeof(fraction), sizeof(fraction));
}

void row_put_percent(struct row *row, uint64_t part, uint64_t whole)
{
    double share = 1000 * ((double)part / (double)whole);
    uint64_t tenths = (uint64_t)(share + 0.5);

    if (tenths == 0 && part > 0)
        tenths = 1;
    if (tenths >= 1000)
        tenths = part < whole ? 999 : 1000;
    row_put_number(row, tenths / 10);
    row_put(row, ".");
    row_put_number(row, tenths % 10);
    row_put(row, "%");
}

void row_put_colored(struct row *row, enum color color, const char *text)
{
    bool colored = row->style->color && color != COLOR_NONE;

    row_put(row, colored ? sgr[color] : "");
    row_put(row, text);
    row_put(row, colored ? SGR_OFF : "");
}

void row_put_part(struct row *row, const char *text, unsigned skip, unsigned columns)
{
    unsigned at = 0, shown = 0;

    while (*text != '\0') {
        unsigned glyph_columns;
        size_t length = row_next_glyph(text, &glyph_columns);
        char glyph[8] = {0};

        if (at >= skip && shown + glyph_columns <= columns) {
            memcpy(glyph, text, length < sizeof(glyph) ? length : sizeof(glyph) - 1);
            row_put(row, glyph);
            shown += glyph_columns;
        }
        at += glyph_columns;
        text += length;
    }
}

void row_fill(struct row *row, const char *glyph, unsigned column)
{
    unsigned left = row->width < column ? column - row->width : 0;

    if (glyph[0] == ' ' && left < ROW_MAX - row->len) {
        memset(row->text + row->len, ' ', left);
        row->len += left;
        row->width += left;
        row->text[row->len] = '\0';
        return;
    }
    for (; left > 0; left--)
        row_put(row, glyph);
}

void row_advance(struct row *row, unsigned column)
{
    row_put(row, row->width >= column && row->width > 0 ? " " : "");
    row_fill(row, " ", column);
}

void row_join(struct row *row, const char *separator, const char *text)
{
    if (row->len > 0)
        row_put(row, separator);
    row_put(row, text);
}

void row_put_host_port(struct row *row, const char *host, uint16_t port)
{
    bool brackets = port != 0 && strchr(host, ':') != NULL;

    if (brackets)
        row_put(row, "[");
    row_put_foreign(row, host);
    if (brackets)
        row_put(row, "]");
    if (port != 0) {
        row_put(row, ":");
        row_put_number(row, port);
    }
}

void row_end(struct row *row, FILE *out)
{
    row->text[row->len] = '\n';
    fwrite(row->text, 1, row->len + 1, out);
    row_begin(row, row->style);
}

/* How much of a word fits the given number of columns, at least one glyph; *width is set to its
 * columns. */
static size_t fitting(const char *text, size_t len, unsigned columns, unsigned *width)
{
    size_t at = 0;

    *width = 0;
    while (at < len) {
        unsigned glyph_columns;
        size_t length = row_next_glyph(text + at, &glyph_columns);

        if (at > 0 && *width + glyph_columns > columns)
            break;
        *width += glyph_columns;
        at += length;
    }
    return at;
}

/* The first line begins at first, the others at column. */
static void wrap(struct row *row, unsigned first, unsigned column, const char *text, FILE *out)
{
    unsigned columns = row->style->columns, begin = first;

    text += strspn(text, " ");
    while (*text != '\0') {
        unsigned width, room = columns > begin ? columns - begin : 0;
        size_t len = fitting(text, strcspn(text, " "), room, &width);

        if (row->width > begin && row->width + 1 + width > columns) {
            row_end(row, out);
            begin = column;
            continue;
        }
        row_advance(row, begin);
        append(row, text, len, width);
        text += len;
        text += strspn(text, " ");
    }
    row_end(row, out);
}

void row_wrap(struct row *row, unsigned column, const char *text, FILE *out)
{
    wrap(row, column, column, text, out);
}

void row_end_wrapped(struct row *row, unsigned column, FILE *out)
{
    struct row whole = *row;

    if (row->width <= row->style->columns) {
        row_end(row, out);
        return;
    }
    row_begin(row, whole.style);
    wrap(row, 0, column, whole.text, out);
}

void row_end_fitted(struct row *row, unsigned column, FILE *out)
{
    if (row->style->terminal)
        row_end_wrapped(row, column, out);
    else
        row_end(row, out);
}

unsigned row_widest(const struct report_style *style, size_t count, row_putter *put_entry,
                    const void *context)
{
    unsigned widest = 0;

    for (size_t i = 0; i < count; i++) {
        struct row row;

        row_begin(&row, style);
        put_entry(&row, i, context);
        widest = row.width > widest ? row.width : widest;
    }
    return widest;
}
