#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The driver, where the host lacks QEMU or the package of the kernel, and what
# it makes of what it downloads.

bats_require_minimum_version 1.5.0

load fake-qemu

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
