/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "targets/lists/linereader.h"
#include "targets/lists/lists.h"
#include "targets/lists/portlist.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static struct space space;
static struct entry_reader *reader;
static struct error error;
static char told[4096];
static struct bad_lines bad;

static void tell(void *context, const struct error *what)
{
    size_t used = strlen(told);
    ck_assert_ptr_eq(context, told);
    snprintf(told + used, sizeof told - used, "%s|", what->text);
}

static void setup(void)
{
    reader = calloc(1, sizeof *reader);
    ck_assert_ptr_nonnull(reader);
    bad = (struct bad_lines){.tell = tell, .context = told};
    told[0] = '\0';
}

static void teardown(void)
{
    space_free(&space);
    free(reader);
}

/* A file in memory that holds a text; its path is good until the next. */
static const char *file_with(const char *text, size_t len)
{
    static char path[32];
    static int fd = -1;
    if (fd >= 0)
        close(fd);
    fd = memfd_create("list", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

static int add_file(const char *text)
{
    return lists_add_file(&space, reader, file_with(text, strlen(text)), NULL, &bad, &error);
}

/* All targets in their order: "host:port[labels]". */
static const char *all_targets(void)
{
    static char text[4096];
    size_t used = 0;
    text[0] = '\0';
    for (uint64_t i = 0; i < space.count && used < sizeof text; i++) {
        struct space_target target = space_at(&space, i);
        char address[ADDRESS_TEXT_MAX];
        const char *host =
            target.name != NULL ? target.name : address_text(&target.address, address);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s:%u%s%s%s", i > 0 ? " " : "",
                                 host, target.port, target.attributes.labels[0] != '\0' ? "[" : "",
                                 target.attributes.labels,
                                 target.attributes.labels[0] != '\0' ? "]" : "");
    }
    return text;
}

static void settle(const char *wanted)
{
    ck_assert_msg(lists_settle(&space, TARGETS_UNASKED, &error) == 0, "%s", error.text);
    ck_assert_str_eq(all_targets(), wanted);
}

/* A range may have one port; one that is the wrong way round is refused. */
START_TEST(ranges_have_an_end)
{
    ck_assert_int_eq(port_list_parse(&reader->common, "80-80", NULL, &error), 0);
    ck_assert_int_eq(add_file("a\nb:443-443\nc:8-10\n"), 0);
    ck_assert_uint_eq(bad.count, 0);
    ck_assert_int_eq(port_list_parse(&reader->common, "81-80", NULL, &error), -1);
    settle("a:80 b:443 c:8 c:9 c:10");
}
END_TEST

START_TEST(reads_a_file)
{
    ck_assert_int_eq(port_list_parse(&reader->common, "80,443", NULL, &error), 0);
    ck_assert_int_eq(add_file("# all of them\n"
                              "\n"
                              "db:5432 expect=closed team=core # old\n"
                              "192.0.2.0/30\n"
                              "db 5433\n"
                              "2001:DB8::1 team=web\n"
                              "db:5432\n"
                              "[2001:db8::1]:443,22\n"
                              "fe80::1%lo"),
                     0);
    ck_assert_str_eq(told, "");
    settle("db:5432[team=core] 192.0.2.1:80 192.0.2.1:443 192.0.2.2:80 192.0.2.2:443 db:5433 "
           "2001:db8::1:80[team=web] 2001:db8::1:443[team=web] 2001:db8::1:22 fe80::1%lo:80 "
           "fe80::1%lo:443");
    ck_assert_uint_eq(space_at(&space, 0).attributes.port_states, 1 << 1);
}
END_TEST

/* Each bad line is told of with its number; the others are read. */
START_TEST(goes_on_behind_bad_lines)
{
    ck_assert_int_eq(
        add_file("a:1\nhttp://b/\nc:70000\n\nd:4\n10.0.0.1/8:1\ne\nf:1 x\ng:1 1x=2\n"
                 "127.0.0.0/8:80\n127.0.0.1:80\n2001:db8::/64:1\n[2001:db8::/64]:1\nh:9"),
        0);
    settle("a:1 d:4 127.0.0.1:80 h:9");
    static const char *const wanted[] = {
        ", line 2: 'http://b/' is a URL",
        ", line 3: 'c:70000': port '70000' is not within 1 to 65535",
        ", line 6: '10.0.0.1/8' has host bits set: write 10.0.0.0/8",
        ", line 7: 'e' has no port",
        ", line 8: 'f:1' has ports; remove 'x' after it",
        ", line 9: invalid label name '1x'",
        ", line 10: '127.0.0.0/8:80' contains only addresses that a prefix leaves out",
        ", line 12: '2001:db8::/64:1' has no port: write HOST PORT, [ADDRESS]:PORT",
        ", line 13: '2001:db8::/64' means 2^64 addresses",
    };
    const char *at = told;
    for (size_t i = 0; i < LENGTH(wanted); i++) {
        const char *found = strstr(at, wanted[i]);
        ck_assert_msg(found != NULL, "no \"%s\" in %s", wanted[i], at);
        at = found;
    }
    ck_assert_uint_eq(bad.count, LENGTH(wanted));
}
END_TEST

START_TEST(goes_on_behind_what_is_no_text)
{
    static char text[LIST_LINE_MAX + 100];
    memset(text, 'x', sizeof text);
    memcpy(text, "a:1\nb\0:1\nc:1\n", 13);
    memcpy(text + sizeof text - 5, "\nd:1\n", 5);
    const char *path = file_with(text, sizeof text);
    ck_assert_int_eq(lists_add_file(&space, reader, path, NULL, &bad, &error), 0);
    settle("a:1 c:1 d:1");
    ck_assert_ptr_nonnull(strstr(told, ", line 2: it contains a NUL octet"));
    ck_assert_ptr_nonnull(strstr(told, ", line 4: it is longer than 65536 octets"));
    ck_assert_uint_eq(bad.count, 2);
}
END_TEST

/* A pipe whose writer does not end it is waited for as often as the wait allows, a file not at all.
 */
static unsigned awaited;

static bool await(void *context, int fd)
{
    static const char line[] = "# more\n";
    const int *writer = context;
    (void)fd;
    if (++awaited > 3)
        return false;
    return write(*writer, line, sizeof line - 1) == sizeof line - 1;
}

START_TEST(waits_as_long_as_it_is_told)
{
    int ends[2], code = 0;
    char path[32], wanted[128];
    ck_assert_int_eq(pipe(ends), 0);
    const struct list_wait wait = {.await = await, .context = &ends[1]};
    awaited = 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    snprintf(wanted, sizeof wanted, "cannot read '%s': it did not end before the deadline", path);
    if (_i == 0)
        code = lists_add_file(&space, reader, path, &wait, &bad, &error);
    else if (_i == 1)
        code = lists_exclude_file(&space, path, &wait, &error);
    else
        ck_assert_int_eq(lists_add_file(&space, reader, file_with("b:1\n", 4), &wait, &bad, &error),
                         0);
    ck_assert_uint_eq(awaited, _i < 2 ? 4 : 0);
    ck_assert_int_eq(code, _i < 2 ? -1 : 0);
    if (_i < 2)
        ck_assert_str_eq(error.text, wanted);
    ck_assert(_i == 2 || error.status == STATUS_RUN);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(tells_of_files_that_cannot_be_read)
{
    ck_assert_int_eq(lists_add_file(&space, reader, "/nonexistent", NULL, &bad, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot open '/nonexistent': No such file"));
    ck_assert_int_eq(lists_add_file(&space, reader, "/", NULL, &bad, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot read '/': Is a directory"));
    ck_assert_int_eq(lists_exclude_file(&space, "/nonexistent", NULL, &error), -1);
    ck_assert_int_eq(lists_exclude_file(&space, "/", NULL, &error), -1);
}
END_TEST

/* A list that comes by standard input is told of by that name, and left open for others. */
START_TEST(reads_standard_input)
{
    int kept = dup(STDIN_FILENO), list = memfd_create("list", MFD_CLOEXEC);
    ck_assert(list >= 0 && write(list, "a:1\nbad\nb:2\n", 12) == 12);
    ck_assert_int_eq(lseek(list, 0, SEEK_SET), 0);
    ck_assert_int_eq(dup2(list, STDIN_FILENO), STDIN_FILENO);
    int code = lists_add_file(&space, reader, "-", NULL, &bad, &error);
    int flags = fcntl(STDIN_FILENO, F_GETFD);
    if (kept >= 0)
        dup2(kept, STDIN_FILENO);
    close(kept);
    close(list);
    ck_assert_int_eq(code, 0);
    ck_assert_int_ge(flags, 0);
    ck_assert_ptr_eq(strstr(told, "standard input, line 2: 'bad' has no port"), told);
    settle("a:1 b:2");
}
END_TEST

static int add_operands(char *const *operands, size_t count)
{
    return lists_add_operands(&space, reader, operands, count, &error);
}

START_TEST(reads_operands)
{
    ck_assert_int_eq(add_operands((char *[]){"host", "80,81"}, 2), 0);
    ck_assert_int_eq(add_operands((char *[]){"a:1", "b:2", "host:81,82"}, 3), 0);
    settle("host:80 host:81 a:1 b:2 host:82");
}
END_TEST

START_TEST(refuses_operands)
{
    static char long_name[HOST_MAX + 8];
    ck_assert_int_eq(add_operands((char *[]){"host", "80", "81"}, 3), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "write host 80,81"));
    ck_assert_int_eq(add_operands((char *[]){"443", "host.test"}, 2), -1);
    ck_assert_str_eq(error.text, "'443' is a port, not a host: write host.test 443");
    ck_assert_int_eq(add_operands((char *[]){"443", "70000"}, 2), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "port '70000' is not within"));
    ck_assert_int_eq(add_operands((char *[]){"443", ""}, 2), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "port list '' has an empty item"));
    ck_assert_int_eq(add_operands((char *[]){"host", "x.test"}, 2), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "invalid port 'x.test'"));
    ck_assert_int_eq(add_operands((char *[]){"host"}, 1), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "'host' has no port: write HOST PORT, HOST:PORT"));
    ck_assert_int_eq(add_operands((char *[]){"run.pcapng.gz"}, 1), -1);
    ck_assert_ptr_nonnull(
        strstr(error.text, "'run.pcapng.gz' has no port: to read a capture file, write -r FILE"));
    ck_assert_int_eq(add_operands((char *[]){"10.0.0.1-20:80"}, 1), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "'10.0.0.1-20:80' is not a name or an address: "));
    ck_assert_int_eq(port_list_parse(&reader->common, "80", NULL, &error), 0);
    ck_assert_int_eq(add_operands((char *[]){"host", "443"}, 2), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "'443' is a port, not a host"));
    memset(long_name, 'x', HOST_MAX + 1);
    ck_assert_int_eq(add_operands((char *[]){long_name}, 1), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a name can have at most 1024 octets"));
    long_name[HOST_MAX] = '\0';
    ck_assert_int_eq(add_operands((char *[]){long_name}, 1), 0);
    ck_assert_int_eq(add_operands((char *[]){"224.0.0.0/4"}, 1), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "name them one by one"));
    ck_assert_int_eq(add_operands((char *[]){"224.0.0.1/32"}, 1), 0);
}
END_TEST

START_TEST(excludes)
{
    const char *file = "# routers\n10.0.0.1 # one\n\n  10.0.0.4/31,10.0.0.6\n";
    ck_assert_int_eq(add_operands((char *[]){"10.0.0.0/29:80", "gate:1"}, 2), 0);
    ck_assert_int_eq(lists_exclude(&space, "10.0.0.2,2001:db8::/32,::/0", &error), 0);
    ck_assert_int_eq(lists_exclude_file(&space, file_with(file, strlen(file)), NULL, &error), 0);
    settle("10.0.0.3:80 gate:1");
}
END_TEST

/* connect(2) sends IPv4 to such an address. */
START_TEST(takes_mapped_addresses_for_ipv4)
{
    ck_assert_int_eq(
        add_operands((char *[]){"[::ffff:10.0.0.1]:80", "10.0.0.1:80", "[::ffff:10.0.1.0/125]:80",
                                "[::ffff:10.2.0.9/128]:1", "[::fffe:10.0.0.1]:80"},
                     5),
        0);
    ck_assert_int_eq(lists_exclude(&space, "::ffff:10.0.1.1,::ffff:10.0.1.4/126", &error), 0);
    settle("10.0.0.1:80 10.0.1.2:80 10.0.1.3:80 10.2.0.9:1 ::fffe:a00:1:80");
    space_free(&space);
    ck_assert_int_eq(add_operands((char *[]){"10.0.0.1:80", "gate:1"}, 2), 0);
    ck_assert_int_eq(lists_exclude(&space, "::ffff:0:0/96", &error), 0);
    settle("gate:1");
}
END_TEST

START_TEST(refuses_exclusions)
{
    static const char *const lists[] = {
        "", "host", "10.0.0.1,", "10.0.0.0/33", "10.0.0.1:80", "fe80::1%lo", "10.0.0.1 10.0.0.2"};
    for (size_t i = 0; i < LENGTH(lists); i++) {
        ck_assert_int_eq(lists_exclude(&space, lists[i], &error), -1);
        ck_assert_int_eq(error.status, STATUS_USAGE);
    }
    const char *file = file_with("10.0.0.1\nrouter\n", 16);
    ck_assert_int_eq(lists_exclude_file(&space, file, NULL, &error), -1);
    ck_assert_ptr_nonnull(strstr(
        error.text, ", line 2: 'router' is neither an address nor a prefix: write it as in"));
}
END_TEST

START_TEST(bounds_what_was_not_asked_for)
{
    ck_assert_int_eq(add_operands((char *[]){"10.0.0.0/8:80"}, 1), 0);
    ck_assert_int_eq(lists_settle(&space, TARGETS_UNASKED, &error), -1);
    ck_assert_str_eq(error.text, "16777214 targets are more than 1048576: "
                                 "--max-targets 16777214 allows them");
    space_free(&space);
    ck_assert_int_eq(add_operands((char *[]){"10.0.0.0/8:80"}, 1), 0);
    ck_assert_int_eq(lists_settle(&space, 16777214, &error), 0);
}
END_TEST

START_TEST(says_why_nothing_is_left)
{
    ck_assert_int_eq(add_operands((char *[]){"10.0.0.0/8:80"}, 1), 0);
    ck_assert_int_eq(lists_exclude(&space, "0.0.0.0/0", &error), 0);
    ck_assert_int_eq(lists_settle(&space, TARGETS_UNASKED, &error), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, "every target is excluded"));
    space_free(&space);
    ck_assert_int_eq(add_operands((char *[]){"[2001:db8::/65]:1-2"}, 1), 0);
    ck_assert_int_eq(lists_settle(&space, UINT64_MAX, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "targets: more than 2^63"));
}
END_TEST

#define OVERRULED                                                                                  \
    ": a target of this line was written earlier with other labels or another expectation, which " \
    "apply|"

START_TEST(tells_which_lines_are_overruled)
{
    static const char text[] = "192.0.2.4:80 a=d\n";
    struct origins origins = {NULL};
    char *operand[] = {"192.0.2.9:80"}, first[64], second[64], wanted[1024];
    int fd = memfd_create("second", MFD_CLOEXEC);
    ck_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    snprintf(second, sizeof second, "/proc/self/fd/%d", fd);
    bad.origins = &origins;
    ck_assert_int_eq(lists_add_operands(&space, reader, operand, 1, &error), 0);
    ck_assert_int_eq(add_file("# none\n192.0.2.0/24:80 a=b\n192.0.2.3:80,81 a=b\n\nbad\n"
                              "192.0.2.3:80 a=c\nhost:1\nhost:1 expect=closed\nhost:2 a=c\n"),
                     0);
    snprintf(first, sizeof first, "%s", origins.files[0].path);
    ck_assert_int_eq(lists_add_file(&space, reader, second, NULL, &bad, &error), 0);
    ck_assert_int_eq(lists_settle(&space, 1000, &error), 0);
    told[0] = '\0';
    lists_tell_overruled(&space, &origins, tell, told);
    snprintf(wanted, sizeof wanted,
             "%s, line 2" OVERRULED "%s, line 6" OVERRULED "%s, line 8" OVERRULED
             "%s, line 1" OVERRULED,
             first, first, first, second);
    ck_assert_str_eq(told, wanted);
    origins_free(&origins);
    close(fd);
}
END_TEST

/* What is excluded cannot be lost: addresses, but not the rest of a prefix. */
START_TEST(tells_of_no_line_whose_targets_are_excluded)
{
    struct origins origins = {NULL};
    bad.origins = &origins;
    ck_assert_int_eq(add_file("192.0.2.0/28:80 a=b\n192.0.2.4/30:80 a=c\n192.0.2.8/30:80 a=c\n"
                              "192.0.2.3:80 a=c\n192.0.2.0/30:80,81 a=d\n"),
                     0);
    ck_assert_int_eq(lists_exclude(&space, "192.0.2.3,192.0.2.4/31,192.0.2.8/30", &error), 0);
    ck_assert_int_eq(lists_settle(&space, 1000, &error), 0);
    lists_tell_overruled(&space, &origins, tell, told);
    ck_assert_ptr_nonnull(strstr(told, ", line 2" OVERRULED));
    ck_assert_ptr_null(strstr(told, ", line 3" OVERRULED));
    ck_assert_ptr_null(strstr(told, ", line 4" OVERRULED));
    ck_assert_ptr_nonnull(strstr(told, ", line 5" OVERRULED));
    origins_free(&origins);
}
END_TEST

START_TEST(tells_some_of_many_lines)
{
    struct origins origins = {NULL};
    char text[1024] = "192.0.2.0/24:80 a=b\n";
    size_t lines = 0;
    for (unsigned i = 1; i <= OVERRULED_TOLD + 3; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "192.0.2.%u:80 a=c\n", i);
    bad.origins = &origins;
    ck_assert_int_eq(add_file(text), 0);
    ck_assert_int_eq(lists_settle(&space, 1000, &error), 0);
    lists_tell_overruled(&space, &origins, tell, told);
    for (const char *at = told; (at = strchr(at, '|')) != NULL; at++)
        lines++;
    ck_assert_uint_eq(lines, OVERRULED_TOLD + 1);
    ck_assert_msg(strstr(told, "|and 3 more lines|") != NULL, "%s", told);
    origins_free(&origins);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lists");
    TCase *lists = tcase_create("lists");
    tcase_add_checked_fixture(lists, setup, teardown);
    tcase_add_test(lists, ranges_have_an_end);
    tcase_add_test(lists, reads_a_file);
    tcase_add_test(lists, goes_on_behind_bad_lines);
    tcase_add_test(lists, goes_on_behind_what_is_no_text);
    tcase_add_test(lists, tells_of_files_that_cannot_be_read);
    tcase_add_test(lists, reads_standard_input);
    tcase_add_test(lists, reads_operands);
    tcase_add_test(lists, refuses_operands);
    tcase_add_test(lists, excludes);
    tcase_add_test(lists, takes_mapped_addresses_for_ipv4);
    tcase_add_test(lists, refuses_exclusions);
    tcase_add_test(lists, bounds_what_was_not_asked_for);
    tcase_add_test(lists, says_why_nothing_is_left);
    tcase_add_test(lists, tells_which_lines_are_overruled);
    tcase_add_test(lists, tells_some_of_many_lines);
    tcase_add_test(lists, tells_of_no_line_whose_targets_are_excluded);
    tcase_add_loop_test(lists, waits_as_long_as_it_is_told, 0, 3);
    suite_add_tcase(suite, lists);
    return run_suite(suite);
}
