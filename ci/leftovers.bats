#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# ci/leftovers names what a command leaves behind.  Each test plants one thing and
# expects its line; other people's doings may add lines, so that only with -p,
# which shuts them out, the list is compared as a whole.

bats_require_minimum_version 1.5.0

setup() {
  leftovers=$BATS_TEST_DIRNAME/leftovers
  tree=$BATS_TEST_TMPDIR/tree
  mkdir "$tree"
  cd "$tree" || return 1
  : >kept
  name=mmapcheck-planted-$$-$BATS_TEST_NUMBER
}

teardown() {
  rm -f "/tmp/$name" "/dev/shm/$name"
  if [ -n "$pid" ]; then kill "$pid"; fi
  if [ -n "$segment" ]; then ipcrm -m "$segment"; fi
  if [ -n "$pages" ]; then echo "$pages" >/proc/sys/vm/nr_hugepages; fi
  if [ -n "$knob" ]; then echo "$knob" >/proc/sys/vm/page-cluster; fi
}

has_line() {
  printf '%s\n' "${lines[@]}" | grep -q -- "$1" || {
    printf 'no line matches "%s" in:\n%s\n' "$1" "$output"
    return 1
  }
}

needs_private() {
  [ "$(uname -s)" = Linux ] || skip "untested: namespaces are a matter of Linux"
  [ "$(id -u)" = 0 ] || skip "untested: needs root"
  unshare --mount --ipc --pid --fork true || skip "untested: no namespaces here"
}

@test "a command that leaves nothing: its own status, no line" {
  needs_private
  run "$leftovers" -p true
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  run "$leftovers" -p sh -c 'echo "$1"; exit 7' sh 'a  b'
  [ "$status" -eq 7 ]
  [ "$output" = "a  b" ]
}

@test "-o: what belongs to others, or is not a user's to change, does not count" {
  [ "$(id -u)" = 0 ] || skip "untested: needs root, to be two users"
  chmod 777 "$tree"
  chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
  cp "$leftovers" "$tree/leftovers"
  nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  # Somebody else's file, which appears while the command runs.
  cat >go <<G
echo > /dev/shm/$name.ready
until [ -e /tmp/$name ]; do sleep 0.1; done
rm /dev/shm/$name.ready
G
  (
    for ((i = 0; i < 100; i++)); do
      [ ! -e "/dev/shm/$name.ready" ] || break
      sleep 0.1
    done
    touch "/tmp/$name"
  ) 3>&- &
  run env -u TMPDIR "${nobody[@]}" ./leftovers -o sh go
  wait $!
  echo "$output"
  [ "$status" -eq 0 ]
  # His own counts.
  run env -u TMPDIR "${nobody[@]}" ./leftovers -o sh -c "touch /tmp/$name.own; touch left"
  rm -f "/tmp/$name.own"
  [ "$status" -eq 1 ]
  has_line "left: file /tmp/$name.own "
  has_line "left: file .*/left "
  run ./leftovers -o -p true
  [ "$status" -eq 2 ]
}

@test "in private, the command sees the tree but nobody else's files" {
  needs_private
  : >"/tmp/$name"
  run "$leftovers" -p sh -c 'pwd; ls; test ! -e "$1"' sh "/tmp/$name"
  [ "$status" -eq 0 ]
  [ "$output" = "$tree
kept" ]
}

@test "in private, what is written to the tree stays" {
  needs_private
  run "$leftovers" -p sh -c 'echo text >new'
  [ "$status" -eq 1 ]
  [[ $output == "left: file $tree/new (f 644 5 "*")" ]]
  [ "$(cat new)" = text ]
}

@test "a file in the temporary directory is named" {
  run "$leftovers" touch "/tmp/$name"
  [ "$status" -eq 1 ]
  has_line "^left: file /tmp/$name "
}

@test "a file in TMPDIR is named" {
  mkdir ../tmp
  TMPDIR=$BATS_TEST_TMPDIR/tmp run "$leftovers" touch "../tmp/a file"
  [ "$status" -eq 1 ]
  has_line "^left: file $BATS_TEST_TMPDIR/tmp/a file "
}

@test "a shared memory object is named" {
  [ -d /dev/shm ] || skip "unsupported: objects are not files here"
  run "$leftovers" touch "/dev/shm/$name"
  [ "$status" -eq 1 ]
  has_line "^left: file /dev/shm/$name "
}

@test "in private, temporary and shared memory files are named as well" {
  needs_private
  run "$leftovers" -p sh -c ': >/tmp/a; : >/var/tmp/b; : >/dev/shm/c'
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 3 ]
  has_line "^left: file /tmp/a "
  has_line "^left: file /var/tmp/b "
  has_line "^left: file /dev/shm/c "
}

@test "a new, a changed and a lost file of the tree are named" {
  : >lost
  run "$leftovers" sh -c 'echo x >kept; rm lost; mkdir new'
  [ "$status" -eq 1 ]
  has_line "^left: file $tree/new (d "
  has_line "^changed: file $tree/kept: f .* -> f "
  has_line "^gone: file $tree/lost"
}

@test "several trees are looked at, each with -t" {
  mkdir ../one ../two
  run "$leftovers" -t ../one -t ../two sh -c ': >../one/a; : >../two/b; : >c'
  [ "$status" -eq 1 ]
  has_line "^left: file $BATS_TEST_TMPDIR/one/a "
  has_line "^left: file $BATS_TEST_TMPDIR/two/b "
}

@test "a process that outlives the command is named" {
  run "$leftovers" sh -c 'sleep 97 >/dev/null 2>&1 3>&- 4>&- & echo $! >../pid'
  pid=$(cat ../pid)
  [ "$status" -eq 1 ]
  has_line "^left: process $pid (.*sleep 97)"
}

@test "in private, a process that outlives the command is named, then ended" {
  needs_private
  run "$leftovers" -p sh -c 'setsid sleep 98 >/dev/null 2>&1 3>&- 4>&- &'
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  has_line "^left: process [0-9]* (.*sleep 98)"
  run ! pgrep -f '^sleep 98$'
}

@test "a System V segment is named" {
  command -v ipcmk || skip "untested: needs ipcmk"
  run "$leftovers" sh -c 'ipcmk -M 4096 >../segment'
  segment=$(tr -dc 0-9 <../segment)
  [ "$status" -eq 1 ]
  has_line "^left: shm id $segment (.*4096 bytes)"
}

@test "a changed sysctl is named with both values" {
  [ -w /proc/sys/vm/page-cluster ] || skip "untested: needs root on Linux"
  knob=$(cat /proc/sys/vm/page-cluster)
  run "$leftovers" sh -c "echo $((knob + 1)) >/proc/sys/vm/page-cluster"
  [ "$status" -eq 1 ]
  has_line "^changed: sysctl /proc/sys/vm/page-cluster: $knob *-> $((knob + 1))"
}

@test "a mount is named" {
  needs_private
  run "$leftovers" -p sh -c 'mount -t tmpfs planted /mnt'
  [ "$status" -eq 1 ]
  has_line "^left: mount /mnt (planted tmpfs "
}

# The pool is the whole machine's, so this one asks for permission.
@test "a changed pool of huge pages is named" {
  pool=/proc/sys/vm/nr_hugepages
  [ -w $pool ] || skip "untested: needs root on Linux"
  [ "$MMAPCHECK_EXCLUSIVE" = yes ] ||
    skip "untested: changes the pool of huge pages, MMAPCHECK_EXCLUSIVE=yes allows it"
  pages=$(cat $pool)
  run "$leftovers" sh -c "echo $((pages + 1)) >$pool"
  [ "$status" -eq 1 ]
  has_line "^changed: huge HugePages_Total: $pages -> $((pages + 1))"
}

@test "the status of a failing command that left something is mentioned" {
  run --separate-stderr "$leftovers" sh -c 'echo >new; exit 9'
  [ "$status" -eq 1 ]
  [ "$stderr" = "leftovers: the command exited with 9" ]
}

@test "its own traces are not left either" {
  before=$(echo /tmp/leftovers.* /var/tmp/leftovers.* /dev/shm/leftovers.*)
  run "$leftovers" true
  if [ "$(id -u)" = 0 ]; then run "$leftovers" -p false; fi
  after=$(echo /tmp/leftovers.* /var/tmp/leftovers.* /dev/shm/leftovers.*)
  [ "$before" = "$after" ]
}

@test "usage errors: one line, status 2, the command is not run" {
  run --separate-stderr "$leftovers"
  [ "$status" -eq 2 ]
  [[ $stderr == "leftovers: no COMMAND; usage: "* ]]
  run --separate-stderr "$leftovers" -x touch ran
  [ "$status" -eq 2 ]
  [[ $stderr == "leftovers: unknown option -x; usage: "* ]]
  run --separate-stderr "$leftovers" -t nowhere touch ran
  [ "$status" -eq 2 ]
  [ "$stderr" = "leftovers: nowhere: no such directory" ]
  [ ! -e ran ]
}
