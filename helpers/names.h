/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for numbers, so that no message of the suite shows a bare number
 * where <errno.h>, <signal.h> or <sys/mman.h> have a word for it.
 */
#ifndef HELPERS_NAMES_H
#define HELPERS_NAMES_H

#include <sys/types.h>
#include <sys/mman.h>

#include <stddef.h>

/* Protections as rows and bodies write them. */
#define NONE PROT_NONE
#define R    PROT_READ
#define W    PROT_WRITE
#define X    PROT_EXEC
#define RW   (PROT_READ | PROT_WRITE)
#define RX   (PROT_READ | PROT_EXEC)
#define RWX  (PROT_READ | PROT_WRITE | PROT_EXEC)

/*
 * The errno's macro name ("EINVAL"), or "errno N" in a static buffer for a
 * value that POSIX.1-2024 <errno.h> does not list.  Where EOPNOTSUPP has the
 * value of ENOTSUP it is "ENOTSUP", and likewise EWOULDBLOCK is "EAGAIN".
 */
const char *names_errno(int error);

/* The same, and "ok" for 0. */
const char *names_result(int error);

/* The value of any of these names; 0: POSIX.1-2024 lists no such name. */
int names_errno_value(const char *name, size_t length);

/* "SIGSEGV", or "signal N" in a static buffer. */
const char *names_signal(int signo);

/* The value of a signal's name; 0: none of those a mapping can raise. */
int names_signal_value(const char *name, size_t length);

/*
 * si_code as in POSIX.1-2024 <signal.h>, without its prefix: "MAPERR",
 * "ACCERR", "ADRALN", "ADRERR", "OBJERR", or "code N" in a static buffer.
 */
const char *names_code(int signo, int code);

/* "NONE", "R", "RW", "RWX", ... ; further bits are added in hexadecimal. */
const char *names_prot(int prot);

#endif
