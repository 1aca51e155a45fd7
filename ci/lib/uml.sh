# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# KIND=uml: User-mode Linux, a Linux kernel that is a process of this one.

uml_check() {
  [ "$(uname -s) $(uname -m)" = "Linux $ARCH" ] ||
    die "User-mode Linux for $ARCH needs Linux on $ARCH"
}

uml_prepare() {
  uml_check
  guest_name='User-mode Linux'
}

uml_unpack() {
  find_linux_parts usr/bin/linux.uml
  chmod +x "$kernel"
  phase unpack "$kernel_text, initramfs $(($(size_of "$initramfs") >> 20)) MiB"
}

uml_describe() {
  printf '"emulator": "User-mode Linux", "memory": %s, "cpus": 1' "$MEM"
}

# Its serial lines are descriptors; its memory is a file in TMPDIR.
uml_start() {
  phase boot "User-mode Linux, $MEM MiB"
  open_channels 1
  # shellcheck disable=SC2016 # for the inner shell
  start_guest sh -c '
    exec "$1" "mem=$2M" "initrd=$3" con=null con0=null,fd:5 ssl=null \
      ssl1=null,fd:6 uml_dir="$4" umid=guest panic=-1 oops=panic loglevel=5 \
      console=tty0 $7 5>>"$5" 6>>"$6"' sh \
    "$kernel" "$MEM" "$initramfs" "$scratch/uml" "$run/console.log" \
    "$run/lines.1" "$APPEND"
}
