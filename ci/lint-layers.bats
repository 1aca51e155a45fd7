#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# "ci/lint layers" fails on whatever reaches past the layer below, or up.

bats_require_minimum_version 1.5.0
load lint-words

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir -p tests/claims.d helpers platform/mechanism reports
}

@test "layers: helpers include a test's file" {
  code helpers/a.c '#include "tests/matrix.h"'
  finds layers 'helpers/a.c:4: helpers/ includes a file of tests/'
}

@test "layers: platform includes a helper, a test's file, ATF" {
  code platform/a.c '#include "helpers/call.h"'
  finds layers 'platform/a.c:4: platform/ includes a file of a higher layer'
  code platform/a.c '#include "../tests/sources.def"'
  finds layers 'platform/a.c:4: platform/ includes a file of a higher layer'
  code platform/a.h '#include <atf-c.h>'
  finds layers 'platform/a.h:4: platform/ includes ATF'
}

@test "layers: a test asks platform/" {
  code tests/good_test.c 'int x = plat_region(0, 0);'
  finds layers 'tests/good_test.c:4: tests/ reaches past helpers/'
  code tests/good_test.c 'struct plat_region x;'
  finds layers 'tests/good_test.c:4: tests/ reaches past helpers/'
  code tests/good_test.c 'settings_change(PLAT_FILES_MAX, 1);'
  "$lint" -C . layers
}

@test "layers: a test includes a file of platform/, however it is spelt" {
  for name in '"platform/platform.h"' '"../platform/mechanism/sysctl.h"' \
    '<platform/oracle/oracle.h>' '"./platform/flags.inc"' \
    '"helpers/../platform/platform.h"'; do
    code tests/good_test.c "#include $name"
    finds layers 'tests/good_test.c:4: tests/ names a file of platform/'
    code tests/claims.d/more.def "#  include	$name"
    finds layers 'tests/claims.d/more.def:4: tests/ names a file of platform/'
    rm tests/claims.d/more.def
  done
  code tests/good_test.c $'#define FACTS "platform/platform.h"\n#include FACTS'
  finds layers 'tests/good_test.c:4: tests/ names a file of platform/'
  code tests/good_test.c $'#include \\\n  "platform/platform.h"'
  finds layers 'tests/good_test.c:5: tests/ names a file of platform/'
  code tests/good_test.c '#include "helpers/my_platform/a.h" /* (platform/a.h) */'
  "$lint" -C . layers
}

@test "layers: a test uses what a header of platform/ declares" {
  cat >platform/mechanism/words.h <<C
$spdx
#ifndef WORDS_H
#define WORDS_H
#define MACRO(x) \\
	int macro_body(int x);
/* What oracle_commented() was. */
typedef void word_type(int x);
struct word;
struct word_pair {
	int (*word_member)(void);
	int word_plain;
};
enum word_kind { WORD_KIND };

unsigned long word_outcome(int error);
char *word_print(
    enum word_kind kind, unsigned long set, char *buf, size_t size);
__attribute__((noreturn)) void word_end(const char *text, ...)
    __attribute__((format(printf, 1, 2)));
word_type word_portable;
extern const struct word words_all[];
static inline int
word_inline(struct word *word)
{
	int word_local = 1;
	return word_deep(word_local);
}
long long *word_last(void);

#endif
C
  for name in outcome print end portable inline last; do
    code tests/good_test.c "int x = word_$name(0);"
    finds layers "tests/good_test.c:4: tests/ reaches past helpers/: word_$name is declared in platform/mechanism/words.h"
  done
  # Not only calls: another name for it, and a declaration of its own.
  for use in 'f = word_outcome;' 'unsigned long word_outcome(int);' \
    'int x = words_all[0].word_plain + word_outcome(0);'; do
    code tests/good_test.c "$use"
    finds layers 'tests/good_test.c:4: tests/ reaches past helpers/: word'
  done
  # Types and members, what stands in a body, a macro, a remark or a string.
  for use in 'struct word *x; struct word_pair y = { .word_member = 0 };' \
    'word_type *x; enum word_kind y = WORD_KIND; int z = a.word_plain;' \
    'int word_local, word_deep, macro_body, error, word_print_more, my_word_print;' \
    'int x; /* word_print(), oracle_commented() */' 's = "word_print(1)";' \
    'int x = a->word_outcome + b.word_outcome(1);'; do
    code tests/good_test.c "$use"
    "$lint" -C . layers
  done
  # Helpers are there to call it.
  code helpers/a.c 'int x = word_outcome(0);'
  "$lint" -C . layers
}

@test "layers: platform calls a helper or maps" {
  code platform/a.c 'int x = probe_read(0);'
  finds layers 'platform/a.c:4: platform/ calls a helper'
  code platform/a.c 'void *x = mmap(0, 1, 1, 1, 1, 0);'
  finds layers 'platform/a.c:4: platform/ makes a mapping'
  code platform/mechanism/trial_more.c 'void *x = mmap(0, 1, 1, 1, 1, 0);'
  finds layers 'platform/mechanism/trial_more.c:4: platform/ makes a mapping'
}

@test "layers: a test includes ATF, the reports include the suite" {
  code tests/good_test.c '#include <atf-c.h>'
  finds layers 'tests/good_test.c:4: only helpers/ include ATF'
  code reports/report.c '#include "helpers/names.h"'
  finds layers 'reports/report.c:4: reports/ includes a file of the suite'
}
