# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the tests of ci/lint say: a source, and what a rule finds in it.

# Both are for whoever loads this.
lint=$BATS_TEST_DIRNAME/lint
spdx='/* SPDX-License-Identifier: BSD-2-Clause */'

# Expects RULE to fail with the line given, and no rule but it.
finds() {
  run "$lint" -C . "$1"
  [ "$status" -eq 1 ] || {
    echo "rule $1 found nothing: $output"
    return 1
  }
  printf '%s\n' "${lines[@]}" | grep -qF -- "# $2" || {
    printf 'no line "# %s" in:\n%s\n' "$2" "$output"
    return 1
  }
}

# A source file with one line of code in it.
code() {
  printf '%s\n#include "x.h"\n\n%s\n' "$spdx" "$2" >"$1"
}
