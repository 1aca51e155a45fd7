# SPDX-License-Identifier: BSD-2-Clause
#
# Prints the functions of scripts, those of awk and the tests of bats among
# them, a line for each, of four columns with a tab between them: file, line of
# the name, line of the closing bracket, name.
#
# A function ends with the first bracket that begins a line as far in as its
# name does, or else where the next one as far in begins, or the file ends;
# here-documents are not looked into.

function end(at, line) {
	if (at in name)
		print file "\t" line_of[at] "\t" line "\t" name[at]
	delete name[at]
}

function begin(named, line) {
	end(margin, line - 1)
	name[margin] = named
	line_of[margin] = line
}

function finish(  at) {
	for (at in name)
		end(at, last)
	word = waiting = ""
}

FNR == 1 {
	finish()
	file = FILENAME
}

{
	last = FNR
}

# What a here-document holds.
word != "" {
	line = $0
	if (tabs)
		sub(/^\t+/, "", line)
	if (line == word)
		word = ""
	next
}

/^[ \t]*#/ {
	next
}

{
	match($0, /^[ \t]*/)
	margin = substr($0, 1, RLENGTH)
	line = substr($0, RLENGTH + 1)
}

line ~ /^[})]/ && margin in name {
	end(margin, FNR)
}

# A test's name is a string, in which there may be brackets.
line ~ /^@test[ \t].*\{[ \t]*(#.*)?$/ {
	sub(/^@test[ \t]+/, "", line)
	sub(/[ \t]*\{[ \t]*(#.*)?$/, "", line)
	begin(line, FNR)
}

line ~ /^(function[ \t]+)?[A-Za-z_][A-Za-z0-9_-]*[ \t]*\(\)[ \t]*[{(]?[ \t]*(#.*)?$/ ||
    line ~ /^function[ \t]+[A-Za-z_][A-Za-z0-9_-]*[ \t]*(\(.*\))?[ \t]*\{?[ \t]*(#.*)?$/ {
	sub(/^function[ \t]+/, "", line)
	match(line, /^[A-Za-z0-9_-]+/)
	if ($0 ~ /[{(][ \t]*(#.*)?$/)
		begin(substr(line, 1, RLENGTH) "()", FNR)
	else
		waiting = substr(line, 1, RLENGTH) "()"
	next
}

# The bracket on a line of its own.
line ~ /^[{(][ \t]*(#.*)?$/ && waiting != "" {
	begin(waiting, FNR - 1)
}

{
	waiting = ""
}

# "<<<" is a string, and in "$((1 << n))" a number is shifted.
{
	line = $0
	gsub(/<<</, "", line)
	gsub(/\(\([^)]*\)\)/, "", line)
	if (FILENAME !~ /\.awk$/ &&
	    (match(line, /<<-?["'\\]?[A-Za-z_][A-Za-z0-9_]*/) ||
	    match(line, /<<-?[ \t]+['"\\][A-Za-z_][A-Za-z0-9_]*/) ||
	    match(line, /<<-?[ \t]+[A-Za-z_][A-Za-z0-9_]*([ \t|>&;)]|$)/))) {
		word = substr(line, RSTART, RLENGTH)
		tabs = word ~ /^<<-/
		gsub(/[^A-Za-z0-9_]/, "", word)
	}
}

END {
	finish()
}
