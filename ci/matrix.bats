#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # what a fake says is for another shell
# ci/matrix, with a ci/run whose targets do what the tests say, and a report
# tool that says what it was given.

bats_require_minimum_version 1.5.0

# The name of a target says what becomes of it.
fake_run() {
  cat <<'EOF'
#!/bin/sh
[ "$1" != list ] || {
  printf '%-20s %s\n' good . bad . dies . absent . late . slow . other .
  exit
}
if [ "$1" = check ]; then
  shift
  for target; do
    [ "$target" = absent ] || continue
    echo "run: $target: there is no QEMU" >&2
    status=3
  done
  exit "${status-0}"
fi
[ "$1" = -o ] || exit 3
run=$2
shift 2
echo "$*" >>arguments
for target; do :; done
running=$(cat running 2>/dev/null || echo 0)
echo $((running + 1)) >running
trap 'echo "$target: verdict    stopped by SIGTERM"; exit 143' TERM
one=${target%%+*}
[ "$one" != late ] || {
  echo "run: $target: it cannot be downloaded" >&2
  exit 3
}
echo "$target: build      0.1"
echo "$target: boot       QEMU"
sleep "${BOOT:-0}"
mkdir -p "$run/out"
printf '@@run BEGIN 0.1 x x\n@@run cases 4\n@@result passed\n' >"$run/lines.1"
[ "$one" != slow ] || { sleep 60 & wait $!; }
state=complete
[ "$one" != dies ] || state=partial
{
  echo "{"
  echo "  \"started\": \"$(cat today)\","
  echo "  \"state\": \"$state\","
  echo "}"
} >"$run/run.json"
case $one in
good | other) status=0 text=clean ;;
bad) status=1 text='not as claimed: 1 fail' ;;
dies) status=2 text='QEMU: Kernel panic' ;;
esac
echo "$target: verdict    $text"
echo $(($(cat running) - 1)) >running
exit $status
EOF
}

fake_report() {
  cat <<'EOF'
#!/bin/sh
out=/dev/stdout
[ "$1" != -o ] || { out=$2; shift 2; }
[ -z "${REPORT_STATUS-}" ] || { echo "report: no" >&2; exit "$REPORT_STATUS"; }
format=$1
shift
case $* in
*"${REPORT_REFUSES:-nothing}"*)
  echo 'report: not these' >&2
  exit 4
  ;;
esac
{
  printf '%s:' "$format"
  for run; do
    [ -e "$run/run.json" ] || exit 3
    printf ' %s' "${run##*/}"
  done
  echo
  [ "$format" != json ] ||
    echo '   "cases_by_outcome": {"fail": 0, "broken": 2, "pass": 3},'
} >"$out"
EOF
}

setup() {
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir -p "$TMPDIR" "$BATS_TEST_TMPDIR/tree/ci" "$BATS_TEST_TMPDIR/tree/reports"
  cd "$BATS_TEST_TMPDIR/tree" || return 1
  cp "$BATS_TEST_DIRNAME/matrix" ci
  cp "$BATS_TEST_DIRNAME/../reports/show-published" reports
  fake_run >ci/run
  fake_report >reports/report
  chmod +x ci/run reports/report
  echo day-one >today
}

teardown() {
  [ ! -d "$TMPDIR" ] || [ -z "$(ls -A "$TMPDIR")" ]
}

matrix() {
  run "${expect--0}" --separate-stderr ci/matrix "$@"
}

@test "targets side by side: logs, runs, one report" {
  matrix -j 2 -o out good other+thp=never
  [ "$(cat out/index.html)" = "html: good other+thp=never" ]
  [ "${lines[-1]}" = "$PWD/out/index.html" ]
  [ "${lines[-2]}" = "text: good other+thp=never" ]
  [[ $output = *"good: verdict    clean"* ]]
  [ "$(sed -n '$p' out/other+thp=never.log)" = "other+thp=never: verdict    clean" ]
  [ ! -e reports/published ]
  # Not even that a log is not there yet.
  [ -z "$stderr" ]
}

@test "the report tool is built where it is not there" {
  mv reports/report report
  expect=-3 matrix -o out good
  [ "${stderr_lines[-1]}" = "matrix: the report tool does not build (make tools)" ]
  [ ! -e arguments ]
  printf 'tools:\n\tmv report reports/report\n' >Makefile
  matrix -o out good
  [ "$(cat out/index.html)" = "html: good" ]
}

@test "options are handed on" {
  matrix -o out -a tcg -t 77 good
  [ "$(cat arguments)" = "-a tcg -t 77 good" ]
}

@test "the status is the worst one, and a target without a run has no column" {
  expect=-1 matrix -o one good bad
  expect=-2 matrix -o two good dies bad
  [ "$(cat two/index.html)" = "html: good dies bad" ]
  expect=-3 matrix -o three good late dies
  [ "$(cat three/index.html)" = "html: good dies" ]
  [[ $output = *"run: late: it cannot be downloaded"* ]]
}

@test "what the host lacks for the last target is told before the first runs" {
  expect=-3 matrix -o out good absent
  [ "$stderr" = "run: absent: there is no QEMU
matrix: nothing was run" ]
  [ ! -e arguments ]
  [ ! -e out ]
}

@test "no more at a time than asked for" {
  export BOOT=0.4
  cat >watch <<'EOF'
while [ -e watch ]; do
  n=$(cat running 2>/dev/null)
  [ "${n:-0}" -le "$(cat most 2>/dev/null || echo 0)" ] || echo "$n" >most
  sleep 0.05
done
EOF
  sh watch 3>&- &
  watcher=$!
  matrix -j 1 -o out good bad other || :
  rm watch
  wait "$watcher"
  [ "$(cat most)" = 1 ]
}

@test "on a terminal: a line for each target, drawn over itself" {
  command -v script >/dev/null || skip "untested: there is no script(1)"
  export BOOT=4 TERM=xterm
  script -qec 'ci/matrix -j 2 -o out good other' /dev/null >shown </dev/null
  tr -d '\r' <shown >plain
  grep -q '^good  *booting, 0:0' plain
  grep -q "$(printf '\033')\[2A" plain
  grep -q "other  *clean$(printf '\033')" plain
  # ci/run's own lines are in the logs.
  run ! grep -q 'other: boot' plain
}

@test "progress: cases of all, and the time that is left" {
  export TERM=xterm
  command -v script >/dev/null || skip "untested: there is no script(1)"
  script -qec 'ci/matrix -o out slow' /dev/null >shown 2>&1 </dev/null &
  shower=$!
  left=150
  while [ "$left" -gt 0 ] && ! grep -q 'case 1 of 4, .* left' shown; do
    sleep 0.1
    left=$((left - 1))
  done
  pid=$(pgrep -P "$shower" | head -n 1)
  grep -q 'case 1 of 4, 0:[0-9][0-9] left' shown
  kill -TERM "$(pgrep -P "$pid" matrix || pgrep -P "$(pgrep -P "$pid")" matrix || echo "$pid")"
  wait "$shower" || :
}

@test "a signal ends all targets, and says that there is no report" {
  ci/matrix -j 2 -o out slow good >shown 2>err 3>&- &
  matrix=$!
  left=100
  while [ "$left" -gt 0 ] && [ ! -e out/slow/lines.1 ]; do
    sleep 0.1
    left=$((left - 1))
  done
  kill -TERM "$matrix"
  status=0
  wait "$matrix" || status=$?
  [ "$status" -eq 143 ]
  grep -q '^slow: verdict    stopped by SIGTERM$' shown
  [ "$(cat err)" = "matrix: SIGTERM: $PWD/out is without a report" ]
  [ ! -e out/index.html ]
}

@test "published: complete runs only, the others stay and are marked" {
  expect=-2 matrix -o one --publish good bad dies
  [ "$(ls reports/published)" = $'runs\nsystems.tsv' ]
  [ "$(ls reports/published/runs)" = $'bad.tar.gz\ngood.tar.gz' ]
  [ "${lines[-2]}" = "$PWD/reports/published/systems.tsv" ]
  [ "${lines[-1]}" = "$PWD/reports/out/published/index.html" ]
  [ "$(cat "${lines[-1]}")" = "html: bad good" ]
  [ "$(sed 1q reports/out/published/report.json)" = "json: bad good" ]
  line=$(printf 'good\tcurrent\tday-one\t2 broken, 3 pass\t')
  grep -qx "$line" reports/published/systems.tsv
  [ "$(wc -l <reports/published/systems.tsv)" -eq 2 ]
  echo 'what is here' >reports/published/README.md
  # On the second day bad does not come to its end, and good is not asked.
  echo day-two >today
  sed 's/^bad)/xxx)/; s/= dies \]/= bad ]/; s/^dies)/bad)/' ci/run >new
  cat new >ci/run
  expect=-2 matrix -o two --publish bad other
  [ "$(cat reports/out/published/index.html)" = "html: bad good other" ]
  [ "$(cat reports/published/README.md)" = 'what is here' ]
  line=$(printf 'bad\tstale\tday-one\t2 broken, 3 pass\tQEMU: Kernel panic')
  grep -qx "$line" reports/published/systems.tsv
  grep -q "^good	current	day-one" reports/published/systems.tsv
  grep -q "^other	current	day-two" reports/published/systems.tsv
  # And stays stale while nobody asks.
  matrix -o three --publish other
  grep -qx "$line" reports/published/systems.tsv
  [ ! -e reports/published.new ] && [ ! -e reports/published.old ]
}

@test "nothing complete: nothing is published" {
  expect=-2 matrix -o out --publish dies
  [ "$stderr" = "matrix: nothing to publish: no run is complete" ]
  [ ! -e reports/published ]
}

@test "a report that cannot be written: status 4, what was published stays" {
  matrix -o one --publish good
  export REPORT_STATUS=4
  expect=-4 matrix -o two --publish good
  [ "${stderr_lines[0]}" = "report: no" ]
  # Nor where it shows in what is published alone.
  unset REPORT_STATUS
  before=$(cat reports/published/runs/*.tar.gz | cksum)
  echo day-two >today
  REPORT_REFUSES=/columns/ expect=-4 matrix -o three --publish good
  [ "$stderr" = "report: not these" ]
  [ "$(cat reports/published/runs/*.tar.gz | cksum)" = "$before" ]
  [ "$(cat reports/out/published/index.html)" = "html: good" ]
}

@test "bad usage: status 3, one line that names it, nothing run" {
  expect=-3 matrix -o out good nothing
  [ "$stderr" = "matrix: there is no target nothing; see: ci/run list" ]
  expect=-3 matrix -o out good good
  [ "$stderr" = "matrix: good: named twice" ]
  expect=-3 matrix -o out 'a b'
  [ "$stderr" = 'matrix: "a b" is no name of a target' ]
  expect=-3 matrix -j none good
  [ "$stderr" = 'matrix: -j: "none" is not a number of targets' ]
  expect=-3 matrix -x
  [ "${stderr_lines[-1]}" = "matrix: what is -x?" ]
  expect=-3 matrix
  [ "${stderr_lines[-1]}" = "matrix: no TARGET" ]
  mkdir full && : >full/file
  expect=-3 matrix -o full good
  [ "$stderr" = "matrix: full: is not empty" ]
  [ ! -e arguments ] && [ ! -e out ]
}
