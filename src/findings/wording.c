/* SPDX-License-Identifier: BSD-2-Clause */
#include "findings/wording.h"

#include <string.h>

#include "base/decimal.h"
#include "base/lookup.h"
#include "findings/rules.h"
#include "path/mtu.h"
#include "path/path.h"
#include "tcp/host.h"
#include "tcp/offer.h"

/* text: words in braces stand for figures of the connection. */
static const struct wording {
    const char *name, *text, *meaning;
} wordings[CAUSE_COUNT] = {
    [CAUSE_NO_ROUTE] = {"no-route",
                        "This host has no route to {server}, so that nothing was sent. Next: \"ip "
                        "route get {server}{as-asked}\".",
                        "The kernel refuses a route to the target."},
    [CAUSE_POLICY_ROUTE] = {"policy-route",
                            "A routing rule of this host sends such connections through table "
                            "{table}, which raw segments do not use. Next: \"ip rule\".",
                            "connect() would take a different route than the segments of this "
                            "program, because a routing rule selects by port or user."},
    [CAUSE_LOCAL_ERROR] =
        {"local-error",
         "This host did not send the segments ({error}): a firewall rule for outgoing segments, or "
         "a prohibit route. Next: \"nft list ruleset\".",
         "The local kernel refused to send, or no interface showed what was sent."},
    [CAUSE_NEIGHBOUR_SILENT] =
        {"neighbour-silent",
         "The next hop does not answer ARP or Neighbor Discovery: it is "
         "down, or on another network. Next: \"ip neigh\".",
         "The kernel was still asking for the link-layer address of the "
         "next hop when the run ended, or stopped asking without an answer."},
    [CAUSE_NAME_NOT_FOUND] =
        {"name-not-found",
         "The name was not resolved. Next: check its spelling, and \"getent ahosts\".",
         "The name of the target could not be resolved."},
    [CAUSE_DROPPED_ON_THIS_HOST] =
        {"dropped-on-this-host",
         "The answer arrived, but this host dropped it before TCP: a firewall rule for incoming "
         "segments, rp_filter, or an interface other than that of -I. Next: the same without -I, "
         "or \"nft list ruleset\".",
         "Answers were captured, but the socket that holds the port counted none, or they arrived "
         "on an interface other than that of -I. The reverse path filter counts in \"nstat -az "
         "TcpExtIPReversePathFilter\"."},
    [CAUSE_TRANSLATED] = {"translated",
                          "This host translates the addresses or ports: the far end is not the one "
                          "that was asked for. Next: \"nft list ruleset\", \"conntrack -L\".",
                          "The segments on the wire carry other addresses or ports than those that "
                          "were sent or received."},
    [CAUSE_LOCAL_RESET] =
        {"local-reset",
         "The kernel of the client's host reset the connection, because it did not know of it; the "
         "server is not the cause.",
         "An RST that the client did not send left its host with its address and port."},
    [CAUSE_SECOND_OPINION_DIFFERS] =
        {"second-opinion-differs",
         "To raw segments the port is {state}, but connect() {opinion}: this host treats sockets "
         "differently. Next: \"nft list ruleset\", \"bpftool cgroup tree\".",
         "connect(2), called after the verdict, had another outcome. eBPF programs, firewall rules "
         "that match users or cgroups, and security modules apply to sockets but not to raw "
         "segments. Applications on this host get the outcome of connect(2)."},
    [CAUSE_REFUSED] =
        {"refused",
         "No process listens on port {port}, or a firewall rejects with a reset (RST with TTL "
         "{rst-ttl}). Next: \"ss -ltn\" on that host.",
         "The SYN was answered by an acceptable RST. One connection does not tell a closed port "
         "from a firewall that rejects with a reset; if an open port of the same host answers with "
         "another TTL, a device on the path sent the RST."},
    [CAUSE_REJECTED_BY_TARGET] =
        {"rejected-by-target",
         "A firewall rule on {server} itself rejects ({reason}); a closed port would answer with "
         "an RST. Next: look for REJECT in its rules.",
         "The ICMP error came from the address of the target, where a kernel without a firewall "
         "answers a SYN to a closed port with an RST."},
    [CAUSE_REJECTED_ON_THE_WAY] = {"rejected-on-the-way",
                                   "A firewall {where-it-rejects} rejects ({reason}). Next: ask "
                                   "for a rule there that allows it.",
                                   "The ICMP error came from an address other than the target's."},
    [CAUSE_UNREACHABLE] = {"unreachable", "{icmp-from} reports {reason}: {why-unreachable}.",
                           "An ICMP error that quotes the SYN says that it cannot be delivered."},
    [CAUSE_SILENCE] = {"silence", "Nothing answered {syns}: {why-silent}. Next: {where-to-look}.",
                       "No segment and no ICMP error came in answer to any SYN. If another port of "
                       "the same host answers, a firewall drops this one; if none does, the hop "
                       "where --path ends tells more. In a capture from another program, this is "
                       "found only if the client retransmitted its SYN after a second."},
    [CAUSE_SYN_UNANSWERED] =
        {"syn-unanswered",
         "The first of {syns} had no answer: packet loss, or a full accept queue. Next: repeat "
         "with -c 20; \"nstat -az TcpExtListenDrops\" there.",
         "The SYN/ACK came only after the SYN had been retransmitted. Linux drops SYNs when the "
         "queue of accept() is full, and counts them as ListenDrops."},
    [CAUSE_ACCEPT_QUEUE_FULL] =
        {"accept-queue-full",
         "The server repeats a SYN/ACK that was acknowledged: its accept queue is full, or the "
         "path to it loses segments. Next: Recv-Q in \"ss -ltn\" there.",
         "The SYN/ACK came again, more than a retransmission time-out later, although the client "
         "had acknowledged it. Linux drops that acknowledgement when the queue of accept() is "
         "full."},
    [CAUSE_RESET_AT_ONCE] = {"reset-at-once",
                             "Opened and reset before any data: a proxy without a backend, an "
                             "access list of the service, or a full accept queue. Next: its log.",
                             "The server sent an RST within half a second of its SYN/ACK, and "
                             "neither end had sent data. With net.ipv4.tcp_abort_on_overflow=1, "
                             "Linux does so when the queue of accept() is full."},
    [CAUSE_FEATURE_BROKEN] =
        {"feature-broken",
         "A SYN with {broken} fails where one without it is answered: a device on the path, or the "
         "target, does not accept it. Next: --compare -c 20 to rule out loss.",
         "The SYN that offered a feature or left out an option had no SYN/ACK, and a plain SYN "
         "right after it had one. One pair does not exclude that segments were lost."},
    [CAUSE_FEATURE_MIRRORED] =
        {"feature-mirrored",
         "The SYN/ACK repeats {mirrored} unchanged, which no TCP that supports it does: a device "
         "or the target copies what it does not understand. Next: do not offer it.",
         "What the SYN offered came back unchanged, which is not how a TCP that agrees answers: "
         "ECN with CWR, a cookie request without a cookie, or MP_CAPABLE without a key."},
    [CAUSE_REQUEST_NOT_ACKNOWLEDGED] =
        {"request-not-acknowledged",
         "None of the {client-bytes} octets sent was acknowledged: large packets disappear (path "
         "MTU), or only the handshake passes. Next: --path-mtu.",
         "The client sent data, waited, and closed; no acknowledgement covered any of the data."},
    [CAUSE_REQUEST_UNANSWERED] =
        {"request-unanswered",
         "The request was acknowledged but not answered: the application is slow or waits for "
         "more, or its answer is too large for the path. Next: wait longer; --mss 536.",
         "The client sent data that was acknowledged, waited for about a second or more, and "
         "closed; the server sent no data at all."},
    [CAUSE_ANSWER_LOST] = {"answer-lost",
                           "{lost} octets that the server sent did not arrive, but what it sent "
                           "after them did: large packets disappear on the path back (path MTU), "
                           "or the path loses many packets. Next: --mss 536.",
                           "The sequence numbers of the server's last segments are ahead of what "
                           "arrived, and for a second or more nothing filled the gap. If a "
                           "connection with a small --mss gets the answer, a router on the way "
                           "back drops large packets and its ICMP errors do not reach the server."},
    [CAUSE_ZERO_WINDOW] =
        {"zero-window",
         "The {stalled} announced window 0 for {stalled-ms} ms: its application does not read. "
         "Next: Recv-Q in \"ss -tn\" there.",
         "An end announced window 0 for a second or more while the other end had not closed."},
    [CAUSE_RESET_BY_SERVER] =
        {"reset-by-server",
         "The server reset the open connection: {reset-why}. Next: the log of the service.",
         "The connection had opened and was ended by an RST with the server's address."},
    [CAUSE_FIN_NOT_ACKNOWLEDGED] =
        {"fin-not-acknowledged",
         "The FIN of the {initiator} was not acknowledged: the other host is gone, or a device "
         "dropped the connection. Next: make another connection.",
         "A FIN was sent, and neither an acknowledgement nor an RST of the other end covered it. "
         "In a capture from another program, this is found only if the FIN was retransmitted."},
    [CAUSE_FIN_UNANSWERED] =
        {"fin-unanswered",
         "The TCP of the server acknowledged the FIN, but its application does not close. Next: "
         "CLOSE_WAIT in \"ss -tnp\" there.",
         "The FIN of the client was acknowledged, and the server sent none within the time-out. A "
         "capture from another program does not show how long the client waited."},
    [CAUSE_PATH_MTU_BLACK_HOLE] =
        {"path-mtu-black-hole",
         "IP packets above {path-mtu} octets disappear on the way to the target, and no ICMP error "
         "says so. Next: allow \"too big\" there, or clamp the MSS to {path-mss}.",
         "With --path-mtu, packets up to a size were acknowledged, but larger ones were not, "
         "although each was sent at least three times; this is certain if it was seen nine times, "
         "each time between smaller packets that all got through."},
    [CAUSE_OLD_CONNECTION] = {"old-connection",
                              "The server still knows an older connection with these ports, and "
                              "acknowledged its numbers. Next: another source port.",
                              "An acknowledgement in answer to the SYN, or a SYN/ACK that the "
                              "client reset, acknowledged something other than the SYN."},
    [CAUSE_SYN_PROXY] =
        {"syn-proxy",
         "A SYN proxy answered for the server: its SYN/ACK had window 0, which the next segment "
         "opened. \"Open\" needs that segment.",
         "The SYN/ACK announced window 0, like that of a proxy that contacts the server only when "
         "the client has answered; the next segment, an acknowledgement of the same number without "
         "data, opened the window; and the segments after that had the TTL or hop limit of a host "
         "behind the proxy."},
    [CAUSE_MIDDLEBOX_ANSWERED] =
        {"middlebox-answered",
         "The SYN/ACK came with TTL {syn-ack-ttl}, what followed with TTL {following-ttl}: another "
         "device answered the SYN. Next: look for a proxy or firewall.",
         "The TTL or hop limit of the SYN/ACK differed from that of the segments after it."},
    [CAUSE_RESET_INJECTED] =
        {"reset-injected",
         "The RST in the name of the {reset-by} (TTL {rst-ttl}) was not sent by its TCP: {how}. "
         "Next: look for a firewall on the path.",
         "The RST did not come from the end that it names. This is certain if that end kept the "
         "connection open, went on, and acknowledged what crossed after the RST. It is likely if "
         "that end had sent nothing but a SYN/ACK, if the TTL of the RST differs from that of all "
         "segments before it, if a second RST has a sequence number that its sender never reached, "
         "if its sender went on sending and its receiver acknowledged that, or if a SYN/ACK "
         "followed the RST."},
    [CAUSE_EVERYTHING_OPEN] = {"everything-open",
                               "Port {control-port} of {server}, which should be closed, is open "
                               "too: something accepts every connection, and \"open\" does not "
                               "show a service. Next: --send, and see what answers.",
                               "A port of the host that no service should use (--control-port) "
                               "also answered a SYN with a SYN/ACK."},
};

static const struct wording *wording_of(enum cause cause)
{
    return (unsigned)cause < CAUSE_COUNT ? &wordings[cause] : NULL;
}

const char *cause_name(enum cause cause)
{
    const struct wording *wording = wording_of(cause);
    return wording != NULL ? wording->name : NULL;
}

const char *cause_meaning(enum cause cause)
{
    const struct wording *wording = wording_of(cause);
    return wording != NULL ? wording->meaning : NULL;
}

const char *grade_name(enum grade grade)
{
    static const char *const names[] = {
        [GRADE_NONE] = NULL, [GRADE_LIKELY] = "likely", [GRADE_CERTAIN] = "certain"};
    return LOOK_UP(names, grade);
}

/* Text being written; what finds no room is left out. */
struct text {
    char *out;
    size_t len;
};

static void put(struct text *text, const char *piece, size_t len)
{
    if (len >= DIAGNOSIS_TEXT_MAX - text->len)
        return; /* GCOVR_EXCL_LINE: check_findings shows that every text fits */
    /* cppcheck-suppress uninitvar ; each caller fills its piece */
    memcpy(text->out + text->len, piece, len);
    text->len += len;
    text->out[text->len] = '\0';
}

static void put_word(struct text *text, const char *word)
{
    put(text, word != NULL ? word : "?", word != NULL ? strlen(word) : 1);
}

static void put_number(struct text *text, uint64_t number)
{
    char digits[DECIMAL_MAX];
    put(text, digits, (size_t)(decimal(digits, number) - digits));
}

static void put_address(struct text *text, const struct address *address)
{
    char written[ADDRESS_TEXT_MAX];
    put_word(text, address_text(address, written));
}

static void put_server(struct text *text, const struct scene *scene)
{
    put_address(text, &scene->result->ends[SERVER].address);
}

static void put_port(struct text *text, const struct scene *scene)
{
    put_number(text, scene->result->ends[SERVER].port);
}

static void put_table(struct text *text, const struct scene *scene)
{
    put_number(text, scene->result->host != NULL ? scene->result->host->table : 0);
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@';
}

/* Whether a shell takes it for one word, whatever a recording may hold. */
static bool is_plain_name(const char *name)
{
    size_t len = 0;
    while (is_plain(name[len]))
        len++;
    return len > 0 && name[len] == '\0';
}

/* What makes a question to ip-route(8) that of the run. */
static void put_as_asked(struct text *text, const struct scene *scene)
{
    const struct host_facts *host = scene->result->host;
    if (host != NULL && host->asked_source.family != FAMILY_NONE) {
        put_word(text, " from ");
        put_address(text, &host->asked_source);
    }
    if (host != NULL && is_plain_name(host->asked_interface)) {
        put_word(text, " oif ");
        put_word(text, host->asked_interface);
    }
}

static void put_error(struct text *text, const struct scene *scene)
{
    const struct host_facts *host = scene->result->host;
    const char *name = host != NULL ? host_error_name(host->error) : NULL;
    put_word(text, name != NULL ? name : "no error was reported");
}

static void put_state(struct text *text, const struct scene *scene)
{
    put_word(text, port_state_name(scene->result->port_state));
}

static void put_opinion(struct text *text, const struct scene *scene)
{
    const struct host_facts *host = scene->result->host;
    const char *phrase = host != NULL ? opinion_phrase(host->opinion.result) : NULL;
    put_word(text, phrase != NULL ? phrase : "was not asked");
}

static void put_reason(struct text *text, const struct scene *scene)
{
    put_word(text, reason_name(scene->result->handshake.reason));
}

static void put_icmp_from(struct text *text, const struct scene *scene)
{
    put_address(text, &scene->evidence->icmp_from);
}

static void put_where_it_rejects(struct text *text, const struct scene *scene)
{
    if (address_equal(&scene->evidence->icmp_from, &scene->result->ends[CLIENT].address)) {
        put_word(text, "on the client's own host");
        return;
    }
    put_word(text, "at ");
    put_icmp_from(text, scene);
    put_word(text, ", not the target,");
}

/* What an error means, and where to look: RFC 792, RFC 1812, 5.2.7, and RFC 4443, 3. */
static void put_why_unreachable(struct text *text, const struct scene *scene)
{
    static const struct {
        enum reason reason;
        const char *why;
    } rows[] = {
        {REASON_NET_UNREACH, "it has no route to the target. Next: its routing table"},
        {REASON_TIME_EXCEEDED,
         "packets circulate between routers, or the TTL is too small. Next: --path"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (scene->result->handshake.reason == rows[i].reason) {
            put_word(text, rows[i].why);
            return;
        }
    put_word(text, "the host behind it is down, or its route is missing. Next: its routes and "
                   "neighbours");
}

/* The path that was traced for a target that did not answer, or NULL. */
static const struct path *path_asked(const struct scene *scene)
{
    const struct path *path = scene->result->path;
    return path != NULL && path->hop_count > 0 ? path : NULL;
}

static void put_why_silent(struct text *text, const struct scene *scene)
{
    const struct path *path = path_asked(scene);
    put_word(text, path != NULL && path_reached(path)
                       ? "packet loss, or a limit on SYNs"
                       : "a firewall drops them, the host is down, or the path back is broken");
}

/* How far the SYNs of --path got, which came after those of the connection. */
static void put_end_of_path(struct text *text, const struct path *path, uint8_t last)
{
    bool rejects = path->end_ttl > 0;
    put_word(text, rejects ? "" : "another port, or what is behind ");
    put_address(text, &path->hops[(rejects ? path->end_ttl : last) - 1].address);
    put_word(text, rejects                ? ", which answers the SYNs of --path with an ICMP error"
                   : path_cut_short(path) ? ", with more --max-hops"
                                          : ", beyond which no SYN is answered");
}

static void put_where_to_look(struct text *text, const struct scene *scene)
{
    const struct path *path = path_asked(scene);
    uint8_t last = path != NULL ? path_last_answered(path) : 0;
    if (path == NULL)
        put_word(text, "another port, or --path for the last hop that answers");
    else if (path_reached(path))
        put_word(text, "repeat with -c 20, because the target answered a SYN of --path");
    else if (last == 0)
        put_word(text, "another port, or the first hop, which does not answer either");
    else
        put_end_of_path(text, path, last);
}

/* "1 SYN", "7 SYNs" */
static void put_syns(struct text *text, const struct scene *scene)
{
    put_number(text, scene->result->handshake.syn_count);
    put_word(text, scene->result->handshake.syn_count == 1 ? " SYN" : " SYNs");
}

static void put_client_bytes(struct text *text, const struct scene *scene)
{
    put_number(text, scene->result->bytes[CLIENT]);
}

static void put_rst_ttl(struct text *text, const struct scene *scene)
{
    put_number(text, scene->evidence->reset_ttl);
}

static void put_syn_ack_ttl(struct text *text, const struct scene *scene)
{
    put_number(text, scene->result->openings[SERVER].ttl);
}

static void put_following_ttl(struct text *text, const struct scene *scene)
{
    put_number(text, scene->evidence->following_ttl);
}

static enum end_id stalled_end(const struct scene *scene)
{
    const uint32_t *closed_ms = scene->evidence->closed_ms;
    return closed_ms[CLIENT] > closed_ms[SERVER] ? CLIENT : SERVER;
}

static void put_stalled(struct text *text, const struct scene *scene)
{
    put_word(text, end_name(stalled_end(scene)));
}

static void put_stalled_ms(struct text *text, const struct scene *scene)
{
    put_number(text, scene->evidence->closed_ms[stalled_end(scene)]);
}

static void put_initiator(struct text *text, const struct scene *scene)
{
    put_word(text, end_name(scene->result->teardown.initiator));
}

static void put_reset_by(struct text *text, const struct scene *scene)
{
    put_word(text, end_name(scene->evidence->reset_by));
}

static void put_reset_why(struct text *text, const struct scene *scene)
{
    put_word(text, scene->result->teardown.fin_count[SERVER] > 0
                       ? "it had closed, and more was sent to it"
                       : "its application aborted or left data unread, or a device lost its state");
}

static void put_control_port(struct text *text, const struct scene *scene)
{
    put_number(text, scene->result->host != NULL ? scene->result->host->control_port : 0);
}

static void put_how(struct text *text, const struct scene *scene)
{
    static const struct {
        enum evidence_mark mark;
        const char *text;
    } ways[] = {
        {EVIDENCE_RST_OUTLIVED, "that end acknowledged what was sent to it after the RST"},
        {EVIDENCE_REFUSAL_REVOKED, "a SYN/ACK followed it"},
        {EVIDENCE_RST_AHEAD, "several came, at numbers that were never reached"},
        {EVIDENCE_RST_IGNORED, "that end went on sending, and the other took what it sent"},
        {EVIDENCE_RST_TTL, "all segments before it had another TTL"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if ((scene->evidence->marks & ways[i].mark) == 0)
            continue;
        put_word(text, ways[i].text);
        return;
    }
}

/* "ecn", "ecn, no sack" */
static void put_offers(struct text *text, const struct scene *scene, enum agreement agreement)
{
    struct offer_outcome outcome;
    bool any = false;
    offer_judge(scene->result, &outcome);
    for (unsigned i = 0; i < OFFERS; i++) {
        if (outcome.became[i] != agreement)
            continue;
        put_word(text, any ? ", " : "");
        put_word(text, i < WITHOUT_MSS ? "" : "no ");
        put_word(text, offer_name(i));
        any = true;
    }
}

static void put_broken(struct text *text, const struct scene *scene)
{
    put_offers(text, scene, BROKEN);
}

static void put_mirrored(struct text *text, const struct scene *scene)
{
    put_offers(text, scene, MIRRORED);
}

static uint32_t path_mtu_of(const struct scene *scene)
{
    const struct path_mtu *mtu = scene->result->path_mtu;
    const struct mtu_verdict verdict = mtu != NULL ? path_mtu_judge(mtu) : (struct mtu_verdict){0};
    return verdict.beyond > 0 ? verdict.beyond - 1 : verdict.bytes;
}

static void put_path_mtu(struct text *text, const struct scene *scene)
{
    put_number(text, path_mtu_of(scene));
}

/* RFC 9293, 3.7.1: options are not counted. */
static void put_path_mss(struct text *text, const struct scene *scene)
{
    enum family family = (enum family)scene->result->ends[SERVER].address.family;
    uint32_t bytes = path_mtu_of(scene), headers = path_mtu_headers(family, false);
    put_number(text, bytes > headers ? bytes - headers : 0);
}

static void put_lost(struct text *text, const struct scene *scene)
{
    put_number(text, scene->result->hole.bytes);
}

static const struct {
    const char *name;
    void (*put)(struct text *text, const struct scene *scene);
} figures[] = {
    {"server", put_server},
    {"port", put_port},
    {"table", put_table},
    {"as-asked", put_as_asked},
    {"error", put_error},
    {"state", put_state},
    {"opinion", put_opinion},
    {"reason", put_reason},
    {"icmp-from", put_icmp_from},
    {"where-it-rejects", put_where_it_rejects},
    {"why-unreachable", put_why_unreachable},
    {"why-silent", put_why_silent},
    {"where-to-look", put_where_to_look},
    {"syns", put_syns},
    {"client-bytes", put_client_bytes},
    {"rst-ttl", put_rst_ttl},
    {"syn-ack-ttl", put_syn_ack_ttl},
    {"following-ttl", put_following_ttl},
    {"stalled", put_stalled},
    {"stalled-ms", put_stalled_ms},
    {"initiator", put_initiator},
    {"reset-by", put_reset_by},
    {"reset-why", put_reset_why},
    {"control-port", put_control_port},
    {"how", put_how},
    {"broken", put_broken},
    {"mirrored", put_mirrored},
    {"path-mtu", put_path_mtu},
    {"path-mss", put_path_mss},
    {"lost", put_lost},
};

static void put_figure(struct text *text, const struct scene *scene, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        if (strlen(figures[i].name) == len && memcmp(figures[i].name, name, len) == 0)
            figures[i].put(text, scene);
}

/* The offset of c in text, or its length. */
static size_t span_to(const char *text, char c)
{
    size_t len = 0;
    while (text[len] != '\0' && text[len] != c)
        len++;
    return len;
}

const char *diagnosis_text(const struct diagnosis *diagnosis,
                           const struct connection_result *result, char *out)
{
    static const struct evidence nothing = EVIDENCE_NONE;
    const struct wording *wording = wording_of(diagnosis->cause);
    const struct scene scene = {
        .result = result,
        .evidence = result->evidence != NULL ? result->evidence : &nothing,
    };
    struct text text = {.out = out};
    out[0] = '\0';
    for (const char *at = wording != NULL ? wording->text : ""; *at != '\0';) {
        size_t len = span_to(at, '{');
        put(&text, at, len);
        at += len;
        if (*at == '\0')
            break;
        len = span_to(++at, '}');
        put_figure(&text, &scene, at, len);
        at += len + 1;
    }
    return out;
}
