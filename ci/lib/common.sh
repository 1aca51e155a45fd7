# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# What all kinds of targets need.  $target is the one being worked on.

# phase NAME TEXT: one line for each phase of a target.
phase() {
  what=$1
  shift
  printf '%s: %-10s %s\n' "$target" "$what" "$*"
}

# die TEXT: a host problem or bad usage; the target is given up.
die() {
  printf 'run: %s%s\n' "${target:+$target: }" "$*" >&2
  exit 3
}

is_number() {
  case $1 in
  '' | *[!0-9]* | 0?* | ??????????*) return 1 ;;
  esac
}

# A JSON string of the text.
quote() {
  printf '"%s"' "$(printf '%s' "$1" | tr '\t\n' '  ' | tr -d '[:cntrl:]' |
    sed 's/[\\"]/\\&/g')"
}

digest_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | sed 's/ .*//'
  else
    sha256 -q "$1"
  fi
}

# The number of bytes in a file, 0 when there is none.
size_of() {
  if [ -e "$1" ]; then
    wc -c <"$1" | tr -d ' '
  else
    echo 0
  fi
}

# A compiler that is not installed is a host problem, and a clear one.
find_compiler() {
  [ -z "$bundle_file" ] || return 0
  for setting in $BUILD; do
    case $setting in
    CC=*) command -v "${setting#CC=}" >/dev/null 2>&1 ||
      die "${setting#CC=} is not installed (Debian: $COMPILER_PACKAGE)" ;;
    esac
  done
}
