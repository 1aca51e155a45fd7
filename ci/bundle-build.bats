#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# ci/bundle/build with compilers for other systems and processors, which are made
# up: this one with other macros.  What it hands to make is looked at.

bats_require_minimum_version 1.5.0

setup_file() {
  export ROOT TREE
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  TREE=$BATS_FILE_TMPDIR/tree
  mkdir -p "$TREE" "$BATS_FILE_TMPDIR/bin" "$BATS_FILE_TMPDIR/bare"
  cd "$ROOT" || return 1
  cp -R Makefile Kyuafile "$TREE"
  for directory in helpers platform tests ci/bundle; do
    mkdir -p "$TREE/$directory"
  done
  cp ci/bundle/*.[ch] ci/bundle/run ci/bundle/build "$TREE/ci/bundle"
  cp helpers/*.[ch] "$TREE/helpers"
  cp -R platform/platform.h platform/flags.list platform/shim \
    platform/mechanism platform/oracle platform/known "$TREE/platform"
  rm -f "$TREE"/platform/*/*.o "$TREE"/platform/*/*.inc
  cp tests/*.[ch] tests/*.def tests/Kyuafile "$TREE/tests"
  cp -R tests/claims.d "$TREE/tests"
  cp ci/console2run "$TREE/ci"
  : >"$BATS_FILE_TMPDIR/bare/limits.h"
  # In place of make: writes down what it was given.
  cat >"$BATS_FILE_TMPDIR/bin/record" <<'MAKE'
#!/bin/sh
printf '%s\n' "$@" >"$RECORD"
exit 1
MAKE
  chmod +x "$BATS_FILE_TMPDIR/bin/record"
  export PATH=$BATS_FILE_TMPDIR/bin:$PATH RECORD=$BATS_FILE_TMPDIR/record.out
}

setup() {
  rm -rf "$TREE/ci/bundle/out" "$RECORD"
}

# compiler NAME FLAG...: this one with those flags.
compiler() {
  local name=$1
  shift
  printf '#!/bin/sh\nexec %s %s "$@"\n' "$(command -v "${CC:-cc}")" "$*" \
    >"$BATS_FILE_TMPDIR/bin/$name"
  chmod +x "$BATS_FILE_TMPDIR/bin/$name"
}

# What goes before the macros of another processor, with glibc's headers.
other_processor="-U__x86_64__ -U__i386__ -U__aarch64__ -nostdinc \
-I$BATS_FILE_TMPDIR/bare -D__GLIBC__=2"

# Programs for another system: none of this one's headers.
foreign() {
  compiler "$1" -U__linux__ -nostdinc "-I$BATS_FILE_TMPDIR/bare" "$2"
}

# is_called NAME: so was what could not be built, and nothing of it stays.
is_called() {
  [[ $output == "bundle: $1: not built" ]] || {
    echo "$output; wanted $1"
    return 1
  }
  [ -z "$(ls -A "$TREE/ci/bundle/out")" ]
}

@test "each processor has a name of its own" {
  while read -r name flags; do
    # shellcheck disable=SC2086 # a list of words
    compiler other-cc "$other_processor" $flags
    rm -rf "$TREE/ci/bundle/out"
    MAKE=record run -1 "$TREE/ci/bundle/build" CC=other-cc
    is_called "$name-glibc"
  done <<'NAMES'
s390x -D__s390x__
riscv64 -D__riscv -D__riscv_xlen=64
armhf -D__arm__ -D__ARM_PCS_VFP
armel -D__arm__
mips64el -D__mips64 -D__MIPSEL__
loong64 -D__loongarch64
ppc64 -D__powerpc64__
NAMES
}

@test "a processor that is not listed has the compiler's word for it" {
  compiler other-cc "$other_processor" -D__vax__
  MAKE=record run -1 "$TREE/ci/bundle/build" CC=other-cc
  is_called "$(cc -dumpmachine | sed 's/-.*//')-glibc"
}

@test "another system gets no headers of this kernel, and has its name" {
  foreign other-cc -D__FreeBSD__=14
  MAKE=record run -1 "$TREE/ci/bundle/build" CC=other-cc
  is_called "$(uname -m)-freebsd"
  grep -q '^CPPFLAGS=' "$RECORD"
  run ! grep idirafter "$RECORD"
}

# musl's compiler comes without them.
@test "a compiler for Linux without its headers gets this kernel's" {
  [ -e /usr/include/linux/capability.h ] || skip "there are none"
  compiler other-cc -nostdinc "-I$BATS_FILE_TMPDIR/bare"
  MAKE=record run -1 "$TREE/ci/bundle/build" CC=other-cc
  grep -q '^CPPFLAGS=.*-idirafter .*/kernel' "$RECORD"
}

@test "MAKE may have options" {
  MAKE='record -j3' run -1 "$TREE/ci/bundle/build"
  [ "$(sed 1q "$RECORD")" = -j3 ]
}

@test "PLATFORM is what the compiler makes programs for" {
  cd "$TREE"
  for make in make bmake; do
    command -v "$make" >/dev/null || continue
    foreign other-cc -D__NetBSD__
    run "$make" -n CC=other-cc platform/shim/netbsd.o suite
    [[ $output == *platform/shim/netbsd.o*helpers/libmmapcheck.a* ]] ||
      [[ $output == *platform/shim/netbsd.c* ]]
    [[ $output == *platform/mechanism/uvm.o* ]]
    [[ $output != *platform/shim/linux* ]]
    [[ $output != *platform/mechanism/smaps* ]]
    run "$make" -n platform/shim/linux.o suite
    [[ $output == *platform/shim/linux.c* ]]
    [[ $output == *platform/mechanism/smaps.c* ]]
    [[ $output != *platform/mechanism/uvm* ]]
  done
}

@test "what stands in place of ATF's library is made, too" {
  cd "$TREE"
  for make in make bmake; do
    command -v "$make" >/dev/null || continue
    rm -f ci/bundle/atf-c.o
    run -0 "$make" -j2 ATF_CPPFLAGS=-Ici/bundle ATF_LIBS=ci/bundle/atf-c.o \
      tests/devzero_test
    [ -e ci/bundle/atf-c.o ]
    run -0 tests/devzero_test -l
    "$make" -s clean
  done
}
