# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# For the tests of ci/lint: a small tree that no rule objects to, for each of
# them to spoil in one way.

load lint-words

sample_claims() {
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
    LINUX_MMAP_2, "NOTES", "It is alone.")
C
}

sample_tests() {
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
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir -p tests/claims.d helpers platform/mechanism platform/shim reports ci
  cp "$BATS_TEST_DIRNAME/../.clang-format" .
  echo '# SPDX-License-Identifier: BSD-2-Clause' >Makefile
  sample_claims
  sample_tests
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

# A function named $2 in the file $1, whose body is the standard input.
function_in() {
  printf '%s\n\nstatic %s\n{\n%s\n}\n' "$spdx" "$2" "$(cat)" >"$1"
}
