#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Facts that the suite finds by trying, on systems that the tests make up.

bats_require_minimum_version 1.5.0

setup() {
  root=$BATS_TEST_DIRNAME/..
  work=$BATS_TEST_TMPDIR
}

# compile NAME [OPTION...] <SOURCE: to $work/NAME
compile() {
  local name=$1
  shift
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE "$@" -x c -o "$work/$name" -
}

# fact NAME [COMMAND...]: its value in a process started by COMMAND.
fact() {
  local name=$1
  shift
  (cd "$work" && "$@" "$root/tests/system_test" -s "$root/tests" identity) \
    2>/dev/null | sed -n "s/^fact	$name	//p"
}

# Starts a program that is denied memory both writable and executable.
deny_wx() {
  compile deny <<'EOF'
#include <sys/prctl.h>
#include <unistd.h>
int
main(int argc, char **argv)
{
	(void)argc;
	if (prctl(65 /* PR_SET_MDWE */, 1UL, 0UL, 0UL, 0UL) == -1)
		return 77;
	execv(argv[1], argv + 1);
	return 1;
}
EOF
  run "$work/deny" /bin/true
  [ "$status" -ne 77 ] || skip "the kernel knows no PR_SET_MDWE"
}

@test "wx: what this process is denied is told" {
  [ "$(fact wx)" = 1 ] || skip "no memory is both writable and executable here"
  deny_wx
  [ "$(fact wx "$work/deny")" = 0 ]
}

@test "wx: a denial is no finding of the matrix" {
  deny_wx
  for combination in private_anonymous fixed_shared shared_populate; do
    (cd "$work" && "$work/deny" "$root/tests/matrix_test" \
      -s "$root/tests" -r "$work/result" "$combination") >"$work/out" 2>&1
    [ "$(cat "$work/result")" = passed ] || {
      cat "$work/result" "$work/out"
      return 1
    }
  done
}

# max_address is where a request for a fixed page is refused, and the page
# before is not.
@test "max_address: the last page is a program's, the next is not" {
  local end
  end=$(fact max_address)
  [ "$end" != unknown ] || skip "there is no mincore to look with"
  compile at <<'EOF'
#include <sys/mman.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
/* 0: the page is mapped or can be, 1: it cannot. */
int
main(int argc, char **argv)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = (uintptr_t)strtoull(argv[1], NULL, 10);
	void *wanted = (void *)(end + page * (uintptr_t)atoi(argv[2]));
	void *got = mmap(wanted, page, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	(void)argc;
	return got != wanted && errno != EEXIST;
}
EOF
  run -0 "$work/at" "$end" -1
  run -0 "$work/at" "$end" -2
  run -1 "$work/at" "$end" 0
  run -1 "$work/at" "$end" 1
}

# As on a system whose loader says nothing in a static program.
@test "functions: those that are linked are found in a static program" {
  cat >"$work/driver.c" <<'EOF'
#include <sys/mman.h>
#include <stdio.h>
#include "platform/mechanism/functions.h"
void *
dlsym(void *handle, const char *name)
{
	(void)handle;
	(void)name;
	return NULL;
}
int
main(void)
{
	static const struct function linked[] = {
		FUNCTION(mincore),
		{ "absent", NULL },
		NO_FUNCTION,
	};

	if (function_find(linked, "mincore") != (plat_function_type *)mincore)
		return puts("mincore is not found");
	if (function_find(linked, "absent") != NULL ||
	    function_find(linked, "minherit") != NULL)
		return puts("what is not there is found");
	return 0;
}
EOF
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -I"$root" -static \
    -o "$work/driver" "$work/driver.c" "$root/platform/mechanism/functions.c"
  run -0 "$work/driver"
}

@test "aslr: a process whose addresses do not vary says so" {
  command -v setarch >/dev/null || skip "there is no setarch"
  [ "$(fact aslr)" -gt 0 ] || skip "addresses vary in no process here"
  [ "$(fact aslr setarch -R)" = 0 ]
  (cd "$work" && setarch -R "$root/tests/system_test" -s "$root/tests" \
    -r "$work/result" addresses_of_runs) >"$work/out" 2>&1 || :
  [[ $(cat "$work/result") == 'skipped: untested: needs address space'* ]]
}

# What mechanism $1 has from the shim.
asked_by() {
  sed -n '/What the shim tells/,/What the shim may use/p; /^extern /p' \
    "mechanism/$1.h" 2>/dev/null | grep -o "$1_[a-z_]*[[(]" | tr -d '[('
}

# What is wrong with the answers of the systems in directory $1: each function of
# the contract has one, be it in the shim, in a mechanism that its head names, or
# as one that cannot be told.
wrong_answers() {
  local system mechanisms mechanism name
  cd "$1" || return 1
  tr '\n' ' ' <platform.h | sed 's|/\*|\n&|g; s|\*/|&\n|g' |
    grep -v '^/\*' | grep -o 'plat_[a-z_]*(' | tr -d '(' | grep -v _type |
    sort -u >"$work/contract"
  : >"$work/named"
  for system in shim/*.c; do
    mechanisms=$(sed -n '/^ \* mechanisms:/,/^ \*\//s/^ \* \(mechanisms:\)*//p' \
      "$system")
    for mechanism in $mechanisms; do
      echo "mechanism/$mechanism.c" >>"$work/named"
      [ -e "mechanism/$mechanism.c" ] ||
        echo "$system names $mechanism, which is no mechanism"
      for name in $(asked_by "$mechanism"); do
        grep -qE "^([a-z].*[ *])?${name}[[(]" "$system" ||
          echo "$system has no $name for $mechanism"
      done
    done
    {
      sed -n 's/^\(plat_[a-z_]*\)(.*/\1/p' "$system" known/known.c
      for mechanism in $mechanisms; do
        sed -n 's/^\(plat_[a-z_]*\)(.*/\1/p' "mechanism/$mechanism.c"
      done
      sed -n 's/^\(ABSENT\|NONE\)(\([a-z_]*\))$/plat_\2/p' "$system"
    } 2>/dev/null | sort >"$work/answers"
    sort -u "$work/answers" | comm -23 "$work/contract" - |
      sed "s|^|$system does not answer |"
    uniq -d "$work/answers" | sed "s|^|$system answers twice: |"
  done
  # Those that the Makefile has for all systems.
  printf 'mechanism/%s.c\n' world >>"$work/named"
  printf '%s\n' mechanism/*.c | sort | comm -23 - <(sort -u "$work/named") |
    sed 's/$/ is no mechanism of any system/'
}

# The objects among the arguments that need one another.
circle() {
  nm -A -P "$@" | awk '
    { sub(/:$/, "", $1); sub(/\[.*/, "", $1) }
    $3 == "U" { n++; user[n] = $1; used[n] = $2; next }
    $3 ~ /^[A-TV-Z]$/ { home[$2] = $1 }
    END {
      for (i = 1; i <= n; i++)
        if (used[i] in home)
          print user[i], home[used[i]]
    }' | { tsort >/dev/null; } 2>&1
}

@test "of the oracles and what they stand on, no two need each other" {
  command -v tsort >/dev/null || skip "there is no tsort"
  for file in "$root"/platform/oracle/*.c; do
    name=${file##*/}
    compile "${name%.c}.o" -I"$root" -Werror -c <"$file"
  done
  run -0 circle "$work"/oracle*.o
  [ -z "$output" ]
  # What it says when one does.
  compile table.o -c <<<'void a(void); void b(void) { a(); }'
  compile rules.o -c <<<'void b(void); void a(void) { b(); }'
  run circle "$work/table.o" "$work/rules.o"
  [[ $output == *table.o*rules.o* || $output == *rules.o*table.o* ]]
}

# A system that nobody here can build for is still not forgotten.
@test "every system answers every function of the contract, and once" {
  wrong_answers "$root/platform" >"$work/wrong"
  cat "$work/wrong"
  [ ! -s "$work/wrong" ]
  [ "$(grep -c . "$work/contract")" -gt 40 ]
  [ "$(sort -u "$work/named" | grep -c .)" -gt 20 ]
}

@test "an answer that is missing, given twice or promised is seen" {
  mkdir "$work/platform"
  cd "$root/platform"
  cp -R platform.h shim mechanism known "$work/platform"
  cd "$work/platform/shim"
  sed -i '/^ABSENT(dax)$/d; s/^NONE(container)$/&\nABSENT(container)/' netbsd.c
  sed -i 's/^\( \* mechanisms:\) /\1 telepathy sysctl /' openbsd.c
  sed -i 's/^plat_shm_dir(/plat_shm_file(/; s/ lookup / /' dragonfly.c
  sed -i 's/ superblock / /; s/ roles_names\[/ names[/' linux.c
  sed -i 's/^kinfo_finish_usage(/finish_usage(/' openbsd.c
  run wrong_answers "$work/platform"
  for finding in 'shim/netbsd.c does not answer plat_dax' \
    'shim/netbsd.c answers twice: plat_container' \
    'shim/openbsd.c names telepathy, which is no mechanism' \
    'shim/dragonfly.c does not answer plat_shm_dir' \
    'shim/dragonfly.c does not answer plat_region' \
    'shim/linux.c does not answer plat_has_storage' \
    'shim/linux.c has no roles_names for roles' \
    'shim/openbsd.c has no kinfo_finish_usage for kinfo' \
    'mechanism/superblock.c is no mechanism of any system'; do
    printf '%s\n' "${lines[@]}" | grep -qxF "$finding" || {
      printf 'not seen: %s\n' "$finding" "${lines[@]}"
      return 1
    }
  done
  run ! grep -q freebsd <<<"$output"
}

# CONTRIBUTING.md, "Adding a system".
@test "a new system is a copy of one file, and learns by a word or a function" {
  mkdir "$work/port"
  cd "$root"
  cp -R .clang-format Makefile Kyuafile tests helpers platform "$work/port"
  cd "$work/port"
  unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
  make clean >/dev/null
  sed 's/"unknown"/"atlantis"/' platform/shim/unknown.c \
    >platform/shim/atlantis.c
  facts() {
    make -j2 PLATFORM=atlantis CFLAGS='-O0 -Werror' tests/system_test >log 2>&1 ||
      { cat log && return 1; }
    (cd "$work" && port/tests/system_test -s port/tests identity 2>/dev/null)
  }
  # What the copy shares with its model, nobody has to write another time.
  "$root/ci/lint" -C . twins layers conditionals format sizes licence
  facts >"$work/first"
  grep -q '^fact	suite\.platform	atlantis$' "$work/first"
  grep -q '^fact	page_size	[1-9]' "$work/first"
  run ! grep -q '^fact	system\.libc	portlandish' "$work/first"
  # A function in place of a line, and a mechanism in place of another.
  sed -i 's/^ABSENT(libc)$//; s/^ABSENT(uncache)$//
    s/^\( \* mechanisms:.*\) flags/\1 fadvise flags/' platform/shim/atlantis.c
  printf '%s\n' 'int' 'plat_libc(char *buf, size_t size)' '{' \
    '	snprintf(buf, size, "portlandish");' '	return 0;' '}' \
    >>platform/shim/atlantis.c
  facts >"$work/second"
  grep -q '^fact	system\.libc	portlandish$' "$work/second"
  # What is left out is not built.
  sed -i '/^ABSENT(heap)$/d' platform/shim/atlantis.c
  run facts
  [ "$status" -ne 0 ]
  [[ $output == *plat_heap* ]]
}

@test "emulator: valgrind is told apart" {
  command -v valgrind >/dev/null || skip "needs valgrind"
  [ "$(fact emulator)" = none ] || skip "runs on an emulator itself"
  [ "$(fact emulator valgrind -q --tool=none)" = valgrind ]
}
