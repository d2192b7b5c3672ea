#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Static analysis: what clang-tidy, cppcheck and gcc -fanalyzer find. They are to find nothing; an
# exception has its reason where it stands (NOLINT, cppcheck-suppress), or here and in .clang-tidy
# where it is of a whole kind. Other versions find other things, so each tool is asked in the one
# version that the code is kept clean with. From the environment:
#   ANALYSE_ANY=1   takes the version that there is
#   ANALYSE_NODES   how far clang's analyser follows the paths of a function [40000]. It reaches as many blocks as
#                   with its own 225000, which make analyse takes, but on fewer paths, in a third of the time
. "$top_srcdir/tests/tap/tap.sh"
. "$top_srcdir/tests/tap/instrumented.sh"

: "${ANALYSE_NODES:=40000}"
flags='-D_GNU_SOURCE -Isrc -Itests/unit'
eval "set -- $(sed -n 's/^DEFS = //p' "$top_builddir/Makefile")"
for define; do
    case $define in *' '*) ;; *) flags="$flags $define" ;; esac
done
export flags ANALYSE_NODES
cd "$top_srcdir" || exit

# The largest first, so that no processor waits for the other at the end.
sources() {
    find src tests/fuzz -name '*.c' -exec wc -c {} + | sort -nr | awk '$2 != "total" { print $2 }'
}

# each COMMAND: runs a line of shell for each source, as many at a time as there are processors; what one
# says stays together.
each() {
    sources | xargs -P "$(processors)" -n 1 sh -c 'said=$('"$1"'); [ -z "$said" ] || printf "%s\n" "$said"' sh
}

# analyse NAME VERSION COMMAND...: passed where the command prints nothing. VERSION is how the
# version begins that the tool is to have.
analyse() {
    name=$1 wanted=$2
    shift 2
    has=$("${name%% *}" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9.]+' | head -n 1)
    case ${has:-none}. in
    none.) tap_skip "$name" "${name%% *} is not installed" ;;
    "$wanted".*) tap_silent "$name $has" "$@" ;;
    *)
        if [ -n "${ANALYSE_ANY-}" ]; then
            tap_silent "$name $has" "$@"
        else
            tap_skip "$name" "the code is kept clean with $wanted, this is $has"
        fi
        ;;
    esac
}

# Its summary of what it left out goes to stderr.
# shellcheck disable=SC2016 # the other shell expands it
tidy() {
    each 'clang-tidy --quiet "$1" -- -std=c11 $flags \
        -Xclang -analyzer-config -Xclang max-nodes="$ANALYSE_NODES" 2>/dev/null'
}

# A member or a variable that other files or a macro use counts as unused for it, and a name declared
# where its function begins is a matter of taste: these two kinds are left out.
# shellcheck disable=SC2086
check() {
    cppcheck --std=c11 --enable=warning,performance,portability,style --inline-suppr --quiet \
        -j "$(processors)" \
        --suppress=missingIncludeSystem --suppress=unusedStructMember --suppress=variableScope \
        --library=posix $flags $(sources) 2>&1
}

# GCC 12 loses sight of memory that a list or a table owns: LeakSanitizer, under which every test
# runs, does not.
# shellcheck disable=SC2016
analyzer() {
    each 'gcc -std=c11 -O1 -fanalyzer -Wno-analyzer-malloc-leak $flags -S -o /dev/null "$1" 2>&1'
}

analyse clang-tidy 14 tidy
analyse cppcheck 2.10 check
analyse 'gcc -fanalyzer' 12 analyzer
tap_done
