#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The bundle's runner and the run directories that it makes, mostly with a
# program whose cases end in every way; see ci/bundle/fake_test.c.

bats_require_minimum_version 1.5.0

setup_file() {
  root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  export root
  export bundle=$BATS_FILE_TMPDIR/bundle
  mkdir -p "$bundle/tests"
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -o "$bundle/runcase" \
    "$root/ci/bundle/runcase.c"
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -I"$root/ci/bundle" \
    -o "$bundle/tests/first_test" "$root/ci/bundle/fake_test.c" \
    "$root/ci/bundle/atf-c.c"
  cp "$bundle/tests/first_test" "$bundle/tests/other_test"
  cp "$root/ci/bundle/run" "$root/ci/console2run" "$bundle"
  printf '%s\n' first_test other_test >"$bundle/programs"
  echo '0.1 abc fake' >"$bundle/VERSION"
}

setup() {
  mkdir "$BATS_TEST_TMPDIR/work"
  cd "$BATS_TEST_TMPDIR/work" || exit
  unset TMPDIR
}

# All cases of first_test but the one that waits for ever.
ending=
for name in passes fails broken_set_up skips known known_no_more crashes hangs \
  exits bytes leaves_child litters; do
  ending="$ending first_test:$name"
done

# is RUNDIR CASE RESULT
is() {
  local found
  found=$(cat "$1/out/${2%:*}/${2#*:}.result")
  [ "$found" = "$3" ] || {
    echo "$2: $found, wanted $3"
    return 1
  }
}

# refused STATUS PATTERN COMMAND...
# shellcheck disable=SC2154 # run sets them
refused() {
  local expected=$1 pattern=$2
  shift 2
  run --separate-stderr "$@"
  echo "status $status, output: ${output:0:200}, error: $stderr"
  [ "$status" -eq "$expected" ]
  [ -z "$output" ]
  [[ $stderr =~ $pattern ]]
}

@test "every way to end has its result, as with Kyua" {
  # shellcheck disable=SC2086 # words
  run -1 "$bundle/run" -o run $ending
  [ "$output" = run ]
  is run first_test:passes passed
  is run first_test:fails 'failed: a call = EINVAL allowed ok'
  is run first_test:broken_set_up 'failed: set-up: no room'
  is run first_test:skips 'skipped: unsupported: no such flag'
  is run first_test:known 'expected_failure: a reason [a source]: as ever'
  is run first_test:known_no_more \
    'failed: Test case was expecting a failure but none were raised'
  is run first_test:crashes 'broken: Test program received signal 11'
  is run first_test:hangs 'broken: Test program received signal 14'
  is run first_test:exits 'broken: Premature exit; the program exited with status 0 and wrote no result'
  is run first_test:leaves_child passed
  is run first_test:litters passed
  [ "$(wc -l <run/out/first_test/times)" -eq 12 ]
  [ "$(cat run/out/first_test/crashes.stdout)" = 'word: none
so far' ]
  [ "$(cat run/out/first_test/fails.stderr)" = 'more of it' ]
}

@test "output comes back byte for byte" {
  "$bundle/run" -o run first_test:bytes
  "$bundle/tests/first_test" -r /dev/null bytes >out 2>err
  # A NUL does not pass through awk everywhere; reports have no use for it.
  tr -d '\000' <out >wanted
  tr -d '\000' <run/out/first_test/bytes.stdout | cmp - wanted
  cmp run/out/first_test/bytes.stderr err
}

@test "a case's directory and its children go with it" {
  "$bundle/run" -o run first_test:litters first_test:leaves_child
  work=$(sed 1d run/out/first_test/litters.stdout)
  [ -n "$work" ]
  [ ! -e "$work" ]
  [ ! -e "$work.result" ]
  run pgrep -f "$bundle/tests/first_test"
  echo "$output"
  [ -z "$output" ]
}

@test "run.json follows its schema, and the report tool reads the run" {
  # shellcheck disable=SC2086 # words
  run -1 "$bundle/run" -v 'word=a "quoted" \ one' -o run $ending
  grep -q 'word: a "quoted" \\ one' run/out/first_test/passes.stdout
  python3 - "$root/reports/schema/run.schema.json" run/run.json <<'END'
import json, sys
schema, run = (json.load(open(path)) for path in sys.argv[1:])
assert set(schema['required']) <= set(run) <= set(schema['properties'])
for part in ('suite', 'system', 'invoked'):
    assert set(schema['properties'][part]['required']) == set(run[part])
assert run['state'] == 'complete'
assert run['suite']['commit'] == 'abc'
assert run['invoked']['config'] == ['word=a "quoted" \\ one']
assert run['programs'] == [{'name': 'first_test', 'status': 1}]
assert run['started'].endswith('Z') and run['finished'].endswith('Z')
END
  "${MAKE:-make}" -s -C "$root" reports/report_fixture
  run "$root/reports/report_fixture" text run
  echo "$output"
  [[ $output == *"12 cases:"*"4 pass  2 fail  1 deviates  0 survey  1 unsupported  0 untested  4 broken"* ]]
  [[ $output == *"first_test:hangs"*"Test program received signal 14"* ]]
}

@test "cleanup parts run when the program has them" {
  "$bundle/run" -v clean=yes -o run first_test:passes
  grep -q '^cleaned up after passes$' run/out/first_test/passes.stdout
  "$bundle/run" -o without first_test:passes
  [ "$(cat without/out/first_test/passes.stdout)" = 'word: none
observed: all is well' ]
}

@test "a program that does not list its cases is broken" {
  run -1 "$bundle/run" -v unlisted=yes -o run first_test
  is run first_test:__test_cases_list__ \
    'broken: the program does not list its cases'
}

@test "console mode needs no utility and leaves nothing behind" {
  run -0 --separate-stderr env -i PATH=/nonexistent /bin/sh "$bundle/run" -c \
    first_test:passes first_test:crashes other_test:skips
  [ -z "$stderr" ]
  printf '%s\n' "$output" >log
  [ "${lines[0]}" = '@@run BEGIN 0.1 abc fake' ]
  [ "${lines[-1]}" = '@@done' ]
  [ "$(grep -c '^@@case ' log)" -eq 3 ]
  grep -q -x '@@run cases 3' log
  grep -q -x '@@out observed: all is well' log
  grep -q -x '@@out- so far' log
  grep -q -x '@@result broken: Test program received signal 11' log
  grep -q -x '@@list other_test X-claim: FIXTURE_OPEN' log
  [ "$(ls)" = log ]
}

# bare_root TOOL...: the bundle, in a root with those and nothing else.
bare_root() {
  [ "$(id -u)" -eq 0 ] || skip "untested: needs root"
  unshare -pf true || skip "untested: needs process namespaces"
  cp -R "$bundle" root
  mkdir root/bin
  for tool; do
    cp -L "$(command -v "$tool")" "root/bin/$tool"
  done
  for file in root/bin/* root/runcase root/tests/first_test; do
    ldd "$file" | grep -o '/[^ )]*'
  done | sort -u | while read -r file; do
    mkdir -p "root${file%/*}"
    cp -L "$file" "root$file"
  done
  ls -A root >before
}

@test "console mode works as the first process of an empty root" {
  bare_root sh
  # shellcheck disable=SC2086 # words
  unshare -pf chroot root /bin/sh /run -c $ending >log
  [ "$(tail -n 1 log)" = @@done ]
  ls -A root | cmp - before
  run -1 "$root/ci/console2run" log run
  is run first_test:litters passed
  is run first_test:hangs 'broken: Test program received signal 14'
}

@test "a run directory is all that is made in a root without /dev" {
  bare_root sh mkdir rm mv cat cp sed grep tr tail wc awk date ls
  in_root='PATH=/bin; export PATH; exec /bin/sh /run "$@"'
  run -1 unshare -pf chroot root /bin/sh -c "$in_root" sh -o /out \
    first_test:passes first_test:fails
  [ "$output" = /out ]
  is root/out first_test:passes passed
  rm -r root/out
  ls -A root | cmp - before
  run -4 unshare -pf chroot root /bin/sh -c "$in_root" sh -o /run/out \
    first_test:passes
  [ "$output" = 'run: /run/out: cannot be made' ]
  ls -A root | cmp - before
}

@test "a log that is cut short anywhere keeps what had ended" {
  "$bundle/run" -c first_test:passes first_test:fails first_test:bytes \
    first_test:skips >log
  "$root/ci/console2run" log whole || [ $? -eq 1 ]
  size=$(wc -c <log)
  full=0
  for ((length = 0; length < size; length += 331)); do
    head -c "$length" log >short
    run --separate-stderr "$root/ci/console2run" short "run-$length"
    if [ "$status" -eq 3 ]; then
      [ ! -e "run-$length" ]
      continue
    fi
    echo "at $length: status $status, $stderr"
    [ "$status" -eq 2 ]
    grep -q '"state": "partial"' "run-$length/run.json"
    running=$(head -n -1 short | sed -n 's/^@@case //p; /^@@result/s/.*/none/p' |
      tail -n 1)
    [ "${running:-none}" = none ] ||
      [[ $stderr == *"the system ended in $running"* ]]
    for file in "run-$length"/out/first_test/*.result; do
      [ -e "$file" ] || continue
      name=${file##*/}
      if [ "first_test:${name%.result}" = "$running" ]; then
        [ "$(cat "$file")" = 'broken: the system ended in this case' ]
      else
        cmp "$file" "whole/out/first_test/$name"
        full=$((full + 1))
      fi
    done
  done
  [ "$full" -gt 20 ]
}

@test "noise, carriage returns and bad names in a log do no harm" {
  "$bundle/run" -c first_test:passes >log
  sed -e 's/$/\r/' -e '/^@@case/i\
[    1.5] noise @@result passed\r\
@@case ../../../escape:passes\r\
@@case first_test:../escape\r\
@@result passed\r\
@@list ../escape ident: bad\r\
@@run program ../escape\r\
@@case first_test:passes\r\
@@result pass[ 1.6] panic\r\
@@out \\377\\0 \\\r' log >noisy
  printf '\376\001@@case x\n' >>noisy
  run "$root/ci/console2run" noisy run
  echo "$output"
  is run first_test:passes passed
  [ "$(ls run/out)" = first_test ]
  [ "$(find . -name '*escape*')" = '' ]
}

@test "a run goes on after the case in which the system went away" {
  "$bundle/run" -c first_test:passes first_test:fails first_test:skips >log
  sed '/^@@case first_test:fails/q' log >first
  run -2 --separate-stderr "$root/ci/console2run" first early
  [[ $stderr == *"the system ended in first_test:fails"* ]]
  is early first_test:fails 'broken: the system ended in this case'
  [ ! -e early/out/first_test/skips.result ]
  "$bundle/run" -c -a first_test:fails first_test:passes first_test:fails \
    first_test:skips >second
  [ "$(grep -c '^@@case' second)" -eq 1 ]
  cat first second >both
  run -1 --separate-stderr "$root/ci/console2run" both run
  is run first_test:passes passed
  is run first_test:fails 'broken: the system ended in this case'
  is run first_test:skips 'skipped: unsupported: no such flag'
  cmp run/out/first_test/list early/out/first_test/list
}

# A process that the kernel holds: one that no signal reaches.
@test "a case that survives SIGKILL fails, and the run goes on" {
  [ "$(uname -s)" = Linux ] || skip "preloads a library"
  mkdir held
  cp -R "$bundle/." held
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -DPATIENCE=1 -DKILL_PATIENCE=1 \
    -o held/runcase "$root/ci/bundle/runcase.c"
  "${CC:-cc}" -shared -fPIC -x c -o held/kill.so - <<'C'
#include <sys/types.h>
int
kill(pid_t pid, int signo)
{
	(void)pid;
	(void)signo;
	return 0;
}
C
  export TMPDIR=$PWD
  run timeout -s KILL 30 env LD_PRELOAD="$PWD/held/kill.so" held/run -o run \
    first_test:waits first_test:passes
  pkill -KILL -f "$PWD/held/" || :
  [ "$status" -eq 1 ]
  is run first_test:waits \
    'failed: the system never gave the case back: it survives SIGKILL'
  is run first_test:passes passed
}

# stop_by SIGNAL: ends a run in a case that waits.
stop_by() {
  "$bundle/run" -o run first_test:passes first_test:waits \
    other_test:passes 3>&- 2>err &
  runner=$!
  for ((i = 0; i < 300; i++)); do
    grep -q '^@@case first_test:waits' run/console.log && break
    sleep 0.1
  done 2>/dev/null
  kill -"$1" "$runner"
  status=0
  wait "$runner" || status=$?
  [ "$status" -gt 128 ]
  is run first_test:passes passed
  [ ! -e run/out/first_test/waits.result ]
  grep -q '"state": "partial"' run/run.json
  grep -q "SIG$1" err
  run pgrep -f "$bundle/tests/first_test"
  [ -z "$output" ]
}

@test "SIGTERM ends the run; what had ended is kept" {
  stop_by TERM
}

@test "SIGHUP ends the run; what had ended is kept" {
  # Under nohup, and to a shell that then cannot see it.
  [[ $(trap -p HUP) != *"''"* ]] || skip "untested: SIGHUP is ignored here"
  stop_by HUP
}

@test "the suite's programs end by themselves when a case hangs" {
  [ -x "$root/tests/system_test" ] || "${MAKE:-make}" -s -C "$root" suite
  cat >hang.c <<'END'
#include <sys/time.h>
#include <stdio.h>
#include <unistd.h>
unsigned alarm(unsigned seconds)
{
  struct itimerval soon = { { 0, 0 }, { 0, 300000 } };
  fprintf(stderr, "alarm %u\n", seconds);
  setitimer(ITIMER_REAL, &soon, NULL);
  return 0;
}
int mprotect(void *addr, size_t length, int prot)
{
  (void)addr, (void)length, (void)prot;
  for (;;)
    pause();
}
END
  "${CC:-cc}" -shared -fPIC -o hang.so hang.c
  run -1 --separate-stderr env LD_PRELOAD="$PWD/hang.so" \
    "$root/tests/system_test" -r result identity
  # Twice as long as this, and less than what Kyua waits for.
  [[ $stderr =~ "alarm "([0-9]+) ]]
  [ "${BASH_REMATCH[1]}" -lt 30 ]
  [[ $(cat result) == 'failed: mprotect('*'no return within '* ]]
}

@test "bad usage and bad input are refused, and leave nothing" {
  refused 3 'what is -z' "$bundle/run" -z
  refused 3 '-o needs a value' "$bundle/run" -o
  refused 3 'is not KEY=VALUE' "$bundle/run" -v word
  refused 3 'there is no program none_test' "$bundle/run" none_test
  refused 3 'neither PROGRAM nor' "$bundle/run" 'a b'
  refused 3 '-o does not go with -c' "$bundle/run" -c -o run
  refused 4 'cannot be made' "$bundle/run" -o /dev/null/run first_test:passes
  refused 3 'nowhere: cannot be read' "$root/ci/console2run" nowhere run
  echo '@@case first_test:passes' >log
  refused 3 'log: holds no run' "$root/ci/console2run" log run
  echo '@@run BEGIN 0.1 abc fake' >log
  refused 3 'log: ends before the first program' \
    "$root/ci/console2run" log run
  refused 3 usage "$root/ci/console2run" log
  [ "$(ls)" = log ]
  "$bundle/run" -o run first_test:passes
  refused 3 'holds a run already' "$bundle/run" -o run first_test:passes
  refused 3 'holds a run already' "$root/ci/console2run" run/console.log run
}

@test "no room for the run directory: status 4, and nothing is left" {
  "$bundle/run" -c first_test:bytes first_test:passes >log
  (ulimit -f 1 && trap '' XFSZ && "$root/ci/console2run" log run 2>err) ||
    status=$?
  cat err
  [ "${status-0}" -eq 4 ]
  grep -q 'cannot be written' err
  [ ! -e run ]
}

# Says more than fits in a pipe, and ends while nobody reads.
many_lines() {
  cat >"$bundle/tests/many" <<'MANY'
#!/bin/sh
while getopts r:v:s: option; do
  [ $option != r ] || result=$OPTARG
done
awk 'BEGIN { for (i = 1; i <= 1700; i++)
  print "line " i " ......................................................" }'
echo passed >$result
MANY
  chmod +x "$bundle/tests/many"
  "$bundle/runcase" "$bundle/tests/many" a | {
    sleep 1
    cat
  }
}

@test "no line is lost when a program ends while the reader is slow" {
  many_lines >log
  [ "$(grep -c '^@@out line [0-9]* \.*$' log)" -eq 1700 ]
  grep -qx '@@lines 1700' log
}

@test "lines that were lost on the way break the case" {
  {
    echo '@@run BEGIN 0.1 abc fake'
    echo '@@run program many'
    printf '@@list many %s\n' 'ident: a' 'X-claim: CLAIM' ''
    echo '@@run cases 1'
    many_lines
    echo '@@done'
  } >log
  run -0 "$root/ci/console2run" log whole
  is whole many:a passed
  sed '/^@@out line 700 /d' log >lossy
  run -1 "$root/ci/console2run" lossy short
  is short many:a 'broken: 1699 of 1700 lines of output came home'
}

# A tree of its own, of which programs that take no time to build are made.
small_tree() {
  mkdir -p tree/ci
  (cd "$root" && cp -R Makefile Kyuafile helpers platform tests \
    "$OLDPWD/tree" && cp -R ci/console2run ci/bundle "$OLDPWD/tree/ci")
  rm -rf tree/ci/bundle/out
  find tree -name '*.o' -exec rm {} +
  find tree/tests -name '*_test.c' ! -name system_test.c ! -name mincore_test.c \
    -exec rm {} +
  sed '/atf_test_program/ { /system_test\|mincore_test/!d; }' \
    tree/tests/Kyuafile >new && mv new tree/tests/Kyuafile
}

@test "two builds of a bundle at once: both are whole, and one stays" {
  small_tree
  # Of different compilers, by the same name: nothing of one is in the other.
  tree/ci/bundle/build -n same CFLAGS=-O0 >first 2>&1 &
  first=$!
  tree/ci/bundle/build -n same CFLAGS='-O0 -g' >second 2>&1 ||
    { tail second && false; }
  wait $first || { tail first && false; }
  cmp first second
  [ "$(cat first)" = "$(cd tree && pwd)/ci/bundle/out/mmapcheck-same.tar.gz" ]
  gzip -dc "$(cat first)" | tar -xf -
  mmapcheck-same/runcase -b
  [ "$(mmapcheck-same/tests/system_test -l | grep -c '^ident: ')" -gt 1 ]
  [ "$(ls -A tree/ci/bundle/out)" = "mmapcheck-same.tar.gz
same" ]
  # What has not changed is not built again.
  tree/ci/bundle/build -n same "$(sed 1q tree/ci/bundle/out/same/settings)"
  run ! grep ' -c ' tree/ci/bundle/out/same/make.log
}

@test "a build of a bundle that is stopped leaves nothing" {
  small_tree
  tree/ci/bundle/build -n x CFLAGS=-O0 3>&- &
  builder=$!
  for ((i = 0; i < 300; i++)); do
    ! ls tree/ci/bundle/out/.x.*/src/helpers/*.o >/dev/null 2>&1 || break
    sleep 0.1
  done
  kill -TERM $builder
  status=0
  wait $builder || status=$?
  [ "$status" -eq 143 ]
  [ -z "$(ls -A tree/ci/bundle/out)" ]
}
