/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "confine/worker.h"
#include "net/linktype.h"
#include "wire/link.h"

#define LOOPBACK_LINK 4 /* bytes of the header of LINK_NULL and LINK_LOOP */
#define CODE_MAX      8192
#define PATIENCE_MS   5000 /* with name servers, once: then the filter has failed */

/* The filter as it is for frames that begin in one way. */
struct program {
    int dlt;
    uint32_t len; /* in instructions; 0: reason says why there are none, or no_memory */
    unsigned char no_memory;
    char reason[PCAP_ERRBUF_SIZE];
    struct bpf_insn code[CODE_MAX];
};

struct filter {
    char *expression;
    struct worker *worker;
    struct program **programs; /* each owned */
    size_t count;
};

/* For inbound, outbound and ifindex, libpcap compiles loads at negative offsets, which the kernel
 * understands in a live capture only; in frames of a file they match nothing. */
static bool needs_live_capture(const struct bpf_program *made)
{
    for (u_int i = 0; i < made->bf_len; i++) {
        const struct bpf_insn *at = &made->bf_insns[i];
        if (BPF_CLASS(at->code) == BPF_LD && BPF_MODE(at->code) == BPF_ABS && at->k > INT32_MAX)
            return true;
    }
    return false;
}

static void compile(pcap_t *pcap, const char *expression, struct program *program)
{
    struct bpf_program made;
    errno = 0;
    if (pcap_compile(pcap, &made, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        program->no_memory = errno == ENOMEM;
        snprintf(program->reason, sizeof program->reason, "%s", pcap_geterr(pcap));
        return;
    }
    if (needs_live_capture(&made)) {
        snprintf(program->reason, sizeof program->reason,
                 "frames of link type %s record neither direction nor interface",
                 pcap_datalink_val_to_name(program->dlt));
    } else if (made.bf_len <= CODE_MAX) {
        program->len = made.bf_len;
        memcpy(program->code, made.bf_insns, made.bf_len * sizeof *made.bf_insns);
    } else {
        snprintf(program->reason, sizeof program->reason, "is longer than %d instructions",
                 CODE_MAX);
    }
    pcap_freecode(&made);
}

/* In the child: a link type comes in, a program goes out. */
static void answer(void *expression, const void *asked, void *out)
{
    struct program *program = out;
    memcpy(&program->dlt, asked, sizeof program->dlt);
    pcap_t *pcap = pcap_open_dead(program->dlt, 65535);
    if (pcap == NULL) {
        program->no_memory = 1;
        return;
    }
    compile(pcap, expression, program);
    pcap_close(pcap);
}

/* The child has talked to name servers: what it answers is checked. */
static bool is_sound(const void *asked, const void *answered)
{
    const struct program *program = answered;
    if (program->dlt != *(const int *)asked || program->len > CODE_MAX)
        return false;
    if (program->len == 0)
        return memchr(program->reason, '\0', sizeof program->reason) != NULL;
    return bpf_validate(program->code, (int)program->len) != 0;
}

static const struct trade trade = {
    .what = "compiles filters",
    .mode = SANDBOX_CHILD,
    .question_size = sizeof(int),
    .answer_size = sizeof(struct program),
    .answer = answer,
    .is_sound = is_sound,
};

static struct program *ask(struct filter *filter, int dlt, struct error *error)
{
    struct program *program = malloc(sizeof *program);
    int code = -1;
    if (program == NULL)
        error_set_memory(error, "out of memory");
    else
        code = worker_call_within(filter->worker, &dlt, program, PATIENCE_MS, error);
    if (code == 0 && program->no_memory == 0)
        return program;
    if (code == 0)
        error_set_memory(error, "filter \"%s\": out of memory", filter->expression);
    if (code == 1)
        error_set(error, STATUS_RUN,
                  "filter \"%s\": no answer for a name in it within %d s: use addresses",
                  filter->expression, PATIENCE_MS / 1000);
    free(program);
    return NULL;
}

/* The filter for frames that begin so. NULL with *error set. */
static const struct program *find_program(struct filter *filter, int dlt, struct error *error)
{
    for (size_t i = 0; i < filter->count; i++)
        if (filter->programs[i]->dlt == dlt)
            return filter->programs[i];
    struct program **larger =
        realloc(filter->programs, (filter->count + 1) * sizeof(struct program *));
    if (larger == NULL) {
        error_set_memory(error, "out of memory");
        return NULL;
    }
    filter->programs = larger;
    filter->programs[filter->count] = ask(filter, dlt, error);
    return filter->programs[filter->count] != NULL ? filter->programs[filter->count++] : NULL;
}

static int filter_error(const struct filter *filter, const char *reason, struct error *error)
{
    return error_set(error, STATUS_USAGE, "filter \"%s\": %s; see pcap-filter(7)",
                     filter->expression, reason);
}

static int check(struct filter *filter, struct error *error)
{
    static const int likely[] = {DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL, DLT_LINUX_SLL2};
    const struct program *program = NULL;
    for (size_t i = 0; i < sizeof likely / sizeof likely[0]; i++) {
        program = find_program(filter, likely[i], error);
        if (program == NULL)
            return -1;
        if (program->len > 0)
            return 0;
    }
    return filter_error(filter, filter->programs[0]->reason, error);
}

struct filter *filter_new(const char *expression, struct error *error)
{
    struct filter *filter = calloc(1, sizeof *filter);
    if (filter != NULL)
        filter->expression = strdup(expression);
    if (filter == NULL || filter->expression == NULL) {
        error_set_memory(error, "out of memory");
    } else {
        filter->worker = worker_start(&trade, filter->expression, error);
        if (filter->worker != NULL && check(filter, error) == 0)
            return filter;
    }
    filter_free(filter);
    return NULL;
}

void filter_free(struct filter *filter)
{
    if (filter == NULL)
        return;
    worker_stop(filter->worker);
    for (size_t i = 0; i < filter->count; i++)
        free(filter->programs[i]);
    free(filter->programs);
    free(filter->expression);
    free(filter);
}

/* A loopback header names its protocol by the numbers of the system that wrote it, so the filter
 * looks behind it. */
static bool is_loopback(enum link link)
{
    return link == LINK_NULL || link == LINK_LOOP;
}

/* For what libpcap has no filter, although the way to IP is known: the filter looks at the packet
 * alone, and link addresses cannot be asked for. program says why there is no other. */
static int takes_packet(struct filter *filter, const struct frame *frame,
                        const struct program *program, struct error *error)
{
    struct cursor at = cursor_over(frame->bytes, frame->captured_len);
    const struct program *raw = find_program(filter, DLT_RAW, error);
    if (raw == NULL)
        return -1;
    if (raw->len == 0)
        return filter_error(filter, program->reason, error);
    if (link_skip(frame->link, &at) != SEGMENT_TCP)
        return 0;
    uint32_t skipped = frame->captured_len - (uint32_t)at.left;
    uint32_t wire_len = frame->wire_len > skipped ? frame->wire_len - skipped : 0;
    return bpf_filter(raw->code, at.at, wire_len, (uint32_t)at.left) != 0;
}

int filter_takes(struct filter *filter, const struct frame *frame, struct error *error)
{
    uint32_t skipped = is_loopback(frame->link) ? LOOPBACK_LINK : 0;
    if (frame->captured_len < skipped)
        return 0;
    const struct program *program =
        find_program(filter, skipped > 0 ? DLT_RAW : dlt_from_link(frame->link), error);
    if (program == NULL)
        return -1;
    if (program->len == 0)
        return takes_packet(filter, frame, program, error);
    uint32_t wire_len = frame->wire_len > skipped ? frame->wire_len - skipped : 0;
    return bpf_filter(program->code, frame->bytes + skipped, wire_len,
                      frame->captured_len - skipped) != 0;
}
