#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The suite's own gates: one run on this machine, and what must be true of it.
# With RUN=DIR the gates judge that run directory instead of a new one.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_TEST_DIRNAME/.." || exit
  export RUN=${RUN:-$BATS_FILE_TMPDIR/run}
  export JSON=$BATS_FILE_TMPDIR/report.json
  export COLLECT_STATUS=none
  if [ ! -e "$RUN/run.json" ]; then
    COLLECT_STATUS=0
    reports/collect -o "$RUN" > /dev/null || COLLECT_STATUS=$?
  fi
  reports/report json "$RUN" > "$JSON" || [ $? -le 2 ]
}

# lines SQL: what must be nothing.  Tables: run, cases, claims, programs.
lines() {
  sqlite3 :memory: "
    CREATE TABLE file AS SELECT CAST(readfile('$JSON') AS TEXT) AS document;
    CREATE TABLE run AS SELECT json_extract(document, '\$.runs[0]') AS run
      FROM file;
    CREATE TABLE cases AS SELECT json_extract(value, '\$.id') AS id,
      json_extract(value, '\$.outcome') AS outcome,
      json_extract(value, '\$.reason') AS reason,
      json_extract(value, '\$.claim') AS claim,
      json_extract(value, '\$.combination') AS combination
      FROM run, json_each(run, '\$.cases');
    CREATE TABLE claims AS SELECT json_extract(value, '\$.id') AS id,
      json_extract(value, '\$.topic') AS topic,
      json_extract(value, '\$.results[0].outcome') AS outcome
      FROM file, json_each(document, '\$.claims');
    CREATE TABLE programs AS SELECT json_extract(value, '\$.name') AS name,
      json_extract(value, '\$.cases') AS cases,
      json_extract(value, '\$.status') AS status
      FROM run, json_each(run, '\$.programs');
    $1"
}

# none SQL: passes when the query gives no line, else shows the lines.
none() {
  local found
  found=$(lines "$1")
  [ -z "$found" ] || {
    printf '%s\n' "$found"
    return 1
  }
}

@test "Kyua ran every program to its end" {
  [ "$COLLECT_STATUS" = none ] || [ "$COLLECT_STATUS" -le 1 ]
  [ "$(lines "SELECT json_extract(run, '\$.state') FROM run")" = complete ]
  none "SELECT name || ': Kyua ended with ' || ifnull(status, 'nothing')
    FROM programs WHERE status IS NULL OR status > 1"
}

@test "nothing vanished: every case that Kyua lists has a result" {
  cd "$BATS_TEST_DIRNAME/.."
  kyua list | sed 's|.*/||' | sort > "$BATS_TEST_TMPDIR/listed"
  [ -s "$BATS_TEST_TMPDIR/listed" ]
  lines "SELECT id FROM cases" | sort > "$BATS_TEST_TMPDIR/seen"
  diff "$BATS_TEST_TMPDIR/listed" "$BATS_TEST_TMPDIR/seen"
}

@test "no case fails" {
  none "SELECT id || ': ' || reason FROM cases WHERE outcome = 'fail'
    AND reason NOT LIKE 'a known deviation was not seen%'"
}

@test "no known deviation has stopped happening" {
  none "SELECT id || ': passes, though platform/known says that it fails'
    FROM cases WHERE outcome = 'fail'
    AND reason LIKE 'a known deviation was not seen%'"
}

@test "no case is broken" {
  none "SELECT id || ': ' || reason FROM cases WHERE outcome = 'broken'"
}

@test "every claim has a case" {
  none "SELECT topic || '.def: ' || id FROM claims WHERE outcome = 'absent'"
}

@test "every combination of the seven flags has a case" {
  [ "$(lines "SELECT count(DISTINCT combination) FROM cases")" -eq 128 ]
}

@test "something was decided: most claims pass, deviate or are a survey" {
  [ "$(lines "SELECT 2 * sum(outcome IN ('pass', 'partly', 'deviates',
      'survey')) > count(*) FROM claims")" -eq 1 ]
}

@test "the system told its facts and its flags" {
  local fact
  for fact in suite.version system.os system.release system.arch system.libc \
    page_size user; do
    echo "$fact"
    [ -n "$(lines "SELECT json_extract(value, '\$.value')
      FROM run, json_each(run, '\$.facts')
      WHERE json_extract(value, '\$.name') = '$fact'")" ]
  done
  [ "$(lines "SELECT json_extract(value, '\$.value')
    FROM run, json_each(run, '\$.flags')
    WHERE json_extract(value, '\$.name') = 'PROT_READ'")" = 0x1 ]
}

@test "the report of the run is clean" {
  cd "$BATS_TEST_DIRNAME/.."
  run reports/report text "$RUN"
  [ "$status" -eq 0 ] || {
    printf '%s\n' "$output"
    return 1
  }
}
