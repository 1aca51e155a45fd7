#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# That every case can fail: each is run under every fault that breaks its claim, by
# ci/faults/claims.tsv, and must turn red; and that nothing does without a fault.
# "make check" has built what this takes.

bats_require_minimum_version 1.5.0

setup() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  cd "$ROOT" || return 1
  [ "$(uname -s)" = Linux ] || skip "unsupported: faults are injected on Linux"
}

# A place with files of its own beside the programs that are built.
make_place() {
  PLACE=$BATS_TEST_TMPDIR/place
  mkdir -p "$PLACE/ci/faults"
  ln -sfn "$ROOT/tests" "$PLACE/tests"
  ln -sf "$ROOT/ci/faults/libfaults.so" "$PLACE/ci/faults/libfaults.so"
  cd "$PLACE" || return 1
}

# proven [COMMAND...]: each case under its proof, run by that command.
proven() {
  run --separate-stderr "$@" ci/faults/falsify -p -j 2
  # Cases that need a privilege, as root or not, are no news.
  [ "$status" -eq 0 ] || {
    printf '%s\n' "${lines[@]}" "$stderr"
    return 1
  }
  [[ ${lines[-1]} == "cases proven able to fail: "* ]]
}

@test "every line of claims.tsv is true, every fault seen, every case proven" {
  run --separate-stderr ci/faults/falsify -j 2 -o "$BATS_TEST_TMPDIR/out.json"
  # Of more than 300 faults, those that are news.
  [ "$status" -eq 0 ] || {
    printf '%s\n' "${lines[@]}" "$stderr" |
      grep -Ev ' [1-9][0-9]* of +[0-9]+ cases red$| cases red; '
    return 1
  }
  [[ ${lines[-2]} == "cases proven able to fail: "* ]]
  [[ ${lines[-1]} =~ ^"broken claims noticed: "([1-9][0-9]+)" of "([0-9]+)$ ]]
  [ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ]
}

@test "every case has a proof for a user without privileges, too" {
  [ "$(id -u)" -eq 0 ] || skip "unsupported: this is such a user"
  # This tree may be one that others cannot read.
  place=$(mktemp -d /tmp/mmapcheck-falsify.XXXXXX)
  mkdir -p "$place/tests" "$place/ci/faults" "$place/scratch"
  cp tests/Kyuafile tests/*_test "$place/tests"
  cp -R ci/faults/falsify ci/faults/libfaults.so ci/faults/*.tsv \
    ci/faults/spoiled "$place/ci/faults"
  chmod -R a+rX "$place"
  chown 65534:65534 "$place/scratch"
  cd "$place"
  status=0
  proven setpriv --reuid 65534 --regid 65534 --clear-groups \
    env TMPDIR="$place/scratch" || status=1
  cd "$ROOT"
  rm -rf "$place"
  [ "$status" -eq 0 ]
}

@test "a fault alone: whether its lines are true, and nothing of other cases" {
  made_claims 'msync_noop MSYNC_SYNC_OK' 'malloc_slow PROT_NONE_DENIES_ALL'
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json msync_noop
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 4 ]
  [[ ${lines[0]} == "msync_noop "*" 1 of    1 cases red" ]]
  [[ ${lines[1]} == "took "* ]]
  [ "${lines[2]}" = "faults detected: 1 of 1" ]
  [ "${lines[3]}" = "broken claims noticed: 1 of 1" ]
  python3 - <<'END'
import json
table = json.load(open('out.json'))
assert [case['case'] for case in table['cases']] == ['msync_test:written_back']
END
  # Another case is green under it, so that the line is false.
  made_claims 'msync_noop MSYNC_SYNC_OK' 'msync_noop PROT_NONE_DENIES_ALL'
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json msync_noop
  [ "$status" -eq 1 ]
  [[ $output == *"
not noticed: msync_noop by protection_test:none_denies_all \
(PROT_NONE_DENIES_ALL): passed
"* ]]
  [ "${lines[-1]}" = "broken claims noticed: 1 of 2" ]
  # Without a line, nothing detects it.
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json munmap_noop
  [ "$status" -eq 1 ]
  [[ $output == *"ci/faults/claims.tsv has no line for munmap_noop"* ]]
  [[ $output == *"faults detected: 0 of 1"* ]]
}

@test "a fault none of whose cases runs here is counted apart" {
  made_claims 'msync_noop OVERCOMMIT_MODE_1_NEVER_REFUSES'
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json msync_noop
  [ "$status" -eq 0 ]
  [ "${lines[2]}" = "not detected, as none of its cases runs here: 1" ]
  [ "${lines[3]}" = "faults detected: 0 of 1" ]
}

@test "-p and -w take no file, and -p no fault" {
  run --separate-stderr ci/faults/falsify -p -o out.json msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: -o: -p writes no file" ]
  run --separate-stderr ci/faults/falsify -o out.json -w msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: -o: -w writes no file" ]
  run --separate-stderr ci/faults/falsify -p msync_noop
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: -p takes cases, and no faults" ]
}

@test "a fault turns red what it should, and nothing else" {
  run --separate-stderr ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" \
    msync_noop msync_test:written_back protection_test
  [[ "$output" =~ msync_noop\ +([0-9]+)\ of\ +([0-9]+)\ cases\ red ]]
  [ "${BASH_REMATCH[1]}" -ge 1 ]
  [ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ]
  python3 -m json.tool "$BATS_TEST_TMPDIR/out.json" >/dev/null
}

@test "a case is run under no fault that could not touch it" {
  run --separate-stderr ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" \
    mmap_EEXIST_as_ENOMEM sigsegv_for_sigbus sigbus_for_sigsegv \
    msync_test eof_test:page_past_the_end
  [[ "$output" == *"mmap_EEXIST_as_ENOMEM "*" 0 of    0 cases red"* ]]
  [[ "$output" == *"sigsegv_for_sigbus "*" 1 of    1 cases red"* ]]
  [[ "$output" == *"sigbus_for_sigsegv "*" 0 of    0 cases red"* ]]
}

@test "the table tells both ways, and how long it took" {
  run --separate-stderr ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" \
    msync_noop msync_test
  [[ "$output" == *"took 0 min "*" runs, 2 at a time"* ]]
  run cat "$BATS_TEST_TMPDIR/out.txt"
  [[ "$output" == *"msync_noop "*"	msync_test:written_back failed"* ]]
  [[ "$output" == *"msync_test:written_back
	msync_noop"* ]]
  [[ "$output" == *"took 0 min "* ]]
}

@test "--help tells how another program is run under a fault" {
  run ci/falsify --help
  [ "$status" -eq 0 ]
  [[ "$output" == *"LD_PRELOAD=$ROOT/ci/faults/libfaults.so"* ]]
  [[ "$output" == *"MMAPCHECK_FAULT_ANY=1"* ]]
  [[ "$output" == *"  -p          whether each case can fail: "*"not looked at"* ]]
}

@test "a fault listed as unseen that does not exist is refused in one line" {
  make_place
  printf 'no_such_fault\tbecause\n' >ci/faults/unseen.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$output" = "" ]
  [ "$stderr" = "falsify: ci/faults/unseen.tsv:1: there is no fault \
no_such_fault" ]
}

@test "a fault listed as unseen without a reason is refused in one line" {
  make_place
  printf 'msync_noop\n' >ci/faults/unseen.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/unseen.tsv:1: not two columns" ]
}

@test "a fault listed as unseen that a case sees is told" {
  make_place
  printf 'msync_noop\tbecause\n' >ci/faults/unseen.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    msync_noop msync_test
  [ "$status" -eq 1 ]
  [[ "$output" == *"ci/faults/unseen.tsv lists msync_noop, and \
msync_test:written_back sees it"* ]]
}

@test "a fault that nothing sees is shown with its reason, and not counted" {
  make_place
  printf 'malloc_slow\tbecause\n' >ci/faults/unseen.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    malloc_slow msync_noop msync_test:written_back
  [ "$status" -eq 0 ]
  [[ "$output" == *"malloc_slow "*" cases red; because"* ]]
  [[ "$output" == *"not detected, with a reason in ci/faults/unseen.tsv: 1"* ]]
  [ "${lines[-3]}" = "faults detected: 1 of 2" ]
}

# made_claims LINE...: a claims.tsv of these lines, blanks standing for tabs.
made_claims() {
  make_place
  printf '%s\n' "$@" | sed 's/  */\t/g' >ci/faults/claims.tsv
}

@test "claims.tsv: what does not exist is refused with file and line" {
  made_claims '# fault claim' 'no_such_fault MSYNC_SYNC_OK'
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/claims.tsv:2: there is no fault \
no_such_fault" ]
  made_claims 'msync_noop NO_SUCH_CLAIM'
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/claims.tsv:1: there is no claim \
NO_SUCH_CLAIM" ]
  made_claims 'msync_noop MSYNC_* msync_test:no_such because'
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/claims.tsv:1: there is no case \
msync_test:no_such of it" ]
  made_claims 'msync_noop MSYNC_* msync_test:*'
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/claims.tsv:1: no reason" ]
  made_claims 'msync_noop MSYNC_*' 'msync_noop MSYNC_* msync_test:* because' \
    'msync_noop MSYNC_SYNC_OK' 'msync_noop MSYNC_*'
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/claims.tsv:4: the same as line 1" ]
  printf 'msync_noop\tMSYNC_*\r\n' >ci/faults/claims.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" msync_noop msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/claims.tsv:1: a carriage return" ]
}

@test "a case of a broken claim that stays green is told, and counted" {
  made_claims 'msync_noop MSYNC_SYNC_OK' 'msync_noop MSYNC_ENSURES_DISK' \
    'msync_noop PROT_NONE_DENIES_ALL'
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    msync_noop msync_test protection_test
  [[ "$output" == *"not noticed: msync_noop by protection_test:\
none_denies_all (PROT_NONE_DENIES_ALL): passed"* ]]
  [ "${lines[-1]}" = "broken claims noticed: 2 of 3" ]
}

@test "... unless a reason is given, which has to be true" {
  made_claims 'msync_noop MSYNC_SYNC_OK' 'msync_noop MSYNC_ENSURES_DISK' \
    'msync_noop PROT_NONE_DENIES_ALL protection_test:* because'
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    msync_noop msync_test protection_test
  [[ "$output" == *"not noticed, with a reason in ci/faults/claims.tsv: 1"* ]]
  [ "${lines[-1]}" = "broken claims noticed: 2 of 2" ]
  made_claims 'msync_noop MSYNC_* msync_test:written_back because'
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    msync_noop msync_test
  [ "$status" -eq 1 ]
  [[ "$output" == *"ci/faults/claims.tsv:1 excuses msync_test:written_back, \
and it notices msync_noop"* ]]
}

@test "without a fault or a case named, claims and faults go without no line" {
  made_claims 'msync_noop MSYNC_*'
  ln -s "$ROOT/ci/faults/spoiled" ci/faults/spoiled
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json
  [ "$status" -eq 1 ]
  [[ "$output" == *"ci/faults/claims.tsv has no line for munmap_noop"* ]]
  [[ "$output" == *"no fault of ci/faults/claims.tsv breaks PROT_NONE_DENIES_ALL \
(protection_test:none_denies_all)"* ]]
}

@test "-p: where the most telling fault shows nothing, the next one proves" {
  made_claims 'msync_writes_private MSYNC_SYNC_OK' 'msync_noop MSYNC_SYNC_OK'
  run --separate-stderr "$ROOT/ci/faults/falsify" -p msync_test:written_back
  [ "$status" -eq 0 ]
  [ "${lines[-1]}" = "cases proven able to fail: 1 of 1" ]
}

@test "-p: a case that nothing turns red is told, with what was tried" {
  made_claims 'msync_writes_private MSYNC_SYNC_OK'
  run --separate-stderr "$ROOT/ci/faults/falsify" -p msync_test:written_back
  [ "$status" -eq 1 ]
  [ "${lines[0]}" = \
    "msync_test:written_back passed under msync_writes_private" ]
  [ "${lines[-1]}" = "cases proven able to fail: 0 of 1" ]
  made_claims 'msync_noop MSYNC_SYNC_OK msync_test:written_back because'
  run --separate-stderr "$ROOT/ci/faults/falsify" -p msync_test:written_back
  [ "$status" -eq 1 ]
  [ "${lines[0]}" = \
    "no fault of ci/faults/claims.tsv proves msync_test:written_back" ]
}

@test "a case that only breaks is not red, and is shown apart" {
  made_claims 'signal_missing PROT_EXEC_NEEDED'
  run --separate-stderr "$ROOT/ci/faults/falsify" -t 1 -o out.json \
    signal_missing protection_test:jump_without_exec
  [ "$status" -eq 1 ]
  [[ "$output" == *"signal_missing "*" 0 of    1 cases red"* ]]
  [[ "$output" == *"only broken: 1 of 1 detections (100.0 %)"* ]]
}

@test "a generic fault is put on the last call of each case" {
  make_place
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json any_fails \
    any_does_nothing any_inaccessible any_other_bytes msync_test:written_back
  [ "$status" -eq 0 ]
  [ "${lines[-3]}" = "faults detected: 4 of 4" ]
  # Only the last one has failed, not the mapping that it rests on.
  run env LD_PRELOAD="$ROOT/ci/faults/libfaults.so" MMAPCHECK_FAULT=any_fails \
    MMAPCHECK_FAULT_NTH=2 "$ROOT/tests/msync_test" written_back
  [[ "$output" == *"msync("*" = EXDEV, allowed ok"* ]]
}

@test "generic.tsv: who does not notice one is listed with a true reason" {
  make_place
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    any_other_bytes noreserve_test:private_anonymous
  [ "$status" -eq 1 ]
  [[ "$output" == *"noreserve_test:private_anonymous passed under \
any_other_bytes"* ]]
  printf '%s\t%s\t%s\n' any_other_bytes 'noreserve_test:*' because \
    >ci/faults/generic.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    any_other_bytes noreserve_test:private_anonymous
  [[ "$output" != *"private_anonymous passed"* ]]
  printf '%s\t%s\t%s\n' any_other_bytes 'msync_test:*' because \
    >ci/faults/generic.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    any_other_bytes msync_test:written_back
  [ "$status" -eq 1 ]
  [[ "$output" == *"ci/faults/generic.tsv:1 exempts \
msync_test:written_back, and it notices any_other_bytes"* ]]
  printf 'msync_noop\tmsync_test:*\tbecause\n' >ci/faults/generic.tsv
  run --separate-stderr "$ROOT/ci/faults/falsify" any_fails msync_test
  [ "$status" -eq 3 ]
  [ "$stderr" = "falsify: ci/faults/generic.tsv:1: msync_noop is not generic" ]
}

# program_of CASE: the one that has it.
program_of() {
  local program
  for program in $(sed -n 's/.*name="\([a-z_]*_test\)".*/\1/p' tests/Kyuafile); do
    "tests/$program" -l | grep -qx "ident: $1" || continue
    echo "$program"
    return
  done
}

# with_foreign CASE NAME [FAULT]: what the case observes where that is there.
with_foreign() {
  local program
  program=$ROOT/tests/$(program_of "$1")
  (cd "$BATS_TEST_TMPDIR" && env LD_PRELOAD="$ROOT/ci/faults/libfaults.so" \
    "MMAPCHECK_FOREIGN=$2" ${3:+"MMAPCHECK_FAULT=$3"} "$program" "$1") \
    2>/dev/null | sed -n 's/^observed: //p' | tr '\n' ';'
}

@test "flags that Linux lacks keep their promises where falsify lends them" {
  failed=
  while IFS='|' read -r case name observed; do
    # Whether core files land in the work directory is the machine's to say.
    case $observed$(cat /proc/sys/kernel/core_pattern)$(ulimit -Hc) in
      *core\ file*[/\|]* | *core\ file*[!0-9]0) continue ;;
    esac
    seen=$(with_foreign "$case" "$name")
    [ "$seen" = "$observed;" ] || failed="$failed$case: $seen
"
  done <<'END'
aligned|MAP_ALIGNED(13)|aligned
aligned_impossible|MAP_ALIGNMENT_SHIFT|EINVAL
aligned_super|MAP_ALIGNED_SUPER|aligned to 2 MiB
conceal|MAP_CONCEAL|not in the core file
excl_alone|MAP_EXCL|EINVAL
excl_free|MAP_EXCL|mapped at the address asked for
excl_occupied|MAP_EXCL|EINVAL, the pages in use kept
fd_with_tag|VM_MAKE_TAG(240)|the mapping: 0 throughout
guard|MAP_GUARD|unusable until replaced
guard_anonymous|MAP_GUARD|EINVAL
guard_of_file|MAP_GUARD|EINVAL
guard_offset|MAP_GUARD|EINVAL
guard_private|MAP_GUARD|EINVAL
guard_readable|MAP_GUARD|EINVAL
guard_shared|MAP_GUARD|EINVAL
jit_file|MAP_JIT|EINVAL
jit_fixed|MAP_JIT|EINVAL
jit_runs|MAP_JIT|a jump into it: ok
jit_shared|MAP_JIT|EINVAL
mquery_answers|mquery|ENOMEM for the page in use
nocore|MAP_NOCORE|not in the core file
nofault_anonymous|__MAP_NOFAULT|EINVAL
nofault_past_end|__MAP_NOFAULT|zeros
nosync_coherent|MAP_NOSYNC|coherent
prefault_anonymous|MAP_PREFAULT_READ|ok
reserved_bits|MAP_RESERVED0020|reserved bits dropped, others EINVAL
tryfixed|MAP_TRYFIXED|there when free, elsewhere when not
wired_over_limit|MAP_WIRED|ENOMEM
END
  echo "$failed"
  [ -z "$failed" ]
  # ... and not under a fault of theirs.
  [ "$(with_foreign excl_alone MAP_EXCL excl_ignored)" = "ok;" ]
  [ "$(with_foreign jit_file MAP_JIT jit_unlimited)" = "ok;" ]
}

@test "a case about such a flag is run with it, and proven" {
  run --separate-stderr ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" \
    jit_unlimited "$(program_of jit_file):jit_file"
  [ "$status" -eq 0 ]
  [[ "$output" == *"jit_unlimited "*" 1 of    1 cases red"* ]]
  grep -q ':jit_file", .*"baseline": "passed"' "$BATS_TEST_TMPDIR/out.json"
}

@test "a survey is red when it observes something else" {
  made_claims 'mmap_EINVAL_as_ENOMEM SHARED_AND_PRIVATE_ON_FILE'
  run --separate-stderr "$ROOT/ci/faults/falsify" -o out.json \
    validate_as_private mmap_EINVAL_as_ENOMEM shared_test:both_types
  [[ "$output" == *"validate_as_private "*" 1 of    1 cases red"* ]]
  [[ "$output" == *"mmap_EINVAL_as_ENOMEM "*" 0 of    0 cases red"* ]]
  run cat out.txt
  [[ "$output" == *"shared_test:both_types observed otherwise"* ]]
}

@test "-w proposes lines for claims.tsv, the most telling first, changing none" {
  made_claims 'msync_noop MSYNC_*'
  before=$(cat ci/faults/claims.tsv)
  run --separate-stderr "$ROOT/ci/faults/falsify" -w msync_test:written_back
  [ "$status" -eq 0 ]
  [[ "$output" == *"
# msync writes one page too few.
msync_page_short	MSYNC_SYNC_OK"* ]]
  [[ "$output" != *"msync_noop	"* ]]
  [[ ${lines[0]} == "# msync_test:written_back: "* ]]
  [[ ${lines[2]} == msync_* ]]
  [ "${#lines[@]}" -le 26 ]
  [ "$(cat ci/faults/claims.tsv)" = "$before" ]
}

@test "a name that is neither a fault nor a case is refused in one line" {
  run --separate-stderr ci/faults/falsify no_such_name
  [ "$status" -eq 3 ]
  [ "$output" = "" ]
  [ "$stderr" = "falsify: no_such_name is neither a fault nor a case" ]
}

@test "an output that cannot be written is one line, and nothing is left" {
  out=$BATS_TEST_TMPDIR/missing/out.json
  run --separate-stderr ci/faults/falsify -o "$out" msync_noop msync_test
  [ "$status" -eq 4 ]
  [ "$stderr" = "falsify: $out.new: No such file or directory" ]
}

@test "a fault that does not exist stops a program of the suite" {
  LD_PRELOAD=$ROOT/ci/faults/libfaults.so MMAPCHECK_FAULT=no_such_fault \
    run tests/errors_test -l
  [ "$status" -eq 3 ]
  [ "$output" = 'faults: there is no fault "no_such_fault"' ]
}

@test "any other program can be run under a fault" {
  run env LD_PRELOAD="$ROOT/ci/faults/libfaults.so" MMAPCHECK_FAULT_ANY=1 \
    MMAPCHECK_FAULT=mmap_fails_ENOMEM ls /
  [ "$status" -eq 0 ]
}

@test "interrupted, it leaves neither runs nor files behind" {
  export TMPDIR=$BATS_TEST_TMPDIR
  ci/faults/falsify -o "$BATS_TEST_TMPDIR/out.json" matrix_test &
  for _ in $(seq 100); do
    compgen -G "$BATS_TEST_TMPDIR/mmapcheck.*/*" >/dev/null && break
    sleep 0.1
  done
  kill -TERM $!
  status=0
  wait $! || status=$?
  [ "$status" -eq 143 ]
  run find "$BATS_TEST_TMPDIR" -name 'mmapcheck.*'
  [ "$output" = "" ]
}

@test "ci/prove without a target, or with what it does not know, says so" {
  run --separate-stderr ci/prove
  [ "$status" -eq 3 ]
  [ "${stderr##*$'\n'}" = "prove: no TARGET" ]
  run --separate-stderr ci/prove --all
  [ "$status" -eq 3 ]
  [ "${stderr##*$'\n'}" = "prove: what is --all?" ]
  run ci/prove -h
  [ "$status" -eq 0 ]
  [[ "$output" == "usage: ci/prove TARGET..."* ]]
}

@test "in a guest each program's proofs are one case, with what falsify said" {
  make_place
  cp "$ROOT/ci/guest/prove" run
  echo 'proofs of the suite' >VERSION
  printf '%s\n' '#!/bin/sh' 'echo "$*"' 'echo two' 'test "$6" != b_test' \
    >ci/faults/falsify
  chmod +x ci/faults/falsify
  run --separate-stderr sh "$PLACE/run" -c -v exclusive=true a_test b_test
  [ "$status" -eq 0 ]
  [ "$output" = "@@run BEGIN proofs of the suite
@@run program a_test
@@list a_test ident: proofs
@@run cases 1
@@case a_test:proofs
@@out -p -j 1 -t 60 a_test
@@out two
@@lines 2
@@result passed
@@run program b_test
@@list b_test ident: proofs
@@run cases 1
@@case b_test:proofs
@@out -p -j 1 -t 60 b_test
@@out two
@@lines 2
@@result failed: -p -j 1 -t 60 b_test
@@run finished
@@done" ]
}
