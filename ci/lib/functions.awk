# SPDX-License-Identifier: BSD-2-Clause
#
# Prints the functions that C files define, a line for each, of six columns
# with a tab between them: file, line of the name, line of the closing brace,
# name, "beside" if something stands before the name on its line and "own" if
# not, body.
#
# A body is its tokens, so that comments and white space make no difference.
# Neither do names that mean nothing outside: the function's own, those of its
# parameters, variables and labels are numbered in the order of their use.
# Strings, members and whatever stands elsewhere keep theirs.  What can be
# written in several ways is written in one: what a condition or a loop governs
# is in braces; parentheses around a whole expression, a number or a name are
# gone; variables are declared at the end, and an initial value is an
# assignment.  "(void)x;", which only says that a parameter is not used, is left
# out.

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
	placed = head_line[first - 2] == name_line ? "beside" : "own"
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

# Whether what stands in the parentheses at start in kept and at token i needs
# none: a number, a name of the function's own, or the whole of an expression.
function is_redundant(start, i,  before, j, level) {
	before = start == 1 ? "{" : kept[start - 1]
	if (size == start + 1 && (kept[size] in own ||
	    kept[size] ~ /^([0-9"'].*|NULL|true|false)$/) &&
	    (before ~ /^(return|case)$/ || before !~ /^[])A-Za-z_]/))
		return 1
	if (size == start || before !~ /^(return|[[(,=?{};])$/ ||
	    token[i + 1] !~ /^[];),]$/ || (before == "=" &&
	    kept[start - 2] ~ /^[=!<>]$/))
		return 0
	for (j = start + 1; j <= size; j++)
		if (kept[j] ~ /^[[({]$/)
			level++
		else if (kept[j] ~ /^[])}]$/)
			level--
		else if (kept[j] == "," && level == 0)
			return 0
	return 1
}

function drop_parentheses(  i, j, level, start) {
	size = 0
	for (i = 1; i <= tokens; i++) {
		if (token[i] == "(")
			start[++level] = size + 1
		else if (token[i] == ")" && level > 0 &&
		    is_redundant(start[level--], i)) {
			for (j = start[level + 1]; j < size; j++)
				kept[j] = kept[j + 1]
			size--
			continue
		}
		kept[++size] = token[i]
	}
	for (i = 1; i <= size; i++)
		token[i] = kept[i]
	tokens = size
	token[tokens + 1] = ""
}

function number_of(word) {
	if (!(word in number)) {
		number[word] = ++numbers
		numbered[numbers] = word
	}
	return "@" number[word]
}

# Tokens i to last in the words of a body.
function spell(i, last,  said) {
	for (; i <= last; i++)
		said = said (is_word(token[i]) && token[i] in own &&
		    (i == 1 || token[i - 1] !~ /^(\.|->|struct|union|enum)$/) ? \
		    number_of(token[i]) : token[i]) " "
	return said
}

# Index of the first of the marks from i on, or else of the bracket that closes
# what i is in.
function end_of(i, marks,  level) {
	for (; i <= tokens; i++) {
		if (level == 0 && index(marks, token[i]) > 0)
			break
		if (token[i] ~ /^[[({]$/)
			level++
		else if (token[i] ~ /^[])}]$/ && --level < 0)
			break
	}
	return i
}

# Index of the name in the declarator at i; 0 if that is none.
function name_in(i,  pointed) {
	for (; token[i] ~ /^(\*|const|volatile|restrict)$/; i++)
		;
	if (token[i] == "(" && token[i + 1] == "*") {
		pointed = 1
		i += 2
	}
	return token[i] in own && (token[i + 1] ~ /^[=,;[]$/ ||
	    (pointed && token[i + 1] == ")" && token[i + 2] ~ /^[([]$/)) ? i : 0
}

# Puts the assignments that the declaration at i makes, joined by the mark, and
# keeps the rest for put_kinds().  Index of what ended it; 0 if it is none.
function put_declaration(i, mark,  from, type, at, last, assigned) {
	if (token[i] ~ /^(return|goto|case|else|do|sizeof|break|continue)$/)
		return 0
	for (from = i; is_word(token[i]) && (i == from || !name_in(i)); i++)
		;
	if (i == from || !name_in(i))
		return 0
	type = spell(from, i - 1)
	for (; (at = name_in(i)) > 0; i = last + 1) {
		last = end_of(i, "=,;")
		if (!(token[at] in kind))
			declared[++declarations] = token[at]
		from = type spell(i, at - 1) "@ " spell(at + 1, last - 1)
		if (index(kind[token[at]], from) == 0)
			kind[token[at]] = kind[token[at]] from "| "
		if (token[last] == "=") {
			body = body (mark == "," && assigned++ ? ", " : "") \
			    (type ~ /static / ? "static " : "") spell(at, at)
			from = last
			last = end_of(from + 1, ",;")
			body = body spell(from, last - 1) \
			    (mark == ";" ? "; " : "")
		}
		if (token[last] != ",")
			break
	}
	return last
}

function put_kinds(  i) {
	for (i = 1; i <= declarations; i++)
		number_of(declared[i])
	for (i = 1; i <= numbers; i++)
		if (numbered[i] in kind)
			body = body "@" i " " kind[numbered[i]]
}

# What a condition or a loop governs.
function put_governed(i) {
	body = body "{ "
	if (token[i] == "{")
		i = put_block(i + 1)
	else if (token[i] == ";")
		i++
	else
		i = put_statement(i)
	body = body "} "
	return i
}

function put_block(i) {
	while (i <= tokens && token[i] != "}")
		i = put_statement(i)
	return i + 1
}

# Puts the statement at i; index of what follows it.
function put_statement(i,  is, last) {
	is = token[i]
	if (is_unused(i))
		return i + 5
	if (is == "{") {
		body = body "{ "
		i = put_block(i + 1)
		body = body "} "
	} else if (is ~ /^(if|while|for|switch)$/ && token[i + 1] == "(") {
		body = body is " ( "
		i += 2
		last = end_of(i, "")
		if (is == "for" && (is = put_declaration(i, ",")) > 0)
			i = is
		body = body spell(i, last)
		i = put_governed(last + 1)
	} else if (is == "else" || is == "do") {
		body = body is " "
		i = put_governed(i + 1)
	} else if (is ~ /^#/) {
		body = body is " "
		i++
	} else if (is == "case" || (is_word(is) && token[i + 1] == ":")) {
		last = end_of(i, ":")
		body = body spell(i, last)
		i = last + 1
	} else if ((last = put_declaration(i, ";")) > 0) {
		i = last + 1
	} else {
		last = end_of(i, ";")
		body = body spell(i, last - 1) "; "
		i = last + 1
	}
	return i
}

function finish(  i, before) {
	token[tokens + 1] = ""
	for (i = 1; i <= tokens; i++) {
		before = i == 1 ? "{" : token[i - 1]
		if (before ~ /^[{};]$/ || (before == "(" &&
		    token[i - 2] == "for"))
			take_declaration(i)
		else if (before == "goto")
			own[token[i]] = 1
	}
	drop_parentheses()
	split("", number)
	split("", kind)
	numbers = declarations = 0
	body = ""
	for (i = 1; i <= tokens; )
		i = put_statement(i)
	put_kinds()
	print FILENAME "\t" name_line "\t" FNR "\t" name "\t" placed "\t" body
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
