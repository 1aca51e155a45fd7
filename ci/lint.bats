#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Every rule of ci/lint fails on what it is there to find.  Each test starts from
# a small tree that no rule objects to and spoils it in one way.

bats_require_minimum_version 1.5.0

load lint-words

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir -p tests/claims.d helpers platform/mechanism platform/shim reports ci
  cp "$BATS_TEST_DIRNAME/../.clang-format" .
  echo '# SPDX-License-Identifier: BSD-2-Clause' >Makefile
  cat >tests/sources.def <<C
$spdx
SOURCE(POSIX_2024, "POSIX.1-2024", "IEEE and The Open Group", "The Base"
    " Specifications", "Issue 8", "2024-06-14", "https://pubs.opengroup.org/")
SOURCE(LINUX_MMAP_2, "Linux mmap(2)", "The Linux man-pages project", "mmap(2)",
    "Linux man-pages 6.20", "", "https://man7.org/linux/man-pages/")
/* Not known: the text came without. */
SOURCE(A_POST, "many programs", "", "A post on \"memory\"", "", "", "")
C
  cat >tests/claims.d/good.def <<C
$spdx
/* clang-format off */
CLAIM(GOOD_ONE, SHALL, POSIX, POSIX_2024, "mmap", "A text (with a parenthesis),"
    " in two pieces and with a \"quotation\".")
CLAIM(GOOD_TWO, FOLKLORE, PEOPLE, A_POST, "", "Another.")
C
  cat >tests/claims.d/alone.def <<C
$spdx
CLAIM(ALONE, DOCUMENTED, LINUX,
    LINUX_MMAP_2, "", "It is alone.")
C
  cat >tests/good_test.c <<C
$spdx
/* mmap(NULL, sleep(1), atf_tc_skip("x")): comments are not code. */
#include <sys/mman.h>

#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/good.def"
#include "helpers/claims.h"

static const char *text = "mmap(NULL) sleep(1) #if (void *)0x1000";

static void *
used(void)
{
	/* raw: the test needs it. */
	return mmap(text, 1, 1, 1, -1, 0) == MAP_FAILED ? NULL : (void *)0;
}

static const struct row cases[] = {
	CODE(good, GOOD_ONE, used),
};
C
  printf '%s\n#define CLAIMS "tests/claims.d/alone.def"\nEXCLUSIVE(a, ALONE, b)\n' \
    "$spdx" >tests/alone_test.c
  printf '%s\nint\nmain(void)\n{\n\treturn rows_of(NULL, "CODE(");\n}\n' "$spdx" \
    >tests/matrix_test.c
  "$BATS_TEST_DIRNAME/lists" tests >tests/Kyuafile
  cat >helpers/suite.h <<C
$spdx
/* A comment first. */
#ifndef HELPERS_SUITE_H
#define HELPERS_SUITE_H

#define SOURCE(key, name, author, title, edition, date, address)
#include "tests/sources.def"
#undef SOURCE

#endif
C
  cat >helpers/call.c <<C
$spdx
#include <atf-c.h>

void
helper(void)
{
	atf_tc_skip(mmap(NULL, 1, 1, 1, -1, 0));
}
C
  cat >platform/shim/linux.c <<C
$spdx
#if __linux__
#include "platform/platform.h"
#endif
C
  printf '#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\necho "$1"\n' \
    >ci/script
  for folder in tests tests/claims.d helpers; do
    printf '# %s/\n\nWhat lives here.\n' "$folder" >"$folder/README.md"
  done
}

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

# Adds entries, one a line, to the claims of good_test, from its line 6 on.
claim() {
  printf 'CLAIM(%s)\n' "$@" >>tests/claims.d/good.def
}

@test "claims: an id that is taken, in this file or in another one" {
  claim 'GOOD_ONE, MAY, POSIX, POSIX_2024, "t", "Again."'
  finds claims 'tests/claims.d/good.def:6: the id GOOD_ONE is taken: tests/claims.d/good.def:3'
  sed -i 6d tests/claims.d/good.def
  claim 'ALONE, MAY, POSIX, POSIX_2024, "t", "Again."'
  finds claims 'tests/claims.d/good.def:6: the id ALONE is taken: tests/claims.d/alone.def:2'
}

@test "claims: an id that was another claim's" {
  printf '%s\nRETIRED(GOOD_OLD,\n    "It was two.")\n' "$spdx" \
    >tests/claims.retired.def
  "$lint" -C . claims
  claim 'GOOD_OLD, MAY, POSIX, POSIX_2024, "t", "Again."'
  finds claims "tests/claims.d/good.def:6: the id GOOD_OLD was another claim's"
}

@test "claims: an empty text, no full stop, a line too long" {
  claim 'BAD_TEXT, MAY, POSIX, POSIX_2024, "t", ""' \
    'BAD_STOP, MAY, POSIX, POSIX_2024, "t", "Text"' \
    "GOOD, MAY, POSIX, POSIX_2024, \"t\", \"$(printf '%35s' x).\""
  [ "$(awk 'FNR == 8 { print length }' tests/claims.d/good.def)" -eq 80 ]
  finds claims 'tests/claims.d/good.def:6: BAD_TEXT: the text is empty'
  finds claims 'tests/claims.d/good.def:7: BAD_STOP: the text is not a sentence'
  [ "${#lines[@]}" -eq 4 ]
  sed -i '8s/  x/   x/' tests/claims.d/good.def
  finds claims 'tests/claims.d/good.def:8: more than 80 columns'
}

@test "claims: a wrong requirement word, a wrong id, a wrong shape" {
  claim 'BAD_WORD, MUST, POSIX, POSIX_2024, "t", "Text."' \
    'bad-id, MAY, POSIX, POSIX_2024, "t", "Text."' \
    'BAD_PROMISER, MAY, EVERYBODY, POSIX_2024, "t", "Text."' \
    'BAD_SHAPE, MAY, POSIX, POSIX_2024, "Text."' \
    'OLD_SHAPE, MAY, POSIX, "POSIX.1-2024", "t", "Text."' \
    'OPEN_SHAPE, MAY, POSIX, POSIX_2024, "t", "Text.'
  good=tests/claims.d/good.def
  finds claims "$good:6: BAD_WORD: \"MUST\" is no requirement word"
  finds claims "$good:7: the id \"bad-id\" is not UPPER_CASE"
  finds claims "$good:8: BAD_PROMISER: \"EVERYBODY\" is nobody who promises"
  finds claims "$good:9: BAD_SHAPE: not CLAIM(ID, "
  finds claims "$good:10: OLD_SHAPE: not CLAIM(ID, "
  finds claims "$good:11: OPEN_SHAPE: not CLAIM(ID, "
}

@test "claims: a word, its promiser and its source go together" {
  echo 'SOURCE(L_SOURCE, "L source", "a", "t", "e", "", "https://a.org/")' \
    >>tests/sources.def
  claim 'A_BOOK, DOCUMENTED, PEOPLE, A_POST, "", "Text."' \
    'A_SYSTEM, SHALL, LINUX, POSIX_2024, "", "Text."' \
    'A_MANUAL, SHALL, POSIX, LINUX_MMAP_2, "", "Text."' \
    'A_SOURCE, DOCUMENTED, LINUX, L_SOURCE, "", "Text."' \
    'NO_SOURCE, IMPLEMENTED, LINUX, LINUX_MMAP_2, "", "Text."' \
    'A_SAYING, FOLKLORE, LINUX, A_POST, "", "Text."' \
    'GOOD_SOURCE, IMPLEMENTED, LINUX, L_SOURCE, "", "Text."'
  good=tests/claims.d/good.def
  finds claims "$good:6: A_BOOK: DOCUMENTED is no word of PEOPLE"
  finds claims "$good:7: A_SYSTEM: SHALL is no word of LINUX"
  finds claims "$good:8: A_MANUAL: the source of SHALL is the standard"
  finds claims "$good:9: A_SOURCE: source code is the source of IMPLEMENTED alone"
  finds claims "$good:10: NO_SOURCE: source code is the source of IMPLEMENTED alone"
  finds claims "$good:11: A_SAYING: FOLKLORE is no word of LINUX"
  [ "${#lines[@]}" -eq 8 ]
}

@test "sources: a key that nobody knows, one that nobody names" {
  claim 'LOST, MAY, POSIX, POSIX_2030, "t", "Text."'
  finds sources 'tests/claims.d/good.def:6: LOST: POSIX_2030 is not in tests/sources.def'
  sed -i 6d tests/claims.d/good.def
  sed -i 's/LINUX_MMAP_2/POSIX_2024/' tests/claims.d/alone.def
  finds sources "tests/sources.def:4: no claim's source is LINUX_MMAP_2"
  rm tests/sources.def
  finds sources ''
}

@test "sources: an entry that is not well formed" {
  source=tests/sources.def
  {
    echo 'SOURCE(small, "n", "a", "t", "e", "2024", "https://a.org/")'
    echo 'SOURCE(A_POST, "n", "a", "t", "e", "2024-06", "https://a.org/")'
    echo 'SOURCE(SHORT, "n", "a", "t", "2024", "https://a.org/")'
    echo 'SOURCE(NO_NAME, "", "a", "t", "e", "", "https://a.org/")'
    echo 'SOURCE(NO_TITLE, "n", "a", "", "e", "", "https://a.org/")'
    echo 'SOURCE(DATE, "n", "a", "t", "e", "June", "https://a.org/")'
    echo 'SOURCE(ADDRESS, "n", "a", "t", "e", "", "http://a.org/")'
    echo 'SOURCE(AUTHOR, "n", "", "t", "e", "", "https://a.org/")'
    echo 'SOURCE(EDITION, "n", "a", "t", "", "", "https://a.org/")'
    echo 'SOURCE(NOWHERE, "n", "a", "t", "e", "", "")'
    printf 'SOURCE(WIDE, "n", "a", "%29s", "e", "", "https://a.org/")\n' t
    printf 'SOURCE(FAR, "n", "a", "t", "e", "",\n    "https://a.org/%080d")\n' 1
  } >>$source
  finds sources "$source:8: the key \"small\" is not UPPER_CASE"
  finds sources "$source:9: the key A_POST is taken: $source:7"
  finds sources "$source:10: SHORT: not SOURCE(KEY, "
  finds sources "$source:11: NO_NAME: the name is empty"
  finds sources "$source:12: NO_TITLE: the title is empty"
  finds sources "$source:13: DATE: the date is not "
  finds sources "$source:14: ADDRESS: the address is not https://"
  for line in 15:AUTHOR 16:EDITION 17:NOWHERE; do
    finds sources "$source:${line%:*}: ${line#*:}: what it takes to look it up is missing"
  done
  finds sources "$source:18: more than 80 columns"
  # The remark is about one entry; an address may be as long as it is.
  run ! grep -e ':7: A_POST' -e ':20: ' -e FAR: <<<"$output"
}

@test "pairs: cases without claims, claims without cases, another's claims" {
  mv tests/claims.d/good.def tests/claims.d/lost.def
  finds pairs 'tests/good_test.c:1: tests/claims.d/good.def, for its claims, is missing'
  finds pairs 'tests/claims.d/lost.def:1: tests/lost_test.c, for its cases, is missing or has no rows'
  mv tests/claims.d/lost.def tests/claims.d/good.def
  sed -i '/define CLAIMS/s/good/alone/' tests/good_test.c
  finds pairs 'tests/good_test.c:1: does not say #define CLAIMS "tests/claims.d/good.def"'
  echo "$spdx" >tests/claims.d/matrix.def
  finds pairs 'tests/claims.d/matrix.def:1: tests/matrix_test.c, for its cases, is missing or has no rows'
}

@test "pairs: whatever the kind of the row" {
  for row in CALL CODE CODE_DIRS EXCLUSIVE SETTINGS; do
    printf '%s\n\t%s(a, B, c),\n' "$spdx" $row >tests/row_test.c
    finds pairs 'tests/row_test.c:1: tests/claims.d/row.def, for its claims, is missing'
  done
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
  printf '# tests/\n' >tests/README.md
  "$lint" -C . readmes
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

# A function named $2 in the file $1, whose body is the standard input.
function_in() {
  printf '%s\n\nstatic %s\n{\n%s\n}\n' "$spdx" "$2" "$(cat)" >"$1"
}

@test "sizes: a file of more than 700 lines, whatever is in it" {
  for file in helpers/a.c ci/script ci/a.bats reports/style.css README.md; do
    yes '/* A line. */' | head -n 700 >$file
    "$lint" -C . sizes
    echo '/* Another. */' >>$file
    finds sizes "$file:701: 701 lines in a file, of 700 at most"
    rm $file
  done
}

@test "sizes: tables, and what is recorded or generated, may be longer" {
  mkdir -p platform/known platform/recorded reports/published reports/schema
  for file in platform/known/any.tsv platform/recorded/matrix.txt \
    tests/claims.d/a.def platform/flags.list platform/flags.inc \
    reports/published/index.html reports/schema/report.json; do
    yes 'a line' | head -n 701 >$file
  done
  { printf '\177ELF\n' && yes 'a line' | head -n 701; } >tests/good_test
  "$lint" -C . sizes
}

@test "sizes: a function of more than 60 lines" {
  # The name, two braces, 57 lines.
  yes '	x++;' | head -n 57 | function_in helpers/a.c $'int\na(int x)'
  "$lint" -C . sizes
  yes '	x++;' | head -n 58 | function_in helpers/a.c $'int\na(int x)'
  finds sizes 'helpers/a.c:4: 61 lines in a(), of 60 at most'
  # Not a table; and conditionals do not hide where a function ends.
  {
    printf '%s\nstatic int a[] = {\n' "$spdx"
    yes '	1,' | head -n 80
    printf '};\n\n#if X\nint\nb(void)\n{\n#else\nint\nb(int x)\n{\n#endif\n}\n'
    printf '\nint\nc(void)\n{\n'
    yes '	x++;' | head -n 80
    printf '}\n'
  } >helpers/a.c
  run "$lint" -C . sizes
  [ "${#lines[@]}" -eq 3 ]
  [ "${lines[2]}" = '# helpers/a.c:97: 83 lines in c(), of 60 at most' ]
}

@test "twins: a body again, laid out and remarked upon in another way" {
  function_in helpers/a.c $'int\na(int x)' <<<$'\tx = x * 2; /* Twice. */\n\treturn x;'
  function_in tests/b_test.c $'int\nb(int x)' <<<$'\tx = x*2;\n\n\t/* It. */\n\treturn\n\t    x;'
  finds twins 'tests/b_test.c:4: b() is a() again, at helpers/a.c:4'
  # In one file, and of three.
  cp helpers/a.c reports/a.c
  sed -n '3,$p' tests/b_test.c >>reports/a.c
  finds twins 'reports/a.c:4: a() is a() again, at helpers/a.c:4'
  finds twins 'reports/a.c:10: b() is a() again, at helpers/a.c:4'
}

@test "twins: names that mean nothing outside are no difference" {
  function_in helpers/a.c $'size_t\nlen(const char *s, int (*f)(int), char t[static 2])' <<'C'
	const char *p = s, *q;
	struct s *(*g)(void) = NULL;
	for (size_t i = 0; i < 2; i++)
		goto out;
out:
	q = t + f(1) + g()->p;
	return (size_t)(p - q) + len(s, f, t);
C
  sed -e 's/\bs\b/string/g' -e 's/struct string/struct s/' -e 's/\bf\b/call/g' \
    -e 's/\bt\b/text/g' -e 's/\bp\b/from/g' -e 's/>from/>p/' -e 's/\bq\b/to/g' \
    -e 's/\bi\b/n/g' -e 's/\blen\b/size/g' -e 's/\bout\b/end/g' \
    -e 's/\bg\b/get/g' helpers/a.c >ci/b.c
  run ! grep -wE 'len|f|t|q|i|out|g' ci/b.c
  finds twins 'helpers/a.c:4: len() is size() again, at ci/b.c:4'
}

@test "twins: an unused parameter is no difference, and one line is a body" {
  function_in platform/a.c $'int\na(int x)' <<<$'\t(void)x;\n\treturn ENOTSUP;'
  function_in platform/b.c $'int\nb(int x, int y)' <<<$'\t(void)x;\n\t(void)y;\n\treturn ENOTSUP;'
  finds twins 'platform/b.c:4: b() is a() again, at platform/a.c:4'
}

@test "twins: what differs in an effect is no twin" {
  body() {
    function_in "$1" $'int\na(int x)' <<<"$2"
  }
  # A string, a number, what is called, a member, a directive, a cast.
  body helpers/a.c '	say("a"); return b(x).c + 1;'
  body helpers/b.c '	say("b"); return b(x).c + 1;'
  body helpers/c.c '	say("a"); return b(x).c + 2;'
  body helpers/d.c '	say("a"); return c(x).c + 1;'
  body helpers/e.c '	say("a"); return b(x).d + 1;'
  body helpers/f.c $'\tsay("a");\n#if X\n\treturn b(x).c + 1;\n#endif'
  body helpers/g.c '	say("a"); (void)b; return b(x).c + 1;'
  # Two of one type used the other way round.
  function_in helpers/h.c $'int\na(int x, int y)' <<<'	return x - y / x;'
  function_in helpers/i.c $'int\na(int x, int y)' <<<'	return x - y / y;'
  # Declarations, tables and calls are no bodies.
  printf 'int a(int x);\nint t[] = { 1 };\nint u[] = { 1 };\nE(x)\nE(x)\n' >helpers/j.c
  "$lint" -C . twins
}

@test "twins: nothing, and a value that C itself names, are no bodies" {
  for body in '' '	return 0;' '	return -1;' '	return NULL;' '	return true;' \
    '	(void)x;' '	(void)x; return false;'; do
    function_in helpers/a.c $'int\na(int x)' <<<"$body"
    function_in helpers/b.c $'int\nb(int x)' <<<"$body"
    "$lint" -C . twins
  done
  for body in '	return 2;' '	return x;' '	return &x;' '	x++;' '	;'; do
    function_in helpers/a.c $'int\na(int x)' <<<"$body"
    function_in helpers/b.c $'int\nb(int y)' <<<"${body//x/y}"
    finds twins 'helpers/b.c:4: b() is a() again, at helpers/a.c:4'
  done
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
