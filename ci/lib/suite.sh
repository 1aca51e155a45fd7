# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with who reads this
# shellcheck disable=SC2015 # what fails before "||" is to be told there
# The suite under Kyua, from a copy that every user may read: for ci/conditions
# and ci/soak, which have set root, scratch, jobs and programs.

# What makes an ordinary user of root.
nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'

# build_suite [TARGET...]: what is run, and what else is asked for.
build_suite() {
  for target in suite "$@"; do
    (cd "$root" && make -s "$target") >"$scratch/log" 2>&1 || {
      cat "$scratch/log" >&2
      die 3 "make $target: it does not build"
    }
  done
  for program in $programs; do
    [ -x "$root/$program" ] ||
      die 3 "-p: the suite has no program ${program#tests/}"
  done
}

# How many cases there are to run.
count_cases() {
  # shellcheck disable=SC2086 # words
  (cd "$root" && HOME=$scratch kyua --config=none --logfile=/dev/null \
    list $programs) | grep -c :
}

# copy_suite [PREFIX]: the scratch directory is emptied, gets the suite, and
# $scratch/suite, a script that becomes Kyua, started by PREFIX, with nothing of
# this process's that programs could see but MMAPCHECK_TUNABLES, for the C
# library; TMPDIR is where they work.
copy_suite() {
  rm -rf "${scratch:?}"/*
  mkdir "$scratch/home" "$scratch/tmp" "$scratch/tests" "$scratch/state" &&
    cp "$root/Kyuafile" "$scratch" &&
    cp "$root/tests/Kyuafile" "$root"/tests/*_test "$scratch/tests" &&
    chmod 1777 "$scratch/home" "$scratch/tmp" "$scratch/state" &&
    cat >"$scratch/suite" <<SUITE || die 3 "$scratch: no room"
exec ${1-} env -i PATH='$PATH' HOME='$scratch/home' TMPDIR="\$TMPDIR" \\
  \${MMAPCHECK_TUNABLES:+GLIBC_TUNABLES="\$MMAPCHECK_TUNABLES"} \\
  kyua --config=none --logfile='$scratch/home/log' -v parallelism=$jobs \\
  test --kyuafile='$scratch/Kyuafile' --results-file='$scratch/home/store.db' \\
  $programs
SUITE
  TMPDIR=$scratch/tmp
  export TMPDIR
}

# Kyua's lines of cases in a file.
case_lines() {
  grep '^[^ ]*:[^ ]*  ->  ' "$1"
}

red_lines() {
  case_lines "$1" | grep -E '^[^ ]+  ->  (failed|broken)'
}

# keep_red NAME: the output and the store of the run, in $kept.
keep_red() {
  rm -f "$kept/$1.db"
  { cp "$scratch/out" "$kept/$1.out" && {
    [ ! -e "$scratch/home/store.db" ] ||
      cp "$scratch/home/store.db" "$kept/$1.db"
  }; } || die 3 "$kept: cannot be written"
}

is_number() {
  case $1 in
  '' | *[!0-9]* | 0* | ??????????*) return 1 ;;
  esac
}
