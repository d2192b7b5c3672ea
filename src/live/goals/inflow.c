/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/goals/inflow.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "targets/lists/portlist.h"

#define WAITING_MOST 1024u /* targets whose names are being resolved */

struct waiting_target {
    struct waiting_target *next;
    struct streamed_line *line; /* a reference */
    uint64_t number;
    uint32_t nth; /* the next address */
    uint16_t port;
    uint8_t port_states;
    bool begins_host;
};

/* Opening and closing */

bool inflow_is_streamed(const struct options *options, const char *path)
{
    return options->stream || strcmp(path, "-") == 0;
}

bool inflow_is_wanted(const struct options *options)
{
    for (size_t i = 0; i < options->target_paths.count; i++)
        if (inflow_is_streamed(options, options->target_paths.list[i]))
            return true;
    return false;
}

static int out_of_memory(struct error *error)
{
    return error_set_memory(error, "out of memory for the stream of targets");
}

/* A FIFO is opened without waiting for its writer. */
static int open_list(struct inflow *inflow, const char *path, struct error *error)
{
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                      : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set_code(error, errno, "cannot open '%s'", path);
    inflow->lists[inflow->list_count++] =
        (struct inflow_list){fd, is_input ? "standard input" : path};
    return 0;
}

static int open_lists(struct inflow *inflow, struct error *error)
{
    const struct texts *paths = &inflow->options->target_paths;
    inflow->lists = calloc(paths->count, sizeof *inflow->lists);
    if (inflow->lists == NULL)
        return out_of_memory(error);
    for (size_t i = 0; i < paths->count; i++)
        if (inflow_is_streamed(inflow->options, paths->list[i]) &&
            open_list(inflow, paths->list[i], error) != 0)
            return -1;
    return 0;
}

static int begin_stream(struct inflow *inflow, struct error *error)
{
    const struct options *options = inflow->options;
    inflow->services = services_load();
    inflow->reader = calloc(1, sizeof *inflow->reader);
    if (inflow->services == NULL || inflow->reader == NULL)
        return out_of_memory(error);
    inflow->reader->services = inflow->services;
    if (options->port_list != NULL &&
        port_list_parse(&inflow->reader->common, options->port_list, inflow->services, error) != 0)
        return -1;
    const struct stream_request request = {.fd = inflow->lists[0].fd,
                                           .name = inflow->lists[0].name,
                                           .reader = inflow->reader,
                                           .excluded = &inflow->space->excluded,
                                           .shard = options->shard.number,
                                           .shards = options->shard.count,
                                           .most = options->targets_max};
    inflow->stream = stream_begin(&request);
    return inflow->stream != NULL ? 0 : out_of_memory(error);
}

int inflow_open(struct inflow *inflow, const struct options *options, const struct space *space,
                struct error *error)
{
    *inflow = (struct inflow){.options = options, .space = space, .ended = true};
    inflow->request = (struct hosts_request){
        .names = {.family = options->family != FAMILY_NONE ? options->family
                                                           : (enum family)options->source.family,
                  .timeout_ns = options->timeout_ns,
                  .deadline_ns = INT64_MAX},
        .numeric = options->numeric,
        .quiet = options->verbosity <= -2};
    if (!inflow_is_wanted(options))
        return 0;
    inflow->ended = false;
    if (open_lists(inflow, error) != 0 || begin_stream(inflow, error) != 0)
        return -1;
    inflow->interfaces = if_nameindex();
    if (inflow->interfaces == NULL)
        return error_set_code(error, errno, "cannot list the interfaces");
    if (options->numeric)
        return 0;
    return clerks_open(&inflow->clerks, inflow->request.names.family, options->timeout_ns, error);
}

void inflow_release(struct streamed_line *line)
{
    if (line == NULL || --line->references > 0)
        return;
    free(line->host.all);
    free(line);
}

static void free_waiting(struct waiting_target *waiting)
{
    while (waiting != NULL) {
        struct waiting_target *next = waiting->next;
        struct streamed_line *line = waiting->line;
        free(waiting);
        inflow_release(line);
        waiting = next;
    }
}

/* Lines whose names are asked for belong to their waiting targets. */
static void free_asked(struct errand *errand)
{
    struct streamed_line *line = (struct streamed_line *)errand;
    if (errand != NULL)
        free_waiting(line->head);
}

void inflow_close(struct inflow *inflow)
{
    for (struct errand *errand = inflow->clerks.head; errand != NULL;) {
        struct errand *next = errand->next;
        free_asked(errand);
        errand = next;
    }
    for (size_t i = 0; i < inflow->clerks.count; i++)
        free_asked(inflow->clerks.list[i].errand);
    free_waiting(inflow->head);
    inflow_release(inflow->line);
    clerks_close(&inflow->clerks);
    for (size_t i = 0; i < inflow->list_count; i++)
        if (inflow->lists[i].fd >= 0)
            close(inflow->lists[i].fd);
    free(inflow->lists);
    if (inflow->interfaces != NULL)
        if_freenameindex(inflow->interfaces);
    stream_end(inflow->stream);
    free(inflow->reader);
    services_free(inflow->services);
}

/* Lines */

static void tell_bad_line(struct inflow *inflow, const struct error *error)
{
    inflow->bad_lines++;
    error_print(error);
}

/* Returns false where memory ran out. */
static bool keep_line(struct inflow *inflow, const struct space_target *target)
{
    size_t name_len = target->name != NULL ? strlen(target->name) : 0;
    size_t labels_len = strlen(target->attributes.labels);
    struct streamed_line *line = calloc(1, sizeof *line + name_len + labels_len + 2);
    inflow->line = line;
    if (line == NULL)
        return false;
    memcpy(line->text, target->name != NULL ? target->name : "", name_len + 1);
    memcpy(line->text + name_len + 1, target->attributes.labels, labels_len + 1);
    line->labels = line->text + name_len + 1;
    line->references = 1;
    line->host = (struct host_name){.text = line->text, .resolve_ns = DURATION_UNKNOWN};
    line->errand.host = line->text;
    return true;
}

/* One of a family that -4, -6 or -S rules out. */
static int check_family(const struct inflow *inflow, const struct address *address,
                        struct error *error)
{
    enum family wanted = inflow->request.names.family;
    char text[ADDRESS_TEXT_MAX];
    struct resolved resolved;
    if (wanted == FAMILY_NONE || address->family == (uint16_t)wanted)
        return 0;
    return resolve_host(address_text(address, text), wanted, true, &resolved, error);
}

/* The interfaces are those that there were before the sandbox was entered. Returns 1 if the text is
 * not an address with a zone, 0, or -1 with *error set. */
static int take_zoned(const struct inflow *inflow, struct host_name *host, struct error *error)
{
    struct resolution found = {.all.count = 1, .duration_ns = DURATION_UNKNOWN};
    struct resolved *only = &found.all.list[0];
    int code = resolve_zoned(host->text, inflow->interfaces, only, error);
    if (code != 0)
        return code;
    if (check_family(inflow, &only->address, error) != 0)
        return -1;
    return hosts_take(host, inflow->space, &found, error);
}

/* Returns 0, or -1 with *error set: STATUS_USAGE, the line is invalid. */
static int begin_name(struct inflow *inflow, struct error *error)
{
    struct streamed_line *line = inflow->line;
    int code = take_zoned(inflow, &line->host, error);
    if (code == 1)
        code = hosts_take_numeric(&line->host, inflow->space, &inflow->request, error);
    line->decided = code == 0;
    return code == 1 ? clerks_ask(&inflow->clerks, &line->errand, inflow->now_ns, error) : code;
}

/* Looks at the first target of a line. Returns as begin_name does. */
static int begin_line(struct inflow *inflow, const struct space_target *target, struct error *error)
{
    inflow_release(inflow->line);
    inflow->line = NULL;
    if (target->name == NULL && check_family(inflow, &target->address, error) != 0)
        return -1;
    if (target->name == NULL && target->attributes.labels[0] == '\0')
        return 0;
    if (!keep_line(inflow, target))
        return out_of_memory(error);
    return target->name != NULL ? begin_name(inflow, error) : 0;
}

/* Targets */

static void append(struct waiting_target **head, struct waiting_target **tail,
                   struct waiting_target *first, struct waiting_target *last)
{
    *(*tail != NULL ? &(*tail)->next : head) = first;
    *tail = last;
}

/* Returns false where memory ran out. */
static bool hold(struct inflow *inflow, const struct space_target *target, bool begins_host)
{
    struct streamed_line *line = inflow->line;
    struct waiting_target *waiting = malloc(sizeof *waiting);
    if (waiting == NULL)
        return false;
    *waiting = (struct waiting_target){.line = line,
                                       .number = inflow->targets++,
                                       .port = target->port,
                                       .port_states = target->attributes.port_states,
                                       .begins_host = begins_host};
    line->references++;
    inflow->waiting++;
    if (line->decided)
        append(&inflow->head, &inflow->tail, waiting, waiting);
    else
        append(&line->head, &line->tail, waiting, waiting);
    return true;
}

/* The next address of the first target that waits. Returns false for one that is left out. */
static bool release_one(struct inflow *inflow, struct goal *goal)
{
    struct waiting_target *waiting = inflow->head;
    struct streamed_line *line = waiting->line;
    struct host_name *host = &line->host;
    *goal = (struct goal){.name = host->text,
                          .host = host,
                          .found = host->count > 0,
                          .begins_host = waiting->begins_host && waiting->nth == 0,
                          .port = waiting->port,
                          .attributes = {waiting->port_states, line->labels},
                          .place = waiting->number,
                          .number = waiting->number,
                          .line = line};
    if (goal->found)
        goal->at = host->all[waiting->nth];
    bool taken = !host->excluded;
    if (inflow->options->all_addresses && ++waiting->nth < host->count) {
        line->references++;
        return taken;
    }
    inflow->head = waiting->next;
    if (inflow->head == NULL)
        inflow->tail = NULL;
    inflow->waiting--;
    free(waiting);
    if (!taken)
        inflow_release(line);
    return taken;
}

static void fill_goal(struct inflow *inflow, const struct space_target *target, struct goal *goal)
{
    struct streamed_line *line = inflow->line;
    *goal = (struct goal){.at.address = target->address,
                          .found = true,
                          .begins_host = !address_equal(&inflow->last, &target->address),
                          .port = target->port,
                          .attributes = {target->attributes.port_states, ""},
                          .place = inflow->targets,
                          .number = inflow->targets,
                          .line = line};
    inflow->targets++;
    inflow->last = target->address;
    if (line == NULL)
        return;
    line->references++;
    goal->attributes.labels = line->labels;
}

static enum inflow_status fail(struct inflow *inflow, const struct error *error)
{
    inflow->error = *error;
    return INFLOW_FAILED;
}

/* Returns INFLOW_GOAL, INFLOW_WAIT where it waits or is invalid, or INFLOW_FAILED. */
static enum inflow_status take_target(struct inflow *inflow, const struct space_target *target,
                                      uint64_t line, struct goal *goal)
{
    struct error error;
    bool begins_line = inflow->line_number != line;
    inflow->line_number = line;
    if (begins_line && begin_line(inflow, target, &error) != 0) {
        if (error.status != STATUS_USAGE)
            return fail(inflow, &error);
        stream_at_line(inflow->stream, &error);
        stream_skip_line(inflow->stream);
        tell_bad_line(inflow, &error);
        return INFLOW_WAIT;
    }
    if (target->name == NULL) {
        fill_goal(inflow, target, goal);
        return INFLOW_GOAL;
    }
    inflow->last.family = FAMILY_NONE;
    if (hold(inflow, target, begins_line))
        return INFLOW_WAIT;
    out_of_memory(&error);
    return fail(inflow, &error);
}

/* Whether there is another list, which is begun. */
static bool turn_to_next_list(struct inflow *inflow)
{
    close(inflow->lists[inflow->list_at].fd);
    inflow->lists[inflow->list_at++].fd = -1;
    inflow->line_number = 0;
    if (inflow->list_at == inflow->list_count)
        return false;
    const struct inflow_list *list = &inflow->lists[inflow->list_at];
    stream_turn_to(inflow->stream, list->fd, list->name);
    return true;
}

/* Returns INFLOW_WAIT with wants set where a line has to come. */
static enum inflow_status take_from_stream(struct inflow *inflow, struct goal *goal)
{
    struct space_target target;
    struct error error;
    uint64_t line;
    switch (stream_next(inflow->stream, &target, &line, &error)) {
    case STREAM_TARGET:
        return take_target(inflow, &target, line, goal);
    case STREAM_BAD_LINE:
        tell_bad_line(inflow, &error);
        return INFLOW_WAIT;
    case STREAM_WANTED:
        inflow->wants = true;
        return INFLOW_WAIT;
    case STREAM_END:
        break;
    }
    inflow->ended = !turn_to_next_list(inflow);
    return INFLOW_WAIT;
}

/* Returns 0, or -1 with inflow.error set. */
static int take_names(struct inflow *inflow, int64_t now_ns)
{
    struct resolution resolution;
    struct errand *errand;
    int code;
    while ((code = clerks_take(&inflow->clerks, now_ns, &errand, &resolution, &inflow->error)) >
           0) {
        struct streamed_line *line = (struct streamed_line *)errand;
        line->decided = true;
        append(&inflow->head, &inflow->tail, line->head, line->tail);
        line->head = line->tail = NULL;
        if (resolution.result != 0)
            inflow->why_not_found = resolution.error;
        if (hosts_take(&line->host, inflow->space, &resolution, &inflow->error) != 0)
            return -1;
        hosts_tell(&line->host, &resolution, inflow->request.quiet);
    }
    return code;
}

/* Whether there may be a target beside those that wait. */
static bool may_take(const struct inflow *inflow)
{
    return !inflow->ended && !inflow->wants && inflow->waiting < WAITING_MOST;
}

enum inflow_status inflow_next(struct inflow *inflow, int64_t now_ns, struct goal *goal)
{
    enum inflow_status status = INFLOW_WAIT;
    inflow->now_ns = now_ns;
    inflow->wants = false;
    if (inflow->error.status != STATUS_OK)
        return INFLOW_FAILED;
    while (status == INFLOW_WAIT && (inflow->head != NULL || may_take(inflow))) {
        if (inflow->head == NULL)
            status = take_from_stream(inflow, goal);
        else if (release_one(inflow, goal))
            status = INFLOW_GOAL;
    }
    return status == INFLOW_WAIT && inflow->ended && inflow->waiting == 0 ? INFLOW_END : status;
}

/* The loop */

int inflow_fd(const struct inflow *inflow, size_t n)
{
    if (n > 0)
        return clerks_fd(&inflow->clerks, n - 1);
    return inflow->wants && !inflow->ended ? inflow->lists[inflow->list_at].fd : -1;
}

int64_t inflow_next_ns(const struct inflow *inflow)
{
    return clerks_next_ns(&inflow->clerks);
}

static void read_list(struct inflow *inflow)
{
    const struct inflow_list *list = &inflow->lists[inflow->list_at];
    struct pollfd polled = {.fd = list->fd, .events = POLLIN};
    if (poll(&polled, 1, 0) <= 0)
        return;
    inflow->wants = false;
    int code = stream_fill(inflow->stream);
    if (code != 0 && code != EAGAIN && code != EINTR)
        error_set_code(&inflow->error, code, "cannot read '%s'", list->name);
}

void inflow_read(struct inflow *inflow, int64_t now_ns)
{
    if (inflow->error.status != STATUS_OK || take_names(inflow, now_ns) != 0)
        return;
    if (inflow->wants && !inflow->ended)
        read_list(inflow);
}
