#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The ways in which the suite must build: either make, either compiler, without
# SQLite, with the shim of a system nobody wrote one for, and across.  Each in a
# copy of its own.

bats_require_minimum_version 1.5.0

setup_file() {
  export WORK=$BATS_FILE_TMPDIR GNU=$BATS_FILE_TMPDIR/gnu
  # Not what the caller's make was told.
  unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
  # Stands before the system's header where SQLite must not be used.
  mkdir "$WORK/poison"
  echo '#error SQLite is not there' >"$WORK/poison/sqlite3.h"
}

setup() {
  cd "$WORK" || return 1
}

# A copy of the sources, with nothing built in it, to be in.
copy_to() {
  mkdir "$1"
  (cd "$BATS_TEST_DIRNAME/.." &&
    cp -R Makefile Kyuafile tests helpers platform reports ci "$1")
  cd "$1" || return 1
  make clean >/dev/null
}

# A build whose output is shown only when it fails.
build() {
  run "$@"
  [ "$status" -eq 0 ] || {
    printf '%s\n' "${lines[@]}" |
      grep -E ': (fatal )?(error|warning): |^[^ ]*: error|\*\*\*' | head -n 20
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

# The tests up to "clean" build on each other in the copy $GNU.

@test "gcc and GNU make, warnings are errors, and no SQLite" {
  needs gcc
  copy_to "$GNU"
  find . -type f | sort >"$WORK/sources"
  build make -j2 CC=gcc CFLAGS='-O2 -g -Werror' CPPFLAGS="-I$WORK/poison" suite
  has_all_programs
  [[ $output != *sqlite* ]]
}

@test "the tools do need SQLite, and say so" {
  cd "$GNU"
  run make CFLAGS=-O0 CPPFLAGS="-I$WORK/poison" tools
  [ "$status" -ne 0 ]
  [[ $output == *"SQLite is not there"* ]]
}

@test "the tools, warnings are errors" {
  cd "$GNU"
  build make CFLAGS='-O2 -g -Werror' tools
  [ -x reports/report ]
}

@test "a second make builds nothing, whichever make it is" {
  cd "$GNU"
  run make all
  [ "$status" -eq 0 ]
  [[ $output != *" -o "* ]]
  needs bmake
  run bmake all
  [ "$status" -eq 0 ]
  [[ $output != *" -o "* ]]
}

# Prints what a make makes now, one a line; nothing when it fails.
made() {
  "$@" >../made 2>&1 || { cat ../made >&2 && return 1; }
  grep -oE -- '(-o|rcs|>) [^ ]*\.\$\$' ../made |
    sed 's/^[^ ]* \(.*\)\...$/\1/' | sort
}

# Expects what was made to be what the other arguments say, and no more.
is_made() {
  [ "$1" = "$(printf '%s\n' "${@:2}")" ] || {
    printf 'made:\n%s\nand not:\n' "$1"
    printf '%s\n' "${@:2}"
    return 1
  }
}

# As a hand does it; bmake compares whole seconds.
edit() {
  sleep 1
  echo >>"$1"
}

@test "a claim or a case that changed: its program alone, whichever make it is" {
  cd "$GNU"
  for maker in make bmake; do
    needs $maker
    for edited in tests/claims.d/mincore.def tests/mincore_test.c; do
      edit $edited
      is_made "$(made $maker suite)" tests/mincore_test tests/mincore_test.o
    done
    # All claims are in the report.
    is_made "$(made $maker all)" reports/claims.o reports/report
    is_made "$(made $maker all)"
  done
}

@test "a header that changed: what includes it, whichever make it is" {
  cd "$GNU"
  # By the compiler's own word, for what of the suite was compiled.
  for object in helpers/*.o tests/*.o platform/*/*.o; do
    [ -e "${object%o}c" ] || continue
    cc -MM -I. -D_GNU_SOURCE "${object%o}c" | tr ' ' '\n' |
      grep -qx helpers/names.h || continue
    echo "$object"
  done >../dependents
  [ -s ../dependents ]
  for source in tests/*_test.c; do
    echo "${source%.c}"
  done | cat ../dependents - >../expected
  echo helpers/libmmapcheck.a >>../expected
  mapfile -t expected < <(sort ../expected)
  for maker in make bmake; do
    needs $maker
    edit helpers/names.h
    is_made "$(made $maker suite)" "${expected[@]}"
    edit reports/html.h
    made $maker all >../made.html
    grep -qx reports/html.o ../made.html
    grep -qx reports/report ../made.html
    run ! grep -vE '^reports/(html|report)' ../made.html
    is_made "$(made $maker all)"
  done
}

@test "a header that is gone, a program that comes and goes" {
  cd "$GNU"
  cp helpers/names.c "$WORK"
  for maker in make bmake; do
    needs $maker
    edit helpers/names.c
    echo '#include "gone.h"' >>helpers/names.c
    echo 'extern int gone;' >helpers/gone.h
    for file in tests/mincore_test.c tests/claims.d/mincore.def; do
      sed 's/d\/mincore/d\/gone/; s/\bMINCORE_/GONE_/g' $file >"${file/mincore/gone}"
    done
    build $maker all
    grep -q 'helpers/gone\.h:' helpers/names.o.d
    grep -q 'claims\.d/gone\.def' reports/claims.o.d
    [ -x tests/gone_test ]
    sleep 1
    rm helpers/gone.h tests/gone_test.c tests/claims.d/gone.def tests/gone_test
    cp "$WORK/names.c" helpers
    build $maker all
    [ ! -e tests/gone_test ]
    run ! grep -q 'claims\.d/gone\.def' reports/claims.o.d
    is_made "$(made $maker all)"
  done
}

@test "install puts a suite there that Kyua runs" {
  cd "$GNU"
  build make DESTDIR="$WORK/root" PREFIX=/opt install
  cd "$WORK/root/opt/tests/mmapcheck"
  HOME=$WORK kyua --logfile="$WORK/log" list >"$WORK/list"
  programs=$(sed 's/:.*//' "$WORK/list" | sort -u | wc -l)
  [ "$programs" -eq "$(find "$GNU/tests" -name '*_test.c' | wc -l)" ]
}

@test "a warning makes the build fail with -Werror" {
  cd "$GNU"
  cp helpers/probe.h "$WORK"
  echo 'static int unused(void) { return 0; }' >>helpers/probe.h
  run make CFLAGS='-O0 -Werror' helpers/libmmapcheck.a
  cp "$WORK/probe.h" helpers
  [ "$status" -ne 0 ]
  [[ $output == *"unused"* ]]
}

@test "another system's shim, and back: another library each time" {
  cd "$GNU"
  make -s PLATFORM=unknown suite
  tests/system_test identity | grep -q '^fact	suite.platform	unknown$'
  run make suite
  [[ $output == *" -o helpers/libmmapcheck.a"* || $output == *"helpers/libmmapcheck.a."* ]]
  tests/system_test identity | grep -q '^fact	suite.platform	linux$'
  # A file that is gone is gone from the library.
  echo 'int spare_number(void); int spare_number(void) { return 1; }' \
    >helpers/spare.c
  make -s helpers/libmmapcheck.a
  ar t helpers/libmmapcheck.a | grep -qx spare.o
  rm helpers/spare.c
  make -s helpers/libmmapcheck.a
  run ! grep -qx spare.o <(ar t helpers/libmmapcheck.a)
  rm -f helpers/spare.o*
}

@test "clean leaves the sources only" {
  cd "$GNU"
  # A program whose source is gone.
  cp tests/eof_test tests/gone_test
  run make clean
  [ "$status" -eq 0 ]
  find . -type f | sort | diff "$WORK/sources" -
}

@test "two builds at once in one tree: each is whole, and nothing is left" {
  copy_to "$WORK/twice"
  find . -type f | sort >"$WORK/sources"
  # A step of one falls into those of the other, whatever it is.
  for other in make make bmake; do
    command -v $other >/dev/null || continue
    make -s clean
    make -j2 CFLAGS=-O0 all >../first 2>&1 &
    first=$!
    $other -j2 CFLAGS=-O0 all >../second 2>&1 &
    wait $! || { tail -n 5 ../second && false; }
    wait $first || { tail -n 5 ../first && false; }
    has_all_programs
    [ -z "$(find . -name '*.[0-9]*' -newer "$WORK/sources" ! -name '*.conf')" ]
  done
  make -s clean
  find . -type f | sort | diff "$WORK/sources" -
}

@test "two makes of one file: each writes its own, which appears whole" {
  cd "$WORK/twice"
  # An awk and a compiler that let the other one begin before they end.
  mkdir slow
  for tool in awk cc ar; do
    printf '#!/bin/sh\n%s "$@"\nstatus=$?\nsleep 0.5\nexit $status\n' \
      "$(command -v $tool)" >slow/$tool
    chmod +x slow/$tool
  done
  PATH=$PWD/slow:$PATH
  for made in platform/mechanism/flags.inc platform/known/known.inc \
    platform/mechanism/limits.o; do
    rm -f "$made"
    make "$made" >../first 2>&1 &
    first=$!
    sleep 0.25
    make "$made" >../second 2>&1 || { cat ../second && false; }
    wait $first || { cat ../first && false; }
    [ -s "$made" ]
  done
}

@test "clang and bmake, warnings are errors, this system's shim" {
  needs clang
  needs bmake
  copy_to "$WORK/clang"
  build bmake -j2 CC=clang CFLAGS='-O1 -Werror' helpers/libmmapcheck.a tools
}

# Prints the cases that Kyua, run in directory $1, says ended in $2.
cases_that() {
  (cd "$1" && env -i PATH="$PATH" HOME="$WORK" kyua \
    --logfile="$WORK/log" -v parallelism=2 test \
    -r "$WORK/$3.db" >"$WORK/$3.out" 2>&1) || true
  sed -n "s/^\([^ ]*\)  ->  $2: .*/\1/p" "$WORK/$3.out" | sort
}

# Deviations are listed by system, so the unknown one has none: there, a case
# may fail if it is known to on the system that is underneath.
@test "clang and bmake, unknown system: it builds, and fails as this one does" {
  needs clang
  needs bmake
  copy_to "$WORK/unknown"
  build bmake -j2 CC=clang CFLAGS='-O1 -Werror' PLATFORM=unknown suite
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
  copy_to "$WORK/cross"
  mkdir "$WORK/bin"
  # Writes down how it was called; what it "builds" would write down being run.
  cat >"$WORK/bin/cross-cc" <<C
#!/bin/sh
echo "cc \$*" >>"$WORK/calls"
while [ \$# -gt 0 ]; do
  if [ "\$1" = -o ]; then
    printf '#!/bin/sh\necho "%s" >>"%s"\n' "\$2" "$WORK/ran" >"\$2"
    chmod +x "\$2"
  fi
  [ "\$1" != -MF ] || : >"\$2"
  shift
done
C
  printf '#!/bin/sh\necho "ar $*" >>"%s"\n: >"$2"\n' \
    "$WORK/calls" >"$WORK/bin/cross-ar"
  chmod +x "$WORK/bin/cross-cc" "$WORK/bin/cross-ar"
  build env PATH="$WORK/bin:$PATH" make CC=cross-cc AR=cross-ar \
    PLATFORM=freebsd ATF_CPPFLAGS=-I/sysroot/include \
    ATF_LIBS='-L/sysroot/lib -lprivateatf-c' LDFLAGS=-fuse-ld=lld \
    CFLAGS=-Os suite
  has_all_programs
  [ ! -e "$WORK/ran" ]
  # All compilation was by that compiler, with those flags.
  run ! grep -v -e '^ar ' -e '^cc .*-Os ' -e '^cc -dM -E -$' "$WORK/calls"
  grep -q '^cc .*-o platform/shim/freebsd\.o\.[0-9]* platform/shim/freebsd\.c' "$WORK/calls"
  run ! grep -q 'platform/shim/linux\.[co]' "$WORK/calls"
  programs=$(grep -c '^cc .*-o tests/[a-z_]*_test\.[0-9]* ' "$WORK/calls")
  [ "$programs" -eq "$(find tests -name '*_test.c' | wc -l)" ]
  [ "$(grep -c '^cc .*-fuse-ld=lld .*-o tests/.*-L/sysroot/lib -lprivateatf-c' "$WORK/calls")" -eq "$programs" ]
  [ "$(grep -c '^cc .*-I/sysroot/include .*-c -o tests/' "$WORK/calls")" -eq "$programs" ]
}

@test "across: had one of them been run, it would have been seen" {
  cd "$WORK/cross"
  tests/fixed_test
  [ -e "$WORK/ran" ]
}
