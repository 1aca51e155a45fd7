# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# KIND=exec: the bundle on this system, through something that stands between
# it and the kernel: $THROUGH, a command that runs the bundle's runner, or
# $LAUNCHER, which runs each program.  With neither it is another ABI.

exec_check() {
  # shellcheck disable=SC2086 # a list of words
  set -- $THROUGH $LAUNCHER
  tool=${1-}
  [ -z "$tool" ] || tool=$(command -v "$1") ||
    die "$1 is not installed (Debian: $TOOL_PACKAGE)"
  find_compiler
  # shellcheck disable=SC2086 # a list of words
  [ -z "$THROUGH" ] || $THROUGH true >"$scratch/probe.log" 2>&1 ||
    die "$1 runs no program here:" \
      "$(sed -n '$p' "$scratch/probe.log" | cut -c 1-200)"
  guest_name=${1-The system}
}

exec_prepare() {
  OVERCOMMIT='' HUGEPAGES='' ASLR='' THP='' RUNAS=''
  exec_check
}

# number_of TEXT: a version as a dotted number, or as the date of a release.
number_of() {
  printf '%s\n' "$1" | sed -n \
    -e 's/.*\(20[0-9]\{6\}\).*/\1/p' -e t \
    -e 's/.*version \([0-9][0-9.]*\).*/\1/p' -e t \
    -e 's/^[^ ]*-\([0-9][0-9.]*\).*/\1/p'
}

exec_unpack() {
  emulator_version=''
  kernel_text="$(uname -s) $(uname -r)"
  kernel_json="\"host\": $(quote "$kernel_text")"
  if [ -n "$tool" ]; then
    tool_version=$("$tool" --version 2>/dev/null | grep '[0-9]' | sed 1q)
    emulator_version=$(number_of "$tool_version")
    kernel_json="$kernel_json, \"file\": $(quote "$tool"), \"sha256\": $(quote \
      "$(digest_of "$tool")"), \"version\": $(quote "$tool_version")"
    kernel_text="$tool_version, on $kernel_text"
  fi
  # shellcheck disable=SC2086 # lists of words
  $THROUGH $LAUNCHER "$bundle/runcase" -b >"$scratch/probe.log" 2>&1 ||
    die "programs of ${bundle##*/mmapcheck-} do not run here:" \
      "$(sed -n '$p' "$scratch/probe.log" | cut -c 1-200)"
  phase unpack "$kernel_text"
}

exec_describe() {
  printf '"through": %s' "$(quote "$THROUGH $LAUNCHER")"
}

exec_start() {
  phase boot "${THROUGH:-${LAUNCHER:-directly}}"
  open_channels "$WORKERS"
  : >>"$run/console.log" || die "$run/console.log: cannot be written"
  start_guest env "BUNDLE=$bundle" "JOB=$scratch" "LINES_TO=$run/lines" \
    "CONSOLE_TO=$run/console.log" "WORKERS=$WORKERS" "THROUGH=$THROUGH" \
    "LAUNCHER=$LAUNCHER" "EMULATOR_VERSION=$emulator_version" \
    "$root/ci/guest/exec"
}
