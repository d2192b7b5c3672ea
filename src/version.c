/* SPDX-License-Identifier: BSD-2-Clause */
#include "version.h"

#include <libnet.h>
#include <pcap/pcap.h>

void version_print(FILE *out)
{
    fprintf(out, "tcpshake %s\n%s\n%s\n", PACKAGE_VERSION, pcap_lib_version(), libnet_version());
}
