#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# helpers/names.c: every errno that a standard names has its name, and of two with
# one value the same one is always said.

bats_require_minimum_version 1.5.0

setup_file() {
  export DRIVER=$BATS_FILE_TMPDIR/names
  cat >"$DRIVER.c" <<'C'
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helpers/names.h"

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int value = names_errno_value(argv[i], strlen(argv[i]));

		printf("%s %s\n", argv[i],
		    value == 0 ? "no such name" : names_errno(value));
	}
	printf("%s\n", names_errno(99999));
	return (0);
}
C
  cd "$BATS_TEST_DIRNAME/.." || return 1
  "${CC:-cc}" -std=c11 -D_GNU_SOURCE -I. -o "$DRIVER" "$DRIVER.c" helpers/names.c
}

# POSIX.1-2024 <errno.h>, without those that it reserves for no use (EMULTIHOP,
# ENOLINK), and those that may share their value with one before it.
names='E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF
  EBADMSG EBUSY ECANCELED ECHILD ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK
  EDESTADDRREQ EDOM EDQUOT EEXIST EFAULT EFBIG EHOSTUNREACH EIDRM EILSEQ
  EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE
  ENAMETOOLONG ENETDOWN ENETRESET ENETUNREACH ENFILE ENOBUFS ENODEV ENOENT
  ENOEXEC ENOLCK ENOMEM ENOMSG ENOPROTOOPT ENOSPC ENOSYS ENOTCONN ENOTDIR
  ENOTEMPTY ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENXIO EOVERFLOW EOWNERDEAD
  EPERM EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESOCKTNOSUPPORT
  ESPIPE ESRCH ESTALE ETIMEDOUT ETXTBSY EXDEV'

@test "every errno of POSIX.1-2024 has its name, both ways" {
  # shellcheck disable=SC2086 # words
  run "$DRIVER" $names
  # shellcheck disable=SC2086 # words
  [ "$output" = "$(printf '%s\n' $names | sed 's/.*/& &/' &&
    echo 'errno 99999')" ]
}

@test "two names of one value: both are understood, and POSIX's own is said" {
  [ "$(uname -s)" = Linux ] || skip "unsupported: there they may differ"
  run "$DRIVER" EOPNOTSUPP ENOTSUP EWOULDBLOCK EAGAIN
  [ "$output" = "EOPNOTSUPP ENOTSUP
ENOTSUP ENOTSUP
EWOULDBLOCK EAGAIN
EAGAIN EAGAIN
errno 99999" ]
}

@test "what is no errno is none" {
  run "$DRIVER" EINVALID EINVA "" SIGSEGV
  [ "${lines[0]}" = "EINVALID no such name" ]
  [ "$(printf '%s\n' "${lines[@]}" | grep -c 'no such name')" -eq 4 ]
}
