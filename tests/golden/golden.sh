# SPDX-License-Identifier: BSD-2-Clause
# What run and update share: the rows of TESTLIST and the program's answer to one of them.
# shellcheck shell=sh

golden_directory=$(cd "$(dirname "$0")" && pwd) || exit
golden_top=$(cd "$golden_directory/../.." && pwd) || exit
: "${TCPSHAKE:=$golden_top/build/tcpshake}"
export LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
unset NO_COLOR COLUMNS

# golden_rows: the rows of TESTLIST, without comments.
golden_rows() {
    grep -v -e '^#' -e '^ *$' "$golden_directory/TESTLIST"
}

# golden_answer FILE CAPTURE ARGUMENT...: puts what the program says of a capture on both outputs into
# a file; returns its exit status. It runs in pcaps/, so that messages name no path of this machine.
# That a build lacks the sandbox, or a part of it, is no property of the capture.
golden_answer() (
    file=$1 capture=$2
    shift 2
    cd "$golden_top/pcaps" || exit
    "$TCPSHAKE" -r "$capture" "$@" >"$file" 2>&1
    status=$?
    sed -i '/^tcpshake: no \(sandbox\|Landlock\): built without /d' "$file"
    exit $status
)
