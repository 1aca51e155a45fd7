#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The report tool on runs without Kyua: plain files, as a bundle's runner
# leaves them; fixtures/plain is one.

bats_require_minimum_version 1.5.0

load report-fixture

setup() {
  mkdir "$BATS_TEST_TMPDIR/work"
  cd "$BATS_TEST_TMPDIR/work" || exit
  cp -R "$BATS_TEST_DIRNAME/fixtures/plain" run
}

# A value of the JSON report.
value() {
  sqlite3 :memory: "SELECT json_extract(CAST(readfile('$1') AS TEXT), '$2')"
}

# result CASE MEMBER: of the report out.json.
result() {
  sqlite3 :memory: "SELECT json_extract(value, '\$.$2')
    FROM json_each(CAST(readfile('out.json') AS TEXT), '\$.runs[0].cases')
    WHERE json_extract(value, '\$.id') = '$1'"
}

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
refused() {
  local pattern=$1
  run --separate-stderr "$REPORT" text run
  echo "status $status, output: ${output:0:200}, error: ${stderr:0:500}"
  [ "$status" -eq 3 ]
  [ -z "$output" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr =~ $pattern ]]
}

@test "plain files have the outcomes that a store has" {
  run --separate-stderr "$REPORT" text run
  echo "$output"
  [ "$status" -eq 2 ]
  [[ ${lines[0]} =~ ^"mmapcheck 0.1   Linux 6.1.0 x86_64   musl" ]]
  [[ $output == *"8 cases:"*"3 pass  1 fail  1 deviates  0 survey  1 unsupported  1 untested  1 broken"* ]]
  [[ $output == *"first_test:crashes"*"Test program received signal 11"* ]]
  [[ $output == *"call = EINVAL: odd, allowed ok"* ]]
  [[ $output == *"incomplete: third_test has no results"* ]]
}

@test "plain files have the details that a store has" {
  "$REPORT" json run >out.json || [ $? -eq 2 ]
  result first_test:holds observed
  [ "$(result first_test:holds outcome)" = pass ]
  [ "$(result first_test:holds claim)" = FIXTURE_HOLDS ]
  [[ $(result first_test:holds observed) == *'ok: so it is'* ]]
  [ "$(result matrix_test:shared outcome)" = pass ]
  [[ $(cat out.json) == *'"-S-----"'* ]]
  [[ $(cat out.json) == *"read=ok"* ]]
}

@test "a case without a result is absent" {
  rm run/out/first_test/holds.result
  run "$REPORT" text run
  [[ $output == *"7 cases:"* ]]
}

@test "a program that did not list its cases is broken" {
  rm -r run/out/first_test/*
  echo 'broken: the program does not list its cases' \
    >run/out/first_test/__test_cases_list__.result
  run "$REPORT" text run
  echo "$output"
  [[ $output == *"first_test:__test_cases_list__"* ]]
}

@test "a store and plain files can stand side by side" {
  sqlite3 run/out/third_test.db <"$BATS_TEST_DIRNAME/fixtures/schema.sql"
  run --separate-stderr "$REPORT" text run
  [ "$status" -eq 3 ]
  [[ $stderr == *"third_test.db: "* ]]
}

@test "bad input: plain files that are not what they should be" {
  echo well >run/out/first_test/holds.result
  refused 'first_test: case first_test:holds has the unknown result "well"'
  printf 'passed\nfailed: both\n' >run/out/first_test/holds.result
  refused 'first_test:holds: the result is not one line'
  : >run/out/first_test/holds.result
  refused 'first_test:holds: the result is not one line'
  echo passed >run/out/first_test/holds.result
  sed -i s/FIXTURE_HOLDS/OTHER/ run/out/first_test/list
  refused 'case first_test:holds: unknown claim "OTHER"'
  sed -i '/OTHER/d' run/out/first_test/list
  refused 'case first_test:holds names no claim'
  sed -i 's|^ident: holds|ident: ../holds|' run/out/first_test/list
  refused 'list: "../holds" is no case.s name'
}

@test "bytes of any kind in plain files do no harm" {
  head -c 3000 /dev/urandom >run/out/first_test/holds.stderr
  printf 'observed: \001\377\033[31m\n' >run/out/first_test/holds.stdout
  "$REPORT" json run >out.json || [ $? -eq 2 ]
  python3 -c 'import json; json.load(open("out.json", encoding="utf-8"))'
}
