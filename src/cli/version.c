/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/version.h"

#include <libnet.h>
#include <pcap/pcap.h>
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif

#include "confine/sandbox.h"
#include "net/guard.h"
#include "net/privileges.h"

#define ABSENT "absent, "

/* Libraries that report their version at run time; for the others, the version at build time. */
static void print_libraries(FILE *out)
{
    fprintf(out, "%s\n%s\n", pcap_lib_version(), libnet_version());
    fprintf(out, "libmnl %s (at build time)\n", MNL_BUILT_WITH);
    fprintf(out, "libcap-ng %s (at build time)\n", CAPNG_BUILT_WITH);
#ifdef HAVE_SECCOMP
    const struct scmp_version *seccomp = seccomp_version();
    fprintf(out, "libseccomp %u.%u.%u\n", seccomp->major, seccomp->minor, seccomp->micro);
#else
    fprintf(out, "libseccomp " ABSENT "so there is no sandbox\n");
#endif
#ifdef HAVE_ZLIB
    fprintf(out, "zlib %s\n", zlibVersion());
#else
    fprintf(out, "zlib " ABSENT "so gzip is not read\n");
#endif
#ifdef HAVE_ZSTD
    fprintf(out, "libzstd %s\n", ZSTD_versionString());
#else
    fprintf(out, "libzstd " ABSENT "so zstd is not read\n");
#endif
#ifdef HAVE_LZMA
    fprintf(out, "liblzma %s\n", lzma_version_string());
#else
    fprintf(out, "liblzma " ABSENT "so xz is not read\n");
#endif
}

static void print_guard(FILE *out)
{
    const struct address loopback = {FAMILY_IPV4, {127, 0, 0, 1}};
    struct guard guard;
    struct error error;
    if (guard_open(&guard, &loopback, 0, 1024, UINT16_MAX, &error) == 0) {
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
