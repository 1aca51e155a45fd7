# SPDX-License-Identifier: BSD-2-Clause
# ci/faults/claims.tsv -> breaks.inc: fault, claims, cases that cannot notice it.
BEGIN { FS = "\t" }
/^(#|$)/ { next }
NF != 2 && NF != 4 {
	printf "%s:%d: not two columns, nor four\n", FILENAME, FNR | "cat >&2"
	exit 1
}
{
	gsub(/[\\"]/, "\\\\&")
	excused = NF == 4 ? "\"" $3 "\"" : "NULL"
	printf "\t{ \"%s\", \"%s\", %s },\n", $1, $2, excused
}
