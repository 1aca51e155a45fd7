/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault library: named defects of a kernel, injected between a program
 * and libc by preloading.  A fault is a row of a table (*.def, rows.h): which
 * calls it spoils, how, what a kernel with this defect does, and where the
 * defect was seen; the functions are in faults_*.c.
 *
 * Environment:
 *	MMAPCHECK_FAULT		name of the fault; unset: none
 *	MMAPCHECK_FAULT_NTH	spoil only that call (from 1), counted over the
 *				process and its children
 *	MMAPCHECK_FAULT_FLAGS	spoil only mmap with exactly these flags
 *	MMAPCHECK_FAULT_ANY	1: spoil every call made by the program itself,
 *				for programs other than the suite's
 *	MMAPCHECK_FOREIGN	a flag that Linux lacks: it is there, as are
 *				those of the system that it is of (foreign.h)
 *	MMAPCHECK_FAULT_TRACE	file to which each call is appended, as a line
 *				"NAME FLAGS ERRNO TRAITS"
 *
 * In a program that exports call_under_test (helpers/call.c) a call is
 * spoilt only while that is set.  Calls that libc makes for itself never are:
 * they do not pass here, or come from outside the program's text.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_call {
	/* Spoilt while under test. */
	FAULT_MMAP,
	FAULT_MUNMAP,
	FAULT_MPROTECT,
	FAULT_MSYNC,
	FAULT_MLOCK,
	FAULT_MLOCK2,
	FAULT_MUNLOCK,
	FAULT_MLOCKALL,
	FAULT_MUNLOCKALL,
	FAULT_MINCORE,
	FAULT_MADVISE,
	FAULT_POSIX_MADVISE,
	FAULT_MREMAP,
	FAULT_REMAP_FILE_PAGES,
	FAULT_SHM_OPEN,
	FAULT_SHM_UNLINK,
	FAULT_MEMFD_CREATE,
	FAULT_PKEY_MPROTECT,
	FAULT_MSEAL,
	FAULT_PROCESS_MADVISE,
	FAULT_MQUERY, /* OpenBSD's, foreign.h */
	/* Spoilt when the program makes them: what mappings depend on. */
	FAULT_FORK,
	FAULT_EXEC,
	FAULT_CLOSE,
	FAULT_FTRUNCATE,
	FAULT_PREAD,
	FAULT_WRITE,
	FAULT_FSTAT,
	FAULT_SYSCONF,
	FAULT_SIGNAL,
	FAULT_SBRK,
	FAULT_MALLOC,
	FAULT_FREE,
	FAULT_SHMAT,
	FAULT_DUP2,
	FAULT_OPEN,
	FAULT_VIEW,
	FAULT_UNLINK,
	FAULT_GETRUSAGE,
	FAULT_SETRLIMIT,
	FAULT_PRCTL,
	FAULT_STATVFS,
	FAULT_PWRITE,
	FAULT_FSYNC,
	FAULT_FCNTL,
	FAULT_FCHMOD,
	FAULT_READ,
	FAULT_CLONE,
	FAULT_READV,
	FAULT_RECV,
	FAULT_COPY,
	FAULT_SENDFILE,
	FAULT_SPLICE,
	FAULT_FALLOCATE,
	FAULT_LSEEK,
	/* Not a call: the program is built against a spoilt header. */
	FAULT_HEADER,
	/* Any of the calls spoilt while under test. */
	FAULT_TESTED,
	FAULT_CALLS
};

/* Arguments of any of the calls; what a call has not, it leaves 0. */
struct fault_args {
	void *addr;
	size_t length;
	int prot; /* also oflag */
	int flags; /* also advice, msync flags, sysconf name, signal, file seen */
	int fd;
	off_t offset;
	size_t new_length;
	void *new_addr;
	void *buffer; /* vector, buffer of read or write, struct stat */
	const char *name;
	mode_t mode;
};

/*
 * What a call is like: a fault may need some of it, and is run against those
 * cases only that make such a call.
 */
enum fault_trait {
	HAS_ADDRESS = 1 << 0, /* not NULL */
	ODD_ADDRESS = 1 << 1, /* not a multiple of the page size */
	ODD_LENGTH = 1 << 2,
	ODD_OFFSET = 1 << 3,
	HAS_OFFSET = 1 << 4, /* a whole page or more */
	LONG = 1 << 5,       /* more than a page */
	READS = 1 << 6,      /* PROT_READ is asked for */
	WRITES = 1 << 7,
	READS_NOT = 1 << 8,
	WRITES_NOT = 1 << 9,
	JUMPS_NOT = 1 << 10,
	ACCESSIBLE = 1 << 11, /* some protection but PROT_NONE */
	IS_MAPPED = 1 << 12,  /* close, ftruncate, unlink: of a mapped file */
	SHRINKS = 1 << 13,    /* ftruncate, mremap */
	GROWS = 1 << 14,
	SUCCEEDS = 1 << 15, /* without a fault */
	FAILS = 1 << 16,
	LACKS_ADDRESS = 1 << 17,
	OF_FREEBSD = 1 << 18, /* flags are that system's, foreign.h */
	OF_NETBSD = 1 << 19,
	OF_OPENBSD = 1 << 20,
	OF_MACOS = 1 << 21
};
/* Known only after the call. */
#define FAULT_RESULTS (SUCCEEDS | FAILS)

/* Files of the kernel's view, as flags of FAULT_VIEW. */
enum fault_file {
	FILE_MAPS = 1 << 0,
	FILE_SMAPS = 1 << 1,
	FILE_STATUS = 1 << 2,
	FILE_MEMINFO = 1 << 3,
	FILE_HUGEPAGES = 1 << 4,
	FILE_OTHER = 1 << 5
};

struct fault {
	const char *name;
	enum fault_call call;
	/* Makes the call, or something else; result and errno as of it. */
	long (*act)(const struct fault *fault, struct fault_args *args);
	/* What the program opens in place of a path; NULL: the path. */
	const char *(*lead)(const char *path);
	int with;           /* flags that must all be given */
	int without;        /* flags none of which may be given */
	int within;         /* flags one of which must be given; 0: none */
	int only;           /* what the flags must be; 0: no matter */
	int needs;          /* traits that the call must all have */
	int error;          /* an errno that must be due; 0: no matter */
	int from;           /* a number for act; of generic faults, the calls */
	int to;             /* an errno, a flag or another number for act */
	bool unsteady;      /* may go unseen by luck: no proof of a case */
	const char *defect; /* what a kernel with this defect does */
	const char *field;  /* where it was seen, or what makes it likely */
};

/* What a row of rows.h is here. */
#define FAULT(name_, sentence, field_, ...) \
	{ .name = #name_, .defect = sentence, .field = field_, __VA_ARGS__ },
#define UNSTEADY(name_, sentence, field_, ...) \
	{ .name = #name_,                      \
		.defect = sentence,            \
		.field = field_,               \
		.unsteady = true,              \
		__VA_ARGS__ },

/* The tables, each ended by a row without a name. */
extern const struct fault fault_results[];   /* results and errnos */
extern const struct fault fault_placement[]; /* where, how much */
extern const struct fault fault_remap[];     /* mremap, remap_file_pages */
extern const struct fault fault_memory[];    /* contents, sharing, rights */
extern const struct fault fault_locks[];     /* locks, residency */
extern const struct fault fault_protect[];   /* mprotect, policies */
extern const struct fault fault_advice[];    /* madvise */
extern const struct fault fault_process[];   /* fork, exec, close, signals */
extern const struct fault fault_files[];     /* files, facts */
extern const struct fault fault_objects[];   /* names, seals */
extern const struct fault fault_view[];      /* /proc, the heap */
extern const struct fault fault_sync[];      /* msync, past mappings */
extern const struct fault fault_foreign[];   /* flags that Linux lacks */
extern const struct fault fault_generic[];   /* on whichever call */

/* All of them, and NULL. */
extern const struct fault *const fault_tables[];

/* As they are called in traces, tables and lists. */
extern const char *const fault_call_names[FAULT_CALLS];

/* The call that is being spoilt. */
enum fault_call fault_current(void);

/* The fault that was asked for; NULL: none. */
const struct fault *fault_chosen(void);

/* Makes the call itself, past this library. */
long fault_real(enum fault_call call, struct fault_args *args);

/* Says 0 and does nothing; says -1 with the errno of the fault's member to. */
long fault_nothing(const struct fault *fault, struct fault_args *args);
long fault_fail(const struct fault *fault, struct fault_args *args);

/* Makes the call without, or with, the flags of the fault's member to. */
long fault_drop_flag(const struct fault *fault, struct fault_args *args);
long fault_add_flag(const struct fault *fault, struct fault_args *args);

/*
 * Room for the fault that was asked for, which is one: what is locked by a
 * program as a whole must not grow with the number of faults.
 */
extern unsigned char fault_scratch[1 << 20];

/* The page size, truthfully. */
size_t fault_page(void);

/* Length in whole pages' bytes. */
size_t fault_round(size_t length);

/* A mapping that a call under test made and nobody has unmapped. */
struct fault_range {
	unsigned char *start;
	size_t length;
	int prot;
	int flags;
	int fd; /* as given; it may be closed now */
	off_t offset;
	dev_t device; /* of the file, 0 if none */
	ino_t inode;
};

/* Calls visit for each of them. */
void fault_ranges(void (*visit)(struct fault_range *range));

/* The range that holds addr; NULL: none. */
struct fault_range *fault_range_of(const void *addr);

/* For a fault of signals: what the handler is told instead. */
struct fault_signal {
	int signo;
	int code;
	void *addr;
	bool swallow; /* let the access go through, on a page of zeros */
};
void fault_signal(const struct fault *fault, struct fault_signal *signal);

#endif
