#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tests under valgrind's memcheck, two at a time: reads of what was never written, which no sanitizer of
# gcc sees. Leaks are left to LeakSanitizer, under which they run as well. What they need is built in
# valgrind/ of the build directory, without the sandbox, because valgrind makes calls of its own in the
# process, and with -O1, because what gcc makes of -O2 can look like such a read. From the environment:
#   VALGRIND_TESTS   their names; make knows them
#   SIM_RUNS         how many seeds each part of the simulation runs [5000]
# Unit tests run in one process, which saves some minutes (CK_FORK=yes: each in a child of its own).
. "$top_srcdir/tests/tap/tap.sh"

: "${top_builddir:=.}" "${VALGRIND_TESTS:=}" "${CK_FORK:=no}" "${SIM_RUNS:=5000}"
work=$top_builddir/valgrind

# programs: those that the tests run.
programs() {
    for test in $VALGRIND_TESTS; do
        case $test in
        tests/golden/*) echo tcpshake ;;
        tests/svg/*) echo tcpshake tests/svg/draw ;;
        tests/sim/*) echo tests/sim/sim tests/sim/many/many ;;
        *) echo "$test" ;;
        esac
    done | tr ' ' '\n' | sort -u
}

# Nothing of the make that may have called this goes on to the other build.
build() {
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
    cd "$work" || return
    [ -f Makefile ] ||
        "$top_srcdir/configure" -q --disable-sandbox --disable-lto CFLAGS='-g -O1' || return
    # shellcheck disable=SC2046 # a list of names
    ${MAKE:-make} -s -j2 $(programs)
}

# wrap PROGRAM: the same under memcheck, in memcheck/. What that says stays apart from what the program
# says, because golden answers are compared; each process, children too, has its own file.
wrap() {
    mkdir -p "$(dirname "$work/memcheck/$1")"
    cat >"$work/memcheck/$1" <<END
#!/bin/sh
exec valgrind -q --vgdb=no --error-exitcode=99 --log-file="\$MEMCHECK_SAYS.%p" "$work/$1" "\$@"
END
    chmod +x "$work/memcheck/$1"
}

said() {
    echo "$work/said/$(echo "$1" | tr / -)"
}

# run TEST: one of them to the end.
run() {
    said=$(said "$1")
    mkdir -p "$said"
    case $1 in
    *.py) set -- "$top_srcdir/tests/tap/python" "$top_srcdir/$1" ;;
    tests/unit/*) set -- "$work/memcheck/$1" ;;
    *) set -- "$top_srcdir/$1" ;;
    esac
    MEMCHECK_SAYS=$said/memcheck srcdir=$top_srcdir \
        top_builddir=$work/memcheck TCPSHAKE=$work/memcheck/tcpshake \
        "$@" >"$said/tap" 2>&1 </dev/null
    echo $? >"$said/status"
}

# It passed if it did by itself, ran under memcheck, and memcheck said nothing of any of its processes.
judge() {
    said=$(said "$1")
    reason=$(sed -n '1s/^1\.\.0 # SKIP //p' "$said/tap")
    if [ -n "$reason" ]; then
        tap_skip "$1" "$reason"
        return
    fi
    if cat "$said"/memcheck.* >"$said/findings" && [ ! -s "$said/findings" ] &&
        [ "$(cat "$said/status")" -eq 0 ]; then
        tap_result 0 "$1"
    else
        tap_result 1 "$1"
        grep -hv '^ok ' "$said/tap" "$said/findings" | head -n 100 | tap_note
    fi
}

[ -n "$VALGRIND_TESTS" ] || tap_skip_all "VALGRIND_TESTS names none: make check-valgrind does"
command -v valgrind >/dev/null || tap_skip_all "valgrind is not installed (Debian: valgrind)"
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit
[ $# -ne 2 ] || [ "$1" != --one ] || { run "$2"; exit 0; }
if ! (build) >"$work/build.log" 2>&1; then
    tail -n 20 "$work/build.log" | tap_note
    tap_result 1 "the programs are built for valgrind"
    tap_done
fi
rm -rf "$work/memcheck" "$work/said"
for program in $(programs); do
    wrap "$program"
done
export top_srcdir top_builddir CK_FORK SIM_RUNS CK_DEFAULT_TIMEOUT=0 PYTHONDONTWRITEBYTECODE=1
# shellcheck disable=SC2086 # a list of names
printf '%s\n' $VALGRIND_TESTS | xargs -r -n 1 -P 2 "$0" --one
for test in $VALGRIND_TESTS; do
    judge "$test"
done
tap_done
