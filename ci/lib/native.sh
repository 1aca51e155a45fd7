# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2034,SC2154 # names are shared with ci/run
# KIND=native: this system, by Kyua.

native_check() {
  command -v kyua >/dev/null 2>&1 ||
    die "kyua is not installed (ci/with-deps -s suite installs it)"
}
