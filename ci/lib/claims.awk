# SPDX-License-Identifier: BSD-2-Clause
#
# Prints what is wrong in tests/sources.def and the files of claims that follow
# it, "FILE:LINE: WHAT": with -v of=sources in the entries of the former and in
# the use of their keys, with -v of=claims in those of the latter.

# The strings of an entry; pieces side by side are one.  -1 where one is open,
# or something else is between them or behind them.
function strings(text, list,  n, i, count, piece) {
	gsub(/\\"/, "\001", text)
	n = split(text, piece, "\"")
	for (i = 2; i <= n; i += 2) {
		if (i > 2 && piece[i - 1] !~ /^[ \t]*,?[ \t]*$/)
			return -1
		if (i == 2 || piece[i - 1] ~ /[^ \t]/)
			list[++count] = ""
		list[count] = list[count] piece[i]
	}
	return n % 2 && piece[n] ~ /^[ \t]*\)[ \t]*$/ ? count : -1
}

# The words before the first string.
function words(text, list,  n, i) {
	sub(/^[A-Z]+\([ \t]*/, "", text)
	sub(/,?[ \t]*".*/, "", text)
	n = split(text, list, /[ \t]*,[ \t]*/)
	return n
}

function say(rule, line, what) {
	if (rule == of)
		print file ":" line ": " what
}

function is_known(date) {
	return date ~ /^[12][0-9][0-9][0-9](-[01][0-9](-[0-3][0-9])?)?$/
}

function end_source(  word, list, key) {
	words(entry, word)
	key = word[1]
	if (key !~ /^[A-Z][A-Z0-9_]*$/)
		say("sources", start, "the key \"" key "\" is not UPPER_CASE")
	if (key in source)
		say("sources", start, "the key " key " is taken: " source[key])
	source[key] = file ":" start
	keys[++key_count] = key
	if (strings(entry, list) != 6) {
		say("sources", start, key ": not SOURCE(KEY, \"name\", " \
		    "\"author\", \"title\", \"edition\", \"date\", \"address\")")
		return
	}
	cited[key] = list[1]
	if (list[1] ~ /^[ \t]*$/)
		say("sources", start, key ": the name is empty")
	if (list[3] ~ /^[ \t]*$/)
		say("sources", start, key ": the title is empty")
	if (list[5] != "" && !is_known(list[5]))
		say("sources", start, key ": the date is not 2024-06-14, " \
		    "2024-06 or 2024")
	if (list[6] != "" && list[6] !~ /^https:\/\/[^ ]+\.[^ ]+$/)
		say("sources", start, key ": the address is not https://...")
	if (!remark && (list[2] == "" || list[6] == "" ||
	    (list[4] == "" && list[5] == "")))
		say("sources", start, key ": what it takes to look it up is " \
		    "missing: author, address, or edition and date; a remark " \
		    "\"/* Not known: why. */\" before it says why")
}

function end_claim(  word, list, id, requirement, promiser, key) {
	if (words(entry, word) != 4 || strings(entry, list) != 2) {
		say("claims", start, word[1] ": not CLAIM(ID, REQUIREMENT, " \
		    "PROMISER, SOURCE_KEY, \"section\", \"text\")")
		return
	}
	id = word[1]
	requirement = word[2]
	promiser = word[3]
	key = word[4]
	if (id !~ /^[A-Z][A-Z0-9_]*$/)
		say("claims", start, "the id \"" id "\" is not UPPER_CASE")
	if (id in claim)
		say("claims", start, "the id " id " is taken: " claim[id])
	if (id in retired)
		say("claims", start, "the id " id " was another claim's")
	claim[id] = file ":" start
	if (requirement !~ \
	    /^(SHALL|SHOULD|MAY|UNSPECIFIED|DOCUMENTED|IMPLEMENTED|FOLKLORE)$/)
		say("claims", start, id ": \"" requirement "\" is no " \
		    "requirement word")
	if (promiser !~ \
	    /^(POSIX|LINUX|FREEBSD|NETBSD|OPENBSD|DRAGONFLY|MACOS|PEOPLE)$/)
		say("claims", start, id ": \"" promiser "\" is nobody who promises")
	else if ((requirement ~ standard) != (promiser == "POSIX") ||
	    (requirement == "FOLKLORE") != (promiser == "PEOPLE"))
		say("claims", start, id ": " requirement " is no word of " \
		    promiser)
	used[key] = 1
	if (!(key in source))
		say("sources", start, id ": " key " is not in tests/sources.def")
	else if (requirement ~ standard && key !~ /^POSIX_/)
		say("claims", start, id ": the source of " requirement \
		    " is the standard")
	else if (requirement ~ /^(DOCUMENTED|IMPLEMENTED)$/ &&
	    (requirement == "IMPLEMENTED") != (cited[key] ~ / source$/))
		say("claims", start, id ": source code is the source of " \
		    "IMPLEMENTED alone")
	if (list[1] ~ /[^ \t]/)
		has_sections[key] = 1
	else if (requirement == "FOLKLORE")
		without[id] = key
	else
		say("claims", start, id ": the section is empty")
	if (list[2] ~ /^[ \t]*$/)
		say("claims", start, id ": the text is empty")
	else if (list[2] !~ /[.!?)\001]$/)
		say("claims", start, id ": the text is not a sentence: no full " \
		    "stop")
}

function finish() {
	if (open == "SOURCE")
		end_source()
	else if (open == "CLAIM")
		end_claim()
	else if (open == "RETIRED") {
		words(entry, word)
		retired[word[1]] = 1
		if (strings(entry, list) != 1)
			say("claims", start, word[1] ": not RETIRED(ID, \"why\")")
	}
	if (open != "")
		remark = 0
	open = ""
}

# Columns, with a tab up to the next eighth.
function width(text,  columns, at) {
	while ((at = index(text, "\t")) > 0) {
		columns += at - 1
		columns += 8 - columns % 8
		text = substr(text, at + 1)
	}
	return columns + length(text)
}

BEGIN {
	standard = "^(SHALL|SHOULD|MAY|UNSPECIFIED)$"
}

FNR == 1 {
	if (open != "")
		say(of_sources ? "sources" : "claims", start, "is not closed")
	finish()
	file = FILENAME
	remark = comment = 0
	of_sources = file ~ /sources\.def$/
}

# An address cannot be broken.
file !~ /retired/ && width($0) > 80 &&
    $0 !~ /^[ \t]*"https:[^ ]*"\)?$/ {
	say(of_sources ? "sources" : "claims", FNR, "more than 80 columns")
}

# Comments stand between entries.
open == "" && (comment || /^[ \t]*\/\*/) {
	if (/^\/\* Not known: /)
		remark = 1
	comment = !/\*\//
	if (comment || /\*\/[ \t]*$/)
		next
}

/^[ \t]*(SOURCE|CLAIM|RETIRED)\(/ {
	if (open != "")
		say(of_sources ? "sources" : "claims", start, "is not closed")
	finish()
	open = $0
	sub(/^[ \t]*/, "", open)
	sub(/\(.*/, "", open)
	start = FNR
	entry = ""
}

open == "" {
	if (/[^ \t]/)
		say(of_sources ? "sources" : "claims", FNR, "is neither an " \
		    "entry nor a comment")
	next
}

/^[ \t]*$/ {
	say(of_sources ? "sources" : "claims", FNR, "a blank line in an entry")
}

{
	line = $0
	sub(/^[ \t]+/, "", line)
	entry = entry line
	if (line ~ /\)[ \t]*$/)
		finish()
}

END {
	finish()
	if (of == "sources")
		for (i = 1; i <= key_count; i++)
			if (!(keys[i] in used))
				print source[keys[i]] ": no claim's source is " \
				    keys[i]
	if (of == "claims")
		for (id in without)
			if (without[id] in has_sections)
				print claim[id] ": " id ": the section is " \
				    "empty, though " without[id] " has sections"
}
