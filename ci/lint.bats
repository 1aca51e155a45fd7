#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Every rule of ci/lint fails on what it is there to find.  Each test starts from
# a small tree that no rule objects to and spoils it in one way.

bats_require_minimum_version 1.5.0

load lint-sample

@test "a sound tree passes every rule" {
  run "$lint" -C .
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(printf '%s\n' "${lines[@]}" | grep -c '^ok ')" -eq "$("$lint" -l | wc -l)" ]
}

@test "circles: two helpers that need each other, and three in a ring" {
  code helpers/low.h 'int low;'
  code helpers/high.c '#include "low.h"'
  "$lint" -C . circles
  code helpers/low.c '#include "helpers/high.h"'
  finds circles 'helpers/low.c:4: low needs high, which needs low'
  finds circles 'helpers/high.c:4: high needs low, which needs high'
  code helpers/low.c '#include "middle.h"'
  code helpers/middle.h '#include "high.h"'
  finds circles 'helpers/middle.h:4: middle needs high, which needs middle'
  code helpers/other.c '#include "high.h"'
  run "$lint" -C . circles
  [[ $output != *other* ]]
}

@test "circles: however the header is named, or the function declared" {
  printf '%s\nint\nhigh_rise(void)\n{\n\treturn 2;\n}\n' "$spdx" >helpers/high.c
  sed -i '2i #include "low.h"' helpers/high.c
  code helpers/low.h 'int low_sink(void);'
  for need in '#include <helpers/high.h>' '#include "./high.h"' \
    '#include "../helpers/high.h"' '# include <high.h>' 'int high_rise(void);' \
    'extern int high_rise(void);' '	const char *high_rise (int);' \
    $'int *\nhigh_rise(void);'; do
    code helpers/low.c "$need"
    finds circles 'helpers/high.c:2: high needs low, which needs high'
    [[ $output == *'# helpers/low.c:'[45]': low needs high, which needs low'* ]]
  done
  # No function is asked where a variable is, nor whose that is.
  code helpers/low.c '	extern volatile int high_water;'
  finds circles 'helpers/low.c:4: declares what another file has; include its header'
}

@test "circles: what has a name of its own in each helper is nobody's need" {
  for helper in low high; do
    printf '%s\n%s\nstatic int\nfind(int x)\n{\n\treturn find(x);\n}\n' "$spdx" \
      "#include \"$helper.h\"" >helpers/$helper.c
    code helpers/$helper.h "int ${helper}_find(void (*find)(void));"
  done
  echo '#include "low.h"' >>helpers/high.c
  printf 'int\nlow_find(int x)\n{\n\tif (x)\n\t\treturn x;\n}\n' >>helpers/low.c
  printf '\nint\nhigh_find(int x)\n{\n\tlow_find(x);\n\treturn low_find(x);\n}\n' \
    >>helpers/high.c
  "$lint" -C . circles
}

@test "conditionals: in a test, in a helper, in a header beside its guard" {
  code tests/good_test.c '#ifdef MAP_STACK'
  finds conditionals 'tests/good_test.c:4: conditional outside platform/'
  code helpers/a.c '# if X'
  finds conditionals 'helpers/a.c:4: conditional outside platform/'
  printf '#ifndef A_H\n#define A_H\n#ifdef B\n#else\n#endif\n#endif\n' >helpers/a.h
  finds conditionals 'helpers/a.h:3: conditional outside platform/'
  finds conditionals 'helpers/a.h:4: conditional outside platform/'
}

@test "conditionals: a system's own tests may have them" {
  code tests/freebsd_test.c '#ifdef MAP_STACK'
  run "$lint" -C . conditionals
  [ "$status" -eq 0 ]
}

@test "system names: a macro, a string, a path" {
  code tests/good_test.c 'int x = __FreeBSD__;'
  finds system_names 'tests/good_test.c:4: a system is asked for by name'
  code helpers/a.c 'int x = strcmp(plat_name(), "linux");'
  finds system_names 'helpers/a.c:4: a system is asked for by name'
  code helpers/a.c 'int x = open("/proc/self/maps");'
  finds system_names 'helpers/a.c:4: a path of one system outside platform/'
}

@test "verdicts: reached in a test" {
  code tests/good_test.c '	atf_tc_skip("no");'
  finds verdicts 'tests/good_test.c:4: a verdict is reached outside helpers/'
  code tests/good_test.c '	atf_tc_fail ("no");'
  finds verdicts 'tests/good_test.c:4: a verdict is reached outside helpers/'
  code tests/good_test.c '	ATF_REQUIRE_EQ(1, 1);'
  finds verdicts 'tests/good_test.c:4: a verdict is reached outside helpers/'
}

@test "sleeps: in a test, in a helper" {
  code tests/good_test.c '	usleep(10);'
  finds sleeps 'tests/good_test.c:4: sleeps; wait for an event'
  code helpers/a.c '	(void)nanosleep(&t, NULL);'
  finds sleeps 'helpers/a.c:4: sleeps; wait for an event'
}

@test "addresses: hexadecimal, decimal, by way of an integer" {
  code tests/good_test.c 'void *a = (void *)0x10000;'
  finds addresses 'tests/good_test.c:4: a fixed address'
  code tests/good_test.c 'char *a = (volatile char *)4096;'
  finds addresses 'tests/good_test.c:4: a fixed address'
  code tests/good_test.c 'uintptr_t a = (uintptr_t)0x7f0000000000;'
  finds addresses 'tests/good_test.c:4: a fixed address'
}

@test "raw calls: mmap in a test or in the wrong helper" {
  code tests/good_test.c 'void *a = mmap(NULL, 1, 1, 1, -1, 0);'
  finds raw_calls 'tests/good_test.c:4: mmap() called directly'
  printf '%s\n/* raw: a. */\nint a;\nint b = mmap(0);\n' "$spdx" \
    >tests/good_test.c
  finds raw_calls 'tests/good_test.c:4: mmap() called directly'
  printf '%s\n/* raw: a. */\nint b =\n    mmap(0);\n' "$spdx" >tests/good_test.c
  run "$lint" -C . raw_calls
  [ "$status" -eq 0 ]
  code helpers/probe.c 'void *a = mmap(NULL, 1, 1, 1, -1, 0);'
  finds raw_calls 'helpers/probe.c:4: mmap() called directly'
}

@test "programs: missing from the Kyuafile, without source, beside others" {
  cp tests/Kyuafile saved
  code tests/lost_test.c 'int x;'
  finds programs 'tests/Kyuafile:1: is not what is in tests/'
  rm tests/lost_test.c
  echo 'atf_test_program{name="gone_test"}' >>tests/Kyuafile
  finds programs 'tests/Kyuafile:1: is not what is in tests/'
  sed 's/, is_exclusive=true//' saved >tests/Kyuafile
  finds programs 'tests/Kyuafile:1: is not what is in tests/'
}

@test "exclusive: a kernel-wide change in a program that runs beside others" {
  code tests/good_test.c 'EXCLUSIVE(a, GOOD_ONE, b)'
  finds exclusive 'tests/good_test.c:4: changes kernel-wide settings'
  code tests/good_test.c '	settings_change(PLAT_FILES_MAX, 1);'
  finds exclusive 'tests/good_test.c:4: changes kernel-wide settings'
}

@test "stubs: what make new left to be written" {
  echo 'CLAIM(GOOD_NEW, MAY, POSIX, POSIX_2024, "t", "Say here what it is.")' \
    >>tests/claims.d/good.def
  finds stubs 'tests/claims.d/good.def:6: is still to be written'
  code tests/good_test.c '"nothing yet: the body is to be written"'
  finds stubs 'tests/good_test.c:4: is still to be written'
}

@test "readmes: a folder that says nothing of itself" {
  rm helpers/README.md
  finds readmes 'helpers/README.md:1: is not there'
  # One file says it itself, until there is another; what is built is none.
  : >ci/script.o
  run "$lint" -C . readmes
  [[ $output != *'# ci/'* ]]
  code ci/other.c ''
  finds readmes 'ci/README.md:1: is not there'
}

@test "readmes: one that is too long, or too wide" {
  printf '%s\n' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 >tests/README.md
  "$lint" -C . readmes
  echo 16 >>tests/README.md
  finds readmes 'tests/README.md:16: more than 15 lines'
  printf '%101s\n' x >tests/README.md
  finds readmes 'tests/README.md:1: more than 100 columns'
  # That of the whole is for all its readers.
  seq 20 >README.md
  echo 'Tests.' >tests/README.md
  "$lint" -C . readmes
}

@test "readmes: one that says nothing" {
  : >tests/README.md
  finds readmes 'tests/README.md:1: says nothing but a heading'
  printf '# tests/\n\n  \n' >tests/README.md
  finds readmes 'tests/README.md:1: says nothing but a heading'
}

@test "readmes: a folder with one file and another folder" {
  mkdir -p ci/sub/deep
  : >ci/sub/deep/x.o
  "$lint" -C . readmes
  : >ci/sub/deep/file
  finds readmes 'ci/README.md:1: is not there'
  # Nothing is entered in sub/ but deep/.
  [ "${#lines[@]}" -eq 3 ]
  : >ci/sub/file
  finds readmes 'ci/sub/README.md:1: is not there'
}

@test "readmes: what is recorded for tests, and what others name, needs none" {
  mkdir -p reports/fixtures/run/out .engine
  touch reports/fixtures/run/out/a reports/fixtures/run/out/b .engine/a .engine/b
  "$lint" -C . readmes
  touch reports/fixtures/a reports/fixtures/b
  finds readmes 'reports/fixtures/README.md:1: is not there'
}

@test "licence: a file without its line" {
  echo 'int x;' >helpers/a.c
  finds licence 'helpers/a.c:1: no SPDX line'
}

@test "shell: a script, and a bats file" {
  [ -n "$(command -v shellcheck)" ] || skip "untested: needs shellcheck"
  printf '#!/bin/sh\n# SPDX\nrm -rf $1/*\n' >ci/script
  finds shell 'ci/script:3:8: note: Double quote to prevent globbing'
  printf '#!/usr/bin/env bats\n@test "x" {\n  a=(1 2)\n  echo "$a"\n}\n' >ci/a.bats
  finds shell 'ci/a.bats:4:9: warning: Expanding an array'
}

@test "format: another style" {
  [ -n "$(command -v clang-format)" ] || skip "untested: needs clang-format"
  printf '%s\nint f(void) {\n    return 1; }\n' "$spdx" >helpers/a.c
  finds format 'helpers/a.c:2: format it with clang-format -i'
}

@test "format: a type beside its function, where the formatter takes C for C++" {
  printf '%s\nint f(enum x class)\n{\n\treturn class;\n}\n' "$spdx" >helpers/a.c
  finds format 'helpers/a.c:2: the type that f() returns is not on its own line'
  printf '%s\nint\nf(enum x which)\n{\n\treturn which;\n}\n' "$spdx" >helpers/a.c
  "$lint" -C . format
}

@test "analysis: what is generated need not be there" {
  [ -n "$(command -v cppcheck)" ] || skip "untested: needs cppcheck"
  for file in reports/html.c reports/proofs.c reports/claims.c \
    platform/known/known.c platform/mechanism/flags.c; do
    mkdir -p "${file%/*}"
    cp "$BATS_TEST_DIRNAME/../$file" $file
  done
  "$lint" -C . analysis
}

@test "analysis: an error that can be seen without running" {
  [ -n "$(command -v cppcheck)" ] || skip "untested: needs cppcheck"
  code helpers/a.c 'int f(void) { int a[2]; a[2] = 1; return a[2]; }'
  finds analysis 'helpers/a.c:4: Array'
}

@test "manuals: a page with an unknown macro" {
  [ -n "$(command -v mandoc)" ] || skip "untested: needs mandoc"
  printf '.Dd January 1, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd y\n.Zz\n' \
    >reports/x.1
  finds manuals 'mandoc: reports/x.1:7:2: '
}

@test "two rules at a time, in the order asked for, each once" {
  code tests/good_test.c '	usleep(10);'
  run "$lint" -C . sleeps layers shell sleeps
  [ "$status" -eq 1 ]
  [ "${lines[0]}" = "1..4" ]
  [ "${lines[1]}" = "not ok 1 - lint sleeps" ]
  [ "${lines[2]}" = "# tests/good_test.c:4: sleeps; wait for an event" ]
  [ "${lines[3]}" = "ok 2 - lint layers" ]
  [ "${lines[4]}" = "ok 3 - lint shell" ]
  [ "${lines[5]}" = "not ok 4 - lint sleeps" ]
}

@test "what was not looked at to its end is not clean" {
  mkdir bin
  printf '#!/bin/sh\nkill -9 $PPID\n' >bin/clang-format
  chmod +x bin/clang-format
  PATH=$PWD/bin:$PATH run "$lint" -C . format
  [ "$status" -eq 1 ]
  [[ $output == *"# lint: it was not looked at"* ]]
}

@test "a tool that is not there is a skip that says so" {
  mkdir bin
  for tool in sh awk sed find sort grep head tr dirname mktemp rm; do
    ln -s "$(command -v $tool)" "bin/$tool"
  done
  PATH=$PWD/bin run "$lint" -C . format
  [ "$status" -eq 0 ]
  [ "${lines[1]}" = "ok 1 - lint format # SKIP untested: clang-format is not installed" ]
}

@test "a tool that breaks is a finding, not a pass" {
  mkdir bin
  printf '#!/bin/sh\necho "awk: out of cheese" >&2\nexit 2\n' >bin/awk
  chmod +x bin/awk
  PATH=$PWD/bin:$PATH run "$lint" -C . layers
  [ "$status" -eq 1 ]
  [[ $output == *"awk: out of cheese"* ]]
}

@test "usage errors: one line, status 2" {
  run --separate-stderr "$lint" -C . no_such_rule
  [ "$status" -eq 2 ]
  [ "$stderr" = "lint: unknown rule 'no_such_rule'" ]
  run --separate-stderr "$lint" -C nowhere
  [ "$status" -eq 2 ]
  [ "$stderr" = "lint: nowhere: no such directory" ]
  run --separate-stderr "$lint" -x
  [ "$status" -eq 2 ]
  [[ $stderr == "lint: unknown option -x; usage: "* ]]
}
