/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets of lists that are still being written; what confine/resolver.h declares is here: children
 * that answer, are silent, or are gone. */
#include "live/goals/inflow.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "tcp/result.h"

#define SECOND  INT64_C(1000000000)
#define START   (77 * SECOND)
#define TIMEOUT (2 * SECOND)

/* By the first letter of the name: "a..." is answered at once, "t..." with two addresses, "n..." is
 * not found, "s..." is silent until it is let go; at "m..." the child is out of memory, at "g..."
 * it is gone. */
struct resolver {
    char host[RESOLVER_HOST_MAX]; /* empty: not busy */
};

static unsigned running, busy, busy_most;
static bool let_go;

struct resolver *resolver_start(struct error *error)
{
    (void)error;
    running++;
    return calloc(1, sizeof(struct resolver));
}

void resolver_leave(struct resolver *resolver)
{
    free(resolver);
    running--;
}

void resolver_stop(struct resolver *resolver)
{
    resolver_leave(resolver);
}

int resolver_fd(const struct resolver *resolver)
{
    (void)resolver;
    return 1000;
}

bool resolver_is_busy(const struct resolver *resolver)
{
    return resolver->host[0] != '\0';
}

int resolver_ask(struct resolver *resolver, const char *host, enum family family,
                 struct error *error)
{
    (void)family;
    (void)error;
    ck_assert(!resolver_is_busy(resolver));
    snprintf(resolver->host, sizeof resolver->host, "%s", host);
    busy_most = ++busy > busy_most ? busy : busy_most;
    return 0;
}

int resolver_read(struct resolver *resolver, struct resolution *out, struct error *error)
{
    char first = resolver->host[0];
    if (first == 'g')
        return error_set(error, STATUS_RUN, "the process is gone");
    if (first == 's' && !let_go)
        return 0;
    *out = (struct resolution){.duration_ns = 5, .all.count = first == 't' ? 2 : 1};
    for (uint8_t i = 0; i < 2; i++)
        out->all.list[i].address = (struct address){FAMILY_IPV4, {192, 0, 2, (uint8_t)(i + 1)}};
    if (first == 'n') {
        out->result = -1;
        error_set(&out->error, STATUS_USAGE, "no such name");
    } else if (first == 'm') {
        out->result = -1;
        error_set_memory(&out->error, "out of memory");
    }
    resolver->host[0] = '\0';
    busy--;
    return 1;
}

/* poll(2), which may say that there is input where another process has read it. */
static bool says_ready;

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    const struct timespec timeout = {.tv_sec = timeout_ms / 1000};
    if (!says_ready)
        return ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, NULL);
    fds[0].revents = POLLIN;
    return 1;
}

static struct options options;
static struct space space;
static struct inflow inflow;
static struct error error;
static const char *paths[2];
static char texts[2][32];
static int ends[2][2];

static void set_up(void)
{
    options = (struct options){.shard = {1, 1},
                               .count = 1,
                               .timeout_ns = TIMEOUT,
                               .targets_max = 1000000,
                               .stream = true,
                               .verbosity = -2,
                               .target_paths = {paths, 1}};
    space = (struct space){0};
    running = busy = busy_most = 0;
    says_ready = false;
    let_go = false;
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(pipe2(ends[i], O_CLOEXEC | O_NONBLOCK), 0);
        snprintf(texts[i], sizeof texts[i], "/proc/self/fd/%d", ends[i][0]);
        paths[i] = texts[i];
    }
}

static void begin(void)
{
    ck_assert_int_eq(inflow_open(&inflow, &options, &space, &error), 0);
}

static void end_list(unsigned i)
{
    close(ends[i][1]);
    ends[i][1] = -1;
}

static void tear_down(void)
{
    inflow_close(&inflow);
    ck_assert_uint_eq(running, 0);
    for (unsigned i = 0; i < 2; i++) {
        close(ends[i][0]);
        if (ends[i][1] >= 0)
            end_list(i);
    }
    space_free(&space);
}

static void put(const char *text)
{
    ck_assert_int_eq(write(ends[0][1], text, strlen(text)), (ssize_t)strlen(text));
}

/* What comes until nothing does: "host:port=address[labels]" each, "*" in front of one that begins
 * a host; then "." at the end, "!" where it has failed. */
static const char *drain(int64_t now_ns)
{
    static char text[1 << 17];
    char address[ADDRESS_TEXT_MAX];
    size_t used = 0;
    struct goal goal;
    enum inflow_status status = INFLOW_WAIT;
    text[0] = '\0';
    for (unsigned idle = 0; idle < 3;) {
        inflow_read(&inflow, now_ns);
        status = inflow_next(&inflow, now_ns, &goal);
        idle += status != INFLOW_GOAL;
        if (status != INFLOW_GOAL)
            continue;
        const char *at = goal.found ? address_text(&goal.at.address, address) : "?";
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s%s:%u=%s%s", used > 0 ? " " : "",
                             goal.begins_host ? "*" : "", goal.name != NULL ? goal.name : "",
                             goal.port, at, goal.attributes.labels);
        inflow_release(goal.line);
    }
    snprintf(text + used, sizeof text - used, "%s",
             status == INFLOW_END      ? "."
             : status == INFLOW_FAILED ? "!"
                                       : "");
    return text;
}

START_TEST(gives_addresses_in_their_order)
{
    begin();
    ck_assert_str_eq(drain(START), "");
    put("192.0.2.1 1,2\n192.0.2.1:3 a=b\n192.0.2.9:");
    ck_assert_str_eq(drain(START), "*:1=192.0.2.1 :2=192.0.2.1 :3=192.0.2.1a=b");
    ck_assert_int_eq(inflow_fd(&inflow, 0), inflow.lists[0].fd);
    put("4");
    end_list(0);
    ck_assert_str_eq(drain(START), "*:4=192.0.2.9.");
    ck_assert_int_eq(inflow_fd(&inflow, 0), -1);
    ck_assert_uint_eq(inflow.targets, 4);
}
END_TEST

START_TEST(does_not_wait_for_names)
{
    begin();
    put("silent:1 a=b\nn:2\n192.0.2.9:3\nabc 4,5 c=d\ntwo:6\n");
    ck_assert_str_eq(drain(START), "*:3=192.0.2.9 *n:2=? *abc:4=192.0.2.1c=d abc:5=192.0.2.1c=d "
                                   "*two:6=192.0.2.1");
    ck_assert_str_eq(inflow.why_not_found.text, "no such name");
    ck_assert_int_eq(inflow_next_ns(&inflow), START + TIMEOUT);
    ck_assert_int_eq(inflow_fd(&inflow, 1), 1000); /* the one that is busy */
    ck_assert_int_eq(inflow_fd(&inflow, 2), -1);
    end_list(0);
    ck_assert_str_eq(drain(START + TIMEOUT - 1), "");
    ck_assert_str_eq(drain(START + TIMEOUT), "*silent:1=?a=b.");
    ck_assert_int_eq(inflow_next_ns(&inflow), INT64_MAX);
}
END_TEST

/* A child that is silent gets no further name until it has answered, which is then ignored. */
START_TEST(asks_for_several_names_at_a_time)
{
    char line[16];
    begin();
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(line, sizeof line, "s%u:1\n", i);
        put(line);
    }
    put("192.0.2.9:3\n");
    ck_assert_str_eq(drain(START), "");
    ck_assert_uint_eq(busy_most, CLERKS_MOST);
    ck_assert_uint_eq(inflow.waiting, 1024);
    ck_assert_int_eq(inflow_fd(&inflow, 0), -1); /* no further line for now */
    ck_assert_str_eq(drain(START + TIMEOUT - 1), "");
    inflow_read(&inflow, START + TIMEOUT);
    ck_assert_uint_eq(busy, CLERKS_MOST);
    let_go = true;
    ck_assert_ptr_nonnull(strstr(drain(START + 2 * TIMEOUT), "192.0.2.9"));
    ck_assert_uint_eq(inflow.waiting, 0);
    ck_assert_uint_eq(inflow.targets, 2001);
}
END_TEST

/* Children that a debugger has stopped, for example. */
START_TEST(gives_up_names_that_no_child_takes)
{
    static const int64_t stuck_ns = START + TIMEOUT + CLERKS_STUCK_NS;
    char line[16];
    begin();
    for (unsigned i = 0; i < CLERKS_MOST; i++) {
        snprintf(line, sizeof line, "s%u:1\n", i);
        put(line);
    }
    put("abc:2\nabd:3\n");
    ck_assert_str_eq(drain(START), "");
    drain(START + TIMEOUT);
    ck_assert_uint_eq(inflow.waiting, 2);
    ck_assert_int_eq(inflow_next_ns(&inflow), stuck_ns);
    ck_assert_str_eq(drain(stuck_ns - 1), "");
    ck_assert_str_eq(drain(stuck_ns), "*abc:2=? *abd:3=?");
    ck_assert_str_eq(inflow.why_not_found.text,
                     "cannot resolve 'abd': the processes that resolve names do not answer");
    ck_assert(inflow.why_not_found.unresolved);
    ck_assert_int_eq(inflow_next_ns(&inflow), INT64_MAX);
    put("abe:4\n");
    ck_assert_str_eq(drain(stuck_ns + 1), "*abe:4=?");
    let_go = true;
    put("abf:5\n");
    end_list(0);
    ck_assert_str_eq(drain(stuck_ns + 2), "*abf:5=192.0.2.1.");
}
END_TEST

START_TEST(gives_all_addresses)
{
    options.all_addresses = true;
    begin();
    put("two 1,2\nn:3\n");
    end_list(0);
    ck_assert_str_eq(drain(START), "*two:1=192.0.2.1 two:1=192.0.2.2 two:2=192.0.2.1 "
                                   "two:2=192.0.2.2 *n:3=?.");
}
END_TEST

/* More ports than wait at a time: the rest come when its name is known. */
START_TEST(a_line_goes_on_when_its_name_is_known)
{
    begin();
    put("abc:1-1500\n");
    end_list(0);
    const char *all = drain(START);
    ck_assert_ptr_nonnull(strstr(all, " abc:1025=192.0.2.1 "));
    ck_assert_ptr_nonnull(strstr(all, " abc:1500=192.0.2.1"));
    ck_assert_uint_eq(inflow.waiting, 0);
}
END_TEST

START_TEST(leaves_excluded_names_out)
{
    const struct span excluded = {{0, 0xc0000201}, {0, 0xc0000201}, FAMILY_IPV4};
    ck_assert(space_exclude(&space, &excluded));
    ck_assert_int_eq(space_settle(&space), SPACE_EMPTY);
    begin();
    put("abc 1,2\ntwo:3\n192.0.2.1:4\n");
    end_list(0);
    ck_assert_str_eq(drain(START), "*two:3=192.0.2.2.");
    ck_assert_uint_eq(inflow.bad_lines, 0);
}
END_TEST

/* What is left of it is the one that is being read. */
START_TEST(a_name_that_is_left_out_is_let_go)
{
    const struct span excluded = {{0, 0xc0000201}, {0, 0xc0000201}, FAMILY_IPV4};
    ck_assert(space_exclude(&space, &excluded));
    ck_assert_int_eq(space_settle(&space), SPACE_EMPTY);
    begin();
    put("abc:1,2\n");
    ck_assert_str_eq(drain(START), "");
    ck_assert_ptr_nonnull(inflow.line);
    ck_assert_uint_eq(inflow.line->references, 1);
}
END_TEST

START_TEST(goes_on_behind_bad_lines)
{
    static char name[300];
    memset(name, 'a', sizeof name - 1);
    options.family = FAMILY_IPV4;
    begin();
    put(name);
    put(":1\n[2001:db8::1]:2,3\nx\n192.0.2.1 4 5\n192.0.2.1:6\n");
    end_list(0);
    ck_assert_str_eq(drain(START), "*:6=192.0.2.1.");
    ck_assert_uint_eq(inflow.bad_lines, 4);
}
END_TEST

START_TEST(asks_nobody_if_numeric)
{
    options.numeric = true;
    begin();
    ck_assert_uint_eq(running, 0);
    put("abc:1\nfe80::1%lo 2\n");
    end_list(0);
    ck_assert_str_eq(drain(START), "*fe80::1%lo:2=fe80::1.");
    ck_assert_uint_eq(inflow.bad_lines, 1);
}
END_TEST

/* The C library would make a socket for them. */
START_TEST(knows_zones_itself)
{
    begin();
    put("fe80::1%lo 2\n[fe80::2%nosuch]:3\n[fe80::3%lo]:4\n");
    end_list(0);
    ck_assert_str_eq(drain(START), "*fe80::1%lo:2=fe80::1 *fe80::3%lo:4=fe80::3.");
    ck_assert_uint_eq(inflow.bad_lines, 1);
    ck_assert_uint_eq(busy_most, 0);
}
END_TEST

START_TEST(refuses_zones_of_the_other_family)
{
    options.family = FAMILY_IPV4;
    begin();
    put("fe80::1%lo 2\n192.0.2.1:3\n");
    end_list(0);
    ck_assert_str_eq(drain(START), "*:3=192.0.2.1.");
    ck_assert_uint_eq(inflow.bad_lines, 1);
}
END_TEST

START_TEST(reads_one_list_after_the_other)
{
    options.target_paths.count = 2;
    options.shard = (struct shard){2, 2};
    begin();
    ck_assert_int_eq(write(ends[1][1], "192.0.2.4:4\n192.0.2.5:5\n", 24), 24);
    end_list(1);
    put("192.0.2.1:1\n192.0.2.2:2\n192.0.2.3:3\n");
    ck_assert_str_eq(drain(START), "*:2=192.0.2.2");
    end_list(0);
    ck_assert_str_eq(drain(START), "*:4=192.0.2.4.");
}
END_TEST

/* Lines of two lists have the same numbers. */
START_TEST(lists_have_lines_of_their_own)
{
    options.target_paths.count = 2;
    begin();
    put("abc:1 a=b\n");
    end_list(0);
    ck_assert_int_eq(write(ends[1][1], "two:2 c=d\n[2001:db8::1]:3\n", 26), 26);
    end_list(1);
    ck_assert_str_eq(drain(START), "*abc:1=192.0.2.1a=b");
    ck_assert_str_eq(drain(START), "*:3=2001:db8::1 *two:2=192.0.2.1c=d.");
}
END_TEST

/* The writer of a FIFO may come later. */
START_TEST(a_fifo_is_not_waited_for)
{
    char folder[] = "/tmp/tcpshake-inflow-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/list", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    paths[0] = path;
    begin();
    ck_assert_str_eq(drain(START), "");
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    ck_assert_int_ge(fd, 0);
    unlink(path);
    rmdir(folder);
    ck_assert_int_eq(write(fd, "192.0.2.1:1\n", 12), 12);
    ck_assert_str_eq(drain(START), "*:1=192.0.2.1");
    close(fd);
    ck_assert_str_eq(drain(START), ".");
}
END_TEST

START_TEST(refuses_lines_of_too_many_targets)
{
    options.targets_max = 3;
    begin();
    put("192.0.2.1 1-3\n192.0.2.2 1-4\n192.0.2.0/30:5\n");
    end_list(0);
    ck_assert_str_eq(drain(START), "*:1=192.0.2.1 :2=192.0.2.1 :3=192.0.2.1 :5=192.0.2.1 "
                                   "*:5=192.0.2.2.");
    ck_assert_uint_eq(inflow.bad_lines, 1);
}
END_TEST

START_TEST(takes_ports_for_all_lines)
{
    options.port_list = "7,8";
    begin();
    put("192.0.2.1\nabc\n192.0.2.2:9\n");
    end_list(0);
    ck_assert_str_eq(drain(START), "*:7=192.0.2.1 :8=192.0.2.1 *:9=192.0.2.2 *abc:7=192.0.2.1 "
                                   "abc:8=192.0.2.1.");
}
END_TEST

START_TEST(fails_with_a_child)
{
    begin();
    put("silent:1\ngone:2\n192.0.2.1:3\n");
    ck_assert_str_eq(drain(START), "*:3=192.0.2.1!");
    ck_assert_str_eq(inflow.error.text, "the process is gone");
}
END_TEST

START_TEST(fails_without_memory)
{
    begin();
    put("abc:1\nmemory:2\n192.0.2.1:3\n");
    ck_assert_str_eq(drain(START), "*:3=192.0.2.1!");
    ck_assert(inflow.error.out_of_memory);
}
END_TEST

START_TEST(fails_with_its_list)
{
    paths[0] = "/nosuch";
    ck_assert_int_eq(inflow_open(&inflow, &options, &space, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    inflow_close(&inflow);
    paths[0] = "/";
    begin();
    ck_assert_str_eq(drain(START), "!");
    ck_assert_str_eq(inflow.error.text, "cannot read '/': Is a directory");
}
END_TEST

START_TEST(input_that_is_gone_is_waited_for)
{
    begin();
    says_ready = true;
    ck_assert_str_eq(drain(START), "");
    ck_assert_int_eq(inflow.error.status, STATUS_OK);
    put("192.0.2.1:3\n");
    ck_assert_str_eq(drain(START), "*:3=192.0.2.1");
}
END_TEST

START_TEST(is_nothing_without_a_stream)
{
    struct goal goal;
    options.stream = false;
    begin();
    ck_assert_uint_eq(running, 0);
    ck_assert_int_eq(inflow_next(&inflow, START, &goal), INFLOW_END);
    paths[1] = "-";
    options.target_paths.count = 2;
    ck_assert(inflow_is_wanted(&options));
    ck_assert(!inflow_is_streamed(&options, paths[0]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inflow");
    TCase *flows = tcase_create("inflow");
    tcase_add_checked_fixture(flows, set_up, tear_down);
    tcase_add_test(flows, gives_addresses_in_their_order);
    tcase_add_test(flows, does_not_wait_for_names);
    tcase_add_test(flows, asks_for_several_names_at_a_time);
    tcase_add_test(flows, gives_up_names_that_no_child_takes);
    tcase_add_test(flows, gives_all_addresses);
    tcase_add_test(flows, a_line_goes_on_when_its_name_is_known);
    tcase_add_test(flows, leaves_excluded_names_out);
    tcase_add_test(flows, a_name_that_is_left_out_is_let_go);
    tcase_add_test(flows, goes_on_behind_bad_lines);
    tcase_add_test(flows, asks_nobody_if_numeric);
    tcase_add_test(flows, knows_zones_itself);
    tcase_add_test(flows, refuses_zones_of_the_other_family);
    tcase_add_test(flows, reads_one_list_after_the_other);
    tcase_add_test(flows, lists_have_lines_of_their_own);
    tcase_add_test(flows, a_fifo_is_not_waited_for);
    tcase_add_test(flows, refuses_lines_of_too_many_targets);
    tcase_add_test(flows, takes_ports_for_all_lines);
    tcase_add_test(flows, fails_with_a_child);
    tcase_add_test(flows, fails_without_memory);
    tcase_add_test(flows, fails_with_its_list);
    tcase_add_test(flows, input_that_is_gone_is_waited_for);
    tcase_add_test(flows, is_nothing_without_a_stream);
    suite_add_tcase(suite, flows);
    return run_suite(suite);
}
