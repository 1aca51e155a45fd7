# SPDX-License-Identifier: BSD-2-Clause
#
# awk -f platform/known/known.awk platform/known/*.tsv >known.inc
#
# Turns the tables of known deviations into initializers of struct
# plat_known.  The name of a file is the system it speaks of.  Blank lines and
# those that start with "#" are skipped; any other that plat_known() could
# not use is an error, named with its file and line: then nothing is
# written and the exit status is 1.

# Through cat, as some awks would truncate the file that /dev/stderr is.
function bad(what)
{
	printf "%s:%d: %s\n", FILENAME, FNR, what | "cat 1>&2"
	errors++
}

# As a string of C.  Not with gsub(): awks differ on backslashes in its
# replacement.
function quote(text,    out, i, c)
{
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		out = out (c == "\\" || c == "\"" ? "\\" : "") c
	}
	return "\"" out "\""
}

function check_versions(text,    part, n, i)
{
	if (text == "*")
		return
	n = split(text, part, ",")
	for (i = 1; i <= n; i++)
		if (part[i] !~ /^(>=|<=|>|<|=)[0-9]+(\.[0-9]+)*$/)
			bad("version condition \"" part[i] "\" is not one of" \
			    " >= <= > < = and a dotted number")
}

function check_when(text,    part, n, i, key, value, sign)
{
	if (text == "*")
		return
	n = split(text, part, ",")
	for (i = 1; i <= n; i++) {
		key = value = part[i]
		if (!sub(/[=!<>].*/, "", key) || key == "" ||
		    !sub(/^[a-z_]*(!=|>=|<=|>|<|=)/, "", value) ||
		    value == "") {
			bad("condition \"" part[i] "\" is not key=value")
			continue
		}
		if (!(key in values)) {
			bad("\"" key "\" is not a key of the when column")
			continue
		}
		if (value !~ "^(" values[key] ")$")
			bad("\"" value "\" is not a value of " key ": " \
			    values[key])
		sign = substr(part[i], length(key) + 1,
		    length(part[i]) - length(key) - length(value))
		if (key ~ /_version$/ ? sign == "!=" : sign ~ /[<>]/)
			bad("\"" sign "\" does not compare a " key)
		if (key == "boot" && sign != "=")
			bad("\"" sign "\" does not compare a " key)
	}
}

BEGIN {
	FS = "\t"
	column[1] = "case"
	column[2] = "versions"
	column[3] = "when"
	column[4] = "observed"
	column[5] = "reason"
	column[6] = "source"
	word = "[A-Za-z0-9_.+-]+"
	values["fs"] = values["arch"] = values["libc"] = word
	values["emulator"] = values["container"] = word
	values["boot"] = "[A-Za-z0-9_.+=-]+"
	values["bits"] = "32|64"
	values["page"] = values["min_address"] = values["posix"] = "[0-9]+"
	values["privileged"] = values["aslr"] = values["wx"] = "yes|no"
	values["storage"] = values["dax"] = values["noexec"] = "yes|no"
	values["libc_version"] = values["emulator_version"] = \
	    "[0-9]+(\\.[0-9]+)*"
	values["thp"] = "always|madvise|never|none"
	values["overcommit"] = "0|1|2"
	values["huge_pages"] = "none|some"
}

FNR == 1 {
	system_name = FILENAME
	sub(/.*\//, "", system_name)
	sub(/\.tsv$/, "", system_name)
}

/^#/ || /^[ \t]*$/ {
	next
}

/\r$/ {
	bad("the line ends with a carriage return")
	next
}

NF != 6 {
	bad(NF " columns, 6 wanted:" \
	    " case, versions, when, observed, reason, source")
	next
}

{
	for (i = 1; i <= 6; i++)
		if ($i ~ /^ *$/)
			bad("column " column[i] " is empty")
	if ($1 !~ /^[a-z0-9_]+:([a-z0-9_]+|\*)$/)
		bad("case \"" $1 "\" is neither program:name nor program:*")
	if ($4 == "*")
		bad("column observed names no words")
	check_versions($2)
	check_when($3)
	# Emulators change faster than what they stand for.
	if ($3 ~ /(^|,)emulator=/ && $3 !~ /(^|,)emulator=none(,|$)/ && \
	    $3 !~ /(^|,)emulator_version[<>=]/ && $2 == "*")
		bad("an emulator without a version")
	about = system_name "\t" $1 "\t" $2 "\t" $3 "\t" $4
	if (about in seen)
		bad("line " seen[about] " is about the same")
	seen[about] = FNR
	line[++lines] = "{ " quote(system_name) ", " quote($1) ", " \
	    quote($2) ", " quote($3) ",\n    " quote($4) ",\n    " \
	    quote($5) ",\n    " quote($6) " },"
}

END {
	if (errors) {
		close("cat 1>&2")
		exit 1
	}
	for (i = 1; i <= lines; i++)
		print line[i]
}
