#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The report tool on small stores: what it makes of cases, claims and runs, as
# text and JSON.

bats_require_minimum_version 1.5.0

load report-fixture

@test "a clean run is reported with status 0" {
  store run.db clean
  run --separate-stderr "$REPORT" text run.db
  echo "$output"
  [ "$status" -eq 0 ]
  [[ ${lines[0]} =~ ^"mmapcheck 0.1   Linux 6.1.0 x86_64" ]]
  [[ ${lines[1]} =~ "135 cases:".*"135 pass  0 fail  0 deviates" ]]
  [[ ${lines[2]} =~ "6 claims:".*"6 pass  0 fail" ]]
  [[ $output != *incomplete* ]]
}

@test "text shows a failure whole: line, claim, command" {
  store run.db clean mixed
  run --separate-stderr "$REPORT" text run.db
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $output == *"✗ first_test:offset_odd   FIXTURE_HOLDS  SHALL,"* ]]
  [[ $output == *"      mmap(NULL, 4096, R, SHARED, file, 1) = ok, allowed\
 EINVAL [POSIX.1-2024 mmap DESCRIPTION, FIXTURE_HOLDS]"* ]]
  [[ $output == *"kyua debug tests/first_test:offset_odd"* ]]
}

@test "text puts the worst first, and groups what could not be decided" {
  store run.db clean mixed
  run --separate-stderr "$REPORT" text run.db
  echo "$output"
  [[ $output =~ "FAIL 2".*"BROKEN 4".*"DEVIATES 1".*"UNTESTED 3".*"UNSUPPORTED 1" ]]
  [[ $output == *"? 2  needs root"*"other_test:root_one other_test:root_two"* ]]
  [[ $output == *"tmpfs keeps the bytes: read 7, allowed 0"* ]]
}

@test "every outcome follows from Kyua's result and the reason's first word" {
  store run.db clean mixed
  "$REPORT" json run.db > report.json || true
  run json report.json "SELECT json_extract(value, '\$.outcome') || ' ' ||
      json_extract(value, '\$.id')
    FROM file, json_each(document, '\$.runs[0].cases')
    WHERE json_extract(value, '\$.outcome') <> 'pass' ORDER BY 1"
  echo "$output"
  [ "$output" = "broken first_test:no_room
broken matrix_test:flags__S_____
broken matrix_test:flags___P____
broken other_test:crash
deviates first_test:expected
fail first_test:gone
fail first_test:offset_odd
unsupported other_test:stack
untested other_test:mumble
untested other_test:root_one
untested other_test:root_two" ]
}

@test "red is what Kyua calls failed or broken, whatever its reason" {
  store run.db clean mixed
  # These two contradict themselves, which the suite does not.
  sqlite3 run.db "DELETE FROM test_case_files WHERE test_case_id IN (SELECT
    test_case_id FROM test_cases WHERE name IN ('flags__S_____', 'flags___P____'))"
  sqlite3 run.db "SELECT replace(relative_path, 'tests/', '') || ':' || name
    FROM test_cases JOIN test_programs USING (test_program_id)
      JOIN test_results USING (test_case_id)
    WHERE result_type IN ('failed', 'broken') ORDER BY 1" > kyua
  "$REPORT" json run.db > report.json || [ $? -eq 1 ]
  json report.json "SELECT json_extract(value, '\$.id')
    FROM file, json_each(document, '\$.runs[0].cases')
    WHERE json_extract(value, '\$.outcome') IN ('fail', 'broken') ORDER BY 1" \
    > report
  cat kyua
  [ "$(wc -l < kyua)" -eq 4 ]
  cmp kyua report
}

@test "a claim's outcome is the worst of its cases, and partly names the lack" {
  store run.db clean mixed
  "$REPORT" json run.db > report.json || true
  run json report.json "SELECT json_extract(value, '\$.id') || ' ' ||
      json_extract(value, '\$.results[0].outcome') || ' ' ||
      json_extract(value, '\$.results[0].lacking')
    FROM file, json_each(document, '\$.claims')"
  echo "$output"
  [ "$output" = 'FIXTURE_HOLDS fail []
FIXTURE_SECOND fail []
FIXTURE_OPEN broken []
FIXTURE_MANUAL partly ["unsupported: no MAP_STACK"]
FIXTURE_SAYING untested ["untested: needs root"]
FIXTURE_FACTS pass []' ]
}

# claims FILE: id, promiser and outcome of each claim.
claims() {
  json "$1" "SELECT json_extract(value, '\$.id') || ' ' ||
      json_extract(value, '\$.promiser') || ' ' ||
      json_extract(value, '\$.results[0].outcome')
    FROM file, json_each(document, '\$.claims')"
}

@test "a survey is neither a pass nor kept, and shows what was seen" {
  store run.db clean survey
  "$REPORT" json run.db > report.json
  run claims report.json
  echo "$output"
  [ "$output" = 'FIXTURE_HOLDS posix pass
FIXTURE_SECOND posix pass
FIXTURE_OPEN posix survey
FIXTURE_MANUAL linux survey
FIXTURE_SAYING people pass
FIXTURE_FACTS linux pass' ]
  [ "$(json report.json "SELECT json_extract(document,
    '\$.runs[0].cases_by_outcome.survey', '\$.runs[0].claims_by_outcome.survey',
    '\$.runs[0].cases_by_outcome.pass') FROM file")" = '[2,2,133]' ]
  run --separate-stderr "$REPORT" text run.db
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *"135 cases:"*"133 pass  0 fail  0 deviates  2 survey"* ]]
  [[ $output == *"SURVEY 2"* ]]
  [[ $output == *"FIXTURE_OPEN  the standard leaves it open"*"ok (ext4); ENODEV (tmpfs)"* ]]
  [[ $output == *"FIXTURE_MANUAL  linux promises it"*"EINVAL"* ]]
  "$REPORT" html run.db > report.html
  sed -n '/<section id=survey>/,/<\/section>/p' report.html > survey.html
  grep -q '#claim-FIXTURE_OPEN' survey.html
  grep -q 'ENODEV (tmpfs)' survey.html
  run ! grep -q '#claim-FIXTURE_HOLDS' survey.html
  # What Linux's manual says is no promise of another system.
  grep -q 'class=own><span class=figure>0<small> of 0</small>' report.html
  store linux.db clean
  "$REPORT" html linux.db > report.html
  grep -q 'class=own><span class=figure>1<small> of 1</small>' report.html
  "$REPORT" html run.db linux.db > report.html
  grep -q 'class=own><span class=figure>1<small> of 1</small>' report.html
}

@test "what only source says is no promise" {
  store run.db clean
  "$REPORT" text run.db > report.text
  sed -n '/^PROMISES/,/^$/p' report.text > promises
  sed -n '/^NOT PROMISED/,/^$/p' report.text > others
  cat report.text
  grep -q '^  SHALL  *2 ' promises
  grep -q '^  DOCUMENTED  *1 ' promises
  run ! grep -q 'IMPLEMENTED\|FOLKLORE\|UNSPECIFIED\|MAY' promises
  grep -q '^  IMPLEMENTED  *1 ' others
  grep -q '^  FOLKLORE  *1 ' others
}

@test "a claim that is retired is read, and decides nothing" {
  store run.db clean
  sqlite3 run.db "INSERT INTO fixture VALUES ('first_test', 'old',
    'FIXTURE_RETIRED', NULL, 'failed', 'as it was', NULL)"
  run --separate-stderr "$REPORT" json run.db
  [ "$status" -eq 1 ]
  echo "$output" > report.json
  [ "$(json report.json "SELECT json_extract(value, '\$.outcome') || ' ' ||
      ifnull(json_extract(value, '\$.claim'), 'none')
    FROM file, json_each(document, '\$.runs[0].cases')
    WHERE json_extract(value, '\$.id') = 'first_test:old'")" = 'fail none' ]
}

@test "json follows its schema" {
  store clean.db clean
  store mixed.db clean mixed
  store injection.db clean injection
  store survey.db clean survey
  run_directory partial partial
  "$REPORT" json clean.db > clean.json
  "$REPORT" json clean.db mixed.db injection.db survey.db > all.json || true
  "$REPORT" json partial > partial.json || true
  run python3 - "$BATS_TEST_DIRNAME/schema/report.schema.json" ./*.json <<'EOF'
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(77)
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
for name in sys.argv[2:]:
    jsonschema.validate(json.load(open(name)), schema)
    print(name)
EOF
  echo "$output"
  case $status in
    77 | 127) skip "needs Python's jsonschema" ;;
  esac
  [ "$status" -eq 0 ]
}

# faults_of FILE CASE: those that turn it red, in order.
faults_of() {
  json "$1" "SELECT json_extract(value, '\$.faults') FROM file,
    json_each(document, '\$.runs[0].cases')
    WHERE json_extract(value, '\$.id') = '$2'"
}

@test "json: each case with the faults that its claim is broken by, best first" {
  store run.db clean
  "$REPORT" json run.db > out.json
  [ "$(faults_of out.json first_test:holds)" = \
    '["sharp","errno_wrong","blunt","by_luck"]' ]
  # Whom a line excuses does not notice the fault.
  [ "$(faults_of out.json first_test:second)" = '["errno_wrong","blunt"]' ]
  [ "$(faults_of out.json other_test:saying)" = '["sharp"]' ]
  # A combination of flags is named itself.
  [ "$(faults_of out.json matrix_test:flags_F______)" = '["of_flags","blunt"]' ]
  [ "$(faults_of out.json matrix_test:flags_F_____H)" = '["blunt"]' ]
  [ "$(json out.json "SELECT json_extract(document, '\$.faults[1].name'),
    json_extract(document, '\$.faults[1].defect') FROM file")" = \
    'sharp|What the standard requires is not seen.' ]
}

@test "the report knows every fault that ci/falsify -l lists, by its sentence" {
  [ "$(uname -s)" = Linux ] || skip "unsupported: faults are injected on Linux"
  "${MAKE:-make}" -s -C "$BATS_TEST_DIRNAME/.." reports/report
  store run.db clean
  sqlite3 run.db "UPDATE metadatas SET property_value = 'MSYNC_SYNC_OK'
    WHERE property_name = 'custom.claim'"
  "$BATS_TEST_DIRNAME/report" json run.db > out.json || [ $? -le 2 ]
  json out.json "SELECT json_extract(value, '\$.name') || char(9) ||
    json_extract(value, '\$.defect') FROM file,
    json_each(document, '\$.faults')" | sort > reported
  "$BATS_TEST_DIRNAME/../ci/falsify" -l | awk -F '\t' '
    $2 != "any" { print $1 "\t" $3 }' | sort > listed
  [ -s listed ]
  diff listed reported
}

@test "a C locale gets ASCII, a file gets no colour" {
  store run.db clean mixed injection
  LC_ALL=C run "$REPORT" text run.db
  echo "$output"
  [[ $output == *"X first_test:offset_odd"* ]]
  LC_ALL=C "$REPORT" text run.db > report.text || true
  run ! grep -P '[^\x09\x0a\x20-\x7e]' report.text
  "$REPORT" text run.db > report.text || true
  run ! grep -P '\x1b' report.text
}

@test "a terminal gets colour unless NO_COLOR is set" {
  script -qec true /dev/null > /dev/null 2>&1 || skip "needs script(1)"
  store run.db clean mixed
  export TERM=xterm
  script -qec "$REPORT text run.db" /dev/null < /dev/null > colour || true
  grep -q "$(printf '\033\[')" colour
  NO_COLOR=1 script -qec "$REPORT text run.db" /dev/null < /dev/null > plain ||
    true
  grep -q 'first_test:offset_odd' plain
  run ! grep -q "$(printf '\033\[')" plain
}

@test "equal input gives equal bytes, wherever it lies" {
  store run.db clean mixed
  mkdir elsewhere
  cp run.db elsewhere/run.db
  local format
  for format in json html text; do
    "$REPORT" "$format" run.db > a || true
    TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$REPORT" "$format" elsewhere/run.db > b ||
      true
    cmp a b
  done
}

@test "two systems: the claims on which they differ come first" {
  store one.db clean
  store two.db clean freebsd
  run --separate-stderr "$REPORT" text one.db two.db
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $output == *"SYSTEMS DIFFER on 2 of 6 claims"* ]]
  [[ $output == *"✓ ✗  FIXTURE_SECOND"* ]]
  [[ $output == *"✓ –  FIXTURE_MANUAL"* ]]
  [[ $output != *"✓ ✓ "* ]]
  "$REPORT" html one.db two.db > two.html || true
  local differences failures
  differences=$(grep -n '<section id=differences>' two.html | cut -d: -f1)
  failures=$(grep -n '<section id=failures>' two.html | cut -d: -f1)
  [ "$differences" -lt "$failures" ]
  grep -q '<b>≠</b> FreeBSD' two.html
  "$REPORT" json one.db two.db > two.json || true
  [ "$(json two.json "SELECT group_concat(json_extract(value, '\$.id'))
    FROM file, json_each(document, '\$.claims')
    WHERE json_extract(value, '\$.differs')")" = \
    FIXTURE_SECOND,FIXTURE_MANUAL ]
}

# differing FROM TO: the line on differences to a run whose output has TO instead.
differing() {
  store here.db clean
  store there.db clean
  sqlite3 there.db "UPDATE files SET contents =
    CAST(replace(CAST(contents AS TEXT), '$1', '$2') AS BLOB)
    WHERE instr(CAST(contents AS TEXT), '$1')"
  "$REPORT" text here.db there.db | grep "SYSTEMS DIFFER on"
}

@test "the same observation on another file system is no difference" {
  [[ $(differing ext4 xfs) == *"on 0 of"* ]]
  [[ $(differing 'ok (ext4)' 'EPERM (ext4)') == *"on 1 of"* ]]
  # Not a file system of the run's own, but part of what was seen.
  [[ $(differing '(ext4)' '(once)') == *"on 1 of"* ]]
}

@test "two runs of one system keep their own names" {
  store one.db clean
  "$REPORT" json one.db one.db > two.json
  [ "$(json two.json "SELECT group_concat(json_extract(value, '\$.name'), ', ')
    FROM file, json_each(document, '\$.runs')")" = \
    'Linux 6.1.0 x86_64, Linux 6.1.0 x86_64 (2)' ]
}

@test "runs of one system by different targets are named after them" {
  run_directory plain partial
  run_directory strict partial
  sed -i 's/"suite"/"target": {"name": "linux-6.1"}, &/' plain/run.json
  sed -i 's/"suite"/"target": {"name": "linux-6.1+thp=never"}, &/' \
    strict/run.json
  store other.db clean freebsd
  "$REPORT" json plain strict other.db > three.json || [ $? -eq 2 ]
  json three.json "SELECT json_extract(value, '\$.name')
    FROM file, json_each(document, '\$.runs')" > names
  cat names
  grep -x 'Linux 6.1.0 [a-z0-9_]*, linux-6.1' names
  grep -x 'Linux 6.1.0 [a-z0-9_]*, linux-6.1+thp=never' names
  [ "$(grep -c , names)" -eq 2 ]
}

@test "a partial run is reported with status 2, and says what is missing" {
  run_directory partial partial
  run --separate-stderr "$REPORT" text partial
  echo "$output"
  [ "$status" -eq 2 ]
  [[ $output == *"Linux 6.1.0 arm"*PARTIAL* ]]
  [[ $output == *"incomplete: the run did not reach its end"* ]]
  [[ $output == *"incomplete: third_test has no results"* ]]
  [[ $output == *"incomplete: claims without a case: 1 (FIXTURE_FACTS)"* ]]
  [[ $output == *"incomplete: flag combinations without a case: 128"* ]]
  run "$REPORT" html partial
  [ "$status" -eq 2 ]
  [[ $output == *'<p class=warning role=note><b>Incomplete:</b>'* ]]
}

@test "a run that calls itself complete but lacks a program is incomplete" {
  run_directory run complete
  run "$REPORT" text run/
  echo "$output"
  [ "$status" -eq 2 ]
  [[ $output == *"third_test has no results"* ]]
}
