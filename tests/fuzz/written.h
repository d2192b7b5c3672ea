/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports into memory, and what must hold of their every byte. */
#ifndef TCPSHAKE_TESTS_FUZZ_WRITTEN_H
#define TCPSHAKE_TESTS_FUZZ_WRITTEN_H

#include "report/report.h"

/* Writes a report of that format to memory, as from report_open to report_finish. */
struct written {
    struct report report;
    char *text;
    size_t len;
    FILE *file;
};

void written_open(struct written *written, const char *format, enum layout layout);

/* Ends it: the text must drive no terminal, and parse where the format is JSON. text is to be
 * freed. */
void written_close(struct written *written);

/* The same of a text that was written by other ways; asks for no more than the format's name. */
void check_written(const char *format, const char *text, size_t len);

/* Reports one result in every format. */
void check_reports(const struct connection_result *result);

#endif
