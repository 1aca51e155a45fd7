# SPDX-License-Identifier: BSD-2-Clause
# flags.list -> flags.inc: each name becomes an entry that is present only
# where the headers define it.
/^[ \t]*(#|$)/ { next }
{
	macro = $1
	sub(/\(.*/, "", macro)
	printf "#ifdef %s\n", macro
	printf "\tFLAG_PRESENT(\"%s\", %s),\n", $1, $1
	printf "#else\n"
	printf "\tFLAG_ABSENT(\"%s\"),\n", $1
	printf "#endif\n"
}
