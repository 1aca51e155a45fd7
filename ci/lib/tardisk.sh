# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# shellcheck disable=SC2015 # what fails before "||" is to be told there
# KIND=tardisk: a system's own image in QEMU.  A second disk takes the job in, as
# a tar archive, and brings the results out; a CD tells the image, at its first
# boot, to run ci/guest/start.  The image is not written to.
#
# The disk is three slots of SLOT_SIZE records of tar's (10240 bytes): the job,
# and results in the second and third in turn (ci/guest/keep).
SLOT_SIZE=6400

tardisk_check() {
  qemu_check
  for iso in xorriso genisoimage mkisofs makefs ''; do
    ! command -v "$iso" >/dev/null 2>&1 || break
  done
  [ -n "$iso" ] || die "nothing here writes a CD (Debian: xorriso)"
  [ -n "${IMAGE-}$IMAGE_NAME" ] || die "$IMAGE_HINT"
  case ${IMAGE-$IMAGE_NAME} in
  *.xz) command -v xz >/dev/null 2>&1 ||
    die "xz is not installed (Debian: xz-utils), for ${IMAGE-$IMAGE_NAME}" ;;
  esac
}

tardisk_prepare() {
  tardisk_check
  guest_name=QEMU
  get_image
}

# get_image: sets image, image_format and kernel_json.
get_image() {
  image=${IMAGE-}
  if [ -n "$image" ]; then
    [ -f "$image" ] && [ -r "$image" ] || die "IMAGE: $image: cannot be read"
    image_digest=$(digest_of "$image")
    kernel_json="\"image\": $(quote "$image"), \"sha256\": \"$image_digest\""
  else
    image_digest=$(sed -n "s/^\([0-9a-f]\{64\}\)  $IMAGE_NAME\$/\1/p" \
      "$root/ci/images.sha256")
    [ -n "$image_digest" ] ||
      die "$IMAGE_NAME: no digest of it in ci/images.sha256"
    image=$cache/images/$IMAGE_NAME
    [ -e "$image" ] || download_image
    [ "$(digest_of "$image")" = "$image_digest" ] ||
      die "$image: is not what ci/images.sha256 says, SHA256 differs"
    kernel_json="\"image\": $(quote "$IMAGE_NAME"), \"sha256\": \"$image_digest\""
  fi
  case $image in
  *.xz)
    plain=$cache/images/$image_digest
    [ -e "$plain" ] || {
      mkdir -p "$cache/images" && xz -dc "$image" >"$plain.$$" &&
        mv "$plain.$$" "$plain" || {
        rm -f "$plain.$$"
        die "$image: cannot be unpacked to $plain"
      }
    }
    image=$plain
    ;;
  esac
  image_format=raw
  case $(dd if="$image" bs=4 count=1 2>/dev/null | tr -cd QFI) in
  QFI) image_format=qcow2 ;;
  esac
}

download_image() {
  mkdir -p "$cache/images" || die "$cache/images: cannot be made"
  phase unpack "downloading $IMAGE_NAME"
  if command -v curl >/dev/null 2>&1; then
    set -- curl -fsSL -o "$image.$$"
  elif command -v wget >/dev/null 2>&1; then
    set -- wget -q -O "$image.$$"
  else
    set -- fetch -q -o "$image.$$"
  fi
  "$@" "$IMAGE_URL/$IMAGE_NAME" && mv "$image.$$" "$image" || {
    rm -f "$image.$$"
    die "$IMAGE_URL/$IMAGE_NAME: cannot be downloaded; with the image at" \
      "hand: IMAGE=PATH"
  }
}

# The sources as they are, without what was built from them.
copy_sources() {
  if git -C "$root" rev-parse -q --verify HEAD >/dev/null 2>&1; then
    git -C "$root" ls-files >"$scratch/files"
  else
    (cd "$root" && find . -type f ! -path './.git/*' ! -path './reports/runs/*' \
      ! -path './reports/out/*' ! -path './ci/bundle/out/*' ! -name '*.[oa]' \
      ! -path './tests/*_test') >"$scratch/files"
  fi
  # A file may be gone from the tree that is not yet gone from its history.
  (cd "$root" && while read -r file; do
    [ ! -f "$file" ] || printf '%s\n' "$file"
  done <"$scratch/files" | tar -cf "$scratch/src.tar" -T -) &&
    mkdir "$scratch/stage/src" &&
    (cd "$scratch/stage/src" && tar -xf "$scratch/src.tar")
}

# The job becomes the guest's root's, whoever makes it here: a guest may not have
# such a user to give it to.
pack_job() {
  for owner in '--owner=0 --group=0' '--uid=0 --gid=0' ''; do
    # shellcheck disable=SC2086 # two words
    ! tar $owner -cf /dev/null -T /dev/null 2>/dev/null || break
  done
  # shellcheck disable=SC2086 # two words
  (cd "$scratch/stage" && tar $owner --format=ustar -cf "$disk" \
    mmapcheck.job keep settings src)
}

tardisk_unpack() {
  disk=$scratch/disk
  commit=$(git -C "$root" describe --always --dirty 2>/dev/null) ||
    commit=unknown
  mkdir "$scratch/stage" "$scratch/cd" && copy_sources &&
    cp "$root/ci/guest/job" "$scratch/stage/mmapcheck.job" &&
    cp "$root/ci/guest/keep" "$scratch/stage/keep" &&
    cat >"$scratch/stage/settings" <<SETTINGS &&
BUILD='$BUILD' PROGRAMS='$programs' OPTIONS='-v exclusive=true'
SLOT_SIZE=$SLOT_SIZE COMMIT=$commit RESUMED='$resume'
SETTINGS
    pack_job || die "$scratch: cannot be written"
  size=$(size_of "$disk")
  [ "$size" -le $((SLOT_SIZE * 10240)) ] ||
    die "the job is too large for its disk: $size bytes"
  # The rest of the disk is a hole.
  dd if=/dev/null of="$disk" bs=10240 seek=$((SLOT_SIZE * 3)) 2>/dev/null ||
    die "$disk: cannot be written"
  # Executable, because some read the CD and some execute what is on it.
  cp "$root/ci/guest/start" "$scratch/cd/user-data" &&
    chmod 755 "$scratch/cd/user-data" &&
    printf 'instance-id: mmapcheck\nlocal-hostname: mmapcheck\n' \
      >"$scratch/cd/meta-data" || die "$scratch: cannot be written"
  case $iso in
  xorriso) set -- xorriso -as mkisofs -quiet -r -V cidata -o ;;
  makefs) set -- makefs -t cd9660 -o rockridge,label=cidata ;;
  *) set -- "$iso" -quiet -r -V cidata -o ;;
  esac
  "$@" "$scratch/cidata.iso" "$scratch/cd" >"$scratch/iso.log" 2>&1 ||
    die "$iso: $(tail -n 1 "$scratch/iso.log")"
  choose_accelerator
  phase unpack "$image, job $((size >> 10)) KiB"
}

tardisk_describe() {
  qemu_describe
}

tardisk_start() {
  threads=''
  [ "$accelerator" != tcg ] || threads=,thread=multi
  phase boot "QEMU $qemu_version, $accelerator, $CPUS CPUs, $MEM MiB"
  : >"$run/lines.1" || die "$run/lines.1: cannot be written"
  # shellcheck disable=SC2086 # MACHINE is a list of words
  start_guest "$qemu" -nodefaults -display none -no-reboot -nic none \
    -accel "$accelerator$threads" -cpu "$CPU" -smp "$CPUS" -m "$MEM" \
    -vga std -device virtio-rng-pci $MACHINE \
    -chardev "file,id=console,path=$run/console.log,append=on" \
    -serial chardev:console \
    -drive "if=virtio,format=$image_format,snapshot=on,file=$image" \
    -drive "if=virtio,format=raw,file=$disk" \
    -drive "if=ide,media=cdrom,readonly=on,format=raw,file=$scratch/cidata.iso"
}

# The lines a runner would have said, from the console: Kyua announces a case
# with "tests/PROGRAM:CASE  ->  " and ends that line with its result.
tardisk_look() {
  console | awk '
    /^@@/ || /^guest: / { print; next }
    match($0, /^tests\/[A-Za-z0-9_]+:[A-Za-z0-9_]+  ->  /) {
      print "@@case " substr($0, 7, RLENGTH - 12)
      $0 = substr($0, RLENGTH + 1)
      if (sub(/  \[[0-9.]+s\]$/, ""))
        print "@@result " $0
    }' >"$scratch/lines" && cp "$scratch/lines" "$run/lines.1"
}

# unpack_slot N: to $scratch/slot, and sets number; fails when what is there is
# not whole.  A guest may write what it likes, so only plain files with the
# names that belong there are looked at.
unpack_slot() {
  number=0
  rm -rf "$scratch/slot" "$scratch/slot.tar"
  mkdir "$scratch/slot" || die "$scratch: cannot be written"
  dd if="$disk" of="$scratch/slot.tar" bs=10240 skip=$((SLOT_SIZE * $1)) \
    count="$SLOT_SIZE" 2>/dev/null || die "$disk: cannot be read"
  tar -tf "$scratch/slot.tar" 2>/dev/null |
    grep -x -E 'number|sums|lines|run\.json|kyua\.log|out/[a-z0-9_]+\.db' \
      >"$scratch/names"
  grep -q -x sums "$scratch/names" || return
  (cd "$scratch/slot" && tar -xf "$scratch/slot.tar" -T "$scratch/names") \
    2>/dev/null || return
  [ -z "$(find "$scratch/slot" ! -type f ! -type d)" ] || return
  (cd "$scratch/slot" && sed 's/.* //' sums | xargs cksum) \
    >"$scratch/cksums" 2>/dev/null
  cmp -s "$scratch/cksums" "$scratch/slot/sums" || return
  number=$(cat "$scratch/slot/number")
  is_number "$number"
}

# bring_disk: sets found to the number of the newest results on the disk, which
# are in $scratch/results; 0 when there are none.
bring_disk() {
  found=0
  for slot in 1 2; do
    if unpack_slot "$slot" && [ "$number" -gt "$found" ]; then
      found=$number
      rm -rf "$scratch/results"
      mv "$scratch/slot" "$scratch/results" ||
        die "$scratch: cannot be written"
    fi
  done
}

# tardisk_bring_back: sets home, as rebuild does, and text to what there is.
tardisk_bring_back() {
  bring_disk
  if [ -e "$scratch/results/run.json" ]; then
    # A system in which Kyua ran.
    rm -f "$run"/lines.[0-9]*
    cp -R "$scratch/results/." "$run/" ||
      die "$run: cannot be written"
    rm -f "$run/number" "$run/sums"
    # The guest has no history to ask.
    known=null
    [ "$commit" = unknown ] || known=$(quote "$commit")
    sed "s/\"commit\": null/\"commit\": $known/" "$run/run.json" \
      >"$run/run.json.new" && mv "$run/run.json.new" "$run/run.json" ||
      die "$run/run.json: cannot be written"
    home=2
    if grep -q '"state": "complete"' "$run/run.json"; then
      home=0
      ! grep -q '"status": 1' "$run/run.json" || home=1
    fi
    text="$(find "$run/out" -name '*.db' 2>/dev/null | wc -l) programs"
  else
    [ ! -e "$scratch/results/lines" ] ||
      { cat "$scratch/results/lines" && echo 'guest: end'; } >"$run/lines.1"
    gather
    if ! grep -q '^@@run program ' "$run/lines.log"; then
      rm -f "$run/lines.log"
      why=${why:-the guest ended without results}
      text='nothing finished'
      return
    fi
    rebuild
    text="$(cat "$run"/out/*/*.result 2>/dev/null | grep -c .) cases"
    stores=$(find "$run/out" -name '*.db' | wc -l)
    [ "$stores" -eq 0 ] || text="$text, $stores programs before"
  fi
  note_target
  phase 'bring back' "$run"
}

# tardisk_resume: sets programs to what the run has not finished, as words of
# the bundle's runner.  That goes on after a case, and Kyua cannot: programs that
# it has finished keep their stores, all others are run case by case.
tardisk_resume() {
  [ -e "$run/run.json" ] || [ -e "$run/lines.log" ] ||
    die "--resume: $run: has no results to go on with"
  old_kernel=$(sed -n 's/.*"kernel": {.*"sha256": "\([0-9a-f]*\)".*/\1/p' \
    "$run/run.json" 2>/dev/null)
  [ -z "$old_kernel" ] || [ "$old_kernel" = "$image_digest" ] ||
    die "--resume: $run: is of another image, not of $image"
  why='' fault=''
  gather
  if [ -e "$run/lines.log" ]; then
    cp "$run/run.json" "$scratch/run.json" 2>/dev/null
    rebuild
    [ ! -e "$scratch/run.json" ] || cp "$scratch/run.json" "$run/run.json"
  fi
  programs=$(sed -n 's/.*{"name": "\([a-z0-9_]*\)", "status": .*/\1/p' \
    "$run/run.json" | while read -r program; do
    [ ! -e "$run/out/$program.db" ] || continue
    if ls "$run/out/$program"/*.result >/dev/null 2>&1; then
      sed -n 's/^ident: //p' "$run/out/$program/list" | while read -r name; do
        [ -e "$run/out/$program/$name.result" ] || echo "$program:$name"
      done
    else
      echo "$program"
    fi
  done | tr '\n' ' ')
  [ -n "$programs" ] || die "--resume: $run: has nothing left to run"
}

run_tardisk() {
  [ "$OVERCOMMIT$ASLR$THP $RUNAS" = ' root' ] ||
    die "takes +memory and +cpus only"
  HUGEPAGES=''
  tardisk_prepare
  [ -z "$resume" ] || tardisk_resume
  tardisk_unpack
  console_start=$(size_of "$run/console.log") boot_time='' why='' ending=''
  started=yes
  tardisk_start
  watch_guest
  started=''
  tardisk_look
  finished=$(finished_cases) names=$(running_cases | tr '\n' ' ')
  explain
  # What a kernel says last may stand behind Kyua's name of the case.
  why=${why##*  ->  } names=${names% }
  phase run "$finished cases in $waited s"
  tardisk_bring_back
  if [ -n "$why" ]; then
    phase verdict "$(blame)${names:+, while $names ran}; $text"
    exit 2
  fi
  case $home in
  0) phase verdict "clean: $text" ;;
  1) phase verdict "not as claimed: $text; reports/report text $run" ;;
  2) phase verdict "incomplete: $text" ;;
  esac
  exit "$home"
}
