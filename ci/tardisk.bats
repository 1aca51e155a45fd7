#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # $result is of the programs that the tests write
# Targets with a disk that is a tar archive, from ci/run to the report, with a
# guest that follows the very scripts that an image of FreeBSD does: this
# system, in namespaces of its own (ci/fake-guest).  The suite is a small one
# made for it, except where its own build is what is tested.

bats_require_minimum_version 1.5.0

setup() {
  root=$BATS_TEST_DIRNAME/..
  unshare --map-root-user --mount --pid --fork true 2>/dev/null ||
    skip "untested: needs user namespaces"
  command -v xorriso >/dev/null || skip "untested: xorriso is not installed"
  PATH=$BATS_TEST_DIRNAME/fake-guest:$PATH
  export PATH MMAPCHECK_CACHE=$BATS_TEST_TMPDIR/cache
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  unset IMAGE CI_ACCEL
  mkdir "$TMPDIR" "$BATS_TEST_TMPDIR/suite"
  cd "$BATS_TEST_TMPDIR/suite" || return 1
  mkdir -p ci/bundle reports tests
  cp -R "$root/ci/lib" "$root/ci/guest" "$root/ci/targets" "$root/ci/run" \
    "$root/ci/console2run" "$root/ci/images.sha256" ci
  cp "$root/reports/collect" reports
  : >../image
  claim=$(cat "$root"/tests/claims.d/*.def |
    sed -n 's/^CLAIM(\([A-Z0-9_]*\),.*/\1/p' | sed 1q)
  cat >ci/targets/fake.conf <<'EOF'
# a guest that is none
KIND=tardisk ARCH=x86_64 IMAGE_NAME='' IMAGE_URL='' IMAGE_HINT='no image'
BUILD='WHAT=all' BOOT_TIMEOUT=60 RUN_TIMEOUT=120 HANG=60
EOF
}

teardown() {
  [ ! -d "${TMPDIR-}" ] || [ -z "$(ls -A "$TMPDIR")" ]
}

# program NAME BODY: an ATF test program of one case, which is a line of shell.
program() {
  cat >"tests/$1.in" <<EOF
#!/bin/sh
while getopts lr:s:v: option; do
  case \$option in
  l)
    printf 'Content-Type: application/X-atf-tp; version="1"\n\n'
    printf 'ident: only\nX-claim: $claim\n'
    exit
    ;;
  r) result=\$OPTARG ;;
  esac
done
$2
EOF
  echo "atf_test_program{name=\"$1\"}" >>tests/Kyuafile
}

# A suite of what program has made; its make wants what the target says.
finish_suite() {
  cat >Kyuafile <<'EOF'
syntax(2)
test_suite("mmapcheck")
include("tests/Kyuafile")
EOF
  { echo 'syntax(2)' && echo 'test_suite("mmapcheck")' && cat tests/Kyuafile; } \
    >tests/new
  mv tests/new tests/Kyuafile
  cat >Makefile <<'EOF'
VERSION = 7
suite:
	test "$(WHAT)" = all
	for f in tests/*.in; do cp $$f $${f%.in} && chmod +x $${f%.in}; done
EOF
}

small_suite() {
  program first_test 'uname -s; echo passed >"$result"'
  program second_test 'echo passed >"$result"'
  finish_suite
}

# Runs the target, with words on standard error apart.
fake() {
  IMAGE=../image run "${expect--0}" --separate-stderr ci/run -a tcg -o run "$@" \
    fake
}

value() {
  sqlite3 :memory: "SELECT json_extract(CAST(readfile('$1') AS TEXT), '$2')"
}

results() {
  sqlite3 "$1" 'SELECT result_type FROM test_results'
}

# sees FILE TEXT: waits for it, 20 seconds at most.
sees() {
  local left=200
  while [ "$left" -gt 0 ]; do
    ! grep -q "$2" "$1" 2>/dev/null || return 0
    sleep 0.1
    left=$((left - 1))
  done
  return 1
}

@test "job in, results out: one store per program, run.json, the console" {
  small_suite
  fake
  [ "${lines[-1]}" = "fake: verdict    clean: 2 programs" ]
  [ "$(results run/out/first_test.db)" = passed ]
  [ "$(results run/out/second_test.db)" = passed ]
  [ "$(value run/run.json '$.state')" = complete ]
  [ "$(value run/run.json '$.target.name')" = fake ]
  [ "$(value run/run.json '$.programs[1].status')" = 0 ]
  grep -q '^tests/second_test:only  ->  passed' run/console.log
  grep -q '^@@run cases 2$' run/console.log
  grep -q '^@@done$' run/console.log
  [ "$(ls run)" = "$(printf '%s\n' console.log kyua.log out run.json)" ]
}

@test "the report reads what came back" {
  [ -x "$root/reports/report" ] || skip "untested: reports/report is not built"
  small_suite
  fake
  # There is no case for any claim of the real suite.
  run -2 "$root/reports/report" text run
  [[ $output = *first_test* ]] || [[ $output = *incomplete* ]]
}

@test "a case that fails: status 1, and the run is complete" {
  program first_test 'echo "failed: as meant" >"$result"; exit 1'
  finish_suite
  expect=-1 fake
  [[ ${lines[-1]} = "fake: verdict    not as claimed: 1 programs;"* ]]
  [ "$(results run/out/first_test.db)" = failed ]
  [ "$(value run/run.json '$.state')" = complete ]
}

@test "-p: that program only" {
  small_suite
  fake -p second_test
  [ "$(ls run/out)" = second_test.db ]
}

@test "without Kyua: built by ci/bundle/build, run by the bundle's runner" {
  rm -rf ../suite/ci/targets/fake.conf
  (cd "$root" && tar -cf - --exclude=./.git --exclude=./reports/runs \
    --exclude=./reports/out --exclude=./ci/bundle/out .) |
    tar -xf - -C "$BATS_TEST_TMPDIR/suite"
  make -s clean
  # Two of its programs are enough.
  find tests -name '*_test.c' ! -name shm_test.c ! -name mincore_test.c \
    -exec rm {} +
  sed '/atf_test_program/ { /shm_test\|mincore_test/!d; }' tests/Kyuafile >new &&
    mv new tests/Kyuafile
  cat >ci/targets/fake.conf <<'EOF'
# a guest that is none
KIND=tardisk ARCH=x86_64 IMAGE_NAME='' IMAGE_URL='' IMAGE_HINT='no image'
BUILD='CFLAGS=-O0' BOOT_TIMEOUT=300 RUN_TIMEOUT=400 HANG=300
EOF
  export FAKE_HIDE=kyua
  IMAGE=../image run -0 --separate-stderr ci/run -a tcg -o run fake
  [ "$(value run/run.json '$.state')" = complete ]
  [ "$(cat run/out/mincore_test/every_other_page.result)" = passed ]
  grep -q '^@@case mincore_test:every_other_page$' run/console.log
  [ -s run/out/shm_test/list ]
}

@test "a guest that dies in a case: it is named, what had finished is kept" {
  program first_test 'echo passed >"$result"'
  program second_test 'sleep 60'
  program third_test 'echo passed >"$result"'
  finish_suite
  export FAKE_PID=$BATS_TEST_TMPDIR/pid
  IMAGE=../image ci/run -a tcg -o run fake >out 2>err &
  driver=$!
  sees run/console.log 'second_test:only  ->'
  kill -KILL "$(cat "$FAKE_PID")"
  status=0
  wait "$driver" || status=$?
  [ "$status" -eq 2 ]
  grep '^fake: verdict .*while second_test:only ran; 1 programs$' out
  [ "$(results run/out/first_test.db)" = passed ]
  [ "$(ls run/out)" = first_test.db ]
  [ "$(value run/run.json '$.state')" = partial ]
}

# The bundle's runner for the small suite.
small_bundle() {
  cp "$root/ci/bundle/run" ci/bundle
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -o ci/bundle/runcase "$root/ci/bundle/runcase.c"
  cat >ci/bundle/build <<'EOF'
#!/bin/sh
set -e
cd "$(dirname "$0")/../.."
make WHAT=all suite >/dev/null
mkdir -p ci/bundle/out/mmapcheck-guest/tests
cp ci/bundle/run ci/bundle/runcase ci/bundle/out/mmapcheck-guest
echo '7 abc guest' >ci/bundle/out/mmapcheck-guest/VERSION
for program in tests/*_test; do
  cp "$program" ci/bundle/out/mmapcheck-guest/tests
  echo "${program##*/}"
done >ci/bundle/out/mmapcheck-guest/programs
cd ci/bundle/out
tar -cf - mmapcheck-guest | gzip >mmapcheck-guest.tar.gz
EOF
  chmod +x ci/bundle/build
}

# dies_in TEXT [--resume]: a run whose guest panics when its console has that.
dies_in() {
  IMAGE=../image ci/run -a tcg -o run ${2-} fake >out 2>err &
  driver=$!
  sees run/console.log "$1"
  echo 'panic: as meant' >>run/console.log
  status=0
  wait "$driver" || status=$?
  [ "$status" -eq 2 ]
}

@test "--resume: programs that Kyua had finished stay, the others are run" {
  program first_test 'echo passed >"$result"'
  program second_test "[ -e $BATS_TEST_TMPDIR/go ] || sleep 60
echo passed >\"\$result\""
  program third_test 'echo passed >"$result"'
  finish_suite
  small_bundle
  dies_in 'second_test:only  ->'
  before=$(results run/out/first_test.db)
  : >"$BATS_TEST_TMPDIR/go"
  fake --resume
  [ "$before" = passed ]
  [ "$(results run/out/first_test.db)" = passed ]
  [ "$(cat run/out/second_test/only.result)" = passed ]
  [ "$(cat run/out/third_test/only.result)" = passed ]
  [ "$(value run/run.json '$.state')" = complete ]
  [ "$(value run/run.json '$.programs[0].name')" = first_test ]
  [ "$(value run/run.json '$.programs[0].status')" = 0 ]
  [ "$(value run/run.json '$.programs[2].status')" = 0 ]
  [ "$(value run/run.json '$.target.name')" = fake ]
  [[ ${lines[-1]} = "fake: verdict    clean: 2 cases, 1 programs before" ]]
}

@test "--resume goes on after the case in which the guest died" {
  program first_test 'echo passed >"$result"'
  program second_test "[ -e $BATS_TEST_TMPDIR/go ] || sleep 60
echo passed >\"\$result\""
  program third_test 'echo passed >"$result"'
  finish_suite
  small_bundle
  dies_in 'second_test:only  ->'
  dies_in '@@case second_test:only' --resume
  [[ $(cat run/out/second_test/only.result) == 'broken: the system ended in this case'* ]]
  expect=-1 fake --resume
  [[ $(cat run/out/second_test/only.result) == 'broken: the system ended in this case'* ]]
  [ "$(cat run/out/third_test/only.result)" = passed ]
  [ "$(value run/run.json '$.state')" = complete ]
  IMAGE=../image run -3 --separate-stderr ci/run -a tcg -o run --resume fake
  [[ $stderr == *'has nothing left to run' ]]
}

@test "--resume with another image is refused, and without a run" {
  small_suite
  small_bundle
  fake -p first_test
  echo other >../other
  IMAGE=../other run -3 --separate-stderr ci/run -a tcg -o run --resume fake
  [[ $stderr == *'is of another image, not of '* ]]
  mkdir none
  IMAGE=../image run -3 --separate-stderr ci/run -a tcg -o none --resume fake
  [[ $stderr == *'holds no run of a guest' ]]
}

@test "a driver that is stopped brings home what had finished" {
  program first_test 'echo passed >"$result"'
  program second_test 'sleep 60'
  finish_suite
  IMAGE=../image ci/run -a tcg -o run fake >out 2>err &
  driver=$!
  sees run/console.log 'second_test:only  ->'
  kill -TERM "$driver"
  status=0
  wait "$driver" || status=$?
  [ "$status" -eq 143 ]
  grep '^fake: verdict .*SIGTERM in second_test:only' out
  [ "$(ls run/out)" = first_test.db ]
}

@test "a kernel that panics is ended, and its last case named" {
  program first_test 'echo passed >"$result"'
  program second_test 'echo "panic: vm_fault" >/dev/console; sleep 60'
  finish_suite
  expect=-2 fake
  [ "${lines[-1]}" = "fake: verdict    QEMU: panic: vm_fault, while second_test:only ran; 1 programs" ]
  [ "$(ls run/out)" = first_test.db ]
}

@test "a guest that does not build says so, and nothing is left" {
  small_suite
  sed 's/= all/= nothing/' Makefile >new && mv new Makefile
  expect=-2 fake
  [[ ${lines[-1]} = "fake: verdict    QEMU: the suite does not build: make "*"; nothing finished" ]]
  [ ! -e run/run.json ]
}

@test "a guest that finds no disk with a job says so" {
  small_suite
  export FAKE_DISK=xvdz
  expect=-2 fake
  [ "${lines[-1]}" = "fake: verdict    QEMU: no disk holds a job; nothing finished" ]
}

@test "a disk by OpenBSD's name" {
  small_suite
  FAKE_DISK=rsd1c fake
}

# ----- The disk -----------------------------------------------------------------

# A disk to which a run of one program, and then of two, was written.
write_disk() {
  scratch=$BATS_TEST_TMPDIR/scratch disk=$BATS_TEST_TMPDIR/scratch/disk
  target=fake
  . "$root/ci/lib/common.sh"
  . "$root/ci/lib/tardisk.sh"
  SLOT_SIZE=5
  mkdir -p "$scratch/job" "$scratch/run/out"
  cp "$root/ci/guest/keep" "$scratch/job"
  echo "$disk" >"$scratch/job/disk"
  # There is no guest here: this system's console is no place for its words.
  echo "SLOT_SIZE=5 CONSOLE=$scratch/console" >"$scratch/job/settings"
  dd if=/dev/null of="$disk" bs=10240 seek=15 2>/dev/null
  echo '{}' >"$scratch/run/run.json"
  echo one >"$scratch/run/out/one.db"
  "$scratch/job/keep" "$scratch/run" one
  echo two >"$scratch/run/out/two.db"
  "$scratch/job/keep" "$scratch/run" two
}

# spoil SLOT: some bytes in the middle of it.
spoil() {
  printf 'XXXX' | dd of="$disk" bs=1 seek=$(($1 * 51200 + 2060)) conv=notrunc \
    2>/dev/null
}

@test "the newer results are taken, and the older ones when those are torn" {
  write_disk
  bring_disk
  [ "$found" = 2 ]
  [ "$(cat "$scratch/results/out/two.db")" = two ]
  spoil 1 # the second went to the first of the places
  bring_disk
  [ "$found" = 1 ]
  [ "$(ls "$scratch/results/out")" = one.db ]
  spoil 2
  bring_disk
  [ "$found" = 0 ]
}

@test "a truncated disk: what is whole of it is taken" {
  write_disk
  dd if=/dev/null of="$disk" bs=1 seek=56000 2>/dev/null
  bring_disk
  [ "$found" = 0 ]
  write_disk
  dd if=/dev/null of="$disk" bs=1 seek=110000 2>/dev/null
  bring_disk
  [ "$found" = 4 ]
}

@test "an archive of a guest's own making: only files that belong there" {
  write_disk
  mkdir -p "$scratch/bad/out"
  (
    cd "$scratch/bad" && echo 9 >number && echo evil >evil && echo x >x.db &&
      ln -s /etc/passwd out/link.db && cksum number >sums &&
      tar -cPf ../bad.tar number evil x.db ../run/out/one.db sums out/link.db
  )
  dd if="$scratch/bad.tar" of="$disk" bs=10240 seek=5 conv=notrunc 2>/dev/null
  # A link is a reason to trust none of it.
  bring_disk
  [ "$found" = 1 ]
  (cd "$scratch/bad" && rm out/link.db &&
    tar -cPf ../bad.tar number evil x.db ../run/out/one.db sums)
  dd if="$scratch/bad.tar" of="$disk" bs=10240 seek=5 conv=notrunc 2>/dev/null
  bring_disk
  [ "$found" = 9 ]
  [ "$(ls "$scratch/results")" = "$(printf '%s\n' number sums)" ]
}

@test "results that do not fit are not written over others" {
  write_disk
  dd if=/dev/urandom of="$scratch/run/out/big.db" bs=10240 count=9 2>/dev/null
  run -1 "$scratch/job/keep" "$scratch/run" big
  [ "$(cat "$scratch/console")" = "init: the results do not fit on $disk" ]
  bring_disk
  [ "$found" = 2 ]
  [ ! -e "$scratch/results/out/big.db" ]
}

# ----- Images -------------------------------------------------------------------

@test "no image: one clear line and status 3" {
  small_suite
  for system in netbsd-10 openbsd-7; do
    run -3 --separate-stderr ci/run -o run "$system"
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr = "run: $system: "*"IMAGE=PATH"* ]]
  done
  IMAGE=nothing run -3 --separate-stderr ci/run -o run freebsd-14
  [ "$stderr" = "run: freebsd-14: IMAGE: nothing: cannot be read" ]
  [ ! -e run ]
}

@test "an image is downloaded only with a digest, and must have it" {
  small_suite
  echo "IMAGE_NAME=other.qcow2" >>ci/targets/freebsd-14.conf
  run -3 --separate-stderr ci/run -o run freebsd-14
  [ "$stderr" = "run: freebsd-14: other.qcow2: no digest of it in ci/images.sha256" ]
  command -v xz >/dev/null || skip "untested: needs xz"
  mkdir -p "$MMAPCHECK_CACHE/images"
  echo wrong >"$MMAPCHECK_CACHE/images/FreeBSD-15.1-RELEASE-amd64-BASIC-CLOUDINIT-ufs.qcow2.xz"
  run -3 --separate-stderr ci/run -o run freebsd-15
  [[ $stderr = *": is not what ci/images.sha256 says, SHA256 differs" ]]
}

@test "an image that is packed is unpacked once" {
  command -v xz >/dev/null || skip "untested: needs xz"
  small_suite
  xz -c ../image >../image.xz
  IMAGE=../image.xz run -0 --separate-stderr ci/run -a tcg -o run fake
  [ "$(ls "$MMAPCHECK_CACHE/images")" = "$(sha256sum ../image.xz | sed 's/ .*//')" ]
}

@test "settings that an image cannot take are refused" {
  small_suite
  IMAGE=../image run -3 --separate-stderr ci/run -o run freebsd-14+thp=never
  [[ $stderr = *": takes +memory and +cpus only" ]]
}
