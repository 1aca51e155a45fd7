#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # expressions of GitHub's
# Files that run elsewhere, checked here as far as they can be: the tree's own
# have no findings, and every check finds what it is there to find.  Then what
# runs in the formats of those engines looks like.

bats_require_minimum_version 1.5.0

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  python=''
  for candidate in python3 /usr/bin/python3; do
    ! "$candidate" -c 'import yaml, jsonschema' 2>/dev/null ||
      python=${python:-$candidate}
  done
  [ -n "$python" ] || skip "untested: no python3 with yaml and jsonschema"
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir reports
  cp -R "$root/.github" "$root/.builds" "$root/.gitlab-ci.yml" .
  mkdir ci
  cp -R "$root/ci/lava" "$root/ci/tmt" "$root/ci/schema" "$root/ci/targets" \
    "$root/ci/with-deps" "$root/ci/run" ci
  workflow=.github/workflows/ci.yml
}

check() {
  run "$python" "$root/ci/check-workflows" .
}

# spoil FILE SED WHAT: after the change there is that finding.
spoil() {
  cp "$1" saved
  sed "$2" saved >"$1"
  ! cmp -s saved "$1" || {
    echo "nothing was spoiled: $2"
    return 1
  }
  check
  cp saved "$1"
  echo "$output"
  [ "$status" -eq 1 ] && [[ $output = *"$1: "*"$3"* ]]
}

@test "the tree's own workflows have no findings" {
  run -0 "$python" "$root/ci/check-workflows" "$root"
  [ -z "$output" ]
}

@test "their YAML is tidy" {
  command -v yamllint >/dev/null || skip "untested: yamllint is not installed"
  cd "$root" || return 1
  yamllint -s -d '{extends: default, rules: {document-start: disable,
    truthy: {check-keys: false}, line-length: {max: 100},
    comments: {min-spaces-from-content: 1}}}' \
    .github .builds .gitlab-ci.yml ci/lava ci/tmt
}

@test "YAML that is none, and keys that are there twice" {
  spoil $workflow 's/^jobs:/jobs: [/' 'is not valid YAML'
  spoil $workflow 's/^name: ci$/name: ci\nname: cd/' 'the key "name" is there twice'
  spoil .builds/freebsd.yml 's/^image: /image /' 'is not valid YAML'
}

@test "actions that are not pinned by a full commit" {
  spoil $workflow 's/checkout@[0-9a-f]* .*/checkout@v7/' 'not pinned by a full commit'
  spoil $workflow 's/checkout@\([0-9a-f]\{12\}\)[0-9a-f]*/checkout@\1/' 'not pinned'
  spoil $workflow 's/ # v7\.0\.1$//' 'no version in a comment'
  spoil $workflow 's/persist-credentials: false/persist-credentials: true/' \
    'checkout leaves its credentials'
}

@test "permissions, and triggers that give secrets away" {
  spoil $workflow 's/^permissions: {}/permissions: write-all/' 'permissions are not {}'
  spoil $workflow '/^permissions/d' 'permissions are not {}'
  spoil $workflow 's/^  pull_request:/  pull_request_target:/' 'pull_request_target'
}

@test "expressions and logic in commands" {
  spoil $workflow 's/"\$TARGET"/${{ github.event.head_commit.message }}/' \
    'an expression in a command'
  spoil $workflow 's|make check|make check \|\| true|' 'logic in a command'
  spoil .gitlab-ci.yml 's|- ci/with-deps make check|- make check > log|' 'logic in a command'
  spoil .builds/debian.yml 's|sudo ci/with-deps make check|make check|' 'not a script of ci/'
}

@test "scripts and targets that are not there" {
  spoil $workflow 's|ci/with-deps make|ci/without-deps make|' \
    'ci/without-deps is not there'
  chmod -x ci/run
  spoil $workflow 's/^name: ci$/name: cd/' 'ci/run is not there, or not executable'
  chmod +x ci/run
  spoil $workflow 's/target: \[native/target: [naive/' 'there is no target naive'
  spoil .gitlab-ci.yml 's/linux-6.12/linux-6.13/' 'there is no target linux-6.13'
  spoil .builds/debian.yml 's/linux-6.1$/linux-0.1/' 'there is no target linux-0.1'
}

@test "words that the engines do not know, and words they need" {
  spoil $workflow 's/timeout-minutes: 60/timeout: 60/' 'what is "timeout"?'
  spoil $workflow 's/^permissions/permission/' 'what is "permission"?'
  spoil $workflow 's/  *if: always()/        when: always()/' 'what is "when"?'
  spoil $workflow 's/matrix\.release/matrix.version/' 'matrix.version is in no row'
  spoil .builds/netbsd.yml 's/^tasks/task/' 'what is "task"?'
  spoil .gitlab-ci.yml 's/^  script:/  scripts:/' 'no script'
  spoil ci/tmt/plans/kernel.fmf '/^provision/d' 'no provision'
  spoil ci/tmt/plans/kernel.fmf '/sync-repo/d' 'the suite stays behind'
  : >ci/tmt/main.fmf
  spoil ci/tmt/plans/kernel.fmf '/^summary/d' 'no summary'
  [[ $output = *'ci/tmt/main.fmf: is inherited by all others'* ]]
  rm ci/tmt/main.fmf
  spoil ci/tmt/suite.fmf 's|\./test|./tset|' 'ci/tmt/./tset is not there'
}

@test "a LAVA job against its schema" {
  spoil ci/lava/job.yaml '/^visibility/d' "'visibility' is a required property"
  spoil ci/lava/job.yaml 's/minutes: 40/minute: 40/' "'minute' was unexpected"
  spoil ci/lava/job.yaml 's/from: git/from: svn/' "'svn' is not one of"
  spoil ci/lava/job.yaml 's/mmapcheck.yaml/mmapchecks.yaml/' 'mmapchecks.yaml is not there'
  spoil ci/lava/mmapcheck.yaml 's/Definition 1.0/Definition 9/' "was expected"
  spoil ci/lava/mmapcheck.yaml 's|ci/lava/test|ci/lava/tset|' 'ci/lava/tset is not there'
}

# ----- Exports ------------------------------------------------------------------

# A report with one case of each outcome.
report() {
  cp "$root/ci/export" ci
  cat >reports/report <<'EOF'
#!/bin/sh
[ -z "${REPORT_STATUS-}" ] || { echo 'report: no such run' >&2; exit 3; }
sed "s/OS/${OS:-Linux}/; s/STATE/${STATE:-complete}/" >"$2" <<'JSON'
{"runs": [{"base": "a run", "state": "STATE", "started": "2026-01-02T03:04:05Z",
 "facts": [{"name": "system.os", "value": "OS"},
  {"name": "system.release", "value": "6.1.0-50"},
  {"name": "system.arch", "value": "x86_64"},
  {"name": "page_size", "value": "4096"}],
 "cases": [
  {"id": "a_test:p", "claim": "C", "outcome": "pass", "reason": null, "seconds": 0.5, "observed": ["it's \"ok\""]},
  {"id": "a_test:f", "claim": "C", "outcome": "fail", "reason": "got 1", "seconds": 0.5, "observed": []},
  {"id": "a_test:k", "claim": "C", "outcome": "deviates", "reason": "a known thing", "seconds": 0.5, "observed": []},
  {"id": "a_test:u", "claim": "C", "outcome": "unsupported", "reason": "unsupported: x", "seconds": 0.5, "observed": []},
  {"id": "a_test:t", "claim": "C", "outcome": "untested", "reason": "untested: x", "seconds": 0.5, "observed": []},
  {"id": "a_test:s", "claim": "C", "outcome": "survey", "reason": "", "seconds": 0.5, "observed": ["ok"]},
  {"id": "a_test:b", "claim": null, "outcome": "broken", "reason": "signal 9", "seconds": 0.5, "observed": []}]}]}
JSON
EOF
  chmod +x reports/report
}

valid() {
  "$python" - "$root/ci/schema/kcidb.schema.json" "$1" <<'EOF'
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
EOF
}

value() {
  sqlite3 :memory: "SELECT json_extract(CAST(readfile('$1') AS TEXT), '$2')"
}

@test "KCIDB: outcomes, an incident for what deviates, and the schema's rules" {
  report
  ci/export kcidb run >out
  valid out
  statuses=$(value out '$.tests[0].status' && value out '$.tests[1].status' &&
    value out '$.tests[2].status' && value out '$.tests[3].status' &&
    value out '$.tests[4].status' && value out '$.tests[5].status' &&
    value out '$.tests[6].status')
  [ "$(echo $statuses)" = "PASS FAIL FAIL SKIP SKIP DONE ERROR" ]
  [ "$(value out '$.tests[0].path')" = mmapcheck.a_test.p ]
  [ "$(value out '$.tests[0].misc.observed[0]')" = "it's \"ok\"" ]
  [ "$(value out '$.tests[0].environment.misc.page_size')" = 4096 ]
  [ "$(value out '$.incidents[0].test_id')" = "$(value out '$.tests[2].id')" ]
  [ "$(value out '$.incidents[0].issue_id')" = "$(value out '$.issues[0].id')" ]
  [ "$(value out '$.issues[0].comment')" = "a known thing" ]
  [ "$(value out '$.builds[0].checkout_id')" = "$(value out '$.checkouts[0].id')" ]
  [ -z "$(value out '$.tests[7].status')" ]
}

@test "KCIDB: a run that is not whole is a MISS; the schema sees what is wrong" {
  report
  STATE=partial ci/export kcidb run >out
  valid out
  [ "$(value out '$.tests[7].status')" = MISS ]
  for change in 's/"PASS"/"PASSED"/' 's/mmapcheck\.a_test\.p/mmapcheck.a_test:p/' \
    's/"origin":"mmapcheck"/"origin":"Mmap"/' 's/"build_id"/"build"/'; do
    sed "$change" out >bad
    ! cmp -s out bad
    run ! valid bad
  done
}

@test "KCIDB is for Linux; bad usage and bad runs are named" {
  report
  OS=FreeBSD run -3 --separate-stderr ci/export kcidb run
  [ "$stderr" = "export: a run: not a run of Linux, KernelCI has no others" ]
  [ -z "$output" ]
  REPORT_STATUS=3 run -3 --separate-stderr ci/export tmt run
  [ "${stderr_lines[0]}" = "report: no such run" ]
  run -3 --separate-stderr ci/export xml run
  [ "${stderr_lines[-1]}" = 'export: "xml" is no format' ]
  run -3 --separate-stderr ci/export tmt
  [ "${stderr_lines[-1]}" = "export: no RUN" ]
}

@test "LAVA: a line for each case that its shell understands" {
  report
  run -0 ci/export lava run
  [ "${lines[0]}" = "lava-test-case a_test.b --result fail" ]
  [ "${lines[3]}" = "lava-test-case a_test.p --result pass" ]
  [ "${lines[4]}" = "lava-test-case a_test.s --result skip" ]
  [ "${lines[6]}" = "lava-test-case a_test.u --result skip" ]
  [ "${#lines[@]}" -eq 7 ]
}

@test "tmt: results.json with names, results and notes" {
  report
  ci/export tmt run >out
  [ "$(value out '$[0].name')" = /a_test/b ]
  [ "$(value out '$[0].result')" = error ]
  [ "$(value out '$[0].note')" = "signal 9" ]
  [ "$(value out '$[2].result')" = info ]
  [ "$(value out '$[3].note')" = pass ]
  [ "$(value out '$[4].result')" = info ]
  [ "$(value out '$[4].note')" = "survey: ok" ]
}
