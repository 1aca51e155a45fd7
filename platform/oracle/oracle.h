/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Oracles: what a source of rules allows an mmap() call to do.
 *
 * An oracle is a pure function from a request and the facts of a system to
 * the set of allowed answers.  There is one for portable programs
 * (POSIX.1-2024) and one for each system whose documentation and sources were
 * read.  All of them are compiled everywhere and know neither the running
 * kernel nor the values of its flags and errors, so a FreeBSD answer is
 * computed on Linux as well, and observations recorded on one system
 * (platform/recorded/) are checked on another.
 *
 * What can be seen of a call is divided into aspects (its outcome, what the
 * memory holds, who shares it, ...), and every aspect has a few values, one
 * bit each.  An answer holds the set of allowed values of each aspect; an
 * observation holds, per aspect, the value that was seen: 0 when nothing
 * could be seen, several bits when what was seen cannot be told apart
 * further.  An observation is allowed when each of its nonempty sets meets
 * the allowed one.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * ----- The request -------------------------------------------------------
 */

/* Roles of flags, in the order of a combination's name: bit set. */
#define ORACLE_FIXED     (1u << 0)
#define ORACLE_SHARED    (1u << 1)
#define ORACLE_PRIVATE   (1u << 2)
#define ORACLE_ANONYMOUS (1u << 3)
#define ORACLE_POPULATE  (1u << 4)
#define ORACLE_NORESERVE (1u << 5)
#define ORACLE_HUGETLB   (1u << 6)
#define ORACLE_ROLES     7

/* What the descriptor argument refers to. */
enum oracle_object {
	ORACLE_NOTHING,   /* -1 */
	ORACLE_CLOSED,    /* a number that is not open */
	ORACLE_FILE,      /* regular file */
	ORACLE_DEVZERO,   /* /dev/zero */
	ORACLE_DEVNULL,   /* /dev/null */
	ORACLE_SHM,       /* POSIX shared memory object */
	ORACLE_MEMFD,     /* memory file without a name */
	ORACLE_HUGE_FILE, /* file whose pages are huge pages */
	ORACLE_DIRECTORY,
	ORACLE_PIPE,
	ORACLE_FIFO,
	ORACLE_SOCKET
};

/* How the descriptor was opened: bit set. */
#define ORACLE_OPEN_READ  (1u << 0)
#define ORACLE_OPEN_WRITE (1u << 1)
#define ORACLE_OPEN_PATH  (1u << 2) /* names the file, gives no access */

/* Protection: bit set, 0 is PROT_NONE. */
#define ORACLE_READ    (1u << 0)
#define ORACLE_WRITE   (1u << 1)
#define ORACLE_EXECUTE (1u << 2)

struct oracle_request {
	unsigned int roles;
	enum oracle_object object;
	unsigned int open;
	long long object_size; /* bytes; -1: not known or has none */
	unsigned int prot;
	unsigned long long address; /* asked for; 0: none */
	bool occupied;              /* a mapping of the caller is there */
	unsigned long long length;  /* bytes */
	long long offset;           /* bytes */
};

/* What the answer may depend on; -1 (NULL for arch): not known. */
struct oracle_facts {
	long page_size;            /* bytes; must be known */
	int hugetlb;               /* 0: built without huge pages */
	long long huge_page_size;  /* bytes; 0: there are none */
	long long huge_pages_free; /* that the call may take */
	int overcommit;            /* 0 heuristic, 1 always, 2 strict */
	int can_map_zero;          /* may map below min_address */
	int noexec;                /* file system of the object refuses it */
	int wx;                    /* 0: never writable and executable */
	long release;              /* oracle_release() */
	long long min_address;
	unsigned long long max_address; /* first past the user's; 0: unknown */
	const char *arch;               /* "x86_64", as uname(3) names it */
};

/* A release as a number: "6.12.48-x" is 6012048; -1 if it is none. */
long oracle_release(const char *text);

/*
 * ----- Aspects and their values -------------------------------------------
 */

enum oracle_aspect {
	ORACLE_OUTCOME,    /* success, or which error */
	ORACLE_PLACE,      /* where it was put */
	ORACLE_OLD,        /* the mapping under a FIXED request, afterwards */
	ORACLE_NEIGHBOURS, /* mappings around it */
	ORACLE_RESIDENCY,  /* pages in memory when the call returns */
	ORACLE_BACKING,    /* by pages of which size */
	ORACLE_LOAD,       /* access for reading */
	ORACLE_CONTENTS,   /* what is read first */
	ORACLE_STORE,      /* access for writing */
	ORACLE_JUMP,       /* execution of what was stored */
	ORACLE_SHARING,    /* whether parent and child see one memory */
	ORACLE_REACH,      /* whether mapping and object are one memory */
	ORACLE_ASPECTS
};

#define ORACLE_ANY (~0ul)

/* ORACLE_OUTCOME */
#define ORACLE_OK        (1ul << 0)
#define ORACLE_EACCES    (1ul << 1)
#define ORACLE_EAGAIN    (1ul << 2)
#define ORACLE_EBADF     (1ul << 3)
#define ORACLE_EEXIST    (1ul << 4)
#define ORACLE_EFBIG     (1ul << 5)
#define ORACLE_EINVAL    (1ul << 6)
#define ORACLE_EMFILE    (1ul << 7)
#define ORACLE_ENFILE    (1ul << 8)
#define ORACLE_ENODEV    (1ul << 9)
#define ORACLE_ENOMEM    (1ul << 10)
#define ORACLE_ENOSYS    (1ul << 11)
#define ORACLE_ENOTSUP   (1ul << 12) /* or EOPNOTSUPP */
#define ORACLE_ENXIO     (1ul << 13)
#define ORACLE_EOVERFLOW (1ul << 14)
#define ORACLE_EPERM     (1ul << 15)
#define ORACLE_ETXTBSY   (1ul << 16)
#define ORACLE_OTHER     (1ul << 17) /* an error not listed here */
#define ORACLE_ENOENT    (1ul << 18)

/* ORACLE_OLD */
#define ORACLE_KEPT     (1ul << 0) /* bytes and protection as before */
#define ORACLE_GONE     (1ul << 1) /* nothing is mapped there */
#define ORACLE_REPLACED (1ul << 2) /* by the new mapping */
#define ORACLE_CHANGED  (1ul << 3) /* there, but not as before */

/* ORACLE_PLACE */
#define ORACLE_EXACT     (1ul << 0) /* at the address asked for */
#define ORACLE_ELSEWHERE (1ul << 1)

/* ORACLE_NEIGHBOURS */
#define ORACLE_INTACT  (1ul << 0)
#define ORACLE_DAMAGED (1ul << 1)

/* ORACLE_CONTENTS */
#define ORACLE_ZERO          (1ul << 0)
#define ORACLE_OBJECT_BYTES  (1ul << 1) /* and zero past its end */
#define ORACLE_FOREIGN_BYTES (1ul << 2)

/* ORACLE_SHARING */
#define ORACLE_IS_SHARED  (1ul << 0) /* other holders see a store */
#define ORACLE_IS_PRIVATE (1ul << 1)
#define ORACLE_IS_LOST    (1ul << 2) /* a child does not have it */

/* ORACLE_REACH */
#define ORACLE_REACHED   (1ul << 0) /* a store changes the object */
#define ORACLE_UNTOUCHED (1ul << 1)
#define ORACLE_ONE_WAY   (1ul << 2) /* only one sees the other's stores */

/* ORACLE_RESIDENCY */
#define ORACLE_ALL  (1ul << 0)
#define ORACLE_SOME (1ul << 1)
#define ORACLE_NONE (1ul << 2)

/* ORACLE_BACKING */
#define ORACLE_HUGE_PAGES     (1ul << 0)
#define ORACLE_ORDINARY_PAGES (1ul << 1)

/* ORACLE_LOAD, ORACLE_STORE, ORACLE_JUMP */
#define ORACLE_ACCESS      (1ul << 0) /* it is done */
#define ORACLE_SEGV_ACCERR (1ul << 1) /* SIGSEGV, by si_code */
#define ORACLE_SEGV_MAPERR (1ul << 2)
#define ORACLE_SEGV_OTHER  (1ul << 3)
#define ORACLE_BUS_ADRERR  (1ul << 4) /* SIGBUS, by si_code */
#define ORACLE_BUS_OTHER   (1ul << 5)
#define ORACLE_LOST        (1ul << 6) /* a store that is not read back */
#define ORACLE_SEGV \
	(ORACLE_SEGV_ACCERR | ORACLE_SEGV_MAPERR | ORACLE_SEGV_OTHER)
#define ORACLE_BUS (ORACLE_BUS_ADRERR | ORACLE_BUS_OTHER)

/* "outcome", "old", "sharing": the aspect's key where it is printed. */
const char *oracle_aspect_name(enum oracle_aspect aspect);

/* The outcome that an errno value is; 0 is ORACLE_OK. */
unsigned long oracle_outcome(int error);

/*
 * A set in words: "ok|ENODEV", "zero|object", "any" (all of the aspect's
 * values), "none".  Writes at most size bytes, returns buf.
 */
char *oracle_print_set(
    enum oracle_aspect aspect, unsigned long set, char *buf, size_t size);

/*
 * The bits of a word of that aspect ("ENODEV", "replaced", "SIGSEGV");
 * 0: no such word.
 */
unsigned long oracle_parse_word(enum oracle_aspect aspect, const char *word);

/*
 * ----- The answer ---------------------------------------------------------
 */

struct oracle_answer {
	/* Allowed values; those of the outcome ORACLE_OK promise the rest. */
	unsigned long allowed[ORACLE_ASPECTS];

	/* Outcomes the source leaves open: allowed, and nothing promised. */
	unsigned long unspecified;

	/* Errors after which the old mapping must be there, or be gone. */
	unsigned long keeps;
	unsigned long loses;
	const char *failed_rule;

	/* The rule behind each allowed set, and where it stands. */
	const char *rule[ORACLE_ASPECTS];
	const char *source[ORACLE_ASPECTS];
};

typedef void oracle_function(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer);

/*
 * ----- The verdict --------------------------------------------------------
 */

struct oracle_observation {
	unsigned long seen[ORACLE_ASPECTS];
};

/* Where an observation leaves an answer. */
struct oracle_breach {
	enum oracle_aspect aspect;
	unsigned long seen;
	unsigned long allowed;
	const char *rule;
	const char *source;
};

/*
 * "EINVAL, allowed ok|ENODEV [rule; source]", or for another aspect
 * "ok with contents=zero, allowed contents=object [rule; source]".
 */
char *oracle_print_breach(const struct oracle_observation *observation,
    const struct oracle_breach *breach, char *buf, size_t size);

/*
 * "old=replaced contents=zero read=ok", all that was seen except the
 * outcome; "-" if nothing.
 */
char *oracle_print_observation(
    const struct oracle_observation *observation, char *buf, size_t size);

/* What an observation is worth to a portable program. */
enum oracle_class {
	ORACLE_PORTABLE,  /* every conforming system does so */
	ORACLE_EXTENSION, /* the standard leaves it open, the system allows */
	ORACLE_DEVIATION, /* the standard forbids it, the system documents it */
	ORACLE_FINDING    /* nothing allows it */
};

/* "portable", "extension", "deviation", "finding". */
const char *oracle_class_name(enum oracle_class class);

/*
 * Judges one observation by both answers; system is NULL where the running
 * system has no oracle, and then only the portable one judges.  *breach is
 * set for a finding.
 */
enum oracle_class oracle_classify(const struct oracle_answer *portable,
    const struct oracle_answer *system,
    const struct oracle_observation *observation, struct oracle_breach *breach);

#endif
