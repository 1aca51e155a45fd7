#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The page that the report tool makes of small stores.

bats_require_minimum_version 1.5.0

load report-fixture

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
