# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# shellcheck disable=SC2015 # what fails before "||" is to be told there
# $run/lines.log: what the bundle's runner said, in one boot or several; and the
# run directory that ci/console2run makes of it.

# write_head: so that programs that are never reached are known as well.
write_head() {
  {
    printf '@@run BEGIN %s\n' "$suite"
    while read -r program _; do
      printf '@@run program %s\n' "$program"
    done <"$scratch/queue"
    while read -r program _; do
      printf '@@run program %s\n' "$program"
    done <"$scratch/alone"
  } >"$run/lines.log" || die "$run/lines.log: cannot be written"
}

# resume_lines: what a driver that was killed left counts, too.
resume_lines() {
  old_kernel=$(sed -n 's/.*"kernel": {.*"sha256": "\([0-9a-f]*\)".*/\1/p' \
    "$run/run.json" 2>/dev/null)
  why='' fault=''
  gather
  # Which system it is of stays said until there is more to say.
  ! [ -e "$run/run.json" ] || cp "$run/run.json" "$scratch/run.json"
  rebuild
  ! [ -e "$scratch/run.json" ] || cp "$scratch/run.json" "$run/run.json"
  programs=$(sed -n 's/^@@run program //p' "$run/lines.log" | sort -u)
  [ -n "$programs" ] || die "--resume: $run/lines.log: names no programs"
}

# A run is of one system.
same_kernel() {
  case $kernel_json in
  *"\"$old_kernel\""*) ;;
  *) [ -z "$old_kernel" ] ||
    die "--resume: $run: is of another kernel, not of $kernel_text" ;;
  esac
}

# write_queues: $scratch/queue and $scratch/alone, a line for each program with
# something left to run: its name, and itself or its cases.
write_queues() {
  : >"$scratch/queue"
  : >"$scratch/alone"
  while read -r program; do
    [ -z "$programs" ] || printf '%s\n' "$programs" | grep -q -w "$program" ||
      continue
    what=$program
    if ls "$run/out/$program"/*.result >/dev/null 2>&1; then
      what=$(sed -n 's/^ident: //p' "$run/out/$program/list" |
        while read -r name; do
          [ -e "$run/out/$program/$name.result" ] ||
            printf '%s ' "$program:$name"
        done)
    fi
    [ -n "$what" ] || continue
    if grep "name=\"$program\"" "$bundle/tests/Kyuafile" |
      grep -q 'is_exclusive=true'; then
      printf '%s %s\n' "$program" "$what" >>"$scratch/alone"
    else
      printf '%s %s\n' "$program" "$what" >>"$scratch/queue"
    fi
  done <"$bundle/programs"
}

# take_stores: a program that Kyua ran to its end, before a run went on without
# it, keeps its store in $run/out and its line in run.json.
take_stores() {
  ls "$run"/out/*.db >/dev/null 2>&1 || return 0
  cp "$run"/out/*.db "$scratch/back/out/" 2>/dev/null ||
    die "$scratch: cannot be written"
  for store in "$run"/out/*.db; do
    store=${store##*/}
    grep "\"name\": \"${store%.db}\"" "$run/run.json" | sed 's/\(}\).*/\1/'
  done >"$scratch/stores"
  [ "$home" -gt 0 ] || ! grep -q '"status": 1' "$scratch/stores" || home=1
  awk '
    FNR == NR { stores = stores $0 ",\n"; next }
    { print }
    /"programs": \[/ { printf "%s", stores }' "$scratch/stores" \
    "$scratch/back/run.json" >"$scratch/back/new" &&
    mv "$scratch/back/new" "$scratch/back/run.json" ||
    die "$scratch: cannot be written"
}

# rebuild: $run/out and $run/run.json from all lines; sets home to the status
# of console2run, or that of the stores beside them.
rebuild() {
  "$root/ci/console2run" "$run/lines.log" "$scratch/back" \
    2>"$scratch/console2run.log"
  home=$?
  if [ "$home" -gt 2 ]; then
    die "$(sed -n '$s/^console2run: //p' "$scratch/console2run.log")"
  fi
  take_stores
  rm -rf "${run:?}/out"
  if ! cp -R "$scratch/back/out" "$run/out" 2>/dev/null ||
    ! cp "$scratch/back/run.json" "$run/run.json.new" 2>/dev/null ||
    ! mv "$run/run.json.new" "$run/run.json"; then
    die "$run: cannot be written"
  fi
  rm -rf "$scratch/back"
}

bring_back() {
  rebuild
  note_target
  phase 'bring back' "$run"
}

# The number of results that begin so.
count() {
  cat "$run"/out/*/*.result 2>/dev/null | grep -c "^$1"
}

# Who did what, once each.
blame() {
  case $why in
  "$guest_name "*) printf '%s' "$why" ;;
  *) printf '%s: %s' "$guest_name" "$why" ;;
  esac
}

# judge_run: the verdict, and the end.
judge_run() {
  # A survey passes, but keeps no promise.
  surveys=$(grep -l '^survey: ' "$run"/out/*/*.stdout 2>/dev/null | wc -l)
  text="$(($(count passed) - surveys)) pass"
  for pair in failed:fail expected_failure:deviates survey:survey \
    'skipped. unsupported:unsupported' 'skipped. untested:untested' \
    broken:broken; do
    case $pair in
    survey:*) number=$surveys ;;
    *) number=$(count "${pair%:*}") ;;
    esac
    [ "$number" -eq 0 ] || text="$text, $number ${pair#*:}"
  done
  grep -l -E '^(failed|broken):' "$run"/out/*/*.result 2>/dev/null |
    while read -r file; do
      program=${file%/*} name=${file##*/}
      phase fail "${program##*/}:${name%.result}: $(sed 's/^[a-z]*: //' "$file")"
    done
  if [ -n "${why-}" ]; then
    phase verdict "$(blame)${names:+, while $names ran}; $text"
    exit 2
  fi
  said=$(complaint)
  if [ -n "$said" ] && [ "$home" -le 1 ]; then
    phase verdict "not as claimed: the kernel says \"$said\"; $text"
    exit 1
  fi
  case $home in
  0) phase verdict "clean: $text" ;;
  1) phase verdict "not as claimed: $text" ;;
  2) phase verdict "incomplete: $text" ;;
  esac
  exit "$home"
}
