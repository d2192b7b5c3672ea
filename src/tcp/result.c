/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/result.h"

#include "base/lookup.h"

static const char *const port_states[PORT_STATE_COUNT] = {
    [PORT_OPEN] = "open",         [PORT_CLOSED] = "closed",
    [PORT_FILTERED] = "filtered", [PORT_UNREACHABLE] = "unreachable",
    [PORT_UNKNOWN] = "unknown",
};

static const char *const handshake_results[HANDSHAKE_RESULT_COUNT] = {
    [HANDSHAKE_COMPLETED] = "completed",       [HANDSHAKE_HALF_OPEN] = "half-open",
    [HANDSHAKE_REFUSED] = "refused",           [HANDSHAKE_NO_ANSWER] = "no-answer",
    [HANDSHAKE_UNREACHABLE] = "unreachable",   [HANDSHAKE_RESET] = "reset",
    [HANDSHAKE_NOT_SEEN] = "not-seen",         [HANDSHAKE_NOT_SENT] = "not-sent",
    [HANDSHAKE_NOT_FOLLOWED] = "not-followed",
};

static const char *const reasons[REASON_COUNT] = {
    [REASON_UNKNOWN] = "unknown",
    [REASON_SYN_ACK] = "syn-ack",
    [REASON_RESET] = "reset",
    [REASON_NO_RESPONSE] = "no-response",
    [REASON_UNACCEPTABLE_ANSWER] = "unacceptable-answer",
    [REASON_OWN_GUARD] = "own-guard",
    [REASON_LOCAL_RESET] = "local-reset",
    [REASON_NET_UNREACH] = "net-unreach",
    [REASON_HOST_UNREACH] = "host-unreach",
    [REASON_PROTO_UNREACH] = "proto-unreach",
    [REASON_PORT_UNREACH] = "port-unreach",
    [REASON_NET_PROHIBITED] = "net-prohibited",
    [REASON_HOST_PROHIBITED] = "host-prohibited",
    [REASON_ADMIN_PROHIBITED] = "admin-prohibited",
    [REASON_DEST_UNREACH] = "dest-unreach",
    [REASON_TIME_EXCEEDED] = "time-exceeded",
    [REASON_PARAMETER_PROBLEM] = "parameter-problem",
    [REASON_NO_ROUTE] = "no-route",
    [REASON_POLICY_ROUTE] = "policy-route",
    [REASON_LOCAL_ERROR] = "local-error",
    [REASON_TRANSLATED] = "translated",
    [REASON_NEIGHBOUR_SILENT] = "neighbour-silent",
    [REASON_NAME_NOT_FOUND] = "name-not-found",
    [REASON_DROPPED_ON_THIS_HOST] = "dropped-on-this-host",
};

static const char *const teardown_results[TEARDOWN_RESULT_COUNT] = {
    [TEARDOWN_NONE] = "none",
    [TEARDOWN_GRACEFUL] = "graceful",
    [TEARDOWN_RESET] = "reset",
    [TEARDOWN_HALF_CLOSED] = "half-closed",
    [TEARDOWN_UNANSWERED] = "unanswered",
};

static const char *const teardown_forms[FORM_COUNT] = {
    [FORM_NONE] = NULL,
    [FORM_FOUR_SEGMENT] = "four-segment",
    [FORM_THREE_SEGMENT] = "three-segment",
    [FORM_SIMULTANEOUS] = "simultaneous",
};

static const char *const verdicts[VERDICT_COUNT] = {
    [VERDICT_EXPECTED] = "expected",       [VERDICT_RETRANSMISSION] = "retransmission",
    [VERDICT_DUPLICATE] = "duplicate",     [VERDICT_OUT_OF_WINDOW] = "out-of-window",
    [VERDICT_UNEXPECTED] = "unexpected",   [VERDICT_CHALLENGE_ACK] = "challenge-ack",
    [VERDICT_LOCAL_RESET] = "local-reset",
};

static const char *const ends[ENDS] = {
    [CLIENT] = "client",
    [SERVER] = "server",
};

static const char *const notes[NOTE_COUNT] = {
    [NOTE_NONE] = NULL,
    [NOTE_USER_SPACE_TIME] = "not captured: the time is that of sending",
    [NOTE_BAD_CHECKSUM] = "bad checksum",
    [NOTE_RST_WITHOUT_ACK] = "acknowledges nothing: no answer to a SYN",
    [NOTE_WRONG_ECHO] = "echoes a timestamp that was never sent",
    [NOTE_WRONG_ACK] = "acknowledges what was never sent",
    [NOTE_SYN_MISSING] = "acknowledges the SYN without one of its own",
    [NOTE_ANSWERS_WRONG_ACK] = "answers a wrong acknowledgement",
    [NOTE_OUT_OF_ORDER] = "out of order",
    [NOTE_OVERTAKEN] = "overtaken by later segments",
    [NOTE_KEEP_ALIVE] = "keep-alive",
    [NOTE_WINDOW_PROBE] = "window probe",
    [NOTE_ZERO_WINDOW] = "zero window",
    [NOTE_SYN_DATA] = "SYN with data",
    [NOTE_SIMULTANEOUS_OPEN] = "simultaneous open",
    [NOTE_AFTER_CLOSE] = "after the connection was closed",
    [NOTE_AFTER_FIN] = "after its own FIN",
    [NOTE_RST_NOT_EXACT] = "RST inside the window, not at its left edge",
    [NOTE_RST_AGAIN] = "the same reset, for a receiver that lacks the last segments",
    [NOTE_SYN_IN_CONNECTION] = "SYN inside a connection",
    [NOTE_ICMP] = "ICMP error",
    [NOTE_ICMP_IGNORED] = "ICMP error that quotes nothing in flight",
    [NOTE_NO_FLAGS] = "no flags",
    [NOTE_BAD_FLAGS] = "flags that contradict each other",
    [NOTE_OLD_TIMESTAMP] = "timestamp older than the last one",
    [NOTE_AFTER_MISSED] = "segments before it are missing",
    [NOTE_ACKS_MISSED] = "acknowledges segments that are missing",
};

enum teardown_result connection_close(const struct connection_result *result)
{
    enum handshake_result handshake = result->handshake.result;

    if (result->port_state == PORT_OPEN && handshake == HANDSHAKE_RESET)
        return TEARDOWN_RESET;
    if (result->port_state != PORT_OPEN && handshake != HANDSHAKE_NOT_SEEN)
        return TEARDOWN_RESULT_COUNT;
    return result->teardown.result;
}

const char *port_state_name(enum port_state value)
{
    return LOOK_UP(port_states, value);
}

const char *handshake_result_name(enum handshake_result value)
{
    return LOOK_UP(handshake_results, value);
}

const char *reason_name(enum reason value)
{
    return LOOK_UP(reasons, value);
}

const char *teardown_result_name(enum teardown_result value)
{
    return LOOK_UP(teardown_results, value);
}

const char *teardown_form_name(enum teardown_form value)
{
    return LOOK_UP(teardown_forms, value);
}

const char *verdict_name(enum verdict value)
{
    return LOOK_UP(verdicts, value);
}

const char *end_name(enum end_id value)
{
    return LOOK_UP(ends, value);
}

const char *note_text(enum note value)
{
    return LOOK_UP(notes, value);
}
