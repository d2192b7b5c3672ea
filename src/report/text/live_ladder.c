/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/live_ladder.h"

#include <stdlib.h>
#include <string.h>

#include "report/row.h"
#include "report/text/ladder.h"

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"
#define SAVE        "\0337"
#define RESTORE     "\0338"
#define CLEAR_LINE  "\033[2K"
#define CLEAR_BELOW                                                                                \
    "\033[J" /* never from the top of the screen: some move all of it to what is scrolled back */
#define LINE_DOWN "\033[B"

/* What is typed is echoed and can move the cursor, but not the saved place of it; a new size can
 * move the place, but the terminal moves the cursor with it. */
static const char *const returns[] = {
    [LIVE_LADDER_NOTHING] = HIDE_CURSOR "\r",
    [LIVE_LADDER_KEPT] = RESTORE,
    [LIVE_LADDER_MOVED] = "\r",
};

static char *print(const struct connection_result *result, const struct report_style *style)
{
    char *text = NULL;
    size_t len;
    FILE *lines = open_memstream(&text, &len);

    if (lines == NULL)
        return NULL;
    ladder_print_so_far(result, style, lines);
    if (fclose(lines) == 0)
        return text;
    free(text);
    return NULL;
}

/* The last lines of text, as many as there are rows; *count becomes their number. */
static const char *last_lines(const char *text, unsigned rows, unsigned *count)
{
    const char *at = text + strlen(text);

    *count = 0;
    while (at > text && *count < rows) {
        for (at--; at > text && at[-1] != '\n'; at--)
            ;
        (*count)++;
    }
    return at;
}

/* A line as far as the terminal does not wrap it. */
static const char *put_line(const char *text, const struct report_style *style, FILE *out)
{
    char line[ROW_MAX];
    size_t len = strcspn(text, "\n"), kept = len < sizeof(line) ? len : sizeof(line) - 1;
    struct row row;

    memcpy(line, text, kept);
    line[kept] = '\0';
    row_begin(&row, style);
    row_put_part(&row, line, 0, style->columns);
    fputs(row.text, out);
    return text + len + 1;
}

bool live_ladder_draw(const struct connection_result *result, enum live_ladder_before before,
                      unsigned rows, const struct report_style *style, FILE *out)
{
    char *text = print(result, style);
    const char *at;
    unsigned count;

    if (text == NULL)
        return false;
    at = last_lines(text, rows, &count);
    fputs(returns[before], out);
    fputs(CLEAR_LINE, out);
    for (unsigned i = 0; i < count; i++) {
        fputs(i == 0 ? "" : "\r\n", out);
        fputs(i == 1 ? CLEAR_BELOW : "", out);
        at = put_line(at, style, out);
    }
    fputs("\r", out);
    if (count > 1)
        fprintf(out, "\033[%uA", count - 1);
    fputs(SAVE, out);
    free(text);
    return true;
}

void live_ladder_clear(enum live_ladder_before before, FILE *out)
{
    fputs(returns[before], out);
    fputs(SAVE CLEAR_LINE LINE_DOWN CLEAR_BELOW RESTORE SHOW_CURSOR, out);
}
