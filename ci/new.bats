#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# A new claim, from "make new" to the proof, as CONTRIBUTING.md shows it: its
# commands are run and its code is put in, in a copy of the tree.

bats_require_minimum_version 1.5.0

setup_file() {
  export TREE=$BATS_FILE_TMPDIR/tree HOME=$BATS_FILE_TMPDIR
  unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
  mkdir "$TREE"
  # What is built already is taken along, and is up to date there.
  (cd "$BATS_TEST_DIRNAME/.." && cp -Rp Makefile Kyuafile CONTRIBUTING.md \
    .clang-format tests helpers platform reports ci "$TREE")
  cd "$TREE" || return 1
  make -s -j2 suite faults
  # The commands of the section, one a line, and its code, one piece a file.
  awk -v pieces="$BATS_FILE_TMPDIR/piece" '
    /^## / { wanted = /^## Adding a claim/ }
    !wanted { next }
    /^```/ { inside = inside == "" ? $0 : ""; if (inside == "```c") n++; next }
    inside == "```" { print }
    inside == "```c" { print > (pieces n) }' CONTRIBUTING.md \
    >"$BATS_FILE_TMPDIR/commands"
}

setup() {
  cd "$TREE" || return 1
}

# refuses WHAT ARGUMENT...: one line that says what, and nothing is written.
refuses() {
  local what=$1
  shift
  find tests ci/faults -type f ! -name '*.o*' | sort | xargs cksum >before
  run --separate-stderr ci/new "$@"
  [ "$status" -eq 2 ]
  # shellcheck disable=SC2154
  [[ $stderr == "new: "*"$what"* && $stderr != *$'\n'* && -z $output ]] ||
    { echo "said: $stderr"; return 1; }
  find tests ci/faults -type f ! -name '*.o*' | sort | xargs cksum |
    diff before -
}

@test "what cannot be written is refused in a line, and nothing is" {
  refuses 'NAME is "", not words' CLAIM=A
  refuses 'NAME is "Munmap_x"' NAME=Munmap_x CLAIM=A
  refuses 'NAME is "munmap", without a case' NAME=munmap CLAIM=A
  refuses 'whose case "1" is not words' NAME=munmap_1 CLAIM=A
  for word in static while int main cases memcpy write; do
    refuses 'whose case is a word of C or of a header' NAME=shared_$word CLAIM=A
  done
  refuses 'CLAIM is "a"' NAME=munmap_x CLAIM=a
  refuses 'which is taken: tests/claims.d/fixed.def:' NAME=munmap_x \
    CLAIM=FIXED_EXACT_ADDRESS
  refuses "which was another claim's" NAME=munmap_x CLAIM=ANON_NOT_IN_POSIX
  refuses 'is taken in tests/eof_test.c' NAME=eof_past_the_end CLAIM=A
  refuses 'no key of tests/sources.def' NAME=munmap_x CLAIM=A SOURCE=RUMOUR
  refuses 'nobody of helpers/claim.h' NAME=munmap_x CLAIM=A PROMISER=NOBODY
  refuses 'no word of POSIX' NAME=munmap_x CLAIM=A REQUIREMENT=MUST
  refuses 'no word of POSIX' NAME=munmap_x CLAIM=A REQUIREMENT=DOCUMENTED
  refuses 'SOURCE is missing' NAME=munmap_x CLAIM=A PROMISER=LINUX
  refuses 'and not the standard' NAME=munmap_x CLAIM=A SOURCE=LINUX_MMAP_2
  refuses 'the source of IMPLEMENTED alone' NAME=munmap_x CLAIM=A \
    PROMISER=LINUX SOURCE=LINUX_SOURCE
  refuses 'none of those that ci/falsify -l lists' NAME=munmap_x CLAIM=A \
    FAULT=gremlin
  refuses 'with a quotation mark' NAME=munmap_x CLAIM=A SECTION='"x'
  refuses 'not a word that is known' NAME=munmap_x CLAIM=A COLOUR=red
  refuses 'no such directory' -C nowhere NAME=munmap_x CLAIM=A
}

@test "what make is given arrives as it is" {
  for maker in make bmake; do
    command -v $maker || continue
    run $maker new NAME=munmap_x "CLAIM=A'B" 'SECTION=the kernel'"'"'s $HOME'
    [ "$status" -ne 0 ]
    [[ $output == *"CLAIM is \"A'B\", not words"* ]]
    run $maker new NAME=munmap_x CLAIM=A SECTION="it's \"x\""
    [[ $output == *"SECTION is \"it's \"x\"\", with a quotation mark"* ]]
  done
}

@test "the commands of CONTRIBUTING.md: made, and it fails" {
  # A last line without its end is not glued to.
  printf %s "$(cat ci/faults/claims.tsv)" >glued
  mv glued ci/faults/claims.tsv
  grep '^make new ' ../commands >new
  [ "$(wc -l <new)" -eq 1 ]
  sh -c "$(cat new)"
  grep -q '^munmap_noop	MUNMAP_OVER_A_HOLE$' ci/faults/claims.tsv
  make -s -j2 suite
  ci/lint programs format
  # What nobody wrote yet does not pass for written.
  run ci/lint stubs
  [ "$status" -eq 1 ]
  line=$(grep -n '^CLAIM(MUNMAP_OVER_A_HOLE,' tests/claims.d/munmap.def)
  [[ $output == *"tests/claims.d/munmap.def:$((${line%%:*} + 1)): "* ]]
  run kyua --logfile=log test -r fails.db tests/munmap_test
  [ "$status" -eq 1 ]
  [[ $output == *"nothing yet: the body is to be written"* ]]
}

@test "the commands of CONTRIBUTING.md: written, and proven" {
  # Its claim and its body, in place of those that were made.
  awk -v piece=../piece1 '/^CLAIM\(MUNMAP_OVER_A_HOLE,/ {
      while ((getline line < piece) > 0) print line
      getline; next
    } { print }' tests/claims.d/munmap.def >claims
  awk -v piece=../piece2 '/^static void$/ { held = $0; next }
    held != "" && /^over_a_hole\(void\)$/ {
      while ((getline line < piece) > 0) print line
      skip = 1
    }
    held != "" && !skip { print held }
    { held = "" }
    !skip { print }
    skip && /^}$/ { skip = 0 }' tests/munmap_test.c |
    sed 's/Say here in two.*/munmap(2): what is removed of a range./; /^ \* overlap.$/d' \
      >test.c
  mv claims tests/claims.d/munmap.def
  mv test.c tests/munmap_test.c
  # In their order; "make" makes the report as well.
  grep -v '^make new ' ../commands >rest
  [ "$(wc -l <rest)" -eq 5 ]
  sed -n '1,4p' rest >run
  while read -r command; do
    sh -c "$command" >said 2>&1 || {
      echo "$command: $?"
      cat said
      return 1
    }
    case $command in
    *' -p '*) grep -q '^cases proven able to fail: 1 of 1$' said ;;
    *' -w '*) grep -q '^munmap_first_region	MUNMAP_OVER_A_HOLE$' said ;;
    esac
  done <run
  [ "$(sed -n 5p rest)" = 'make lint' ]
  ci/lint stubs claims format programs pairs
  ci/claims
}

@test "without FAULT: a fault to be written, in a program that there is" {
  run ci/new NAME=eof_of_a_hole CLAIM=EOF_OF_A_HOLE REQUIREMENT=DOCUMENTED \
    PROMISER=LINUX SOURCE=LINUX_MMAP_2 SECTION=NOTES
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 5 ]
  # Each line names a place, where it is.
  grep -q '^CLAIM(EOF_OF_A_HOLE, ' <(sed -n "${lines[0]//[!0-9]/}p" tests/claims.d/eof.def)
  grep -q 'CODE(of_a_hole, EOF_OF_A_HOLE, of_a_hole),' tests/eof_test.c
  grep -q '^eof_of_a_hole_broken	EOF_OF_A_HOLE$' ci/faults/claims.tsv
  make -s -j2 suite faults
  ci/falsify -l | grep -q '^eof_of_a_hole_broken	'
  run ci/lint stubs
  [[ $output == *"ci/faults/results.def:"* ]]
  run kyua --logfile=log test -r fails2.db tests/eof_test:of_a_hole
  [ "$status" -eq 1 ]
}
