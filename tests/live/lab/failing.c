/* SPDX-License-Identifier: BSD-2-Clause */
/* Before the C library's allocator: counts the allocations of a process and of its children, notes
 * where each was asked for, and lets some fail. FAILING is a file of struct failing, which the
 * caller makes and reads. Left out is what libraries ask for that cannot say so: libseccomp 2.5
 * crashes, or makes a filter that lacks calls; the compiler of libpcap crashes, or calls exit(3);
 * getaddrinfo(3) and getnameinfo(3) say that there is no such name; setservent(3) aborts. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NOTED 65536
#define DEPTH 64 /* the compiler of libpcap is recursive */
#define TOLD  8  /* return addresses that tell places apart */

static struct failing {
    _Atomic uint64_t count, failed; /* allocations so far; of these: failed */
    uint64_t first, last;           /* the numbers that fail, from 1; 0: none */
    uint64_t sites[NOTED];          /* a sum over the return addresses, by number */
} * failing;

static __thread bool inside;
static struct range {
    uintptr_t begin, end;
} left_out[8]; /* addresses; the first is libseccomp */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

static int find(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size, (void)context;
    for (int i = 0; strstr(object->dlpi_name, "/libseccomp.") != NULL && i < object->dlpi_phnum;
         i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || (header->p_flags & PF_X) == 0)
            continue;
        left_out[0].begin = object->dlpi_addr + header->p_vaddr;
        left_out[0].end = left_out[0].begin + header->p_memsz;
    }
    return 0;
}

static struct range function(const char *name)
{
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    void *at = dlsym(RTLD_DEFAULT, name);
    if (at == NULL || dladdr1(at, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL)
        return (struct range){0};
    return (struct range){(uintptr_t)at, (uintptr_t)at + symbol->st_size};
}

static bool is_left_out(uintptr_t at)
{
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        if (at >= left_out[i].begin && at < left_out[i].end)
            return true;
    return false;
}

__attribute__((constructor)) static void begin(void)
{
    static const char *const names[] = {"pcap_compile", "getaddrinfo", "getnameinfo",
                                        "setservent",   "getservent",  "endservent"};
    void *frames[DEPTH];
    const char *path = getenv("FAILING");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    backtrace(frames, DEPTH); /* loads what it needs */
    dl_iterate_phdr(find, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        left_out[1 + i] = function(names[i]);
    void *map = mmap(NULL, sizeof *failing, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    failing = map != MAP_FAILED ? map : NULL;
}

/* 0 for what is left out. */
static uint64_t site(void)
{
    void *frames[DEPTH];
    uint64_t sum = 1;
    int count = backtrace(frames, DEPTH);
    for (int i = 2; i < count; i++) {
        uintptr_t at = (uintptr_t)frames[i];
        if (is_left_out(at))
            return 0;
        if (i < 2 + TOLD)
            sum = (sum ^ at) * 0x100000001b3;
    }
    return sum;
}

static bool fails(void)
{
    if (failing == NULL || inside)
        return false;
    inside = true;
    uint64_t where = site();
    inside = false;
    if (where == 0)
        return false;
    uint64_t number = atomic_fetch_add(&failing->count, 1) + 1;
    if (failing->first == 0 && number < NOTED)
        failing->sites[number] = where;
    if (failing->first == 0 || number < failing->first || number > failing->last)
        return false;
    atomic_fetch_add(&failing->failed, 1);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *made = fails() ? NULL : __libc_memalign(alignment, size);
    *out = made;
    return made != NULL ? 0 : ENOMEM;
}
