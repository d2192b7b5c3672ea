/* SPDX-License-Identifier: BSD-2-Clause */
/* A step is classed first; the class has one text, in which words in braces stand for what differs
 * from connection to connection. Numbers are relative, as in the ladder: the initial number of each
 * end is its zero. */
#include "report/text/explain.h"

#include <string.h>

#include "wire/seq.h"

enum lesson {
    LESSON_SYN,
    LESSON_SYN_ACK,
    LESSON_OPEN_ACK,
    LESSON_SIMULTANEOUS_SYN,
    LESSON_SYN_AGAIN,
    LESSON_SYN_ACK_AGAIN,
    LESSON_REFUSED,
    LESSON_HALF_OPEN_RST,
    LESSON_DATA,
    LESSON_RUN,
    LESSON_ACK,
    LESSON_AGAIN,
    LESSON_FIRST_FIN,
    LESSON_FIN_ACK,
    LESSON_SECOND_FIN,
    LESSON_FIN_ACK_AND_FIN,
    LESSON_CROSSING_FIN,
    LESSON_CROSSING_ACK,
    LESSON_LAST_ACK,
    LESSON_FIN_AGAIN,
    LESSON_RST,
    LESSON_LOCAL_RST,
    LESSON_CHALLENGE_ACK,
    LESSON_DUPLICATE,
    LESSON_OUTSIDE,
    LESSON_UNEXPECTED,
    LESSON_TIME_WAIT_OVER,
    LESSON_GAVE_UP,
    LESSON_ICMP,
    LESSON_COUNT,
};

static const char *const texts[LESSON_COUNT] = {
    [LESSON_SYN] = "Open 1 of 3. The flag SYN asks to synchronize sequence numbers: the {sender} "
                   "will number each octet that it sends, from a random initial number ({wire} on "
                   "the wire{shown}), so that segments of old connections and forged segments are "
                   "not accepted. The SYN itself consumes one number. The client waits in SYN_SENT "
                   "for an answer (RFC 9293, 3.5 and 3.4.1).",
    [LESSON_SYN_ACK] = "Open 2 of 3. ACK and SYN in one segment: ACK with ack {ack} says that the "
                       "SYN, which is number {acked}, arrived and that number {ack} is expected "
                       "next; SYN opens the other direction, with a random initial number of the "
                       "server ({wire} on the wire). The server is in SYN_RCVD. For the client's "
                       "application, the connection is open: connect() returns (RFC 9293, 3.5).",
    [LESSON_OPEN_ACK] =
        "Open 3 of 3. The flag ACK with ack {ack} tells the server that its SYN arrived. Both "
        "directions are confirmed: both ends are ESTABLISHED (RFC 9293, 3.5).",
    [LESSON_SIMULTANEOUS_SYN] =
        "Both ends open at the same time: the {receiver}, which has already sent a SYN, receives "
        "one. Each acknowledges the other's SYN and passes through SYN_RCVD, and both reach "
        "ESTABLISHED in a single connection (RFC 9293, 3.5, figure 7).",
    [LESSON_SYN_AGAIN] = "The same SYN with the same number, retransmitted because no answer came "
                         "before the retransmission time-out. It starts at one second and doubles "
                         "each time (RFC 6298, 2.1 and 5.5); Linux 6.5 and later keep it at one "
                         "second for the first few times (tcp_syn_linear_timeouts).",
    [LESSON_SYN_ACK_AGAIN] = "The same SYN+ACK, retransmitted: the server has not received an "
                             "acknowledgement of it yet and stays in SYN_RCVD (RFC 9293, 3.8.1).",
    [LESSON_REFUSED] = "The flag RST refuses the connection: no process listens on that port, so "
                       "the state there is CLOSED. ack {ack} covers the SYN, which shows that this "
                       "is the answer to it. The client gives up; connect() would fail with "
                       "\"connection refused\" (RFC 9293, 3.5.2 and 3.10.7.1).",
    [LESSON_HALF_OPEN_RST] =
        "The flag RST ends the attempt before the third step of the open: the server goes back to "
        "LISTEN, and the application there does not see it (RFC 9293, 3.10.7.4).",
    [LESSON_DATA] = "The {sender} sends {len} octets of data, numbers {seq} to {last}; the next "
                    "one will be {next}. It retransmits them unless ack {next} or more "
                    "arrives{push} (RFC 9293, 3.4 and 3.8).",
    [LESSON_RUN] = "{count} segments in a row, data and acknowledgements, each as expected: the "
                   "client sent {client octets} octets of data in them, the server {server octets} "
                   "(RFC 9293, 3.8).",
    [LESSON_ACK] = "The {sender} acknowledges: everything up to number {acked} arrived, {ack} is "
                   "expected next. A segment without data consumes no number (RFC 9293, 3.4).",
    [LESSON_AGAIN] = "Octets that were sent before, retransmitted because no acknowledgement "
                     "arrived in time (RFC 6298, 5).",
    [LESSON_FIRST_FIN] =
        "Close 1 of 4. The flag FIN says that the {sender} has nothing more to send. It consumes "
        "the number after the last octet ({last}), so that it is acknowledged like data. The "
        "{sender} is in FIN_WAIT_1 and still receives; the {receiver} is in CLOSE_WAIT once it "
        "arrives and may still send what it has (RFC 9293, 3.6, figure 12).",
    [LESSON_FIN_ACK] =
        "Close 2 of 4. ack {ack} covers the FIN, number {acked}: one direction is closed. The "
        "{receiver} is in FIN_WAIT_2 and waits for the other direction to be closed; the {sender} "
        "stays in CLOSE_WAIT until its application closes the connection (RFC 9293, 3.6).",
    [LESSON_SECOND_FIN] = "Close 3 of 4. The {sender} has nothing more to send either: its FIN "
                          "consumes number {last}, and it waits in LAST_ACK for the "
                          "acknowledgement. The {receiver} is in TIME_WAIT (RFC 9293, 3.6).",
    [LESSON_FIN_ACK_AND_FIN] =
        "Close 2 and 3 of 4 in one segment: ack {ack} covers the other end's FIN, and the {sender} "
        "sends its own, number {last}, because it has nothing more to send. It waits in LAST_ACK; "
        "the {receiver} is in TIME_WAIT (RFC 9293, 3.6).",
    [LESSON_CROSSING_FIN] = "The {sender} sent its FIN, number {last}, before it received the "
                            "other one: both ends close at the same time, pass through CLOSING, "
                            "and acknowledge each other's FIN (RFC 9293, 3.6, figure 13).",
    [LESSON_CROSSING_ACK] = "ack {ack} covers the {receiver}'s FIN, number {acked}: the "
                            "{receiver}, which has acknowledged the other FIN, goes from "
                            "CLOSING to TIME_WAIT (RFC 9293, 3.6, figure 13).",
    [LESSON_LAST_ACK] =
        "Close 4 of 4. ack {ack} covers the second FIN, number {acked}: the {receiver} is CLOSED "
        "and forgets the connection. The {sender} stays in TIME_WAIT for twice the maximum segment "
        "lifetime, to acknowledge that FIN again if this segment is lost and to let late segments "
        "expire; then it is CLOSED too (RFC 9293, 3.6 and 3.4.2).",
    [LESSON_FIN_AGAIN] = "The same FIN with the same number, retransmitted because its "
                         "acknowledgement did not arrive in time (RFC 6298, 5).",
    [LESSON_RST] = "The flag RST ends the connection at once, in both directions: "
                   "the {receiver} drops what it has and sends nothing back. Both "
                   "ends are CLOSED, without TIME_WAIT (RFC 9293, 3.5.2 and "
                   "3.10.7.4).",
    [LESSON_LOCAL_RST] = "This RST was sent by the kernel of the {sender}'s own host, not by the "
                         "program that holds the connection: nothing kept the kernel from "
                         "answering a segment of a connection that it does not know.",
    [LESSON_CHALLENGE_ACK] = "An acknowledgement in answer to a segment that might be forged: it "
                             "asks the other end to confirm that segment (RFC 5961, 3.2 and 4.2).",
    [LESSON_DUPLICATE] = "The same segment again, duplicated by the network or the capture: it "
                         "changes nothing (RFC 9293, 3.10.7.4, first).",
    [LESSON_OUTSIDE] =
        "Its numbers are outside the window that the {receiver} offered, so the {receiver} drops "
        "it and answers with an acknowledgement (RFC 9293, 3.10.7.4, first).",
    [LESSON_UNEXPECTED] = "It is inconsistent with the state of the connection and changes the "
                          "state of neither end (RFC 9293, 3.10.7).",
    [LESSON_TIME_WAIT_OVER] =
        "Nothing came that the client had to answer: it forgets the connection and is CLOSED. It "
        "should have waited for twice the maximum segment lifetime, which is four minutes; this "
        "program waits as long as --time-wait says, because it gives the port to no other "
        "connection for some time (RFC 9293, 3.4.2 and 3.6.1).",
    [LESSON_GAVE_UP] = "The client stops asking and forgets the connection: it is CLOSED. It sends "
                       "no segment that says so, since there is nothing to close (RFC 9293, 3.8.3 "
                       "and 3.9.2.2).",
    [LESSON_ICMP] = "Not a TCP segment but a message about one: a router or the host itself "
                    "reports that a segment did not arrive, and quotes its beginning (RFC 792, RFC "
                    "4443 and RFC 9293, 3.9.2.2).",
};

static bool has(const struct step *step, unsigned flags)
{
    return (step->flags & flags) == flags;
}

static uint32_t seq_end(const struct step *step)
{
    return step->seq + step->len + has(step, TCP_SYN) + has(step, TCP_FIN);
}

/* The first acknowledgement of the second FIN. */
static bool is_last_ack(const struct figure *figure, uint32_t i)
{
    const struct connection_result *result = figure->result;
    uint32_t fin = figure->marks.peer_fin;

    if (fin == NO_STEP || i <= fin || result->steps[i].from == result->steps[fin].from)
        return false;
    for (uint32_t k = fin + 1; k <= i; k++) {
        const struct step *step = &result->steps[k];

        if (!step->is_icmp && step->from != result->steps[fin].from && has(step, TCP_ACK) &&
            seq_geq(step->ack, seq_end(&result->steps[fin])))
            return k == i;
    }
    return false;
}

static enum lesson lesson_of_rst(const struct figure *figure, uint32_t i)
{
    const struct step *step = &figure->result->steps[i];

    if (figure->result->handshake.result == HANDSHAKE_REFUSED && i == figure->marks.syn_answer)
        return LESSON_REFUSED;
    if (figure->result->handshake.result == HANDSHAKE_HALF_OPEN && step->from == CLIENT)
        return LESSON_HALF_OPEN_RST;
    return LESSON_RST;
}

static enum lesson lesson_of_fin(const struct figure *figure, uint32_t i)
{
    const struct connection_result *result = figure->result;

    if (result->steps[i].from == result->teardown.initiator || result->teardown.initiator >= ENDS)
        return LESSON_FIRST_FIN;
    if (result->teardown.form == FORM_SIMULTANEOUS)
        return LESSON_CROSSING_FIN;
    return i == figure->marks.fin_ack ? LESSON_FIN_ACK_AND_FIN : LESSON_SECOND_FIN;
}

static enum lesson lesson_of_syn(const struct step *step)
{
    bool answers = has(step, TCP_ACK);

    if (step->note == NOTE_SIMULTANEOUS_OPEN || (step->from == CLIENT) == answers)
        return LESSON_SIMULTANEOUS_SYN;
    return answers ? LESSON_SYN_ACK : LESSON_SYN;
}

static enum lesson lesson_of_expected(const struct figure *figure, uint32_t i)
{
    const struct step *step = &figure->result->steps[i];
    bool crossed = figure->result->teardown.form == FORM_SIMULTANEOUS;

    if (has(step, TCP_RST))
        return lesson_of_rst(figure, i);
    if (has(step, TCP_SYN))
        return lesson_of_syn(step);
    if (has(step, TCP_FIN))
        return lesson_of_fin(figure, i);
    if (step->count > 1)
        return LESSON_RUN;
    if (i == figure->marks.open && step->len == 0)
        return LESSON_OPEN_ACK;
    if (i == figure->marks.fin_ack)
        return crossed ? LESSON_CROSSING_ACK : LESSON_FIN_ACK;
    if (is_last_ack(figure, i))
        return crossed ? LESSON_CROSSING_ACK : LESSON_LAST_ACK;
    return step->len > 0 ? LESSON_DATA : LESSON_ACK;
}

static enum lesson lesson_of_repeated(const struct step *step)
{
    if (has(step, TCP_SYN))
        return has(step, TCP_ACK) ? LESSON_SYN_ACK_AGAIN : LESSON_SYN_AGAIN;
    return has(step, TCP_FIN) ? LESSON_FIN_AGAIN : LESSON_AGAIN;
}

static enum lesson lesson_of(const struct figure *figure, uint32_t i)
{
    static const enum lesson by_verdict[VERDICT_COUNT] = {
        [VERDICT_DUPLICATE] = LESSON_DUPLICATE,   [VERDICT_OUT_OF_WINDOW] = LESSON_OUTSIDE,
        [VERDICT_UNEXPECTED] = LESSON_UNEXPECTED, [VERDICT_CHALLENGE_ACK] = LESSON_CHALLENGE_ACK,
        [VERDICT_LOCAL_RESET] = LESSON_LOCAL_RST,
    };
    const struct step *step = &figure->result->steps[i];

    if (step->is_icmp)
        return LESSON_ICMP;
    if (step->verdict == VERDICT_EXPECTED)
        return lesson_of_expected(figure, i);
    if (step->verdict == VERDICT_RETRANSMISSION)
        return lesson_of_repeated(step);
    return step->verdict < VERDICT_COUNT ? by_verdict[step->verdict] : LESSON_UNEXPECTED;
}

/* What the words in braces stand for. */
struct meaning {
    const char *name;
    const char *text; /* NULL: the number */
    uint64_t number;
};

static void put_meaning(struct row *row, const struct meaning *meanings, size_t count,
                        const char *name, size_t len)
{
    for (size_t k = 0; k < count; k++) {
        if (strncmp(meanings[k].name, name, len) != 0 || meanings[k].name[len] != '\0')
            continue;
        if (meanings[k].text != NULL)
            row_put(row, meanings[k].text);
        else
            row_put_number(row, meanings[k].number);
    }
}

static void put_text(struct row *row, const char *text, const struct meaning *meanings,
                     size_t count)
{
    char piece[ROW_MAX];

    while (*text != '\0') {
        size_t len = strcspn(text, "{"), name;

        memcpy(piece, text, len);
        piece[len] = '\0';
        row_put(row, piece);
        text += len;
        if (*text == '\0')
            return;
        name = strcspn(++text, "}");
        put_meaning(row, meanings, count, text, name);
        text += name + 1;
    }
}

/* What the ECN flags of a SYN ask for, and those of a SYN/ACK answer: RFC 3168, 6.1.1; RFC 9768,
 * 3.1.1, table 2. */
static const char *ecn_of(const struct step *step)
{
    unsigned flags = step->flags & (TCP_ECE | TCP_CWR | TCP_AE);

    if (!has(step, TCP_SYN) || step->is_icmp || flags == 0)
        return "";
    if (!has(step, TCP_ACK) && flags == (TCP_ECE | TCP_CWR))
        return " The flags ECE and CWR offer explicit congestion notification (RFC 3168, 6.1.1).";
    if (!has(step, TCP_ACK) && flags == (TCP_ECE | TCP_CWR | TCP_AE))
        return " The flags ECE, CWR and AE offer Accurate ECN, and classic ECN to a server that "
               "knows no more (RFC 9768, 3.1.1).";
    if (has(step, TCP_ACK) && flags == TCP_ECE)
        return " The flag ECE alone agrees to classic ECN (RFC 3168, 6.1.1).";
    return " The flags ECE, CWR and AE are those of explicit congestion notification (RFC 3168, "
           "6.1.1, and RFC 9768, 3.1.1).";
}

void explain_step(const struct figure *figure, uint32_t i, struct row *row)
{
    const struct connection_result *result = figure->result;
    const struct step *step = &result->steps[i];
    enum end_id from = step->from == CLIENT ? CLIENT : SERVER,
                to = from == CLIENT ? SERVER : CLIENT;
    static const char push[] =
        "; the flag PSH asks the receiver to pass them to its application at once";
    bool absolute = figure->style.verbosity > 0;
    uint32_t zero = absolute ? 0 : result->iss[from], other_zero = absolute ? 0 : result->iss[to];
    const struct meaning meanings[] = {
        {"sender", .text = end_name(from)},
        {"receiver", .text = end_name(to)},
        {"wire", .number = step->seq},
        {"seq", .number = (uint32_t)(step->seq - zero)},
        {"ack", .number = (uint32_t)(step->ack - other_zero)},
        {"acked", .number = (uint32_t)(step->ack - other_zero - 1)},
        {"len", .number = step->len},
        {"last", .number = (uint32_t)(seq_end(step) - zero - 1)},
        {"next", .number = (uint32_t)(seq_end(step) - zero)},
        {"push", .text = has(step, TCP_PSH) ? push : ""},
        {"shown", .text = absolute ? "" : ", shown as 0"},
        {"count", .number = step->count},
        {"client octets", .number = step->client_bytes},
        {"server octets", .number = step->bytes - step->client_bytes},
    };

    put_text(row, texts[lesson_of(figure, i)], meanings, sizeof(meanings) / sizeof(meanings[0]));
    row_put(row, ecn_of(step));
}

void explain_done(const struct figure *figure, struct row *row)
{
    const struct connection_result *result = figure->result;
    bool waited = result->steps[result->step_count - 1].states[CLIENT] == STATE_TIME_WAIT;

    row_put(row, texts[waited ? LESSON_TIME_WAIT_OVER : LESSON_GAVE_UP]);
}
