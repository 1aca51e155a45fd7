# SPDX-License-Identifier: BSD-2-Clause
# tests/renamed.tsv -> renamed.inc: what old runs call a case, and its name now.
BEGIN { FS = "\t" }
/^(#|$)/ { next }
NF != 2 || $0 !~ /^[a-z0-9_]+_test:[a-z0-9_]+\t[a-z0-9_]+_test:[a-z0-9_]+$/ {
	printf "%s:%d: not two cases\n", FILENAME, FNR | "cat >&2"
	exit 1
}
{ printf "\t{ \"%s\", \"%s\" },\n", $1, $2 }
