#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# .ci/run on trees whose "make check" says what a test wants it to.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir -p tree/.ci tree/ci
  cp "$BATS_TEST_DIRNAME/../.ci/run" tree/.ci/run
  printf '#!/bin/sh\necho "# $*"\n' >tree/ci/with-deps
  chmod +x tree/ci/with-deps
  export GIT_CONFIG_GLOBAL=/dev/null TMPDIR=$BATS_TEST_TMPDIR
}

# "make check" prints its input and ends with status $1.
check() {
  cat >tree/output
  printf 'cat output\nexit %s\n' "$1" >>tree/ci/with-deps
}

last_line() {
  printf '%s\n' "${lines[@]}" | tail -n 1
}

@test "output passes through and the last line counts" {
  check 0 <<T
1..3
ok 1 a
ok 2 b # skip untested: root
ok 3 c
T
  run tree/.ci/run
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "# make check" ]
  [ "${lines[2]}" = "ok 1 a" ]
  [ "$(last_line)" = "2 passed, 0 failed, 1 skipped" ]
}

@test "nothing skipped, nothing said of it" {
  check 0 <<<$'1..1\nok 1 a'
  run tree/.ci/run
  [ "$status" -eq 0 ]
  [ "$(last_line)" = "1 passed, 0 failed" ]
}

@test "a failing test fails the run, whatever make says" {
  check 0 <<<$'1..2\nok 1 a\nnot ok 2 b\n# why'
  run tree/.ci/run
  [ "$status" -eq 1 ]
  [ "$(last_line)" = "1 passed, 1 failed" ]
}

@test "tests that were planned and did not run fail the run" {
  check 0 <<<$'1..3\nok 1 a'
  run tree/.ci/run
  [ "$status" -eq 1 ]
  [[ $output == *"# 2 of 3 did not run"* ]]
  [ "$(last_line)" = "1 passed, 2 failed" ]
}

@test "a build that fails before any test fails the run" {
  check 2 <<<'cc: error: no such file'
  run tree/.ci/run
  [ "$status" -eq 1 ]
  [[ $output == *"# make check: exit status 2"* ]]
  [ "$(last_line)" = "0 passed, 1 failed" ]
}

@test "nothing having run fails the run" {
  check 0 <<<'1..0'
  run tree/.ci/run
  [ "$status" -eq 1 ]
  [ "$(last_line)" = "0 passed, 0 failed" ]
}

@test "it has CI=true and nothing to read" {
  echo 'echo "ok 1 $CI"; cat; echo 1..1' >>tree/ci/with-deps
  run tree/.ci/run <<<'input'
  [ "$status" -eq 0 ]
  [[ $output == *"ok 1 true"* ]]
  [[ $output != *input* ]]
}

@test "in a repository, a clean clone is what is checked" {
  command -v git >/dev/null || skip "untested: needs git"
  check 0 <<<$'1..1\nok 1 committed'
  git -C tree init -q
  git -C tree add -A
  git -C tree -c user.name=x -c user.email=x@y commit -q -m x
  echo 'not ok 1 edited' >tree/output
  run tree/.ci/run
  [ "$status" -eq 0 ]
  [[ $output == *"# uncommitted changes are not part of this"* ]]
  [[ $output == *"ok 1 committed"* ]]
  run ! ls "$BATS_TEST_TMPDIR"/ci-run.*
}

@test "with an argument: one line that names ci/run, and nothing is checked" {
  check 0 <<<$'1..1\nok 1 a'
  for word in linux-6.12 list -h ''; do
    run -3 --separate-stderr tree/.ci/run "$word"
    [ -z "$output" ]
    [ "$stderr" = ".ci/run: takes no arguments; to run the suite on a target: ci/run TARGET" ]
  done
}

@test "it is called from anywhere" {
  check 0 <<<$'1..1\nok 1 a'
  cd /
  run -0 "$BATS_TEST_TMPDIR/tree/.ci/run"
  [ "$(last_line)" = "1 passed, 0 failed" ]
}

@test "its first lines say what it is, and what it is not" {
  run -0 sed -n '/^[^#]/q; s/^# //p' "$BATS_TEST_DIRNAME/../.ci/run"
  [[ $output == *'ci/with-deps make check'* ]]
  [[ $output == *'It is not'*'ci/run, which runs the suite on a target'* ]]
}
