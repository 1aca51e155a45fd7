#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The driver and its guests, with a fake QEMU: what they are given, what comes
# home, and what the command line may be.

bats_require_minimum_version 1.5.0

load fake-qemu

@test "the verdict: what deviates, and a survey is no pass" {
  guest <<'G'
{ one; printf '@@case %s\n@@out %s\n@@out %s\n@@result %s\n' one_test:c \
  'observed: ok' 'survey: freebsd promises it' passed; ending; } >>"$lines"
two 'expected_failure: as ever' >>"$lines"
close
G
  drive
  [ "$status" -eq 0 ]
  [[ $output == *"verdict    clean: 2 pass, 1 deviates, 1 survey" ]]
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

@test "a case fails: 1, and it is named with its reason" {
  guest <<'G'
{ one; result one_test:c 'failed: mmap() = ok, allowed EINVAL'; ending; } >>"$lines"
two >>"$lines"
close
G
  drive
  [ "$status" -eq 1 ]
  [[ $output == *"fail       one_test:c: mmap() = ok, allowed EINVAL"* ]]
  [[ $output == *"verdict    not as claimed: 3 pass, 1 fail"* ]]
}

@test "a kernel that finds its memory wrong and goes on: 1, and what it said" {
  for said in 'BUG: Bad page map in process one_test  pte:8000000000000225' \
    'BUG: Bad rss-counter state mm:00000000 type:MM_ANONPAGES val:1'; do
    rm -rf "$FAKE/run"
    guest <<G
echo "[    7.123456] $said"
{ one; result one_test:c passed; ending; } >>"\$lines"
two >>"\$lines"
close
G
    drive
    [ "$status" -eq 1 ]
    [[ $output == *"verdict    not as claimed: the kernel says \"$said\"; 4 pass"* ]]
  done
}

# init_part: the part of a guest's first process that asks for huge pages, with
# files of the test's.
init_part() {
  echo 'give_up() { echo "init: $*"; exit; }'
  echo "HUGEPAGES=16 HUGEPAGES_ASKED=$1"
  sed -n -e '/^set_to() /,/^}/p' -e '/^has_huge_pages() /,/^}/p' \
    -e '/^# A kernel or processor may have none/,/^fi/p' \
    "$ROOT/ci/guest/init.linux" |
    sed "s|/sys/kernel|$BATS_TEST_TMPDIR/sys|; s|/proc/sys|$BATS_TEST_TMPDIR/proc|"
}

@test "a kernel without huge pages runs, unless they were asked for" {
  mkdir -p "$BATS_TEST_TMPDIR/sys/mm/hugepages" "$BATS_TEST_TMPDIR/proc"
  run sh -c "$(init_part '')"
  [ "$output" = 'guest: no huge pages here' ]
  run sh -c "$(init_part yes)"
  [[ $output == 'init: '*'/vm/nr_hugepages: cannot be set to 16' ]]
  mkdir -p "$BATS_TEST_TMPDIR/sys/mm/hugepages/hugepages-2048kB" \
    "$BATS_TEST_TMPDIR/proc/vm"
  run sh -c "$(init_part '')"
  [ -z "$output" ]
  [ "$(cat "$BATS_TEST_TMPDIR/proc/vm/nr_hugepages")" = 16 ]
}

@test "the guest is told what its serial ports are called" {
  cp -R "$ROOT/ci" "$BATS_TEST_TMPDIR/ci"
  echo 'TTY=hvc PORT=0' >>"$BATS_TEST_TMPDIR/ci/targets/linux-6.1.conf"
  guest <<'G'
exit
G
  ROOT=$BATS_TEST_TMPDIR drive
  grep -a -qx 'TTY=hvc' "$FAKE/initrd"
  run ! grep -a ttyS "$FAKE/initrd"
}

@test "this system's processor is called what QEMU calls it" {
  mkdir "$BATS_TEST_TMPDIR/bin"
  while read -r machine name; do
    printf '#!/bin/sh\necho %s\n' "$machine" >"$BATS_TEST_TMPDIR/bin/uname"
    chmod +x "$BATS_TEST_TMPDIR/bin/uname"
    run env PATH="$BATS_TEST_TMPDIR/bin:$PATH" sh -c \
      ". '$ROOT/ci/lib/qemu.sh'; host_arch"
    [ "$output" = "$name" ] || {
      echo "$machine: $output, wanted $name"
      return 1
    }
  done <<'NAMES'
x86_64 x86_64
amd64 x86_64
i686 i386
aarch64 aarch64
arm64 aarch64
armv7l arm
ppc64le ppc64
ppc64 ppc64
riscv64 riscv64
s390x s390x
NAMES
}

# refused WORDS ARGUMENT...
refused() {
  words=$1
  shift
  run "$ROOT/ci/run" "$@"
  printf '%s\n' "$output"
  [ "$status" -eq 3 ]
  [[ $output == *"$words"* ]]
}

@test "bad usage: 3, and what is wrong" {
  refused 'no TARGET'
  # Nor is it the other script of that name.
  [[ $output == *'(.ci/run is another: it checks a commit, for hosted CI, and takes no target.)'* ]]
  refused 'what is -z?' -z native
  refused '-t needs a value' -t
  refused '"x" is not a number' -t x native
  refused '"0" is not a number' -t 0 native
  refused 'no accelerator' -a turbo native
  refused 'cannot be read' -b /dev/null/none native
  refused '-o is for one target' -o x native uml
  refused 'there is no target bsd-4.3' bsd-4.3
  refused 'no name of a target' ../targets/native
  refused '+colour=blue: no such setting' linux-6.1+colour=blue
  refused '"many" is not a number' linux-6.1+hugepages=many
  refused 'takes no settings' native+aslr=0
}

@test "a name that is wrong stops all, before anything is run" {
  refused 'there is no target bsd-4.3' native bsd-4.3
  [[ $output != *build* ]]
}

@test "a bundle that is none: 3" {
  echo nothing >"$FAKE/no.tar.gz"
  run env PATH="$FAKE/bin:$PATH" TMPDIR="$FAKE/tmp" "$ROOT/ci/run" \
    -b "$FAKE/no.tar.gz" -o "$FAKE/run" linux-6.1
  printf '%s\n' "$output"
  [ "$status" -eq 3 ]
  [[ $output == *"no.tar.gz: is no bundle"* ]]
  [ ! -e "$FAKE/run" ]
}

@test "a program that the suite has not: 3" {
  guest </dev/null
  drive -p three_test
  [ "$status" -eq 3 ]
  [[ $output == *"no program three_test"* ]]
}

@test "a directory with a run in it is not touched: 3" {
  mkdir "$FAKE/run"
  echo '{}' >"$FAKE/run/run.json"
  guest </dev/null
  drive
  [ "$status" -eq 3 ]
  [[ $output == *"holds a run already"* ]]
  [ "$(cat "$FAKE/run/run.json")" = '{}' ]
}

@test "several targets: each its run, and the worst status" {
  guest <<'G'
{ one; result one_test:c passed; ending; two; close; } >>"$lines"
[ "$(cat "$console" | grep -c .)" -gt 0 ] && case $(tr -d '\0' <"$FAKE/initrd") in
*HUGEPAGES=0*) sed -i 's/two_test:d/two_test:e/' "$lines" ;;
esac
close
G
  mkdir -p "$BATS_TEST_TMPDIR/tree"
  cp -R "$ROOT/ci" "$BATS_TEST_TMPDIR/tree"
  run env PATH="$FAKE/bin:$PATH" KERNEL="$FAKE/kernel" FAKE="$FAKE" \
    BUSYBOX="$FAKE/busybox" TMPDIR="$FAKE/tmp" CI_ACCEL=tcg \
    "$BATS_TEST_TMPDIR/tree/ci/run" -b "$FAKE/bundle.tar.gz" \
    linux-6.1+hugepages=0 linux-6.12
  printf '%s\n' "$output"
  [ "$status" -eq 2 ]
  [[ $output == *"linux-6.1+hugepages=0: verdict    incomplete"* ]]
  [[ $output == *"linux-6.12: verdict    clean"* ]]
  [ "$(find "$BATS_TEST_TMPDIR/tree/reports/runs" -name run.json | wc -l)" -eq 2 ]
}

@test "check says what is missing for each target, and runs nothing" {
  path_without qemu-system-x86_64 musl-gcc kyua
  run --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin" TMPDIR="$FAKE/tmp" \
    "$ROOT/ci/run" check native linux-6.1+aslr=0 musl openbsd-7
  [ "$status" -eq 3 ]
  [ -z "$output" ]
  [[ ${stderr_lines[0]} == "run: native: kyua is not installed"* ]]
  [[ ${stderr_lines[1]} == "run: linux-6.1+aslr=0: qemu-system-x86_64 is not installed"* ]]
  [[ ${stderr_lines[2]} == "run: musl: musl-gcc is not installed (Debian: musl-tools)" ]]
  [[ ${stderr_lines[3]} == "run: openbsd-7: qemu-system-x86_64 is not installed"* ]]
  nothing_stays
  run -0 env PATH="$FAKE/bin:$PATH" "$ROOT/ci/run" check linux-6.1 linux-6.12
  [ -z "$output" ]
  refused 'check: no TARGET' check
  refused 'there is no target bsd-4.3' check bsd-4.3
}

@test "a sandbox in which nothing runs: told before anything is built" {
  printf '#!/bin/sh\necho "no cgroups here" >&2\nexit 1\n' >"$FAKE/bin/runsc"
  chmod +x "$FAKE/bin/runsc"
  run env PATH="$FAKE/bin:$PATH" TMPDIR="$FAKE/tmp" "$ROOT/ci/run" \
    -o "$FAKE/run" gvisor
  rm "$FAKE/bin/runsc"
  [ "$status" -eq 3 ]
  [ "$output" = "run: gvisor: runsc runs no program here: no cgroups here" ]
  [ ! -e "$FAKE/run" ]
  nothing_stays
}

@test "several targets: what is missing for the last stops all" {
  path_without musl-gcc
  run env PATH="$FAKE/bin:$BATS_TEST_TMPDIR/bin" TMPDIR="$FAKE/tmp" \
    "$ROOT/ci/run" linux-6.1 musl
  [ "$status" -eq 3 ]
  [ "$output" = "run: musl: musl-gcc is not installed (Debian: musl-tools)" ]
}

@test "list names every target and says what it is" {
  run "$ROOT/ci/run" list
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq "$(ls "$ROOT"/ci/targets/*.conf | wc -l)" ]
  for line in "${lines[@]}"; do
    [[ $line =~ ^[a-z0-9._-]+\ +[A-Z] && $line != *SPDX* ]]
  done
}
