#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The driver, with a fake QEMU whose guests do what guests do: panic, hang, print
# garbage, vanish; and a driver that is stopped itself, or has no room.

bats_require_minimum_version 1.5.0

load fake-qemu

@test "a panic in a case: 2, the case named, what had finished kept" {
  guest <<'G'
one >>"$lines"
printf '@@case one_test:c\n@@out half of it\n' >>"$lines"
echo '[   12.345678] Kernel panic - not syncing: Fatal exception'
G
  drive
  [ "$status" -eq 2 ]
  [[ $output == *"verdict    QEMU: Kernel panic - not syncing: Fatal exception, while one_test:c ran"* ]]
  [ "$(result_of one_test:b)" = passed ]
  [[ $(result_of one_test:c) == 'broken: the system ended in this case: Kernel panic'* ]]
  [ ! -e "$FAKE/run/out/two_test/d.result" ]
  grep -q '"state": "partial"' "$FAKE/run/run.json"
}

@test "--resume goes on after the case, and what then is complete is all there" {
  guest <<'G'
one >>"$lines"
printf '@@case one_test:c\n' >>"$lines"
echo '[   12.345678] Kernel panic - not syncing: Fatal exception'
G
  drive
  [ "$status" -eq 2 ]
  guest <<'G'
two >>"$lines"
close
G
  drive --resume
  [ "$status" -eq 1 ]
  # Only what was left was asked for.
  [ "$(grep -a -c 'one_test:' "$FAKE/initrd")" -eq 0 ]
  [ "$(grep -a -c 'two_test two_test$' "$FAKE/initrd")" -eq 1 ]
  [[ $output == *"3 pass, 1 broken"* ]]
  [ "$(result_of two_test:d)" = passed ]
  [ "$(grep -c 'Linux version' "$FAKE/run/console.log")" -eq 2 ]
}

@test "--resume of a program that was not at its end asks for its other cases" {
  guest <<'G'
part one_test a b c >>"$lines"
result one_test:a passed >>"$lines"
printf '@@case one_test:b\n' >>"$lines"
echo '[   12.345678] Oops: 0002 [#1] SMP'
G
  drive
  [ "$status" -eq 2 ]
  guest <<'G'
{ part one_test c; result one_test:c passed; ending; } >>"$lines"
two >>"$lines"
close
G
  drive --resume
  [ "$status" -eq 1 ]
  grep -a -q 'one_test one_test:c $' "$FAKE/initrd"
  [ "$(result_of one_test:c)" = passed ]
  [[ $output == *"3 pass, 1 broken"* ]]
}

@test "--resume with another kernel is refused" {
  guest <<'G'
one >>"$lines"
G
  drive
  [ "$status" -eq 2 ]
  echo another >"$FAKE/kernel"
  drive --resume
  echo kernel >"$FAKE/kernel"
  [ "$status" -eq 3 ]
  [[ $output == *"is of another kernel"* ]]
  grep -q '"name": "linux-6.1"' "$FAKE/run/run.json"
  [ "$(result_of one_test:b)" = passed ]
}

@test "--resume where there is nothing to resume: 3" {
  mkdir "$FAKE/run"
  drive --resume
  [ "$status" -eq 3 ]
  [[ $output == *"holds no run of a guest"* ]]
}

@test "a panic while two workers run: both cases are named" {
  guest <<'G'
one >>"$lines"
printf '@@case one_test:c\n' >>"$lines"
part two_test d >>"$other"
printf '@@case two_test:d\n' >>"$other"
echo 'BUG: unable to handle page fault for address: 0000000000000010'
sleep 600
G
  drive
  [ "$status" -eq 2 ]
  [[ $output == *"while one_test:c two_test:d ran"* ]]
}

@test "a guest that says it cannot: its own words" {
  guest <<'G'
echo 'init: /proc/sys/vm/nr_hugepages: cannot be set to 16'
G
  drive
  [ "$status" -eq 2 ]
  [[ $output == *"/proc/sys/vm/nr_hugepages: cannot be set to 16"* ]]
}

@test "a guest that prints garbage: 2, and no result of it" {
  guest <<'G'
head -c 100000 /dev/urandom
head -c 100000 /dev/urandom >>"$lines"
printf '@@case ../../etc/passwd\n@@result passed\n@@case x:y\n@@result passed\n' >>"$other"
printf '@@run program ../../../escaped\n@@out \\' >>"$other"
G
  drive
  [ "$status" -eq 2 ]
  [ -z "$(find "$FAKE/run/out" -name '*.result')" ]
  [ -z "$(find "$FAKE" -name '*escaped*')" ]
}

@test "a stream that is cut short anywhere keeps what was whole" {
  guest <<'G'
{ one; result one_test:c passed; ending; two; close; } >"$FAKE/whole"
head -c "$(cat "$FAKE/cut")" "$FAKE/whole" >>"$lines"
G
  for cut in 0 7 400 430 520; do
    echo $cut >"$FAKE/cut"
    rm -rf "$FAKE/run"
    drive
    [ "$status" -eq 2 ]
    # What ends in a newline is whole.
    whole=$(head -c $cut "$FAKE/whole" | tr '\n' '|' |
      grep -o '@@result passed|' | wc -l)
    passed=$(find "$FAKE/run/out" -name '*.result' -exec grep -l passed {} + |
      wc -l)
    echo "cut at $cut: $whole results, $passed brought back"
    [ "$passed" -eq "$whole" ]
  done
}

@test "QEMU is killed: 2, its signal, and the case is not to blame" {
  guest <<'G'
one >>"$lines"
printf '@@case one_test:c\n' >>"$lines"
kill -KILL $$
G
  drive
  [ "$status" -eq 2 ]
  [[ $output == *"QEMU was ended by signal 9, while one_test:c ran"* ]]
  [ "$(result_of one_test:b)" = passed ]
  [ ! -e "$FAKE/run/out/one_test/c.result" ]
}

@test "QEMU cannot start: 2, and what it said" {
  guest <<'G'
echo 'qemu-system-x86_64: invalid accelerator' >&2
exit 1
G
  drive
  [ "$status" -eq 2 ]
  [[ $output == *"QEMU ended with status 1: qemu-system-x86_64: invalid accelerator"* ]]
}

@test "a guest that says nothing at all: 2, after the time it may take" {
  guest <<'G'
sleep 600
G
  drive -t 3
  [ "$status" -eq 2 ]
  [[ $output == *"not at its end after 3 s"* ]]
}

@test "a guest that hangs in a case: 2, and the case is named" {
  guest <<'G'
one >>"$lines"
printf '@@case one_test:c\n' >>"$lines"
sleep 600
G
  CI_HANG=4 drive
  [ "$status" -eq 2 ]
  [[ $output == *"no sign of life for 4 s, while one_test:c ran"* ]]
  [[ $(result_of one_test:c) == 'broken: '*'no sign of life'* ]]
}

@test "the driver is stopped: it says where, keeps what had finished, and dies of it" {
  guest <<'G'
one >>"$lines"
printf '@@case one_test:c\n' >>"$lines"
sleep 600
G
  drive_until one_test:c
  kill -TERM $driver
  status=0
  wait $driver || status=$?
  cat "$BATS_TEST_TMPDIR/out"
  [ $status -eq 143 ]
  grep -q 'verdict    stopped by SIGTERM in one_test:c' "$BATS_TEST_TMPDIR/out"
  [ "$(result_of one_test:b)" = passed ]
  nothing_stays
}

@test "a driver that was killed leaves what --resume needs, and no guest" {
  guest <<'G'
one >>"$lines"
printf '@@case one_test:c\n' >>"$lines"
sleep 50
G
  drive_until one_test:c
  kill -KILL $driver
  status=0
  wait $driver || status=$?
  [ $status -eq 137 ]
  eventually 10 nothing_stays
  guest <<'G'
{ part one_test c; result one_test:c passed; ending; } >>"$lines"
two >>"$lines"
close
G
  drive --resume
  [ "$status" -eq 0 ]
  [[ $output == *"clean: 4 pass"* ]]
}

@test "the disk is full: 2 or 3, said in a line, and what had finished is there" {
  guest <<'G'
one >>"$lines"
head -c 3000000 /dev/zero | tr '\0' x >>"$other"
G
  run bash -c "
    trap '' XFSZ
    ulimit -f 1024
    exec env PATH='$FAKE/bin:$PATH' KERNEL='$FAKE/kernel' FAKE='$FAKE' \
      BUSYBOX='$FAKE/busybox' TMPDIR='$FAKE/tmp' CI_ACCEL=tcg \
      timeout 60 '$ROOT/ci/run' -b '$FAKE/bundle.tar.gz' -o '$FAKE/run' \
      linux-6.1"
  printf '%s\n' "$output"
  [ "$status" -eq 2 ] || [ "$status" -eq 3 ]
  [ "$(result_of one_test:b)" = passed ]
  nothing_stays
}

@test "no room for the run directory: 3" {
  ln -s /dev/null "$FAKE/run"
  guest </dev/null
  drive
  rm -f "$FAKE/run"
  [ "$status" -eq 3 ]
  [[ $output == *"cannot be"* ]]
}
