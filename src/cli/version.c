/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/version.h"

#include <libnet.h>
#include <pcap/pcap.h>
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif
#ifdef HAVE_ZLIB
#include <zlib.h>
#define ZLIB zlibVersion()
#else
#define ZLIB NULL
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#define ZSTD ZSTD_versionString()
#else
#define ZSTD NULL
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#define LZMA lzma_version_string()
#else
#define LZMA NULL
#endif

#include "confine/sandbox.h"
#include "net/guard.h"
#include "net/privileges.h"

/* NULL if the program was built without it. */
static const char *seccomp_text(char *out, size_t size)
{
#ifdef HAVE_SECCOMP
    const struct scmp_version *version = seccomp_version();
    snprintf(out, size, "%u.%u.%u", version->major, version->minor, version->micro);
    return out;
#else
    (void)out, (void)size;
    return NULL;
#endif
}

/* Libraries that report their version at run time; for the others, the version at build time. */
static void print_libraries(FILE *out)
{
    char seccomp[40];
    const struct {
        const char *name, *version, *without;
    } optional[] = {
        {"libseccomp", seccomp_text(seccomp, sizeof seccomp), "there is no sandbox"},
        {"zlib", ZLIB, "gzip is not read"},
        {"libzstd", ZSTD, "zstd is not read"},
        {"liblzma", LZMA, "xz is not read"},
    };
    fprintf(out, "%s\n%s\n", pcap_lib_version(), libnet_version());
    fprintf(out, "libmnl %s (at build time)\n", MNL_BUILT_WITH);
    fprintf(out, "libcap-ng %s (at build time)\n", CAPNG_BUILT_WITH);
    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++)
        if (optional[i].version != NULL)
            fprintf(out, "%s %s\n", optional[i].name, optional[i].version);
        else
            fprintf(out, "%s absent, so %s\n", optional[i].name, optional[i].without);
}

static void print_guard(FILE *out)
{
    const struct address loopback = {FAMILY_IPV4, {127, 0, 0, 1}};
    struct guard guard;
    struct error error;
    if (guard_open_any(&guard, &loopback, 1024, UINT16_MAX, &error) == 0) {
        fprintf(out, "guard: %s\n", guard_kind_name(&guard));
        guard_close(&guard);
    } else {
        fprintf(out, "guard: none\n");
    }
}

void version_print(FILE *out)
{
    struct error error;
    fprintf(out, "tcpshake %s\n", PACKAGE_VERSION);
    print_libraries(out);
    fprintf(out, "capabilities: %s\n",
            privileges_check(&error) == 0 ? "CAP_NET_RAW" : "no CAP_NET_RAW");
    print_guard(out);
    fprintf(out, "sandbox: %s\n", sandbox_try(&error) == 0 ? sandbox_build() : "none");
    fprintf(out, "tcpshake --doctor checks these and says how to fix what is missing.\n");
}
