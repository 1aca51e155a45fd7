#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# That every case can fail: each is run under the fault that ci/faults/proofs.tsv
# names for it, and must turn red; and that nothing does without a fault.
# "make check" has built what this takes.

bats_require_minimum_version 1.5.0

setup() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  cd "$ROOT" || return 1
  [ "$(uname -s)" = Linux ] || skip "unsupported: faults are injected on Linux"
}

# A place with files of its own beside the programs that are built.
make_place() {
  PLACE=$BATS_TEST_TMPDIR/place
  mkdir -p "$PLACE/ci/faults"
  ln -s "$ROOT/tests" "$PLACE/tests"
  ln -s "$ROOT/ci/faults/libfaults.so" "$PLACE/ci/faults/libfaults.so"
  cd "$PLACE" || return 1
}

# proven [COMMAND...]: each case under its proof, run by that command.
proven() {
  run --separate-stderr "$@" ci/faults/falsify -p -j 2
  # Cases that need a privilege, as root or not, are no news.
  [ "$status" -eq 0 ] || {
    printf '%s\n' "${lines[@]}" "$stderr"
    return 1
  }
  [[ ${lines[-1]} == "cases proven able to fail: "* ]]
}

@test "every case that passes here turns red under the fault named for it" {
  proven
}

@test "... and as a user without privileges" {
  [ "$(id -u)" -eq 0 ] || skip "unsupported: this is such a user"
  place=$(mktemp -d)
  chown 65534:65534 "$place"
  nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups
    env TMPDIR="$place")
  if "${nobody[@]}" test -r ci/faults/libfaults.so -a -w "$place"; then
    proven "${nobody[@]}" || status=1
  else
    status=2
  fi
  rm -rf "$place"
  [ "$status" -ne 2 ] || skip "untested: others may not read this tree"
  [ "$status" -eq 0 ]
}

@test "a fault turns red what it should, and nothing else" {
  run --separate-stderr ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" \
    msync_noop msync_test protection_test
  [[ "$output" == *"msync_noop "*" 2 of    2 cases red"* ]]
  python3 -m json.tool "$BATS_TEST_TMPDIR/out.json" >/dev/null
}

@test "a case is run under no fault that could not touch it" {
  run --separate-stderr ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" \
    mmap_EEXIST_as_ENOMEM sigsegv_for_sigbus sigbus_for_sigsegv \
    msync_test eof_test:page_past_the_end
  [[ "$output" == *"mmap_EEXIST_as_ENOMEM "*" 0 of    0 cases red"* ]]
  [[ "$output" == *"sigsegv_for_sigbus "*" 1 of    1 cases red"* ]]
  [[ "$output" == *"sigbus_for_sigsegv "*" 0 of    0 cases red"* ]]
}

@test "the table tells both ways, and how long it took" {
  run --separate-stderr ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" \
    msync_noop msync_test
  [[ "$output" == *"took 0 min "*" runs, 2 at a time"* ]]
  run cat "$BATS_TEST_TMPDIR/out.txt"
  [[ "$output" == *"msync_noop "*"	msync_test:written_back failed"* ]]
  [[ "$output" == *"msync_test:written_back
	msync_noop"* ]]
  [[ "$output" == *"took 0 min "* ]]
}

@test "--help tells how another program is run under a fault" {
  run ci/falsify --help
  [ "$status" -eq 0 ]
  [[ "$output" == *"LD_PRELOAD=$ROOT/ci/faults/libfaults.so"* ]]
  [[ "$output" == *"MMAPCHECK_FAULT_ANY=1"* ]]
}

@test "a fault listed as unseen that does not exist is refused in one line" {
  make_place
  printf 'no_such_fault\tbecause\n' >ci/faults/unseen.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$output" = "" ]
  [ "$stderr" = "falsify: ci/faults/unseen.tsv:1: there is no fault \
no_such_fault" ]
}

@test "a fault listed as unseen without a reason is refused in one line" {
  make_place
  printf 'msync_noop\n' >ci/faults/unseen.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/unseen.tsv:1: not two columns" ]
}

@test "a fault listed as unseen that a case sees is told" {
  make_place
  printf 'msync_noop\tbecause\n' >ci/faults/unseen.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    msync_noop msync_test
  [ "$status" -eq 1 ]
  [[ "$output" == *"ci/faults/unseen.tsv lists msync_noop, and \
msync_test:written_back sees it"* ]]
}

@test "a fault that nothing sees is shown with its reason, and not counted" {
  make_place
  printf 'malloc_slow\tbecause\n' >ci/faults/unseen.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    malloc_slow msync_noop msync_test:written_back
  [ "$status" -eq 0 ]
  [[ "$output" == *"malloc_slow "*" cases red; because"* ]]
  [[ ${lines[-3]} == "not detected, with a reason in "*": 1" ]]
  [ "${lines[-2]}" = "faults detected: 1 of 2" ]
}

# chosen STATUS PROOF_OF_FIRST PROOF_OF_SECOND FAULT...: what -w makes of these
# lines for two cases of msync_test, run under the faults.
chosen() {
  local expected=$1
  printf '%s\t%s\tx\n' msync_test:written_back "$2" \
    msync_test:dirty_until_msync "$3" >ci/faults/proofs.tsv
  shift 3
  run "-$expected" "$ROOT/ci/faults/falsify" -w -o out.json "$@" msync_test
  run cut -f 1,2 ci/faults/proofs.tsv
}

@test "-w keeps a line that is true, and replaces one that is not" {
  make_place
  chosen 0 msync_page_short msync_fails_EIO \
    msync_page_short msync_noop msync_fails_EIO
  [[ "$output" == *"msync_test:written_back	msync_page_short"* ]]
  [[ "$output" == *"msync_test:dirty_until_msync	msync_fails_EIO"* ]]
  # No case of it sees the first of these faults.
  chosen 1 wipeonfork_ignored dirty_not_counted \
    dirty_not_counted msync_noop wipeonfork_ignored
  [[ "$output" == *"msync_test:written_back	msync_noop"* ]]
  [[ "$output" == *"msync_test:dirty_until_msync	dirty_not_counted"* ]]
}

@test "a name that is neither a fault nor a case is refused in one line" {
  run --separate-stderr ci/faults/falsify no_such_name
  [ "$status" -eq 3 ]
  [ "$output" = "" ]
  [ "$stderr" = "falsify: no_such_name is neither a fault nor a case" ]
}

@test "an output that cannot be written is one line, and nothing is left" {
  out=$BATS_TEST_TMPDIR/missing/out.json
  run --separate-stderr ci/faults/falsify -o "$out" msync_noop msync_test
  [ "$status" -eq 4 ]
  [ "$stderr" = "falsify: $out.new: No such file or directory" ]
}

@test "a fault that does not exist stops a program of the suite" {
  LD_PRELOAD=$ROOT/ci/faults/libfaults.so MMAPCHECK_FAULT=no_such_fault \
    run tests/errors_test -l
  [ "$status" -eq 3 ]
  [ "$output" = 'faults: there is no fault "no_such_fault"' ]
}

@test "any other program can be run under a fault" {
  run env LD_PRELOAD="$ROOT/ci/faults/libfaults.so" MMAPCHECK_FAULT_ANY=1 \
    MMAPCHECK_FAULT=mmap_fails_ENOMEM ls /
  [ "$status" -eq 0 ]
}

@test "interrupted, it leaves neither runs nor files behind" {
  export TMPDIR=$BATS_TEST_TMPDIR
  ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" matrix_test &
  for _ in $(seq 100); do
    compgen -G "$BATS_TEST_TMPDIR/mmapcheck.*/*" >/dev/null && break
    sleep 0.1
  done
  kill -TERM $!
  status=0
  wait $! || status=$?
  [ "$status" -eq 143 ]
  run find "$BATS_TEST_TMPDIR" -name 'mmapcheck.*'
  [ "$output" = "" ]
}
