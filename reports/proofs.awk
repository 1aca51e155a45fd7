# SPDX-License-Identifier: BSD-2-Clause
# ci/faults/proofs.tsv, sorted, -> proofs.inc: case, fault, what it does.
BEGIN { FS = "\t" }
/^(#|$)/ { next }
NF != 3 {
	printf "ci/faults/proofs.tsv:%d: not three columns\n", NR | "cat >&2"
	exit 1
}
{
	gsub(/[\\"]/, "\\\\&")
	printf "\t{ \"%s\", \"%s\", \"%s\" },\n", $1, $2, $3
}
