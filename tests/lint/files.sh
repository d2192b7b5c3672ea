# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh

# source_files: the text files that people wrote and make did not, seen from top_srcdir.
source_files() {
    # shellcheck disable=SC2154 # from the environment of the tests
    cd "$top_srcdir" || exit
    find bootstrap configure.ac Makefile.am .ci completions contrib man src tests -type f \
        ! -path '*/__pycache__/*' ! -path '*/.deps/*' \
        ! -path 'tests/fuzz/corpus/*' ! -path 'tests/fuzz/findings/*/*' \
        ! -name '*.log' ! -name '*.trs' -exec grep -lI . {} + 2>/dev/null | sort
}
