# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# An archive that the kernel unpacks into its first file system: cpio's format
# "newc" (Linux Documentation/driver-api/early-userspace/buffer-format.rst),
# written here because hosts have no cpio to rely on.

# entry NAME MODE SIZE: a header; MODE is octal, with the type.
entry() {
  inode=$((inode + 1))
  printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s' \
    "$inode" "0$2" 0 0 1 0 "$3" 0 0 0 0 $((${#1} + 1)) 0 "$1"
  # The name ends with a NUL; header and name fill words of four bytes.
  pad $((110 + ${#1} + 1)) 1
}

# pad LENGTH [MORE]: MORE NULs, and then up to a multiple of four.
pad() {
  count=$((${2-0} + (4 - $1 % 4) % 4))
  while [ "$count" -gt 0 ]; do
    printf '\000'
    count=$((count - 1))
  done
}

put_directory() {
  entry "$1" 40755 0
}

# put_file NAME MODE FILE
put_file() {
  size=$(size_of "$3")
  entry "$1" "100$2" "$size"
  cat "$3" || return
  pad "$size"
}

# put_tree NAME DIRECTORY: the files and directories in it.
put_tree() {
  put_directory "$1"
  for path in "$2"/*; do
    if [ -d "$path" ]; then
      put_tree "$1/${path##*/}" "$path"
    elif [ -x "$path" ]; then
      put_file "$1/${path##*/}" 755 "$path" || return
    else
      put_file "$1/${path##*/}" 644 "$path" || return
    fi
  done
}

# make_initramfs TO BUSYBOX BUNDLE SETTINGS QUEUE ALONE: what boots with
# ci/guest/init.linux as its /init.
make_initramfs() {
  inode=0
  {
    for name in bin dev proc sys tmp etc job; do
      put_directory $name
    done
    put_file bin/busybox 755 "$2" &&
      put_file init 755 "$root/ci/guest/init.linux" &&
      put_file job/settings 644 "$4" &&
      put_file job/queue 644 "$5" &&
      put_file job/alone 644 "$6" &&
      put_tree suite "$3" &&
      entry 'TRAILER!!!' 0 0
  } >"$1" || die "$1: cannot be written"
}
