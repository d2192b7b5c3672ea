/* SPDX-License-Identifier: BSD-2-Clause */
#include "written.h"
#include "output/formats.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "json.h"

void written_open(struct written *w, const char *format, enum layout layout)
{
    const struct report_style style = {.layout = layout, .ascii = true, .columns = 80};
    w->file = open_memstream(&w->text, &w->len);
    CHECK(w->file != NULL);
    report_open(&w->report, report_format_find(format), &style, w->file);
}

/* Controls, and what turns the direction of text round. */
static bool drives_terminal(uint32_t code)
{
    return (code < ' ' && code != '\n') || (code >= 0x7f && code < 0xa0) ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == UTF8_INVALID;
}

void check_written(const char *format, const char *text, size_t len)
{
    bool ascii = strcmp(format, "text") == 0 || strcmp(format, "table") == 0 ||
                 strcmp(format, "json") == 0; /* the others are for programs, as they are */
    uint32_t code;
    CHECK(strlen(text) == len);
    for (const char *at = text; *at != '\0';) {
        at += utf8_decode(at, &code);
        CHECK(!drives_terminal(code) && (!ascii || code <= '~'));
    }
    if (strcmp(format, "json") == 0)
        CHECK(json_lines_valid(text, len));
}

void written_close(struct written *w)
{
    CHECK(report_finish(&w->report) == 0);
    CHECK(fclose(w->file) == 0);
    check_written(w->report.format->name, w->text, w->len);
}

void check_reports(const struct connection_result *result)
{
    struct summary summary = {.target = result->target};
    summary_add(&summary, result);
    for (size_t i = 0; report_formats[i]->name != NULL; i++) {
        struct written w;
        written_open(&w, report_formats[i]->name, LAYOUT_LADDER);
        report_connection(&w.report, result);
        report_summary(&w.report, &summary, 1);
        written_close(&w);
        free(w.text);
    }
}
