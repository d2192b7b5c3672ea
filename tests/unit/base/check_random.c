/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/random.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static struct error error;

START_TEST(all_of_it_is_filled)
{
    uint8_t bytes[1000], zero[8] = {0};
    memset(bytes, 0, sizeof bytes);
    ck_assert_int_eq(random_fill(bytes, sizeof bytes - 8, &error), 0);
    for (size_t i = 0; i + 16 < sizeof bytes; i += 8)
        ck_assert_mem_ne(bytes + i, zero, 8);
    ck_assert_mem_eq(bytes + sizeof bytes - 8, zero, 8);
    ck_assert_int_eq(random_fill(bytes, 0, &error), 0);
}
END_TEST

/* In a child, as in a container that denies the call: it comes back. */
START_TEST(a_refusal_is_told)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        uint8_t byte;
        struct sock_filter rules[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
            _exit(2);
        bool told = random_fill(&byte, 1, &error) == -1 && error.status == STATUS_RUN &&
                    strstr(error.text, "no random numbers") != NULL;
        _exit(told ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");
    tcase_add_test(tests, all_of_it_is_filled);
    tcase_add_test(tests, a_refusal_is_told);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
