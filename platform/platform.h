/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract: everything that mmapcheck knows about one operating system
 * stands behind these functions.  A file of shim/ for each system, and the
 * mechanisms that its head names, answer them; unknown.c answers ENOTSUP to
 * almost all, and is what a port to a new system starts from.
 *
 * Rules for every function here:
 *  - it observes, it never judges: expectations live in tests/ and in the
 *    oracles;
 *  - unless stated otherwise it returns 0 or an errno value, and ENOTSUP
 *    means "this cannot be told here", in which case outputs are untouched;
 *  - it never makes a mapping, but for facts that only a trial tells
 *    (mechanism/trial.c), and never calls ATF.
 * Sizes are bytes unless a name says pages.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * ----- The name of the system ------------------------------------------
 */

/*
 * The system this shim was written for, in lower case: "linux", "freebsd",
 * ..., "unknown".  Selects the oracle and the file of known deviations.
 */
const char *plat_name(void);

/* The running kernel's release, as uname(3) gives it ("6.12.48"). */
int plat_release(char *buf, size_t size);

/* The C library and its version ("glibc 2.36", "musl 1.2.3"). */
int plat_libc(char *buf, size_t size);

/*
 * Emulator or sandbox that answers in place of a kernel ("gvisor",
 * "qemu-user", "uml", "valgrind", "wsl1"), or "none".  Decided by what it shows of
 * itself, never by how it behaves in a claim.
 */
int plat_emulator(char *buf, size_t size);

/*
 * The emulator's version ("7.2.22", "20221219"), "" if it is not known.  Few
 * show it to the programs inside, so whoever started this one tells it.
 */
void plat_tell_emulator_version(const char *version);
const char *plat_emulator_version(void);

/* Container seen around this process ("docker", "lxc", ...), or "none". */
int plat_container(char *buf, size_t size);

/*
 * ----- Flags ------------------------------------------------------------
 */

/* One name of platform/flags.list and what this system's headers say. */
struct plat_flag {
	const char *name; /* "MAP_FIXED" */
	bool present;     /* false: the headers do not define it */
	long long value;  /* meaningless unless present */
};

/* All names of flags.list; *count tells how many. Never fails. */
const struct plat_flag *plat_flags(size_t *count);

/* The flag of that full name; NULL when flags.list does not list it. */
const struct plat_flag *plat_flag(const char *name);

/*
 * What a program asked its headers for by feature macros, POSIX.1-2024 XSH
 * 2.2.1.  All but PLAT_PLAIN are in strict ISO C.
 */
enum plat_world {
	PLAT_STANDARD, /* _POSIX_C_SOURCE=202405L: Issue 8 and no more */
	PLAT_BSD,      /* _BSD_SOURCE alone */
	PLAT_PLAIN     /* nothing: the compiler's own default */
};

/*
 * As plat_flag(), but what <sys/mman.h> shows in that world.  A header that
 * knows no Issue 8 takes PLAT_STANDARD as the newest issue it knows.
 */
const struct plat_flag *plat_flag_in(enum plat_world world, const char *name);

/*
 * The roles of the flag matrix. A system that lacks a flag may fill its role
 * with the nearest of its own (FreeBSD: MAP_PREFAULT_READ for POPULATE).
 */
enum plat_role {
	PLAT_FIXED,
	PLAT_SHARED,
	PLAT_PRIVATE,
	PLAT_ANONYMOUS,
	PLAT_POPULATE,
	PLAT_NORESERVE,
	PLAT_HUGETLB,
	PLAT_ROLES
};

/* Full name of the flag in that role ("MAP_POPULATE"); NULL: none here. */
const char *plat_role(enum plat_role role);

/*
 * ----- Facts ------------------------------------------------------------
 */

/*
 * What was found about the system and this process.  -1 means "cannot be
 * told here" unless a member says otherwise; booleans are 0 or 1.  Limits:
 * LLONG_MAX means unlimited.
 */
struct plat_facts {
	long page_size;
	int hugetlb;           /* 0: the system is built without huge pages */
	long huge_page_size;   /* default huge page; 0: none */
	long huge_pages_total; /* of that size, in the pool */
	long huge_pages_free;  /* neither in use nor reserved */
	long huge_pages_extra; /* surplus the pool may grow by */
	int overcommit;        /* 0 heuristic, 1 always, 2 strict */
	long long ram_bytes;
	long long swap_bytes;
	long long commit_limit; /* bytes that may be promised in mode 2 */
	long long rlimit_as;    /* soft limits */
	long long rlimit_data;
	long long rlimit_memlock;
	int can_lock_memory;     /* locks beyond RLIMIT_MEMLOCK */
	int can_raise_limits;    /* raises hard limits */
	int can_map_zero;        /* maps below the lowest address */
	int can_see_frames;      /* sees physical frame numbers */
	int can_change_settings; /* may call plat_set_setting() */
	int aslr;                /* 0: addresses do not vary */
	int wx;                  /* 0: no memory both writable and executable */
	long long min_address;   /* lowest address a program may map */
	long map_count_max;      /* regions per process */
	/* First address past the user's space; 0: cannot be told. */
	unsigned long long max_address;
};

/* Fills *facts; every member is set, unknown ones as said. Never fails. */
void plat_facts(struct plat_facts *facts);

/*
 * Calls emit(name, value, arg) once for each further fact that explains
 * differences between systems of this kind (transparent huge pages, security
 * modules, kernel command line, ...).  Names start with the system's.
 */
void plat_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg);

/* Whether the kernel was started with that option, word for word (*yes). */
int plat_boot_option(const char *word, bool *yes);

/* Name of the file system of dir ("ext4", "tmpfs", "ufs", "zfs"). */
int plat_filesystem(const char *dir, char *buf, size_t size);

/* Whether the file system of path refuses execution (*yes), as mounted. */
int plat_noexec(const char *path, bool *yes);

/*
 * Whether locks on files of dir can be mandatory (*yes), as mounted.  ENOTSUP:
 * nowhere on this system.
 */
int plat_mandatory_locks(const char *dir, bool *yes);

/*
 * Whether an access marks the access time of files in dir (*yes), as mounted.
 * ENOTSUP: what the mount says is not all that decides.
 */
int plat_marks_atime(const char *dir, bool *yes);

/*
 * Whether files of dir are written back to storage (*yes), or are memory.  Of
 * a file system that lies over another, that one counts.
 */
int plat_has_storage(const char *dir, bool *yes);

/*
 * Whether files of dir are mapped from storage without a cache in between
 * (*yes); ENOTSUP also where the file system cannot do that.
 */
int plat_dax(const char *dir, bool *yes);

/*
 * When processes get huge pages without asking for them: "always", "madvise",
 * "never"; "some" if that is not told, "none" where the kernel lacks them.
 */
int plat_thp(char *buf, size_t size);

/*
 * Writes an open file's bytes back and asks that none stay in memory; the
 * system may keep them all the same.
 */
int plat_uncache(int fd);

/* Directory in which shm_open(3) objects are files; NULL: there is none. */
const char *plat_shm_dir(void);

/* Soft limits of this process, getrlimit(2). */
enum plat_limit {
	PLAT_LIMIT_AS,
	PLAT_LIMIT_DATA,
	PLAT_LIMIT_MEMLOCK
};

/*
 * Sets a soft limit to bytes, or to the hard limit if that is less.  ENOTSUP:
 * this system has no such limit.  Otherwise setrlimit(2)'s errno.
 */
int plat_set_limit(enum plat_limit limit, long long bytes);

/*
 * Offers this process and its children as the first to be ended when memory
 * runs out.  ENOTSUP: this system takes no such offer.
 */
int plat_end_first(void);

/*
 * Marks the open file as one that can only be appended to, or takes the mark
 * away.  EPERM: only the privileged may; ENOTSUP: there is no such mark here,
 * or not in this file system.
 */
int plat_set_append_only(int fd, bool on);

/*
 * ----- The kernel's own view --------------------------------------------
 */

/* One region of the address space as the kernel lists it. */
struct plat_region {
	uintptr_t start;
	uintptr_t end;             /* first address past it */
	int prot;                  /* PROT_READ | PROT_WRITE | PROT_EXEC */
	int shared;                /* 1, 0; -1: cannot be told */
	unsigned long long offset; /* into the object */
	unsigned long long inode;  /* 0: anonymous */
	char object[256];          /* path or label, "" if none */
};

/* The region of this process that holds addr; ENOENT: nothing there. */
int plat_region(const void *addr, struct plat_region *region);

/*
 * Calls visit for each region in rising order until it returns nonzero;
 * the region is valid only during the call.
 */
int plat_regions(
    int (*visit)(const struct plat_region *region, void *arg), void *arg);

/* What the kernel counts for the region that holds an address. */
struct plat_usage {
	long page_size;     /* of the pages behind it; huge: huge size */
	long long resident; /* bytes in memory, counted for us */
	long long locked;   /* bytes locked */
	long long dirty;    /* bytes changed and not yet written back */
	bool noreserve;     /* listed as not accounted */
	bool accounted;     /* listed as accounted */
	char flags[128];    /* the system's own words, space separated */
};

/* As plat_region(); members the system does not count are -1 or false. */
int plat_usage(const void *addr, struct plat_usage *usage);

/*
 * Calls visit for each region in rising order until it returns nonzero, with
 * what plat_usage() would tell: one pass, where several are asked for.
 */
int plat_usages(int (*visit)(const struct plat_region *region,
		    const struct plat_usage *usage, void *arg),
    void *arg);

/*
 * For each of pages pages from addr (page aligned): vec[i] = 1 when it is in
 * memory, else 0.  A page of a file counts when the file's page is cached.
 * ENOMEM: a part of the range is not mapped.
 */
int plat_resident(const void *addr, size_t pages, unsigned char *vec);

/*
 * As plat_resident(), but tells whether this process has a translation for
 * the page, so that touching it does not fault.
 */
int plat_mapped(const void *addr, size_t pages, unsigned char *vec);

/* Physical frame behind addr; EPERM without the privilege to see it. */
int plat_frame(const void *addr, unsigned long long *frame);

/* Bytes this process has locked. */
int plat_locked(long long *bytes);

/* Bytes of address space and of memory this process uses. */
int plat_process_size(long long *virtual_bytes, long long *resident_bytes);

/* Bytes the whole system has promised (Linux: Committed_AS). */
int plat_committed(long long *bytes);

/* The pool of huge pages of one size, counted in pages of that size. */
struct plat_huge_pool {
	long total, free, reserved, surplus;
};

/* ENOENT: the system has no huge pages of that size. */
int plat_huge_pool(size_t huge_page_size, struct plat_huge_pool *pool);

/* The program break's start and end, without moving it. */
int plat_heap(uintptr_t *start, uintptr_t *end);

/*
 * ----- Kernel-wide settings, for exclusive cases only --------------------
 */

enum plat_setting {
	PLAT_OVERCOMMIT,       /* 0, 1, 2 */
	PLAT_HUGE_PAGES,       /* pool size, default huge pages */
	PLAT_HUGE_PAGES_EXTRA, /* surplus the pool may grow by */
	PLAT_FILES_MAX,        /* open files of the whole system */
	PLAT_SETTINGS
};

/* The setting's name as an administrator knows it ("vm.nr_hugepages"). */
const char *plat_setting_name(enum plat_setting setting);

int plat_setting(enum plat_setting setting, long long *value);
int plat_set_setting(enum plat_setting setting, long long value);

/*
 * ----- Functions that not every system has -------------------------------
 */

/*
 * Address of the libc function of that name ("mremap", "memfd_create",
 * "minherit", "mquery", ...), to be cast to its type; NULL: not here.
 * mseal(2) is made by its number where libc is older than it; any other
 * system call that libc lacks counts as absent.
 */
typedef void plat_function_type(void);
plat_function_type *plat_function(const char *name);

/*
 * ----- The processor ------------------------------------------------------
 */

/*
 * Machine code that returns to its caller, to be copied to memory and called
 * there.  ENOTSUP: not known for this processor.
 */
int plat_return_code(const unsigned char **bytes, size_t *size);

/* What a signal handler's third argument says the access was. */
enum plat_access {
	PLAT_ACCESS_UNKNOWN,
	PLAT_ACCESS_LOAD,
	PLAT_ACCESS_STORE,
	PLAT_ACCESS_JUMP
};
enum plat_access plat_access(const void *context);

/* Whether a signal of that si_code was sent by a process, not raised. */
bool plat_was_sent(int si_code);

/*
 * ----- Known deviations ---------------------------------------------------
 */

/* One line of platform/known/SYSTEM.tsv (any.tsv: every system). */
struct plat_known {
	const char *system;   /* "any" or a plat_name() */
	const char *test;     /* "program:case" or "program:*" */
	const char *versions; /* "*" or ">=6.7,<6.12" */
	const char *when;     /* "*" or "fs=ext4,privileged=no" */
	const char *observed; /* whole words of what must be seen */
	const char *reason;
	const char *source;
};

/*
 * A case may deviate in several ways, one line each: the first line that
 * covers program:name on the running system and whose words are in observed,
 * or with observed NULL the first that covers it at all; NULL if there is
 * none.  Where a line covers a case, it must fail in one of the ways listed: a
 * pass means that a deviation was not seen.
 *
 * Keys of the when column, KEY=VALUE or KEY!=VALUE; neither holds of what is
 * not known here:
 *	fs storage dax noexec	of the directory in use, see above
 *	page min_address aslr wx overcommit	members of struct plat_facts
 *	huge_pages	free in the pool: none or some
 *	thp		see plat_thp()
 *	arch bits	the kernel's, and of this program's pointers
 *	libc emulator container	the name
 *	libc_version emulator_version	as the versions column: >=2.41
 *	privileged	may lock memory and change settings
 *	posix		the edition that libc claims, _SC_VERSION: 202405
 *	boot		see plat_boot_option(); = only
 */
const struct plat_known *plat_known(const char *program, const char *name,
    const char *directory, const char *observed);

/* Every line of every system, for lists; *count tells how many. */
const struct plat_known *plat_known_all(size_t *count);

#endif
