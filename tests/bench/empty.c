/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a capture and does nothing with it: what libpcap alone takes. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = argc == 2 ? pcap_open_offline(argv[1], reason) : NULL;
    if (pcap == NULL) {
        fprintf(stderr, "empty: %s\n", argc == 2 ? reason : "usage: empty FILE");
        return 2;
    }
    struct pcap_pkthdr *header;
    const u_char *bytes;
    unsigned long long packets = 0;
    int code;
    while ((code = pcap_next_ex(pcap, &header, &bytes)) == 1)
        packets++;
    if (code == PCAP_ERROR)
        pcap_perror(pcap, "empty");
    pcap_close(pcap);
    printf("%llu packets\n", packets);
    return code == PCAP_ERROR_BREAK ? 0 : 3;
}
