# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the tests of the report tool: stores and run directories, built from
# fixtures/*.sql, and the tool with the claims of fixtures/claims.def.

setup_file() {
  cd "$BATS_TEST_DIRNAME/.." || exit
  "${MAKE:-make}" -s reports/report_fixture
  export REPORT=$PWD/reports/report_fixture
  # What a run may lean on is set here, not by who runs it.
  export LC_ALL=C.UTF-8
  unset NO_COLOR COLUMNS
}

setup() {
  # Bats keeps files of its own beside this directory.
  mkdir "$BATS_TEST_TMPDIR/work"
  cd "$BATS_TEST_TMPDIR/work" || exit
}

# store FILE FIXTURE...: a store of these fixtures, one after another.
store() {
  local file=$1 name made
  shift
  made=$BATS_FILE_TMPDIR/store$(printf -- '-%s' "$@").db
  if [ ! -e "$made" ]; then
    {
      echo 'PRAGMA synchronous = OFF; BEGIN;'
      for name in schema "$@"; do
        cat "$BATS_TEST_DIRNAME/fixtures/$name.sql"
      done
      echo 'COMMIT;'
    } | sqlite3 "$made.new"
    mv "$made.new" "$made"
  fi
  cp "$made" "$file"
}

# json FILE SQL: a query on a JSON file, which is called document.
json() {
  sqlite3 :memory: "CREATE TABLE file AS
    SELECT CAST(readfile('$1') AS TEXT) AS document; $2"
}

# run_directory DIR STATE: a run of three programs, of which first_test and
# other_test have stores.
run_directory() {
  mkdir -p "$1/out"
  store "$1/all.db" clean
  local program
  for program in first_test other_test; do
    cp "$1/all.db" "$1/out/$program.db"
    sqlite3 "$1/out/$program.db" "PRAGMA synchronous = OFF;
      DELETE FROM test_cases WHERE test_program_id <>
        (SELECT test_program_id FROM test_programs
        WHERE relative_path = 'tests/$program')"
  done
  rm "$1/all.db"
  cat > "$1/run.json" <<EOF
{"schema_version": 1, "suite": {"name": "mmapcheck", "commit": "abc"},
 "system": {"os": "Linux", "release": "6.1.0", "version": "v", "arch": "arm"},
 "started": "2025-11-22T07:38:00Z", "state": "$2", "finished": null,
 "programs": [{"name": "first_test", "status": null},
  {"name": "other_test", "status": null}, {"name": "third_test", "status": null}]}
EOF
}

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
# refused STATUS PATTERN COMMAND...: it ends so, with one line that matches on
# standard error and nothing on standard output.
refused() {
  local expected=$1 pattern=$2
  shift 2
  run --separate-stderr "$@"
  echo "status $status, output: ${output:0:200}"
  echo "error: ${stderr:0:500}"
  [ "$status" -eq "$expected" ]
  [ -z "$output" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr =~ $pattern ]]
}

# The report tool without root's rights.
as_nobody() {
  if [ "$(id -u)" -ne 0 ]; then
    "$REPORT" "$@"
    return
  fi
  cp "$REPORT" "$BATS_TEST_TMPDIR/report"
  chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_RUN_TMPDIR"/*/*
  setpriv --reuid=65534 --regid=65534 --clear-groups \
    "$BATS_TEST_TMPDIR/report" "$@"
}
