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

@test "every case that passes here turns red under the fault named for it" {
  run --separate-stderr ci/faults/falsify -p -j 2
  # Cases that need a privilege, as root or not, are no news.
  [ "$status" -eq 0 ] || {
    printf '%s\n' "${lines[@]}" "$stderr"
    return 1
  }
  [[ ${lines[-1]} == "cases proven able to fail: "* ]]
}

@test "a fault turns red what it should, and nothing else" {
  run --separate-stderr ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" \
    msync_noop msync_test protection_test
  [[ "$output" == *"msync_noop "*" 2 of    2 cases red"* ]]
  python3 -m json.tool "$BATS_TEST_TMPDIR/out.json" >/dev/null
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
