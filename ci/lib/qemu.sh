# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# KIND=qemu: a Linux kernel and an initramfs in QEMU, results over serial ports.

# qemu_check: fails early and clearly, before anything is built.
qemu_check() {
  qemu=qemu-system-$ARCH
  command -v "$qemu" >/dev/null 2>&1 ||
    die "$qemu is not installed (Debian: qemu-system-x86 or qemu-system-arm)"
  qemu_version=$("$qemu" --version 2>/dev/null | sed -n '1s/^.*version //p' |
    sed 's/ .*//')
  [ "$KIND" = tardisk ] || find_compiler
}

qemu_prepare() {
  qemu_check
  guest_name=QEMU
}

# Whether the kernel, without a root file system, gets as far as missing one; or
# where there is no kernel, the firmware as far as missing a disk.  An
# accelerator may be there and not work: nested virtualization can hang.
try_accelerator() {
  set -- -accel "$1" -cpu max -m 256 -nodefaults -display none -no-reboot \
    -nic none -chardev "file,id=probe,path=$scratch/probe.log"
  if [ -n "${kernel-}" ]; then
    sign='Unable to mount root'
    # shellcheck disable=SC2086 # a list of words
    set -- "$@" $MACHINE -kernel "$kernel" \
      -append "console=$CONSOLE panic=-1" -serial chardev:probe
  else
    sign='No bootable device'
    set -- "$@" -device isa-debugcon,iobase=0x402,chardev=probe
  fi
  "$qemu" "$@" </dev/null >/dev/null 2>&1 &
  guest=$! tries=0
  while [ "$tries" -lt 15 ] && kill -0 "$guest" 2>/dev/null; do
    ! grep -a -q "$sign" "$scratch/probe.log" 2>/dev/null ||
      break
    sleep 1
    tries=$((tries + 1))
  done
  kill -KILL "$guest" 2>/dev/null
  wait "$guest" 2>/dev/null
  guest=''
  grep -a -q "$sign" "$scratch/probe.log" 2>/dev/null
}

# This system's processor, as QEMU names its programs.
host_arch() {
  case $(uname -m) in
  amd64) echo x86_64 ;;
  arm64) echo aarch64 ;;
  armv[67]*) echo arm ;;
  i?86) echo i386 ;;
  ppc64*) echo ppc64 ;;
  *) uname -m ;;
  esac
}

# choose_accelerator: sets accelerator from $accel.  What was found is kept: it
# stays true as long as the host's kernel, QEMU and the device are the same.
choose_accelerator() {
  accelerator=$accel
  [ "$accel" = auto ] || return 0
  accelerator=tcg
  [ -w /dev/kvm ] && [ "$(host_arch)" = "$ARCH" ] || return 0
  key="$(uname -r) $qemu_version $(id -u)"
  if [ "$(sed -n 1p "$cache/accelerator" 2>/dev/null)" = "$key" ]; then
    accelerator=$(sed -n 2p "$cache/accelerator")
    return
  fi
  ! try_accelerator kvm || accelerator=kvm
  printf '%s\n%s\n' "$key" "$accelerator" >"$cache/accelerator.$$" &&
    mv "$cache/accelerator.$$" "$cache/accelerator"
}

qemu_unpack() {
  # Since 7.0 Debian has kernels in linux-binary-*, beside their modules.
  find_linux_parts "boot/vmlinu[xz]-*" "usr/lib/modules/*/vmlinu[xz]"
  choose_accelerator
  phase unpack "$kernel_text, initramfs $(($(size_of "$initramfs") >> 20)) MiB"
}

qemu_describe() {
  printf '"accelerator": %s, "emulator": %s, "memory": %s, "cpus": %s' \
    "$(quote "$accelerator")" "$(quote "QEMU $qemu_version")" "$MEM" "$CPUS"
}

qemu_start() {
  threads=''
  [ "$accelerator" != tcg ] || threads=,thread=multi
  phase boot "QEMU $qemu_version, $accelerator, $CPUS CPUs, $MEM MiB"
  set -- "$qemu" -nodefaults -display none -no-reboot -nic none \
    -accel "$accelerator$threads" -cpu "$CPU" -smp "$CPUS" -m "$MEM"
  # shellcheck disable=SC2086 # a list of words
  set -- "$@" $MACHINE -kernel "$kernel" -initrd "$initramfs" \
    -append "console=$CONSOLE panic=-1 oops=panic loglevel=5 $APPEND" \
    -chardev "file,id=console,path=$run/console.log,append=on" \
    -serial chardev:console
  open_channels "$WORKERS"
  channel=1
  while [ "$channel" -le "$WORKERS" ]; do
    if [ -z "$PORT_DEVICE" ]; then
      set -- "$@" -serial "file:$run/lines.$channel"
    else
      set -- "$@" -chardev "file,id=lines$channel,path=$run/lines.$channel" \
        -device "$PORT_DEVICE,chardev=lines$channel"
    fi
    channel=$((channel + 1))
  done
  start_guest "$@"
}
