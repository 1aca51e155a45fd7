# SPDX-License-Identifier: BSD-2-Clause
# ci/faults/claims.tsv -> breaks.inc: fault, claims, cases that cannot notice it.

# Through cat, as some awks would truncate the file that /dev/stderr is.
function bad(what)
{
	printf "%s:%d: %s\n", FILENAME, FNR, what | "cat >&2"
	close("cat >&2")
	failed = 1
	exit 1
}
BEGIN { FS = "\t" }
/\r/ { bad("a carriage return") }
/^(#|$)/ { next }
NF != 2 && NF != 4 { bad("not two columns, nor four") }
$1 !~ /^[A-Za-z0-9_]+$/ { bad("\"" $1 "\" is no name of a fault") }
$2 !~ /^[]A-Za-z0-9_:*?![ -]+$/ { bad("\"" $2 "\" names no claims") }
NF == 4 && $3 !~ /^[]A-Za-z0-9_:*?![ -]+$/ { bad("\"" $3 "\" names no cases") }
NF == 4 && $4 ~ /^ *$/ { bad("no reason") }
{
	about = $1 "\t" $2 "\t" $3
	if (about in seen)
		bad("the same as line " seen[about])
	seen[about] = FNR
	printf "\t{ \"%s\", \"%s\", %s },\n", $1, $2,
	    NF == 4 ? "\"" $3 "\"" : "NULL"
}
END { exit failed }
