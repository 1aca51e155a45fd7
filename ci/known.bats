#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Known deviations: platform/known/known.awk and platform/known/known.c on systems that
# the tests make up.

bats_require_minimum_version 1.5.0

setup() {
  root=$BATS_TEST_DIRNAME/..
  work=$BATS_TEST_TMPDIR
  mkdir "$work/known"
}

# Appends a line to a table: SYSTEM CASE VERSIONS WHEN REASON [OBSERVED].
line() {
  printf '%s\t%s\t%s\t%s\t%s\ta manual\n' "$2" "$3" "$4" "${6-ok}" "$5" \
    >>"$work/known/$1.tsv"
}

# Compiles the tables into $work/driver.
build() {
  cp "$root/platform/known/known.c" "$root/ci/known_driver.c" "$work"
  awk -f "$root/platform/known/known.awk" "$work"/known/*.tsv >"$work/known.inc"
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -I"$root" -o "$work/driver" \
    "$work/known.c" "$work/known_driver.c"
}

# says WANTED PROGRAM CASE [FILESYSTEM] [FACT=VALUE...]
says() {
  local wanted=$1 program=$2 name=$3 filesystem=${4-ext4}
  shift 3
  [ $# -eq 0 ] || shift
  run -0 env "$@" "$work/driver" "$program" "$name" "$filesystem"
  [ "$output" = "$wanted" ] || {
    echo "$program:$name on $filesystem with $*: $output, wanted $wanted"
    return 1
  }
}

# refuses TEXT LINE MESSAGE: a table of that text is refused for that line.
refuses() {
  printf '%b' "$1" >"$work/known/linux.tsv"
  run -1 --separate-stderr awk -f "$root/platform/known/known.awk" \
    "$work/known/linux.tsv"
  [ -z "$output" ]
  # shellcheck disable=SC2154
  [[ $stderr == *"linux.tsv:$2: $3"* ]] || {
    echo "said: $stderr"
    return 1
  }
}

@test "a line covers its case on its system only" {
  line linux map_test:over_file '*' '*' covered
  build
  says covered map_test over_file
  says - map_test over_files
  says - map_test over_fil
  says - map_tests over_file
  says - map over_file
  says - map_test over_file ext4 SYSTEM=freebsd
  run -0 "$work/driver"
  [ "$output" = 1 ]
}

@test "a star covers every case of its program" {
  line linux 'map_test:*' '*' '*' all
  build
  says all map_test over_file
  says all map_test nothing
  says - map_test2 nothing
}

@test "the most particular of several lines counts, any.tsv comes last" {
  line any map_test:a '*' '*' 'any a'
  line any map_test:b '*' '*' 'any b'
  line linux 'map_test:*' '>=6' fs=tmpfs 'the program'
  line linux map_test:a '*' '*' 'linux' ok
  line linux map_test:a '*' '*' 'linux, longer' 'store: ok'
  line linux map_test:a '>=6' fs=tmpfs 'linux 6 tmpfs'
  line linux map_test:a '*' fs=tmpfs 'linux tmpfs'
  build
  says 'linux, longer' map_test a
  says 'linux 6 tmpfs' map_test a tmpfs
  says 'linux tmpfs' map_test a tmpfs RELEASE=5.10
  says 'the program' map_test c tmpfs
  says 'any a' map_test a ext4 SYSTEM=netbsd
  says 'any b' map_test b
}

# seen WANTED OBSERVED: what covers t:a, of which that was observed.
seen() {
  run -0 "$work/driver" t a ext4 "$2"
  [ "$output" = "$1" ] || {
    echo "'$2': $output, wanted $1"
    return 1
  }
}

@test "of several lines the one whose words are seen counts" {
  line linux t:a '*' fs=tmpfs 'elsewhere' 'EPERM'
  line linux t:a '*' '*' 'refused' 'EINVAL'
  line any t:a '*' '*' 'anywhere' 'EACCES'
  line linux t:a '*' '*' 'taken' 'store: ok'
  build
  seen refused EINVAL
  seen taken 'the store: ok'
  seen anywhere EACCES
  seen - EPERM
  seen - ENOMEM
  seen - ''
  says taken t a
}

@test "observed is whole words" {
  line linux t:a '*' '*' one 'ok'
  line linux t:a '*' '*' two '16 pages below: ok'
  line linux t:a '*' '*' three ' nh'
  line linux t:a '*' '*' four 'listed as ""'
  line linux t:a '*' '*' five 'SIGSEGV'
  build
  seen one ok
  seen one 'load: ok'
  seen one 'ok, as documented'
  seen one 'book, ok'
  seen - book
  seen - okay
  seen - ok_not
  seen - not_ok
  seen - ok2
  seen - '116 pages below: okay'
  seen three 'rd wr nh'
  seen - 'rd wr nhx'
  seen four 'it is listed as ""'
  seen - 'it is unlisted as ""'
  seen five 'SIGSEGV/MAPERR at byte 0'
  seen - 'SIGSEGVS'
}

@test "versions compare as dotted numbers" {
  line linux t:since '>=6.7' '*' yes
  line linux t:before '<6.12' '*' yes
  line linux t:between '>=6.7,<6.12' '*' yes
  line linux t:after '>6.12.48' '*' yes
  line linux t:until '<=6.12.48' '*' yes
  line linux t:only '=14.0' '*' yes
  build
  says yes t since ext4 RELEASE=6.7
  says yes t since ext4 RELEASE=6.10.0-rc1
  says yes t since ext4 RELEASE=10
  says - t since ext4 RELEASE=6.6.99
  says - t since ext4 RELEASE=4.19
  says yes t before ext4 RELEASE=6.9
  says yes t before ext4 RELEASE=6.11.12-amd64
  says - t before ext4 RELEASE=6.12
  says - t before ext4 RELEASE=6.12.0
  says - t before ext4 RELEASE=6.100
  says yes t between ext4 RELEASE=6.7.0
  says - t between ext4 RELEASE=6.6
  says - t between ext4 RELEASE=6.12.1
  says - t after ext4 RELEASE=6.12.48+deb13
  says yes t after ext4 RELEASE=6.12.49
  says yes t until ext4 RELEASE=6.12.48-1
  says - t until ext4 RELEASE=6.12.48.1
  says yes t only ext4 RELEASE=14.0-STABLE
  says yes t only ext4 RELEASE=14
  says - t only ext4 RELEASE=14.1-RELEASE
}

@test "each key of the when column is looked at: the machine, its files" {
  line linux t:fs '*' fs=tmpfs yes
  line linux t:page '*' page=16384 yes
  line linux t:min_address '*' min_address=65536 yes
  line linux t:arch '*' "arch=$(uname -m)" yes
  line linux t:arch_other '*' arch=vax yes
  line linux t:bits '*' "bits=$(getconf LONG_BIT)" yes
  line linux t:bits_other '*' bits=$((96 - $(getconf LONG_BIT))) yes
  line linux t:libc '*' libc=musl yes
  line linux t:storage '*' storage=no yes
  line linux t:dax '*' dax=no yes
  line linux t:noexec '*' noexec=yes yes
  build
  says yes t storage tmpfs STORAGE=0
  says - t storage ext4 STORAGE=1
  says yes t dax ext4 DAX=0
  says - t dax ext4 DAX=1
  says yes t noexec ext4 NOEXEC=1
  says - t noexec ext4 NOEXEC=0
  says yes t fs tmpfs
  says - t fs ext4
  says - t fs ''
  says yes t page '' PAGE=16384
  says - t page '' PAGE=4096
  says yes t min_address '' MIN_ADDRESS=65536
  says - t min_address '' MIN_ADDRESS=4096
  says yes t arch
  says yes t bits
  says - t bits_other
  says - t arch_other
  says yes t libc '' 'LIBC=musl 1.2.3'
  says - t libc '' 'LIBC=glibc 2.36'
}

@test "each key of the when column is looked at: how it was started, who runs" {
  line linux t:emulator '>0' emulator=gvisor yes
  line linux t:container '*' container=docker yes
  line linux t:boot '*' boot=zero=off yes
  line linux t:privileged '*' privileged=yes yes
  line linux t:unprivileged '*' privileged=no yes
  line linux t:overcommit '*' overcommit=2 yes
  line linux t:some '*' huge_pages=some yes
  line linux t:none '*' huge_pages=none yes
  line linux t:aslr '*' aslr=no yes
  line linux t:wx '*' wx=no yes
  line linux t:thp '*' thp=madvise yes
  build
  says yes t wx '' WX=0
  says - t wx '' WX=1
  says yes t thp '' THP=madvise
  says - t thp '' THP=always
  says yes t emulator '' EMULATOR=gvisor
  says - t emulator
  says yes t container '' CONTAINER=docker
  says - t container
  says yes t privileged '' CAN_LOCK=1 CAN_CHANGE=1
  says - t privileged '' CAN_LOCK=0 CAN_CHANGE=1
  says - t privileged '' CAN_LOCK=1 CAN_CHANGE=0
  says yes t unprivileged '' CAN_LOCK=0 CAN_CHANGE=1
  says yes t unprivileged '' CAN_LOCK=1 CAN_CHANGE=0
  says yes t overcommit '' OVERCOMMIT=2
  says - t overcommit '' OVERCOMMIT=0
  says yes t some '' HUGE_FREE=1
  says - t some '' HUGE_FREE=0
  says yes t none '' HUGE_FREE=0
  says - t none '' HUGE_FREE=1
  says yes t boot '' BOOT=zero=off
  says - t boot '' BOOT=zero
  says yes t aslr '' ASLR=0
  says - t aslr '' ASLR=1
}

@test "an unknown fact is neither yes nor no" {
  line linux t:yes '*' privileged=yes yes
  line linux t:no '*' privileged=no no
  line linux t:none '*' huge_pages=none none
  line linux t:aslr '*' aslr=no no
  line linux t:wx '*' wx=no no
  line linux t:dax '*' dax=no no
  line linux t:thp '*' 'thp!=none' no
  line linux t:version '*' 'emulator_version<8' no
  line linux t:version '*' 'emulator_version>=8' no
  build
  says - t wx
  says - t dax
  says - t thp
  says - t version
  says - t yes
  says - t no
  says - t none
  says - t aslr
}

@test "what a fact is not" {
  line linux t:thp '*' 'thp!=none' yes
  line linux t:fs '*' 'fs!=tmpfs,fs!=ramfs' yes
  build
  says yes t thp '' THP=madvise
  says - t thp '' THP=none
  says yes t fs ext4
  says - t fs tmpfs
  says - t fs ramfs
}

@test "versions of the C library and of an emulator" {
  line linux t:libc '*' 'libc=glibc,libc_version>=2.41' yes
  line linux t:old '*' 'emulator=qemu-user,emulator_version<8' yes
  line linux t:new '*' 'emulator=qemu-user,emulator_version>=8' yes
  line linux t:date '*' 'emulator_version<20260101' yes
  build
  says yes t libc '' 'LIBC=glibc 2.41'
  says yes t libc '' 'LIBC=glibc 2.100'
  says - t libc '' 'LIBC=glibc 2.36'
  says - t libc '' 'LIBC=musl'
  says - t libc '' 'LIBC=glibc'
  says yes t old '' EMULATOR=qemu-user EMULATOR_VERSION=7.2.22
  says - t old '' EMULATOR=qemu-user EMULATOR_VERSION=10.0.2
  says - t old '' EMULATOR=qemu-user
  says yes t new '' EMULATOR=qemu-user EMULATOR_VERSION=10.0.2
  says - t new '' EMULATOR=qemu-user EMULATOR_VERSION=7.2.22
  says - t new '' EMULATOR=none EMULATOR_VERSION=10.0.2
  says yes t date '' EMULATOR_VERSION=20221219
  says - t date '' EMULATOR_VERSION=20260209
}

@test "all conditions of a line must hold" {
  line linux t:a '>=6.0' 'fs=ext4,page=4096,libc=glibc' yes
  build
  says yes t a ext4 PAGE=4096
  says - t a tmpfs PAGE=4096
  says - t a ext4 PAGE=65536
  says - t a ext4 PAGE=4096 LIBC=musl
  says - t a ext4 PAGE=4096 RELEASE=5.10
}

@test "reasons keep quotes and backslashes" {
  line linux t:a '*' '*' 'a "quoted" \n reason'
  build
  says 'a "quoted" \n reason' t a
}

@test "empty tables build and cover nothing" {
  printf '# nothing yet\n\n' >"$work/known/linux.tsv"
  build
  says - t a
  run -0 "$work/driver"
  [ "$output" = 0 ]
}

@test "a bad line stops the build with its file and line" {
  refuses 'a:b\t*\t*\tok\treason\n' 1 '5 columns, 6 wanted'
  refuses '# comment\n\na:b\t*\t*\tok\tr\ts\tmore\n' 3 '7 columns, 6 wanted'
  refuses 'a:b\t*\t*\tok\t\tsource\n' 1 'column reason is empty'
  refuses 'a:b\t*\t*\tok\t \tsource\n' 1 'column reason is empty'
  refuses 'a:b\t*\t*\tok\treason\t\n' 1 'column source is empty'
  refuses 'a:b\t*\t*\t\treason\tsource\n' 1 'column observed is empty'
  refuses 'a:b\t*\t*\t*\treason\tsource\n' 1 'column observed names no words'
  refuses 'a-b\t*\t*\tok\tr\ts\n' 1 'case "a-b" is neither'
  refuses 'a:b\t6.7\t*\tok\tr\ts\n' 1 'version condition "6.7"'
  refuses 'a:b\t>=6.7,\t*\tok\tr\ts\n' 1 'version condition ""'
  refuses 'a:b\t*\tfs\tok\tr\ts\n' 1 'condition "fs" is not key=value'
  refuses 'a:b\t*\tfs=\tok\tr\ts\n' 1 'condition "fs=" is not key=value'
  refuses 'a:b\t*\temulator=gvisor\tok\tr\ts\n' 1 'an emulator without a'
  refuses 'a:b\t*\tfs=ext4,emulator=uml\tok\tr\ts\n' 1 'an emulator without'
  refuses 'a:b\t*\tthp=some\tok\tr\ts\n' 1 '"some" is not a value'
  refuses 'a:b\t*\tdax=maybe\tok\tr\ts\n' 1 '"maybe" is not a value'
  refuses 'a:b\t*\tlibc_version=new\tok\tr\ts\n' 1 '"new" is not a value'
  refuses 'a:b\t*\tlibc_version!=2\tok\tr\ts\n' 1 '"!=" does not compare'
  refuses 'a:b\t*\tpage>=4096\tok\tr\ts\n' 1 '">=" does not compare'
  refuses 'a:b\t*\tboot!=quiet\tok\tr\ts\n' 1 '"!=" does not compare'
  refuses 'a:b\t*\tos=linux\tok\tr\ts\n' 1 '"os" is not a key'
  refuses 'a:b\t*\tprivileged=maybe\tok\tr\ts\n' 1 '"maybe" is not a value'
  refuses 'a:b\t*\t*\tok\tr\ts\r\n' 1 'the line ends with a carriage return'
}

# A line for a case that does not exist covers nothing and nobody would notice.
@test "every known deviation names a case of this suite" {
  for table in "$root"/platform/known/*.tsv; do
    grep -v '^#' "$table" | cut -f1 | sort -u
  done | sort -u >"$work/named"
  for program in "$root"/tests/*_test; do
    "$program" -l | sed -n "s/^ident: /${program##*/}:/p"
    echo "${program##*/}:*"
  done | sort -u >"$work/cases"
  run -0 comm -23 "$work/named" "$work/cases"
  [ -z "$output" ] || {
    echo "no such case: $output"
    return 1
  }
  [ -s "$work/cases" ]
}

# A survey cannot fail, so that nothing in it deviates.
@test "no deviation is listed where the case is a survey" {
  for program in "$root"/tests/*_test; do
    "$program" -l | awk -v program="${program##*/}" '
      $1 == "ident:" { name = program ":" $2 }
      $1 == "X-requirement:" { requirement = $2 }
      $1 == "X-promiser:" { print name, requirement, $2 }'
  done >"$work/cases"
  [ -s "$work/cases" ]
  for table in "$root"/platform/known/*.tsv; do
    system=${table##*/}
    awk -v name="${system%.tsv}" '
      FNR == NR { requirement[$1] = $2; promiser[$1] = $3; next }
      /^#/ { next }
      requirement[$1] ~ /^(MAY|UNSPECIFIED)$/ ||
        (name != "any" && promiser[$1] != "" &&
        promiser[$1] !~ ("^(posix|people|" name ")$")) {
        print name ".tsv: " $1 ", " requirement[$1] " by " promiser[$1]
      }' "$work/cases" "$table"
  done >"$work/dead"
  run -0 cat "$work/dead"
  [ -z "$output" ] || {
    echo "a survey there: $output"
    return 1
  }
}

# What real kernels did, in the words of the cases: each deviates by a line.
# The recording knows cases by their names of then.
@test "what was recorded on FreeBSD is covered, file system by file system" {
  cp "$root"/platform/known/*.tsv "$work/known"
  build
  awk -F '\t' -v OFS='\t' '
    /^#/ { next }
    FNR == NR { now[$1] = $2; next }
    { while ($1 in now) $1 = now[$1]; print }' "$root/tests/renamed.tsv" \
    "$root/platform/recorded/freebsd-deviations.tsv" >"$work/recorded"
  while IFS='	' read -r case filesystem observed; do
    run -0 env SYSTEM=freebsd RELEASE=14.0-STABLE ASLR=1 "$work/driver" \
      "${case%:*}" "${case#*:}" "$filesystem" "$observed"
    [ "$output" != - ] || echo "$case on $filesystem: $observed"
  done <"$work/recorded" >"$work/uncovered"
  cat "$work/uncovered"
  [ -s "$work/recorded" ]
  [ ! -s "$work/uncovered" ]
}

@test "two lines about the same are refused: their order would decide" {
  refuses 'a_test:b\t*\t*\tok\tWhy.\ts\na_test:b\t*\t*\tok\tNo.\ts\n' 2 \
    'line 1 is about the same'
}

@test "the lines of a table are sorted by program and case" {
  for table in "$root"/platform/known/*.tsv; do
    grep -v '^#' "$table" | cut -f1 | LC_ALL=C sort -c || {
      echo "${table##*/}: grep ^# and the rest by LC_ALL=C sort -s -k1,1"
      return 1
    }
  done
}

# what_covers: which line covers each case that has any, on systems made up,
# with all that is listed for it seen, and with nothing known of what was.
what_covers() {
  local case program words emulator
  cut -f1 "$work/known/linux.tsv" | grep -v '^#' | LC_ALL=C sort -u |
    while IFS= read -r case; do
      program=${case%%:*}
      words=$(awk -F '\t' -v "case=$case" '$1 == case { print $4 }' \
        "$work/known/linux.tsv" | LC_ALL=C sort | tr '\n' ';')
      for emulator in none gvisor qemu-user; do
        echo "$case $emulator: $(EMULATOR=$emulator EMULATOR_VERSION=7.2 \
          LIBC='glibc 2.41' STORAGE=0 CAN_LOCK=1 CAN_CHANGE=1 \
          "$work/driver" "$program" "${case#*:}" tmpfs "$words")"
      done
    done
}

@test "the order of the lines means nothing" {
  cp "$root"/platform/known/*.tsv "$work/known/"
  line linux 'eof_test:*' '*' 'fs=tmpfs' 'Any case of it.' grown
  line linux 'eof_test:tail_stored_then_grown' '*' 'fs=tmpfs' 'As particular.' \
    'in the grown fil'
  build
  what_covers >"$work/before"
  [ "$(grep -c ': [^-]' "$work/before")" -gt 50 ]
  for table in "$work"/known/*.tsv; do
    awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) print line[i] }' \
      "$table" >"$work/reversed"
    mv "$work/reversed" "$table"
  done
  build
  what_covers >"$work/after"
  diff "$work/before" "$work/after"
  LC_ALL=C sort -t "$(printf '\t')" -k5 "$work/known/linux.tsv" >"$work/by_reason"
  mv "$work/by_reason" "$work/known/linux.tsv"
  build
  what_covers >"$work/after"
  diff "$work/before" "$work/after"
}
