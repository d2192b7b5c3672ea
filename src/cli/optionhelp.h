/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of options as text, for --help and for shell completions. */
#ifndef TCPSHAKE_CLI_OPTIONHELP_H
#define TCPSHAKE_CLI_OPTIONHELP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The text of --help. */
void options_help(FILE *out);

/* What the completions of shells are made from. All texts are constant. */
struct option_summary {
    const char *name;
    char letter;                 /* 0: none */
    const char *argument, *help; /* argument NULL: takes none */
    const char *words;           /* the values there are, blanks between; NULL: any */
    bool list;                   /* several of the words may be given, commas between */
    bool repeats;                /* may be given several times */
};

/* Describes the option that --help names as number i, from 0. Returns false past the last. */
bool options_describe(size_t i, struct option_summary *summary);

#endif
