# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# Kernels and what goes into a guest with them: files of Debian packages, which
# are downloaded and unpacked, not installed.  No privileges are needed.

# Words for apt-get and apt-cache: none where this system's own lists serve.
apt_options=''

# use_lists: those of the Debian release $PACKAGE_SUITE for $PACKAGE_ARCH, where
# the target names them: kept in the cache, so that this system's stay as they
# are.  why is set when they cannot be had.
use_lists() {
  [ -n "$PACKAGE_SUITE" ] || return 0
  lists=$cache/lists/$PACKAGE_SUITE-$PACKAGE_ARCH
  apt_options="-o Dir::State=$lists -o Dir::State::status=$lists/status
    -o Dir::Cache=$lists -o Dir::Cache::pkgcache=pkgcache.bin
    -o Dir::Etc::sourcelist=$lists/sources.list
    -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null
    -o Dir::Etc::preferencesparts=/dev/null -o APT::Sandbox::User=root
    -o APT::Architecture=$PACKAGE_ARCH -o APT::Architectures=$PACKAGE_ARCH"
  [ -e "$lists/sources.list" ] || fetch_lists
}

# From $MMAPCHECK_MIRROR, or where a Debian has its own packages from.
fetch_lists() {
  mirror=${MMAPCHECK_MIRROR-}
  # shellcheck disable=SC2016 # apt-get's own variable
  [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Label: Debian' 2>/dev/null | sed 1q)
  [ -n "$mirror" ] || {
    why='MMAPCHECK_MIRROR=URL says where Debian is to be had'
    return 1
  }
  if ! mkdir -p "$lists/lists/partial" "$lists/archives/partial" 2>/dev/null ||
    ! : >"$lists/status" ||
    ! printf 'deb [arch=%s signed-by=%s] %s %s main\n' "$PACKAGE_ARCH" \
      /usr/share/keyrings/debian-archive-keyring.gpg "$mirror" \
      "$PACKAGE_SUITE" >"$lists/sources.list"; then
    die "$lists: cannot be written"
  fi
  # shellcheck disable=SC2086 # a list of words
  apt-get -q $apt_options -o Acquire::Languages=none update \
    >"$scratch/apt.log" 2>&1
  why=$(grep '^[EW]:' "$scratch/apt.log" | sed 1q)
  [ -z "$why" ] || {
    rm -f "$lists/sources.list"
    return 1
  }
}

# find_packages PATTERN: what the package lists have that matches, newest first: a
# line of name, version, SHA256 and architecture for each.
find_packages() {
  # shellcheck disable=SC2086 # a list of words
  apt-cache $apt_options pkgnames "${1%%\**}" 2>/dev/null | while read -r name; do
    # shellcheck disable=SC2254 # it is a pattern
    case $name in
    *-dbg | *-unsigned) ;;
    $1) printf '%s\n' "$name" ;;
    esac
  done | sort -rV | while read -r name; do
    # shellcheck disable=SC2086 # a list of words
    apt-cache $apt_options show "$name" 2>/dev/null | awk -v name="$name" '
      function finish() {
        if (version != "")
          print name, version, digest, architecture
        version = ""
      }
      $1 == "Package:" || $0 == "" { finish() }
      $1 == "Version:" { version = $2 }
      $1 == "SHA256:" { digest = $2 }
      $1 == "Architecture:" { architecture = $2 }
      END { finish() }'
  done
}

# keep FILE NAME: a copy in the cache, which appears whole or not at all.
keep() {
  cp "$1" "$2.$$" 2>/dev/null && mv "$2.$$" "$2" && return
  rm -f "$2.$$"
  return 1
}

# get_package PATTERN: sets package, package_version and package_digest, and
# package_file, a .deb in the cache, downloaded when it is not there yet.
# Where the lists know no such package, the newest one cached will do; where the
# mirror has not what its lists name, the one before does.
get_package() {
  mkdir -p "$cache/packages" 2>/dev/null ||
    die "$cache/packages: cannot be made"
  why='' trouble=''
  : >"$scratch/found"
  if command -v apt-cache >/dev/null 2>&1; then
    ! use_lists || find_packages "$1" >"$scratch/found"
  fi
  [ -s "$scratch/found" ] || {
    take_cached "$1"
    return
  }
  while read -r package package_version package_digest arch; do
    name=${package}_$(printf '%s' "$package_version" |
      sed 's/:/%3a/g')_$arch.deb
    package_file=$cache/packages/$name
    if [ -e "$package_file" ] || download_package; then
      return
    fi
  done <"$scratch/found"
  give_up_download "$trouble"
}

# The newest file in the cache that matches; those of several architectures may
# lie there.
take_cached() {
  arch=$PACKAGE_ARCH
  [ -n "$arch" ] || arch=$(dpkg --print-architecture 2>/dev/null)
  # shellcheck disable=SC2086,SC2012 # a pattern, and names known to be plain
  package_file=$(ls -d "$cache"/packages/${1}_*_"$arch".deb 2>/dev/null |
    sort -V | tail -n 1)
  [ -n "$package_file" ] ||
    die "no package $1: neither in the package lists" \
      "(${why:-apt-get update fetches those}) nor in $cache/packages"
  name=${package_file##*/}
  package=${name%%_*} name=${name#*_}
  package_version=$(printf '%s' "${name%_*}" | sed 's/%3a/:/g')
  package_digest=$(digest_of "$package_file")
}

give_up_download() {
  # The lists may be older than the mirror is now.
  [ -z "$PACKAGE_SUITE" ] || rm -f "$lists/sources.list"
  die "$@"
}

# download_package: fails when the mirror has no such file.  Under another name
# until it is whole and known to be the right one.
download_package() {
  rm -rf "$scratch/download"
  mkdir "$scratch/download" || die "$scratch: cannot be written"
  # shellcheck disable=SC2086 # a list of words
  if ! (cd "$scratch/download" &&
    apt-get -q $apt_options -o APT::Sandbox::User=root download \
      "$package=$package_version") >"$scratch/apt.log" 2>&1 </dev/null; then
    why=$(grep '^E:' "$scratch/apt.log" | sed 1q)
    why="$package $package_version: cannot be downloaded: ${why:-no reason given}"
    grep -q '404 ' "$scratch/apt.log" || give_up_download "$why"
    trouble=${trouble:-$why}
    return 1
  fi
  [ "$(digest_of "$scratch/download/$name")" = "$package_digest" ] ||
    die "$name: is not what the package lists say, SHA256 differs"
  keep "$scratch/download/$name" "$package_file" ||
    die "$package_file: cannot be written"
  rm -rf "$scratch/download"
}

# unpack_file PATTERN...: sets unpacked to the one file of the package that
# matches; it stays in the cache.
unpack_file() {
  unpacked=$cache/files/$(basename "$package_file" .deb)
  [ ! -e "$unpacked" ] || return 0
  mkdir -p "$cache/files" "$scratch/unpacked" 2>/dev/null ||
    die "$cache/files: cannot be made"
  found=''
  for pattern; do
    dpkg-deb --fsys-tarfile "$package_file" 2>/dev/null |
      tar -x -f - -C "$scratch/unpacked" --wildcards "./$pattern" 2>/dev/null
    [ -n "$found" ] || found=$(find "$scratch/unpacked" -type f \
      -path "$scratch/unpacked/$pattern" | sed 1q)
  done
  [ -n "$found" ] || die "$package_file: holds no $1"
  keep "$found" "$unpacked" || die "$unpacked: cannot be written"
  rm -rf "$scratch/unpacked"
}
