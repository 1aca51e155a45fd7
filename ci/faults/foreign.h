/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flags that Linux lacks, as bits that mean nothing to it.  In a program run
 * with MMAPCHECK_FOREIGN=NAME the flags of the system that defines NAME are
 * there, and the calls under test do what they promise, so that the cases about
 * them run here, too, and can be shown to fail.
 */
#ifndef FOREIGN_H
#define FOREIGN_H

#include "faults.h"

/* No case takes flags of two systems, so that they share bits. */
enum {
	FREEBSD_GUARD = 0x200,
	FREEBSD_EXCL = 0x400,
	FREEBSD_NOCORE = 0x800,
	FREEBSD_PREFAULT_READ = 0x1000,
	FREEBSD_NOSYNC = 0x200000,
	FREEBSD_RESERVED = 0x400000, /* the names of two bits are one here */
	FREEBSD_NO_FLAG = 0x800000,  /* one of those that mean nothing */
	NETBSD_WIRED = 0x200,
	NETBSD_TRYFIXED = 0x400,
	OPENBSD_NOFAULT = 0x200,
	OPENBSD_CONCEAL = 0x400,
	OPENBSD_NOREPLACE = 0x800,
	MACOS_JIT = 0x200
};

/* The exponent of MAP_ALIGNED(); 1 is MAP_ALIGNED_SUPER. */
#define FREEBSD_ALIGNMENT_SHIFT  24
#define FREEBSD_ALIGNMENT(flags) ((unsigned)(flags) >> FREEBSD_ALIGNMENT_SHIFT)

/* PROT_MAX(), in a protection. */
#define FREEBSD_PROT_MAX_SHIFT 16
#define FREEBSD_PROT_MAX(prot) ((prot) << FREEBSD_PROT_MAX_SHIFT)

/* A trait: of that system the flags are; 0: Linux's own. */
int foreign_trait(void);

/* Defines the flags of the system that has that name. */
void foreign_begin(const char *name);

/* mmap and mprotect with the meaning of the flags, and OpenBSD's mquery. */
long foreign_mmap(const struct fault_args *args);
long foreign_mprotect(const struct fault_args *args);
long foreign_mquery(const struct fault_args *args);

#endif
