/* SPDX-License-Identifier: BSD-2-Clause */
/* How --doctor tells what became of a trial, by the last one: a probe that does what the test says.
 * Its patience of 20 s is a fifth of a second here where it is to end. */
#include "run/doctor.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "confine/capabilities.h"
#include "fixtures/results.h"
#include "harness.h"
#include "live/run/probe.h"
#include "net/privileges.h"
#include "net/settings.h"
#include "run/demo.h"

/* The handler that check has for this signal ends the whole process group. */
static int64_t patience_us;

unsigned alarm(unsigned seconds)
{
    const struct itimerval soon = {.it_value.tv_sec = patience_us / 1000000,
                                   .it_value.tv_usec = patience_us % 1000000};
    signal(SIGALRM, SIG_DFL);
    if (seconds == 20)
        setitimer(ITIMER_REAL, &soon, NULL);
    return 0;
}

static bool privileged;

int privileges_check(struct error *error)
{
    return privileged ? 0 : error_set(error, STATUS_RUN, "needs \033[1mCAP_NET_RAW");
}

int privileges_missing(struct error *error)
{
    return error_set(error, STATUS_RUN, "needs CAP_NET_RAW");
}

int capabilities_drop(struct error *error)
{
    (void)error;
    return 0;
}

int demo_start_server(uint16_t *port, struct error *error)
{
    (void)error;
    *port = 4321;
    return 0;
}

int demo_run(const struct options *options, struct output *output, struct error *error)
{
    (void)options;
    (void)output;
    return error_set(error, STATUS_RUN, "it is not for doctors");
}

/* What becomes of the probe */

static int fails(struct output *output, struct error *error)
{
    (void)output;
    return error_set(error, STATUS_RUN, "the wire is cut");
}

static int opens_and_closes(struct output *output, struct error *error)
{
    struct sample sample;
    (void)error;
    sample_open(&sample);
    sample.result.handshake.syn_rtt_ns = 1234567;
    output_begin(output, LAYOUT_LADDER);
    output_result(output, &sample.result);
    return 0;
}

static int is_reset(struct output *output, struct error *error)
{
    struct sample sample;
    (void)error;
    sample_local_reset(&sample);
    output_begin(output, LAYOUT_LADDER);
    output_result(output, &sample.result);
    return 0;
}

static int takes_long(struct output *output, struct error *error)
{
    (void)output;
    (void)error;
    sleep(10);
    return 0;
}

static int breaks_the_sandbox(struct output *output, struct error *error)
{
    (void)output;
    (void)error;
    signal(SIGSYS, SIG_DFL);
    return raise(SIGSYS);
}

static int is_killed(struct output *output, struct error *error)
{
    (void)output;
    (void)error;
    return raise(SIGKILL);
}

static int exits(struct output *output, struct error *error)
{
    (void)output;
    (void)error;
    _exit(5);
}

static int exits_without_a_word(struct output *output, struct error *error)
{
    (void)output;
    (void)error;
    _exit(0);
}

static const struct {
    int (*run)(struct output *output, struct error *error);
    const char *line;
} probes[] = {
    {opens_and_closes, "works: 127.0.0.1:4321 opened and closed, round trip 1.235 ms"},
    {fails, "fails: the wire is cut"},
    {is_reset, "fails: the connection did not open and close properly: tcpshake --demo shows the "
               "details"},
    {takes_long, "fails: not finished within 20 s"},
    {breaks_the_sandbox, "fails: the sandbox blocks a required system call: build with "
                         "--enable-debug to see which, or with --disable-sandbox"},
    {is_killed, "fails: ended with wait status 0x9"},
    {exits, "fails: ended with wait status 0x500"},
    {exits_without_a_word, "fails: ended with wait status 0x0"},
};

static int nth_probe;

int probe_run(const struct options *options, struct output *output, struct error *error)
{
    (void)options;
    return probes[nth_probe].run(output, error);
}

static char *text;

static int examine(void)
{
    size_t len;
    FILE *out = open_memstream(&text, &len);
    patience_us = probes[nth_probe].run == takes_long ? 200000 : 20000000;
    int status = doctor_run(out);
    fclose(out);
    return status;
}

START_TEST(tells_what_became_of_a_trial)
{
    char line[256];
    nth_probe = _i;
    privileged = true;
    int status = examine();
    snprintf(line, sizeof line, "complete probe %s\n", probes[_i].line);
    ck_assert_msg(strstr(text, line) != NULL, "no %s in %s", line, text);
    if (strstr(probes[_i].line, "fails: ") != NULL)
        ck_assert_int_eq(status, STATUS_RUN);
    free(text);
}
END_TEST

/* One that fails is enough, whatever the later ones do; nothing drives the terminal. */
START_TEST(the_first_failure_counts)
{
    nth_probe = 0;
    privileged = false;
    ck_assert_int_eq(examine(), STATUS_RUN);
    ck_assert_ptr_eq(strstr(text, "capabilities   fails: needs \\x1b[1mCAP_NET_RAW\n"), text);
    ck_assert_ptr_nonnull(strstr(text, "\ncomplete probe works: "));
    free(text);
}
END_TEST

/* What a guard lets through is told of that guard alone. */
START_TEST(the_guard_is_told)
{
    nth_probe = 0;
    privileged = true;
    examine();
    const char *found = strstr(text, "\nguard          works: ");
    ck_assert_ptr_nonnull(found);
    found += strlen("\nguard          works: ");
    size_t len = strcspn(found, "\n");
    ck_assert(strncmp(found, "TCP MD5", len) == 0 || strncmp(found, "socket filter", len) == 0 ||
              strncmp(found, "minimum TTL; a neighbour that sends with TTL 255 passes it", len) ==
                  0);
    free(text);
}
END_TEST

static bool has_raw_sockets(int family)
{
    int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* A run takes half of the ports that the host has for all. */
START_TEST(half_of_the_ports_are_told)
{
    struct ephemeral ephemeral;
    char wanted[64];
    nth_probe = 0;
    privileged = true;
    examine();
    settings_ephemeral(&ephemeral);
    snprintf(wanted, sizeof wanted, "; %u source ports\n",
             ((unsigned)ephemeral.last - ephemeral.first + 1) / 2);
    const char *room = strstr(text, "\nroom           works: ");
    ck_assert(room == NULL || strstr(room, wanted) != NULL); /* the firewall's table may be full */
    free(text);
}
END_TEST

START_TEST(the_families_are_those_of_the_host)
{
    nth_probe = 0;
    privileged = true;
    examine();
    const char *wanted = !has_raw_sockets(AF_INET) ? "\nraw sockets    fails: "
                         : has_raw_sockets(AF_INET6)
                             ? "\nraw sockets    works: IPv4 and IPv6\n"
                             : "\nraw sockets    works: IPv4; this host has no IPv6\n";
    ck_assert_ptr_nonnull(strstr(text, wanted));
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doctor");
    TCase *tests = tcase_create("trials");
    tcase_add_loop_test(tests, tells_what_became_of_a_trial, 0, sizeof probes / sizeof probes[0]);
    tcase_add_test(tests, the_first_failure_counts);
    tcase_add_test(tests, the_guard_is_told);
    tcase_add_test(tests, the_families_are_those_of_the_host);
    tcase_add_test(tests, half_of_the_ports_are_told);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
