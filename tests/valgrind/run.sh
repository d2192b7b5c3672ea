#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The unit and golden tests under valgrind's memcheck, two at a time: reads of what was never written,
# which no sanitizer of gcc sees. Leaks are left to LeakSanitizer, under which they run as well.
# UNIT_TESTS names the programs.
. "$top_srcdir/tests/tap/tap.sh"

memcheck='valgrind -q --error-exitcode=99'
work=$top_builddir/valgrind
export CK_FORK=no CK_DEFAULT_TIMEOUT=0 memcheck work

command -v valgrind >/dev/null || tap_skip_all "valgrind is not installed"
rm -rf "$work" && mkdir -p "$work" || exit

# In place of the program: what valgrind says is kept apart, because golden answers are compared.
cat >"$work/tcpshake" <<END
#!/bin/sh
exec $memcheck --log-file="$work/golden.%p" "$TCPSHAKE" "\$@"
END
chmod +x "$work/tcpshake"

# shellcheck disable=SC2016 # the other shell expands it
printf '%s\n' ${UNIT_TESTS-} | xargs -P 2 -n 1 sh -c '
    name=${1##*/}
    $memcheck --log-file="$work/$name.memcheck" "$top_builddir/$1" >"$work/$name.tap" 2>&1
    echo $? >"$work/$name.status"' sh
for test in ${UNIT_TESTS-}; do
    name=${test##*/}
    [ "$(cat "$work/$name.status")" -eq 0 ]
    tap_result $? "$test"
    [ "$(cat "$work/$name.status")" -eq 0 ] || cat "$work/$name.memcheck" "$work/$name.tap" | head -n 60 | tap_note
done
TCPSHAKE=$work/tcpshake sh "$top_srcdir/tests/golden/run" >"$work/golden.tap" 2>&1
tap_result $? "tests/golden/run"
grep -h -A 20 '^not ok' "$work/golden.tap" | head -n 60 | tap_note
grep -hE '==[0-9]+== .*(uninitialised|Invalid|overlap)' "$work"/golden.[0-9]* | sort -u | tap_note
tap_done
