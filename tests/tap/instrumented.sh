# SPDX-License-Identifier: BSD-2-Clause
# A build of its own for tests of another kind: source it, behind tap.sh.
# shellcheck shell=sh

# What is built with sanitizers, for tests and for fuzzing alike, is in this folder of the build directory.
sanitized=sanitizers

# build_sanitized COMPILER TARGET...: has make make that there from what make dist takes along, which keeps its
# times, so that what is built already is not built again. COMPILER has libFuzzer, or is empty. Each object
# says where it is in its source, but not what types it has: that would take as long to write as the code.
build_sanitized() {
    build_compiler=$1 build_at=$(cd "$top_builddir/$sanitized" && pwd) || return
    shift
    chmod -R u+w "$build_at/tree" 2>/dev/null
    rm -rf "$build_at/tree"
    make -C "$top_builddir" -s distdir distdir="$build_at/tree" && chmod -R a-w "$build_at/tree" || return
    if [ -n "$build_compiler" ]; then
        configured "$build_at" "$build_at/tree" CC="$build_compiler" CFLAGS=-g1 \
            LDFLAGS="$(quick_linker "$build_compiler" "$build_at")" --enable-fuzzing
    else
        configured "$build_at" "$build_at/tree" CFLAGS=-g1 --enable-sanitizers
    fi && make -C "$build_at" -s "-j$(processors)" "$@"
}

# find_fuzzer DIRECTORY: the first compiler that links libFuzzer and its sanitizers; DIRECTORY is for trials.
find_fuzzer() {
    for compiler in ${FUZZ_CC:-clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19}; do
        echo 'int LLVMFuzzerTestOneInput(const char *bytes, unsigned long size) { return !bytes && size; }' |
            "$compiler" -fsanitize=fuzzer,address,undefined -x c -o "$1/probe" - 2>/dev/null || continue
        rm -f "$1/probe"
        echo "$compiler"
        return
    done
}

# quick_linker COMPILER DIRECTORY: the flag for LLVM's linker, where it is installed: it links a hundred programs with
# sanitizers in two thirds of the time. DIRECTORY is for a trial.
quick_linker() {
    echo 'int main(void) { return 0; }' | "$1" -fuse-ld=lld -x c -o "$2/probe" - 2>/dev/null || return 0
    rm -f "$2/probe"
    echo -fuse-ld=lld
}

# apart COMMAND...: nothing of the make that may have called this goes on to the other build.
apart() (
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
    "$@"
)

processors() {
    nproc 2>/dev/null || echo 2
}

# configured DIRECTORY SOURCE ARGUMENT...: configures there, unless that was done.
configured() {
    configure_at=$1 configure_from=$2
    shift 2
    [ -f "$configure_at/Makefile" ] || (cd "$configure_at" && "$configure_from/configure" -q "$@")
}
