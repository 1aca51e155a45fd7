/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "names.h"

struct name {
	int value;
	const char *name;
};

#define NAME(constant)              \
	{                           \
		constant, #constant \
	}

/*
 * POSIX.1-2024 <errno.h>.  Where two names share a value, as it allows for
 * EOPNOTSUPP and EWOULDBLOCK, the first is said.  EMULTIHOP and ENOLINK, which
 * it reserves, are not everywhere.
 */
static const struct name errnos[] = { NAME(E2BIG), NAME(EACCES),
	NAME(EADDRINUSE), NAME(EADDRNOTAVAIL), NAME(EAFNOSUPPORT), NAME(EAGAIN),
	NAME(EALREADY), NAME(EBADF), NAME(EBADMSG), NAME(EBUSY),
	NAME(ECANCELED), NAME(ECHILD), NAME(ECONNABORTED), NAME(ECONNREFUSED),
	NAME(ECONNRESET), NAME(EDEADLK), NAME(EDESTADDRREQ), NAME(EDOM),
	NAME(EDQUOT), NAME(EEXIST), NAME(EFAULT), NAME(EFBIG),
	NAME(EHOSTUNREACH), NAME(EIDRM), NAME(EILSEQ), NAME(EINPROGRESS),
	NAME(EINTR), NAME(EINVAL), NAME(EIO), NAME(EISCONN), NAME(EISDIR),
	NAME(ELOOP), NAME(EMFILE), NAME(EMLINK), NAME(EMSGSIZE),
	NAME(ENAMETOOLONG), NAME(ENETDOWN), NAME(ENETRESET), NAME(ENETUNREACH),
	NAME(ENFILE), NAME(ENOBUFS), NAME(ENODEV), NAME(ENOENT), NAME(ENOEXEC),
	NAME(ENOLCK), NAME(ENOMEM), NAME(ENOMSG), NAME(ENOPROTOOPT),
	NAME(ENOSPC), NAME(ENOSYS), NAME(ENOTCONN), NAME(ENOTDIR),
	NAME(ENOTEMPTY), NAME(ENOTRECOVERABLE), NAME(ENOTSOCK), NAME(ENOTSUP),
	NAME(EOPNOTSUPP), NAME(ENOTTY), NAME(ENXIO), NAME(EOVERFLOW),
	NAME(EOWNERDEAD), NAME(EPERM), NAME(EPIPE), NAME(EPROTO),
	NAME(EPROTONOSUPPORT), NAME(EPROTOTYPE), NAME(ERANGE), NAME(EROFS),
	NAME(ESOCKTNOSUPPORT), NAME(ESPIPE), NAME(ESRCH), NAME(ESTALE),
	NAME(ETIMEDOUT), NAME(ETXTBSY), NAME(EWOULDBLOCK), NAME(EXDEV) };

static const struct name signals[] = { NAME(SIGSEGV), NAME(SIGBUS),
	NAME(SIGILL), NAME(SIGFPE), NAME(SIGTRAP), NAME(SIGKILL), NAME(SIGABRT),
	NAME(SIGALRM), NAME(SIGTERM), NAME(SIGPIPE), NAME(SIGSYS) };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *
name_of(const struct name *names, size_t count, int value)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].value == value)
			return names[i].name;
	return NULL;
}

static int
value_of(
    const struct name *names, size_t count, const char *name, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i].name) == length &&
		    memcmp(names[i].name, name, length) == 0)
			return names[i].value;
	return 0;
}

const char *
names_errno(int error)
{
	static char other[32];
	const char *name = name_of(errnos, LENGTH(errnos), error);

	if (name != NULL)
		return name;
	snprintf(other, sizeof(other), "errno %d", error);
	return other;
}

const char *
names_result(int error)
{
	return error == 0 ? "ok" : names_errno(error);
}

int
names_errno_value(const char *name, size_t length)
{
	return value_of(errnos, LENGTH(errnos), name, length);
}

const char *
names_signal(int signo)
{
	static char other[32];
	const char *name = name_of(signals, LENGTH(signals), signo);

	if (name != NULL)
		return name;
	snprintf(other, sizeof(other), "signal %d", signo);
	return other;
}

int
names_signal_value(const char *name, size_t length)
{
	return value_of(signals, LENGTH(signals), name, length);
}

const char *
names_code(int signo, int code)
{
	static char other[32];

	if (signo == SIGSEGV && code == SEGV_MAPERR)
		return "MAPERR";
	if (signo == SIGSEGV && code == SEGV_ACCERR)
		return "ACCERR";
	if (signo == SIGBUS && code == BUS_ADRALN)
		return "ADRALN";
	if (signo == SIGBUS && code == BUS_ADRERR)
		return "ADRERR";
	if (signo == SIGBUS && code == BUS_OBJERR)
		return "OBJERR";
	snprintf(other, sizeof(other), "code %d", code);
	return other;
}

const char *
names_prot(int prot)
{
	static char text[32];
	int known = PROT_READ | PROT_WRITE | PROT_EXEC;

	if (prot == PROT_NONE)
		return "NONE";
	snprintf(text, sizeof(text), "%s%s%s", prot & PROT_READ ? "R" : "",
	    prot & PROT_WRITE ? "W" : "", prot & PROT_EXEC ? "X" : "");
	if ((prot & ~known) != 0)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s0x%x", text[0] != '\0' ? "|" : "", prot & ~known);
	return text;
}
