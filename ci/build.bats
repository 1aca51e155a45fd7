#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The ways in which the suite must build: either make, either compiler, without
# SQLite, with the shim of a system nobody wrote one for, and across.  Each in a
# copy of its own.

bats_require_minimum_version 1.5.0

setup() {
  copy=$BATS_TEST_TMPDIR/copy
  mkdir "$copy"
  cd "$BATS_TEST_DIRNAME/.." || return 1
  cp -R Makefile Kyuafile tests helpers platform reports ci "$copy"
  cd "$copy" || return 1
  # Not what the caller's make was told.
  unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
  run make clean
  [ "$status" -eq 0 ]
}

# A build whose output is shown only when it fails.
build() {
  run "$@"
  [ "$status" -eq 0 ] || {
    printf '%s\n' "${lines[@]}" | grep -E 'error|warning|\*\*\*|rror:' |
      head -n 20
    return 1
  }
}

needs() {
  command -v "$1" >/dev/null || skip "untested: needs $1"
}

has_all_programs() {
  for source in tests/*_test.c; do
    [ -x "${source%.c}" ] || {
      echo "${source%.c} was not built"
      return 1
    }
  done
}

@test "gcc and GNU make, warnings are errors" {
  needs gcc
  build make CC=gcc CFLAGS='-O2 -g -Werror' suite
  has_all_programs
}

@test "clang and bmake, warnings are errors" {
  needs clang
  needs bmake
  build bmake CC=clang CFLAGS='-O1 -Werror' suite
  has_all_programs
}

@test "a header that a warning is in makes the build fail with -Werror" {
  needs gcc
  echo 'static int unused(void) { return 0; }' >>helpers/probe.h
  run make CC=gcc CFLAGS='-O0 -Werror' suite
  [ "$status" -ne 0 ]
}

@test "the tools, warnings are errors" {
  build make CFLAGS='-O2 -g -Werror' tools
}

@test "a second make builds nothing" {
  build make CFLAGS=-O0 suite
  run make CFLAGS=-O0 suite
  [ "$status" -eq 0 ]
  [[ $output != *" -o "* ]]
  needs bmake
  run bmake CFLAGS=-O0 suite
  [ "$status" -eq 0 ]
  [[ $output != *" -o "* ]]
}

@test "clean leaves the sources only" {
  find . -type f | sort >../sources
  build make CFLAGS=-O0 all
  run make clean
  [ "$status" -eq 0 ]
  find . -type f | sort | diff ../sources -
}

@test "the suite needs no SQLite" {
  mkdir ../poison
  echo '#error SQLite is not there' >../poison/sqlite3.h
  build make CFLAGS=-O0 CPPFLAGS="-I$PWD/../poison" suite
  has_all_programs
  [[ $output != *sqlite* ]]
}

@test "the tools do need it, and say so" {
  [ -e reports/report.c ] || skip "untested: there is no tool yet"
  mkdir ../poison
  echo '#error SQLite is not there' >../poison/sqlite3.h
  run make CFLAGS=-O0 CPPFLAGS="-I$PWD/../poison" tools
  [ "$status" -ne 0 ]
  [[ $output == *"SQLite is not there"* ]]
}

# Prints the cases that Kyua, run in directory $1, says ended in $2.
cases_that() {
  (cd "$1" && env -i PATH="$PATH" HOME="$BATS_TEST_TMPDIR" kyua \
    --logfile="$BATS_TEST_TMPDIR/log" -v parallelism=2 test \
    -r "$BATS_TEST_TMPDIR/$3.db" >"$BATS_TEST_TMPDIR/$3.out" 2>&1) || true
  sed -n "s/^\([^ ]*\)  ->  $2: .*/\1/p" "$BATS_TEST_TMPDIR/$3.out" | sort
}

# Deviations are listed by system, so the unknown one has none: there, a case
# may fail if it is known to on the system that is underneath.
@test "PLATFORM=unknown builds, and fails only where a deviation is known" {
  build make CFLAGS='-O0 -Werror' PLATFORM=unknown suite
  has_all_programs
  cases_that . '\(failed\|broken\)' unknown >../failed
  cases_that "$BATS_TEST_DIRNAME/.." expected_failure native >../known
  comm -23 ../failed ../known >../surprises
  grep -F -f ../surprises ../unknown.out || true
  [ ! -s ../surprises ]
  # It ran, and was not all skipped.
  [ "$(grep -c -- '->  passed' ../unknown.out)" -gt 0 ]
}

@test "across: every part is what was asked for, and nothing built is run" {
  mkdir ../bin
  # Writes down how it was called; what it "builds" would write down being run.
  cat >../bin/cross-cc <<C
#!/bin/sh
echo "cc \$*" >>"$BATS_TEST_TMPDIR/calls"
while [ \$# -gt 0 ]; do
  if [ "\$1" = -o ]; then
    printf '#!/bin/sh\necho "%s" >>"%s"\n' "\$2" "$BATS_TEST_TMPDIR/ran" >"\$2"
    chmod +x "\$2"
  fi
  shift
done
C
  printf '#!/bin/sh\necho "ar $*" >>"%s"\n: >"$2"\n' \
    "$BATS_TEST_TMPDIR/calls" >../bin/cross-ar
  chmod +x ../bin/cross-cc ../bin/cross-ar
  build env PATH="$BATS_TEST_TMPDIR/bin:$PATH" make CC=cross-cc AR=cross-ar \
    PLATFORM=freebsd ATF_CPPFLAGS=-I/sysroot/include \
    ATF_LIBS='-L/sysroot/lib -lprivateatf-c' LDFLAGS=-fuse-ld=lld \
    CFLAGS=-Os suite
  has_all_programs
  [ ! -e ../ran ]
  # All compilation was by that compiler, with those flags.
  run ! grep -v -e '^ar ' -e '^cc .* -Os ' ../calls
  grep -q '^cc .*-o platform/freebsd\.o platform/freebsd\.c' ../calls
  run ! grep -q 'platform/linux\.[co]' ../calls
  programs=$(grep -c '^cc .*-o tests/[a-z_]*_test ' ../calls)
  [ "$programs" -eq "$(find tests -name '*_test.c' | wc -l)" ]
  [ "$(grep -c '^cc .*-I/sysroot/include .*-fuse-ld=lld .*-o tests/.*-L/sysroot/lib -lprivateatf-c' ../calls)" -eq "$programs" ]
}

@test "across: that test notices when something built is run" {
  mkdir ../bin
  printf '#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = -o ] && { printf "#!/bin/sh\\ntouch %s\\n" >"$2"; chmod +x "$2"; }; shift; done; :\n' \
    "$BATS_TEST_TMPDIR/ran" >../bin/cross-cc
  chmod +x ../bin/cross-cc
  printf 'suite: built\nbuilt:\n\tcross-cc -o tests/x_test\n\ttests/x_test\n' \
    >Makefile
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run make suite
  [ -e ../ran ]
}

@test "install puts a suite there that Kyua runs" {
  build make CFLAGS=-O0 DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/opt install
  cd "$BATS_TEST_TMPDIR/root/opt/tests/mmapcheck"
  HOME=$BATS_TEST_TMPDIR kyua --logfile="$BATS_TEST_TMPDIR/log" list >../list
  programs=$(sed 's/:.*//' ../list | sort -u | wc -l)
  [ "$programs" -eq "$(find "$copy/tests" -name '*_test.c' | wc -l)" ]
}
