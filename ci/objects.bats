#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Objects that cannot be made here, and cells that never end: what else the
# matrix and the other cases decide is decided all the same.

bats_require_minimum_version 1.5.0

setup_file() {
  export RESTRICT=$BATS_FILE_TMPDIR/restrict
  ! [ "$(uname -s)" = Linux ] ||
    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -o "$RESTRICT" \
      "$BATS_TEST_DIRNAME/restrict.c"
}

setup() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  cd "$BATS_TEST_TMPDIR" || return 1
}

# restricted RESTRICTION PROGRAM:CASE: sets result; out is what it printed.
restricted() {
  [ "$(uname -s)" = Linux ] || skip 'untested: restrictions are made on Linux'
  "$RESTRICT" "$1" -- true 2>why || skip "untested: $(cat why)"
  rm -f result
  "$RESTRICT" "$1" -- "$ROOT/tests/${2%:*}" -s "$ROOT/tests" \
    -r result "${2#*:}" >out 2>&1 || :
  result=$(cat result)
  echo "$1 $2: $result"
}

# lost OBJECT REASON: no cell but those of the object is untested, and why.
lost() {
  awk -F '\t' -v object="$1" -v reason="$2" '
    $1 == "cell" && $3 == object { ours++ }
    $1 == "cell" && ($9 == "untested") != ($3 == object) { print; bad = 1 }
    $1 == "cell" && $3 == object && $10 != reason { print; bad = 1 }
    $1 == "cell" && $3 != object { others++ }
    END { exit bad || ours < 5 || others < 40 }' out
}

@test "the matrix loses the cells of what cannot be made, and says why" {
  for combination in none fixed_private shared_anonymous; do
    for errno in EPERM ENOSYS; do
      restricted memfd_create=$errno "matrix_test:$combination"
      [ "$result" = passed ]
      lost memfd "memfd_create: $errno"
      restricted socketpair=$errno "matrix_test:$combination"
      [ "$result" = passed ]
      lost socket "socketpair: $errno"
    done
  done
}

@test "a case that needs what this run is denied is untested" {
  restricted socketpair=EPERM fixed_failure_test:enodev_socket
  [ "$result" = 'skipped: untested: socketpair: EPERM' ]
}

@test "a case that needs what the system does not have is unsupported" {
  restricted socketpair=ENOSYS fixed_failure_test:enodev_socket
  [ "$result" = 'skipped: unsupported: socketpair: ENOSYS' ]
}

# preload NAME <SOURCE: $NAME.so
preload() {
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -shared -fPIC -o "$1.so" -x c - -ldl ||
    skip 'untested: no shared objects can be built here'
}

# As on FreeBSD, where file mappings take the flag and keep ordinary pages: the
# address asked for, a page behind the target, is a multiple of these.
@test "what is put where it was asked for is not expected over the target" {
  preload ordinary <<'C'
#include <sys/mman.h>
#include <dlfcn.h>

void *
mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *(*next)(void *, size_t, int, int, int, off_t) =
	    (void *(*)(void *, size_t, int, int, int, off_t))dlsym(
		RTLD_NEXT, "mmap");

	if (fd >= 0)
		flags &= ~MAP_HUGETLB;
	return next(addr, length, prot, flags, fd, offset);
}

void *
mmap64(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return mmap(addr, length, prot, flags, fd, offset);
}
C
  LD_PRELOAD=$PWD/ordinary.so "$ROOT/tests/matrix_test" -s "$ROOT/tests" \
    -r result fixed_shared_hugetlb >out 2>&1 || :
  line=$(grep '	file-rw	RW	fixed-unaligned	' out) || line=
  echo "$line"
  case $line in
  *'	ok	'*place=exact*) ;;
  *) skip 'untested: no huge pages, or no unaligned address is ordinary here' ;;
  esac
  case $line in
  *old=* | *neighbours=*) return 1 ;;
  esac
}

# Accesses that fault for ever, after the first so many, as on MIPS where what
# is writable and not readable is loaded from.  The alarm comes early.
@test "a cell that hangs is named, and what ran before it is kept" {
  preload hang <<'C'
#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

static struct sigaction theirs;
static int signals;

static void
handle(int signo, siginfo_t *info, void *context)
{
	if (++signals < 10)
		theirs.sa_sigaction(signo, info, context);
}

int
sigaction(int signo, const struct sigaction *new, struct sigaction *old)
{
	int (*next)(int, const struct sigaction *, struct sigaction *) =
	    (int (*)(int, const struct sigaction *, struct sigaction *))dlsym(
		RTLD_NEXT, "sigaction");
	struct sigaction ours;

	if (signo != SIGSEGV || new == NULL)
		return next(signo, new, old);
	ours = theirs = *new;
	ours.sa_sigaction = handle;
	return next(signo, &ours, old);
}

unsigned
alarm(unsigned seconds)
{
	unsigned (*next)(unsigned) =
	    (unsigned (*)(unsigned))dlsym(RTLD_NEXT, "alarm");

	return next(seconds > 0);
}
C
  LD_PRELOAD=$PWD/hang.so "$ROOT/tests/matrix_test" -s "$ROOT/tests" \
    -r result private >out 2>&1 || :
  cat result
  grep -q '^failed: memory of mmap(NULL, [0-9]*, [A-Z]*, PRIVATE, [a-z/ -]*, 0): no return within [0-9]* s at byte [0-9]*, allowed a return$' result
  object=$(sed 's/.*PRIVATE, \([^,]*\),.*/\1/' result)
  [ "$object" != -1 ]
  [ "$(cut -f 3 out | grep -cx none)" -eq 12 ]
}
