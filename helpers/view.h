/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the system says: its facts, its own view of this process's memory, its
 * names for things.  A body asks here and never platform/ itself.
 *
 * Where the system cannot tell, a question ends the case as untested and says
 * what it would take.  One that begins with view_find_, or whose answer can be
 * -1, goes on instead: for bodies that can do without.  An address that
 * nothing is mapped at fails the case, as the body has just mapped it.
 * Sizes are bytes unless a name says pages.
 */
#ifndef HELPERS_VIEW_H
#define HELPERS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/platform.h"

/*
 * ----- Facts ----------------------------------------------------------------
 */

/* Facts of the system, found once per process: struct plat_facts has them. */
const struct plat_facts *view_facts(void);

/* The page size. */
size_t view_page(void);

/*
 * A page that no program can have: the last but one of the integer range, or
 * the first past the user's space where that reaches higher.
 */
void *view_high(void);

/* The kind of system in lower case, for messages. */
const char *view_system(void);

/*
 * The kernel's release, the C library, what answers in place of a kernel and
 * what this process is confined by, as platform.h says of each; false: not
 * known here.
 */
bool view_release(char *text, size_t size);
bool view_libc(char *text, size_t size);
bool view_emulator(char *text, size_t size);
bool view_container(char *text, size_t size);
const char *view_emulator_version(void); /* "": not known */

/* Calls emit(name, value, arg) for each further fact of this system's own. */
void view_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg);

/* Whether the system describes how it gives huge pages to who asks for none. */
bool view_has_thp(void);

/*
 * Whether this process may lock memory without limit, asked again: for a
 * child that has dropped privileges.  1, 0; -1: cannot be told.
 */
int view_locks_freely(void);

/* The soft limit of locked memory as it is now; -1: cannot be told. */
long long view_lock_limit(void);

/*
 * ----- Names ----------------------------------------------------------------
 */

/*
 * The value of a flag by its full name ("MAP_ANON"), if the headers define it:
 * *value is 0 where they do not.  A name that platform/flags.list lacks breaks
 * the case.  call_flags() is for flags that the case cannot do without.
 */
bool view_find_flag(const char *name, long long *value);

/* The same, as the headers show it to a program of that world. */
bool view_find_flag_in(
    enum plat_world world, const char *name, long long *value);

/* The names of platform/flags.list by number; NULL past the last. */
const char *view_flag_name(size_t number);

/* The full name of the flag in a role of the matrix; NULL: none here. */
const char *view_role(unsigned int role);

/*
 * The function of the C library with that name, to be cast to its type.  Not
 * there: unsupported, or NULL.
 */
plat_function_type *view_function(const char *name);
plat_function_type *view_find_function(const char *name);

/*
 * ----- Regions --------------------------------------------------------------
 */

/* One region of the address space as the kernel lists it. */
struct view_region {
	uintptr_t start;
	uintptr_t end;             /* first address past it */
	int prot;                  /* R | W | X */
	int shared;                /* 1, 0; -1: cannot be told */
	unsigned long long offset; /* into the object */
	unsigned long long inode;  /* 0: anonymous */
	char object[256];          /* path or label, "" if none */
};

/*
 * The region that holds addr.  Needs the kernel's list of regions, else
 * untested; not in it, the case fails.
 */
struct view_region view_region(const volatile void *addr);

/* As view_region(); false where nothing is listed or nothing can be told. */
bool view_find_region(const volatile void *addr, struct view_region *region);

/* Whether the list has a region there: 1, 0; -1: there is no list. */
int view_is_listed(const volatile void *addr);

/* One answer of view_region(), for bodies that ask for no more. */
int view_protection(const volatile void *addr);
const char *view_object(const volatile void *addr); /* static buffer */

/* All regions in short: equal when nothing changed.  count 0: no list. */
struct view_snapshot {
	long count;
	uintptr_t sum;
};
struct view_snapshot view_snapshot(void);

/*
 * ----- What the kernel counts for a region ----------------------------------
 */

struct view_usage {
	long page_size;     /* of the pages behind it; huge: huge size */
	long long resident; /* in memory, counted for us; -1: not counted */
	long long locked;   /* -1: not counted */
	long long dirty;    /* changed, not yet written back; -1: not counted */
	bool noreserve;     /* listed as not accounted */
	bool accounted;     /* listed as accounted */
	char flags[128];    /* the system's own words, "" if it has none */
};

/* For the region that holds addr; as view_region() where it cannot be told. */
struct view_usage view_usage(const volatile void *addr);

/* As view_usage(); false where nothing is listed or nothing is counted. */
bool view_find_usage(const volatile void *addr, struct view_usage *usage);

/* The same, untested where the system has no words for a region's flags. */
struct view_usage view_usage_with_flags(const volatile void *addr);

/* One answer of view_usage(), untested where that one is not counted. */
long long view_resident_bytes(const volatile void *addr);
bool view_is_dirty(const volatile void *addr);

/*
 * Calls visit for each region in rising order, once, with its bounds and the
 * size of the pages behind it; nothing where that is not counted.
 */
void view_backing(
    void (*visit)(uintptr_t start, uintptr_t end, long page_size, void *arg),
    void *arg);

/*
 * ----- Pages ----------------------------------------------------------------
 */

/*
 * How many of the pages from addr (page aligned) are in memory.  Those of a
 * file count when the file's page is cached.
 */
size_t view_resident(const volatile void *addr, size_t pages);

/* The same in *found; false where it cannot be told. */
bool view_find_resident(const volatile void *addr, size_t pages, size_t *found);

/*
 * How many of them this process has a translation for, so that a touch does
 * not fault; false where it cannot be told.
 */
bool view_find_mapped(const volatile void *addr, size_t pages, size_t *found);

/*
 * ----- This process and the system ------------------------------------------
 */

/* What this process has locked. */
long long view_locked_bytes(void);

/* The address space and the memory that it uses. */
long long view_address_space(void);
long long view_memory(void);
bool view_find_address_space(long long *bytes);

/* The program break's bounds. */
void view_heap(uintptr_t *start, uintptr_t *end);

/* What the whole system has promised. */
long long view_committed(void);
bool view_find_committed(long long *bytes);

/* The pool of huge pages of one size, counted in pages of that size. */
struct view_pool {
	long total;
	long free;     /* not in use; some may be reserved */
	long reserved; /* promised to mappings */
	long surplus;  /* made on demand */
};
struct view_pool view_pool(size_t huge_page_size);

/* The same; false where there is none, or it cannot be seen. */
bool view_find_pool(size_t huge_page_size, struct view_pool *pool);

/*
 * ----- File systems ---------------------------------------------------------
 */

/* Whether files of dir are written back to storage, or are memory. */
bool view_has_storage(const char *dir);

/*
 * As mounted: whether files may not be executed, whether locks can be
 * mandatory, whether an access marks the access time.  1, 0; -1: cannot be
 * told.
 */
int view_noexec(const char *path);
int view_mandatory_locks(const char *dir);
int view_marks_atime(const char *dir);

#endif
