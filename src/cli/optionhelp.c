/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/optionhelp.h"

#include <string.h>

#include "cli/optiontable.h"

static const char *const group_titles[GROUPS] = {
    [GROUP_WHERE] = "Targets and addresses",
    [GROUP_WHAT] = "Probing",
    [GROUP_SUCCESS] = "Success criteria",
    [GROUP_RECORDINGS] = "Capture files",
    [GROUP_OUTPUT] = "Output",
    [GROUP_OTHER] = "Other",
};

#define HELP_INDENT 28
#define HELP_WIDTH  79

/* Prints text, broken between words, from column (HELP_INDENT after a break) on. */
static void print_wrapped(FILE *out, const char *text)
{
    size_t column = HELP_INDENT;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > HELP_INDENT && column + 1 + len > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        } else if (column > HELP_INDENT) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)len, text);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_row(FILE *out, const struct option_row *row)
{
    char left[HELP_INDENT + 1], right[256];
    char letter[] = {'-', row->letter, ',', ' ', '\0'};
    snprintf(left, sizeof left, "  %s--%s%s%s", row->letter == 0 ? "    " : letter, row->name,
             row->argument == NULL ? "" : " ", row->argument == NULL ? "" : row->argument);
    snprintf(right, sizeof right, "%s%s%s%s", row->help, row->standard == NULL ? "" : " [",
             row->standard == NULL ? "" : row->standard, row->standard == NULL ? "" : "]");
    fprintf(out, "%-*s", HELP_INDENT, left);
    print_wrapped(out, right);
}

void options_help(FILE *out)
{
    fputs("Usage: tcpshake [OPTION]... HOST PORT\n"
          "       tcpshake [OPTION]... TARGET...\n"
          "       tcpshake [OPTION]... --targets FILE [TARGET]...\n"
          "       tcpshake [OPTION]... -r FILE [FILTER]\n"
          "Open and close TCP connections by hand, and show every segment and state.\n\n"
          "TARGET is HOST:PORT or [IPv6]:PORT, or with -p, HOST or ADDRESS/PREFIX.\n"
          "PORT is a number, a service name, a range (8000-8010), or a list (80,443).\n"
          "Defaults are in [brackets].\n",
          out);
    for (unsigned group = 0; group < GROUPS; group++) {
        fprintf(out, "\n%s:\n", group_titles[group]);
        for (size_t i = 0; i < OPTIONS; i++)
            if (option_rows[i].group == group)
                print_row(out, &option_rows[i]);
    }
    fputs("\nS is in seconds, MS in milliseconds; both take fractions and units (2s, 20ms).\n"
          "Exit status: 0 success, 1 failure, 2 wrong usage or unknown host, 3 cannot run.\n"
          "The manual is tcpshake(8).\n",
          out);
}

/* The ids are in the order of the groups, so this is the order of --help. */
bool options_describe(size_t i, struct option_summary *summary)
{
    if (i >= OPTIONS)
        return false;
    const struct option_row *row = &option_rows[i];
    *summary = (struct option_summary){
        .name = row->name,
        .letter = row->letter,
        .argument = row->argument,
        .help = row->help,
        .words = row->words,
        .list = row->words != NULL && strcmp(row->argument, "LIST") == 0,
        .repeats = row->repeats,
    };
    return true;
}
