# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# A guest as a process: started, watched, ended; and what it said, brought home.
#
# While a guest runs, $run/console.log is its console and $run/lines.1 and up
# are what the bundle's runner says on each channel.  Both are in the run
# directory from the start, so that nothing is lost with the driver.

guest=''

# open_channels NUMBER: $run/lines.1 and up, in which the guest speaks.
open_channels() {
  channel=1
  while [ "$channel" -le "$1" ]; do
    : >"$run/lines.$channel" || die "$run/lines.$channel: cannot be written"
    channel=$((channel + 1))
  done
}

# start_guest COMMAND...: in a process group of its own where that can be had.
start_guest() {
  rm -f "$scratch/status"
  group=''
  ! command -v setsid >/dev/null 2>&1 || group=setsid
  # A driver that is killed cannot end its guest, so that something else looks.
  # shellcheck disable=SC2016 # for the inner shell
  set -- $group sh -c '
    status=$1 driver=$2 group=$3
    shift 3
    "$@" &
    child=$!
    (
      while kill -0 "$driver" 2>/dev/null; do sleep 1; done
      # The shell that waits first: it would end this before the end.
      kill -KILL $$ "$child" 2>/dev/null
      rm -rf "${status%/*}" || { sleep 1; rm -rf "${status%/*}"; }
      [ -z "$group" ] || kill -KILL "-$$"
    ) &
    guard=$!
    trap "kill -KILL \$child \$guard 2>/dev/null; exit 1" TERM
    wait "$child"
    echo "$?" >"$status.new"
    mv "$status.new" "$status"
    kill -KILL "$guard"' sh "$scratch/status" $$ "$group" "$@"
  "$@" </dev/null >"$scratch/guest.out" 2>&1 9>&- &
  guest=$!
}

end_guest() {
  [ -n "$guest" ] || return 0
  kill -TERM "$guest" 2>/dev/null
  kill -KILL "-$guest" 2>/dev/null
  wait "$guest" 2>/dev/null
  guest=''
}

# What a kernel says when it will not go on.
panics='Kernel panic|panic: |Oops: |kernel BUG at |BUG: unable to handle|BUG: kernel NULL|Fatal trap|^ddb[{0-9}]*> |^db[{0-9}]*> |Unable to handle kernel'

# What it says when it goes on, and its memory is not as it should be.
complaints='BUG: (Bad|non-zero) '

# complaint: the first of them, without its time; empty if there is none.
complaint() {
  tr -d '\000\r' <"$run/console.log" 2>/dev/null |
    grep -a -E "$complaints" | sed 1q | sed 's/^\[ *[0-9.]*\] *//' | cut -c 1-200
}

# The console since this boot.
console() {
  tail -c "+$((console_start + 1))" "$run/console.log" 2>/dev/null |
    tr -d '\000\r'
}

panic_line() {
  console | grep -a -E "$panics" | sed 1q |
    sed 's/^\[ *[0-9.]*\] *//' | cut -c 1-200
}

# The case that runs on a channel, from the lines it said.
running_case() {
  tr -d '\000\r' <"$1" 2>/dev/null | awk '
    $1 == "@@case" && NF == 2 { name = $2 }
    $1 == "@@result" { name = "" }
    END { if (name != "") print name }'
}

# Those of all channels, as words.
running_cases() {
  for channel in "$run"/lines.[0-9]*; do
    [ ! -e "$channel" ] || running_case "$channel"
  done | paste -s -d ' ' -
}

finished_cases() {
  cat "$run"/lines.[0-9]* 2>/dev/null | grep -a -c '^@@result '
}

# watch_guest: until the guest is gone or has to be ended.  Sets ending to
#   off     it went by itself
#   panic   its kernel said so; why is what it said
#   hang    nothing came for HANG seconds
#   boot    nothing came at all for BOOT_TIMEOUT seconds
#   late    more than $seconds seconds in all
watch_guest() {
  ending='' grace='' seen=0
  before=$(date +%s)
  last=$before
  while [ ! -e "$scratch/status" ]; do
    sleep 1
    time=$(date +%s)
    waited=$((time - before))
    [ "$KIND" != tardisk ] || tardisk_look
    size=$(($(size_of "$run/console.log") - console_start))
    for channel in "$run"/lines.[0-9]*; do
      size=$((size + $(size_of "$channel")))
    done
    if [ "$size" -ne "$seen" ]; then
      last=$time seen=$size
      booted
      why=$(panic_line)
    fi
    if [ -n "$why" ]; then
      # It may yet say more, or restart, which ends it.
      : "${grace:=$time}"
      [ $((time - grace)) -lt 5 ] || ending=panic
    elif [ -z "$boot_time" ] && [ "$waited" -ge "$BOOT_TIMEOUT" ]; then
      ending=boot
    elif [ $((time - last)) -ge "$HANG" ]; then
      ending=hang
    elif [ "$waited" -ge "$seconds" ]; then
      ending=late
    fi
    if [ -n "$ending" ]; then
      end_guest
      return
    fi
  done
  wait "$guest" 2>/dev/null
  guest='' waited=$(($(date +%s) - before))
  booted
  why=$(panic_line)
  ending=off
  [ -z "$why" ] || ending=panic
}

# Notes when the first line came.
booted() {
  [ -z "$boot_time" ] || return 0
  for channel in "$run"/lines.[0-9]*; do
    if grep -a -q '^@@run ' "$channel" 2>/dev/null; then
      boot_time=$waited
      phase boot "$boot_time s to the first line"
      return
    fi
  done
}

# explain: in words why the guest ended before its time, from $ending; empty
# when it had said all.  fault is "yes" when a case that ran may be the cause.
explain() {
  fault=yes
  case $ending in
  panic) ;;
  hang) why="no sign of life for $HANG s" ;;
  boot)
    why="gave nothing in $BOOT_TIMEOUT s"
    fault=''
    ;;
  late)
    why="not at its end after $seconds s"
    fault=''
    ;;
  stopped)
    why="stopped by SIG$stopped_by"
    fault=''
    ;;
  off)
    all=1
    for channel in "$run"/lines.[0-9]*; do
      tail -n 1 "$channel" 2>/dev/null | tr -d '\r' |
        grep -q '^guest: end$' || all=''
    done
    status=$(cat "$scratch/status" 2>/dev/null)
    [ -z "$all" ] || return 0
    why=$(console | sed -n 's/^init: //p' | sed 1q)
    if [ -n "$why" ]; then
      fault=''
    elif [ "${status:-0}" -gt 128 ]; then
      why="$guest_name was ended by signal $((status - 128))"
      case $((status - 128)) in
      1 | 2 | 9 | 15 | 25) fault='' ;; # others send these, or the disk is full
      esac
    elif [ "${status:-0}" -ne 0 ]; then
      why="$guest_name ended with status $status: $(sed -n '$p' \
        "$scratch/guest.out" | cut -c 1-200)"
    else
      why="the guest ended by itself, without a word"
    fi
    ;;
  esac
}

no_room() {
  rm -f "$run/lines.log.new"
  die "$run/lines.log: cannot be written"
}

# gather: the channels become part of $run/lines.log, whole lines only.  A case
# that was running is said to be broken by what happened, or, when nothing says
# that it is to blame, to have been stopped.  Where there is no room for it, all
# stays as it was.
gather() {
  for channel in "$run"/lines.[0-9]*; do
    [ -e "$channel" ] || continue
    new=$run/lines.log.new
    { [ ! -e "$run/lines.log" ] || cat "$run/lines.log"; } >"$new" \
      2>/dev/null || no_room
    if [ -s "$channel" ] && [ "$(tail -c 1 "$channel" | wc -l)" -eq 0 ]; then
      sed '$d' "$channel"
    else
      cat "$channel"
    fi | tr -d '\000\r' | grep -a '^@@' | WHY=$why FAULT=$fault awk '
      # A part that ends within its list says too little of its program.
      $1 == "@@run" && $2 == "BEGIN" { part = ""; holding = 1; name = "" }
      holding {
        part = part $0 "\n"
        if ($1 == "@@run" && $2 == "cases") {
          printf "%s", part
          holding = 0
        }
        next
      }
      $1 == "@@case" && NF == 2 { name = $2 }
      $1 == "@@result" { name = "" }
      { print }
      END {
        if (name == "")
          exit
        if (ENVIRON["FAULT"] == "")
          print "@@stop"
        else
          print "@@result broken: the system ended in this case: " \
            ENVIRON["WHY"]
      }' >>"$new" 2>/dev/null || no_room
    mv "$new" "$run/lines.log" || no_room
    rm -f "$channel"
  done
}
