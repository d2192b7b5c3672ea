/* SPDX-License-Identifier: BSD-2-Clause */
/* IP packets as hexadecimal text for bytes_from_hex, made apart from this program and read by
 * Wireshark as their comments say. The client is 192.0.2.7 or 2001:db8::7 port 51234, the server
 * 198.51.100.80 or 2001:db8:0:1::80 port 443; checksums are right unless it says otherwise. */
#ifndef TCPSHAKE_TESTS_PACKETS_H
#define TCPSHAKE_TESTS_PACKETS_H

/* with the options of Linux */
#define SYN4                                                                                       \
    "4500003c 12344000 40063bfd c0000207 c6336450 c82201bb fffffffe 00000000 a002faf0 31200000 "   \
    "020405b4 0402080a a1b2c3d4 00000000 01030307 "

#define SYNACK6                                                                                    \
    "6b812345 00280639 20010db8 00000001 00000000 00000080 20010db8 00000000 00000000 00000007 "   \
    "01bbc822 ffffffff ffffffff a012ffff a68b0000 020405a0 0402080a 0a0b0c0d a1b2c3d4 01030309 "

/* IPv4 and TCP options, the AE flag, three octets of payload */
#define DATA4                                                                                      \
    "4612003b beef0000 01060b30 c0000207 c6336450 01010100 c82201bb ffffffff 80000000 811801f6 "   \
    "69eb0000 0101080a 00000001 00000002 6f6464 "

/* behind hop-by-hop, destination, routing, atomic fragment and authentication headers, and another
 * destination header */
#define EXT6                                                                                       \
    "60012345 00750040 20010db8 00000000 00000000 00000007 20010db8 00000001 00000000 00000080 "   \
    "3c000502 00000100 2b01010c 00000000 00000000 00000000 2c020000 00000000 20010db8 00000000 "   \
    "00000000 00000099 33000000 abcdef01 3c040000 00000001 00000002 11111111 11111111 11111111 "   \
    "0601010c 00000000 00000000 00000000 c82201bb 00000007 00000009 501101f6 0ff50000 78 "

#define RST4                                                                                       \
    "45000028 00004000 3f064f45 c6336450 c0000207 01bbc822 00000000 ffffffff 50140000 f9670000 "

/* the checksum is the folded pseudo-header sum */
#define PARTIAL4                                                                                   \
    "45000028 12344000 40063c11 c0000207 c6336450 c82201bb 00000001 00000002 501001f6 eca50000 "

/* the same, with an odd length */
#define PARTIAL6                                                                                   \
    "60012345 00150640 20010db8 00000000 00000000 00000007 20010db8 00000001 00000000 00000080 "   \
    "c82201bb 00000001 00000002 501001f6 5c150000 78 "

/* the checksum is wrong by one bit */
#define BAD4                                                                                       \
    "4500002d 12344000 40063c0c c0000207 c6336450 c82201bb 00000001 00000002 501001f6 b39a0000 "   \
    "68656c6c 6f "

/* of a longer segment, so the checksum cannot be judged */
#define FIRST_FRAGMENT4                                                                            \
    "45000030 12342000 40065c09 c0000207 c6336450 c82201bb 00000001 00000002 501001f6 37870000 "   \
    "31323334 35363738 "

/* the same */
#define FIRST_FRAGMENT6                                                                            \
    "60012345 00202c40 20010db8 00000000 00000000 00000007 20010db8 00000001 00000000 00000080 "   \
    "06000001 abcdef01 c82201bb 00000001 00000002 501001f6 328b0000 31323334 "

/* one segment left in the routing header: dst is not the destination of the pseudo-header */
#define ROUTED6                                                                                    \
    "60012345 00302b40 20010db8 00000000 00000000 00000007 20010db8 00000000 00000000 00000099 "   \
    "06020001 00000000 20010db8 00000000 00000000 00000099 c82201bb 00000001 00000002 501001f6 "   \
    "239a0000 31323334 "

/* total length 0, as segmentation offload leaves it */
#define TSO4                                                                                       \
    "45000000 12344000 40063c39 c0000207 c6336450 c82201bb 00000001 00000002 501001f6 ecad0000 "   \
    "31323334 35363738 "

/* payload length 0 */
#define TSO6                                                                                       \
    "60012345 00000640 20010db8 00000000 00000000 00000007 20010db8 00000001 00000000 00000080 "   \
    "c82201bb 00000001 00000002 501001f6 5c1c0000 31323334 35363738 "

/* ICMP 3/13 by 203.0.113.1 quotes eight octets of TCP in SYN4 */
#define PROHIBITED4                                                                                \
    "45000038 12340000 40016a88 cb007101 c0000207 030d3316 00000000 4500003c 12344000 40063bfd "   \
    "c0000207 c6336450 c82201bb fffffffe "

/* ICMP 11/0 quotes eight octets of TCP in DATA4, IP options before them */
#define EXCEEDED4                                                                                  \
    "4500003c 12340000 40016a84 cb007101 c0000207 0b002b22 00000000 4612003b beef0000 01060b30 "   \
    "c0000207 c6336450 01010100 c82201bb ffffffff "

/* ICMP 3/1 quotes the whole of SYN4 */
#define WHOLE4                                                                                     \
    "45000058 12340000 40016a68 cb007101 c0000207 0301e9b8 00000000 4500003c 12344000 40063bfd "   \
    "c0000207 c6336450 c82201bb fffffffe 00000000 a002faf0 31200000 020405b4 0402080a a1b2c3d4 "   \
    "00000000 01030307 "

/* ICMPv6 1/4 by 2001:db8:ffff::1 quotes a whole SYN */
#define UNREACHABLE6                                                                               \
    "60012345 00583a40 20010db8 ffff0000 00000000 00000001 20010db8 00000000 00000000 00000007 "   \
    "0104196f 00000000 60012345 00280640 20010db8 00000000 00000000 00000007 20010db8 00000001 "   \
    "00000000 00000080 c82201bb 80000000 00000000 a002faf0 41b00000 020405b4 0402080a a1b2c3d4 "   \
    "00000000 01030307 "

/* ICMPv6 2/0 quotes the whole of EXT6 */
#define TOO_BIG6                                                                                   \
    "60012345 00a53a40 20010db8 ffff0000 00000000 00000001 20010db8 00000000 00000000 00000007 "   \
    "0200d917 00000500 60012345 00750040 20010db8 00000000 00000000 00000007 20010db8 00000001 "   \
    "00000000 00000080 3c000502 00000100 2b01010c 00000000 00000000 00000000 2c020000 00000000 "   \
    "20010db8 00000000 00000000 00000099 33000000 abcdef01 3c040000 00000001 00000002 11111111 "   \
    "11111111 11111111 0601010c 00000000 00000000 00000000 c82201bb 00000007 00000009 501101f6 "   \
    "0ff50000 78 "

/* ICMP that quotes IPv6 */
#define MIXED4                                                                                     \
    "4500006c 12340000 40016a54 cb007101 c0000207 0301737e 00000000 60012345 00280640 20010db8 "   \
    "00000000 00000000 00000007 20010db8 00000001 00000000 00000080 c82201bb 80000000 00000000 "   \
    "a002faf0 41b00000 020405b4 0402080a a1b2c3d4 00000000 01030307 "

/* ICMPv6 that quotes IPv4 */
#define MIXED6                                                                                     \
    "60012345 00443a40 20010db8 ffff0000 00000000 00000001 20010db8 00000000 00000000 00000007 "   \
    "01018fc0 00000000 4500003c 12344000 40063bfd c0000207 c6336450 c82201bb fffffffe 00000000 "   \
    "a002faf0 31200000 020405b4 0402080a a1b2c3d4 00000000 01030307 "

#endif
