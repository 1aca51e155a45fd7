/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the fault library itself share; the tables of faults
 * (faults_*.c of a .def) know faults.h only.
 *
 *	library.c		which fault is chosen, what it spoils, the trace
 *	library_real.c		the calls themselves, past this library
 *	library_ranges.c	what was mapped, and what a call is like
 *	library_calls.c		what stands in for libc's functions
 *	library_open.c		open(), and changed copies of the kernel's own files
 *	library_foreign.c	flags that Linux lacks
 *	library_signals.c	sigaction(), and what handlers are told
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <signal.h>

#include "faults.h"

#define EXPORTED __attribute__((visibility("default")))

/* A second name of a function, whatever type a header gives it. */
#define ALSO(name, other) \
	__asm__(".globl " #other "\n\t.set " #other ", " #name)

/* ----- library.c ---------------------------------------------------------- */

/* Constructors of other libraries may call before ours is run. */
void fault_be_ready(void);

/* What a call comes to: spoilt, or made as it is; and traced. */
long fault_enter(
    enum fault_call call, struct fault_args *args, const void *caller);

bool fault_from_program(const void *caller);

/* The program is one of the suite's. */
bool fault_in_suite(void);

/* Whether the chosen fault spoils this call; a call that is counted counts. */
bool fault_spoils(enum fault_call call, const struct fault_args *args);

bool fault_is_tracing(void);
void fault_trace(enum fault_call call, const struct fault_args *args,
    int traits, long result);

/* ----- library_real.c ---------------------------------------------------- */

/* libc's own functions, where no system call does the same. */
struct fault_libc {
	int (*posix_madvise)(void *, size_t, int);
	int (*shm_open)(const char *, int, mode_t);
	int (*shm_unlink)(const char *);
	pid_t (*fork)(void);
	int (*clone)(int (*)(void *), void *, int, void *, ...);
	int (*execvp)(const char *, char *const[]);
	int (*fstat)(int, struct stat *);
	int (*fcntl)(int, int, ...);
	int (*sigaction)(int, const struct sigaction *, struct sigaction *);
	long (*sysconf)(int);
	void *(*sbrk)(intptr_t);
	void *(*shmat)(int, const void *, int);
	int (*getrusage)(int, struct rusage *);
	int (*setrlimit)(int, const struct rlimit *);
	int (*statvfs)(const char *, struct statvfs *);
	int (*fstatvfs)(int, struct statvfs *);
};
extern struct fault_libc fault_libc;

void fault_find_libc(void);

/* ----- library_ranges.c -------------------------------------------------- */

/* A mapping was made, at result; a range is no more. */
void fault_remember(const struct fault_args *args, long result);
void fault_forget(const unsigned char *start, size_t length);

/* All that can be told before the call. */
int fault_traits(enum fault_call call, const struct fault_args *args);

#endif
