#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The rules of ci/lint on claims and what they stand on fail on what they are
# there to find, as those in ci/lint.bats do.

bats_require_minimum_version 1.5.0

load lint-sample

# Adds entries, one a line, to the claims of good_test, from its line 6 on.
claim() {
  printf 'CLAIM(%s)\n' "$@" >>tests/claims.d/good.def
}

@test "claims: an id that is taken, in this file or in another one" {
  claim 'GOOD_ONE, MAY, POSIX, POSIX_2024, "t", "Again."'
  finds claims 'tests/claims.d/good.def:6: the id GOOD_ONE is taken: tests/claims.d/good.def:3'
  sed -i 6d tests/claims.d/good.def
  claim 'ALONE, MAY, POSIX, POSIX_2024, "t", "Again."'
  finds claims 'tests/claims.d/good.def:6: the id ALONE is taken: tests/claims.d/alone.def:2'
}

@test "claims: an id that was another claim's" {
  printf '%s\nRETIRED(GOOD_OLD,\n    "It was two.")\n' "$spdx" \
    >tests/claims.retired.def
  "$lint" -C . claims
  claim 'GOOD_OLD, MAY, POSIX, POSIX_2024, "t", "Again."'
  finds claims "tests/claims.d/good.def:6: the id GOOD_OLD was another claim's"
}

@test "claims: an empty text, no full stop, a line too long" {
  claim 'BAD_TEXT, MAY, POSIX, POSIX_2024, "t", ""' \
    'BAD_STOP, MAY, POSIX, POSIX_2024, "t", "Text"' \
    "GOOD, MAY, POSIX, POSIX_2024, \"t\", \"$(printf '%35s' x).\""
  [ "$(awk 'FNR == 8 { print length }' tests/claims.d/good.def)" -eq 80 ]
  finds claims 'tests/claims.d/good.def:6: BAD_TEXT: the text is empty'
  finds claims 'tests/claims.d/good.def:7: BAD_STOP: the text is not a sentence'
  [ "${#lines[@]}" -eq 4 ]
  sed -i '8s/  x/   x/' tests/claims.d/good.def
  finds claims 'tests/claims.d/good.def:8: more than 80 columns'
}

@test "claims: a wrong requirement word, a wrong id, a wrong shape" {
  claim 'BAD_WORD, MUST, POSIX, POSIX_2024, "t", "Text."' \
    'bad-id, MAY, POSIX, POSIX_2024, "t", "Text."' \
    'BAD_PROMISER, MAY, EVERYBODY, POSIX_2024, "t", "Text."' \
    'BAD_SHAPE, MAY, POSIX, POSIX_2024, "Text."' \
    'OLD_SHAPE, MAY, POSIX, "POSIX.1-2024", "t", "Text."' \
    'OPEN_SHAPE, MAY, POSIX, POSIX_2024, "t", "Text.'
  good=tests/claims.d/good.def
  finds claims "$good:6: BAD_WORD: \"MUST\" is no requirement word"
  finds claims "$good:7: the id \"bad-id\" is not UPPER_CASE"
  finds claims "$good:8: BAD_PROMISER: \"EVERYBODY\" is nobody who promises"
  finds claims "$good:9: BAD_SHAPE: not CLAIM(ID, "
  finds claims "$good:10: OLD_SHAPE: not CLAIM(ID, "
  finds claims "$good:11: OPEN_SHAPE: not CLAIM(ID, "
}

@test "claims: a word, its promiser and its source go together" {
  echo 'SOURCE(L_SOURCE, "L source", "a", "t", "e", "", "https://a.org/")' \
    >>tests/sources.def
  claim 'A_BOOK, DOCUMENTED, PEOPLE, LINUX_MMAP_2, "t", "Text."' \
    'A_SYSTEM, SHALL, LINUX, POSIX_2024, "t", "Text."' \
    'A_MANUAL, SHALL, POSIX, LINUX_MMAP_2, "t", "Text."' \
    'A_SOURCE, DOCUMENTED, LINUX, L_SOURCE, "t", "Text."' \
    'NO_SOURCE, IMPLEMENTED, LINUX, LINUX_MMAP_2, "t", "Text."' \
    'A_SAYING, FOLKLORE, LINUX, A_POST, "", "Text."' \
    'GOOD_SOURCE, IMPLEMENTED, LINUX, L_SOURCE, "t", "Text."'
  good=tests/claims.d/good.def
  finds claims "$good:6: A_BOOK: DOCUMENTED is no word of PEOPLE"
  finds claims "$good:7: A_SYSTEM: SHALL is no word of LINUX"
  finds claims "$good:8: A_MANUAL: the source of SHALL is the standard"
  finds claims "$good:9: A_SOURCE: source code is the source of IMPLEMENTED alone"
  finds claims "$good:10: NO_SOURCE: source code is the source of IMPLEMENTED alone"
  finds claims "$good:11: A_SAYING: FOLKLORE is no word of LINUX"
  [ "${#lines[@]}" -eq 8 ]
}

@test "claims: without a section, where the source has some" {
  claim 'NO_SECTION, SHALL, POSIX, POSIX_2024, "", "Text."' \
    'BLANK, DOCUMENTED, LINUX, LINUX_MMAP_2, " ", "Text."' \
    'A_SAYING, FOLKLORE, PEOPLE, LINUX_MMAP_2, "", "Text."'
  good=tests/claims.d/good.def
  finds claims "$good:6: NO_SECTION: the section is empty"
  finds claims "$good:7: BLANK: the section is empty"
  finds claims "$good:8: A_SAYING: the section is empty, though LINUX_MMAP_2 has sections"
  # A_POST has none.
  [ "${#lines[@]}" -eq 5 ]
}

@test "claims: what is no entry, and what is in an entry but not of it" {
  good=tests/claims.d/good.def
  cp $good saved
  # A comment of two lines is none.
  printf '/* What\n * follows. */\n\n' >>$good
  "$lint" -C . claims
  echo x >>$good
  finds claims "$good:9: is neither an entry nor a comment"
  sed '4i \\' saved >$good
  finds claims "$good:4: a blank line in an entry"
  sed '5s/)$/) x/' saved >$good
  finds claims "$good:5: GOOD_TWO: not CLAIM(ID, "
  sed '5s/"", /"", x /' saved >$good
  finds claims "$good:5: GOOD_TWO: not CLAIM(ID, "
  sed '4s/)$//' saved >$good
  finds claims "$good:3: is not closed"
  sed '5s/)$//' saved >$good
  finds claims "$good:5: GOOD_TWO: not CLAIM(ID, "
  cp saved $good
  printf '%s\nRETIRED(GOOD_OLD, "It")\nRETIRED(OLD)\n' "$spdx" >tests/claims.retired.def
  finds claims 'tests/claims.retired.def:3: OLD): not RETIRED(ID, "why")'
}

@test "sources: what is no entry" {
  sed -i '1a x\n\n' tests/sources.def
  finds sources 'tests/sources.def:2: is neither an entry nor a comment'
  [ "${#lines[@]}" -eq 3 ]
}

@test "sources: a key that nobody knows, one that nobody names" {
  claim 'LOST, MAY, POSIX, POSIX_2030, "t", "Text."'
  finds sources 'tests/claims.d/good.def:6: LOST: POSIX_2030 is not in tests/sources.def'
  sed -i 6d tests/claims.d/good.def
  sed -i 's/LINUX_MMAP_2/POSIX_2024/' tests/claims.d/alone.def
  finds sources "tests/sources.def:4: no claim's source is LINUX_MMAP_2"
  rm tests/sources.def
  finds sources ''
}

@test "sources: an entry that is not well formed" {
  source=tests/sources.def
  {
    echo 'SOURCE(small, "n", "a", "t", "e", "2024", "https://a.org/")'
    echo 'SOURCE(A_POST, "n", "a", "t", "e", "2024-06", "https://a.org/")'
    echo 'SOURCE(SHORT, "n", "a", "t", "2024", "https://a.org/")'
    echo 'SOURCE(NO_NAME, "", "a", "t", "e", "", "https://a.org/")'
    echo 'SOURCE(NO_TITLE, "n", "a", "", "e", "", "https://a.org/")'
    echo 'SOURCE(DATE, "n", "a", "t", "e", "June", "https://a.org/")'
    echo 'SOURCE(ADDRESS, "n", "a", "t", "e", "", "http://a.org/")'
    echo 'SOURCE(AUTHOR, "n", "", "t", "e", "", "https://a.org/")'
    echo 'SOURCE(EDITION, "n", "a", "t", "", "", "https://a.org/")'
    echo 'SOURCE(NOWHERE, "n", "a", "t", "e", "", "")'
    printf 'SOURCE(WIDE, "n", "a", "%29s", "e", "", "https://a.org/")\n' t
    printf 'SOURCE(FAR, "n", "a", "t", "e", "",\n    "https://a.org/%080d")\n' 1
  } >>$source
  finds sources "$source:8: the key \"small\" is not UPPER_CASE"
  finds sources "$source:9: the key A_POST is taken: $source:7"
  finds sources "$source:10: SHORT: not SOURCE(KEY, "
  finds sources "$source:11: NO_NAME: the name is empty"
  finds sources "$source:12: NO_TITLE: the title is empty"
  finds sources "$source:13: DATE: the date is not "
  finds sources "$source:14: ADDRESS: the address is not https://"
  for line in 15:AUTHOR 16:EDITION 17:NOWHERE; do
    finds sources "$source:${line%:*}: ${line#*:}: what it takes to look it up is missing"
  done
  finds sources "$source:18: more than 80 columns"
  # The remark is about one entry; an address may be as long as it is.
  run ! grep -e ':7: A_POST' -e ':20: ' -e FAR: <<<"$output"
}

@test "pairs: cases without claims, claims without cases, another's claims" {
  mv tests/claims.d/good.def tests/claims.d/lost.def
  finds pairs 'tests/good_test.c:1: tests/claims.d/good.def, for its claims, is missing'
  finds pairs 'tests/claims.d/lost.def:1: tests/lost_test.c, for its cases, is missing or has no rows'
  mv tests/claims.d/lost.def tests/claims.d/good.def
  sed -i '/define CLAIMS/s/good/alone/' tests/good_test.c
  finds pairs 'tests/good_test.c:1: does not say #define CLAIMS "tests/claims.d/good.def"'
  echo "$spdx" >tests/claims.d/matrix.def
  finds pairs 'tests/claims.d/matrix.def:1: tests/matrix_test.c, for its cases, is missing or has no rows'
}

@test "pairs: the claims of another topic, too" {
  cp tests/good_test.c saved
  for way in '#include "tests/claims.d/alone.def"' '# include <tests/claims.d/good.def>' \
    '#include "claims.d/alone.def"' '#define CLAIMS "tests/claims.d/good.def"' \
    '#define OTHERS "../tests/claims.d/alone.def"' '#undef CLAIMS' \
    '#define CLAIMS OTHERS'; do
    cp saved tests/good_test.c
    echo "$way" >>tests/good_test.c
    finds pairs 'tests/good_test.c:22: its claims are what #define CLAIMS "tests/claims.d/good.def" says, once'
  done
  cp saved tests/good_test.c
  # A program without rows, and a header.
  for file in tests/matrix_test.c tests/some.h; do
    echo '#include "tests/claims.d/good.def"' >>$file
    finds pairs "$file:$(grep -c '' $file): its claims are what "
  done
}

@test "pairs: whatever the kind of the row" {
  for row in CALL CODE CODE_DIRS EXCLUSIVE SETTINGS; do
    printf '%s\n\t%s(a, B, c),\n' "$spdx" $row >tests/row_test.c
    finds pairs 'tests/row_test.c:1: tests/claims.d/row.def, for its claims, is missing'
  done
}
