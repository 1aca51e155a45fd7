#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The driver, with a fake QEMU whose guests do what guests do: end well, panic,
# hang, print garbage, vanish.  At the end a real kernel in a real QEMU.

bats_require_minimum_version 1.5.0

setup_file() {
  export ROOT FAKE
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  FAKE=$BATS_FILE_TMPDIR
  # A suite of two programs; nothing of it is run.
  mkdir -p "$FAKE/mmapcheck-fake/tests" "$FAKE/bin" "$FAKE/tmp"
  cd "$FAKE/mmapcheck-fake" || return 1
  echo '0.1 abc1234 fake' >VERSION
  printf '%s\n' one_test two_test >programs
  printf '#!/bin/sh\n' >run
  chmod +x run
  printf '%s\n' 'atf_test_program{name="one_test"}' \
    'atf_test_program{name="two_test", is_exclusive=true}' >tests/Kyuafile
  cd "$FAKE" || return 1
  tar -czf bundle.tar.gz mmapcheck-fake
  echo kernel >kernel
  echo busybox >busybox
  # Finds out where to write, as QEMU would, and then is $FAKE_GUEST.
  cat >bin/qemu-system-x86_64 <<'QEMU'
#!/bin/sh
[ "$1" != --version ] || { echo 'QEMU emulator version 0.0 (fake)'; exit; }
lines=''
printf '%s\n' "$@" >"$FAKE/arguments"
for argument; do
  case $argument in
  file,id=console,path=*)
    console=${argument#*path=}
    console=${console%%,*}
    ;;
  file:*) lines=${lines:-${argument#file:}} other=${argument#file:} ;;
  esac
  [ "$previous" != -initrd ] || cp "$argument" "$FAKE/initrd"
  previous=$argument
done
exec >>"$console"
echo "[    0.000000] Linux version 0.0"
part() {
  cat <<PART
@@run BEGIN 0.1 abc1234 fake
@@run started 2026-01-01T00:00:00Z
@@run os Linux
@@run release 0.0
@@run version fake
@@run arch x86_64
@@run user 0
@@run program $1
@@list $1 Content-Type: application/X-atf-tp; version="1"
@@list $1 
PART
  program=$1
  shift
  for name; do
    printf '@@list %s ident: %s\n@@list %s \n' "$program" "$name" "$program"
  done
  echo "@@run cases $#"
}
result() {
  printf '@@case %s\n@@out observed: ok\n@@result %s\n' "$1" "$2"
}
ending() {
  printf '@@run finished 2026-01-01T00:00:09Z\n@@done\n'
}
one() {
  part one_test a b c
  result one_test:a passed
  result one_test:b passed
}
two() {
  part two_test d
  result two_test:d "${1-passed}"
  ending
}
close() {
  echo 'guest: end' >>"$lines"
  echo 'guest: end' >>"$other"
}
. "$FAKE/guest"
QEMU
  chmod +x bin/qemu-system-x86_64
}

setup() {
  rm -rf "$FAKE/run" "$FAKE/guest" "$FAKE/cache"
}

# What the fake guest does, as shell code.
guest() {
  cat >"$FAKE/guest"
}

drive() {
  run env PATH="$FAKE/bin:$PATH" KERNEL="$FAKE/kernel" FAKE="$FAKE" \
    BUSYBOX="$FAKE/busybox" TMPDIR="$FAKE/tmp" MMAPCHECK_CACHE="$FAKE/cache" \
    CI_ACCEL=tcg timeout 60 "$ROOT/ci/run" -b "$FAKE/bundle.tar.gz" \
    -o "$FAKE/run" linux-6.1
  printf '%s\n' "$output"
  # Neither files nor processes stay.
  [ -z "$(ls "$FAKE/tmp")" ]
  ! pgrep -f "$FAKE/bin/qemu-system" >/dev/null
}

result_of() {
  cat "$FAKE/run/out/${1%:*}/${1#*:}.result"
}

@test "a guest that ends well: its run is there, and clean" {
  guest <<'G'
{ one; result one_test:c passed; ending; } >>"$lines"
two >>"$lines"
close
G
  drive
  [ "$status" -eq 0 ]
  [[ $output == *"verdict    clean: 4 pass"* ]]
  [ "$(result_of one_test:c)" = passed ]
  [ ! -e "$FAKE/run/lines.1" ]
  [ "$(sqlite3 :memory: "SELECT json_extract(j, '\$.state') || ' ' ||
    json_extract(j, '\$.target.name') || ' ' ||
    json_extract(j, '\$.target.accelerator') FROM
    (SELECT CAST(readfile('$FAKE/run/run.json') AS TEXT) AS j)")" = \
    'complete linux-6.1 tcg' ]
}

@test "QEMU gets no network, no disk and two serial ports more" {
  guest <<'G'
close
G
  drive
  grep -qx -- '-nic' "$FAKE/arguments"
  [ "$(grep -A 1 -x -- '-nic' "$FAKE/arguments" | tail -n 1)" = none ]
  grep -qx -- '-nodefaults' "$FAKE/arguments"
  grep -qx -- '-no-reboot' "$FAKE/arguments"
  run ! grep -qx -- '-drive' "$FAKE/arguments"
  [ "$(grep -c '^file:' "$FAKE/arguments")" -eq 2 ]
}

@test "the initramfs is an archive that others can read" {
  command -v busybox >/dev/null || skip "untested: needs busybox"
  guest <<'G'
close
G
  drive
  mkdir "$BATS_TEST_TMPDIR/root"
  (cd "$BATS_TEST_TMPDIR/root" && busybox cpio -i -d <"$FAKE/initrd")
  cmp "$BATS_TEST_TMPDIR/root/init" "$ROOT/ci/guest/init.linux"
  cmp "$BATS_TEST_TMPDIR/root/bin/busybox" "$FAKE/busybox"
  [ -x "$BATS_TEST_TMPDIR/root/suite/run" ]
  [ "$(cat "$BATS_TEST_TMPDIR/root/job/queue")" = 'one_test one_test' ]
  [ "$(cat "$BATS_TEST_TMPDIR/root/job/alone")" = 'two_test two_test' ]
  grep -qx 'HUGEPAGES=16' "$BATS_TEST_TMPDIR/root/job/settings"
}
