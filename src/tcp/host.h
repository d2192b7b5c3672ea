/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host of a live run knows of a connection beside the wire. */
#ifndef TCPSHAKE_TCP_HOST_H
#define TCPSHAKE_TCP_HOST_H

#include "tcp/result.h"

/* Why the local kernel did not send: what sendmsg(2) or a route question answers. */
enum host_error {
    HOST_ERROR_NONE,
    HOST_EACCES, /* a prohibit route or rule: ip-route(8) */
    HOST_EPERM,  /* netfilter */
    HOST_EINVAL, /* a blackhole route, among others */
    HOST_EHOSTUNREACH,
    HOST_ENETUNREACH,
    HOST_ENETDOWN,
    HOST_ENODEV,
    HOST_EADDRNOTAVAIL,
    HOST_EMSGSIZE,
    HOST_ENOBUFS,
    HOST_ERROR_OTHER,
    HOST_ERROR_COUNT,
};

/* Whether answers that were captured reached this host's TCP. */
enum __attribute__((packed)) delivery {
    DELIVERY_UNKNOWN, /* some did, or it was not counted */
    DELIVERED,
    NOT_DELIVERED,
    DELIVERY_COUNT,
};

/* A tuple as it is on the wire, where this host translates it. */
struct translation {
    bool known;
    struct endpoint ends[ENDS];
};

/* What connect(2) met at the same target, after the verdict: --second-opinion. */
enum opinion_result {
    OPINION_NONE, /* it was not asked */
    OPINION_CONNECTED,
    OPINION_REFUSED,
    OPINION_TIMED_OUT,
    OPINION_UNREACHABLE,
    OPINION_PROHIBITED,
    OPINION_ERROR, /* any other: see code */
    OPINION_COUNT,
};

struct opinion {
    enum opinion_result result;
    int32_t code; /* errno(3) of that host; 0: none */
    int64_t duration_ns;
};

#define HOST_INTERFACE_MAX 16 /* with its end: IFNAMSIZ */

#define UNTRIED_MOST 15 /* further addresses of a name */

/* The plain connection that was made beside one whose SYN offered something and failed. */
struct offer_control {
    bool made;
    enum port_state port_state;
    enum handshake_result result;
    enum reason reason;
    int64_t connect_ns;
};

struct host_facts {
    enum host_error error;
    enum delivery delivery;
    bool neighbour_silent; /* the next hop was still being asked for at the end */
    bool unseen;           /* no interface of this host showed a segment of ours */
    uint32_t table;        /* of ip-rule(8), that connect() would route by; 0: none */
    /* What a route was asked for with that the kernel refused: */
    struct address asked_source;              /* FAMILY_NONE: any */
    char asked_interface[HOST_INTERFACE_MAX]; /* "": any */
    struct translation sent, received;        /* for each direction */
    const struct target_notes *notes;         /* of its target; borrowed, NULL: none */
    struct offer_control control;
    uint16_t control_port; /* that ought to be closed; 0: none was asked */
    enum port_state control_port_state;
    struct opinion opinion;
    uint8_t untried_count;
    struct address untried[UNTRIED_MOST]; /* further addresses of the name, after this one failed */
};

/* Adds what the host knows to a result; borrows host. What no answer of reached this host's TCP, be
 * it a segment or an ICMP error, is filtered, as connect(2) would find; what is not known to have
 * left is not. */
void host_judge(const struct host_facts *host, struct connection_result *result);

/* Whether connect(2) met what the verdict excludes. A verdict that says it does not know excludes
 * nothing, and errors of other kinds contradict no verdict. */
bool opinion_differs(const struct connection_result *result);

/* "was refused", of connect(2); NULL for OPINION_NONE. */
const char *opinion_phrase(enum opinion_result value);

/* "timed-out"; NULL for OPINION_NONE. */
const char *opinion_name(enum opinion_result value);

/* "EACCES"; NULL for HOST_ERROR_NONE. */
const char *host_error_name(enum host_error value);

/* "delivered" or "not-delivered"; NULL for DELIVERY_UNKNOWN. */
const char *delivery_name(enum delivery value);

#endif
