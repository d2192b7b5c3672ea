#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How much of the pure wings their unit tests alone run, by gcov: every line, and of the branches
# BRANCHES_LEAST percent. What no test can reach carries GCOVR_EXCL with the reason. Built in coverage/
# of the build directory.
. "$top_srcdir/tests/tap/tap.sh"
. "$top_srcdir/tests/tap/instrumented.sh"

BRANCHES_LEAST=95
LINES_LEAST=100
work=$top_builddir/coverage

# forget_the_moved: what an earlier build has left of files that are elsewhere now, or no longer measured.
forget_the_moved() {
    find "$work" -name '*.gcda' -exec rm -f {} +
    find "$work" -name '*.gcno' | while read -r notes; do
        source=$(echo "${notes#"$work/"}" | sed 's,libcore_a-\([^/]*\)$,\1,; s,[.]gcno$,.c,')
        [ -f "$top_srcdir/$source" ] || rm -f "$notes"
    done
}

# One process for each program, because each process would write down its counts by itself.
# shellcheck disable=SC2016 # make expands it
build_and_run() {
    configured "$work" "$top_srcdir" --enable-coverage CFLAGS='-g1 -O0' || return
    forget_the_moved
    CK_FORK=no CK_DEFAULT_TIMEOUT=0 make -C "$work" "-j$(processors)" check-TESTS \
        TESTS='$(pure_tests)' check_PROGRAMS='$(pure_tests)'
}

# measure: a line for each file: name, lines, lines run, branches, branches taken. The text goes to missed.
measure() {
    gcovr -r "$top_srcdir" -f '(.*/)?src/((wire|tcp|path|flows|findings|stats)/|targets/[^/]+$)' --csv "$work/csv" --txt "$work/missed" "$work" &&
        awk -F, '
            NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
            { print $1, $column["line_total"], $column["line_covered"], $column["branch_total"],
                $column["branch_covered"] }' "$work/csv"
}

command -v gcovr >/dev/null || tap_skip_all "gcovr is not installed"
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit
if ! apart build_and_run >"$work/run.log" 2>&1; then
    grep -E '^(FAIL|ERROR)|error:' "$work/run.log" | head -n 20 | tap_note
    tap_result 1 "the tests pass when they are counted"
    tap_done
fi
measure >"$work/measured" || exit
awk '
    function row(name, lines, run, branches, taken) {
        printf "# %-30s %6d %7.2f%% %6d %7.2f%%\n", name, lines, lines ? 100 * run / lines : 100,
            branches, branches ? 100 * taken / branches : 100
    }
    BEGIN { printf "# %-30s %6s %8s %6s %8s\n", "", "lines", "run", "branches", "taken" }
    { row($1, $2, $3, $4, $5); lines += $2; run += $3; branches += $4; taken += $5 }
    END { row("in all", lines, run, branches, taken) }' "$work/measured"
awk -v least=$LINES_LEAST '{ lines += $2; run += $3 } END { exit !(lines > 0 && 100 * run >= least * lines) }' "$work/measured"
tap_result $? "$LINES_LEAST% of the lines of the pure wings are run"
grep -E '^src/.* [0-9]+%  *[0-9]' "$work/missed" | tap_note
awk -v least=$BRANCHES_LEAST '{ branches += $4; taken += $5 }
    END { exit !(branches > 0 && 100 * taken >= least * branches) }' "$work/measured"
tap_result $? "$BRANCHES_LEAST% of the branches of the pure wings are taken"
tap_done
