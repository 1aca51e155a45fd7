#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# How "make check" ends, over files of tests that end in every way.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir ci reports tmp
  cp "$BATS_TEST_DIRNAME/check" ci
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  # Bats' own programs are no way to start it.
  PATH=${PATH//"$BATS_LIBEXEC:"/}
  printf '@test "%s" { true; }\n' good 'good, too' >reports/good.bats
}

teardown() {
  [ -z "$(ls tmp)" ]
}

# Without what bats tells the tests it runs.
check() {
  run "${expect--0}" env -i PATH="$PATH" HOME="$HOME" TMPDIR="$TMPDIR" \
    ci/check "$@" 3>&-
  printf '%s\n' "$output"
}

# Lines that begin as tests do would be taken for tests of this file.
bad() {
  {
    echo 'fails() { false; }'
    printf '@test "%s" { %s; }\n' \
      "the suite's [first] one" 'echo printed; false' \
      skipped 'skip "untested: no room"' \
      'second (in a function)' fails
  } >ci/bad.bats
}

@test "all is well: the counts close the stream" {
  check
  [ "${lines[0]}" = 1..2 ]
  [ "${lines[1]}" = "ok 1 good" ]
  [ "${lines[-1]}" = "# 2 passed, 0 failed, 0 skipped" ]
}

@test "failing tests are listed at the end, one a line, and what to do" {
  bad
  expect=-1 check
  [[ $output == *"
# 2 passed, 2 failed, 1 skipped
# failed: ci/bad.bats: the suite's [first] one
# failed: ci/bad.bats: second (in a function)
# One again, with what it printed:
#   bats -f '^the suite.s .first. one$' ci/bad.bats
#   bats -f '^second .in a function.$' ci/bad.bats
# What it means: CONTRIBUTING.md, \"When make check is red\"" ]]
}

@test "the command that it shows runs that test, and no other" {
  bad
  expect=-1 check
  command=$(printf '%s\n' "${lines[@]}" | sed -n "s/^#   \(bats .*first.*\)/\1/p")
  run -1 env -i PATH="$PATH" HOME="$HOME" TMPDIR="$TMPDIR" sh -c "$command --tap" \
    3>&-
  [ "${lines[0]}" = 1..1 ]
  [[ $output == *"# printed"* ]]
}

@test "only the files that are named" {
  bad
  check reports/good.bats
  [ "${lines[-1]}" = "# 2 passed, 0 failed, 0 skipped" ]
}

@test "tests that were planned and did not run are counted, and red" {
  mkdir bin
  printf '#!/bin/sh\necho 1..5\necho ok 1 a\necho "ok 2 b # skip why"\n' >bin/bats
  chmod +x bin/bats
  PATH=$PWD/bin:$PATH
  expect=-1 check
  [ "${lines[3]}" = "# 1 passed, 0 failed, 1 skipped, 3 did not run" ]
  printf '#!/bin/sh\necho 1..1\necho ok 1 a\nexit 7\n' >bin/bats
  expect=-1 check
  [ "${lines[-1]}" = "# bats ended with status 7" ]
  printf '#!/bin/sh\n' >bin/bats
  expect=-1 check
}

@test "a line is shown as it comes" {
  printf '@test "%s" { %s; }\n' first true \
    waits "until [ -e '$PWD/go' ]; do sleep 0.1; done" >reports/good.bats
  env -i PATH="$PATH" HOME="$HOME" TMPDIR="$TMPDIR" ci/check >shown 3>&- &
  pid=$!
  left=150
  until grep -q '^ok 1 first' shown || [ "$left" -eq 0 ]; do
    sleep 0.1
    left=$((left - 1))
  done
  : >go
  wait "$pid"
  [ "$left" -gt 0 ]
}

@test "without bats: 3, and what installs it" {
  mkdir bin
  for tool in sh dirname; do
    ln -s "$(command -v $tool)" bin/$tool
  done
  run -3 env PATH="$PWD/bin" sh ci/check
  [ "$output" = "check: bats is not installed (ci/with-deps make check installs it)" ]
}
