#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # what a fake says is for another shell
# ci/conditions, with a Kyua that says what it finds where it was started: each
# condition really holds, for who it should, and nothing of it stays.

bats_require_minimum_version 1.5.0

setup_file() {
  export RESTRICT=$BATS_FILE_TMPDIR/restrict
  ! [ "$(uname -s)" = Linux ] ||
    cc -std=c11 -D_GNU_SOURCE -o "$RESTRICT" "$BATS_TEST_DIRNAME/restrict.c"
}

setup() {
  [ "$(uname -s)" = Linux ] || skip "untested: conditions are made on Linux"
  # In a place that nobody may enter, too, when root runs this.
  cd "$(mktemp -d /tmp/mmapcheck-conditions-bats.XXXXXX)" || return 1
  TREE=$PWD
  chmod 755 "$TREE"
  mkdir -p ci/lib tests bin tmp
  cp "$BATS_TEST_DIRNAME/lib/suite.sh" ci/lib
  chmod 1777 tmp
  export TMPDIR=$TREE/tmp
  # The only thing that a look may leave where there is no condition.
  name=${TREE##*/}
  cp "$BATS_TEST_DIRNAME/conditions" "$RESTRICT" ci
  echo 'syntax(2)' >Kyuafile
  cp Kyuafile tests
  # For limits that programs have, and Kyua has not.
  printf '#!/bin/sh\nulimit -f\n' >tests/a_test
  printf 'suite ci/restrict:\n\t@:\n' >Makefile
  cat >bin/kyua <<'K'
#!/bin/sh
case " $* " in
*' list '*) printf '%s\n' tests/a_test:one tests/a_test:two; exit ;;
esac
bin=${0%/*}
echo 'tests/a_test:one  ->  passed  [0.001s]'
{ sh "$bin/look" "$bin/../ci/restrict" NAME; } 2>&1 || :
exit "$(cat "$bin/status" 2>/dev/null || echo 0)"
K
  sed "s/NAME/$name/" bin/kyua >new && mv new bin/kyua
  # Says that a second case found what the test looks for.
  look 'true'
  chmod +x bin/kyua tests/a_test ci/conditions
  PATH=$TREE/bin:$PATH
}

teardown() {
  [ -n "${TREE-}" ] || return 0
  cd /
  left=$(ls "$TREE/tmp")
  mounts=$(grep "$TREE" /proc/self/mounts || :)
  rm -rf "$TREE" "/dev/shm/$name"
  [ -z "$left$mounts" ] || {
    echo "left: $left $mounts"
    return 1
  }
}

# look COMMANDS: what the suite finds; the case passes when they succeed.
look() {
  printf 'restrict=$1 name=$2\nif { %s; }; then echo "%s"; else echo "%s"; fi\n' "$1" \
    'tests/a_test:two  ->  passed  [0.001s]' \
    'tests/a_test:two  ->  failed: it does not hold here  [0.001s]' >bin/look
}

conditions() {
  run "${expect--0}" --separate-stderr ci/conditions "$@"
  printf '%s\n' "$output" "$stderr"
}

# holds NAME COMMANDS: they succeed under that condition, and fail without one.
holds() {
  look "$2"
  run sh -c "restrict=ci/restrict name=$name; $2"
  [ "$status" -ne 0 ]
  run --separate-stderr ci/conditions "$1"
  printf '%s\n' "$output" "$stderr"
  case $output in
  "skip  $1: "*)
    [ "$status" -eq 3 ]
    skip "untested: ${output#*: }"
    ;;
  esac
  [ "$status" -eq 0 ]
  [ "$output" = "clean $1: 2 pass" ]
}

needs_root() {
  [ "$(id -u)" = 0 ] || skip "untested: needs root"
  unshare --mount --pid --fork --mount-proc true 2>/dev/null ||
    skip "untested: needs namespaces"
}

@test "every condition has a test here, and a line in the table" {
  while read -r name group _; do
    [ "$group" = vm ] || grep -q "holds $name " "$BATS_TEST_FILENAME" || {
      echo "$name: nothing shows that it holds"
      return 1
    }
  done < <(ci/conditions -l)
  [ "$(ci/conditions -l | wc -l)" -gt 30 ]
}

@test "user-namespace" {
  holds user-namespace '[ "$(cat /proc/self/setgroups)" = deny ] && [ "$(id -u)" != 0 ]'
}
@test "user-namespace-root" {
  holds user-namespace-root '[ "$(cat /proc/self/setgroups)" = deny ] && [ "$(id -u)" = 0 ]'
}
@test "mdwe" {
  holds mdwe '"$restrict" -s | grep -q mdwe=on'
}
@test "memfd_create-eperm" {
  holds memfd_create-eperm '"$restrict" -s | grep -q memfd_create=EPERM'
}
@test "memfd_create-enosys" {
  holds memfd_create-enosys '"$restrict" -s | grep -q memfd_create=ENOSYS'
}
@test "socketpair-eperm" {
  holds socketpair-eperm '"$restrict" -s | grep -q socketpair=EPERM'
}
@test "socketpair-enosys" {
  holds socketpair-enosys '"$restrict" -s | grep -q socketpair=ENOSYS'
}
@test "mlock-eperm" {
  holds mlock-eperm '"$restrict" -s | grep -q mlock=EPERM'
}
@test "mlock-enosys" {
  holds mlock-enosys '"$restrict" -s | grep -q mlock=ENOSYS'
}
@test "no-proc" {
  needs_root
  holds no-proc '[ ! -e /proc/self ]'
}
@test "shm-absent" {
  needs_root
  holds shm-absent '[ ! -e /dev/shm ] && : </dev/null && head -c 1 /dev/zero >/dev/null'
}
@test "shm-read-only" {
  needs_root
  holds shm-read-only '[ -d /dev/shm ] && ! touch /dev/shm/$name 2>/dev/null'
}
@test "shm-full" {
  needs_root
  holds shm-full 'touch /dev/shm/$name && ! { echo a >/dev/shm/$name; } 2>/dev/null'
}
@test "zero-nodev" {
  needs_root
  holds zero-nodev '[ -c /dev/zero ] && ! head -c 1 /dev/zero >/dev/null 2>&1'
}
@test "zero-noexec" {
  needs_root
  holds zero-noexec 'grep -q "/dev/zero .*noexec" /proc/self/mounts && head -c 1 /dev/zero >/dev/null'
}
@test "null-is-a-file" {
  needs_root
  holds null-is-a-file '[ -f /dev/null ]'
}

type_is() {
  printf '[ "$(stat -f -c %%T "$TMPDIR")" = %s ] && : >"$TMPDIR/a"' "$1"
}
@test "xfs" {
  needs_root
  holds xfs "$(type_is xfs)"
}
@test "btrfs" {
  needs_root
  holds btrfs "$(type_is btrfs)"
}
@test "ext2" {
  needs_root
  # By its type alone it is like its successors.
  holds ext2 'grep -q " $TMPDIR ext2 " /proc/self/mounts && : >"$TMPDIR/a"'
}
@test "overlayfs" {
  needs_root
  [ "$(stat -f -c %T "$TREE")" != overlayfs ] || skip "untested: it is one"
  holds overlayfs "$(type_is overlayfs)"
}
@test "overlayfs-on-tmpfs" {
  needs_root
  [ "$(stat -f -c %T "$TREE")" != overlayfs ] || skip "untested: it is one"
  holds overlayfs-on-tmpfs "$(type_is overlayfs)"
}
@test "tmpfs" {
  needs_root
  [ "$(stat -f -c %T "$TREE")" != tmpfs ] || skip "untested: it is one"
  holds tmpfs "$(type_is tmpfs)"
}
@test "limit-v" {
  holds limit-v '[ "$(ulimit -v)" = 1048576 ]'
}
@test "limit-v-200000" {
  holds limit-v-200000 '[ "$(ulimit -v)" = 200000 ]'
}
@test "limit-v-40000" {
  holds limit-v-40000 '[ "$(ulimit -v)" = 40000 ]'
}
@test "limit-l" {
  holds limit-l '[ "$(ulimit -l)" = 0 ] && [ "$(id -u)" != 0 ]'
}
@test "limit-n" {
  holds limit-n '[ "$(ulimit -n)" = 64 ]'
}
@test "limit-f" {
  holds limit-f '[ "$("$HOME/../tests/a_test")" = 100 ] && [ "$(ulimit -f)" != 100 ]'
}
@test "static-tls" {
  holds static-tls '[ "$GLIBC_TUNABLES" = glibc.rtld.optional_static_tls=262144 ]'
}

@test "Kyua is not the process that orphans fall to" {
  needs_root
  look '[ "$(cut -d " " -f 4 /proc/$PPID/stat)" != 0 ]'
  conditions tmpfs
  [ "$output" = "clean tmpfs: 2 pass" ]
}

@test "-u: where root makes the condition, nobody runs the suite" {
  needs_root
  look '[ "$(id -u)" = 65534 ] && : >"$TMPDIR/a"'
  conditions -u tmpfs shm-full limit-n
  [ "$output" = "clean tmpfs: 2 pass
clean shm-full: 2 pass
clean limit-n: 2 pass" ]
}

@test "as an ordinary user, what needs root is skipped, and that alone is 3" {
  [ "$(id -u)" != 0 ] || {
    set -- setpriv --reuid 65534 --regid 65534 --clear-groups
    chown -R 65534 "$TREE"
  }
  run -3 --separate-stderr "$@" ci/conditions no-proc tmpfs
  [ "$output" = "skip  no-proc: needs root
skip  tmpfs: needs root" ]
  [ "$stderr" = "conditions: none of these can be made here" ]
  run -0 "$@" ci/conditions no-proc limit-n
}

@test "root without namespaces: what needs them is skipped, with the reason" {
  printf '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n' \
    >bin/unshare
  chmod +x bin/unshare
  [ "$(id -u)" = 0 ] || printf '#!/bin/sh\necho 0\n' >bin/id
  chmod +x bin/*
  run -0 ci/conditions tmpfs mdwe
  [ "${lines[0]}" = "skip  tmpfs: needs namespaces: unshare: unshare failed: Operation not permitted" ]
}

@test "a case that fails: 1, its line, and what it left is kept" {
  look false
  echo 1 >bin/status
  printf 'echo x >"%s"\n' '$HOME/store.db' >>bin/look
  expect=-1 conditions -o kept limit-n mdwe
  [ "$output" = "red   limit-n: 1 fail, 1 pass
        tests/a_test:two  ->  failed: it does not hold here  [0.001s]
red   mdwe: 1 fail, 1 pass
        tests/a_test:two  ->  failed: it does not hold here  [0.001s]" ]
  [ "$(cat kept/mdwe.db)" = x ]
  grep -q 'a_test:one' kept/mdwe.out
}

@test "outcomes in the words of the reports; a failed set-up is broken" {
  cat >bin/look <<'L'
cat <<'T'
tests/a_test:two  ->  failed: set-up: no room  [0.001s]
tests/a_test:c  ->  skipped: unsupported: no flag  [0.001s]
tests/a_test:d  ->  skipped: untested: no root  [0.001s]
tests/a_test:e  ->  expected_failure: known  [0.001s]
tests/a_test:f  ->  broken: signal  [0.001s]
T
L
  sed 's/tests.a_test:two; exit/tests\/a_test:two c:c d:d e:e f:f; exit/' bin/kyua >new
  cat new >bin/kyua
  echo 1 >bin/status
  expect=-1 conditions -o kept limit-n
  [ "${lines[0]}" = "red   limit-n: 2 broken, 1 pass, 1 deviates, 1 unsupported, 1 untested" ]
}

@test "a suite that does not come to its end: 2" {
  : >bin/look
  expect=-2 conditions -o kept limit-n
  [[ $output == "dead  limit-n: Kyua ended with status 0 after 1 of 2 cases: "* ]]
  look true
  echo 2 >bin/status
  expect=-2 conditions -o kept limit-n
  [[ $output == "dead  limit-n: Kyua ended with status 2 after 2 of 2 cases: "* ]]
}

@test "targets of ci/run: its verdict and its lines" {
  cat >ci/run <<'R'
#!/bin/sh
[ "$1 $2 $3" = "-p a_test -o" ] || exit 3
case $5 in
linux-6.1) echo "$5: verdict    clean: 2 pass" ;;
linux-6.12)
  echo "$5: fail       a_test:two: it does not hold"
  echo "$5: verdict    not as claimed: 1 fail, 1 pass"
  exit 1
  ;;
linux-5.10)
  echo "$5: verdict    QEMU: Kernel panic, while a_test:two ran"
  exit 2
  ;;
*)
  echo "run: $5: qemu is not installed" >&2
  exit 3
  ;;
esac
R
  chmod +x ci/run
  expect=-2 conditions -o kept -p a_test vm
  [ "$(printf '%s\n' "${lines[@]}" | sed '/user\|over/d')" = \
    "dead  linux-5.10: QEMU: Kernel panic, while a_test:two ran
clean linux-6.1: 2 pass
red   linux-6.12: not as claimed: 1 fail, 1 pass
        a_test:two: it does not hold" ]
  [[ $output == *"skip  linux-6.1+user=nobody: qemu is not installed"* ]]
}

@test "a signal ends the suite, and nothing stays" {
  chmod 1777 "$TREE"
  other=limit-n
  ! unshare --mount --pid --fork --mount-proc true 2>/dev/null || other=tmpfs
  printf '#!/bin/sh\ncase " $* " in *" test "*) ;; *) echo a:b; exit ;; esac\n' \
    >bin/kyua
  printf 'echo >"%s/started"\nexec sleep 60\n' "$TREE" >>bin/kyua
  for one in limit-n $other; do
    rm -f started
    ci/conditions "$one" >shown 2>&1 3>&- &
    pid=$!
    left=100
    until [ -s started ] || [ "$left" -eq 0 ]; do
      sleep 0.1
      left=$((left - 1))
    done
    [ -s started ]
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq 143 ]
    [ -z "$(ls tmp)" ]
  done
}

@test "bad usage: 3, and a line that says what" {
  for words in '-j needs a value' '-j: "x" is not' 'what is -z?' \
    'there is no condition nothing' '-p: the suite has no program b_test'; do
    case $words in
    '-j needs'*) set -- -j ;;
    '-j: '*) set -- -j x ;;
    'what'*) set -- -z ;;
    'there'*) set -- nothing ;;
    *) set -- -p b_test mdwe ;;
    esac
    expect=-3 conditions "$@"
    [[ ${stderr_lines[-1]} == "conditions: $words"* ]]
    [ -z "$output" ]
  done
}

@test "restrict: bad usage is 2, then it is env's status" {
  for words in '' mdwe 'mdwe --' 'open=EPERM -- true' 'mlock=EIO -- true' \
    'mlock -- true'; do
    # shellcheck disable=SC2086 # words
    run -2 "$RESTRICT" $words
    [[ $output == "restrict: "*"usage: "* ]] && [ "${#lines[@]}" -eq 1 ]
  done
  run -127 "$RESTRICT" mdwe -- "$BATS_TEST_TMPDIR/nothing"
  run -7 "$RESTRICT" mdwe mlock=EPERM -- sh -c 'exit 7'
}
