/* SPDX-License-Identifier: BSD-2-Clause */
/* One drawing of a run, made when it is over: the ladder of one connection, and of several the
 * distribution of their times to connect below. The ladder is then that of the connection which has
 * the most to tell: the first that failed, or else the one with the slowest handshake. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path/mtu.h"
#include "path/path.h"
#include "report/formats.h"
#include "report/outcome.h"
#include "report/pathwords.h"
#include "report/svg/svgladder.h"
#include "report/svg/svgpath.h"
#include "report/svg/svgspread.h"
#include "tcp/evidence.h"
#include "tcp/host.h"

#define PANEL_GAP 32

/* What is kept of the connections until the drawing is made. */
struct picture_kept {
    struct connection_result result; /* owns what follows; the words of Zeek are left out */
    struct step *steps;
    char *target, *interface;
    struct evidence evidence;
    struct diagnoses diagnoses;
    struct host_facts host;
    struct path_mtu mtu;
    struct path *path;
    bool there;
    uint64_t unmet;
};

static void svg_begin(struct report *report)
{
    report->kept = calloc(1, sizeof(*report->kept));
    if (report->kept == NULL)
        report->failure = ENOMEM;
}

static void release(struct picture_kept *kept)
{
    free(kept->steps);
    free(kept->target);
    free(kept->interface);
    free(kept->path);
    *kept = (struct picture_kept){.unmet = kept->unmet};
}

static void svg_end(struct report *report)
{
    if (report->kept != NULL)
        release(report->kept);
    free(report->kept);
    report->kept = NULL;
}

static char *copy(const char *text, bool *failed)
{
    char *made = text != NULL ? strdup(text) : NULL;

    *failed = *failed || (text != NULL && made == NULL);
    return made;
}

/* Returns false where memory ran out. */
static bool keep_path(struct picture_kept *kept, const struct connection_result *result)
{
    kept->result.path = NULL;
    if (result->path_mtu != NULL) {
        kept->mtu = *result->path_mtu;
        kept->result.path_mtu = &kept->mtu;
    }
    if (result->path == NULL)
        return true;
    kept->path = malloc(sizeof(*kept->path));
    if (kept->path == NULL)
        return false;
    *kept->path = *result->path;
    kept->result.path = kept->path;
    return true;
}

static void keep_findings(struct picture_kept *kept, const struct connection_result *result)
{
    if (result->evidence != NULL) {
        kept->evidence = *result->evidence;
        kept->result.evidence = &kept->evidence;
    }
    if (result->diagnoses != NULL) {
        kept->diagnoses = *result->diagnoses;
        kept->result.diagnoses = &kept->diagnoses;
    }
}

/* Returns false where memory ran out. */
static bool keep(struct picture_kept *kept, const struct connection_result *result)
{
    size_t bytes = result->step_count * sizeof(*kept->steps);
    bool failed = false;

    release(kept);
    kept->result = *result;
    kept->there = true;
    kept->result.target = kept->target = copy(result->target, &failed);
    kept->result.interface = kept->interface = copy(result->interface, &failed);
    kept->result.conn_state = kept->result.history = NULL;
    failed = !keep_path(kept, result) || failed;
    if (result->host != NULL) {
        kept->host = *result->host;
        kept->result.host = &kept->host;
    }
    keep_findings(kept, result);
    kept->steps = malloc(bytes + 1);
    if (kept->steps == NULL || failed)
        return false;
    if (bytes > 0)
        memcpy(kept->steps, result->steps, bytes);
    kept->result.steps = kept->steps;
    return true;
}

/* Whether result has more to tell than what is kept. */
static bool tells_more(const struct picture_kept *kept, const struct connection_result *result)
{
    if (!kept->there)
        return true;
    if (kept->result.ok != result->ok)
        return !result->ok;
    return result->ok && result->handshake.connect_ns > kept->result.handshake.connect_ns;
}

static void svg_connection(struct report *report, const struct connection_result *result)
{
    if (report->style.verbosity < -1)
        return;
    report->kept->unmet += !result->ok;
    if (tells_more(report->kept, result) && !keep(report->kept, result))
        report->failure = ENOMEM;
}

/* Which of several connections is shown; nothing for a single one. */
static void put_choice(struct row *row, const struct picture_kept *kept, uint64_t connections)
{
    if (connections < 2)
        return;
    row_put_number(row, connections);
    row_put(row, " connections, ");
    if (kept->unmet > 0)
        row_put_number(row, kept->unmet);
    else
        row_put(row, "all");
    row_put(row, kept->unmet > 0 ? " failed; this is the first of them"
                                 : " ok; this is the one with the slowest handshake");
}

static int draw_verdict(struct drawing *drawing, const struct picture_kept *kept,
                        const struct report_style *style)
{
    struct row verdict;

    row_begin(&verdict, style);
    outcome_verdict(&verdict, &kept->result);
    drawing_text(drawing, (struct point){MARGIN, MARGIN + LINE_ASCENT}, ANCHOR_START, "title",
                 verdict.text);
    return MARGIN + LINE_HEIGHT;
}

static int draw_connection(struct drawing *drawing, const struct picture_kept *kept,
                           uint64_t connections, const struct report_style *style)
{
    struct row choice;

    if (!kept->there) {
        drawing_text(drawing, (struct point){MARGIN, MARGIN + LINE_ASCENT}, ANCHOR_START, "title",
                     "no connection to show");
        return MARGIN + LINE_HEIGHT;
    }
    if (style->verbosity < 0)
        return connections == 1 ? draw_verdict(drawing, kept, style) : MARGIN - PANEL_GAP;
    row_begin(&choice, style);
    put_choice(&choice, kept, connections);
    return svgpath_draw(drawing, svgladder_draw(drawing, MARGIN, &kept->result, choice.text, style),
                        &kept->result, style);
}

static void put_sentence(struct row *row, const struct connection_result *result,
                         void (*sentence)(struct row *, const struct connection_result *))
{
    struct row text;

    row_begin(&text, row->style);
    sentence(&text, result);
    if (text.len > 0)
        row_join(row, "; ", text.text);
}

static void put_path_end(struct row *row, const struct connection_result *result)
{
    pathwords_end(row, result->path);
}

/* The drawing in words, for screen readers. */
static void describe(struct row *title, struct row *text, const struct picture_kept *kept,
                     uint64_t connections)
{
    const struct connection_result *result = &kept->result;

    put_choice(text, kept, connections);
    if (!kept->there) {
        row_put(title, "TCP connections");
        return;
    }
    row_put(title, "TCP connection: ");
    outcome_verdict(title, result);
    put_sentence(text, result, outcome_heading);
    put_sentence(text, result, outcome_translated);
    put_sentence(text, result, outcome_open);
    put_sentence(text, result, outcome_handshake);
    put_sentence(text, result, outcome_teardown);
    if (result->path != NULL)
        put_sentence(text, result, put_path_end);
}

/* The file says itself that it is UTF-8, and colours are those of its style sheet. */
static struct report_style drawn_style(const struct report *report, bool color)
{
    struct report_style style = report->style;

    style.ascii = false;
    style.color = color;
    return style;
}

/* In place of a drawing that would be empty. */
static void draw_nothing(struct drawing *drawing, uint64_t connections,
                         const struct report_style *style)
{
    struct row row;

    row_begin(&row, style);
    row_put_number(&row, connections);
    row_put(&row, " connections, none with a time to connect");
    drawing_text(drawing, (struct point){MARGIN, MARGIN + LINE_ASCENT}, ANCHOR_START, "title",
                 row.text);
}

static void draw(struct report *report, FILE *body, struct drawing *drawing,
                 const struct summary *summaries, size_t count)
{
    struct report_style style = drawn_style(report, true);
    int y, end;

    *drawing = (struct drawing){.out = body};
    y = draw_connection(drawing, report->kept, report->connections, &style) + PANEL_GAP;
    if (report->connections < 2)
        return;
    end = svgspread_draw(drawing, y, summaries, count, &style);
    if (style.verbosity < 0 && end == y)
        draw_nothing(drawing, report->connections, &style);
}

static void svg_summary(struct report *report, const struct summary *summaries, size_t count)
{
    struct report_style plain = drawn_style(report, false);
    struct drawing drawing;
    struct row title, description;
    char *bytes = NULL;
    size_t len = 0;
    FILE *body;

    if (report->style.verbosity < -1)
        return;
    body = open_memstream(&bytes, &len);
    if (body != NULL)
        draw(report, body, &drawing, summaries, count);
    if (body == NULL || fclose(body) != 0 || bytes == NULL) {
        report->failure = ENOMEM;
        free(bytes);
        return;
    }
    row_begin(&title, &plain);
    row_begin(&description, &plain);
    describe(&title, &description, report->kept, report->connections);
    drawing_document(&drawing, bytes, len, title.text, description.text, report->out);
    free(bytes);
}

const struct report_format format_svg = {
    .name = "svg",
    .begin = svg_begin,
    .connection = svg_connection,
    .summary = svg_summary,
    .end = svg_end,
};
