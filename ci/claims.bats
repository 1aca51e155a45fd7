#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# ci/claims with a fake kyua that lists what a test wants it to.

bats_require_minimum_version 1.5.0

setup() {
  claims=$BATS_TEST_DIRNAME/claims
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir -p tests/claims.d bin ci/faults
  printf '%s\t%s\n' '# fault' claims one ONE every 'T*' \
    flags_fails_EPERM 'matrix_test:*' >ci/faults/claims.tsv
  cp "$BATS_TEST_DIRNAME/faults/rows.h" ci/faults
  printf '%s\n' 'FAULT(one, "One, (1).", "seen", .act = x)' \
    'UNSTEADY(every,' '    "Every.", "seen") FAILS(flags, y, EPERM, "seen")' \
    >ci/faults/all.def
  printf 'CLAIM(ONE, SHALL, POSIX, S, "t", "Text.")\n' >tests/claims.d/a.def
  printf 'CLAIM(TWO, SHALL, POSIX, S, "t",\n    "Text.")\n' >>tests/claims.d/a.def
  printf '#!/bin/sh\ncat "%s/list"\n' "$PWD" >bin/kyua
  chmod +x bin/kyua
  PATH=$PWD/bin:$PATH
  {
    entry tests/a_test:one custom.claim=ONE description='Some text.'
    entry tests/a_test:two custom.claim=TWO description='Some text.'
    entry tests/matrix_test:none custom.combination=------- description=Text
    entry tests/system_test:identity description=Text
  } >list
}

entry() {
  echo "$1 (mmapcheck)"
  shift
  for property; do
    echo "    ${property%%=*} = ${property#*=}"
  done
}

@test "every claim with a case, every case with a claim: silence" {
  run "$claims" -C .
  [ "$status" -eq 0 ]
  [ -z "$output" ]
}

@test "a claim without a case is named" {
  echo 'CLAIM(THREE, MAY, POSIX, S, "t", "Text.")' >>tests/claims.d/a.def
  run "$claims" -C .
  [ "$status" -eq 1 ]
  [ "$output" = "THREE: no case decides this claim" ]
}

@test "a claim, and a combination of flags, that no fault breaks is named" {
  printf 'CLAIM(TWELVE, MAY, POSIX, S, "t", "Text.")\n' >>tests/claims.d/a.def
  sed -i 's/T\*/T* !TWELVE/' ci/faults/claims.tsv
  entry tests/a_test:twelve custom.claim=TWELVE description=Text >>list
  entry tests/matrix_test:fixed custom.combination=F------ description=Text \
    >>list
  sed -i 's/matrix_test:\*/matrix_test:none/' ci/faults/claims.tsv
  run "$claims" -C .
  [ "$status" -eq 1 ]
  [ "$output" = "TWELVE: no fault of ci/faults/claims.tsv breaks it
matrix_test:fixed: no fault of ci/faults/claims.tsv breaks it" ]
}

@test "a fault that names no claim is told with its line" {
  printf 'one\tONCE\nevery\tONE MORE? !T* !U*\n' >>ci/faults/claims.tsv
  run "$claims" -C .
  [ "$status" -eq 1 ]
  [ "$(sort <<<"$output")" = "ci/faults/claims.tsv:5: no claim is ONCE
ci/faults/claims.tsv:6: no claim is MORE?
ci/faults/claims.tsv:6: no claim is U*" ]
  rm ci/faults/claims.tsv
  run --separate-stderr "$claims" -C .
  [ "$status" -eq 2 ]
  [ "$stderr" = "claims: ci/faults/claims.tsv: cannot be read" ]
}

# told LINE TEXT: what is said of that line, as the fifth of claims.tsv.
told() {
  cp ci/faults/claims.tsv claims.tsv
  printf '%b\n' "$1" >>ci/faults/claims.tsv
  run "$claims" -C .
  mv claims.tsv ci/faults/claims.tsv
  [ "$status" -eq 1 ]
  [ "$output" = "ci/faults/claims.tsv:5: $2" ]
}

@test "a fault that does not exist is told with its line, and breaks nothing" {
  told 'once\tONE' 'no fault of ci/faults/all.def is once'
  told 'flags_fails_EIO\tONE' 'no fault of ci/faults/all.def is flags_fails_EIO'
  sed -i 's/^one/once/' ci/faults/claims.tsv
  run "$claims" -C .
  [ "$status" -eq 1 ]
  [ "$output" = "ci/faults/claims.tsv:2: no fault of ci/faults/all.def is once
ONE: no fault of ci/faults/claims.tsv breaks it" ]
}

@test "a line that stands there twice is told, with the first of them" {
  told 'one\tONE' 'the same as line 2'
  printf 'one\tTWO\ta_test:two\tReason.\n' >>ci/faults/claims.tsv
  run "$claims" -C .
  [ "$status" -eq 0 ]
}

@test "a line of a case that does not exist, or that is no line, is told" {
  told 'one\tTWO\ta_test:two a_test:x\tReason.' 'no case is a_test:x'
  told 'one\tTWO\ta_test:two' 'not two columns, nor four'
  told 'one\tTWO\r' 'a carriage return'
}

@test "faults that cannot be listed are one line and status 2" {
  echo 'FAULT(one,' >ci/faults/all.def
  run --separate-stderr "$claims" -C .
  [ "$status" -eq 2 ]
  [[ $stderr == "claims: ci/faults/all.def: "*unterminated* ]]
  [ "${#stderr_lines[@]}" -eq 1 ]
  echo >ci/faults/all.def
  run --separate-stderr "$claims" -C .
  [ "$status" -eq 2 ]
  [ "$stderr" = 'claims: ci/faults/all.def: no faults' ]
}

@test "a case with an unknown claim is named" {
  entry tests/a_test:x custom.claim=NOVEL description=Text >>list
  run "$claims" -C .
  [ "$status" -eq 1 ]
  [ "$output" = "tests/a_test:x: the claim NOVEL is not in tests/claims.d/" ]
}

@test "a case that decides nothing, and one without description, are named" {
  entry tests/a_test:identity description=Text >>list
  entry tests/a_test:mute custom.claim=ONE >>list
  run "$claims" -C .
  [ "$status" -eq 1 ]
  [ "$output" = "tests/a_test:identity: decides no claim
tests/a_test:mute: has no description" ]
}

@test "a suite that cannot be listed is one line and status 2" {
  printf '#!/bin/sh\necho "kyua: E: no Kyuafile" >&2\nexit 1\n' >bin/kyua
  run --separate-stderr "$claims" -C .
  [ "$status" -eq 2 ]
  [ "$stderr" = "claims: kyua list failed: kyua: E: no Kyuafile" ]
  printf '#!/bin/sh\necho "tests/a_test:__test_cases_list__ (mmapcheck)"\n' \
    >bin/kyua
  run --separate-stderr "$claims" -C .
  [ "$status" -eq 2 ]
  [ "$stderr" = "claims: cannot list its cases: tests/a_test:__test_cases_list__" ]
}

@test "usage errors: one line, status 2" {
  run --separate-stderr "$claims" -x
  [ "$status" -eq 2 ]
  [[ $stderr == "claims: unknown option -x; usage: "* ]]
  run --separate-stderr "$claims" -C nowhere
  [ "$status" -eq 2 ]
  [ "$stderr" = "claims: nowhere: no such directory" ]
}
