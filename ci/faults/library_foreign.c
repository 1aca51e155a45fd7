/* SPDX-License-Identifier: BSD-2-Clause */
/* What the flags of other systems promise, made of what Linux has. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "foreign.h"
#include "library.h"

#include "platform/platform.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static int trait;
static unsigned known; /* bits of all flags */

int
foreign_trait(void)
{
	return trait;
}

/* ----- The names ------------------------------------------------------------ */

#define ALIGNED(n) ((long long)(n) << FREEBSD_ALIGNMENT_SHIFT)

static const struct name {
	int trait;
	const char *name;
	long long value;
} names[] = {
	{ OF_FREEBSD, "MAP_GUARD", FREEBSD_GUARD },
	{ OF_FREEBSD, "MAP_EXCL", FREEBSD_EXCL },
	{ OF_FREEBSD, "PROT_MAX(PROT_READ)", FREEBSD_PROT_MAX(PROT_READ) },
	{ OF_FREEBSD, "MAP_NOCORE", FREEBSD_NOCORE },
	{ OF_FREEBSD, "MAP_PREFAULT_READ", FREEBSD_PREFAULT_READ },
	{ OF_FREEBSD, "MAP_NOSYNC", FREEBSD_NOSYNC },
	{ OF_FREEBSD, "MAP_RESERVED0020", FREEBSD_RESERVED },
	{ OF_FREEBSD, "MAP_RESERVED0040", FREEBSD_RESERVED },
	{ OF_FREEBSD, "MAP_ALIGNMENT_SHIFT", FREEBSD_ALIGNMENT_SHIFT },
	{ OF_FREEBSD, "MAP_ALIGNED_SUPER", ALIGNED(1) },
	{ OF_FREEBSD, "MAP_ALIGNED(12)", ALIGNED(12) },
	{ OF_FREEBSD, "MAP_ALIGNED(13)", ALIGNED(13) },
	{ OF_FREEBSD, "MAP_ALIGNED(16)", ALIGNED(16) },
	{ OF_FREEBSD, "MAP_ALIGNED(21)", ALIGNED(21) },
	{ OF_NETBSD, "MAP_WIRED", NETBSD_WIRED },
	{ OF_NETBSD, "MAP_TRYFIXED", NETBSD_TRYFIXED },
	{ OF_OPENBSD, "__MAP_NOFAULT", OPENBSD_NOFAULT },
	{ OF_OPENBSD, "MAP_CONCEAL", OPENBSD_CONCEAL },
	{ OF_OPENBSD, "__MAP_NOREPLACE", OPENBSD_NOREPLACE },
	{ OF_OPENBSD, "mquery", 0 }, /* the function below */
	{ OF_MACOS, "MAP_JIT", MACOS_JIT },
	{ OF_MACOS, "VM_MAKE_TAG(240)", 240LL << 24 },
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* The program's own table is what it takes names from; it is constant. */
static void
define(struct plat_flag *flag, long long value)
{
	uintptr_t start = (uintptr_t)flag - (uintptr_t)flag % fault_page();
	size_t length = (uintptr_t)(flag + 1) - start;

	syscall(SYS_mprotect, start, length, PROT_READ | PROT_WRITE);
	flag->present = true;
	flag->value = value;
	syscall(SYS_mprotect, start, length, PROT_READ);
}

void
foreign_begin(const char *name)
{
	const struct plat_flag *(*find)(const char *);
	const struct plat_flag *(*list)(size_t *);
	const struct plat_flag *flags;
	size_t count;

	*(void **)&find = dlsym(RTLD_DEFAULT, "plat_flag");
	*(void **)&list = dlsym(RTLD_DEFAULT, "plat_flags");
	if (find == NULL || list == NULL)
		return;
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i].name, name) == 0)
			trait = names[i].trait;
	for (size_t i = 0; i < NAMES; i++) {
		const struct plat_flag *flag = find(names[i].name);

		if (names[i].trait == trait && flag != NULL)
			define((struct plat_flag *)(uintptr_t)flag,
			    names[i].value);
	}
	flags = list(&count);
	known = MAP_TYPE | 0xffU << FREEBSD_ALIGNMENT_SHIFT;
	for (size_t i = 0; i < count; i++)
		if (flags[i].present && strncmp(flags[i].name, "MAP_", 4) == 0)
			known |= (unsigned)flags[i].value;
}

/* ----- Their meaning -------------------------------------------------------- */

static long
map(const struct fault_args *args, int flags)
{
	return syscall(SYS_mmap, args->addr, args->length, args->prot, flags,
	    args->fd, args->offset);
}

static long
refuse(int error)
{
	errno = error;
	return -1;
}

/* Pages of an empty file: they let nobody in, whatever mprotect says. */
static long
map_guard(const struct fault_args *args)
{
	struct fault_args other = *args;
	long result;

	if (args->prot != PROT_NONE || args->fd != -1 || args->offset != 0 ||
	    (args->flags & ~(FREEBSD_GUARD | MAP_FIXED)) != 0)
		return refuse(EINVAL);
	other.fd = (int)syscall(SYS_memfd_create, "guard", 0);
	result = map(&other, MAP_SHARED | (args->flags & MAP_FIXED));
	syscall(SYS_close, other.fd);
	return result;
}

static long
map_exclusively(const struct fault_args *args)
{
	long result;

	if ((args->flags & MAP_FIXED) == 0)
		return refuse(EINVAL);
	result = map(args,
	    (args->flags & ~(FREEBSD_EXCL | MAP_FIXED)) | MAP_FIXED_NOREPLACE);
	if (result == -1 && errno == EEXIST)
		errno = EINVAL;
	return result;
}

/* In the middle of a larger range, whose rest is given back. */
static long
map_aligned(const struct fault_args *args, unsigned exponent)
{
	struct fault_args range = { .prot = PROT_NONE, .fd = -1 };
	struct fault_args other = *args;
	size_t length = fault_round(args->length);
	size_t alignment = (size_t)1 << (exponent == 1 ? 21 : exponent);
	uintptr_t start, place;
	long result;

	range.length = length + alignment;
	result = map(&range, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
	if (result == -1)
		return -1;
	start = (uintptr_t)result;
	place = (start + alignment - 1) / alignment * alignment;
	if (place > start)
		syscall(SYS_munmap, start, place - start);
	if (start + alignment > place)
		syscall(SYS_munmap, place + length, start + alignment - place);
	other.addr = (void *)place;
	return map(&other, (args->flags & 0xffffff) | MAP_FIXED);
}

static long
hide_from_core(const struct fault_args *args, int flags)
{
	long result = map(args, flags);

	if (result != -1)
		syscall(SYS_madvise, result, args->length, MADV_DONTDUMP);
	return result;
}

/* What the object has in memory, mapped for reading. */
static long
map_prefaulted(const struct fault_args *args, int flags)
{
	long result = map(args, flags);

	if (result == -1 || (args->prot & PROT_READ) == 0)
		return result;
	for (size_t i = 0; i < args->length; i += fault_page())
		(void)*((volatile unsigned char *)result + i);
	return result;
}

/* The last mapping with a maximum of protection. */
static struct {
	uintptr_t start;
	size_t length;
	int most;
} limited;

static long
map_freebsd_plain(const struct fault_args *args)
{
	unsigned exponent = FREEBSD_ALIGNMENT(args->flags);
	int flags = args->flags & ~(FREEBSD_NOSYNC | FREEBSD_RESERVED);

	if (((unsigned)args->flags & ~known) != 0)
		return refuse(EINVAL);
	if ((args->flags & FREEBSD_GUARD) != 0)
		return map_guard(args);
	if ((args->flags & FREEBSD_EXCL) != 0)
		return map_exclusively(args);
	if (exponent > 47 || (exponent > 1 && exponent < 12))
		return refuse(EINVAL);
	if (exponent > 0)
		return map_aligned(args, exponent);
	if ((args->flags & FREEBSD_NOCORE) != 0)
		return hide_from_core(args, flags & ~FREEBSD_NOCORE);
	if ((args->flags & FREEBSD_PREFAULT_READ) != 0)
		return map_prefaulted(args, flags & ~FREEBSD_PREFAULT_READ);
	return map(args, flags);
}

static long
map_freebsd(const struct fault_args *args)
{
	int most = args->prot >> FREEBSD_PROT_MAX_SHIFT;
	struct fault_args plain = *args;
	long result;

	plain.prot &= (1 << FREEBSD_PROT_MAX_SHIFT) - 1;
	if (most != 0 && (plain.prot & ~most) != 0)
		return refuse(EOPNOTSUPP);
	result = map_freebsd_plain(&plain);
	if (result != -1 && most != 0) {
		limited.start = (uintptr_t)result;
		limited.length = args->length;
		limited.most = most;
	}
	return result;
}

long
foreign_mprotect(const struct fault_args *args)
{
	if ((uintptr_t)args->addr - limited.start < limited.length &&
	    (args->prot & ~limited.most) != 0)
		return refuse(EACCES);
	return syscall(SYS_mprotect, args->addr, args->length, args->prot);
}

static long
map_wired(const struct fault_args *args, int flags)
{
	long result = map(args, flags);

	if (result == -1 || syscall(SYS_mlock, result, args->length) == 0)
		return result;
	syscall(SYS_munmap, result, args->length);
	return refuse(ENOMEM);
}

static long
map_netbsd(const struct fault_args *args)
{
	int flags = args->flags & ~(NETBSD_WIRED | NETBSD_TRYFIXED);
	long result;

	if ((args->flags & NETBSD_WIRED) != 0)
		return map_wired(args, flags);
	if ((args->flags & NETBSD_TRYFIXED) == 0)
		return map(args, flags);
	result = map(args, flags | MAP_FIXED_NOREPLACE);
	return result != -1 || errno != EEXIST ? result : map(args, flags);
}

/* Zeros of nobody's behind the last page of the file. */
static long
map_without_fault(const struct fault_args *args, int flags)
{
	struct fault_args rest = { .prot = args->prot, .fd = -1 };
	size_t length = fault_round(args->length), filled;
	struct stat status;
	long result;

	if ((args->flags & MAP_ANONYMOUS) != 0)
		return refuse(EINVAL);
	result = map(args, flags);
	if (result == -1 || fault_libc.fstat(args->fd, &status) == -1)
		return result;
	filled = status.st_size > args->offset
	    ? fault_round((size_t)(status.st_size - args->offset))
	    : 0;
	rest.addr = (void *)(result + (long)filled);
	if (filled < length) {
		rest.length = length - filled;
		map(&rest, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
	}
	return result;
}

static long
map_openbsd(const struct fault_args *args)
{
	int flags = args->flags &
	    ~(OPENBSD_NOFAULT | OPENBSD_CONCEAL | OPENBSD_NOREPLACE);

	if ((args->flags & OPENBSD_NOFAULT) != 0)
		return map_without_fault(args, flags);
	if ((args->flags & OPENBSD_CONCEAL) != 0)
		return hide_from_core(args, flags);
	if ((args->flags & OPENBSD_NOREPLACE) != 0)
		flags = (flags & ~MAP_FIXED) | MAP_FIXED_NOREPLACE;
	return map(args, flags);
}

static long
map_macos(const struct fault_args *args)
{
	int flags = args->flags & ~MACOS_JIT;

	if ((args->flags & MACOS_JIT) != 0 &&
	    ((flags & (MAP_SHARED | MAP_FIXED)) != 0 ||
		(flags & MAP_ANONYMOUS) == 0))
		return refuse(EINVAL);
	return map(args, flags);
}

long
foreign_mmap(const struct fault_args *args)
{
	switch (trait) {
	case OF_FREEBSD:
		return map_freebsd(args);
	case OF_NETBSD:
		return map_netbsd(args);
	case OF_OPENBSD:
		return map_openbsd(args);
	case OF_MACOS:
		return map_macos(args);
	default:
		return map(args, args->flags);
	}
}

/* ----- A function ----------------------------------------------------------- */

/* Where mmap would map; nothing stays mapped. */
long
foreign_mquery(const struct fault_args *args)
{
	struct fault_args place = *args;
	long result;

	if ((args->flags & MAP_FIXED) != 0)
		place.flags = (args->flags & ~MAP_FIXED) | MAP_FIXED_NOREPLACE;
	result = map(&place, place.flags);
	if (result == -1)
		return refuse(errno == EEXIST ? ENOMEM : errno);
	syscall(SYS_munmap, result, args->length);
	return result;
}

static void *
query(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return (void *)fault_enter(FAULT_MQUERY,
	    &(struct fault_args){ .addr = addr,
		.length = length,
		.prot = prot,
		.flags = flags,
		.fd = fd,
		.offset = offset },
	    __builtin_return_address(0));
}

typedef void *query_function(void *, size_t, int, int, int, off_t);

/* Who asks the loader for it gets it where the flags are OpenBSD's. */
__attribute__((used)) static query_function *
find_query(void)
{
	return trait == OF_OPENBSD ? query : NULL;
}

EXPORTED query_function mquery __attribute__((ifunc("find_query")));
