/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/lists/lists.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "targets/array.h"
#include "targets/lists/linereader.h"
#include "targets/lists/portlist.h"

static int out_of_memory(struct error *error)
{
    return error_set_memory(error, "out of memory for the list of targets");
}

/* Turns a status of the space into an error about a text. */
static int judge(enum space_status status, const char *text, struct error *error)
{
    switch (status) {
    case SPACE_OK:
        return 0;
    case SPACE_LEFT_OUT:
        return entry_refuse_special(text, error);
    case SPACE_TOO_MANY:
        return error_set(error, STATUS_USAGE,
                         "%s: more than 2^63; use longer prefixes or fewer ports", text);
    case SPACE_EMPTY:
        return error_set(error, STATUS_USAGE,
                         "every target is excluded by --exclude or --exclude-file");
    case SPACE_TANGLED:
        return error_set(error, STATUS_USAGE,
                         "%s: prefixes and ports overlap in too many ways; write each prefix once, "
                         "with all of its ports",
                         text);
    case SPACE_NO_MEMORY:
        break;
    }
    return out_of_memory(error);
}

static int add(struct space *space, const struct space_entry *entry, const char *text,
               struct error *error)
{
    return judge(space_add(space, entry), text, error);
}

static int add_operand(struct space *space, struct entry_reader *reader, const char *text,
                       const char *ports, struct error *error)
{
    struct space_entry entry;
    if (entry_read(reader, text, ports, &entry, error) < 0)
        return -1;
    return add(space, &entry, text, error);
}

/* HOST and PORT; says so if they are PORT and HOST. */
static int add_host_port(struct space *space, struct entry_reader *reader, char *const *operands,
                         struct error *error)
{
    int code = add_operand(space, reader, operands[0], operands[1], error);
    if (code < 0 && error->status == STATUS_USAGE)
        operands_refuse_port_first(operands, error);
    return code;
}

int lists_add_operands(struct space *space, struct entry_reader *reader, char *const *operands,
                       size_t count, struct error *error)
{
    bool common = reader->common.run_count > 0;
    if (!common && operands_are_host_port(operands, count))
        return add_host_port(space, reader, operands, error);
    if (!common && operands_refuse_ports_apart(operands, count, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (add_operand(space, reader, operands[i], NULL, error) < 0)
            return -1;
    return 0;
}

/* A file that is read line by line. */
struct list_file {
    const char *path;
    const struct list_wait *wait; /* NULL: there is nothing to wait for */
    struct line_reader lines;
};

/* Puts file and line in front of an error. */
static int at_line(const struct list_file *file, struct error *error)
{
    return error_context(error, "%s, line %" PRIu64, file->path, file->lines.number);
}

/* Reads once. Returns 0, or -1 with *error set. */
static int read_more(struct list_file *file, struct error *error)
{
    const struct list_wait *wait = file->wait;
    if (wait != NULL && !wait->await(wait->context, file->lines.fd))
        return error_set(error, STATUS_RUN, "cannot read '%s': it did not end before the deadline",
                         file->path);
    int code = line_reader_fill(&file->lines);
    if (code == 0 || code == EINTR || (code == EAGAIN && wait != NULL))
        return 0;
    return error_set_code(error, code, "cannot read '%s'", file->path);
}

/* Returns 1 with the next line, 0 at the end, or -1 with *error set: STATUS_USAGE for an invalid
 * line, STATUS_RUN if reading fails. */
static int next_line(struct list_file *file, char **line, struct error *error)
{
    for (;;) {
        switch (line_reader_take(&file->lines, line)) {
        case LINE_TAKEN:
            return 1;
        case LINE_END:
            return 0;
        case LINE_TOO_LONG:
            error_set(error, STATUS_USAGE, "it is longer than %d octets", LIST_LINE_MAX);
            return at_line(file, error);
        case LINE_HAS_NUL:
            error_set(error, STATUS_USAGE, "it contains a NUL octet");
            return at_line(file, error);
        case LINE_WANTED:
            if (read_more(file, error) != 0)
                return -1;
        }
    }
}

static bool is_regular(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* With a wait, a FIFO is opened without waiting for its writer. */
static struct list_file *open_list(const char *path, const struct list_wait *wait,
                                   struct error *error)
{
    struct list_file *file = malloc(sizeof *file);
    if (file == NULL) {
        out_of_memory(error);
        return NULL;
    }
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input
                 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (wait != NULL ? O_NONBLOCK : 0));
    if (fd < 0) {
        error_set_code(error, errno, "cannot open '%s'", path);
        free(file);
        return NULL;
    }
    file->path = is_input ? "standard input" : path;
    file->wait = is_regular(fd) ? NULL : wait;
    line_reader_begin(&file->lines, fd);
    return file;
}

static void close_list(struct list_file *file)
{
    close(file->lines.fd);
    free(file);
}

static int add_line(struct space *space, struct entry_reader *reader, char *text,
                    struct error *error)
{
    struct list_line line;
    struct space_entry entry;
    if (list_line_parse(text, &line, error) < 0)
        return -1;
    if (line.target == NULL)
        return 0;
    if (entry_read_line(reader, &line, &entry, error) < 0)
        return -1;
    return add(space, &entry, line.target, error);
}

void origins_free(struct origins *origins)
{
    free(origins->lines);
    free(origins->files);
    *origins = (struct origins){NULL};
}

static bool note_file(struct origins *origins, const char *path, size_t entries)
{
    struct origin_file *files =
        array_room(origins->files, origins->file_count, 1, &origins->file_capacity, sizeof *files);
    if (files == NULL)
        return false;
    files[origins->file_count++] = (struct origin_file){path, entries};
    origins->files = files;
    return true;
}

/* Of the entry with the number entries - 1; those before it that were not noted have none. */
static bool note_line(struct origins *origins, uint64_t line, size_t entries)
{
    if (origins->count >= entries)
        return true; /* the line has added none */
    uint32_t *lines = array_room(origins->lines, origins->count, entries - origins->count,
                                 &origins->capacity, sizeof *lines);
    if (lines == NULL)
        return false;
    memset(lines + origins->count, 0, (entries - origins->count) * sizeof *lines);
    lines[entries - 1] = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX;
    origins->lines = lines;
    origins->count = entries;
    return true;
}

static int note_origin(struct origins *origins, const struct list_file *file, size_t entries,
                       struct error *error)
{
    if (origins == NULL || note_line(origins, file->lines.number, entries))
        return 0;
    return out_of_memory(error);
}

/* The file of an entry that has a line. */
static const char *path_of(const struct origins *origins, size_t entry)
{
    size_t i = origins->file_count - 1;
    while (i > 0 && origins->files[i].first > entry)
        i--;
    return origins->files[i].path;
}

void lists_tell_overruled(const struct space *space, const struct origins *origins,
                          void (*tell)(void *context, const struct error *error), void *context)
{
    struct error error;
    uint64_t found = 0;
    for (size_t i = 0; i < space->overruled.count; i++) {
        uint32_t entry = space->overruled.list[i];
        if (entry >= origins->count || origins->lines[entry] == 0 || found++ >= OVERRULED_TOLD)
            continue;
        error_set(&error, STATUS_OK,
                  "%s, line %" PRIu32
                  ": a target of this line was written earlier with other labels or "
                  "another expectation, which apply",
                  path_of(origins, entry), origins->lines[entry]);
        tell(context, &error);
    }
    if (found <= OVERRULED_TOLD)
        return;
    error_set(&error, STATUS_OK, "and %" PRIu64 " more lines", found - OVERRULED_TOLD);
    tell(context, &error);
}

static int add_lines(struct space *space, struct entry_reader *reader, struct list_file *file,
                     struct bad_lines *bad, struct error *error)
{
    for (;;) {
        char *line;
        int code = next_line(file, &line, error);
        if (code == 0)
            return 0;
        if (code > 0) {
            code = add_line(space, reader, line, error);
            if (code == 0)
                code = note_origin(bad->origins, file, space->entries, error);
            if (code == 0)
                continue;
            at_line(file, error);
        }
        if (error->status != STATUS_USAGE)
            return -1;
        bad->count++;
        bad->tell(bad->context, error);
    }
}

int lists_add_file(struct space *space, struct entry_reader *reader, const char *path,
                   const struct list_wait *wait, struct bad_lines *bad, struct error *error)
{
    struct list_file *file = open_list(path, wait, error);
    if (file == NULL)
        return -1;
    int result = -1;
    if (bad->origins != NULL && !note_file(bad->origins, file->path, space->entries))
        out_of_memory(error);
    else
        result = add_lines(space, reader, file, bad, error);
    close_list(file);
    return result;
}

static int exclude(struct space *space, struct piece text, struct error *error)
{
    struct span span;
    if (span_parse(text, &span, error) < 0)
        return -1;
    return space_exclude(space, &span) ? 0 : out_of_memory(error);
}

int lists_exclude(struct space *space, const char *list, struct error *error)
{
    for (const char *at = list;; at++) {
        struct piece item = {at, strcspn(at, ",")};
        if (exclude(space, item, error) < 0)
            return -1;
        at += item.len;
        if (*at == '\0')
            return 0;
    }
}

/* The line without surrounding blanks and comment. */
static char *only_word(char *line)
{
    static const char blanks[] = " \t\r\v\f";
    char *word = line + strspn(line, blanks);
    word[strcspn(word, "#")] = '\0';
    size_t len = strlen(word);
    while (len > 0 && strchr(blanks, word[len - 1]) != NULL)
        word[--len] = '\0';
    return word;
}

int lists_exclude_file(struct space *space, const char *path, const struct list_wait *wait,
                       struct error *error)
{
    struct list_file *file = open_list(path, wait, error);
    char *line;
    int code;
    if (file == NULL)
        return -1;
    while ((code = next_line(file, &line, error)) > 0) {
        const char *list = only_word(line);
        if (*list == '\0' || lists_exclude(space, list, error) == 0)
            continue;
        code = at_line(file, error);
        break;
    }
    close_list(file);
    return code;
}

int lists_settle(struct space *space, uint64_t most, struct error *error)
{
    if (judge(space_settle(space), "targets", error) < 0)
        return -1;
    if (space->count <= most)
        return 0;
    return error_set(error, STATUS_USAGE,
                     "%" PRIu64 " targets are more than %" PRIu64 ": --max-targets %" PRIu64
                     " allows them",
                     space->count, most, space->count);
}
