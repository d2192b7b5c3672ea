/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/watch.h"

#include <string.h>

#include "base/error.h"
#include "output/terminal.h"
#include "report/row.h"

#define DELAY_NS INT64_C(1000000000) /* a run that ends sooner needs neither */

#define ENTER_SCREEN "\033[?1049h\033[?25l" /* another screen, without a cursor */
#define LEAVE_SCREEN "\033[?25h\033[?1049l"
#define CLEAR_LINE   "\r\033[K"

static void make_way(void *watch)
{
    watch_hide(watch);
}

void watch_begin(struct watch *watch, const struct report_style *style, FILE *report,
                 enum watch_kind kind, int64_t now_ns)
{
    bool moves = terminal_moves(report);
    *watch = (struct watch){
        .style = *style,
        .screen = report,
        .may_have_table =
            kind != WATCH_NEITHER && style->verbosity == 0 && !style->timestamps && moves,
        .may_have_figure = kind == WATCH_TABLE_AND_FIGURE && style->verbosity >= 0 && moves,
        .may_have_progress = style->verbosity > -2 && terminal_moves(stderr),
        .shares_terminal = terminal_is(report),
        .begun_ns = now_ns,
    };
    error_make_way(make_way, watch);
}

bool watch_wants_ticks(const struct watch *watch)
{
    return watch->may_have_table || watch->may_have_figure || watch->may_have_progress;
}

bool watch_wants_figure(const struct watch *watch, int64_t now_ns)
{
    return watch->may_have_figure && now_ns - watch->told_ns >= WATCH_TICK_NS / 2;
}

/* Grows with each segment and message that was taken in. */
static uint64_t age_of(const struct connection_result *result)
{
    uint64_t age = (uint64_t)result->steps_omitted + result->step_count;
    for (uint32_t i = 0; i < result->step_count; i++)
        age += result->steps[i].count;
    return age;
}

void watch_figure(struct watch *watch, const struct connection_result *result, int64_t now_ns)
{
    uint64_t age = age_of(result);
    if (age == watch->figure_age && watch->figure == LIVE_LADDER_KEPT)
        return;
    struct window window = terminal_window(watch->screen);
    watch->style.columns = window.columns;
    if (!live_ladder_draw(result, watch->figure, window.rows, &watch->style, watch->screen))
        return;
    fflush(watch->screen);
    watch->figure = LIVE_LADDER_KEPT;
    watch->figure_age = age;
    watch->told_ns = now_ns;
}

static void clear_figure(struct watch *watch)
{
    if (watch->figure == LIVE_LADDER_NOTHING)
        return;
    live_ladder_clear(watch->figure, watch->screen);
    fflush(watch->screen);
    watch->figure = LIVE_LADDER_NOTHING;
}

static void drop_table(struct watch *watch)
{
    live_table_free(watch->table);
    watch->table = NULL;
    watch->may_have_table = false;
}

void watch_target(struct watch *watch, const char *host, uint16_t port)
{
    if (!watch->may_have_table)
        return;
    if (watch->table == NULL)
        watch->table = live_table_new();
    if (watch->table == NULL || !live_table_add(watch->table, host, port))
        drop_table(watch);
}

static void clear_progress(struct watch *watch)
{
    if (!watch->progress_shown)
        return;
    fputs(CLEAR_LINE, stderr);
    fflush(stderr);
    watch->progress_shown = false;
}

bool watch_result(struct watch *watch, const struct connection_result *result)
{
    if (watch->table != NULL) {
        live_table_count(watch->table, result);
        watch->changed = true;
        return true;
    }
    clear_figure(watch);
    if (watch->shares_terminal)
        clear_progress(watch);
    return false;
}

static bool is_time(const struct watch *watch, int64_t now_ns)
{
    return now_ns - watch->begun_ns >= DELAY_NS && now_ns - watch->told_ns >= WATCH_TICK_NS / 2;
}

bool watch_wants_progress(const struct watch *watch, int64_t now_ns)
{
    return watch->may_have_progress && watch->table == NULL &&
           watch->figure == LIVE_LADDER_NOTHING && is_time(watch, now_ns);
}

/* One write, so that nothing is written in between; one column less than the terminal has, so that
 * it does not wrap. */
void watch_progress(struct watch *watch, const char *text, int64_t now_ns)
{
    struct report_style style = {.ascii = true};
    struct row row, line;
    row_begin(&row, &style);
    row_put_foreign(&row, text);
    row_begin(&line, &style);
    row_put(&line, CLEAR_LINE);
    row.text[strnlen(row.text, terminal_window(stderr).columns - 1)] = '\0';
    row_put(&line, row.text);
    fwrite(line.text, 1, line.len, stderr);
    fflush(stderr);
    watch->progress_shown = true;
    watch->told_ns = now_ns;
}

void watch_tick(struct watch *watch, int64_t now_ns)
{
    if (watch->table == NULL || !is_time(watch, now_ns) || (watch->table_shown && !watch->changed))
        return;
    struct window window = terminal_window(watch->screen);
    watch->style.columns = window.columns;
    if (!watch->table_shown)
        fputs(ENTER_SCREEN, watch->screen);
    live_table_draw(watch->table, window.rows, &watch->style, watch->screen);
    fflush(watch->screen);
    watch->table_shown = true;
    watch->changed = false;
    watch->told_ns = now_ns;
}

void watch_resized(struct watch *watch)
{
    watch->changed = true;
    watch->told_ns = 0;
    if (watch->figure == LIVE_LADDER_KEPT)
        watch->figure = LIVE_LADDER_MOVED;
}

void watch_hide(struct watch *watch)
{
    clear_progress(watch);
    clear_figure(watch);
    if (!watch->table_shown)
        return;
    fputs(LEAVE_SCREEN, watch->screen);
    fflush(watch->screen);
    watch->table_shown = false;
}

void watch_end(struct watch *watch)
{
    watch_hide(watch);
    error_make_way(NULL, NULL);
    if (watch->table != NULL) {
        watch->style.columns = terminal_window(watch->screen).columns;
        live_table_print(watch->table, &watch->style, watch->screen);
    }
    drop_table(watch);
    watch->may_have_progress = watch->may_have_figure = false;
}
