#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The report tool on small stores, built from fixtures/*.sql with the claims
# of fixtures/claims.def.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_TEST_DIRNAME/.." || exit
  "${MAKE:-make}" -s reports/report_fixture
  export REPORT=$PWD/reports/report_fixture
  # What a run may lean on is set here, not by who runs it.
  export LC_ALL=C.UTF-8
  unset NO_COLOR COLUMNS
}

setup() {
  # Bats keeps files of its own beside this directory.
  mkdir "$BATS_TEST_TMPDIR/work"
  cd "$BATS_TEST_TMPDIR/work" || exit
}

# store FILE FIXTURE...: a store of these fixtures, one after another.
store() {
  local file=$1 name made
  shift
  made=$BATS_FILE_TMPDIR/store$(printf -- '-%s' "$@").db
  if [ ! -e "$made" ]; then
    {
      echo 'PRAGMA synchronous = OFF; BEGIN;'
      for name in schema "$@"; do
        cat "$BATS_TEST_DIRNAME/fixtures/$name.sql"
      done
      echo 'COMMIT;'
    } | sqlite3 "$made.new"
    mv "$made.new" "$made"
  fi
  cp "$made" "$file"
}

# json FILE SQL: a query on a JSON file, which is called document.
json() {
  sqlite3 :memory: "CREATE TABLE file AS
    SELECT CAST(readfile('$1') AS TEXT) AS document; $2"
}

# run_directory DIR STATE: a run of three programs, of which first_test and
# other_test have stores.
run_directory() {
  mkdir -p "$1/out"
  store "$1/all.db" clean
  local program
  for program in first_test other_test; do
    cp "$1/all.db" "$1/out/$program.db"
    sqlite3 "$1/out/$program.db" "PRAGMA synchronous = OFF;
      DELETE FROM test_cases WHERE test_program_id <>
        (SELECT test_program_id FROM test_programs
        WHERE relative_path = 'tests/$program')"
  done
  rm "$1/all.db"
  cat > "$1/run.json" <<EOF
{"schema_version": 1, "suite": {"name": "mmapcheck", "commit": "abc"},
 "system": {"os": "Linux", "release": "6.1.0", "version": "v", "arch": "arm"},
 "started": "2025-11-22T07:38:00Z", "state": "$2", "finished": null,
 "programs": [{"name": "first_test", "status": null},
  {"name": "other_test", "status": null}, {"name": "third_test", "status": null}]}
EOF
}

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
# refused STATUS PATTERN COMMAND...: it ends so, with one line that matches on
# standard error and nothing on standard output.
refused() {
  local expected=$1 pattern=$2
  shift 2
  run --separate-stderr "$@"
  echo "status $status, output: ${output:0:200}"
  echo "error: ${stderr:0:500}"
  [ "$status" -eq "$expected" ]
  [ -z "$output" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr =~ $pattern ]]
}

# The report tool without root's rights.
as_nobody() {
  if [ "$(id -u)" -ne 0 ]; then
    "$REPORT" "$@"
    return
  fi
  cp "$REPORT" "$BATS_TEST_TMPDIR/report"
  chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_RUN_TMPDIR"/*/*
  setpriv --reuid=65534 --regid=65534 --clear-groups \
    "$BATS_TEST_TMPDIR/report" "$@"
}

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

@test "who promises a claim is said on the page and in the data" {
  store run.db clean survey
  "$REPORT" html run.db > report.html
  grep 'id="claim-FIXTURE_HOLDS"' report.html | grep 'promised by POSIX'
  grep 'id="claim-FIXTURE_OPEN"' report.html | grep 'left open by POSIX'
  grep 'id="claim-FIXTURE_MANUAL"' report.html | grep 'promised by Linux'
  grep 'id="claim-FIXTURE_FACTS"' report.html | grep 'as Linux does it'
  grep 'id="claim-FIXTURE_SAYING"' report.html | grep 'said by people'
  "$REPORT" json run.db > report.json
  # What the suite of the run said; one from before it did says nothing.
  [ "$(json report.json "SELECT json_extract(value, '\$.id') || ' ' ||
      ifnull(json_extract(value, '\$.promiser'), 'nobody')
    FROM file, json_each(document, '\$.runs[0].cases')
    WHERE json_extract(value, '\$.id') IN ('other_test:manual',
      'first_test:open') ORDER BY 1")" = 'first_test:open nobody
other_test:manual linux' ]
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

@test "the page: three of the faults that break a claim, and how many more" {
  store run.db clean
  "$REPORT" html run.db > out.html
  red='<div class=proof>turns red when: '
  grep -qF "$red"'What the standard requires is not seen. <code>sharp</code> '\
'Something else is &lt;seen&gt;. <code>errno_wrong</code> '\
'Nothing works. <code>blunt</code> and 1 more</div>' out.html
  grep -qF "$red"'What the standard requires is not seen. <code>sharp</code></div>' \
    out.html
  grep -qF "$red"'A flag has no effect. <code>of_flags</code> '\
'Nothing works. <code>blunt</code></div>' out.html
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

@test "the page counts what the JSON counts" {
  store run.db clean mixed
  "$REPORT" json run.db > report.json || true
  "$REPORT" html run.db > report.html || true
  local outcome cases claims
  for outcome in pass deviates fail unsupported untested broken; do
    cases=$(json report.json "SELECT json_extract(document,
      '\$.runs[0].cases_by_outcome.$outcome') FROM file")
    echo "$outcome: $cases cases"
    # The row of the run; its cells carry the outcome as their class.
    grep '<th scope=row>Linux 6.1.0 x86_64</th>' report.html |
      grep "<td class=\"number $outcome\">$cases</td>"
    claims=$(json report.json "SELECT json_extract(document,
      '\$.runs[0].claims_by_outcome.$outcome') FROM file")
    [ "$(grep -c "<tr id=\"claim-[A-Z_]*\" class=\"o-$outcome\">" \
      report.html)" -eq "$claims" ]
  done
  [ "$(grep -c '<article class="failure' report.html)" -eq 6 ]
}

@test "the page has a tile and a table for each of the 128 combinations" {
  store run.db clean
  "$REPORT" html run.db > report.html
  [ "$(grep -c '<td class="tile ' report.html)" -eq 128 ]
  [ "$(grep -c '<section class=combination ' report.html)" -eq 128 ]
  [ "$(grep -c '<table class=cells>' report.html)" -eq 128 ]
}

# Fails on markup that is not well nested; SVG paths close themselves.
balanced() {
  awk 'BEGIN { RS = "<"; split("meta input br path", list, " ")
      for (i in list) empty[list[i]] = 1 }
    NR > 1 && !/^!/ {
      name = $0
      sub("^/", "", name)
      sub("[^a-z0-9].*", "", name)
      if (substr($0, 1, 1) == "/") {
        if (stack[depth] != name) {
          print "closes " name " inside " stack[depth]
          exit bad = 1
        }
        depth--
      } else if (!(name in empty)) {
        stack[++depth] = name
      }
    }
    END {
      if (!bad && depth > 0) {
        print "open: " stack[depth]
        bad = 1
      }
      exit bad
    }' "$1"
}

@test "the page is well formed, its links lead somewhere, its ids are unique" {
  store one.db clean mixed
  store two.db clean freebsd
  local page
  "$REPORT" html one.db > one.html || true
  "$REPORT" html one.db two.db > two.html || true
  for page in one.html two.html; do
    balanced "$page"
    grep -o ' id="[^"]*"\| id=[a-z-]*' "$page" | sed 's/.*=//; s/"//g' |
      sort > ids
    [ -z "$(uniq -d ids)" ]
    grep -o 'href="#[^"]*"' "$page" | sed 's/href="#//; s/"//' | sort -u > links
    echo "dead: $(comm -13 ids links)"
    [ -z "$(comm -13 ids links)" ]
  done
}

@test "the well-formedness check sees a page that is not" {
  echo '<p><b>x</p></b>' > bad.html
  run balanced bad.html
  [ "$status" -eq 1 ]
  echo '<main><p>x</p>' > bad.html
  run balanced bad.html
  [ "$status" -eq 1 ]
}

@test "the page needs nothing else: loads nothing, no script, a strict policy" {
  store run.db clean mixed
  "$REPORT" html run.db > report.html || true
  # It may lead to where a source is, if somebody follows the link.
  sed 's|<a href="https://[^"]*" title=||g' report.html >loaded.html
  run ! grep -E 'https?:|//[a-z]|<script|<link|<img|url\(|@import|srcset' \
    loaded.html
  grep -q '<a href="https://manual.example/mmap.2?a=1&amp;b=2" title="Some people, A manual, 6">Linux mmap(2)</a>' \
    report.html
  grep -q "Content-Security-Policy content=\"default-src 'none'; style-src\
 'unsafe-inline'\"" report.html
  grep -q '<html lang=en>' report.html
  [ "$(grep -c '<h1>' report.html)" -eq 1 ]
}

@test "every state on the page is a mark and a word" {
  store run.db clean mixed
  "$REPORT" html run.db > report.html || true
  local outcome
  for outcome in pass deviates fail unsupported untested broken partly; do
    grep -q "class=\"badge $outcome\"><b aria-hidden=true>[^<]\{1,3\}</b>\
 $outcome</span>" report.html
  done
  grep -q 'prefers-color-scheme: dark' report.html
  grep -q 'forced-colors: active' report.html
  grep -q '@media print' report.html
}

@test "text from a store cannot act on page, terminal or parser" {
  store run.db clean injection
  local format
  for format in text json html; do
    "$REPORT" "$format" run.db > "report.$format" || [ $? -eq 1 ]
    # Valid UTF-8 without control characters.
    iconv -f UTF-8 -t UTF-8 "report.$format" > /dev/null
    run ! grep -P '[\x00-\x08\x0b-\x1f\x7f]' "report.$format"
    run ! grep "$(printf '\302\233')" "report.$format"
    run ! grep "$(printf '\342\200\256')" "report.$format"
  done
  run ! grep -E '<script|<img|<i>EXCL|<b>6|<u>' report.html
  grep -q '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp;' report.html
  balanced report.html
  # What was not UTF-8 is shown as the bytes it was.
  grep -qF '\xff /\xc0\xaf \xed\xa0\x80 \xe2\x82' report.html
  grep -qF '^[[31mred^G\u009b2J' report.text
  [ "$(json report.json "SELECT json_extract(value, '\$.reason')
    FROM file, json_each(document, '\$.runs[0].cases')
    WHERE json_extract(value, '\$.id') = 'first_test:unicode'")" = \
    'größe → 10 µs' ]
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

@test "bad input: files that are no stores" {
  refused 3 'report_fixture: nowhere.db: No such file' \
    "$REPORT" text nowhere.db
  : > empty.db
  refused 3 'empty.db: an empty file' "$REPORT" text empty.db
  echo 'no database' > text.db
  refused 3 'text.db: not an SQLite file' "$REPORT" text text.db
  sqlite3 foreign.db 'CREATE TABLE other (a)'
  refused 3 'foreign.db: an SQLite file, but no Kyua store' \
    "$REPORT" json foreign.db
  mkdir directory
  refused 3 'directory: a directory without run.json' \
    "$REPORT" html directory
}

@test "bad input: stores that are damaged at any place" {
  store run.db clean
  local size length
  size=$(wc -c < run.db)
  for length in 10 50 100 1000 4096 $((size / 4)) $((size / 2)) \
    $((size - 5000)) $((size - 1)); do
    head -c "$length" run.db > short.db
    refused 3 'short.db: (cut short|not an SQLite|not a readable)' \
      "$REPORT" html short.db
  done
  cp run.db holed.db
  dd if=/dev/zero of=holed.db bs=4096 seek=2 count=3 conv=notrunc 2> /dev/null
  refused 3 'holed.db: a damaged SQLite file' "$REPORT" text holed.db
}

@test "bad input: stores that are not of this suite" {
  store none.db
  refused 3 'none.db: holds no results' "$REPORT" text none.db
  store old.db clean
  sqlite3 old.db 'UPDATE metadata SET schema_version = 2'
  refused 3 'old.db: a Kyua store of schema version 2, expected 3' \
    "$REPORT" text old.db
  store other.db clean
  sqlite3 other.db "UPDATE test_programs SET test_suite_name = 'FreeBSD'"
  refused 3 'other.db: results of the test suite "FreeBSD"' \
    "$REPORT" text other.db
  store claim.db clean
  sqlite3 claim.db "UPDATE metadatas SET property_value = 'NEW_CLAIM'
    WHERE property_value = 'FIXTURE_OPEN'"
  refused 3 'claim.db: case first_test:open: unknown claim "NEW_CLAIM"' \
    "$REPORT" text claim.db
  sqlite3 claim.db "UPDATE metadatas SET property_value = 'NEW' || char(10)
    || char(27) || 'CLAIM' WHERE property_value = 'NEW_CLAIM'"
  refused 3 'claim.db: .* unknown claim "NEW..CLAIM"' "$REPORT" text claim.db
  store unclaimed.db clean
  sqlite3 unclaimed.db "DELETE FROM metadatas
    WHERE property_value = 'FIXTURE_OPEN'"
  refused 3 'unclaimed.db: case first_test:open names no claim' \
    "$REPORT" text unclaimed.db
  store letters.db clean
  sqlite3 letters.db "UPDATE metadatas SET property_value = 'FSP'
    WHERE property_value = 'FSPA---'"
  refused 3 'letters.db: case .* unknown combination "FSP"' \
    "$REPORT" text letters.db
  store type.db clean
  sqlite3 type.db "UPDATE test_results SET result_type = 'odd'
    WHERE test_case_id = 1"
  refused 3 'type.db: case first_test:holds has the unknown result "odd"' \
    "$REPORT" text type.db
}

@test "bad input: cases that occur twice" {
  store run.db clean
  sqlite3 run.db "INSERT INTO fixture VALUES ('first_test', 'holds',
    'FIXTURE_HOLDS', NULL, 'passed', NULL, NULL)"
  refused 3 'run.db: case first_test:holds occurs twice' "$REPORT" text run.db
  store run2.db clean
  sqlite3 run2.db "INSERT INTO fixture VALUES ('matrix_test', 'again',
    NULL, 'F------', 'passed', NULL, NULL)"
  refused 3 'run2.db: matrix_test:again and .* decide the same combination' \
    "$REPORT" text run2.db
}

@test "bad input: run directories that cannot be trusted" {
  run_directory run complete
  echo '{' > run/run.json
  refused 3 'run/run.json: not JSON' "$REPORT" text run
  echo '{"schema_version": 9}' > run/run.json
  refused 3 'run/run.json: schema_version is 9, expected 1' \
    "$REPORT" text run
  echo '{"schema_version": 1, "state": "odd"}' > run/run.json
  refused 3 'run/run.json: state is neither' "$REPORT" text run
  echo '{"schema_version": 1, "state": "complete"}' > run/run.json
  refused 3 'run/run.json: lists no programs' "$REPORT" text run
  echo '{"schema_version": 1, "state": "complete", "programs":
    [{"name": "../../etc"}]}' > run/run.json
  refused 3 'run/run.json: "../../etc" is no program' "$REPORT" text run
  run_directory broken complete
  : > broken/out/first_test.db
  refused 3 'broken/out/first_test.db: an empty file' "$REPORT" text broken
}

@test "bad input: a file that may not be read" {
  store run.db clean
  chmod 0 run.db
  refused 3 'run.db: Permission denied' as_nobody text "$PWD/run.db"
}

@test "bad usage is told from bad input" {
  local arguments
  for arguments in '' text '-o file' '-x text run.db'; do
    # shellcheck disable=SC2086 # the words of a command
    run --separate-stderr "$REPORT" $arguments
    [ "$status" -eq 3 ]
    [ -z "$output" ]
    [[ $stderr == *usage:* ]]
  done
  refused 3 'no format "pdf"' "$REPORT" pdf run.db
  run --separate-stderr "$REPORT" -h
  [ "$status" -eq 0 ]
  [[ $output == *"Exit status:"* ]]
}

@test "-o leaves a whole report or what was there before" {
  store run.db clean
  "$REPORT" html run.db > expected
  "$REPORT" -o page.html html run.db
  cmp expected page.html
  [ "$(ls)" = "expected
page.html
run.db" ]
  echo old > page.html
  echo 'no database' > text.db
  refused 3 'not an SQLite file' "$REPORT" -o page.html html run.db text.db
  [ "$(cat page.html)" = old ]
  [ "$(ls)" = "expected
page.html
run.db
text.db" ]
}

@test "cannot write: no such directory, no permission" {
  store run.db clean
  refused 4 'report_fixture: missing/page.html: No such file' \
    "$REPORT" -o missing/page.html html run.db
  mkdir locked
  chmod 555 locked
  refused 4 'locked/page.html: Permission denied' \
    as_nobody -o "$PWD/locked/page.html" html "$PWD/run.db"
  [ -z "$(ls -A locked)" ]
}

@test "cannot write: the disk is full" {
  [ -c /dev/full ] || skip "needs /dev/full"
  store run.db clean
  # shellcheck disable=SC2016 # $1 is of the inner shell
  refused 4 'standard output: No space left' \
    sh -c 'exec "$1" html run.db > /dev/full' sh "$REPORT"
  refused 4 '/dev/full: No space left' "$REPORT" -o /dev/full json run.db
}

@test "cannot write: a file stays below the limit, and none is left" {
  store run.db clean
  # shellcheck disable=SC2016 # $1 is of the inner shell
  refused 4 'page.html: File too large' \
    sh -c 'ulimit -f 8; exec "$1" -o page.html html run.db' sh "$REPORT"
  [ "$(ls)" = run.db ]
}

@test "a reader that goes away is an error, not a signal" {
  store run.db clean
  # shellcheck disable=SC2016 # $1 is of the inner shell
  run --separate-stderr sh -c '{ "$1" html run.db; echo $? > status; } | :' \
    sh "$REPORT"
  [ "$(cat status)" -eq 4 ]
  [[ $stderr == *"standard output: Broken pipe"* ]]
}
