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

/* 0: not set, or no such number. */
static unsigned from_environment(const char *name)
{
    const char *text = getenv(name);
    char *end;
    unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
    return value > 0 && value <= 1000 && *end == '\0' ? (unsigned)value : 0;
}

static unsigned first_known(unsigned one, unsigned other, unsigned otherwise)
{
    return one > 0 ? one : other > 0 ? other : otherwise;
}

struct window terminal_window(FILE *file)
{
    struct winsize size = {0};
    unsigned columns = from_environment("COLUMNS"), rows = from_environment("LINES");
    bool terminal = terminal_is(file);
    if (terminal && ioctl(fileno(file), TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    return (struct window){
        .columns = first_known(size.ws_col, columns, COLUMNS_DEFAULT),
        .rows = first_known(size.ws_row, rows, ROWS_DEFAULT),
        .unbounded = !terminal && columns == 0,
    };
}
