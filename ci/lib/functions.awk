# SPDX-License-Identifier: BSD-2-Clause
#
# Prints the functions that C files define, a line for each, of five columns
# with a tab between them: file, line of the name, line of the closing brace,
# name, body.
#
# A body is its tokens, so that comments and white space make no difference.
# Neither do names that mean nothing outside: the function's own, those of its
# parameters, variables and labels are numbered in the order of their use.
# Strings, members and whatever stands elsewhere keep theirs.  "(void)x;", which
# only says that a parameter is not used, is left out.

function reset() {
	depth = 0
	heads = 0
	tokens = 0
	inside = 0
	comment = 0
	directive = ""
}

function is_word(token) {
	return token ~ /^[A-Za-z_]/
}

# Index of the parenthesis that the one at index last of head closes.
function opening(last,  i, level) {
	for (i = last; i > 0; i--) {
		if (head[i] == ")")
			level++
		else if (head[i] == "(" && --level == 0)
			return i
	}
	return 0
}

# Finds the name, and the parameters, in what stands before a brace; 0 when that
# is no function's.
function take_head(  last, first) {
	last = heads
	first = opening(last)
	while (first > 1 && head[first - 1] == "__attribute__") {
		last = first - 1
		while (last > 0 && head[last] != ")")
			last--
		first = opening(last)
	}
	if (first < 2 || !is_word(head[first - 1]))
		return 0
	name = head[first - 1]
	name_line = head_line[first - 1]
	split("", own)
	own[name] = 1
	take_parameters(first + 1, last - 1)
	return 1
}

# A parameter's name is its last word, or the one after "(*".
function take_parameters(from, to,  i, level, words, found, pointed) {
	for (i = from; i <= to + 1; i++) {
		if (i > to || (level == 0 && head[i] == ",")) {
			if (words > 1 || pointed)
				own[found] = 1
			words = pointed = 0
		} else if (head[i] == "(" || head[i] == "[") {
			level++
			if (head[i + 1] == "*" && is_word(head[i + 2]) &&
			    !pointed) {
				found = head[i + 2]
				pointed = 1
			}
		} else if (head[i] == ")" || head[i] == "]") {
			level--
		} else if (level == 0 && !pointed) {
			if (is_word(head[i]))
				found = head[i]
			words++
		}
	}
}

# Declares what a statement beginning at token i does: words, or words and
# stars, and then a name that an initial value, a size, a comma or the end
# follows.
function take_declaration(i,  words, level, expect) {
	if (token[i] ~ /^(return|goto|case|else|do|sizeof|break|continue)$/)
		return
	expect = 1
	for (; i <= tokens; i++) {
		if (level > 0 || !expect) {
			if (token[i] ~ /^[[({]$/)
				level++
			else if (token[i] ~ /^[])}]$/ && --level < 0)
				return
			else if (level == 0 && token[i] == ",")
				expect = 1
			else if (level == 0 && token[i] == ";")
				return
		} else if (is_word(token[i])) {
			words++
			if (words > 1 && token[i + 1] ~ /^[=,;[)]$/) {
				own[token[i]] = 1
				expect = 0
			}
		} else if (token[i] == "(" && words > 0 &&
		    token[i + 1] == "*" && is_word(token[i + 2]) &&
		    token[i + 3] ~ /^[)[]$/ && token[i + 4] ~ /^[([)]$/) {
			own[token[i + 2]] = 1
			expect = 0
			level++
		} else if (token[i] != "*" || words == 0)
			return
	}
}

# Whether tokens i and on are "(void)x;", as a statement.
function is_unused(i) {
	return token[i] == "(" && token[i + 1] == "void" &&
	    token[i + 2] == ")" && token[i + 3] in own && token[i + 4] == ";"
}

function finish(  i, body, before, number, numbers) {
	token[tokens + 1] = ""
	for (i = 1; i <= tokens; i++) {
		before = i == 1 ? "{" : token[i - 1]
		if (before ~ /^[{};]$/ || (before == "(" &&
		    token[i - 2] == "for"))
			take_declaration(i)
		else if (before == "goto")
			own[token[i]] = 1
	}
	for (i = 1; i <= tokens; i++) {
		before = i == 1 ? "{" : token[i - 1]
		if (before ~ /^[{};]$/ && is_unused(i))
			i += 4
		else if (is_word(token[i]) && token[i] in own &&
		    before !~ /^(\.|->|struct|union|enum)$/) {
			if (!(token[i] in number))
				number[token[i]] = "@" ++numbers
			body = body number[token[i]] " "
		} else
			body = body token[i] " "
	}
	print FILENAME "\t" name_line "\t" FNR "\t" name "\t" body
	inside = 0
	heads = 0
}

function take(text) {
	if (text == "}" && depth > 0 && --depth == 0) {
		if (inside)
			finish()
		heads = 0
		return
	}
	if (text == "{" && depth++ == 0) {
		inside = heads > 0 && head[heads] == ")" && take_head()
		tokens = 0
		return
	}
	if (inside)
		token[++tokens] = text
	else if (depth == 0) {
		if (text == ";")
			heads = 0
		else {
			head[++heads] = text
			head_line[heads] = FNR
		}
	}
}

FNR == 1 {
	reset()
}

# A directive is one token of a body, and no part of a head.
!comment && (directive != "" || /^[ \t]*#/) {
	line = $0
	more = sub(/\\$/, "", line)
	gsub(/[ \t]+/, " ", line)
	directive = directive line
	if (more)
		next
	if (inside)
		take(directive)
	directive = ""
	next
}

# Whatever conditionals did to the count, this is the end of something.
/^}/ && depth > 1 {
	depth = 1
}

{
	line = $0
	while (line != "") {
		if (comment) {
			end = index(line, "*/")
			if (end == 0)
				next
			comment = 0
			line = substr(line, end + 2)
		} else if (match(line, /^[ \t]+/)) {
			line = substr(line, RLENGTH + 1)
		} else if (line ~ /^\/\*/) {
			comment = 1
			line = substr(line, 3)
		} else if (line ~ /^\/\//) {
			next
		} else if (match(line, /^[A-Za-z_][A-Za-z0-9_]*/) ||
		    match(line, /^[0-9][A-Za-z0-9_.]*/) ||
		    match(line, /^"([^"\\]|\\.)*"/) ||
		    match(line, /^'([^'\\]|\\.)*'/) ||
		    match(line, /^->/)) {
			take(substr(line, 1, RLENGTH))
			line = substr(line, RLENGTH + 1)
		} else {
			take(substr(line, 1, 1))
			line = substr(line, 2)
		}
	}
}
