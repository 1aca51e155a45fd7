#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# ci/coverage with a fake kyua that lists two cases and one of facts.

bats_require_minimum_version 1.5.0

setup() {
  coverage=$BATS_TEST_DIRNAME/coverage
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir tests bin
  printf '#!/bin/sh\nprintf "tests/%%s\\n" a_test:one a_test:two system_test:flags\n' \
    >bin/kyua
  chmod +x bin/kyua
  PATH=$PWD/bin:$PATH
  rows 'one-row	What is said.	a_test:one,a_test:two	' \
    'P-A01	What is checked.		No system here has such a thing.' \
    'F-A01	What went wrong.		'
}

# rows LINE...: the table; its first row is line 2.
rows() {
  printf '%s\n' '# id	statement	cases	reason' "$@" >tests/coverage.tsv
}

# finds WHAT LINE...: a table of these lines is wrong, and WHAT is said of it.
finds() {
  local what=$1
  shift
  rows "$@"
  run "$coverage" -C .
  [ "$status" -eq 1 ]
  [[ $output == *"tests/coverage.tsv:$what"* ]]
}

@test "a table that is right: counted, and what is open is listed when asked" {
  run "$coverage" -C .
  [ "$status" -eq 0 ]
  [ "$output" = '3 rows: 1 decided, 1 with a reason, 1 open' ]
  run "$coverage" -C . -o
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = 'F-A01	What went wrong.' ]
}

@test "what is wrong is named with its line" {
  finds '2: not four columns' 'a	What.	a_test:one'
  finds '3: a is taken: line 2' 'a	What.	a_test:one	' 'a	What.	a_test:two	'
  finds '2: the id "a b" is not of letters' 'a b	What.	a_test:one	'
  finds '2: a: says nothing' 'a		a_test:one	'
  finds '2: a: there is no case a_test:three' 'a	What.	a_test:one,a_test:three	'
  finds '2: a: there is no case ' 'a	What.	a_test:one,	'
  finds '2: a: system_test:flags states facts' 'a	What.	system_test:flags	'
  finds '2: a: cases, and a reason' 'a	What.	a_test:one	Nobody can tell here.'
  finds '2: a: the reason is no sentence' 'a	What.		Cannot be.'
  finds '2: a: the reason is no sentence' 'a	What.		no system that we know has it'
}

@test "usage, and a suite that cannot be listed" {
  run "$coverage" -x
  [ "$status" -eq 2 ]
  run "$coverage" -C nowhere
  [ "$status" -eq 2 ]
  [[ $output == *"no such directory"* ]]
  printf '#!/bin/sh\necho broken >&2\nexit 1\n' >bin/kyua
  run "$coverage" -C .
  [ "$status" -eq 2 ]
  [[ $output == *"kyua list failed: broken"* ]]
}
