/* SPDX-License-Identifier: BSD-2-Clause */
/* main in place of libFuzzer's: every input that is kept for a target, once, with TAP. What the
 * target is called says where they are; or they are named on the command line. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define PATH_LEN 4096

/* An input that ends the process is the last that was named. */
static void run_file(const char *path)
{
    FILE *file = fopen(path, "rbe");
    printf("# %s\n", path);
    fflush(stdout);
    CHECK(file != NULL);
    CHECK(fseek(file, 0, SEEK_END) == 0);
    long len = ftell(file);
    CHECK(len >= 0);
    rewind(file);
    uint8_t *bytes = malloc(len > 0 ? (size_t)len : 1); /* nothing behind them */
    CHECK(bytes != NULL && fread(bytes, 1, (size_t)len, file) == (size_t)len);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, (size_t)len);
    free(bytes);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns how many there were. */
static int run_directory(const char *path)
{
    char file[PATH_LEN];
    struct dirent **entries;
    int count = scandir(path, &entries, visible, alphasort);
    for (int i = 0; i < count; i++) {
        CHECK((size_t)snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name) < sizeof file);
        run_file(file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return count > 0 ? count : 0;
}

static int run_kept(const char *top, const char *target)
{
    char path[PATH_LEN];
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", top, target);
    int seeds = run_directory(path);
    printf("%s 1 - %d inputs of the corpus\n", seeds > 0 ? "ok" : "not ok", seeds);
    snprintf(path, sizeof path, "%s/tests/fuzz/findings/%s", top, target);
    printf("ok 2 - %d inputs that once were findings\n1..2\n", run_directory(path));
    return seeds > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    const char *top = getenv("top_srcdir");
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash != NULL ? slash + 1 : argv[0];
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    if (argc > 1)
        return EXIT_SUCCESS;
    return run_kept(top != NULL ? top : ".", strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name);
}
