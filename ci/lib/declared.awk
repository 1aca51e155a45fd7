# SPDX-License-Identifier: BSD-2-Clause
#
# Finds in tests/ what a header of platform/ declares: functions, whether they
# are called or named, and objects.  Read twice is the code as "FILE:LINE:CODE",
# without comments and with empty strings.  plat_ is left to a rule of its own,
# which needs no header for it.

# The name that a declaration is about: before its first parenthesis, or
# else its last word.  A type is nobody to call.
function declare(words) {
	if (words ~ /^[ \t]*typedef[ \t]/ ||
	    words ~ /^[ \t]*(struct|union|enum)[ \t]+[A-Za-z0-9_]+[ \t]*$/)
		return
	gsub(/__attribute__[ \t]*\(\([^)]*(\([^)]*\))?[^)]*\)\)/, "", words)
	sub(/[ \t]*[[(=].*/, "", words)
	if (words ~ /[ \t*][A-Za-z_][A-Za-z0-9_]*$/) {
		sub(/.*[ \t*]/, "", words)
		header[words] = part[1]
	}
}

{
	split($0, part, ":")
	text = substr($0, length(part[1] part[2]) + 3)
}

FNR == NR && part[1] !~ /^platform\/.*\.h$/ {
	next
}

FNR == NR {
	if (part[1] != file) {
		file = part[1]
		depth = directive = 0
		words = ""
	}
	if (directive || text ~ /^[ \t]*#/) {
		directive = text ~ /\\$/
		next
	}
	while (match(text, /[{};]/)) {
		mark = substr(text, RSTART, 1)
		if (depth == 0)
			words = words " " substr(text, 1, RSTART - 1)
		text = substr(text, RSTART + 1)
		if (depth == 0 && mark != "}" && (mark == ";" || words ~ /\(/))
			declare(words)
		if (mark == "{")
			depth++
		else if (mark == "}" && depth > 0)
			depth--
		words = ""
	}
	if (depth == 0)
		words = words " " text
	next
}

part[1] ~ /^tests\// {
	# Members may have such names.
	gsub(/(\.|->)[ \t]*[A-Za-z_][A-Za-z0-9_]*/, " ", text)
	while (match(text, /[A-Za-z_][A-Za-z0-9_]*/)) {
		word = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		if (word in header && word !~ /^plat_/)
			print part[1] ":" part[2] ": tests/ reaches past helpers/: " word \
				" is declared in " header[word]
	}
}
