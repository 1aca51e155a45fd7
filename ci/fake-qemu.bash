# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# For the tests of ci/run: a fake QEMU whose guests do what a test says, ways to
# run the driver with it, and what must not be left behind.

# Finds out where to write, as QEMU would, and then is $FAKE/guest.
fake_qemu() {
  cat <<'QEMU'
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
QEMU
  fake_console
}

# How a guest says what $FAKE/guest has it say.
fake_console() {
  cat <<'QEMU'
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
    printf "@@list $program %s\n" "ident: $name" 'X-claim: CLAIM' ''
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
}

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
  fake_qemu >bin/qemu-system-x86_64
  chmod +x bin/qemu-system-x86_64
}

setup() {
  rm -rf "$FAKE/run" "$FAKE/guest" "$FAKE/cache" "$FAKE/asked"
}

# What the fake guest does, as shell code.
guest() {
  cat >"$FAKE/guest"
}

drive() {
  run env PATH="$FAKE/bin:$PATH" KERNEL="$FAKE/kernel" FAKE="$FAKE" \
    BUSYBOX="$FAKE/busybox" TMPDIR="$FAKE/tmp" MMAPCHECK_CACHE="$FAKE/cache" \
    CI_ACCEL=tcg timeout 60 "$ROOT/ci/run" -b "$FAKE/bundle.tar.gz" \
    -o "$FAKE/run" "$@" linux-6.1
  printf '%s\n' "$output"
  nothing_stays
}

# eventually SECONDS COMMAND...: waits until it succeeds.
eventually() {
  local left=$(($1 * 5))
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ $left -gt 0 ] || return 1
    sleep 0.2
  done
}

# Whether the guest got as far as this case, on whichever channel.
runs() {
  cat "$FAKE"/run/lines.[0-9]* 2>/dev/null | grep -a -q "$1"
}

# drive_until CASE: sets driver, a process that still runs then.
drive_until() {
  env PATH="$FAKE/bin:$PATH" KERNEL="$FAKE/kernel" FAKE="$FAKE" \
    BUSYBOX="$FAKE/busybox" TMPDIR="$FAKE/tmp" CI_ACCEL=tcg \
    "$ROOT/ci/run" -b "$FAKE/bundle.tar.gz" -o "$FAKE/run" linux-6.1 \
    >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  driver=$!
  eventually 20 runs "$1"
}

nothing_stays() {
  [ -z "$(ls "$FAKE/tmp")" ] || {
    echo "left in TMPDIR: $(ls "$FAKE/tmp")"
    return 1
  }
  left=$(pgrep -f "[ =]$FAKE/run/|$FAKE/bin/qemu-system") || return 0
  echo "left running: $left"
  return 1
}

result_of() {
  cat "$FAKE/run/out/${1%:*}/${1#*:}.result"
}

# A PATH with the usual commands except those named.
path_without() {
  mkdir "$BATS_TEST_TMPDIR/bin"
  ln -s /usr/bin/* /usr/sbin/* "$BATS_TEST_TMPDIR/bin" 2>/dev/null || true
  for name; do
    rm -f "$BATS_TEST_TMPDIR/bin/$name"
  done
}
