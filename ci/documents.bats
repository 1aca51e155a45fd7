#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The documents say nothing that does not work.  Commands stand in blocks without
# a language, or, behind "$ ", in transcripts; and in the text, between backquotes.
# Those that take moments are run as they stand there; of all others everything
# that can be looked up is: targets of make, test programs and cases, targets of
# ci/run with their settings, options, files.

bats_require_minimum_version 1.5.0

setup_file() {
  export ROOT HOME=$BATS_FILE_TMPDIR CASES=$BATS_FILE_TMPDIR/cases
  export COMMANDS=$BATS_FILE_TMPDIR/commands
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  cd "$ROOT" || return 1
  kyua --logfile=/dev/null list >"$CASES"
  # Those of folders, too; what is built or brought from elsewhere has others.
  find . \( -name .git -o -path ./reports/runs -o -path ./reports/out \
    -o -path ./ci/bundle/out -o -path ./docs \) -prune -o \
    -path './*/README.md' -print | sed 's|^\./||' | sort >"$HOME/folders"
  mapfile -t FOLDERS <"$HOME/folders"
  commands README.md CONTRIBUTING.md docs/*.md "${FOLDERS[@]}" >"$COMMANDS"
}

setup() {
  cd "$ROOT" || return 1
}

# commands FILE...: "FILE:LINE:COMMAND" for each, without what is behind "#".
# Those on a claim that is yet to be made are run by ci/new.bats.
commands() {
  awk '
    FNR == 1 { fence = ""; elsewhere = 0 }
    /^## / { elsewhere = /^## Adding a claim/ }
    elsewhere { next }
    /^```/ {
      fence = fence != "" ? "" : $0 == "```" ? "commands" : $0
      next
    }
    fence == "```console" && !/^\$ / { next }
    fence == "commands" || fence == "```console" {
      line = $0
      sub(/^\$ /, "", line)
      sub(/[ \t]*#.*/, "", line)
      if (line ~ /[^ \t]/)
        print FILENAME ":" FNR ":" line
      next
    }
    fence == "" {
      n = split($0, part, "`")
      for (i = 2; i <= n; i += 2)
        if (part[i] ~ /^(ci\/[a-z-]+|make|kyua|ci\/bundle\/build|reports\/(collect|report|show-published)|\.\/run|\.ci\/run)( |$)/)
          print FILENAME ":" FNR ":" part[i]
    }' "$@"
}

# Ends the subshell that looks at a line.
wrong() {
  echo "$where: $*"
  exit 1
}

# A word that stands for others: in capitals, or with dots.
is_placeholder() {
  [[ $1 == *...* || $1 =~ ^\[?[A-Z:=|.]+\]?$ ]]
}

# has_option HELP OPTION
has_option() {
  printf '%s\n' "$1" | grep -q -e "[][ 	|(,]${2//./\\.}\([], |.=)\"]\|\$\)" ||
    wrong "there is no option $2"
}

# has_paths WORD...: those that name something in the tree do exist.
has_paths() {
  local word
  for word; do
    case $word in
    reports/out/* | reports/runs/* | ci/bundle/out/*) ;;
    ci/* | docs/* | tests/* | reports/* | platform/*)
      [ -e "${word%%:*}" ] || wrong "there is no $word"
      ;;
    esac
  done
}

# What a command is given, without its name.
check_with_deps() {
  if [ "${1-}" = -s ]; then
    PATH=/usr/bin:/bin ci/with-deps -s "$2" true 2>"$HOME/log" ||
      [ $? -ne 2 ] || wrong "$(cat "$HOME/log")"
    shift 2
  fi
  [ $# -eq 0 ] || check "$@"
}

check_make() {
  local word
  for word; do
    is_placeholder "$word" || [[ $word == *=* ]] ||
      grep -q "^$word:" Makefile || wrong "make: there is no target $word"
    [[ $word != *=* ]] || grep -q "^${word%%=*} *!*= *" Makefile ||
      wrong "make: ${word%%=*} is no variable of the Makefile"
  done
}

check_kyua() {
  local help word
  while [[ ${1-} == -* ]]; do
    [ "$1" = -v ] && shift
    shift
  done
  [ $# -gt 0 ] || return 0
  kyua --logfile=/dev/null help "$1" >"$HOME/help" 2>&1 ||
    wrong "kyua has no command $1"
  help=$(cat "$HOME/help")
  shift
  for word; do
    case $word in
    -k) has_option "$help" -k ;;
    -*) has_option "$help" "${word%%=*}" ;;
    tests/*) grep -q "^$word\(:\|\$\)" "$CASES" || wrong "there is no $word" ;;
    esac
  done
}

# ci/run or ci/matrix, with its name.
check_run() {
  local help word
  help=$("$1" -h)
  shift
  while [ $# -gt 0 ]; do
    word=$1
    shift
    case $word in
    list | check) ;;
    -p)
      has_option "$help" -p
      grep -q "^tests/$1:" "$CASES" || wrong "there is no program $1"
      shift
      ;;
    -[ajot])
      has_option "$help" "$word"
      shift
      ;;
    -*) has_option "$help" "$word" ;;
    *)
      is_placeholder "$word" || ! ci/run check "$word" 2>&1 |
        grep -e 'there is no target' -e 'no such setting' -e 'is not a number' ||
        wrong "$word"
      ;;
    esac
  done
}

# check COMMAND [ARGUMENT...]
check() {
  while [[ ${1-} =~ ^[A-Z_]+= ]]; do
    shift
  done
  case $1 in
  ci/with-deps) check_with_deps "${@:2}" ;;
  make) check_make "${@:2}" ;;
  kyua) check_kyua "${@:2}" ;;
  ci/run | ci/matrix) check_run "$@" ;;
  ./run) check_words ci/bundle/run "${@:2}" ;;
  ci/* | .ci/run | reports/collect | reports/report | reports/show-published)
    check_words "$@"
    ;;
  # Nobody's here; what they are given is.
  tmt)
    [ "$*" = "tmt --root ci/tmt run --all plan --name kernel" ] || wrong "tmt: another command"
    [ -e ci/tmt/plans/kernel.fmf ]
    ;;
  *) wrong "what is $1?" ;;
  esac
}

# A script of the tree: it is there, and knows its options.
check_words() {
  local script=$1 help word
  [ -x "$script" ] || wrong "$script cannot be executed"
  # What it says of itself, in answer to -h or at its beginning.
  help=$(
    case $script in
    ci/falsify) ci/falsify --help ;;
    ci/run | ci/matrix | ci/export | ci/conditions | ci/soak | ci/bundle/* | reports/*)
      "$script" -h
      ;;
    *) sed -n '/^#/!q; s/^# *//p' "$script" ;;
    esac
  )
  shift
  for word; do
    case $word in
    '>') break ;;
    -*) has_option "$help" "${word%%=*}" ;;
    esac
  done
  has_paths "$@"
  case $script in
  ci/conditions)
    for word; do
      [[ $word == -* ]] || ci/conditions -l | grep -q -w -e "$word" ||
        wrong "there is no condition $word"
    done
    ;;
  ci/bundle/run)
    for word; do
      [[ $word != *_test* ]] || grep -q "^tests/$word\(:\|\$\)" "$CASES" ||
        wrong "there is no $word"
    done
    ;;
  esac
}

# check_line "FILE:LINE:COMMAND"; one or several, joined by "&&".
check_line() {
  where=${1%%:*}:$(cut -d : -f 2 <<<"$1")
  local command=${1#*:*:} words
  while [ -n "$command" ]; do
    # Quotes count, and nothing is run.
    mapfile -t words < <(xargs -n 1 printf '%s\n' <<<"${command%%&&*}")
    check "${words[@]}" || return 1
    [[ $command == *'&&'* ]] || break
    command=${command#*&&}
  done
}

@test "every command in a document is one that exists, with what it is given" {
  [ "$(wc -l <"$COMMANDS")" -gt 60 ]
  failed=''
  while IFS= read -r line; do
    (check_line "${line/\[ARGUMENT...\]/}") || failed=yes
  done <"$COMMANDS"
  [ -z "$failed" ]
}

@test "what is wrong would be seen" {
  while IFS= read -r line; do
    run check_line "DOC:1:$line"
    [ "$status" -ne 0 ] || {
      echo "taken for right: $line"
      return 1
    }
  done <<'L'
make nothing
make suite COLOUR=red
kyua debug tests/fixed_test:nothing
kyua test tests/nothing_test
kyua nothing
kyua report --nothing
ci/run nothing
ci/run linux-6.1+colour=red
ci/run -z native
ci/run -p nothing_test native
ci/with-deps -s nothing make
ci/with-deps make nothing
ci/nothing
ci/lint --nothing
ci/check ci/nothing.bats
ci/conditions nothing
ci/soak --nothing
./run -z
./run nothing_test
reports/collect --nothing
make && kyua nothing
nothing at all
tmt run
L
}

# Runs the document's own lines that begin so; their number must be $2.
run_those() {
  local count=0 line
  while IFS= read -r line; do
    line=${line#*:*:}
    [[ $line == "$1"* ]] || continue
    count=$((count + 1))
    echo "\$ $line"
    bash -c "$line" 3>&- || {
      status=$?
      [[ " ${3-} " == *" $status "* ]] || return 1
    }
  done < <(grep -v '`' "$COMMANDS")
  [ "$count" -ge "$2" ]
}

@test "run as they stand: lists and what is printed at once" {
  run_those 'ci/run list' 1
  run_those 'ci/run check ' 1 3
  run_those 'ci/conditions -l' 1
  run_those 'ci/lint -l' 1
  run_those 'ci/falsify -l' 1
  run_those 'ci/falsify --help' 1
}

@test "run as they stand: cases, and what Kyua says of them" {
  run_those 'kyua debug tests/' 1
  run_those 'kyua test tests/' 2
  run_those 'kyua report ' 1
  run_those 'kyua -v test_suites.mmapcheck.' 1
}

@test "run as they stand: an installed suite" {
  stage=$BATS_TEST_TMPDIR/opt
  line=$(sed -n 's/^docs\/elsewhere.md:[0-9]*:\(make install .*\)/\1/p' "$COMMANDS")
  [[ $line == *PREFIX=/opt* ]]
  bash -c "${line/\/opt/$stage}"
  line=$(sed -n 's/^docs\/elsewhere.md:[0-9]*:\(kyua test -k .*\)/\1/p' "$COMMANDS")
  [[ $line == *' -k /opt/'* ]]
  cd "$BATS_TEST_TMPDIR"
  HOME=$PWD bash -c "${line/\/opt/$stage} tests/header_test"
}

@test "run as they stand: a bundle, its lines as a run, and its exports" {
  bundle=$(ci/bundle/build -n documents CFLAGS=-O0 2>"$BATS_TEST_TMPDIR/log")
  cd "$BATS_TEST_TMPDIR"
  gzip -dc "$bundle" | tar -xf -
  rm -rf "$bundle" "$ROOT/ci/bundle/out/documents"
  cd mmapcheck-documents
  run_those './run -o ' 1
  mkdir home
  ./run -c fixed_test shm_test >home/console.log
  # Where the lines were brought to.
  cd home
  mkdir ci reports
  ln -s "$ROOT/ci/console2run" "$ROOT/ci/export" ci
  # A relative path is looked for from where it lies.
  ln -s "$ROOT/reports/report" reports
  run_those 'ci/console2run ' 1 2
  run_those 'reports/report text run' 1 2
  cp "$ROOT/ci/export" ci/own && rm ci/export && mv ci/own ci/export
  cp -R "$ROOT/ci/schema" ci
  run_those 'ci/export ' 3 2
  [ -s report.json ] && [ -s lava.sh ] && [ -s results.json ]
}

@test "names in a document's rows of code are those of the sources" {
  # Rows and claims as they stand there, but for the one that is to be made.
  sed -n '/^```c/,/^```$/p' CONTRIBUTING.md | grep -oE '^.?(CLAIM|CALL|CODE)\([A-Za-z_]+(, *[A-Z_]+)?' |
    tr -d '\t' | grep -v MUNMAP_OVER_A_HOLE >"$HOME/rows"
  [ "$(wc -l <"$HOME/rows")" -ge 1 ]
  # Those of helpers/suite.h's first comment, too.
  sed -n '1,/^#ifndef/p' helpers/suite.h |
    grep -oE '(CALL|CODE)\([a-z_]+, *[A-Z_]+' >>"$HOME/rows"
  [ "$(wc -l <"$HOME/rows")" -ge 3 ]
  while IFS='(,' read -r kind first second; do
    case $kind in
    CLAIM) grep -q "^CLAIM($first," tests/claims.d/*.def || wrong "no claim $first" ;;
    *)
      second=${second# }
      grep -q ":$first\$" "$CASES" || wrong "$kind($first: no such case"
      grep -q "^CLAIM($second," tests/claims.d/*.def || wrong "no claim $second"
      grep -qE "$kind\\($first,[[:space:]]*$second," tests/*.c ||
        wrong "$kind($first, $second) stands nowhere"
      ;;
    esac
  done <"$HOME/rows"
}

@test "every link in a document leads somewhere" {
  failed=''
  for file in README.md CONTRIBUTING.md docs/*.md $(cat "$HOME/folders"); do
    while IFS= read -r link; do
      case $link in
      http*) continue ;;
      '#'*) target=$file ;;
      *) target=$(dirname "$file")/${link%%#*} ;;
      esac
      [ -e "$target" ] || {
        echo "$file: $link: not there"
        failed=yes
      }
      [[ $link == *'#'* ]] || continue
      # A heading in lower case, its words joined by hyphens.
      sed -n 's/^#* //p' "$target" | tr '[:upper:] ' '[:lower:]-' |
        tr -cd 'a-z0-9\n-' | grep -q -x -e "${link#*#}" || {
        echo "$file: $link: no such heading"
        failed=yes
      }
    done < <(grep -oE '\]\([^)]*\)' "$file" | sed 's/^](//; s/)$//')
  done
  [ -z "$failed" ]
}

@test "every script that is to be called is in a document" {
  failed=''
  for file in ci/* ci/bundle/build ci/bundle/run .ci/run reports/collect reports/report \
    reports/show-published; do
    [ -f "$file" ] && [ -x "$file" ] || continue
    case $file in
    # Built, or parts of others.
    ci/*_test | ci/restrict | ci/check-workflows | *.bats) continue ;;
    esac
    name=$file
    [ "$file" != ci/bundle/run ] || name=./run
    grep -q -F -e "$name" README.md CONTRIBUTING.md docs/*.md || {
      echo "$file: in no document"
      failed=yes
    }
  done
  for word in LAVA tmt KernelCI KERNEL= console2run ci/lava/job.yaml \
    'make install' 'make bundle'; do
    grep -q -F -e "$word" README.md docs/*.md || {
      echo "$word: in no document"
      failed=yes
    }
  done
  [ -z "$failed" ]
}
