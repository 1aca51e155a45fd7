#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The rules of ci/lint on functions fail on what they are there to find, as those
# in ci/lint.bats do.

bats_require_minimum_version 1.5.0

load lint-sample

@test "sizes: a file of more than 700 lines, whatever is in it" {
  for file in helpers/a.c ci/script ci/a.bats reports/style.css README.md; do
    yes '/* A line. */' | head -n 700 >$file
    "$lint" -C . sizes
    echo '/* Another. */' >>$file
    finds sizes "$file:701: 701 lines in a file, of 700 at most"
    rm $file
  done
}

@test "sizes: tables, and what is recorded or generated, may be longer" {
  mkdir -p platform/known platform/recorded reports/published reports/schema
  for file in platform/known/any.tsv platform/recorded/matrix.txt \
    tests/claims.d/a.def platform/flags.list platform/flags.inc \
    reports/published/index.html reports/schema/report.json; do
    yes 'a line' | head -n 701 >$file
  done
  { printf '\177ELF\n' && yes 'a line' | head -n 701; } >tests/good_test
  "$lint" -C . sizes
}

@test "sizes: a function of more than 60 lines" {
  # The name, two braces, 57 lines.
  yes '	x++;' | head -n 57 | function_in helpers/a.c $'int\na(int x)'
  "$lint" -C . sizes
  yes '	x++;' | head -n 58 | function_in helpers/a.c $'int\na(int x)'
  finds sizes 'helpers/a.c:4: 61 lines in a(), of 60 at most'
  # Not a table; and conditionals do not hide where a function ends.
  {
    printf '%s\nstatic int a[] = {\n' "$spdx"
    yes '	1,' | head -n 80
    printf '};\n\n#if X\nint\nb(void)\n{\n#else\nint\nb(int x)\n{\n#endif\n}\n'
    printf '\nint\nc(void)\n{\n'
    yes '	x++;' | head -n 80
    printf '}\n'
  } >helpers/a.c
  run "$lint" -C . sizes
  [ "${#lines[@]}" -eq 3 ]
  [ "${lines[2]}" = '# helpers/a.c:97: 83 lines in c(), of 60 at most' ]
}

# A function of that head and foot, with $3 lines between them, in file $4.
long() {
  { printf '#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\n%b\n' "$1"
    yes '  echo x' | head -n "$3"
    printf '%b\n' "$2"; } >"$4"
}

@test "sizes: a function of a shell, a test, a function of awk" {
  while read -r file head; do
    long "$head" '}' 58 "$file"
    "$lint" -C . sizes
    long "$head" '}' 59 "$file"
    name=${head#@test }
    name=${name#function }
    finds sizes "$file:3: 61 lines in ${name% \{}, of 60 at most"
    rm "$file"
  done <<'F'
ci/script a() {
ci/script a_b() {
ci/a.bash a() {
ci/a.bats a() {
ci/a.bats @test "a (b) { c" {
ci/a.awk function a() {
F
}

@test "sizes: ways to begin and to end a function, and what is none" {
  for head in 'function a {' 'a () { # Long.' 'a()\n{'; do
    long "$head" '}' 60 ci/script
    finds sizes 'ci/script:3: 6'
  done
  long 'a() (' ')' 60 ci/script
  finds sizes 'ci/script:3: 62 lines in a(), of 60 at most'
  long 'a() {' '} >x' 60 ci/script
  finds sizes 'ci/script:3: 62 lines in a(), of 60 at most'
  # A bracket of a here-document, or further in, is not its end; without any it
  # lasts to the next.
  long 'a() {\n  cat <<C\n}\nC\n  b() {\n  }' '}' 60 ci/script
  finds sizes 'ci/script:3: 67 lines in a(), of 60 at most'
  long 'a() {' '  }\nb() {\n}' 60 ci/script
  finds sizes 'ci/script:3: 62 lines in a(), of 60 at most'
  # What is not in a function, a call, and a file that is not a script.
  for head in 'a() {\n}' 'a() { :; }' 'a' '# a() {' '{' "b <<C\na() {\nC" \
    'a() {\n  echo $((1 << b)) "1 << b"\n}' 'a() {\n  b <<< c\n}'; do
    long "$head" '}' 60 ci/script
    "$lint" -C . sizes
  done
  long 'a() {' '}' 60 README.md
  sed -i 1d README.md
  rm ci/script
  "$lint" -C . sizes
}

@test "twins: a body again, laid out and remarked upon in another way" {
  function_in helpers/a.c $'int\na(int x)' <<<$'\tx = x * 2; /* Twice. */\n\treturn x;'
  function_in tests/b_test.c $'int\nb(int x)' <<<$'\tx = x*2;\n\n\t/* It. */\n\treturn\n\t    x;'
  finds twins 'tests/b_test.c:4: b() is a() again, at helpers/a.c:4'
  # In one file, and of three.
  cp helpers/a.c reports/a.c
  sed -n '3,$p' tests/b_test.c >>reports/a.c
  finds twins 'reports/a.c:4: a() is a() again, at helpers/a.c:4'
  finds twins 'reports/a.c:10: b() is a() again, at helpers/a.c:4'
}

@test "twins: names that mean nothing outside are no difference" {
  function_in helpers/a.c $'size_t\nlen(const char *s, int (*f)(int), char t[static 2])' <<'C'
	const char *p = s, *q;
	struct s *(*g)(void) = NULL;
	for (size_t i = 0; i < 2; i++)
		goto out;
out:
	q = t + f(1) + g()->p;
	return (size_t)(p - q) + len(s, f, t);
C
  sed -e 's/\bs\b/string/g' -e 's/struct string/struct s/' -e 's/\bf\b/call/g' \
    -e 's/\bt\b/text/g' -e 's/\bp\b/from/g' -e 's/>from/>p/' -e 's/\bq\b/to/g' \
    -e 's/\bi\b/n/g' -e 's/\blen\b/size/g' -e 's/\bout\b/end/g' \
    -e 's/\bg\b/get/g' helpers/a.c >ci/b.c
  run ! grep -wE 'len|f|t|q|i|out|g' ci/b.c
  finds twins 'helpers/a.c:4: len() is size() again, at ci/b.c:4'
}

@test "twins: an unused parameter is no difference, and one line is a body" {
  function_in platform/a.c $'int\na(int x)' <<<$'\t(void)x;\n\treturn ENOTSUP;'
  function_in platform/b.c $'int\nb(int x, int y)' <<<$'\t(void)x;\n\t(void)y;\n\treturn ENOTSUP;'
  finds twins 'platform/b.c:4: b() is a() again, at platform/a.c:4'
}

# The same function again, its body written in two ways.
twice() {
  function_in helpers/a.c $'int\na(int x, struct s *p)' <<<"$1"
  function_in helpers/b.c $'int\nb(int y, struct s *p)' <<<"$2"
}

@test "twins: what can be written in several ways" {
  while IFS=@ read -r one other; do
    twice "$one" "$other"
    finds twins 'helpers/b.c:4: b() is a() again, at helpers/a.c:4' || {
      echo "taken for two: $one @ $other"
      return 1
    }
  done <<'T'
return f(0);@return f((0));
return f(x) == 2;@return (f((y)) == (2));
f(x); return x + 2;@f((y)); return (y + 2);
while (f(x)) g(x);@while (f(y)) { g(y); }
for (;;) f(x);@for (;;) { f(y); }
if (f(x)) return 2; else return 3;@if (f(y)) { return 2; } else { return 3; }
if (f(x)) for (;;) g(x);@if (f(y)) { for (;;) { g(y); } }
do f(x); while (x);@do { f(y); } while (y);
if (x) f(2); else if (g(x)) f(3);@if (y) { f(2); } else { if (g(y)) f(3); }
while (f(x)) ;@while (f(y)) { }
int n = 0; f(&n);@int n; n = 0; f(&n);
int n = x, m; f(n, &m);@int m, k; k = y; f(k, &m);
int n; char *s; f(&n, &s);@char *s; int n; f(&n, &s);
for (int i = 0; i < x; i++) f(i);@int i; for (i = 0; i < y; i++) f(i);
const char *s = "a"; f(s);@const char *s; s = "a"; f(s);
size_t (*g)(int) = f; g(x);@size_t (*h)(int); h = f; h(y);
(void)p; return f(x);@return f(y);
T
}

@test "twins: what only looks as if it could be written so" {
  while IFS=@ read -r one other; do
    twice "$one" "$other"
    "$lint" -C . twins || {
      echo "taken for one: $one @ $other"
      return 1
    }
  done <<'T'
return (x + 2) * 3;@return y + 2 * 3;
return x == (x == 2);@return y == y == 2;
f((x, 2));@f(y, 2);
f((size_t)x);@f(y);
return sizeof(x);@return (y);
if (x) { if (f(x)) g(x); } else h(x);@if (y) { if (f(y)) g(y); else h(y); }
while (f(x)) { g(x); h(x); }@while (f(y)) g(y); h(y);
static int n = 0; return f(&n);@static int n; n = 0; return f(&n);
int n; f(&n);@long n; f(&n);
int n[2]; f(n);@int n[3]; f(n);
int n = 0; f(n);@int n = 2; f(n);
int *n; f(&n);@int n; f(&n);
f(*p); g(x);@g(y); f(*p);
int n = f(x); g(x);@int n; g(y); n = f(y);
if (x) f(2); g(x);@if (y) { f(2); g(y); }
T
}

@test "twins: what differs in an effect is no twin" {
  body() {
    function_in "$1" $'int\na(int x)' <<<"$2"
  }
  # A string, a number, what is called, a member, a directive, a cast.
  body helpers/a.c '	say("a"); return b(x).c + 1;'
  body helpers/b.c '	say("b"); return b(x).c + 1;'
  body helpers/c.c '	say("a"); return b(x).c + 2;'
  body helpers/d.c '	say("a"); return c(x).c + 1;'
  body helpers/e.c '	say("a"); return b(x).d + 1;'
  body helpers/f.c $'\tsay("a");\n#if X\n\treturn b(x).c + 1;\n#endif'
  body helpers/g.c '	say("a"); (void)b; return b(x).c + 1;'
  # Two of one type used the other way round.
  function_in helpers/h.c $'int\na(int x, int y)' <<<'	return x - y / x;'
  function_in helpers/i.c $'int\na(int x, int y)' <<<'	return x - y / y;'
  # Declarations, tables and calls are no bodies.
  printf 'int a(int x);\nint t[] = { 1 };\nint u[] = { 1 };\nE(x)\nE(x)\n' >helpers/j.c
  "$lint" -C . twins
}

@test "twins: nothing, and a value that C itself names, are no bodies" {
  for body in '' '	return 0;' '	return (0);' '	return -1;' '	return NULL;' '	return true;' \
    '	(void)x;' '	(void)x; return false;'; do
    function_in helpers/a.c $'int\na(int x)' <<<"$body"
    function_in helpers/b.c $'int\nb(int x)' <<<"$body"
    "$lint" -C . twins
  done
  for body in '	return 2;' '	return x;' '	return &x;' '	x++;' '	;'; do
    function_in helpers/a.c $'int\na(int x)' <<<"$body"
    function_in helpers/b.c $'int\nb(int y)' <<<"${body//x/y}"
    finds twins 'helpers/b.c:4: b() is a() again, at helpers/a.c:4'
  done
}
