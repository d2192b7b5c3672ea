/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "targets/lists/line.h"
#include "tcp/result.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static struct list_line line;
static struct error error;

static int parse(const char *text)
{
    static char copy[8192];
    snprintf(copy, sizeof copy, "%s", text);
    return list_line_parse(copy, &line, &error);
}

#define OPEN   (1 << PORT_OPEN)
#define CLOSED (1 << PORT_CLOSED)

static const struct {
    const char *text, *target, *ports, *labels;
    unsigned states;
} accepted[] = {
    {"", NULL, NULL, "", 0},
    {"   \t ", NULL, NULL, "", 0},
    {"# db:5432", NULL, NULL, "", 0},
    {"  #", NULL, NULL, "", 0},
    {"db:5432", "db:5432", NULL, "", 0},
    {"db:5432\r", "db:5432", NULL, "", 0},
    {"  db:5432  ", "db:5432", NULL, "", 0},
    {"db 5432", "db", "5432", "", 0},
    {"db\t5432,80-90 # the old one", "db", "5432,80-90", "", 0},
    {"db#1:5432", "db#1:5432", NULL, "", 0},
    {"db:5432 expect=closed team=core", "db:5432", NULL, "team=core", CLOSED},
    {"db 5432 team=core expect=open,closed site=a", "db", "5432", "team=core;site=a",
     OPEN | CLOSED},
    {"10.0.0.0/8 Team_1=x=y#z _a=\"b\"", "10.0.0.0/8", NULL, "Team_1=x=y#z;_a=\"b\"", 0},
    {"[2001:db8::1]:443 where=K\xc3\xb6ln", "[2001:db8::1]:443", NULL, "where=K\xc3\xb6ln", 0},
    {"a:1 te=1 team=2 eam=3", "a:1", NULL, "te=1;team=2;eam=3", 0},
    {"team=core", "team=core", NULL, "", 0},
};

START_TEST(takes)
{
    ck_assert_msg(parse(accepted[_i].text) == 0, "%s", error.text);
    if (accepted[_i].target == NULL) {
        ck_assert_ptr_null(line.target);
        return;
    }
    ck_assert_str_eq(line.target, accepted[_i].target);
    if (accepted[_i].ports == NULL)
        ck_assert_ptr_null(line.ports);
    else
        ck_assert_str_eq(line.ports, accepted[_i].ports);
    ck_assert_str_eq(line.attributes.labels, accepted[_i].labels);
    ck_assert_uint_eq(line.attributes.port_states, accepted[_i].states);
}
END_TEST

static const struct {
    const char *text, *says;
} refused[] = {
    {"db:5432 80 90", "'90' is not NAME=VALUE"},
    {"db:5432 team=core 80", "'80' is not NAME=VALUE"},
    {"db:5432 =x", "invalid label name ''"},
    {"db:5432 1a=x", "invalid label name '1a'"},
    {"db:5432 a-b=x", "invalid label name 'a-b'"},
    {"db:5432 \xc3\xb6=x", "invalid label name"},
    {"db:5432 __a=x", "names beginning with __ are reserved"},
    {"db:5432 target=x", "label 'target': every record has a field of that name"},
    {"db:5432 port=x", "label 'port': every record has a field of that name"},
    {"db:5432 team=", "label 'team' has no value"},
    {"db:5432 team=a;b", "without control characters and semicolons"},
    {"db:5432 team=a\x1b[2J", "without control characters and semicolons"},
    {"db:5432 team=\xff", "is UTF-8 text"},
    {"db:5432 team=a team=b", "label 'team' is given twice"},
    {"db:5432 a=1 team=a team=b", "label 'team' is given twice"},
    {"db:5432 expect=open expect=open", "expect= is given twice"},
    {"db:5432 expect=", "not ''"},
    {"db:5432 expect=shut,open", "not 'shut'"},
    {"db:5432 expect=open,", "not ''"},
};

START_TEST(refuses)
{
    ck_assert_int_eq(parse(refused[_i].text), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_msg(strstr(error.text, refused[_i].says) != NULL, "%s", error.text);
}
END_TEST

/* Labels of just the most octets are taken, and not one more. */
START_TEST(bounds_the_labels)
{
    char text[LABELS_MAX + 64] = "a:1 b=";
    size_t used = strlen(text), value = LABELS_MAX - 3;
    memset(text + used, 'x', value);
    text[used + value] = '\0';
    ck_assert_int_eq(parse(text), 0);
    ck_assert_uint_eq(strlen(line.attributes.labels), LABELS_MAX - 1);
    text[used + value] = 'x';
    text[used + value + 1] = '\0';
    ck_assert_int_eq(parse(text), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "longer than 1024 octets"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line");
    TCase *lines = tcase_create("line");
    tcase_add_loop_test(lines, takes, 0, LENGTH(accepted));
    tcase_add_loop_test(lines, refuses, 0, LENGTH(refused));
    tcase_add_test(lines, bounds_the_labels);
    suite_add_tcase(suite, lines);
    return run_suite(suite);
}
