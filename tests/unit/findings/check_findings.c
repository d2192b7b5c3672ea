/* SPDX-License-Identifier: BSD-2-Clause */
#include "findings/findings.h"
#include "findings/wording.h"

#include <string.h>

#include "harness.h"
#include "path/mtu.h"
#include "path/path.h"
#include "tcp/evidence.h"
#include "tcp/host.h"
#include "tcp/offer.h"

#define MS 1000000

/* A connection and the one finding that it has. */
struct scene {
    struct connection_result result;
    struct evidence evidence;
    struct host_facts host;
    struct step steps[3];
};

static const struct address server = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 80}};
static const struct address router = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 1}};

/* Opened and closed by four segments. */
static void begin(struct scene *scene)
{
    struct connection_result *r = &scene->result;
    memset(scene, 0, sizeof *scene);
    scene->evidence.reset_by = NEITHER;
    r->evidence = &scene->evidence;
    r->ends[SERVER] = (struct endpoint){.address = server, .port = 443};
    r->port_state = PORT_OPEN;
    r->handshake.result = HANDSHAKE_COMPLETED;
    r->handshake.reason = REASON_SYN_ACK;
    r->handshake.syn_count = 1;
    r->teardown.result = TEARDOWN_GRACEFUL;
    r->teardown.reset_by = NEITHER;
    r->first.syn_ns = 0;
    r->first.syn_ack_ns = 10 * MS;
    r->first.rst_ns = DURATION_UNKNOWN;
    r->has_options[CLIENT] = r->has_options[SERVER] = true;
    r->steps = scene->steps;
    r->step_count = 3;
}

static void end_as(struct scene *scene, enum port_state port, enum handshake_result result,
                   enum reason reason)
{
    scene->result.port_state = port;
    scene->result.handshake.result = result;
    scene->result.handshake.reason = reason;
    scene->result.teardown.result = TEARDOWN_NONE;
}

static void no_route(struct scene *s)
{
    end_as(s, PORT_UNREACHABLE, HANDSHAKE_UNREACHABLE, REASON_NO_ROUTE);
}

static const struct address asked_source = {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 7}};

static void no_route_from(struct scene *s)
{
    no_route(s);
    s->host.asked_source = asked_source;
    s->result.host = &s->host;
}

static void no_route_over(struct scene *s)
{
    no_route(s);
    memcpy(s->host.asked_interface, "br-A.9_x@z", 11);
    s->result.host = &s->host;
}

static void no_route_from_over(struct scene *s)
{
    no_route_over(s);
    s->host.asked_source = asked_source;
}

/* A recording may hold what no command should. */
static void no_route_over_odd(struct scene *s)
{
    no_route(s);
    memcpy(s->host.asked_interface, "a`id`", 6);
    s->result.host = &s->host;
}

static void policy_route(struct scene *s)
{
    end_as(s, PORT_UNKNOWN, HANDSHAKE_NOT_SENT, REASON_POLICY_ROUTE);
    s->host.table = 100;
    s->result.host = &s->host;
}

static void policy_unknown(struct scene *s)
{
    end_as(s, PORT_UNKNOWN, HANDSHAKE_NOT_SENT, REASON_POLICY_ROUTE);
}

static void local_error(struct scene *s)
{
    end_as(s, PORT_UNKNOWN, HANDSHAKE_NOT_SENT, REASON_LOCAL_ERROR);
    s->host.error = HOST_EPERM;
    s->result.host = &s->host;
}

static void local_firewall(struct scene *s)
{
    end_as(s, PORT_FILTERED, HANDSHAKE_NO_ANSWER, REASON_ADMIN_PROHIBITED);
    s->host.error = HOST_EPERM;
    s->result.host = &s->host;
}

static void unseen(struct scene *s)
{
    end_as(s, PORT_UNKNOWN, HANDSHAKE_NOT_SENT, REASON_LOCAL_ERROR);
}

static void neighbour_silent(struct scene *s)
{
    end_as(s, PORT_FILTERED, HANDSHAKE_NO_ANSWER, REASON_NEIGHBOUR_SILENT);
}

static void name_not_found(struct scene *s)
{
    end_as(s, PORT_UNKNOWN, HANDSHAKE_NOT_SENT, REASON_NAME_NOT_FOUND);
}

static void dropped_here(struct scene *s)
{
    end_as(s, PORT_FILTERED, HANDSHAKE_NO_ANSWER, REASON_DROPPED_ON_THIS_HOST);
    s->steps[1] = (struct step){.from = SERVER, .flags = TCP_SYN | TCP_ACK};
}

static void translated(struct scene *s)
{
    end_as(s, PORT_UNKNOWN, HANDSHAKE_NOT_FOLLOWED, REASON_TRANSLATED);
}

static void translated_and_seen(struct scene *s)
{
    s->host.received.known = true;
    s->result.host = &s->host;
}

static void local_reset(struct scene *s)
{
    s->result.teardown.result = TEARDOWN_RESET;
    s->result.teardown.reset_by = CLIENT;
    s->result.teardown.local_reset = true;
    s->steps[2] = (struct step){.flags = TCP_RST, .verdict = VERDICT_LOCAL_RESET};
}

static void connect_was_refused(struct scene *s)
{
    s->host.opinion.result = OPINION_REFUSED;
    s->result.host = &s->host;
}

static void refused(struct scene *s)
{
    end_as(s, PORT_CLOSED, HANDSHAKE_REFUSED, REASON_RESET);
    s->evidence.reset_ttl = 63;
    s->steps[1] = (struct step){.from = SERVER, .flags = TCP_RST | TCP_ACK};
}

static void stop(struct scene *s, enum port_state port, enum reason reason,
                 const struct address *from)
{
    end_as(s, port, HANDSHAKE_UNREACHABLE, reason);
    s->evidence.icmp_from = *from;
    s->steps[1] = (struct step){.from = SERVER, .is_icmp = true, .note = NOTE_ICMP};
    s->steps[2] = (struct step){.from = SERVER, .is_icmp = true, .note = NOTE_ICMP_IGNORED};
}

static void rejected_by_target(struct scene *s)
{
    stop(s, PORT_UNREACHABLE, REASON_PORT_UNREACH, &server);
}

static void rejected_on_the_way(struct scene *s)
{
    stop(s, PORT_FILTERED, REASON_ADMIN_PROHIBITED, &router);
}

static void unreachable(struct scene *s)
{
    stop(s, PORT_UNREACHABLE, REASON_HOST_UNREACH, &router);
}

static void no_way(struct scene *s)
{
    stop(s, PORT_UNREACHABLE, REASON_NET_UNREACH, &router);
}

static void circulates(struct scene *s)
{
    stop(s, PORT_UNREACHABLE, REASON_TIME_EXCEEDED, &router);
}

static const struct address client = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 7}};

static void rejected_here(struct scene *s)
{
    stop(s, PORT_UNREACHABLE, REASON_PORT_UNREACH, &client);
    s->result.ends[CLIENT] = (struct endpoint){.address = client, .port = 51234};
}

static void neighbour_given_up(struct scene *s)
{
    stop(s, PORT_UNREACHABLE, REASON_HOST_UNREACH, &client);
    s->result.ends[CLIENT] = (struct endpoint){.address = client, .port = 51234};
}

static void silence(struct scene *s)
{
    end_as(s, PORT_FILTERED, HANDSHAKE_NO_ANSWER, REASON_NO_RESPONSE);
    s->result.handshake.syn_count = 3;
    s->result.handshake.syn_time_count = 3;
    s->result.handshake.syn_times_ns[2] = 3000 * (int64_t)MS;
    s->steps[0] = s->steps[1] = (struct step){.from = CLIENT, .flags = TCP_SYN};
}

/* A router answers for the first hop alone, or none does. */
static const struct path ends_behind_a_router = {
    .hop_count = 2,
    .hops[0] = {.answered = 1,
                .answer = PATH_TIME_EXCEEDED,
                .address = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 1}}}};
static const struct path ends_at_once = {.hop_count = 2};

static void silence_behind_a_router(struct scene *s)
{
    silence(s);
    s->result.path = &ends_behind_a_router;
}

static void silence_behind_the_last_hop_asked(struct scene *s)
{
    static struct path path;

    path = ends_behind_a_router;
    path.hop_count = path_last_answered(&path);
    silence(s);
    s->result.path = &path;
}

static void silence_from_here_on(struct scene *s)
{
    silence(s);
    s->result.path = &ends_at_once;
}

static void silence_before_the_path(struct scene *s)
{
    static const struct path path; /* none of its SYNs was sent */
    silence(s);
    s->result.path = &path;
}

/* A later SYN, of the path, is answered: by the target, or by a router that reports an error. */
static void silence_where_the_path_ends(struct scene *s, enum path_answer answer)
{
    static struct path path;
    path = ends_behind_a_router;
    path.end_ttl = 2;
    path.hop_count = 3;
    path.hops[1] = (struct path_hop){
        .answered = 1, .answer = answer, .address = {FAMILY_IPV4, {198, 51, 100, 2}}};
    path.hops[2] = (struct path_hop){/* was asked at the same time */
                                     .answered = 1,
                                     .answer = PATH_TIME_EXCEEDED,
                                     .address = {FAMILY_IPV4, {198, 51, 100, 3}}};
    silence(s);
    s->result.path = &path;
}

static void silence_of_a_target_that_is_reached(struct scene *s)
{
    silence_where_the_path_ends(s, PATH_SYN_ACK);
}

static void silence_of_a_target_that_is_rejected(struct scene *s)
{
    silence_where_the_path_ends(s, PATH_UNREACHABLE);
}

static void silence_once(struct scene *s)
{
    end_as(s, PORT_FILTERED, HANDSHAKE_NO_ANSWER, REASON_NO_RESPONSE);
    s->result.done = true;
    s->steps[0] = (struct step){.from = CLIENT, .flags = TCP_SYN};
}

static void syn_unanswered(struct scene *s)
{
    s->result.handshake.syn_count = 2;
    s->result.first.syn_ack_ns = 1010 * (int64_t)MS;
    s->steps[0] = s->steps[1] = (struct step){.from = CLIENT, .flags = TCP_SYN};
}

static void accept_queue_full(struct scene *s)
{
    s->evidence.marks = EVIDENCE_SYN_ACK_LATE;
    s->steps[1] = (struct step){.from = SERVER, .flags = TCP_SYN | TCP_ACK};
}

static void reset_by(struct scene *s, int64_t after_ns)
{
    s->result.teardown.result = TEARDOWN_RESET;
    s->result.teardown.reset_by = SERVER;
    s->result.first.rst_ns = s->result.first.syn_ack_ns + after_ns;
    s->steps[2] = (struct step){.from = SERVER, .flags = TCP_RST};
}

static void reset_at_once(struct scene *s)
{
    reset_by(s, 2 * MS);
}

static void reset_before_its_ack(struct scene *s)
{
    reset_by(s, 2 * MS);
    s->result.handshake.result = HANDSHAKE_RESET;
    s->result.teardown.result = TEARDOWN_NONE;
}

static void reset_by_server(struct scene *s)
{
    reset_by(s, 2 * MS);
    s->result.bytes[CLIENT] = 10;
}

static void wait_in_vain(struct scene *s, uint64_t acked)
{
    s->evidence.marks = EVIDENCE_WAITED;
    s->result.bytes[CLIENT] = 10;
    s->result.bytes_acked[CLIENT] = acked;
    s->steps[1] = (struct step){.from = CLIENT, .len = 10, .flags = TCP_ACK};
}

static void not_acknowledged(struct scene *s)
{
    wait_in_vain(s, 0);
}

static void unanswered(struct scene *s)
{
    wait_in_vain(s, 10);
}

static void server_stalled(struct scene *s)
{
    s->evidence.closed_ms[SERVER] = 1500;
    s->steps[0] = (struct step){.from = CLIENT, .flags = TCP_ACK};
    s->steps[1] = (struct step){.from = SERVER, .flags = TCP_ACK};
    s->steps[2] = (struct step){.from = SERVER, .flags = TCP_RST};
}

static void client_stalled(struct scene *s)
{
    s->evidence.closed_ms[CLIENT] = 2500;
    s->steps[0] = (struct step){.from = CLIENT, .flags = TCP_ACK};
    s->steps[1] = s->steps[2] = (struct step){.from = SERVER, .flags = TCP_RST};
}

static void fin(struct scene *s, enum teardown_result result, enum end_id initiator)
{
    s->result.teardown.result = result;
    s->result.teardown.initiator = initiator;
    s->steps[1] = (struct step){.from = (uint8_t)initiator, .flags = TCP_FIN | TCP_ACK};
}

static void fin_not_acknowledged(struct scene *s)
{
    fin(s, TEARDOWN_UNANSWERED, CLIENT);
    s->result.done = true;
    s->result.teardown.reset_by = CLIENT; /* gave up */
}

static void fin_repeated(struct scene *s)
{
    fin(s, TEARDOWN_UNANSWERED, SERVER);
    s->result.repeats[SERVER].fin = 1;
}

static void fin_unanswered(struct scene *s)
{
    fin(s, TEARDOWN_HALF_CLOSED, CLIENT);
    s->result.done = true;
}

/* The client of a connection of our own would have closed. */
static void server_closes_first(struct scene *s)
{
    fin(s, TEARDOWN_HALF_CLOSED, SERVER);
    s->result.done = true;
}

static void server_closes_and_resets(struct scene *s)
{
    server_closes_first(s);
    s->result.teardown.reset_by = SERVER;
    s->result.teardown.fin_count[SERVER] = 1;
    s->result.bytes[CLIENT] = s->result.bytes_acked[CLIENT] = 10;
}

/* A request that crosses the FIN. */
static void request_after_close(struct scene *s)
{
    server_closes_and_resets(s);
    s->result.teardown.result = TEARDOWN_RESET;
    s->result.bytes_acked[CLIENT] = 0;
    s->steps[2] = (struct step){.from = SERVER, .flags = TCP_RST};
}

static void lose(struct scene *s)
{
    s->result.done = true;
    s->result.hole.seq = 5000;
    s->result.hole.bytes = 4344;
    s->result.hole.waited_ns = 900 * (int64_t)MS;
    s->steps[0] = (struct step){.from = SERVER, .flags = TCP_ACK, .seq = 5000};
    s->steps[1] = (struct step){.from = CLIENT, .flags = TCP_ACK, .seq = 6000};
    s->steps[2] = (struct step){.from = SERVER, .flags = TCP_ACK, .seq = 9344};
}

/* What a slow application would be blamed for. */
static void answer_lost(struct scene *s)
{
    unanswered(s);
    lose(s);
}

static void answer_and_fin_lost(struct scene *s)
{
    fin_unanswered(s);
    lose(s);
}

static void old_connection(struct scene *s)
{
    s->evidence.marks = EVIDENCE_OLD_ANSWER;
    s->steps[1] = (struct step){.from = SERVER, .flags = TCP_ACK, .note = NOTE_WRONG_ACK};
}

static void broken(struct scene *s, enum port_state port, enum reason reason)
{
    end_as(s, port, port == PORT_CLOSED ? HANDSHAKE_REFUSED : HANDSHAKE_NO_ANSWER, reason);
    s->result.done = true;
    s->result.has_options[SERVER] = false;
    s->result.openings[CLIENT] =
        (struct opening){.seen = true, .offers = OFFER_BIT(OFFER_ECN) | OFFER_BIT(WITHOUT_SACK)};
    s->host.control = (struct offer_control){.made = true, .port_state = PORT_OPEN};
    s->result.host = &s->host;
    s->steps[0] = (struct step){.from = CLIENT, .flags = TCP_SYN};
    s->steps[1] = s->steps[2] = (struct step){.from = SERVER, .flags = TCP_RST};
}

static void broken_by_silence(struct scene *s)
{
    broken(s, PORT_FILTERED, REASON_NO_RESPONSE);
}

static void broken_by_reset(struct scene *s)
{
    broken(s, PORT_CLOSED, REASON_RESET);
}

static void accecn_broken(struct scene *s)
{
    broken_by_silence(s);
    s->result.openings[CLIENT].offers = OFFER_BIT(OFFER_ACCECN);
}

static void mirrored(struct scene *s)
{
    s->result.openings[CLIENT] =
        (struct opening){.seen = true, .offers = OFFER_BIT(OFFER_ECN) | OFFER_BIT(OFFER_MPTCP)};
    s->result.openings[SERVER] = (struct opening){.seen = true, .ace = 3};
    s->steps[0] = (struct step){.from = CLIENT, .flags = TCP_SYN};
    s->steps[1] = (struct step){.from = SERVER, .flags = TCP_SYN | TCP_ACK | TCP_ECE | TCP_CWR};
}

static void answered_by_another(struct scene *s, enum evidence_mark mark)
{
    s->evidence.marks = (uint16_t)mark;
    s->result.openings[SERVER].ttl = 64;
    s->evidence.following_ttl = 50;
    s->steps[0] = (struct step){.from = SERVER, .flags = TCP_SYN | TCP_ACK, .ttl = 64};
    s->steps[1] = s->steps[2] = (struct step){.from = SERVER, .flags = TCP_ACK, .ttl = 50};
}

static void syn_proxy(struct scene *s)
{
    answered_by_another(s, EVIDENCE_WINDOW_OPENED | EVIDENCE_PROXIED);
    s->steps[1].ttl = 64;
}

/* It stands nearer than the server: no second box is there. */
static void syn_proxy_of_another_ttl(struct scene *s)
{
    answered_by_another(s, EVIDENCE_WINDOW_OPENED | EVIDENCE_PROXIED | EVIDENCE_SYN_ACK_TTL);
    s->steps[1].ttl = 64;
}

static void middlebox_answered(struct scene *s)
{
    answered_by_another(s, EVIDENCE_SYN_ACK_TTL);
}

static void inject(struct scene *s, enum evidence_mark mark)
{
    s->evidence.marks = (uint16_t)mark;
    s->evidence.reset_by = SERVER;
    s->evidence.reset_ttl = 200;
    s->steps[2] = (struct step){.from = SERVER, .flags = TCP_RST};
}

static void outlived(struct scene *s)
{
    inject(s, EVIDENCE_RST_OUTLIVED | EVIDENCE_RST_SETTLED | EVIDENCE_RST_TTL);
}

static void outlived_by_a_cookie(struct scene *s)
{
    inject(s, EVIDENCE_RST_OUTLIVED);
}

static void other_ttl(struct scene *s)
{
    inject(s, EVIDENCE_RST_TTL);
}

static void ignored(struct scene *s)
{
    inject(s, EVIDENCE_RST_IGNORED | EVIDENCE_RST_TTL);
}

static void ahead(struct scene *s)
{
    inject(s, EVIDENCE_RST_AHEAD);
}

static void revoked(struct scene *s)
{
    inject(s, EVIDENCE_REFUSAL_REVOKED);
}

static void everything_open(struct scene *s)
{
    s->host.control_port = 4;
    s->host.control_port_state = PORT_OPEN;
    s->result.host = &s->host;
    s->steps[1] = (struct step){.from = SERVER, .flags = TCP_SYN | TCP_ACK};
}

static void refused_by_another(struct scene *s)
{
    refused(s);
    inject(s, EVIDENCE_REFUSAL_REVOKED);
}

/* The port that should be closed is open, but the target is not. */
static void refused_beside_an_open_port(struct scene *s)
{
    everything_open(s);
    refused(s);
}

/* What came between is the answering device's, too. */
static void middlebox_answered_twice(struct scene *s)
{
    middlebox_answered(s);
    s->steps[1].ttl = 64;
}

static void prohibited_on_the_way(struct scene *s)
{
    stop(s, PORT_FILTERED, REASON_NET_PROHIBITED, &router);
}

static void host_prohibited_on_the_way(struct scene *s)
{
    stop(s, PORT_FILTERED, REASON_HOST_PROHIBITED, &router);
}

/* A host that went on after it had refused is not what refused. */
static void refused_and_outlived(struct scene *s)
{
    refused(s);
    inject(s, EVIDENCE_RST_OUTLIVED);
}

/* By the time of its last question: the first one stands at 0. */
static void silence_in_a_capture(struct scene *s)
{
    silence(s);
    s->result.handshake.syn_time_count = 2;
    s->result.handshake.syn_times_ns[1] = 1000 * (int64_t)MS;
}

static void reset_long_after(struct scene *s)
{
    reset_by(s, 501 * (int64_t)MS);
}

static void reset_just_in_time(struct scene *s)
{
    reset_by(s, 500 * (int64_t)MS);
}

static void translated_where_sent(struct scene *s)
{
    s->host.sent.known = true;
    s->result.host = &s->host;
}

static void reset_after_close(struct scene *s)
{
    reset_by_server(s);
    s->result.teardown.fin_count[SERVER] = 1;
}

static void plain(struct scene *s)
{
    (void)s;
}

/* What came was an RST, and a firewall of this host took it away. */
static void refusal_dropped_here(struct scene *s)
{
    refused(s);
    s->result.handshake.reason = REASON_DROPPED_ON_THIS_HOST;
}

/* It had closed, so that it is no proxy without a backend. */
static void reset_at_once_after_close(struct scene *s)
{
    reset_at_once(s);
    s->result.teardown.fin_count[SERVER] = 1;
}

/* Served something before. */
static void reset_at_once_after_data(struct scene *s)
{
    reset_at_once(s);
    s->result.bytes[SERVER] = 1;
}

static void settled_without_outliving(struct scene *s)
{
    inject(s, EVIDENCE_RST_SETTLED | EVIDENCE_RST_TTL);
}

static void outlived_and_ahead(struct scene *s)
{
    inject(s, EVIDENCE_RST_AHEAD | EVIDENCE_RST_OUTLIVED | EVIDENCE_REFUSAL_REVOKED);
}

static void client_reset_injected(struct scene *s)
{
    other_ttl(s);
    s->evidence.reset_by = CLIENT;
}

static void syn_proxy_that_resets(struct scene *s)
{
    syn_proxy(s);
    s->steps[1].flags = TCP_RST | TCP_ACK;
}

static void both_stalled(struct scene *s)
{
    client_stalled(s);
    s->evidence.closed_ms[SERVER] = 1500;
}

/* Packets in order: upper case was answered. a: 1400 octets, b: 1401. */
static void measured(struct scene *scene, struct path_mtu *mtu, const char *packets)
{
    memset(mtu, 0, sizeof *mtu);
    for (const char *at = packets; *at != '\0'; at++)
        mtu->sent[mtu->sent_count++] =
            (struct mtu_sent){.bytes = *at == 'A' || *at == 'a' ? 1400 : 1401,
                              .answer = *at < 'a' ? MTU_ACKNOWLEDGED : MTU_NO_ANSWER};
    plain(scene);
    scene->result.path_mtu = mtu;
}

static void path_mtu_black_hole(struct scene *scene)
{
    static struct path_mtu mtu;
    measured(scene, &mtu, "AbbbAbbbAbbbA");
}

static void path_mtu_black_hole_perhaps(struct scene *scene)
{
    static struct path_mtu mtu;
    measured(scene, &mtu, "AbbbA");
}

static void path_mtu_black_hole_v6(struct scene *scene)
{
    path_mtu_black_hole(scene);
    scene->result.ends[SERVER].address.family = FAMILY_IPV6;
}

static const struct {
    void (*make)(struct scene *scene);
    enum cause cause;
    enum grade grade;
    const char *steps; /* from 1 */
    const char *says;  /* in its text */
} cases[] = {
    {no_route, CAUSE_NO_ROUTE, GRADE_CERTAIN, "", "no route to 192.0.2.80"},
    {no_route, CAUSE_NO_ROUTE, GRADE_CERTAIN, "", "Next: \"ip route get 192.0.2.80\"."},
    {no_route_from, CAUSE_NO_ROUTE, GRADE_CERTAIN, "",
     "\"ip route get 192.0.2.80 from 2001:db8::7\"."},
    {no_route_over, CAUSE_NO_ROUTE, GRADE_CERTAIN, "", "get 192.0.2.80 oif br-A.9_x@z\"."},
    {no_route_from_over, CAUSE_NO_ROUTE, GRADE_CERTAIN, "", "from 2001:db8::7 oif br-A.9_x@z\"."},
    {no_route_over_odd, CAUSE_NO_ROUTE, GRADE_CERTAIN, "", "get 192.0.2.80\"."},
    {policy_route, CAUSE_POLICY_ROUTE, GRADE_CERTAIN, "", "through table 100,"},
    {policy_unknown, CAUSE_POLICY_ROUTE, GRADE_CERTAIN, "", "through table 0,"},
    {local_error, CAUSE_LOCAL_ERROR, GRADE_CERTAIN, "", "(EPERM)"},
    {local_firewall, CAUSE_LOCAL_ERROR, GRADE_CERTAIN, "", "(EPERM)"},
    {unseen, CAUSE_LOCAL_ERROR, GRADE_CERTAIN, "", "(no error was reported)"},
    {neighbour_silent, CAUSE_NEIGHBOUR_SILENT, GRADE_CERTAIN, "", "does not answer ARP"},
    {name_not_found, CAUSE_NAME_NOT_FOUND, GRADE_CERTAIN, "", "not resolved"},
    {dropped_here, CAUSE_DROPPED_ON_THIS_HOST, GRADE_CERTAIN, "2", "before TCP"},
    {translated, CAUSE_TRANSLATED, GRADE_CERTAIN, "", "translates"},
    {translated_and_seen, CAUSE_TRANSLATED, GRADE_CERTAIN, "", "translates"},
    {local_reset, CAUSE_LOCAL_RESET, GRADE_CERTAIN, "3", "client's host"},
    {connect_was_refused, CAUSE_SECOND_OPINION_DIFFERS, GRADE_CERTAIN, "",
     "is open, but connect() was refused"},
    {refused, CAUSE_REFUSED, GRADE_LIKELY, "2",
     "port 443, or a firewall rejects with a reset "
     "(RST with TTL 63)"},
    {rejected_by_target, CAUSE_REJECTED_BY_TARGET, GRADE_LIKELY, "2",
     "on 192.0.2.80 itself rejects (port-unreach)"},
    {rejected_on_the_way, CAUSE_REJECTED_ON_THE_WAY, GRADE_LIKELY, "2",
     "at 192.0.2.1, not the target, rejects (admin-prohibited)"},
    {neighbour_given_up, CAUSE_NEIGHBOUR_SILENT, GRADE_LIKELY, "", "does not answer ARP"},
    {rejected_here, CAUSE_REJECTED_ON_THE_WAY, GRADE_LIKELY, "2",
     "A firewall on the client's own host rejects (port-unreach)"},
    {unreachable, CAUSE_UNREACHABLE, GRADE_LIKELY, "2",
     "192.0.2.1 reports host-unreach: the host behind it is down"},
    {no_way, CAUSE_UNREACHABLE, GRADE_LIKELY, "2", "net-unreach: it has no route to the target."},
    {circulates, CAUSE_UNREACHABLE, GRADE_LIKELY, "2",
     "time-exceeded: packets circulate between routers, or the TTL is too small. Next: --path."},
    {silence, CAUSE_SILENCE, GRADE_LIKELY, "12", "Nothing answered 3 SYNs:"},
    {silence, CAUSE_SILENCE, GRADE_LIKELY, "12", "another port, or --path for the last hop"},
    {silence_behind_a_router, CAUSE_SILENCE, GRADE_LIKELY, "12",
     "or the path back is broken. Next: another port, or what is behind 192.0.2.1, beyond which "
     "no SYN is answered."},
    {silence_behind_the_last_hop_asked, CAUSE_SILENCE, GRADE_LIKELY, "12",
     "or what is behind 192.0.2.1, with more --max-hops."},
    {silence_from_here_on, CAUSE_SILENCE, GRADE_LIKELY, "12",
     "Next: another port, or the first hop, which does not answer either."},
    {silence_before_the_path, CAUSE_SILENCE, GRADE_LIKELY, "12", "or --path for the last hop"},
    {silence_of_a_target_that_is_reached, CAUSE_SILENCE, GRADE_LIKELY, "12",
     "Nothing answered 3 SYNs: packet loss, or a limit on SYNs. Next: repeat with -c 20, because "
     "the target answered a SYN of --path."},
    {silence_of_a_target_that_is_rejected, CAUSE_SILENCE, GRADE_LIKELY, "12",
     "Next: 198.51.100.2, which answers the SYNs of --path with an ICMP error."},
    {silence_once, CAUSE_SILENCE, GRADE_LIKELY, "1", "Nothing answered 1 SYN:"},
    {syn_unanswered, CAUSE_SYN_UNANSWERED, GRADE_LIKELY, "12", "The first of 2 SYNs"},
    {accept_queue_full, CAUSE_ACCEPT_QUEUE_FULL, GRADE_LIKELY, "2", "accept queue is full"},
    {reset_at_once, CAUSE_RESET_AT_ONCE, GRADE_LIKELY, "3", "before any data"},
    {reset_before_its_ack, CAUSE_RESET_AT_ONCE, GRADE_LIKELY, "3", "before any data"},
    {reset_by_server, CAUSE_RESET_BY_SERVER, GRADE_LIKELY, "3",
     "reset the open connection: its application"},
    {reset_after_close, CAUSE_RESET_BY_SERVER, GRADE_LIKELY, "3",
     "reset the open connection: it had closed, and more was sent to it. Next"},
    {request_after_close, CAUSE_RESET_BY_SERVER, GRADE_LIKELY, "3",
     "reset the open connection: it had closed, and more was sent to it. Next"},
    {not_acknowledged, CAUSE_REQUEST_NOT_ACKNOWLEDGED, GRADE_LIKELY, "2", "None of the 10 octets"},
    {unanswered, CAUSE_REQUEST_UNANSWERED, GRADE_LIKELY, "2", "acknowledged but not answered"},
    {answer_lost, CAUSE_ANSWER_LOST, GRADE_LIKELY, "3", "4344 octets that the server sent"},
    {answer_and_fin_lost, CAUSE_ANSWER_LOST, GRADE_LIKELY, "3", "--mss 536"},
    {server_stalled, CAUSE_ZERO_WINDOW, GRADE_LIKELY, "2", "server announced window 0 for 1500 ms"},
    {client_stalled, CAUSE_ZERO_WINDOW, GRADE_LIKELY, "1", "client announced window 0 for 2500 ms"},
    {fin_not_acknowledged, CAUSE_FIN_NOT_ACKNOWLEDGED, GRADE_LIKELY, "2", "FIN of the client"},
    {fin_repeated, CAUSE_FIN_NOT_ACKNOWLEDGED, GRADE_LIKELY, "2", "FIN of the server"},
    {path_mtu_black_hole, CAUSE_PATH_MTU_BLACK_HOLE, GRADE_CERTAIN, "",
     "above 1400 octets disappear on the way to the target, and no ICMP error says so. Next: allow "
     "\"too big\" there, or clamp the MSS to 1360."},
    {path_mtu_black_hole_perhaps, CAUSE_PATH_MTU_BLACK_HOLE, GRADE_LIKELY, "", "1400"},
    {fin_unanswered, CAUSE_FIN_UNANSWERED, GRADE_LIKELY, "2", "TCP of the server"},
    {broken_by_silence, CAUSE_FEATURE_BROKEN, GRADE_LIKELY, "1", "A SYN with ecn, no sack fails"},
    {broken_by_reset, CAUSE_FEATURE_BROKEN, GRADE_LIKELY, "1", "A SYN with ecn, no sack fails"},
    {accecn_broken, CAUSE_FEATURE_BROKEN, GRADE_LIKELY, "1", "A SYN with accecn fails"},
    {mirrored, CAUSE_FEATURE_MIRRORED, GRADE_LIKELY, "2", "The SYN/ACK repeats ecn unchanged"},
    {old_connection, CAUSE_OLD_CONNECTION, GRADE_LIKELY, "2", "older connection"},
    {syn_proxy, CAUSE_SYN_PROXY, GRADE_LIKELY, "123", "window 0"},
    {syn_proxy_of_another_ttl, CAUSE_SYN_PROXY, GRADE_LIKELY, "123", "window 0"},
    {middlebox_answered, CAUSE_MIDDLEBOX_ANSWERED, GRADE_LIKELY, "12",
     "with TTL 64, what followed with TTL 50"},
    {outlived, CAUSE_RESET_INJECTED, GRADE_CERTAIN, "3",
     "of the server (TTL 200) was not sent by its TCP: that end acknowledged what was sent to it "
     "after "
     "the RST."},
    {outlived_by_a_cookie, CAUSE_RESET_INJECTED, GRADE_LIKELY, "3", ": that end acknowledged"},
    {other_ttl, CAUSE_RESET_INJECTED, GRADE_LIKELY, "3", ": all segments before it had another"},
    {ahead, CAUSE_RESET_INJECTED, GRADE_LIKELY, "3", ": several came"},
    {ignored, CAUSE_RESET_INJECTED, GRADE_LIKELY, "3", ": that end went on sending"},
    {revoked, CAUSE_RESET_INJECTED, GRADE_LIKELY, "3", ": a SYN/ACK followed it"},
    {everything_open, CAUSE_EVERYTHING_OPEN, GRADE_LIKELY, "2", "Port 4 of 192.0.2.80, which"},
    {refused_beside_an_open_port, CAUSE_REFUSED, GRADE_LIKELY, "2", "RST with TTL 63"},
    {middlebox_answered_twice, CAUSE_MIDDLEBOX_ANSWERED, GRADE_LIKELY, "13", "TTL 50"},
    {prohibited_on_the_way, CAUSE_REJECTED_ON_THE_WAY, GRADE_LIKELY, "2", "(net-prohibited)"},
    {host_prohibited_on_the_way, CAUSE_REJECTED_ON_THE_WAY, GRADE_LIKELY, "2", "(host-prohibited)"},
    {refused_and_outlived, CAUSE_RESET_INJECTED, GRADE_LIKELY, "23", ": that end acknowledged"},
    {silence_in_a_capture, CAUSE_SILENCE, GRADE_LIKELY, "12", "Nothing answered 3 SYNs:"},
    {reset_long_after, CAUSE_RESET_BY_SERVER, GRADE_LIKELY, "3", "its application"},
    {reset_just_in_time, CAUSE_RESET_AT_ONCE, GRADE_LIKELY, "3", "before any data"},
    {translated_where_sent, CAUSE_TRANSLATED, GRADE_CERTAIN, "", "translates"},
    {refused_by_another, CAUSE_RESET_INJECTED, GRADE_LIKELY, "23", ": a SYN/ACK followed it"},
    {refusal_dropped_here, CAUSE_DROPPED_ON_THIS_HOST, GRADE_CERTAIN, "2", "before TCP"},
    {reset_at_once_after_close, CAUSE_RESET_BY_SERVER, GRADE_LIKELY, "3", "it had closed, and"},
    {reset_at_once_after_data, CAUSE_RESET_BY_SERVER, GRADE_LIKELY, "3", "its application"},
    {settled_without_outliving, CAUSE_RESET_INJECTED, GRADE_LIKELY, "3", ": all segments before"},
    {outlived_and_ahead, CAUSE_RESET_INJECTED, GRADE_LIKELY, "3", ": that end acknowledged"},
    {client_reset_injected, CAUSE_RESET_INJECTED, GRADE_LIKELY, "", "of the client (TTL 200)"},
    {path_mtu_black_hole_v6, CAUSE_PATH_MTU_BLACK_HOLE, GRADE_CERTAIN, "", "the MSS to 1340."},
    {syn_proxy_that_resets, CAUSE_SYN_PROXY, GRADE_LIKELY, "13", "window 0"},
    {both_stalled, CAUSE_ZERO_WINDOW, GRADE_LIKELY, "1", "client announced window 0 for 2500 ms"},
};

START_TEST(each_cause_is_found_alone)
{
    struct scene scene;
    struct diagnoses found;
    char text[DIAGNOSIS_TEXT_MAX];
    begin(&scene);
    cases[_i].make(&scene);
    findings_of(&scene.result, &found);
    ck_assert_uint_eq(found.count, 1);
    const struct diagnosis *diagnosis = &found.list[0];
    ck_assert_str_eq(cause_name(diagnosis->cause), cause_name(cases[_i].cause));
    ck_assert_int_eq(diagnosis->grade, cases[_i].grade);
    ck_assert_uint_eq(diagnosis->step_count, strlen(cases[_i].steps));
    for (unsigned i = 0; i < diagnosis->step_count; i++)
        ck_assert_uint_eq(diagnosis->steps[i], (unsigned)(cases[_i].steps[i] - '1'));
    ck_assert_str_eq(diagnosis_text(diagnosis, &scene.result, text), text);
    ck_assert_msg(strstr(text, cases[_i].says) != NULL, "%s", text);
    ck_assert_ptr_null(strpbrk(text, "{}?"));
}
END_TEST

START_TEST(every_cause_has_a_case)
{
    for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
        bool covered = false;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
            covered = covered || (unsigned)cases[i].cause == cause;
        ck_assert_msg(covered, "%s", cause_name(cause));
    }
}
END_TEST

static void without_evidence(struct scene *s)
{
    s->result.evidence = NULL;
    s->result.teardown.result = TEARDOWN_NONE;
}

static void cut_short(struct scene *s)
{
    silence(s);
    s->result.cut_short = true;
}

static void syn_sent_twice_at_once(struct scene *s)
{
    s->result.handshake.syn_count = 2; /* a copy of the frame */
}

static void syn_at_unknown_time(struct scene *s)
{
    syn_unanswered(s);
    s->result.first.syn_ns = DURATION_UNKNOWN;
}

static void late_for_a_moment(struct scene *s)
{
    lose(s);
    s->result.hole.waited_ns = 899 * (int64_t)MS;
}

static void late_for_who_knows(struct scene *s)
{
    lose(s);
    s->result.hole.waited_ns = DURATION_UNKNOWN;
}

static void lost_in_a_capture(struct scene *s)
{
    lose(s);
    s->result.done = false;
}

static void lost_without_a_handshake(struct scene *s)
{
    lose(s);
    s->result.handshake.result = HANDSHAKE_NOT_SEEN;
}

static void stalled_briefly(struct scene *s)
{
    s->evidence.closed_ms[SERVER] = 999;
}

static void one_direction_seen(struct scene *s)
{
    wait_in_vain(s, 10);
    s->result.has_options[SERVER] = false;
}

static void client_resets(struct scene *s)
{
    s->result.teardown.result = TEARDOWN_RESET;
    s->result.teardown.reset_by = CLIENT;
}

static void window_updated(struct scene *s)
{
    s->evidence.marks = EVIDENCE_WINDOW_OPENED;
}

static void answered_by_an_older(struct scene *s)
{
    syn_unanswered(s);
    s->evidence.marks = EVIDENCE_OLD_ANSWER; /* the first SYN had an answer */
}

/* Captures of others end when they end. */
static void capture_ends_at_syn(struct scene *s)
{
    end_as(s, PORT_FILTERED, HANDSHAKE_NO_ANSWER, REASON_NO_RESPONSE);
    s->result.handshake.syn_time_count = 1;
}

static void capture_ends_soon(struct scene *s)
{
    capture_ends_at_syn(s);
    s->result.handshake.syn_time_count = 2;
    s->result.handshake.syn_times_ns[1] = 100 * (int64_t)MS;
}

static void capture_ends_at_fin(struct scene *s)
{
    fin(s, TEARDOWN_UNANSWERED, CLIENT);
}

static void capture_ends_half_closed(struct scene *s)
{
    fin(s, TEARDOWN_HALF_CLOSED, CLIENT);
}

/* The end that did not close reset: that is an answer. */
static void fin_answered_by_reset(struct scene *s)
{
    fin_repeated(s);
    s->result.teardown.reset_by = CLIENT;
}

static void half_closed_and_reset(struct scene *s)
{
    fin_unanswered(s);
    s->result.teardown.reset_by = SERVER;
}

static void connect_agrees(struct scene *s)
{
    s->host.opinion.result = OPINION_CONNECTED;
    s->result.host = &s->host;
}

static void all_sizes_get_through(struct scene *scene)
{
    static struct path_mtu mtu;
    measured(scene, &mtu, "ABaB");
}

static void control_port_closed(struct scene *s)
{
    everything_open(s);
    s->host.control_port_state = PORT_CLOSED;
}

static void (*const innocent[])(struct scene *scene) = {
    control_port_closed,
    window_updated,
    capture_ends_at_syn,
    capture_ends_soon,
    capture_ends_at_fin,
    capture_ends_half_closed,
    fin_answered_by_reset,
    half_closed_and_reset,
    server_closes_first,
    server_closes_and_resets,
    plain,
    without_evidence,
    cut_short,
    syn_sent_twice_at_once,
    syn_at_unknown_time,
    late_for_a_moment,
    late_for_who_knows,
    lost_in_a_capture,
    lost_without_a_handshake,
    stalled_briefly,
    one_direction_seen,
    client_resets,
    connect_agrees,
    all_sizes_get_through,
};

/* Also where something else was out of the ordinary, so that each rule is asked. */
START_TEST(the_innocent_have_none)
{
    struct scene scene;
    struct diagnoses found;
    begin(&scene);
    innocent[_i](&scene);
    findings_of(&scene.result, &found);
    ck_assert_uint_eq(found.count, 0);
    scene.result.host = &scene.host;
    findings_of(&scene.result, &found);
    ck_assert_uint_eq(found.count, 0);
}
END_TEST

START_TEST(an_older_connection_answered_the_first_syn)
{
    struct scene scene;
    struct diagnoses found;
    begin(&scene);
    answered_by_an_older(&scene);
    findings_of(&scene.result, &found);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_int_eq(found.list[0].cause, CAUSE_OLD_CONNECTION);
}
END_TEST

START_TEST(findings_are_bounded)
{
    struct scene scene;
    struct diagnoses found;
    begin(&scene);
    end_as(&scene, PORT_OPEN, HANDSHAKE_COMPLETED, REASON_SYN_ACK);
    reset_by_server(&scene);
    scene.evidence.marks = UINT16_MAX & ~EVIDENCE_OLD_ANSWER;
    scene.result.handshake.syn_count = 2;
    scene.result.first.syn_ack_ns = 1010 * (int64_t)MS;
    scene.evidence.closed_ms[CLIENT] = 5000;
    for (unsigned i = 0; i < 3; i++)
        scene.steps[i] = (struct step){.from = SERVER, .flags = TCP_SYN | TCP_ACK};
    findings_of(&scene.result, &found);
    ck_assert_uint_eq(found.count, DIAGNOSES_MAX);
    for (unsigned i = 1; i < found.count; i++)
        ck_assert_int_lt(found.list[i - 1].cause, found.list[i].cause);
}
END_TEST

START_TEST(a_text_fits_its_room)
{
    struct scene scene;
    char room[DIAGNOSIS_TEXT_MAX + 1];
    begin(&scene);
    memset(scene.evidence.icmp_from.bytes, 0xff, sizeof scene.evidence.icmp_from.bytes);
    scene.evidence.icmp_from.family = FAMILY_IPV6;
    scene.result.ends[SERVER].address = scene.evidence.icmp_from;
    scene.evidence.closed_ms[SERVER] = UINT32_MAX;
    scene.result.bytes[CLIENT] = UINT64_MAX;
    for (unsigned cause = 0; cause <= CAUSE_COUNT; cause++) {
        const struct diagnosis diagnosis = {.cause = (enum cause)cause};
        room[DIAGNOSIS_TEXT_MAX] = '!';
        diagnosis_text(&diagnosis, &scene.result, room);
        ck_assert_uint_lt(strlen(room), 400);
        ck_assert_int_eq(room[DIAGNOSIS_TEXT_MAX], '!');
        scene.result.evidence = scene.result.evidence != NULL ? NULL : &scene.evidence;
    }
}
END_TEST

START_TEST(words_are_told_apart)
{
    ck_assert_ptr_null(cause_name(CAUSE_COUNT));
    ck_assert_ptr_null(cause_meaning(CAUSE_COUNT));
    ck_assert_ptr_null(grade_name(GRADE_NONE));
    ck_assert_ptr_null(grade_name(GRADE_CERTAIN + 1));
    for (unsigned i = 0; i < CAUSE_COUNT; i++) {
        ck_assert_ptr_nonnull(cause_meaning(i));
        for (unsigned j = i + 1; j < CAUSE_COUNT; j++)
            ck_assert_str_ne(cause_name(i), cause_name(j));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("findings");
    TCase *tests = tcase_create("findings");
    tcase_add_loop_test(tests, each_cause_is_found_alone, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, every_cause_has_a_case);
    tcase_add_loop_test(tests, the_innocent_have_none, 0, sizeof innocent / sizeof innocent[0]);
    tcase_add_test(tests, an_older_connection_answered_the_first_syn);
    tcase_add_test(tests, findings_are_bounded);
    tcase_add_test(tests, a_text_fits_its_room);
    tcase_add_test(tests, words_are_told_apart);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
