#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# ci/bench says how long things take, what the goal is, and on which side of it
# they are.  Mostly in a small tree, by a clock that goes on by as much as the
# test says whenever it is looked at.

bats_require_minimum_version 1.5.0

setup() {
  tree=$BATS_TEST_TMPDIR/tree
  step=$BATS_TEST_TMPDIR/step
  clock=$BATS_TEST_TMPDIR/clock
  calls=$BATS_TEST_TMPDIR/calls
  bin=$BATS_TEST_TMPDIR/bin
  mkdir -p "$tree/ci" "$tree/tests/claims.d" "$bin" "$BATS_TEST_TMPDIR/tmp"
  export TMPDIR=$BATS_TEST_TMPDIR/tmp PATH=$bin:$PATH
  unset MAKE
  cd "$BATS_TEST_TMPDIR" || return 1
  echo 1 >"$step"
  echo 0 >"$clock"
  cp "$BATS_TEST_DIRNAME/bench" "$tree/ci"
  script "$tree/ci/empty_test" :
  script "$tree/ci/falsify" "echo \"falsify \$*\" >>$calls"
  cat >"$tree/tests/Kyuafile" <<'K'
atf_test_program{name="long_test"}
atf_test_program{name="other_test", is_exclusive=true}
K
  seq 30 >"$tree/tests/matrix_test.c"
  { seq 20 && printf '\tCODE(first, A,\n\tCODE(second, B,\n'; } >"$tree/tests/long_test.c"
  seq 10 >"$tree/tests/other_test.c"
  : >"$tree/tests/claims.d/long.def"
  : >"$tree/tests/claims.d/other.def"
  # Writes down how many lines it was that were built.
  printf '%s\n' 'all:' "	cd tests && wc -l *.c claims.d/* | tr '\\n' ' ' >>$calls" \
    "	echo >>$calls" \
    'clean:' '	rm -f tests/*.o' \
    'lint:' '	@echo 1..1' '	@echo ok 1 - lint' 'faults:' >"$tree/Makefile"
  # shellcheck disable=SC2016 # the scripts' own
  script "$bin/date" "clock=\$((\$(cat $clock) + \$(cat $step)))" \
    "echo \$clock | tee $clock"
  script "$bin/uptime" 'echo "12:00 up 1 day, load average: 0.50, 2.00, 2.00"'
  script "$bin/kyua" 'shift 3' 'case $1 in' \
    'list) [ -e "${3%/*}/tests" ] && printf "tests/%s\n" long_test:a long_test:b other_test:c ||' \
    '  sed -n "s/.*name=\"\(.*\)\.\(.*\)_test\".*/\1 \2/p" $3 |' \
    '  while read -r name count; do seq $count | sed "s/^/$name:/"; done ;;' \
    'esac'
}

# An executable, of these lines.
script() {
  printf '%s\n' '#!/bin/sh' "${@:2}" >"$1"
  chmod +x "$1"
}

# Runs bench, and leaves nothing behind.
bench() {
  run --separate-stderr "$tree/ci/bench" "$@"
  [ -z "$(ls -A "$TMPDIR")" ]
}

# Expects a line of these columns.
prints() {
  printf '%s\n' "${lines[@]}" | grep -qxF "$(printf '%s\t%s\t%s\t%s' "$@")" || {
    printf 'no line "%s" in:\n%s\n%s\n' "$*" "$output" "$stderr"
    return 1
  }
}

@test "each figure with its goal, in an order that stays" {
  bench -n 1
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [ "$output" = "$(printf '%s\t%s\t%s\t%s\n' cases 3 - - seconds 1.00 - - \
    milliseconds_per_case 333.3 - - suite_over_empty_cases 1.00 1.5 ok \
    clean_build 1.00 15 ok lint 1.00 10 ok edit_to_built 1.00 3 ok \
    edit_to_proof 1.00 5 ok)" ]
}

@test "a goal is met, or not, by itself" {
  for seconds in 3 4 5 6 10 11 15 16; do
    echo $seconds >"$step"
    bench -n 1
    [ "$status" -eq 0 ]
    for goal in edit_to_built:3 edit_to_proof:5 lint:10 clean_build:15; do
      verdict=over
      [ $seconds -gt ${goal#*:} ] || verdict=ok
      prints ${goal%:*} $seconds.00 ${goal#*:} $verdict
    done
  done
  # The suite takes twice as long as its empty cases.
  sed -i '2a case "$*" in *tree/Kyuafile*store*) echo $(($(cat '"$clock"') + 16)) >'"$clock"' ;; esac' "$bin/kyua"
  bench -n 1
  prints suite_over_empty_cases 2.00 1.5 over
}

@test "medians: one slow run of three does not count" {
  script "$bin/slow" "[ -e $tree/slow ] || echo 500 >$clock" ": >$tree/slow"
  sed -i "s/^all:/&\n\tslow/" "$tree/Makefile"
  bench -n 3
  prints clean_build 1.00 15 ok
  rm "$tree/slow"
  bench -n 1
  run ! prints clean_build 1.00 15 ok
}

@test "what is edited is a claim and a case of the longest program, in a copy" {
  (cd "$tree" && find . -type f -exec cksum {} + | sort) >before
  bench -n 2
  [ "$status" -eq 0 ]
  (cd "$tree" && find . -type f -exec cksum {} + | sort) | diff before -
  # From nothing, twice; then edited, twice.
  long=$(sed -n 's/.* \([0-9]*\) long_test.c .* \([0-9]*\) claims.d.long.def .*/\1 \2/p' "$calls")
  [ "$long" = "$(printf '%s\n' '22 0' '22 0' '23 1' '24 2')" ]
  [ "$(grep -c ' 10 other_test.c .* 0 claims.d/other.def ' "$calls")" -eq 4 ]
  [ "$(grep -c '^falsify -w long_test:first$' "$calls")" -eq 2 ]
  [ "$(grep -c '^falsify -p long_test:first$' "$calls")" -eq 2 ]
}

@test "the make is that of the caller, without its arguments" {
  script "$bin/other-make" 'unset MAKE' 'exec make "$@"'
  MAKE=other-make MAKEFLAGS=n bench -n 1
  prints clean_build 1.00 15 ok
  [ "$(grep -c long_test.c "$calls")" -eq 2 ]
  rm "$bin/other-make"
  MAKE=other-make bench -n 1
  [ "$status" -eq 2 ]
}

@test "what cannot be measured is no figure" {
  sed -i 's/@echo ok 1 - lint/& \\# SKIP untested: shellcheck is not installed/' "$tree/Makefile"
  sed -i 's/^faults:/&\n\t@echo no dlsym here; false/' "$tree/Makefile"
  bench -n 1
  [ "$status" -eq 0 ]
  prints lint - 10 untested
  prints edit_to_proof - 5 untested
  [[ $stderr == *"bench: lint: shellcheck is not installed"* ]]
  [[ $stderr == *"bench: edit_to_proof: faults do not build here"* ]]
}

@test "a machine that does something else is said to" {
  script "$bin/uptime" 'echo " 8:00PM up 2 days, load averages: 3.50, 2.00, 2.00"'
  bench -n 1
  [ "$status" -eq 0 ]
  [ "$stderr" = "bench: the machine is busy (load average above 3): times are longer" ]
}

@test "what fails is no figure: one line, status 2" {
  cp "$tree/Makefile" good
  sed -i 's/^all:/&\n\t@echo lost a header; false/' "$tree/Makefile"
  bench -n 1
  [ "$status" -eq 2 ]
  [[ $stderr == "bench: clean_build: make -j2 failed: "* ]]
  [ "${#stderr_lines[@]}" -eq 1 ]
  cp good "$tree/Makefile"
  sed -i 's/^lint:/&\n\t@echo no awk; false/' "$tree/Makefile"
  bench -n 1
  [ "$status" -eq 2 ]
  [[ $stderr == "bench: lint: make lint failed: "* ]]
  cp good "$tree/Makefile"
  script "$tree/ci/falsify" 'echo not proven; exit 1'
  bench -n 1
  [ "$status" -eq 2 ]
  [ "$stderr" = "bench: edit_to_proof: prove failed: not proven" ]
}

@test "an interruption leaves nothing" {
  script "$bin/linger" "echo \$\$ >$BATS_TEST_TMPDIR/waits" 'exec sleep 5'
  sed -i "s/^all:/&\n\tlinger/" "$tree/Makefile"
  "$tree/ci/bench" -n 1 >/dev/null 3>&- &
  for ((i = 0; i < 100; i++)); do
    [ -s "$BATS_TEST_TMPDIR/waits" ] && break
    sleep 0.1
  done
  kill -TERM $!
  kill -TERM "$(cat "$BATS_TEST_TMPDIR/waits")"
  status=0
  wait $! || status=$?
  [ "$status" -eq 143 ]
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "usage errors: one line, status 2" {
  bench -n 0
  [ "$status" -eq 2 ]
  [ "$stderr" = "bench: '0' is no number of rounds" ]
  bench -x
  [ "$status" -eq 2 ]
  bench more
  [ "$status" -eq 2 ]
  [ "$stderr" = "bench: too many arguments; usage: bench [-n ROUNDS]" ]
  rm "$tree/ci/empty_test"
  bench
  [ "$status" -eq 2 ]
  [ "$stderr" = "bench: ci/empty_test is not built: make bench" ]
}

@test "this tree has all its figures, whatever they are here" {
  PATH=${PATH#"$bin:"}
  make -s -C "$BATS_TEST_DIRNAME/.." ci/empty_test
  run --separate-stderr "$BATS_TEST_DIRNAME/bench" -n 1
  echo "$output $stderr"
  [ "$status" -eq 0 ]
  [ -z "$(ls -A "$TMPDIR")" ]
  [ "${#lines[@]}" -eq 8 ]
  for line in "${lines[@]}"; do
    [[ $line =~ ^[a-z_]+$'\t'[0-9.]+$'\t'([0-9.]+$'\t'(ok|over)|-$'\t'-)$ ]] ||
      [[ $stderr == *"bench: ${line%%$'\t'*}: "* ]]
  done
}
