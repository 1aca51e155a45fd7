#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The report tool and what it cannot read, or cannot write.

bats_require_minimum_version 1.5.0

load report-fixture

@test "bad input: files that are no stores" {
  refused 3 'report_fixture: nowhere.db: No such file' \
    "$REPORT" text nowhere.db
  : > empty.db
  refused 3 'empty.db: an empty file' "$REPORT" text empty.db
  echo 'no database' > text.db
  refused 3 'text.db: not an SQLite file' "$REPORT" text text.db
  sqlite3 foreign.db 'CREATE TABLE other (a)'
  refused 3 'foreign.db: an SQLite file, but no Kyua store' \
    "$REPORT" json foreign.db
  mkdir directory
  refused 3 'directory: a directory without run.json' \
    "$REPORT" html directory
}

@test "bad input: stores that are damaged at any place" {
  store run.db clean
  local size length
  size=$(wc -c < run.db)
  for length in 10 50 100 1000 4096 $((size / 4)) $((size / 2)) \
    $((size - 5000)) $((size - 1)); do
    head -c "$length" run.db > short.db
    refused 3 'short.db: (cut short|not an SQLite|not a readable)' \
      "$REPORT" html short.db
  done
  cp run.db holed.db
  dd if=/dev/zero of=holed.db bs=4096 seek=2 count=3 conv=notrunc 2> /dev/null
  refused 3 'holed.db: a damaged SQLite file' "$REPORT" text holed.db
}

@test "bad input: stores that are not of this suite" {
  store none.db
  refused 3 'none.db: holds no results' "$REPORT" text none.db
  store old.db clean
  sqlite3 old.db 'UPDATE metadata SET schema_version = 2'
  refused 3 'old.db: a Kyua store of schema version 2, expected 3' \
    "$REPORT" text old.db
  store other.db clean
  sqlite3 other.db "UPDATE test_programs SET test_suite_name = 'FreeBSD'"
  refused 3 'other.db: results of the test suite "FreeBSD"' \
    "$REPORT" text other.db
  store claim.db clean
  sqlite3 claim.db "UPDATE metadatas SET property_value = 'NEW_CLAIM'
    WHERE property_value = 'FIXTURE_OPEN'"
  refused 3 'claim.db: case first_test:open: unknown claim "NEW_CLAIM"' \
    "$REPORT" text claim.db
  sqlite3 claim.db "UPDATE metadatas SET property_value = 'NEW' || char(10)
    || char(27) || 'CLAIM' WHERE property_value = 'NEW_CLAIM'"
  refused 3 'claim.db: .* unknown claim "NEW..CLAIM"' "$REPORT" text claim.db
  store unclaimed.db clean
  sqlite3 unclaimed.db "DELETE FROM metadatas
    WHERE property_value = 'FIXTURE_OPEN'"
  refused 3 'unclaimed.db: case first_test:open names no claim' \
    "$REPORT" text unclaimed.db
  store letters.db clean
  sqlite3 letters.db "UPDATE metadatas SET property_value = 'FSP'
    WHERE property_value = 'FSPA---'"
  refused 3 'letters.db: case .* unknown combination "FSP"' \
    "$REPORT" text letters.db
  store type.db clean
  sqlite3 type.db "UPDATE test_results SET result_type = 'odd'
    WHERE test_case_id = 1"
  refused 3 'type.db: case first_test:holds has the unknown result "odd"' \
    "$REPORT" text type.db
}

@test "bad input: cases that occur twice" {
  store run.db clean
  sqlite3 run.db "INSERT INTO fixture VALUES ('first_test', 'holds',
    'FIXTURE_HOLDS', NULL, 'passed', NULL, NULL)"
  refused 3 'run.db: case first_test:holds occurs twice' "$REPORT" text run.db
  store run2.db clean
  sqlite3 run2.db "INSERT INTO fixture VALUES ('matrix_test', 'again',
    NULL, 'F------', 'passed', NULL, NULL)"
  refused 3 'run2.db: matrix_test:again and .* decide the same combination' \
    "$REPORT" text run2.db
}

@test "bad input: run directories that cannot be trusted" {
  run_directory run complete
  echo '{' > run/run.json
  refused 3 'run/run.json: not JSON' "$REPORT" text run
  echo '{"schema_version": 9}' > run/run.json
  refused 3 'run/run.json: schema_version is 9, expected 1' \
    "$REPORT" text run
  echo '{"schema_version": 1, "state": "odd"}' > run/run.json
  refused 3 'run/run.json: state is neither' "$REPORT" text run
  echo '{"schema_version": 1, "state": "complete"}' > run/run.json
  refused 3 'run/run.json: lists no programs' "$REPORT" text run
  echo '{"schema_version": 1, "state": "complete", "programs":
    [{"name": "../../etc"}]}' > run/run.json
  refused 3 'run/run.json: "../../etc" is no program' "$REPORT" text run
  run_directory broken complete
  : > broken/out/first_test.db
  refused 3 'broken/out/first_test.db: an empty file' "$REPORT" text broken
}

@test "bad input: a file that may not be read" {
  store run.db clean
  chmod 0 run.db
  refused 3 'run.db: Permission denied' as_nobody text "$PWD/run.db"
}

@test "bad usage is told from bad input" {
  local arguments
  for arguments in '' text '-o file' '-x text run.db'; do
    # shellcheck disable=SC2086 # the words of a command
    run --separate-stderr "$REPORT" $arguments
    [ "$status" -eq 3 ]
    [ -z "$output" ]
    [[ $stderr == *usage:* ]]
  done
  refused 3 'no format "pdf"' "$REPORT" pdf run.db
  run --separate-stderr "$REPORT" -h
  [ "$status" -eq 0 ]
  [[ $output == *"Exit status:"* ]]
}

@test "-o leaves a whole report or what was there before" {
  store run.db clean
  "$REPORT" html run.db > expected
  "$REPORT" -o page.html html run.db
  cmp expected page.html
  [ "$(ls)" = "expected
page.html
run.db" ]
  echo old > page.html
  echo 'no database' > text.db
  refused 3 'not an SQLite file' "$REPORT" -o page.html html run.db text.db
  [ "$(cat page.html)" = old ]
  [ "$(ls)" = "expected
page.html
run.db
text.db" ]
}

@test "cannot write: no such directory, no permission" {
  store run.db clean
  refused 4 'report_fixture: missing/page.html: No such file' \
    "$REPORT" -o missing/page.html html run.db
  mkdir locked
  chmod 555 locked
  refused 4 'locked/page.html: Permission denied' \
    as_nobody -o "$PWD/locked/page.html" html "$PWD/run.db"
  [ -z "$(ls -A locked)" ]
}

@test "cannot write: the disk is full" {
  [ -c /dev/full ] || skip "needs /dev/full"
  store run.db clean
  # shellcheck disable=SC2016 # $1 is of the inner shell
  refused 4 'standard output: No space left' \
    sh -c 'exec "$1" html run.db > /dev/full' sh "$REPORT"
  refused 4 '/dev/full: No space left' "$REPORT" -o /dev/full json run.db
}

@test "cannot write: a file stays below the limit, and none is left" {
  store run.db clean
  # shellcheck disable=SC2016 # $1 is of the inner shell
  refused 4 'page.html: File too large' \
    sh -c 'ulimit -f 8; exec "$1" -o page.html html run.db' sh "$REPORT"
  [ "$(ls)" = run.db ]
}

@test "a reader that goes away is an error, not a signal" {
  store run.db clean
  # shellcheck disable=SC2016 # $1 is of the inner shell
  run --separate-stderr sh -c '{ "$1" html run.db; echo $? > status; } | :' \
    sh "$REPORT"
  [ "$(cat status)" -eq 4 ]
  [[ $stderr == *"standard output: Broken pipe"* ]]
}

# broken LINE TEXT: what is said of that line where claims.tsv becomes C.
broken() {
  printf '# fault\tclaims\nmsync_noop\tMSYNC_*\n%b\n' "$1" > claims.tsv
  run --separate-stderr awk -f "$BATS_TEST_DIRNAME/breaks.awk" claims.tsv
  [ "$status" -eq 1 ]
  [ "$stderr" = "claims.tsv:3: $2" ]
}

@test "bad input: a line of claims.tsv is refused with its number, in one line" {
  broken 'msync_noop' 'not two columns, nor four'
  broken 'msync_noop\tA\tb:c' 'not two columns, nor four'
  broken 'msync_noop\tA\tb:c\tbecause\tof' 'not two columns, nor four'
  broken 'msync_noop\tA\r' 'a carriage return'
  broken '# of it\r' 'a carriage return'
  broken ' msync_noop\tA' '" msync_noop" is no name of a fault'
  broken '\tA' '"" is no name of a fault'
  broken 'msync_noop\t' '"" names no claims'
  broken 'msync_noop\tA"' '"A"" names no claims'
  broken 'msync_noop\tA\tb\\\tbecause' '"b\" names no cases'
  broken 'msync_noop\tA\tb:c\t ' 'no reason'
  broken 'msync_noop\tMSYNC_*' 'the same as line 2'
  printf 'a_b\tA B_*? !C-[DE]\tb_test:c *:d\t"So \\ what"\na_b\tE\n' \
    > claims.tsv
  run --separate-stderr awk -f "$BATS_TEST_DIRNAME/breaks.awk" claims.tsv
  [ "$status" -eq 0 ]
  [ "$output" = '	{ "a_b", "A B_*? !C-[DE]", "b_test:c *:d" },
	{ "a_b", "E", NULL },' ]
}
