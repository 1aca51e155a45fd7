#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The driver with a real kernel in a real QEMU: panics, a QEMU that is killed, a
# disk that is full.

bats_require_minimum_version 1.5.0

load fake-qemu

# real ARGUMENT...: with nobody's settings; the packages' cache is the usual one.
real() {
  command -v qemu-system-x86_64 >/dev/null || skip "untested: needs QEMU"
  run env -u KERNEL -u BUSYBOX -u CI_HANG TMPDIR="$FAKE/tmp" \
    timeout 300 "$ROOT/ci/run" -a tcg -o "$FAKE/run" "$@" linux-6.1
  printf '%s\n' "$output"
  case $output in
  *"neither in the package lists"* | *"cannot be downloaded"*)
    skip "untested: ${output##*run: }"
    ;;
  esac
  nothing_stays
}

# program NAME CASE...: a test program that is shell; each case is read from
# standard input, a line of shell for each.
program() {
  {
    printf '%s\n' '#!/bin/sh' 'if [ "$1" = -l ]; then' \
      "printf 'Content-Type: application/X-atf-tp; version=\"1\"\n'"
    for name in "${@:2}"; do
      printf '%s\n' "printf '\nident: $name\nX-claim: CLAIM\n'"
    done
    # -r RESULT -v KEY=VALUE CASE, in the order that runcase gives.
    printf '%s\n' exit 'fi' 'result=$2' 'for name; do :; done' 'case $name in'
    for name in "${@:2}"; do
      read -r line
      printf '%s\n' "$name) $line ;;"
    done
    printf '%s\n' 'esac' 'echo passed >"$result"'
  } >"$1"
  chmod +x "$1"
}

# A suite of programs that need nothing but the guest's shell.
shell_suite() {
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir -p mmapcheck-shell/tests
  cc -static -std=c11 -D_GNU_SOURCE -O -o mmapcheck-shell/runcase \
    "$ROOT/ci/bundle/runcase.c" || return 1
  cp "$ROOT/ci/bundle/run" "$ROOT/ci/console2run" mmapcheck-shell
  cd mmapcheck-shell || return 1
  echo '0.1 abc1234 shell' >VERSION
  printf '%s\n' one_test two_test >programs
  printf '%s\n' 'atf_test_program{name="one_test"}' \
    'atf_test_program{name="two_test", is_exclusive=true}' >tests/Kyuafile
  program tests/one_test a b c
  program tests/two_test d <<<:
  cd ..
  tar -czf shell.tar.gz mmapcheck-shell
}

@test "a real kernel that panics in a case, and another boot for the rest" {
  shell_suite <<'S'
echo fine
echo c >/proc/sysrq-trigger; sleep 600
echo fine
S
  real -b "$BATS_TEST_TMPDIR/shell.tar.gz"
  [ "$status" -eq 2 ]
  [[ $output == *"verdict    QEMU: Kernel panic - not syncing: sysrq triggered crash, while one_test:b ran; 1 pass, 1 broken" ]]
  [ "$(result_of one_test:a)" = passed ]
  [[ $(result_of one_test:b) == 'broken: the system ended in this case: '* ]]
  [ ! -e "$FAKE/run/out/one_test/c.result" ]
  grep -q '"state": "partial"' "$FAKE/run/run.json"
  real -b "$BATS_TEST_TMPDIR/shell.tar.gz" --resume
  [ "$status" -eq 1 ]
  [[ $output == *"verdict    not as claimed: 3 pass, 1 broken" ]]
  [[ $(result_of one_test:b) == 'broken: the system ended in this case: '* ]]
  grep -q '"state": "complete"' "$FAKE/run/run.json"
}

@test "a real QEMU that is killed in a case: the case is not to blame, and runs again" {
  shell_suite <<'S'
echo fine
grep -q one_test:b /job/queue || sleep 600
echo fine
S
  (
    eventually 60 runs one_test:b
    kill -KILL "$(pgrep -f "^qemu-system-x86_64 .*path=$FAKE/run/")"
  ) 3>&- &
  real -b "$BATS_TEST_TMPDIR/shell.tar.gz"
  [ "$status" -eq 2 ]
  [[ $output == *"verdict    QEMU was ended by signal 9, while one_test:b ran; 1 pass" ]]
  [ ! -e "$FAKE/run/out/one_test/b.result" ]
  # On its second boot it is asked for by name, and does not wait.
  real -b "$BATS_TEST_TMPDIR/shell.tar.gz" --resume
  [ "$status" -eq 0 ]
  [[ $output == *"verdict    clean: 4 pass" ]]
}

@test "a disk that fills up under a real kernel: said in a line, and finished cases are there" {
  unshare --map-root-user --mount true 2>/dev/null ||
    skip "untested: needs user namespaces"
  shell_suite <<'S'
echo fine
dd if=/dev/zero bs=1k count=200 2>/dev/null | tr '\\0' x
echo fine
S
  # Room for the beginning; what is on it is copied before it goes away.
  mkdir "$BATS_TEST_TMPDIR/disk" "$FAKE/run"
  cat >"$BATS_TEST_TMPDIR/filled" <<'F'
mount -t tmpfs -o size=160k none "$1" || exit
"$2" -a tcg -o "$1/run" -b "$3" linux-6.1
status=$?
cp -R "$1/run/." "$4"
exit $status
F
  run env -u KERNEL -u BUSYBOX -u CI_HANG TMPDIR="$FAKE/tmp" timeout 200 \
    unshare --map-root-user --mount sh "$BATS_TEST_TMPDIR/filled" \
    "$BATS_TEST_TMPDIR/disk" "$ROOT/ci/run" "$BATS_TEST_TMPDIR/shell.tar.gz" \
    "$FAKE/run"
  printf '%s\n' "$output"
  [ "$status" -eq 3 ]
  # One line of it, behind those of the phases.
  [[ ${lines[-1]} == "run: linux-6.1: $BATS_TEST_TMPDIR/disk/run/lines.log: cannot be written" ]]
  [[ ${lines[-2]} == "linux-6.1: run "* ]]
  nothing_stays
  # With room again it goes on from there.
  real -b "$BATS_TEST_TMPDIR/shell.tar.gz" --resume
  [ "$status" -eq 0 ]
  [[ $output == *"verdict    clean: 4 pass" ]]
  # Not all was run again.
  [ "$(grep -c '^@@case one_test:a$' "$FAKE/run/lines.log")" -eq 1 ]
}

@test "linux-6.1, a real one: system_test in QEMU, without KVM" {
  real -p system_test
  [ "$status" -eq 0 ]
  [[ $output == *"verdict    clean: "* ]]
  [ "$(result_of system_test:identity)" = passed ]
  # The guest's kernel it was, not this one; and what the target asked for.
  grep -q "^fact	system.release	6\.1\.[0-9-]*cloud-amd64$" \
    "$FAKE/run/out/system_test/identity.stdout"
  grep -q "^fact	huge_pages_total	16$" \
    "$FAKE/run/out/system_test/identity.stdout"
  grep -q '"package": "linux-image-6\.1\.' "$FAKE/run/run.json"
}
