#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs every target under libFuzzer, with the address and undefined-behaviour sanitizers, as many at a time as
# there are processors, and prints a table. What it needs is built as for tests/sanitizers/run.sh. From the environment:
#   FUZZ_SECONDS   for each target [2]
#   FUZZ_SEED      where the inventions begin [the day]
#   FUZZ_TARGETS   some of them, by name [all]
#   FUZZ_CC        a clang that has libFuzzer [clang]
# New inputs stay in fuzz/corpus, findings in fuzz/findings of the build directory.
. "$top_srcdir/tests/tap/tap.sh"
. "$top_srcdir/tests/tap/instrumented.sh"

: "${FUZZ_SECONDS:=2}" "${FUZZ_SEED:=$(date +%Y%m%d)}" "${top_builddir:=.}"
work=$top_builddir/fuzz
programs=$top_builddir/$sanitized
all=$(cd "$top_srcdir/tests/fuzz" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
targets=${FUZZ_TARGETS:-$all}
columns='%-13s %11s %6s %6s %9s %9s'

# run TARGET: one target to the end; what it said is in its log.
run() {
    mkdir -p "$work/corpus/$1" "$work/findings/$1"
    known=$top_srcdir/tests/fuzz/findings/$1
    [ -d "$known" ] || known= # there are none
    # shellcheck disable=SC2086
    nice "$programs/tests/fuzz/fuzz_$1" -max_total_time="$FUZZ_SECONDS" -seed="$FUZZ_SEED" -timeout=60 \
        -rss_limit_mb=2048 -close_fd_mask=2 -print_final_stats=1 -artifact_prefix="$work/findings/$1/" \
        "$work/corpus/$1" "$top_srcdir/tests/fuzz/corpus/$1" $known \
        >"$work/$1.log" 2>&1
    echo $? >"$work/$1.status"
}

# statistic LOG NAME
statistic() {
    sed -n "s/^stat::$2: *//p" "$1"
}

# figures TARGET: its row of the table.
figures() {
    log=$work/$1.log
    done=$(sed -n 's/^#[0-9]*[[:space:]]*DONE *//p' "$log")
    cov=${done#*cov: } ft=${done#*ft: }
    # shellcheck disable=SC2059,SC2012 # the format is a constant, the names are hashes
    printf "$columns" "$1" "$(statistic "$log" number_of_executed_units)" "${cov%% *}" "${ft%% *}" \
        "$(statistic "$log" new_units_added)" "$(ls "$work/findings/$1" | wc -l)"
}

judge() {
    status=$(cat "$work/$1.status")
    [ "$status" -eq 0 ] && [ -z "$(ls "$work/findings/$1")" ]
    tap_result $? "$(figures "$1")"
    [ "$status" -eq 0 ] || tail -n 40 "$work/$1.log" | tap_note
    find "$work/findings/$1" -type f | tap_note
}

mkdir -p "$work" "$programs" && work=$(cd "$work" && pwd) && programs=$(cd "$programs" && pwd) || exit
[ $# -ne 2 ] || [ "$1" != --one ] || { run "$2"; exit 0; }
compiler=$(find_fuzzer "$work")
[ -n "$compiler" ] || tap_skip_all "no clang with libFuzzer and its sanitizers (Debian: clang, libclang-rt-dev)"
# shellcheck disable=SC2046,SC2086 # a list of names
if ! apart build_sanitized "$compiler" $(printf 'tests/fuzz/fuzz_%s ' $targets) >"$work/build.log" 2>&1; then
    tail -n 20 "$work/build.log" | tap_note
    tap_result 1 "the targets are built with $compiler"
    tap_done
fi
export top_srcdir top_builddir FUZZ_SECONDS FUZZ_SEED
echo "# seed $FUZZ_SEED, $FUZZ_SECONDS s for each target"
# shellcheck disable=SC2086 # a list of names
printf '%s\n' $targets | xargs -n 1 -P "$(processors)" "$0" --one
# shellcheck disable=SC2059
printf "#      $columns\n" target executions cov ft new findings
for target in $targets; do
    judge "$target"
done
tap_done
