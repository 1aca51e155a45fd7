#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs of before a case moved to another program are read as ones of today:
# the list is fixtures/renamed.tsv.

bats_require_minimum_version 1.5.0

load report-fixture

# The case of the program as a report of the store names it.
names() {
  "$REPORT" json old.db >old.json
  sqlite3 :memory: "SELECT json_extract(value, '\$.id') FROM
    json_each(CAST(readfile('old.json') AS TEXT), '\$.runs[0].cases')" | sort
}

@test "a case has the name of today, by way of others if need be" {
  store old.db clean
  names >today
  grep -qx first_test:holds today
  sqlite3 old.db "INSERT INTO test_programs
    SELECT max(test_program_id) + 1, absolute_path, root, 'tests/old_test',
      test_suite_name, metadata_id, interface FROM test_programs;
    UPDATE test_cases SET test_program_id = (SELECT max(test_program_id)
      FROM test_programs) WHERE name = 'holds'"
  names >now
  diff today now
}

@test "a case that moved in a circle ends somewhere" {
  store old.db clean
  sqlite3 old.db "UPDATE test_programs
    SET relative_path = 'tests/circle_test' WHERE relative_path LIKE '%first_test';
    UPDATE test_cases SET name = 'one' WHERE name = 'holds'"
  names >now
  grep -q '^circle_test:\(one\|two\)$' now
}

@test "a line that names no two cases is refused when it is built in" {
  printf 'old_test:holds\tfirst\n' >bad.tsv
  run awk -f "$BATS_TEST_DIRNAME/renamed.awk" bad.tsv
  [ "$status" -ne 0 ]
  [[ $output == *"bad.tsv:1: not two cases"* ]]
}
