/* SPDX-License-Identifier: BSD-2-Clause */
/* What was mapped by calls under test, and what a call is like. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include "foreign.h"
#include "library.h"

unsigned char fault_scratch[1 << 20];

#define RANGES 4096
static struct fault_range ranges[RANGES];

void
fault_ranges(void (*visit)(struct fault_range *range))
{
	for (size_t i = 0; i < RANGES; i++)
		if (ranges[i].length != 0)
			visit(&ranges[i]);
}

struct fault_range *
fault_range_of(const void *addr)
{
	for (size_t i = 0; i < RANGES; i++)
		if (ranges[i].length != 0 &&
		    (const unsigned char *)addr >= ranges[i].start &&
		    (const unsigned char *)addr <
			ranges[i].start + ranges[i].length)
			return &ranges[i];
	return NULL;
}

/* Whole ranges only: what is partly unmapped is forgotten. */
void
fault_forget(const unsigned char *start, size_t length)
{
	for (size_t i = 0; i < RANGES; i++)
		if (ranges[i].length != 0 && ranges[i].start < start + length &&
		    start < ranges[i].start + ranges[i].length)
			ranges[i].length = 0;
}

void
fault_remember(const struct fault_args *args, long result)
{
	struct stat status;

	fault_forget((unsigned char *)result, fault_round(args->length));
	for (size_t i = 0; i < RANGES; i++)
		if (ranges[i].length == 0) {
			ranges[i] =
			    (struct fault_range){ (unsigned char *)result,
				    fault_round(args->length), args->prot,
				    args->flags, args->fd, args->offset, 0, 0 };
			if ((args->flags & MAP_ANONYMOUS) == 0 &&
			    fault_libc.fstat(args->fd, &status) == 0) {
				ranges[i].device = status.st_dev;
				ranges[i].inode = status.st_ino;
			}
			return;
		}
}

/* ----- What a call is like -------------------------------------------------------------- */

static int
traits_of_file(enum fault_call call, const struct fault_args *args)
{
	struct stat status;
	int traits = 0;

	if (call == FAULT_UNLINK || call == FAULT_SHM_UNLINK) {
		struct fault_args opening = { .name = args->name,
			.prot = O_RDONLY };
		int fd = call == FAULT_UNLINK
		    ? (int)fault_real(FAULT_OPEN, &opening)
		    : fault_libc.shm_open(args->name, O_RDONLY, 0);
		int failed = fd == -1 || fault_libc.fstat(fd, &status) == -1;

		syscall(SYS_close, fd);
		if (failed)
			return 0;
	} else if (fault_libc.fstat(args->fd, &status) == -1) {
		return 0;
	}
	for (size_t i = 0; i < RANGES; i++)
		if (ranges[i].length != 0 &&
		    (call == FAULT_CLOSE
			    ? (ranges[i].flags & MAP_ANONYMOUS) == 0 &&
				ranges[i].fd == args->fd
			    : ranges[i].inode == status.st_ino &&
				ranges[i].device == status.st_dev))
			traits = IS_MAPPED;
	if (call == FAULT_FTRUNCATE)
		traits |= args->offset < status.st_size ? SHRINKS
		    : args->offset > status.st_size     ? GROWS
							: 0;
	return traits;
}

/* All that can be told before the call. */
int
fault_traits(enum fault_call call, const struct fault_args *args)
{
	int error = errno;
	int traits = 0;

	switch (call) {
	case FAULT_CLOSE:
	case FAULT_FTRUNCATE:
	case FAULT_UNLINK:
	case FAULT_SHM_UNLINK:
		traits = traits_of_file(call, args);
		errno = error;
		return traits;
	case FAULT_FREE:
		return malloc_usable_size(args->addr) > fault_page() ? LONG : 0;
	case FAULT_MREMAP:
		traits = args->new_length > args->length ? GROWS
		    : args->new_length < args->length    ? SHRINKS
							 : 0;
		traits |= ACCESSIBLE;
		break;
	default:
		break;
	}
	traits |= foreign_trait();
	traits |= args->addr != NULL ? HAS_ADDRESS : LACKS_ADDRESS;
	if ((uintptr_t)args->addr % fault_page() != 0)
		traits |= ODD_ADDRESS;
	if (args->length % fault_page() != 0)
		traits |= ODD_LENGTH;
	if (args->length > fault_page())
		traits |= LONG;
	if (args->offset % (off_t)fault_page() != 0)
		traits |= ODD_OFFSET;
	else if (args->offset != 0)
		traits |= HAS_OFFSET;
	traits |= (args->prot & PROT_READ) != 0 ? READS : READS_NOT;
	traits |= (args->prot & PROT_WRITE) != 0 ? WRITES : WRITES_NOT;
	if ((args->prot & PROT_EXEC) == 0)
		traits |= JUMPS_NOT;
	if (args->prot != PROT_NONE)
		traits |= ACCESSIBLE;
	return traits;
}
