#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # $result is of the programs that the tests write
# The collector, on a suite of two programs made for it.

bats_require_minimum_version 1.5.0

setup() {
  mkdir "$BATS_TEST_TMPDIR/work"
  cd "$BATS_TEST_TMPDIR/work" || exit
  mkdir reports tests
  cp "$BATS_TEST_DIRNAME/collect" reports/collect
  cat > Kyuafile <<'EOF'
syntax(2)
test_suite("mmapcheck")
include("tests/Kyuafile")
EOF
  cat > tests/Kyuafile <<'EOF'
syntax(2)
test_suite("mmapcheck")
atf_test_program{name="first_test"}
atf_test_program{name="second_test"}
EOF
  program first_test 'echo passed > "$result"'
  program second_test 'echo passed > "$result"'
}

# program NAME BODY: an ATF test program of one case, which is a line of shell.
program() {
  cat > "tests/$1" <<EOF
#!/bin/sh
arguments=\$*
while getopts lr:s:v: option; do
  case \$option in
    l)
      printf 'Content-Type: application/X-atf-tp; version="1"\n\n'
      echo 'ident: only'
      exit
      ;;
    r) result=\$OPTARG ;;
  esac
done
echo "arguments: \$arguments"
$2
EOF
  chmod +x "tests/$1"
}

# value FILE PATH: a value of a JSON file.
value() {
  sqlite3 :memory: "SELECT json_extract(CAST(readfile('$1') AS TEXT), '$2')"
}

# ended PID: waits until the process is gone, ten seconds at most.
ended() {
  local left=100
  while [ "$left" -gt 0 ]; do
    kill -0 "$1" 2> /dev/null || return 0
    sleep 0.1
    left=$((left - 1))
  done
  return 1
}

# appears FILE: waits for it, ten seconds at most.
appears() {
  local left=100
  while [ "$left" -gt 0 ]; do
    [ ! -e "$1" ] || return 0
    sleep 0.1
    left=$((left - 1))
  done
  return 1
}

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
# refused STATUS PATTERN COMMAND...: one line on standard error, no output.
refused() {
  local expected=$1 pattern=$2
  shift 2
  run --separate-stderr "$@"
  echo "status $status, output: $output"
  echo "error: $stderr"
  [ "$status" -eq "$expected" ]
  [ -z "$output" ]
  [[ ${stderr_lines[-1]} =~ $pattern ]]
}

@test "a run is complete: its path, its stores, its identity" {
  run --separate-stderr reports/collect -o run
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$output" = "$PWD/run" ]
  [ "$(find run | sort)" = "run
run/kyua.log
run/kyua.out
run/out
run/out/first_test.db
run/out/second_test.db
run/run.json" ]
  [ "$(value run/run.json '$.state')" = complete ]
  [ "$(value run/run.json '$.system.os')" = "$(uname -s)" ]
  [ "$(value run/run.json '$.programs')" = \
    '[{"name":"first_test","status":0},{"name":"second_test","status":0}]' ]
  [[ $(value run/run.json '$.finished') =~ ^20[0-9-]+T[0-9:]+Z$ ]]
}

@test "run.json follows its schema, whatever the names hold" {
  reports/collect -v 'dirs="a\b"' -v parallelism=1 -o run
  [ "$(value run/run.json '$.invoked.config[0]')" = \
    '--variable=test_suites.mmapcheck.dirs="a\b"' ]
  run python3 - "$BATS_TEST_DIRNAME/schema/run.schema.json" run/run.json <<'EOF'
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(77)
jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
EOF
  echo "$output"
  case $status in
    77 | 127) skip "needs Python's jsonschema" ;;
  esac
  [ "$status" -eq 0 ]
}

@test "without -o the directory is named by date and system" {
  run --separate-stderr reports/collect
  [ "$status" -eq 0 ]
  [[ $output == "$PWD/reports/runs/20"*"Z_"*"$(uname -m)" ]]
  [ -e "$output/run.json" ]
}

@test "a failing case gives status 1, and the run is complete" {
  program second_test 'echo "failed: not so" > "$result"; exit 1'
  run --separate-stderr reports/collect -o run
  [ "$status" -eq 1 ]
  [ "$(value run/run.json '$.state')" = complete ]
  [ "$(value run/run.json '$.programs[1].status')" = 1 ]
}

@test "a program that Kyua cannot run leaves a partial run and status 2" {
  # The first program takes the second away while it runs.
  program first_test "rm $PWD/tests/second_test; echo passed > \"\$result\""
  run --separate-stderr reports/collect -o run
  echo "$stderr"
  [ "$status" -eq 2 ]
  [[ $stderr =~ "collect: second_test: Kyua ended with status 2" ]]
  [ "$(value run/run.json '$.state')" = partial ]
  [ -e run/out/first_test.db ]
  [ ! -e run/out/second_test.db ]
  grep -q "Non-existent test program" run/kyua.out
}

@test "the tests see a clean environment, and so does the store" {
  program first_test 'env | sort; echo passed > "$result"'
  SECRET=hush LC_ALL=de_DE TMPDIR=$PWD reports/collect -o run
  run ! grep -r hush run
  run sqlite3 run/out/first_test.db \
    'SELECT var_name FROM env_vars ORDER BY var_name'
  [ "$output" = "HOME
PATH
TMPDIR" ]
}

@test "the tests inherit no descriptor of the collector" {
  [ -e /proc/self/fd ] || skip "needs /proc/self/fd"
  program first_test 'ls -l /proc/self/fd; echo passed > "$result"'
  reports/collect -o run
  sqlite3 run/out/first_test.db \
    'SELECT CAST(contents AS TEXT) FROM files' > descriptors
  cat descriptors
  run ! grep -E 'run/tmp/(programs|ended)' descriptors
}

@test "settings reach the tests" {
  reports/collect -j 1 -v dirs=/somewhere -o run
  run sqlite3 run/out/first_test.db "SELECT CAST(contents AS TEXT) FROM files"
  echo "$output"
  [[ $output == *"dirs=/somewhere"* ]]
}

# stop_by SIGNAL STATUS: stops a run in its second program.
stop_by() {
  program second_test 'touch '"$PWD"'/running; sleep 60'
  local pid
  reports/collect -o run > out 2> err 3>&- &
  pid=$!
  appears running
  kill "-$1" "$pid"
  status=0
  wait "$pid" || status=$?
  cat err
  [ "$status" -eq "$2" ]
  ended "$pid"
  grep -q "collect: SIG$1: .* stays partial" err
  [ "$(find run -type f | sort)" = \
    'run/kyua.log
run/kyua.out
run/out/first_test.db
run/run.json' ]
  [ "$(value run/run.json '$.state')" = partial ]
}

@test "a run that SIGTERM stops keeps what had ended, and stays partial" {
  stop_by TERM 143
}

@test "a run that SIGHUP stops keeps what had ended, and stays partial" {
  # Under nohup, and to a shell that then cannot see it.
  [[ $(trap -p HUP) != *"''"* ]] || skip "untested: SIGHUP is ignored here"
  stop_by HUP 129
}

@test "a run that is stopped leaves no process" {
  program second_test "echo \$\$ > $PWD/pid; exec sleep 60"
  reports/collect -o run > /dev/null 2>&1 3>&- &
  local pid=$!
  appears pid
  kill -TERM "$pid"
  ended "$pid"
  ended "$(cat pid)"
}

@test "-p runs that program only, and --each is told when it has ended" {
  printf '#!/bin/sh\nls "$1/out" > "$1/seen.$2"\n' > each
  chmod +x each
  run -0 reports/collect -o run -p second_test --each ./each
  [ "$(value run/run.json '$.programs[0].name')" = second_test ]
  [ "$(value run/run.json '$.programs[1].name')" = "" ]
  [ "$(cat run/seen.second_test)" = second_test.db ]
  [ ! -e run/seen.first_test ]
  printf '#!/bin/sh\nexit 7\n' > each
  run -0 --separate-stderr reports/collect -o other --each ./each
  [ "${stderr_lines[1]}" = \
    "collect: second_test: ./each ended with status 7" ]
}

@test "a run is never written over" {
  reports/collect -o run
  cp run/run.json before.json
  refused 3 'collect: run: holds a run already' reports/collect -o run
  cmp before.json run/run.json
}

@test "nothing to run: clear words, status 3, no directory" {
  rm tests/second_test
  refused 3 'tests/second_test: not there, is the suite built' \
    reports/collect -o run
  [ ! -e run ]
  : > tests/Kyuafile
  refused 3 'tests/Kyuafile: no test programs' reports/collect -o run
  [ ! -e run ]
  rm tests/Kyuafile
  refused 3 'tests/Kyuafile: cannot be read' reports/collect -o run
  [ ! -e run ]
  : > tests/Kyuafile
  refused 3 'kyua is not installed' \
    env PATH="$PWD/nothing" /bin/sh reports/collect -o run
  [ ! -e run ]
}

@test "a directory that cannot be written gives status 4" {
  : > file
  refused 4 'file/run: cannot be made' reports/collect -o file/run
}

@test "bad usage gives status 3 and names the word" {
  refused 3 'what is -x' reports/collect -x
  refused 3 'what is run' reports/collect run
  refused 3 '-o needs a value' reports/collect -o
  refused 3 '-j: "two" is not' reports/collect -j two
  refused 3 '-j: "0" is not' reports/collect -j 0
  refused 3 '-v: "dirs" is not KEY=VALUE' reports/collect -v dirs
  refused 3 '--huge-pages: "-1" is not' reports/collect --huge-pages -1
  [ ! -e reports/runs ]
  run reports/collect -h
  [ "$status" -eq 0 ]
  [[ $output == *"Exit status:"* ]]
}

@test "-p and --each: what is not there is named, and nothing is run" {
  run -3 --separate-stderr reports/collect -o run -p third_test
  [ "$stderr" = "collect: -p: the suite has no program third_test" ]
  [ ! -e run ]
  run -3 --separate-stderr reports/collect -o run --each ./nothing
  [ "$stderr" = "collect: --each: ./nothing: no such command" ]
  [ ! -e run ]
}

@test "--huge-pages without root: status 3, nothing run" {
  [ -e /proc/sys/vm/nr_hugepages ] || skip "this system has no such pool"
  local before
  before=$(cat /proc/sys/vm/nr_hugepages)
  if [ "$(id -u)" -eq 0 ]; then
    chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_RUN_TMPDIR"/*/*
    chmod a+rwx .
    set -- setpriv --reuid=65534 --regid=65534 --clear-groups
  fi
  refused 3 'nr_hugepages: not permitted, it needs root' \
    "$@" reports/collect --huge-pages $((before + 1)) -o run
  [ ! -e run ]
  [ "$(cat /proc/sys/vm/nr_hugepages)" -eq "$before" ]
}

# The next two change a setting of the kernel, so they must be asked for.
exclusive() {
  [ -n "${MMAPCHECK_EXCLUSIVE:-}" ] ||
    skip "changes the huge page pool: set MMAPCHECK_EXCLUSIVE=yes"
  [ "$(id -u)" -eq 0 ] || skip "needs root"
  [ -e /proc/sys/vm/nr_hugepages ] || skip "this system has no such pool"
}

@test "--huge-pages fills the pool for the run and gives it back" {
  exclusive
  local before
  before=$(cat /proc/sys/vm/nr_hugepages)
  program first_test 'cat /proc/sys/vm/nr_hugepages; echo passed > "$result"'
  reports/collect --huge-pages $((before + 1)) -o run
  sqlite3 run/out/first_test.db 'SELECT CAST(contents AS TEXT) FROM files' |
    grep -x $((before + 1))
  [ "$(cat /proc/sys/vm/nr_hugepages)" -eq "$before" ]
}

@test "--huge-pages gives the pool back after a signal" {
  exclusive
  local before pid
  before=$(cat /proc/sys/vm/nr_hugepages)
  program first_test 'touch '"$PWD"'/running; sleep 60'
  reports/collect --huge-pages $((before + 1)) -o run > /dev/null 2>&1 3>&- &
  pid=$!
  appears running
  [ "$(cat /proc/sys/vm/nr_hugepages)" -eq $((before + 1)) ]
  kill -TERM "$pid"
  ended "$pid"
  [ "$(cat /proc/sys/vm/nr_hugepages)" -eq "$before" ]
}
