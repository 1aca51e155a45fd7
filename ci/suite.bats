#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# What the suite promises about itself, on the machine at hand: its cases pass,
# are known, or say why they cannot run; whoever runs them, however many at once,
# again and again; and nothing is left behind.  "make check" has built it.

bats_require_minimum_version 1.5.0

# A copy that any user can read, with room to write for the unprivileged one.
setup_file() {
  export ROOT COPY
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  COPY=$(mktemp -d /tmp/mmapcheck-suite.XXXXXX)
  mkdir "$COPY/tests" "$COPY/privileged" "$COPY/unprivileged"
  cp "$ROOT/Kyuafile" "$COPY"
  cp "$ROOT/tests/Kyuafile" "$ROOT"/tests/*_test "$COPY/tests"
  chmod -R a+rX "$COPY"
  if [ "$(id -u)" -eq 0 ]; then chown nobody "$COPY/unprivileged"; fi
}

teardown_file() {
  rm -rf "$COPY"
}

# Runs the suite as user $1 at parallelism $2 and prints what Kyua complains
# about; the store is $COPY/$1/$2.db.
run_suite() {
  kyua="cd $COPY && env -i PATH=$PATH HOME=$COPY/$1 kyua \
    --logfile=$COPY/$1/log -v parallelism=$2 test -r $COPY/$1/$2.db"
  rm -f "$COPY/$1/$2.db"
  if [ "$1" = unprivileged ] && [ "$(id -u)" -eq 0 ]; then
    SHELL=/bin/sh run su -m nobody -c "$kyua"
  else
    run sh -c "$kyua"
  fi
  [ "$status" -eq 0 ] || {
    echo "kyua test as $1, parallelism $2: status $status"
    printf '%s\n' "${lines[@]}" | grep -E '  ->  (failed|broken):|^kyua: '
    return 1
  }
}

# Every case's outcome, in the words of the reports; "disturbed" is what others on
# the machine kept from being decided (verdict_again() in helpers/verdict.h).
outcomes() {
  sqlite3 "$1" "
    SELECT relative_path || ':' || name || ' ' ||
           CASE WHEN result_type <> 'skipped' THEN result_type
             WHEN result_reason LIKE 'untested: others on this machine moved %'
             THEN 'disturbed:'
             ELSE substr(result_reason, 1, instr(result_reason, ':')) END
    FROM test_results JOIN test_cases USING (test_case_id)
                      JOIN test_programs USING (test_program_id)
    ORDER BY 1"
}

three_times() {
  for parallelism in 1 2 8; do
    run_suite "$1" $parallelism
    outcomes "$COPY/$1/$parallelism.db" >"$COPY/$1/$parallelism.outcomes"
  done
  cd "$COPY/$1" || return 1
  # All of what Kyua lists ran, and gave the same each time.
  cases=$(cd "$ROOT" && HOME=$COPY/$1 kyua --logfile="$COPY/$1/log" list |
    wc -l)
  [ "$cases" -gt 0 ]
  [ "$(wc -l <1.outcomes)" -eq "$cases" ]
  # What others disturbed in one of them is no difference; but most are decided.
  sed -n 's/ disturbed:$//p' 1.outcomes 2.outcomes 8.outcomes | sort -u >disturbed
  cat disturbed
  [ "$(wc -l <disturbed)" -le 15 ]
  for parallelism in 1 2 8; do
    awk 'FILENAME == "disturbed" { skip[$1]; next } !($1 in skip)' disturbed \
      $parallelism.outcomes >$parallelism.compared
  done
  diff 1.compared 2.compared
  diff 1.compared 8.compared
  # Who skips says in the agreed words why.
  run ! grep -vE ' (passed|expected_failure|unsupported:|untested:)$' 1.compared
}

@test "every claim has a case and every case a claim" {
  "$ROOT/ci/claims"
}

@test "each row of tests/coverage.tsv names cases that there are" {
  "$ROOT/ci/coverage"
}

@test "as root, three times at parallelism 1, 2 and 8: no failure, same outcomes" {
  [ "$(id -u)" -eq 0 ] || skip "untested: needs root"
  three_times privileged
}

@test "unprivileged, three times at parallelism 1, 2 and 8: no failure, same outcomes" {
  three_times unprivileged
}

@test "a run leaves nothing behind" {
  private=''
  if [ "$(uname -s)" = Linux ] && [ "$(id -u)" -eq 0 ] &&
    unshare --mount --ipc --pid --fork true 2>/dev/null; then
    private=-p # or everybody else's files and processes show up, too
  elif [ "$(id -u)" -ne 0 ]; then
    private=-o
  fi
  cd "$ROOT"
  # shellcheck disable=SC2086 # an option or none
  run ci/leftovers $private sh -c '
    home=$(mktemp -d)
    env -i PATH="$PATH" HOME="$home" kyua --logfile="$home/log" \
      -v parallelism=2 test -r "$home/store.db"
    status=$?
    rm -rf "$home"
    exit $status'
  printf '%s\n' "${lines[@]}" |
    grep -E '^(left|changed|gone|leftovers): |  ->  (failed|broken):' || true
  [ "$status" -eq 0 ]
}

@test "recorded matrices agree with the oracles" {
  cd "$ROOT"
  make -s replay
}

# One test a rule, so that the name of a failing one says what is wrong.
lint() {
  run "$ROOT/ci/lint" "$1"
  echo "$output"
  case $output in
  *"# SKIP "*) skip "${output##*"# SKIP "}" ;;
  esac
  [ "$status" -eq 0 ]
}

@test "lint: layers" { lint layers; }
@test "lint: circles" { lint circles; }
@test "lint: conditionals" { lint conditionals; }
@test "lint: system names" { lint system_names; }
@test "lint: verdicts" { lint verdicts; }
@test "lint: sleeps" { lint sleeps; }
@test "lint: addresses" { lint addresses; }
@test "lint: raw calls" { lint raw_calls; }
@test "lint: programs" { lint programs; }
@test "lint: exclusive" { lint exclusive; }
@test "lint: claims" { lint claims; }
@test "lint: sources" { lint sources; }
@test "lint: pairs" { lint pairs; }
@test "lint: stubs" { lint stubs; }
@test "lint: sizes" { lint sizes; }
@test "lint: twins" { lint twins; }
@test "lint: readmes" { lint readmes; }
@test "lint: licence" { lint licence; }
@test "lint: shell" { lint shell; }
@test "lint: format" { lint format; }
@test "lint: analysis" { lint analysis; }
@test "lint: manuals" { lint manuals; }

@test "lint: there is a test above for each rule" {
  "$ROOT/ci/lint" -l | while read -r rule; do
    grep -q "{ lint $rule; }\$" "$BATS_TEST_FILENAME" || {
      echo "no test for the rule $rule"
      exit 1
    }
  done
}
