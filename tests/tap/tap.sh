# SPDX-License-Identifier: BSD-2-Clause
# TAP (testanything.org, version 12) for tests in shell. Source it, call these, and end with tap_done.
# shellcheck shell=sh

tap_count=0
tap_failed=0

# tap_skip_all REASON: ends the test; nothing of it can run here.
tap_skip_all() {
    echo "1..0 # SKIP $*"
    exit 0
}

# tap_note: standard input as diagnostics.
tap_note() {
    sed 's/^/# /'
}

# tap_result STATUS DESCRIPTION: passed if STATUS is 0.
tap_result() {
    tap_count=$((tap_count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_count - $2"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $2"
    fi
}

# tap_silent DESCRIPTION COMMAND...: passed if the command succeeds and prints nothing; what it
# prints says what is wrong.
tap_silent() {
    tap_description=$1
    shift
    if tap_output=$("$@" 2>&1) && [ -z "$tap_output" ]; then
        tap_result 0 "$tap_description"
    else
        tap_result 1 "$tap_description"
        printf '%s\n' "$tap_output" | tap_note
    fi
}

# tap_skip DESCRIPTION REASON
tap_skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# tap_done: prints the plan, exits with 1 if anything failed.
tap_done() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
    exit
}
