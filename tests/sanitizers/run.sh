#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Unit, golden and simulation tests under the address and undefined-behaviour sanitizers, memory that leaks
# included. All is built from what make dist takes along, in sanitizers/ of the build directory: with clang for
# libFuzzer, so that tests/fuzz/run-each.sh goes on from there, with the inputs that are kept for it; or else with
# the compiler that there is, and those inputs here. From the environment:
#   SIM_RUNS   how many seeds each part of the simulation runs [5000]
. "$top_srcdir/tests/tap/tap.sh"
. "$top_srcdir/tests/tap/instrumented.sh"

: "${top_builddir:=.}" "${SIM_RUNS:=5000}"
work=$top_builddir/$sanitized

# One process for each program of unit tests, because each process of theirs would look for leaks by itself.
run() {
    CK_FORK=no CK_DEFAULT_TIMEOUT=0 SIM_RUNS=$SIM_RUNS ASAN_OPTIONS=${ASAN_OPTIONS-detect_stack_use_after_return=1} \
        make -C "$work" -s -k "-j$(processors)" check \
        TESTS='$(unit_tests) $(golden_tests) $(sim_tests)'"$kept_inputs"
}

# count RESULT FILE: how many tests of a program had it.
count() {
    grep -c "^:test-result: $1" "$2"
}

# judge FILE: what came of one program.
judge() {
    name=${1#"$work/"}
    failed=$(count '\(FAIL\|XPASS\|XFAIL\|ERROR\)' "$1")
    passed=$(count PASS "$1")
    if [ "$failed" -eq 0 ] && [ "$passed" -eq 0 ]; then
        tap_skip "${name%.trs}" "$(sed -n 's/^:test-result: SKIP //p' "$1" | head -n 1)"
        return
    fi
    [ "$failed" -eq 0 ]
    tap_result $? "${name%.trs}: $passed"
    [ "$failed" -eq 0 ] || grep -v '^\(ok\|PASS:\)' "${1%.trs}.log" | head -n 60 | tap_note
}

mkdir -p "$work" && work=$(cd "$work" && pwd) || exit
compiler=$(find_fuzzer "$work")
kept_inputs=
# shellcheck disable=SC2016 # make expands it
[ -n "$compiler" ] || kept_inputs=' $(fuzz_tests)'
if ! apart build_sanitized "$compiler" check TESTS= >"$work/build.log" 2>&1; then
    grep -v '^  [A-Z]' "$work/build.log" | tail -n 30 | tap_note
    tap_result 1 "what the distribution has is built with sanitizers"
    tap_done
fi
find "$work/tests" -name '*.trs' -exec rm -f {} +
apart run >"$work/run.log" 2>&1
status=$?
for result in $(find "$work/tests" -name '*.trs' | sort); do
    judge "$result"
done
[ "$status" -eq 0 ] && [ "$tap_count" -gt 0 ]
tap_result $? "all of them ran"
[ "$status" -eq 0 ] || tail -n 20 "$work/run.log" | tap_note
tap_done
