/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "harness.h"
#include "targets/lists/portlist.h"
#include "targets/lists/services.h"

#define NAMES 64

static struct services *services;

static void setup(void)
{
    services = services_load();
    ck_assert_ptr_nonnull(services);
}

static void teardown(void)
{
    services_free(services);
    services_free(NULL);
}

static void check_name(const char *name)
{
    uint16_t loaded = 0, asked = 0;
    bool known = services_find(NULL, name, &asked);
    ck_assert_msg(services_find(services, name, &loaded) == known, "%s", name);
    ck_assert_msg(loaded == asked, "%s: %u and %u", name, loaded, asked);
}

/* Every name and alias of the system means what getservbyname(3) says, tcp or not. */
START_TEST(is_what_the_system_says)
{
    char names[NAMES][64];
    size_t count = 0;
    setservent(1);
    for (const struct servent *entry = getservent(); entry != NULL && count + 1 < NAMES;
         entry = getservent()) {
        strncpy(names[count], entry->s_name, 63);
        names[count++][63] = '\0';
        if (entry->s_aliases[0] == NULL)
            continue;
        strncpy(names[count], entry->s_aliases[0], 63);
        names[count++][63] = '\0';
    }
    endservent();
    for (size_t i = 0; i < count; i++)
        check_name(names[i]);
    check_name("nosuchservice");
    check_name("");
    check_name("HTTP");
}
END_TEST

START_TEST(serves_lists_of_ports)
{
    static struct port_list list;
    struct error error;
    if (getservbyname("http", "tcp") == NULL)
        return;
    ck_assert_int_eq(port_list_parse(&list, "22,http", services, &error), 0);
    ck_assert_uint_eq(ports_at(list.runs, list.run_count, 1), 80);
    ck_assert_int_eq(port_list_parse(&list, "nosuchservice", services, &error), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("services");
    TCase *names = tcase_create("services");
    tcase_add_checked_fixture(names, setup, teardown);
    tcase_add_test(names, is_what_the_system_says);
    tcase_add_test(names, serves_lists_of_ports);
    suite_add_tcase(suite, names);
    return run_suite(suite);
}
