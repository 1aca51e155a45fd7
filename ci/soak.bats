#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # what a fake says is for another shell
# ci/soak, with a Kyua that is red when a test says so, and a load that says that
# it was there.

bats_require_minimum_version 1.5.0

setup() {
  cd "$(mktemp -d /tmp/mmapcheck-soak-bats.XXXXXX)" || return 1
  TREE=$PWD
  chmod 755 "$TREE"
  mkdir -p ci/lib tests bin tmp
  chmod 1777 tmp
  export TMPDIR=$TREE/tmp
  cp "$BATS_TEST_DIRNAME/soak" ci
  cp "$BATS_TEST_DIRNAME/lib/suite.sh" ci/lib
  echo 'syntax(2)' >Kyuafile
  cp Kyuafile tests
  printf '#!/bin/sh\n' >tests/a_test
  printf 'suite:\n\t@:\n' >Makefile
  # Run number N does what the file red.N says; each notes who it was.
  cat >bin/kyua <<K
#!/bin/sh
case " \$* " in
*' list '*) printf '%s\n' tests/a_test:one tests/a_test:two; exit ;;
esac
echo "\$(id -u) \$*" >>$TREE/runs
number=\$(wc -l <$TREE/runs)
echo store >"\$HOME/store.db"
echo 'tests/a_test:one  ->  passed  [0.001s]'
[ ! -e $TREE/red.\$number ] || . $TREE/red.\$number
echo 'tests/a_test:two  ->  passed  [0.001s]'
K
  cat >bin/stress-ng <<S
#!/bin/sh
echo "\$*" >$TREE/stressed
trap 'echo ended >>$TREE/stressed; exit' TERM
while :; do sleep 0.1; done
S
  # Nobody's file system is to be written out for this.
  printf '#!/bin/sh\necho >>%s/synced\nsleep 0.1\n' "$TREE" >bin/sync
  : >runs
  chmod 666 runs
  chmod +x bin/* tests/a_test ci/soak
  PATH=$TREE/bin:$PATH
}

teardown() {
  cd /
  left=$(ls "$TREE/tmp")
  shm=$(ls /dev/shm/mmapcheck-soak.* 2>/dev/null || :)
  # A sync that was under way ends by itself.
  tries=50
  while processes=$(pgrep -f "$TREE/bin/") && [ "$tries" -gt 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
  done
  rm -rf "$TREE"
  [ -z "$left$shm$processes" ] || {
    echo "left: $left $shm $processes"
    return 1
  }
}

soak() {
  run "${expect--0}" --separate-stderr ci/soak "$@"
  printf '%s\n' "$output" "$stderr"
}

red() {
  echo "echo 'tests/a_test:two  ->  $2  [0.001s]'; exit 1" >"red.$1"
}

@test "nothing red: 0; the load was there, and is gone" {
  soak 3
  [ "$output" = '0 of 3 runs red' ]
  [ "$(cat stressed)" = "--cpu 2 --vm 1 --io 1 --temp-path $(sed -n \
    's/.*--temp-path \([^ ]*\).*/\1/p' stressed)
ended" ]
  [ -s synced ]
  [ "$(wc -l <runs)" -eq 3 ]
  grep -q 'parallelism=8' runs
  [ -z "$(ls reports/out/soak)" ]
}

@test "as root, every second run is nobody's" {
  [ "$(id -u)" = 0 ] || skip "untested: needs root"
  soak -l 4
  [ "$(cut -d ' ' -f 1 runs | paste -s -d ' ' -)" = '0 65534 0 65534' ]
}

@test "red runs: 1; their lines, how often, and what they left" {
  red 1 'failed: as it was'
  red 3 'failed: once more'
  expect=-1 soak -l -o kept 4
  user=$(id -un)
  [ "$output" = "run 1 ($user): 1 red
        tests/a_test:two  ->  failed: as it was  [0.001s]
run 3 ($user): 1 red
        tests/a_test:two  ->  failed: once more  [0.001s]
2 of 4 runs red
     2 times tests/a_test:two  ->  failed: once more  [0.001s]" ]
  [ "$(ls kept)" = "1.db
1.out
3.db
3.out" ]
  [ "$(cat kept/3.db)" = store ]
}

@test "a run that does not come to its end: 2" {
  echo 'echo "kyua: E: no room"; exit 3' >red.2
  expect=-2 soak -l -o kept 2
  [[ ${lines[0]} == 'run 2 ('*'): Kyua ended with status 3 after 1 of 2 cases: kyua: E: no room' ]]
  echo 'exit 0' >red.4
  expect=-2 soak -l -o kept 2
}

@test "a load that ends by itself: 2, and why" {
  printf '#!/bin/sh\necho "no memory"\nexit 1\n' >bin/stress-ng
  echo 'sleep 0.5' >red.1
  expect=-2 soak 3
  [ "$stderr" = 'soak: the load ended by itself: no memory' ]
}

@test "a signal: what was red until then is said, and nothing stays" {
  red 1 'failed: as it was'
  echo 'exec sleep 60' >red.2
  ci/soak -o kept 5 >shown 2>err 3>&- &
  pid=$!
  left=150
  until [ "$(wc -l <runs)" -eq 2 ] || [ "$left" -eq 0 ]; do
    sleep 0.1
    left=$((left - 1))
  done
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 143 ]
  grep -qx '1 of 1 runs red' shown
  [ "$(sed -n '$p' stressed)" = ended ]
}

@test "bad usage and what is missing: 3, and a line that says what" {
  for words in '-j needs a value' '-j: "x" is not' 'what is -z?' \
    '"many" is not a number of runs' '-p: the suite has no program b_test' \
    'one number of RUNS'; do
    case $words in
    '-j needs'*) set -- -j ;;
    '-j: '*) set -- -j x ;;
    'what'*) set -- -z ;;
    '"many"'*) set -- many ;;
    'one'*) set -- 1 2 ;;
    *) set -- -p b_test 1 ;;
    esac
    expect=-3 soak "$@"
    [[ ${stderr_lines[-1]} == "soak: $words"* ]]
    [ -z "$output" ]
  done
  mkdir few
  for tool in sh dirname id make; do
    ln -s "$(command -v $tool)" few/$tool
  done
  ln -s ../bin/kyua few/kyua
  run -3 env PATH="$TREE/few" sh ci/soak 1
  [ "$output" = 'soak: stress-ng is not installed (ci/with-deps -s soak installs it)' ]
}
