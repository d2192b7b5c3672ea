/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_DEFAULT 80u
#define ROWS_DEFAULT    24u

bool terminal_is(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

bool terminal_moves(FILE *file)
{
    const char *term = getenv("TERM");
    return terminal_is(file) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static unsigned from_environment(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);
    char *end;
    unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
    return value > 0 && value <= 1000 && *end == '\0' ? (unsigned)value : otherwise;
}

struct window terminal_window(FILE *file)
{
    struct winsize size = {0};
    struct window window = {COLUMNS_DEFAULT, ROWS_DEFAULT};
    if (!terminal_is(file))
        return window;
    if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    window.columns = size.ws_col > 0 ? size.ws_col : from_environment("COLUMNS", COLUMNS_DEFAULT);
    window.rows = size.ws_row > 0 ? size.ws_row : from_environment("LINES", ROWS_DEFAULT);
    return window;
}
