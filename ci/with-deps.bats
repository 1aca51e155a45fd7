#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# ci/with-deps on systems that are not this one: PATH holds nothing but fakes,
# which write down how they were called.

bats_require_minimum_version 1.5.0

setup() {
  with_deps=$BATS_TEST_DIRNAME/with-deps
  bin=$BATS_TEST_TMPDIR/bin
  calls=$BATS_TEST_TMPDIR/calls
  mkdir "$bin" "$BATS_TEST_TMPDIR/include"
  : >"$calls"
  export SBIN_DIRS=$bin
  export INCLUDE_DIRS="$BATS_TEST_TMPDIR/none $BATS_TEST_TMPDIR/include"
  for tool in sh cat env touch chmod date; do
    ln -s "$(command -v $tool)" "$bin/$tool"
  done
  system Linux
  user 0
}

# A command that appends its name and arguments to $calls, then does $2.
fake() {
  printf '#!/bin/sh\necho "%s${*:+ $*}" >>"%s"\n%s\n' "$1" "$calls" "$2" \
    >"$bin/$1"
  chmod +x "$bin/$1"
}

system() {
  printf '#!/bin/sh\necho %s\n' "$1" >"$bin/uname"
  chmod +x "$bin/uname"
}

user() {
  printf '#!/bin/sh\necho %s\n' "$1" >"$bin/id"
  chmod +x "$bin/id"
}

everything="cc make kyua sqlite3 bats bmake clang clang-format shellcheck
  cppcheck mandoc ps qemu-system-x86_64 xorriso yamllint
  jsonschema git xz script"

provide() {
  for name; do
    case $name in
    *.h) : >"$BATS_TEST_TMPDIR/include/$name" ;;
    *) fake "$name" '' ;;
    esac
  done
}

provide_all() {
  # shellcheck disable=SC2086 # words
  provide $everything stdio.h atf-c.h sqlite3.h
}

# What a package manager's fake does to "install": the commands appear.
installs_all() {
  for name in $everything; do
    printf 'printf "#!/bin/sh\\necho %s \\"\\$*\\" >>%s\\n" >"%s/%s"\n' \
      "$name" "$calls" "$bin" "$name"
    printf 'chmod +x "%s/%s"\n' "$bin" "$name"
  done
  for name in stdio.h atf-c.h sqlite3.h; do
    printf 'touch "%s/include/%s"\n' "$BATS_TEST_TMPDIR" "$name"
  done
}

deps() {
  run --separate-stderr env PATH="$bin" sh "$with_deps" "$@"
}

one_line() {
  [ "${#stderr_lines[@]}" -eq 1 ] || {
    echo "not one line: $stderr"
    return 1
  }
}

@test "with everything there the command runs and nothing is installed" {
  provide_all
  fake apt-get ''
  fake job ''
  deps job a b
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [ "$(cat "$calls")" = "job a b" ]
}

@test "arguments, standard input and exit status pass through unchanged" {
  provide_all
  fake job 'for a; do echo "<$a>"; done; cat; exit 42'
  run --separate-stderr env PATH="$bin" sh "$with_deps" job 'a  b' '' '*' -s x \
    <<<"from stdin"
  [ "$status" -eq 42 ]
  [ "$output" = "<a  b>
<>
<*>
<-s>
<x>
from stdin" ]
}

@test "a command that does not exist is status 127" {
  provide_all
  run -127 --separate-stderr env PATH="$bin" sh "$with_deps" no-such-command
}

@test "no command is a usage error on one line" {
  deps
  [ "$status" -eq 2 ]
  one_line
  [[ $stderr == "with-deps: no COMMAND; usage: "* ]]
  deps -s suite
  [ "$status" -eq 2 ]
  [[ $stderr == "with-deps: no COMMAND; usage: "* ]]
}

@test "an unknown option, an unknown set and a missing set are usage errors" {
  deps -x true
  [ "$status" -eq 2 ]
  one_line
  [[ $stderr == "with-deps: unknown option -x; usage: "* ]]
  deps -s everything true
  [ "$status" -eq 2 ]
  one_line
  [[ $stderr == "with-deps: unknown set 'everything'; usage: "* ]]
  deps -s
  [ "$status" -eq 2 ]
  one_line
  [[ $stderr == "with-deps: -s needs a SET; usage: "* ]]
}

@test "Debian: what is missing is installed, then the command runs" {
  provide cc make stdio.h
  fake apt-get "case \$* in *install*) $(installs_all) ;; esac"
  fake job ''
  deps job
  [ "$status" -eq 0 ]
  [ "${stderr_lines[0]}" = "with-deps: job: missing: kyua atf-c.h sqlite3.h sqlite3 qemu-system-x86_64 xorriso xz clang-format shellcheck cppcheck mandoc bats bmake clang git ps script yamllint jsonschema" ]
  [ "${stderr_lines[1]}" = "with-deps: reading the package lists (apt-get update)" ]
  [ "${stderr_lines[2]}" = "with-deps: installing kyua libatf-dev libsqlite3-dev sqlite3 qemu-system-x86 xorriso xz-utils clang-format shellcheck cppcheck mandoc bats bmake clang git procps bsdutils yamllint python3-jsonschema" ]
  [ "${#stderr_lines[@]}" -eq 3 ]
  [ "$(sed -n 1p "$calls")" = "apt-get -q -o DPkg::Lock::Timeout=120 -o APT::Update::Error-Mode=any update" ]
  [ "$(sed -n 2p "$calls")" = "apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends kyua libatf-dev libsqlite3-dev sqlite3 qemu-system-x86 xorriso xz-utils clang-format shellcheck cppcheck mandoc bats bmake clang git procps bsdutils yamllint python3-jsonschema" ]
  [ "$(sed -n 3p "$calls")" = job ]
  [ "$(wc -l <"$calls")" -eq 3 ]
}

@test "Debian without compiler and make: both are among what is installed" {
  fake apt-get "case \$* in *install*) $(installs_all) ;; esac"
  deps make check
  [ "$status" -eq 0 ]
  [[ ${stderr_lines[2]} == "with-deps: installing gcc libc6-dev make kyua "* ]]
  [ "$(tail -n 1 "$calls")" = "make check" ]
}

@test "a set asks for no more than its purpose needs" {
  fake apt-get 'exit 1'
  user 1000
  deps -s suite true
  [ "$status" -eq 3 ]
  [[ $stderr == *"--no-install-recommends gcc libc6-dev make kyua libatf-dev" ]]
  deps -s report true
  [[ $stderr == *"--no-install-recommends gcc libc6-dev make kyua libatf-dev libsqlite3-dev" ]]
  provide cc stdio.h make kyua atf-c.h
  fake job ''
  deps -s suite job
  [ "$status" -eq 0 ]
}

# asks COMMAND WORDS: what with-deps would install for it on a bare Debian.
asks() {
  # shellcheck disable=SC2086 # words
  deps $1
  [ "$status" -eq 3 ]
  [ "${stderr#*--no-install-recommends }" = "$2" ] || {
    echo "$1: ${stderr#*--no-install-recommends }, not $2"
    return 1
  }
}

@test "without -s, what COMMAND is known to need, and no more" {
  fake apt-get 'exit 1'
  user 1000
  suite='gcc libc6-dev make kyua libatf-dev'
  asks 'make report' "$suite libsqlite3-dev"
  asks 'make published' "$suite libsqlite3-dev"
  asks reports/show-published "$suite libsqlite3-dev"
  asks make "$suite libsqlite3-dev"
  asks 'make -j 2 CFLAGS=-O0 suite' "$suite"
  asks 'make lint' "$suite clang-format shellcheck cppcheck mandoc"
  asks 'bmake suite' "$suite"
  asks 'kyua test' "$suite"
  asks 'make bench' "$suite libsqlite3-dev clang-format shellcheck cppcheck mandoc"
  asks 'ci/bench -n 1' "$suite libsqlite3-dev clang-format shellcheck cppcheck mandoc"
  asks './ci/lint shell' 'clang-format shellcheck cppcheck mandoc'
  asks 'ci/run -o run native' "$suite"
  asks 'ci/run linux-6.1+user=nobody' "$suite qemu-system-x86"
  asks 'ci/run freebsd-15' "$suite qemu-system-x86 xorriso xz-utils"
  asks 'ci/matrix native gvisor' "$suite libsqlite3-dev runsc"
  asks 'ci/run musl' "$suite musl-tools"
  asks '/x/ci/run qemu-user-aarch64' \
    "$suite qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
  asks 'ci/conditions' "$suite xfsprogs btrfs-progs e2fsprogs"
  asks 'ci/conditions mdwe vm' "$suite qemu-system-x86 xfsprogs btrfs-progs e2fsprogs"
  asks 'ci/soak 4' "$suite stress-ng"
  asks 'ci/export tmt run' "$suite libsqlite3-dev sqlite3"
  # An explicit set wins; what nobody knows gets everything.
  asks '-s suite make check' "$suite"
  for command in 'make check' 'make everything' 'bats ci' .ci/run job; do
    deps $command
    [[ $stderr == *" bats bmake clang git "* ]]
  done
}

@test "every target of ci/run is known to with-deps" {
  fake apt-get 'exit 1'
  user 1000
  for target in "$BATS_TEST_DIRNAME"/targets/*.conf; do
    name=${target##*/} name=${name%.conf}
    deps ci/run "$name"
    for package in $(sed -n 's/.*\(TOOL\|COMPILER\)_PACKAGE=//p' "$target"); do
      [ "$package" = gcc-x86-64-linux-gnu ] || # cc by another name
        [[ "$stderr " == *" $package "* ]] || {
        echo "$name: $package is not among what is installed: $stderr"
        return 1
      }
    done
    ! grep -q 'KIND=\(qemu\|tardisk\)' "$target" ||
      [[ $stderr == *" qemu-system-"* ]]
  done
}

@test "a long installation says every few seconds what it is at" {
  fake apt-get "case \$* in
    *install*) echo 'Unpacking gcc (1) ...'; $(command -v sleep) 6
      echo 'Setting up gcc (1) ...'; echo 'Setting up make (1) ...'
      $(installs_all) ;;
    esac"
  fake job ''
  deps -s suite job
  [[ ${stderr_lines[3]} =~ ^"with-deps: "[67]" s: Setting up gcc (1) ..."$ ]]
  [ "${#stderr_lines[@]}" -eq 4 ]
}

@test "cross compilers and emulators are installed where asked for, only" {
  fake apt-get 'exit 1'
  user 1000
  provide_all
  provide true
  deps -s check true
  [ "$status" -eq 0 ]
  deps -s targets true
  [ "$status" -eq 0 ]
  provide runsc qemu-x86_64-static musl-gcc i686-linux-gnu-gcc
  provide aarch64-linux-gnu-gcc powerpc64le-linux-gnu-gcc qemu-system-aarch64
  deps -s emulators true
  [ "$status" -eq 3 ]
  [[ $stderr == *"--no-install-recommends libc6-dev-i386-cross libc6-dev-arm64-cross libc6-dev-ppc64el-cross" ]]
}

@test "without root the exact command is printed and nothing is run" {
  provide cc stdio.h make kyua sqlite3.h $everything
  fake apt-get ''
  user 1000
  deps make
  [ "$status" -eq 3 ]
  one_line
  [ "$stderr" = "with-deps: missing: atf-c.h; run as root: apt-get install -y --no-install-recommends libatf-dev" ]
  [ ! -s "$calls" ]
}

@test "Debian: no network gives one line that says so" {
  fake apt-get 'case $* in
    *update*) echo "Hit:1 x"; echo "E: Failed to fetch http://deb/InRelease  Could not resolve '"'deb'"'" >&2; echo "E: Some index files failed to download." >&2; exit 100 ;;
    *) echo "Reading package lists..."; echo "E: Unable to locate package gcc" >&2; exit 100 ;;
  esac'
  fake job ''
  deps -s suite job
  [ "$status" -eq 4 ]
  [ "${#stderr_lines[@]}" -eq 4 ]
  [ "${stderr_lines[2]}" = "with-deps: installing gcc libc6-dev make kyua libatf-dev" ]
  [ "${stderr_lines[3]}" = "with-deps: apt-get install gcc libc6-dev make kyua libatf-dev failed: E: Unable to locate package gcc (before that, apt-get update: E: Failed to fetch http://deb/InRelease  Could not resolve 'deb')" ]
  run ! grep -q '^job' "$calls"
}

@test "Debian: a held lock gives the line that names the holder" {
  fake apt-get 'case $* in
    *update*) exit 0 ;;
    *) echo "Waiting for cache lock: x"; echo "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)" >&2; exit 100 ;;
  esac'
  deps -s suite true
  [ "$status" -eq 4 ]
  [ "${stderr_lines[-1]}" = "with-deps: apt-get install gcc libc6-dev make kyua libatf-dev failed: E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)" ]
}

@test "Debian: one source being down does not matter when the packages come" {
  fake apt-get "case \$* in *install*) $(installs_all) ;; *) exit 100 ;; esac"
  fake job ''
  deps job
  [ "$status" -eq 0 ]
  [ "${#stderr_lines[@]}" -eq 3 ]
  [ "$(tail -n 1 "$calls")" = job ]
}

@test "a package manager that fails without a word is still explained" {
  fake apt-get 'exit 1'
  deps -s suite true
  [ "$status" -eq 4 ]
  [[ ${stderr_lines[-1]} == *"failed: it gave no reason (before that, "* ]]
}

@test "an installation that succeeds and provides nothing is caught" {
  fake apt-get ''
  fake job ''
  deps -s suite job
  [ "$status" -eq 4 ]
  [ "${stderr_lines[-1]}" = "with-deps: installed, yet still missing: cc stdio.h make kyua atf-c.h" ]
  run ! grep -q '^job' "$calls"
}

@test "FreeBSD: pkg, and base provides compiler, make and mandoc" {
  system FreeBSD
  provide cc stdio.h make mandoc ps xz script
  fake pkg "$(installs_all)"
  fake job ''
  deps job
  [ "$status" -eq 0 ]
  [ "$(sed -n 1p "$calls")" = "pkg install -y kyua atf sqlite3 hs-ShellCheck cppcheck bats-core git" ]
  [ "$(sed -n 2p "$calls")" = job ]
}

@test "DragonFly uses FreeBSD's package names" {
  system DragonFly
  provide cc stdio.h make
  fake pkg "$(installs_all)"
  fake job ''
  deps -s suite job
  [ "$status" -eq 0 ]
  [ "$(sed -n 1p "$calls")" = "pkg install -y kyua atf" ]
}

@test "NetBSD: pkgin" {
  system NetBSD
  provide cc stdio.h make atf-c.h sqlite3.h sqlite3 mandoc ps script
  fake pkgin "$(installs_all)"
  fake job ''
  deps job
  [ "$status" -eq 0 ]
  [ "$(sed -n 1p "$calls")" = "pkgin -y install kyua xz cppcheck bats git-base" ]
}

@test "NetBSD without pkgin: one line, status 3" {
  system NetBSD
  provide cc stdio.h make atf-c.h
  deps -s suite true
  [ "$status" -eq 3 ]
  one_line
  [ "$stderr" = "with-deps: missing: kyua; pkgin is not there to install kyua" ]
}

@test "OpenBSD: pkg_add" {
  system OpenBSD
  provide cc stdio.h make mandoc ps script
  fake pkg_add "$(installs_all)"
  fake job ''
  deps job
  [ "$status" -eq 0 ]
  [ "$(sed -n 1p "$calls")" = "pkg_add -I kyua atf sqlite3 xz shellcheck cppcheck bats git" ]
}

@test "OpenBSD: a failing pkg_add gives its reason on one line" {
  system OpenBSD
  provide cc stdio.h make
  fake pkg_add 'echo "https://cdn/: ftp: cdn: no address associated with name"; echo "Fatal: cannot find kyua" >&2; exit 1'
  deps -s suite true
  [ "$status" -eq 4 ]
  [ "${stderr_lines[-1]}" = "with-deps: pkg_add -I kyua atf failed: Fatal: cannot find kyua" ]
}

@test "a base system without its compiler is told apart from a package" {
  system FreeBSD
  fake pkg ''
  deps -s suite true
  [ "$status" -eq 3 ]
  one_line
  [ "$stderr" = "with-deps: missing from the base system, reinstall it: cc stdio.h make" ]
  [ ! -s "$calls" ]
}

@test "an unknown system: one line with what is missing" {
  system Haiku
  provide cc make
  deps -s suite true
  [ "$status" -eq 3 ]
  one_line
  [ "$stderr" = "with-deps: Haiku without apt-get: install by hand what provides: stdio.h kyua atf-c.h" ]
  provide kyua stdio.h atf-c.h
  fake job ''
  deps -s suite job
  [ "$status" -eq 0 ]
}
