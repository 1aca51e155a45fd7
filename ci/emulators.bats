#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The driver with something between the suite and this system: an emulator
# that starts each program, here a script that says what it was given.

bats_require_minimum_version 1.5.0

setup_file() {
  export ROOT FAKE
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  FAKE=$BATS_FILE_TMPDIR
  mkdir -p "$FAKE/tree/ci/targets" "$FAKE/mmapcheck-fake/tests" "$FAKE/bin" \
    "$FAKE/tmp"
  cp -R "$ROOT/ci/run" "$ROOT/ci/console2run" "$ROOT/ci/lib" "$ROOT/ci/guest" \
    "$ROOT/ci/bundle" "$FAKE/tree/ci"
  cd "$FAKE/mmapcheck-fake" || return 1
  echo '0.1 abc1234 fake' >VERSION
  echo one_test >programs
  cp "$ROOT/ci/bundle/run" .
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -o runcase "$ROOT/ci/bundle/runcase.c"
  echo 'atf_test_program{name="one_test"}' >tests/Kyuafile
  # A program that passes and says what it was given.
  cat >tests/one_test <<'PROGRAM'
#!/bin/sh
if [ "$1" = -l ]; then
  printf '%s\n' 'Content-Type: application/X-atf-tp; version="1"' '' 'ident: a'
  exit
fi
for argument; do
  [ "$previous" != -r ] || echo passed >"$argument"
  previous=$argument
  printf 'given: %s\n' "$argument"
done
printf 'through: %s\n' "${THROUGH_FAKE-nothing}"
PROGRAM
  chmod +x run tests/one_test
  cd "$FAKE" || return 1
  tar -czf bundle.tar.gz mmapcheck-fake
  cat >bin/fakemu <<'EMULATOR'
#!/bin/sh
[ "$1" != --version ] || { cat "$FAKE/version"; exit; }
THROUGH_FAKE=''
while :; do
  case $1 in
  -*) THROUGH_FAKE="$THROUGH_FAKE $1" ;;
  *) break ;;
  esac
  shift
done
export THROUGH_FAKE
exec "$@"
EMULATOR
  chmod +x bin/fakemu
}

setup() {
  rm -rf "$FAKE/run"
  echo 'fakemu version 7.2.22 (Debian 1:7.2+dfsg-7)' >"$FAKE/version"
}

# drive ASSIGNMENTS: runs a target of that kind.
drive() {
  printf '%s\n' '# SPDX-License-Identifier: BSD-2-Clause' '# Fake.' KIND=exec \
    "$@" >"$FAKE/tree/ci/targets/fake.conf"
  run env PATH="$FAKE/bin:$PATH" FAKE="$FAKE" TMPDIR="$FAKE/tmp" \
    MMAPCHECK_CACHE="$FAKE/cache" timeout 60 "$FAKE/tree/ci/run" \
    -b "$FAKE/bundle.tar.gz" -o "$FAKE/run" fake
  printf '%s\n' "$output"
}

# given TEXT: the program was given that argument.
given() {
  grep -q -x "@@out given: $1" "$FAKE/run/lines.log" || {
    grep '@@out' "$FAKE/run/lines.log"
    return 1
  }
}

@test "a launcher starts each program, and its version is told" {
  drive LAUNCHER=fakemu
  [ "$status" -eq 0 ]
  given "launcher=$FAKE/bin/fakemu"
  given emulator_version=7.2.22
  grep -q -x '@@out through: ' "$FAKE/run/lines.log"
}

@test "a launcher may have options" {
  drive "LAUNCHER='fakemu --tool=none -q'"
  [ "$status" -eq 0 ]
  given "launcher=$FAKE/bin/fakemu --tool=none -q"
  grep -q -x '@@out through:  --tool=none -q' "$FAKE/run/lines.log"
}

@test "a launcher that is not there: 3" {
  drive "LAUNCHER='no-such-emulator --tool=none'"
  [ "$status" -eq 3 ]
  [[ $output == *"no-such-emulator is not installed"* ]]
}

@test "versions as emulators tell them" {
  while IFS='|' read -r said version; do
    echo "$said" >"$FAKE/version"
    rm -rf "$FAKE/run"
    drive LAUNCHER=fakemu
    [ "$status" -eq 0 ]
    given "emulator_version=$version"
  done <<'VERSIONS'
qemu-aarch64 version 10.0.2 (Debian 1:10.0.2+ds-2)|10.0.2
runsc version release-20260209.0|20260209
runsc version 0.0~20221219.0|20221219
valgrind-3.19.0|3.19.0
VERSIONS
  echo 'some emulator of 64 bits' >"$FAKE/version"
  rm -rf "$FAKE/run"
  drive LAUNCHER=fakemu
  [ "$status" -eq 0 ]
  ! grep emulator_version "$FAKE/run/lines.log"
}
