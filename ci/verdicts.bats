#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# How a case ends, whatever happens in it: the act under test never breaks it,
# a child's verdict arrives, a survey cannot fail, and what is neither the act
# nor its result is broken.  ci/verdict_test has a case for each.

bats_require_minimum_version 1.5.0

setup() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  cd "$BATS_TEST_TMPDIR" || return 1
}

# Runs case $1, with further arguments for the program.
run_case() {
  name=$1
  shift
  rm -f result
  run "$ROOT/ci/verdict_test" -r result "$@" "$name"
  result=$(cat result 2>/dev/null) || result='no result'
}

# Case $1 ends with a result that begins with $2 and contains $3.
ends() {
  run_case "$1"
  echo "$1: $result"
  case $result in
  "$2"*"$3"*) ;;
  *) return 1 ;;
  esac
}

@test "a signal in the body fails the case, with call, si_code, byte and access" {
  access=' store'
  case $(uname -m) in
  x86_64 | i?86) ;;
  *) access='n access' ;;
  esac
  page=$(getconf PAGESIZE)
  ends store_in_body "failed: memory of mmap(NULL, $page, R, PRIVATE|ANON, -1, 0): SIGSEGV/ACCERR at byte 5, allowed a$access [POSIX"
  ends load_in_body "failed: memory of mmap(NULL, $page, NONE, PRIVATE|ANON, -1, 0): SIGSEGV/ACCERR at byte 7, allowed a" ' ['
  ends store_in_other_memory "failed: mmap(NULL, $page, R, PRIVATE|ANON, -1, 0) = ok: SIGSEGV/ACCERR in other memory"
}

@test "a signal in a child or in a thread fails the case, too" {
  ends store_in_child 'failed: memory of mmap(' 'SIGSEGV/ACCERR at byte 9'
  ends store_in_thread 'failed: memory of mmap(' 'SIGSEGV/ACCERR at byte 3'
}

@test "a child that may die of a signal dies of it" {
  ends store_in_child_that_may_die passed
}

@test "memory of a call under test that cannot be given back is a failure" {
  ends memory_cannot_be_given_back "failed: memory of mmap(NULL, $(getconf PAGESIZE), R, PRIVATE|ANON, -1, 0): EINVAL, allowed munmap [POSIX"
  ends set_up_cannot_be_given_back 'broken: set-up: unmapping 1 pages: EINVAL'
}

@test "a fresh image of the program judges as a child does" {
  ends fails_in_image 'failed: mmap(NULL, 0, RW, PRIVATE|ANON, -1, 0) = EINVAL, allowed ok [POSIX' 'FIXED_EXACT_ADDRESS]'
  ends passes_in_image passed
}

@test "a signal before the act breaks the case, one that was sent ends it" {
  ends store_before_the_act 'broken: set-up: SIGSEGV/ACCERR before the first call'
  ends sent_signal 'no result'
  [ "$status" -eq 139 ]
}

@test "a call that never returns fails the case, in a child, too" {
  ends call_hangs 'failed: msync(0x' ', SYNC): no return within 1 s, allowed a return'
  ends call_hangs_in_child 'failed: msync(0x' ', SYNC): no return within 1 s, allowed a return'
}

@test "a call of the body's own that never returns fails the case" {
  ends own_call_hangs 'failed: pause(): no return within 1 s, allowed a return ['
}

@test "a child that survives SIGKILL fails the case in time, and names the call" {
  SECONDS=0
  ends child_survives_all 'failed: mmap(' ': the other process said nothing for 30 s and survives SIGKILL, allowed a return ['
  [ "$SECONDS" -lt 45 ]
}

@test "an access that never returns fails the case, and says where" {
  ends access_hangs "failed: memory of mmap(NULL, $(getconf PAGESIZE), R, PRIVATE|ANON, -1, 0): no return within 1 s at byte 6, allowed a return ["
}

@test "a body that never ends, with no call under way, is broken and says where" {
  ends body_hangs 'broken: set-up: did not end within 2 s, last made mmap('
}

@test "many calls that all return are no hang, however long they take" {
  ends many_calls passed
}

@test "a child that was killed breaks the case, which says by what" {
  ends child_killed 'broken: set-up: the other process ended by SIGKILL'
}

@test "a deviation of a call is none of its sound call" {
  [ "$(uname -s)" = Linux ] || skip "unsupported: faults are for Linux"
  for name in directory_eacces fifo_eacces; do
    rm -f result
    run env LD_PRELOAD="$ROOT/ci/faults/libfaults.so" \
      MMAPCHECK_FAULT=mmap_fails_ENODEV "$ROOT/tests/object_test" -r result "$name"
    echo "$(cat result)"
    [[ $(cat result) == 'failed: the sound call mmap('*'ENODEV of the sound call'* ]]
    rm -f result
    run "$ROOT/tests/object_test" -r result "$name"
    [[ $(cat result) == 'expected_failure: '* ]]
  done
}

@test "a deviation that is not seen fails with call, claim and the line" {
  [ "$(uname -s)" = Linux ] || skip "unsupported: faults are for Linux"
  run env LD_PRELOAD="$ROOT/ci/faults/libfaults.so" \
    MMAPCHECK_FAULT=mmap_accepts_EINVAL "$ROOT/tests/object_test" -r result \
    private_cat_of_empty_file
  echo "$(cat result)"
  [[ $(cat result) == 'failed: '*', allowed the known deviation "EINVAL" ('*'PROGRAM_PRIVATE_CAT_EMPTY_FILE'* ]]
}

@test "a refused call of the body's own, and a refused sound call, are failures" {
  ends own_call_refused 'failed: close(-1) = EBADF, allowed ok ['
  ends sound_call_refused 'failed: the sound call mmap(NULL, 0, ' 'EINVAL of the sound call, allowed ok ['
}

@test "a row whose flag is missing is unsupported, whatever its sound call does" {
  ends flag_missing 'skipped: unsupported: ' 'does not define MAP_NO_SUCH'
}

@test "a file that gives no byte after the act is a failure, before it is not" {
  ends read_before_the_act 'broken: set-up: reading byte 0 of file: EBADF'
  ends read_after_the_act 'failed: pread(file, 1, 0): EBADF, allowed 1 byte ['
  ends read_past_the_end 'failed: pread(file, 1, 1): 0 bytes, allowed 1 byte ['
}

@test "a child's verdict arrives, though nobody listens when it comes" {
  ends child_gone_before_it_is_told 'failed: words of a child'
  ends child_fails_after_a_number 'failed: words of a child'
}

@test "a child that the body did not end breaks the case, and is gone" {
  ends child_left 'broken: set-up: 1 children were not ended'
  run ! pgrep -f "$ROOT/ci/verdict_test"
}

@test "the address HIGH is no program's, however far its space reaches" {
  ends high_page passed
}

@test "a shared memory object's name does not outlive a case that fails" {
  [ -w /dev/shm ] || skip "untested: needs a /dev/shm to write to"
  ends name_left 'failed: mmapcheck.'
  name=${result#failed: }
  [ ! -e "/dev/shm/${name%%,*}" ]
}

@test "what others moved each time is untested" {
  ends moved_each_time 'skipped: untested: others on this machine moved the moon'
}

@test "on a system that does not promise it, a claim cannot fail" {
  ends promised_by_all 'failed: mmap(NULL, 0, ' '= EINVAL, allowed ok ['
  ends promised_by_another passed
  [[ $output == *'observed: EINVAL'* ]]
  [[ $output == *'survey: freebsd promises it'* ]]
  ends promised_by_nobody passed
  [[ $output == *'observed: EINVAL'* ]]
  [[ $output == *'survey: the standard leaves it open'* ]]
  ends kept_by_another passed
  [[ $output == *'observed: ok'* ]]
  ends store_in_survey passed
  [[ $output == *'observed: SIGSEGV/ACCERR at byte 5'* ]]
}

@test "an effort that is no whole number from 1 on is refused" {
  for effort in 0 -1 ' 5' +5 abc '' 1x 0.5 999999999999999999999; do
    run_case promised_by_all -v "effort=$effort"
    echo "$effort: $result"
    [[ $result == "broken: set-up: the variable effort is \"$effort\", not a whole number"* ]]
  done
  run_case kept_by_another -v effort=2
  [ "$result" = passed ]
}

@test "a word for exclusive that is neither yes nor no is refused" {
  for word in maybe '' 2 truee; do
    run_case asks_for_settings -v "exclusive=$word"
    echo "$word: $result"
    [ "$result" = "broken: set-up: the variable exclusive is \"$word\", neither true nor false" ]
  done
  for word in yes no TRUE False 1 0; do
    run_case asks_for_settings -v "exclusive=$word"
    [ "$result" = passed ]
  done
}

@test "Kyua and the bundle's runner say broken of what the case says it of" {
  ln -s "$ROOT/ci/verdict_test" verdict_test
  printf '%s\n' 'syntax(2)' 'test_suite("x")' \
    'atf_test_program{name="verdict_test"}' >Kyuafile
  HOME=$PWD run kyua test -r store.db verdict_test:store_before_the_act \
    verdict_test:store_in_body
  echo "$output"
  [[ $output == *'store_before_the_act  ->  broken: set-up: SIGSEGV/ACCERR before'* ]]
  [[ $output == *'store_in_body  ->  failed: memory of mmap('* ]]
  run "$ROOT/ci/bundle/runcase" ./verdict_test store_before_the_act
  echo "$output"
  [[ $output == *'@@result broken: set-up: SIGSEGV/ACCERR before'* ]]
}
