/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/escape.h"
#include "base/outlet.h"

#define PATIENCE_NS INT64_C(200000000) /* with a reader of stderr who takes nothing */

#define LONGEST 5120 /* a path of PATH_MAX bytes and a sentence around it */

/* The reason is at the end and the place at the start, so a text that is too long loses its middle.
 */
static void fit(char *out, size_t size, const char *text)
{
    static const char gap[] = "...";
    size_t len = strlen(text);
    if (len < size) {
        memcpy(out, text, len + 1);
        return;
    }
    size_t head = (size - sizeof gap) / 2;
    size_t tail = size - sizeof gap - head;
    memcpy(out, text, head);
    memcpy(out + head, gap, sizeof gap - 1);
    memcpy(out + head + sizeof gap - 1, text + len - tail, tail + 1);
}

/* The remedy is the same for every call and every library that reports it. */
static void add_remedy(char *text, size_t size)
{
    const char *reason = strerror(EMFILE);
    size_t len = strlen(text), reason_len = strlen(reason);
    if (len >= reason_len && strcmp(text + len - reason_len, reason) == 0)
        snprintf(text + len, size - len, " (%d are enough: ulimit -n %d)", DESCRIPTORS_ENOUGH,
                 DESCRIPTORS_ENOUGH);
}

static void set_text(struct error *error, const char *format, va_list arguments)
{
    char text[LONGEST];
    /* Every caller has begun the list; clang-tidy 14 loses sight of it on the way.
     * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        text[0] = '\0';
    add_remedy(text, sizeof text);
    fit(error->text, sizeof error->text, text);
}

static int set_kind(struct error *error, enum status status, bool out_of_memory)
{
    error->status = status;
    error->unresolved = 0;
    error->out_of_memory = out_of_memory;
    return -1;
}

int error_set(struct error *error, enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_text(error, format, arguments);
    va_end(arguments);
    return set_kind(error, status, false);
}

int error_set_memory(struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_text(error, format, arguments);
    va_end(arguments);
    return set_kind(error, STATUS_RUN, true);
}

int error_set_code(struct error *error, int code, const char *format, ...)
{
    struct error place;
    va_list arguments;
    va_start(arguments, format);
    set_text(&place, format, arguments);
    va_end(arguments);
    error_set(error, STATUS_RUN, "%s", strerror(code));
    error->out_of_memory = code == ENOMEM;
    return error_context(error, "%s", place.text);
}

int error_context(struct error *error, const char *format, ...)
{
    struct error place;
    va_list arguments;
    va_start(arguments, format);
    set_text(&place, format, arguments);
    va_end(arguments);
    char text[LONGEST];
    snprintf(text, sizeof text, "%s: %s", place.text, error->text);
    fit(error->text, sizeof error->text, text);
    return -1;
}

bool error_is_sound(const struct error *error)
{
    bool possible =
        error->status == STATUS_RUN || (error->status == STATUS_USAGE && error->out_of_memory == 0);
    return possible && memchr(error->text, '\0', sizeof error->text) != NULL;
}

static struct {
    void (*clear)(void *context);
    void *context;
} shown;

void error_make_way(void (*clear)(void *context), void *context)
{
    shown.clear = clear;
    shown.context = context;
}

/* One write for the whole line, so that lines of several processes do not mix. */
static void print_line(const char *text)
{
    char safe[ESCAPE_GROWTH * sizeof((struct error *)0)->text], line[sizeof safe + 16];
    int len =
        snprintf(line, sizeof line, "tcpshake: %s\n", escape_text(safe, sizeof safe, text, false));
    if (shown.clear != NULL)
        shown.clear(shown.context);
    struct outlet outlet;
    outlet_init(&outlet, STDERR_FILENO);
    outlet.patience_ns = PATIENCE_NS;
    outlet_write(&outlet, line, (size_t)len); /* there is no other place to say that it failed */
    outlet_free(&outlet);
}

void error_print(const struct error *error)
{
    print_line(error->text);
}

static bool warnings_are_off;

void warnings_allow(bool allowed)
{
    warnings_are_off = !allowed;
}

void warning(const char *format, ...)
{
    struct error error;
    if (warnings_are_off)
        return;
    va_list arguments;
    va_start(arguments, format);
    set_text(&error, format, arguments);
    va_end(arguments);
    print_line(error.text);
}
