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

# ----- What the host lacks, and bad usage ------------------------------------

# A PATH with the usual commands except those named.
path_without() {
  mkdir "$BATS_TEST_TMPDIR/bin"
  ln -s /usr/bin/* /usr/sbin/* "$BATS_TEST_TMPDIR/bin" 2>/dev/null || true
  for name; do
    rm -f "$BATS_TEST_TMPDIR/bin/$name"
  done
}

@test "no QEMU: 3, and what to install" {
  path_without qemu-system-x86_64
  run env PATH="$BATS_TEST_TMPDIR/bin" TMPDIR="$FAKE/tmp" \
    "$ROOT/ci/run" -b "$FAKE/bundle.tar.gz" -o "$FAKE/run" linux-6.1
  [ "$status" -eq 3 ]
  [[ $output == *"linux-6.1: qemu-system-x86_64 is not installed"* ]]
  [ ! -e "$FAKE/run" ]
  nothing_stays
}

@test "no package of the kernel, neither listed nor cached: 3" {
  path_without apt-cache
  mkdir -p "$FAKE/cache"
  run env PATH="$FAKE/bin:$BATS_TEST_TMPDIR/bin" TMPDIR="$FAKE/tmp" FAKE="$FAKE" \
    MMAPCHECK_CACHE="$FAKE/cache" \
    "$ROOT/ci/run" -b "$FAKE/bundle.tar.gz" -o "$FAKE/run" linux-6.1
  printf '%s\n' "$output"
  [ "$status" -eq 3 ]
  [[ $output == *"no package linux-image-6.1.*-cloud-amd64"* ]]
  [ ! -e "$FAKE/run" ]
  nothing_stays
}

# fake_apt DIGEST COMMANDS: a fake of Debian's tools, whose lists have two packages
# of version 1:6.1.2-3; what apt-get does, with the one asked for as $package.
fake_apt() {
  mkdir -p "$BATS_TEST_TMPDIR/apt"
  cat >"$BATS_TEST_TMPDIR/apt/apt-cache" <<APT
#!/bin/sh
case \$1 in
pkgnames) printf '%s\n' linux-image-6.1.0-9-cloud-amd64 \
  linux-image-6.1.0-10-cloud-amd64 linux-image-6.1.0-11-cloud-amd64-dbg ;;
show) printf 'Package: x\nVersion: 1:6.1.2-3\nArchitecture: amd64\nSHA256: %s\n' $1 ;;
esac
APT
  cat >"$BATS_TEST_TMPDIR/apt/apt-get" <<APT
#!/bin/sh
for package; do :; done
package=\${package%%=*}
$2
APT
  chmod +x "$BATS_TEST_TMPDIR/apt/apt-cache" "$BATS_TEST_TMPDIR/apt/apt-get"
}

# with_apt: the target, with those and the fake QEMU.
with_apt() {
  run env PATH="$BATS_TEST_TMPDIR/apt:$FAKE/bin:$PATH" TMPDIR="$FAKE/tmp" \
    MMAPCHECK_CACHE="$FAKE/cache" FAKE="$FAKE" BUSYBOX="$FAKE/busybox" \
    CI_ACCEL=tcg "$ROOT/ci/run" -b "$FAKE/bundle.tar.gz" -o "$FAKE/run" \
    linux-6.1
  printf '%s\n' "$output"
  nothing_stays
}

# kernel_package PATH: sets deb, a package that holds that file.
kernel_package() {
  command -v dpkg-deb >/dev/null || skip "untested: needs dpkg-deb"
  local tree=$BATS_TEST_TMPDIR/package
  mkdir -p "$tree/DEBIAN" "$tree/${1%/*}"
  echo 'a kernel of its own' >"$tree/$1"
  printf '%s\n' 'Package: linux-image-6.1.0-9-cloud-amd64' 'Version: 1:6.1.2-3' \
    'Architecture: amd64' 'Maintainer: x <x@example.org>' 'Description: x' \
    >"$tree/DEBIAN/control"
  deb=$BATS_TEST_TMPDIR/kernel.deb
  dpkg-deb --root-owner-group -b "$tree" "$deb" >/dev/null
}

# booted_kernel: what QEMU was given.
booted_kernel() {
  cat "$(grep -A 1 -x -- -kernel "$FAKE/arguments" | tail -n 1)"
}

@test "a kernel beside its modules, as linux-binary-* has it" {
  guest <<<close
  kernel_package usr/lib/modules/7.2.13/vmlinuz
  fake_apt "$(sha256sum "$deb" | cut -d ' ' -f 1)" \
    "cp $deb \"\${package}_1%3a6.1.2-3_amd64.deb\""
  with_apt
  [ "$(booted_kernel)" = 'a kernel of its own' ]
}

@test "a mirror that has not the newest that its lists name: the one before" {
  guest <<<close
  kernel_package boot/vmlinuz-6.1
  fake_apt "$(sha256sum "$deb" | cut -d ' ' -f 1)" "case \$package in
    *-10-*) echo 'E: Failed to fetch it  404  Not Found' >&2; exit 100 ;;
    *) cp $deb \"\${package}_1%3a6.1.2-3_amd64.deb\" ;;
    esac"
  with_apt
  [[ $output == *"linux-6.1: unpack     linux-image-6.1.0-9-cloud-amd64 1:6.1.2-3,"* ]]
  [ "$(booted_kernel)" = 'a kernel of its own' ]
}

@test "a network that is down is no reason to take an older one" {
  fake_apt 0 'echo "E: Could not connect" >&2; echo "$package" >>"$FAKE/asked"; exit 100'
  with_apt
  [ "$status" -eq 3 ]
  [[ $output == *"linux-image-6.1.0-10-cloud-amd64 1:6.1.2-3: cannot be downloaded: E: Could not connect"* ]]
  [ "$(wc -l <"$FAKE/asked")" -eq 1 ]
}

@test "the download fails: 3, with the reason that apt-get gave" {
  fake_apt 0 'echo "E: Failed to fetch it  404  Not Found" >&2; exit 100'
  with_apt
  [ "$status" -eq 3 ]
  [[ $output == *"linux-image-6.1.0-10-cloud-amd64 1:6.1.2-3: cannot be downloaded: E: Failed to fetch it"* ]]
}

@test "a download that is not what was promised is refused, and not kept" {
  fake_apt 0123 'echo evil >"${package}_1%3a6.1.2-3_amd64.deb"'
  with_apt
  [ "$status" -eq 3 ]
  [[ $output == *"SHA256 differs"* ]]
  [ -z "$(find "$FAKE/cache" -name '*.deb*')" ]
}

# foreign UPDATE [NAMES [DOWNLOAD]]: a target of another architecture, with that
# for what apt-get does, and names of packages; what apt-get and apt-cache are asked is in $FAKE/asked.
foreign() {
  mkdir -p "$BATS_TEST_TMPDIR/apt"
  ln -sf qemu-system-x86_64 "$FAKE/bin/qemu-system-aarch64"
  for name in apt-get apt-cache; do
    cat >"$BATS_TEST_TMPDIR/apt/$name" <<APT
#!/bin/sh
echo "$name \$*" >>"$FAKE/asked"
case " \$* " in
*' indextargets '*) echo http://mirror/debian ;;
*' update '*) $1 ;;
*' pkgnames '*) printf '%s\n' ${2:-linux-image-6.12.9-arm64-16k} ;;
*' show '*) printf '%s\n' 'Version: 6.12.9-1' 'Architecture: arm64' 'SHA256: 0' ;;
*) { ${3:-echo "E: nothing is downloaded"}; } >&2; exit 100 ;;
esac
APT
    chmod +x "$BATS_TEST_TMPDIR/apt/$name"
  done
  run env -u MMAPCHECK_MIRROR PATH="$BATS_TEST_TMPDIR/apt:$FAKE/bin:$PATH" \
    TMPDIR="$FAKE/tmp" MMAPCHECK_CACHE="$FAKE/cache" FAKE="$FAKE" \
    "$ROOT/ci/run" -b "$FAKE/bundle.tar.gz" -o "$FAKE/run" linux-aarch64-16k
  printf '%s\n' "$output"
  [ "$status" -eq 3 ]
  nothing_stays
}

@test "packages of another Debian: by lists of their own" {
  foreign :
  [[ $output == *"linux-image-6.12.9-arm64-16k 6.12.9-1: cannot be downloaded: E: nothing is downloaded"* ]]
  # All but the question for the mirror went to those lists.
  run ! grep -v -e ' indextargets ' -e 'Dir::State=.*APT::Architecture=arm64' \
    "$FAKE/asked"
  # They were older than the mirror, it seems: the next time brings new ones.
  [ ! -e "$FAKE/cache/lists/trixie-arm64/sources.list" ]
}

@test "packages of another Debian: its lists are there for the one before, too" {
  foreign : 'linux-image-6.12.8-arm64-16k linux-image-6.12.9-arm64-16k' \
    "ls $FAKE/cache/lists/*/sources.list >>$FAKE/listed
      echo 'E: Failed to fetch it  404  Not Found'"
  [ "$(wc -l <"$FAKE/listed")" -eq 2 ]
  [ ! -e "$FAKE/cache/lists/trixie-arm64/sources.list" ]
}

@test "packages of another Debian: 3 when its lists cannot be had" {
  foreign 'echo "E: no route to mirror" >&2; exit 100'
  [[ $output == *"no package linux-image-6.12.*-arm64-16k: neither in the package lists (E: no route to mirror) nor in $FAKE/cache/packages"* ]]
}

@test "a cached package of another architecture is not taken" {
  mkdir -p "$FAKE/cache/packages"
  : >"$FAKE/cache/packages/linux-image-6.12.9-arm64-16k_1_amd64.deb"
  foreign 'echo "E: no route to mirror" >&2; exit 100'
  [[ $output == *"no package linux-image-6.12.*-arm64-16k"* ]]
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

# ----- A real kernel ------------------------------------------------------------

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
