#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The published runs, and the page that is made of them.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_TEST_DIRNAME/.." || return 1
  "${MAKE:-make}" -s tools
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  show=$BATS_TEST_DIRNAME/show-published
  published=$BATS_TEST_DIRNAME/published
  mkdir tmp
  export TMPDIR=$PWD/tmp
}

teardown() {
  [ -z "$(ls -A "$BATS_TEST_TMPDIR/tmp")" ]
}

# json FILE SQL: a query on a JSON file, which is called document.
json() {
  sqlite3 :memory: "CREATE TABLE file AS
    SELECT CAST(readfile('$1') AS TEXT) AS document; $2"
}

@test "the published runs make a page and a report with a column for each" {
  run -0 --separate-stderr "$show" page
  [ "$output" = page/index.html ]
  [ -z "$stderr" ]
  [ "$(ls page)" = $'index.html\nreport.json' ]
  cut -f 1 "$published/systems.tsv" | LC_ALL=C sort >listed
  json page/report.json "SELECT json_extract(value, '\$.base') FROM file,
    json_each(document, '\$.runs')" | LC_ALL=C sort >columns
  cat columns
  [ "$(wc -l <listed)" -ge 5 ]
  diff listed columns
  [ "$(tail -n 1 page/index.html)" = '</html>' ]
  while read -r system; do
    grep -q -F -e "$system" page/index.html
  done <listed
}

@test "what systems.tsv says of a run is what the report says of it" {
  "$show" page >shown
  while IFS='	' read -r system _ started outcomes _; do
    said=$(json page/report.json "SELECT json_extract(value, '\$.started') || ': ' ||
      (SELECT group_concat(value || ' ' || key, ', ') FROM
        json_each(run.value, '\$.cases_by_outcome') WHERE value > 0)
      FROM file, json_each(document, '\$.runs') AS run
      WHERE json_extract(value, '\$.base') = '$system'")
    echo "$system: $said"
    [ "$said" = "$started: $outcomes" ]
  done <"$published/systems.tsv"
}

@test "their JSON follows its schema" {
  "$show" page >shown
  run python3 - "$BATS_TEST_DIRNAME/schema/report.schema.json" page/report.json <<'P'
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(77)
schema, report = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.validate(report, schema)
P
  case $status in
  77 | 127) skip "needs Python's jsonschema" ;;
  esac
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "what can be made of them is not kept with them" {
  for file in "$published"/*; do
    case ${file##*/} in
    README.md | runs | systems.tsv) ;;
    *)
      echo "$file"
      return 1
      ;;
    esac
  done
  # Less than a clone would notice.
  [ "$(cat "$published"/*.tsv "$published"/runs/* | wc -c)" -lt 4000000 ]
}

refused() {
  run "-$1" --separate-stderr "$show" "${@:3}"
  [ "${stderr_lines[-1]}" = "show-published: $2" ]
  [ -z "$output" ]
}

@test "runs that are missing, not listed, or none: one line, nothing made" {
  cp -R "$published" some
  mv some/runs/native.tar.gz kept
  refused 3 "some/runs/native.tar.gz: is not there" -f some page
  mv kept some/runs/native.tar.gz
  cp some/runs/native.tar.gz some/runs/more.tar.gz
  refused 3 "some/runs/more.tar.gz: is not in systems.tsv" -f some page
  mv some/runs/more.tar.gz some/runs/native.tar.gz
  : >some/runs/native.tar.gz
  refused 3 "some/runs/native.tar.gz: holds no run of native" -f some page
  rm some/runs/*
  : >some/systems.tsv
  refused 3 'some: no run' -f some page
  refused 3 'nowhere/systems.tsv: cannot be read' -f nowhere page
  [ ! -e page ]
}

@test "bad usage, and what cannot be written: one line" {
  refused 3 '-x: no such option, or without its directory' -x
  refused 3 'two: one directory at a time' one two
  refused 4 '/dev/null/page: cannot be made' /dev/null/page
  mkdir -p page/index.html
  refused 4 'page/index.html: cannot be written' page
  [ -z "$(ls page/index.html)" ] && [ "$(ls page)" = $'index.html\nreport.json' ]
  run -0 "$show" -h
  [[ $output == *'Exit status:'* ]]
}
