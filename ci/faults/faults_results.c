/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of results: calls that do nothing and say they did, wrong errnos,
 * errors where success is due, and success where an error is due.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "faults.h"

/* posix_madvise gives the errno as its result. */
static long
give_errno(const struct fault *fault, struct fault_args *args)
{
	(void)args;
	return fault->to;
}

/* posix_madvise that tells an error as system calls do. */
static long
give_minus_one(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == 0)
		return 0;
	errno = (int)result;
	return -1;
}

static long
give_other_errno(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == fault->error ? fault->to : result;
}

/* The error is found only after everything has been done. */
static long
do_and_fail(const struct fault *fault, struct fault_args *args)
{
	fault_real(fault->call, args);
	return fault_fail(fault, args);
}

static long
change_errno(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == -1 && (fault->error == 0 || errno == fault->error))
		errno = fault->to;
	return result;
}

static long
ignore_error(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == -1 && (fault->error == 0 || errno == fault->error))
		return 0;
	return result;
}

/* What was refused becomes anonymous memory of at least a page. */
static long
map_all_the_same(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args again = *args;

	if (result != -1 || (fault->error != 0 && errno != fault->error))
		return result;
	again.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	again.fd = -1;
	again.offset = 0;
	if (again.length == 0 || again.length > (size_t)1 << 40)
		again.length = fault_page();
	again.addr = NULL;
	return fault_real(FAULT_MMAP, &again);
}

/* The errno is put where the pointer belongs. */
static long
errno_as_address(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == -1 ? -errno : result;
}

/* Fails where it should, and leaves a mapping all the same. */
static long
fail_with_traces(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args trace = { .length = fault_page(),
		.prot = PROT_READ,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
		.fd = -1 };
	int error = errno;

	if (result == -1)
		fault_real(FAULT_MMAP, &trace);
	errno = error;
	return result;
}

/* Fails where it should, after the old mapping has been taken away. */
static long
unmap_and_fail(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	int error = errno;

	if (result == -1 && args->addr != NULL) {
		uintptr_t start = (uintptr_t)args->addr;
		struct fault_args old = { 0 };

		old.addr = (void *)(start - start % fault_page());
		old.length = fault_page();
		fault_real(FAULT_MUNMAP, &old);
	}
	errno = error;
	return result;
}

/* ... or has lost its contents. */
static long
wipe_and_fail(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	int error = errno;

	if (result == -1 && args->addr != NULL) {
		uintptr_t start = (uintptr_t)args->addr;
		struct fault_args old = { .length = fault_page(),
			.prot = PROT_READ | PROT_WRITE,
			.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			.fd = -1 };

		old.addr = (void *)(start - start % fault_page());
		fault_real(FAULT_MMAP, &old);
	}
	errno = error;
	return result;
}

/* With a handler for what others send, every other call is interrupted. */
static long
interrupt(const struct fault *fault, struct fault_args *args)
{
	static unsigned calls;
	struct sigaction action;

	if (sigaction(SIGUSR1, NULL, &action) == 0 &&
	    action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN &&
	    ++calls % 2 == 0)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

/* Refused unless private writable memory in all is less than the RAM. */
static long
count_sum(const struct fault *fault, struct fault_args *args)
{
	static size_t sum;
	long result = fault_real(fault->call, args);
	size_t most = (size_t)sysconf(_SC_PHYS_PAGES) * fault_page();

	if (result == -1)
		return -1;
	sum += args->length;
	if (sum <= most)
		return result;
	args->addr = (void *)result;
	fault_real(FAULT_MUNMAP, args);
	return fault_fail(fault, args);
}

#define NOOP(function, call_, where)                                \
	{                                                           \
		.name = #function "_noop", .call = call_,           \
		.act = fault_nothing,                               \
		.defect = #function " does nothing and returns 0.", \
		.field = where                                      \
	}
#define FAILS(function, call_, error, where)                          \
	{                                                             \
		.name = #function "_fails_" #error, .call = call_,    \
		.act = fault_fail, .to = error,                       \
		.defect = #function " always fails with " #error ".", \
		.field = where                                        \
	}
#define ERRNO(function, call_, right, wrong, where)                        \
	{                                                                  \
		.name = #function "_" #right "_as_" #wrong, .call = call_, \
		.act = change_errno, .error = right, .to = wrong,          \
		.defect =                                                  \
		    #function " says " #wrong " where " #right " is due.", \
		.field = where                                             \
	}
#define ACCEPTS(function, call_, right, where)                                 \
	{                                                                      \
		.name = #function "_accepts_" #right, .call = call_,           \
		.act = ignore_error, .error = right,                           \
		.defect = #function " says 0, and does nothing, where " #right \
				    " is due.",                                \
		.field = where                                                 \
	}
#define MAPS(right, where)                                             \
	{                                                              \
		.name = "mmap_accepts_" #right, .call = FAULT_MMAP,    \
		.act = map_all_the_same, .error = right,               \
		.defect = "mmap maps memory where " #right " is due.", \
		.field = where                                         \
	}

const struct fault fault_results[] = {
	NOOP(munmap, FAULT_MUNMAP,
	    "31 of 34 mmap programs of the Open POSIX Test Suite stay green"),
	NOOP(mprotect, FAULT_MPROTECT, "young kernels with a stub"),
	NOOP(msync, FAULT_MSYNC,
	    "31 of 34 mmap programs of the Open POSIX Test Suite stay green"),
	NOOP(mlock, FAULT_MLOCK, "LTP mlock01, 03 and 04 stay green"),
	NOOP(mlock2, FAULT_MLOCK2, "young kernels with a stub"),
	NOOP(munlock, FAULT_MUNLOCK, "LTP munlock01 stays green"),
	NOOP(mlockall, FAULT_MLOCKALL, "LTP mlockall01 stays green"),
	NOOP(munlockall, FAULT_MUNLOCKALL,
	    "the Open POSIX Test Suite's only program stays green"),
	NOOP(mincore, FAULT_MINCORE, "sandboxes that call all pages resident"),
	NOOP(madvise, FAULT_MADVISE,
	    "Nanos: MADV_DONTNEED returned 0 without acting"),
	NOOP(posix_madvise, FAULT_POSIX_MADVISE, "LTP madvise01 stays green"),
	NOOP(remap_file_pages, FAULT_REMAP_FILE_PAGES,
	    "kernels that keep the number for old programs"),
	NOOP(shm_unlink, FAULT_SHM_UNLINK, "young kernels with a stub"),

	ERRNO(mmap, FAULT_MMAP, EINVAL, ENOMEM, "asterinas"),
	ERRNO(mmap, FAULT_MMAP, EBADF, EINVAL, "unikraft"),
	ERRNO(mmap, FAULT_MMAP, EACCES, EPERM, "asterinas"),
	ERRNO(mmap, FAULT_MMAP, ENODEV, EINVAL, "FreeBSD 14: directories"),
	ERRNO(mmap, FAULT_MMAP, ENOMEM, EINVAL,
	    "FreeBSD 14: MAP_FIXED beyond the map"),
	ERRNO(mmap, FAULT_MMAP, EEXIST, ENOMEM, "FreeBSD 14: MAP_EXCL"),
	ERRNO(mmap, FAULT_MMAP, EPERM, EACCES, "litebox"),
	{ .name = "mmap_refuses_with_EACCES",
	    .call = FAULT_MMAP,
	    .act = change_errno,
	    .without = MAP_ANONYMOUS,
	    .needs = FAILS,
	    .to = EACCES,
	    .defect = "mmap says EACCES whatever it refuses an object for.",
	    .field = "young kernels with one errno for all" },
	ERRNO(mmap, FAULT_MMAP, EOVERFLOW, EINVAL, "FreeBSD: offsets"),
	ERRNO(mmap, FAULT_MMAP, EOPNOTSUPP, EINVAL, "gVisor"),
	ERRNO(mmap, FAULT_MMAP, EAGAIN, ENOMEM, "young kernels"),
	ERRNO(mmap, FAULT_MMAP, ENFILE, ENOMEM, "young kernels"),
	ERRNO(mmap, FAULT_MMAP, EMFILE, ENOMEM, "Linux"),
	ERRNO(munmap, FAULT_MUNMAP, EINVAL, ENOMEM, "young kernels"),
	ERRNO(mprotect, FAULT_MPROTECT, EACCES, EPERM, "young kernels"),
	ERRNO(mprotect, FAULT_MPROTECT, ENOMEM, EINVAL, "young kernels"),
	ERRNO(mprotect, FAULT_MPROTECT, EINVAL, ENOMEM, "young kernels"),
	ERRNO(madvise, FAULT_MADVISE, EINVAL, ENOMEM, "young kernels"),
	ERRNO(madvise, FAULT_MADVISE, EFAULT, ENOMEM, "young kernels"),
	ERRNO(mremap, FAULT_MREMAP, EINVAL, ENOMEM, "young kernels"),
	ERRNO(mlock, FAULT_MLOCK, ENOMEM, EINVAL, "NetBSD before 6"),
	ERRNO(mlock2, FAULT_MLOCK2, EINVAL, ENOMEM, "young kernels"),
	ERRNO(munlock, FAULT_MUNLOCK, ENOMEM, EINVAL, "young kernels"),
	ERRNO(mlockall, FAULT_MLOCKALL, EINVAL, EPERM,
	    "the privilege looked at first"),
	ERRNO(shm_open, FAULT_SHM_OPEN, EEXIST, EINVAL, "young kernels"),
	ERRNO(shm_open, FAULT_SHM_OPEN, ENOENT, EINVAL, "young kernels"),
	ERRNO(shm_unlink, FAULT_SHM_UNLINK, ENOENT, EINVAL, "young kernels"),

	MAPS(EINVAL, "emscripten, Nanos: bad arguments pass"),
	MAPS(EBADF, "gVisor of 2022: descriptors not looked at"),
	MAPS(EACCES, "FreeBSD 14: O_WRONLY descriptors"),
	MAPS(ENODEV, "young kernels: anything can be mapped"),
	MAPS(ENOMEM, "gVisor of 2022: 1 TiB accepted"),
	MAPS(EEXIST, "gVisor of 2022: MAP_FIXED_NOREPLACE ignored"),
	MAPS(EPERM, "page zero for everybody"),
	MAPS(EOVERFLOW, "offsets that wrap"),
	MAPS(EOPNOTSUPP, "MAP_SYNC without DAX"),
	MAPS(EAGAIN, "limits that do not limit"),
	MAPS(ENFILE, "limits that do not limit"),
	ACCEPTS(munmap, FAULT_MUNMAP, EINVAL, "young kernels"),
	ACCEPTS(mprotect, FAULT_MPROTECT, EACCES,
	    "shared memory of a read-only file made writable"),
	ACCEPTS(mprotect, FAULT_MPROTECT, ENOMEM, "FreeBSD 14: holes pass"),
	ACCEPTS(mprotect, FAULT_MPROTECT, EINVAL, "young kernels"),
	ACCEPTS(
	    madvise, FAULT_MADVISE, EINVAL, "qemu-user 7.2: madvise(-1) is 0"),
	ACCEPTS(madvise, FAULT_MADVISE, EFAULT, "qemu-user 7.2"),
	ACCEPTS(
	    mremap, FAULT_MREMAP, EINVAL, "IncludeOS: a stub that succeeds"),
	ACCEPTS(mlock, FAULT_MLOCK, ENOMEM, "young kernels: holes pass"),
	ACCEPTS(mlock2, FAULT_MLOCK2, EINVAL, "flags not looked at"),
	ACCEPTS(munlock, FAULT_MUNLOCK, ENOMEM, "young kernels: holes pass"),
	ACCEPTS(mlockall, FAULT_MLOCKALL, EINVAL, "flags not looked at"),
	ACCEPTS(shm_unlink, FAULT_SHM_UNLINK, ENOENT, "rm -f"),
	{ .name = "mmap_errno_as_address",
	    .call = FAULT_MMAP,
	    .act = errno_as_address,
	    .needs = FAILS,
	    .defect = "A failing mmap gives the negated errno as address.",
	    .field = "unikraft: an address that was an errno" },
	{ .name = "mmap_fails_with_traces",
	    .call = FAULT_MMAP,
	    .act = fail_with_traces,
	    .needs = FAILS,
	    .defect = "A failing mmap leaves a new mapping behind.",
	    .field = "asterinas: partial mappings after errors" },
	{ .name = "mmap_fixed_fails_after_unmap",
	    .call = FAULT_MMAP,
	    .act = unmap_and_fail,
	    .needs = FAILS | HAS_ADDRESS,
	    .defect = "A failing MAP_FIXED has already unmapped the old range.",
	    .field = "Linux: sockets and the huge page pool" },
	{ .name = "mmap_fixed_fails_after_wipe",
	    .call = FAULT_MMAP,
	    .act = wipe_and_fail,
	    .needs = FAILS | HAS_ADDRESS,
	    .defect = "A failing MAP_FIXED has already emptied the old range.",
	    .field = "asterinas: half of a replacement" },
	{ .name = "mmap_does_and_fails",
	    .call = FAULT_MMAP,
	    .act = do_and_fail,
	    .needs = SUCCEEDS,
	    .to = ENOMEM,
	    .defect = "mmap maps, and then says ENOMEM.",
	    .field = "tgoskits: results lost on the way back" },
	{ .name = "mprotect_does_and_fails",
	    .call = FAULT_MPROTECT,
	    .act = do_and_fail,
	    .needs = SUCCEEDS,
	    .to = ENOMEM,
	    .defect = "mprotect acts, and then says ENOMEM.",
	    .field = "tgoskits: results lost on the way back" },
	{ .name = "munmap_does_and_fails",
	    .call = FAULT_MUNMAP,
	    .act = do_and_fail,
	    .needs = SUCCEEDS,
	    .to = EINVAL,
	    .defect = "munmap acts, and then says EINVAL.",
	    .field = "tgoskits: results lost on the way back" },

	{ .name = "mmap_interrupted",
	    .call = FAULT_MMAP,
	    .act = interrupt,
	    .to = EINTR,
	    .defect = "Signals interrupt mmap: EINTR.",
	    .field = "young kernels: every wait can be interrupted" },
	{ .name = "overcommit_counts_sum",
	    .call = FAULT_MMAP,
	    .act = count_sum,
	    .without = MAP_SHARED | MAP_NORESERVE,
	    .needs = WRITES | SUCCEEDS,
	    .to = ENOMEM,
	    .defect = "All private memory together must fit into the RAM.",
	    .field = "kernels without overcommit" },
	FAILS(mmap, FAULT_MMAP, ENOMEM, "limits of containers"),
	FAILS(mmap, FAULT_MMAP, EINVAL, "kernels without file mappings"),
	FAILS(mmap, FAULT_MMAP, EPERM, "security modules"),
	FAILS(mmap, FAULT_MMAP, ENODEV, "file systems without mmap"),
	FAILS(munmap, FAULT_MUNMAP, EINVAL,
	    "kernels that unmap whole mappings only"),
	FAILS(mprotect, FAULT_MPROTECT, EACCES, "W^X policies"),
	FAILS(mprotect, FAULT_MPROTECT, ENOMEM, "qemu-user: length 0"),
	FAILS(msync, FAULT_MSYNC, EIO, "network file systems"),
	FAILS(mlock, FAULT_MLOCK, ENOMEM, "limits of containers"),
	FAILS(mlock2, FAULT_MLOCK2, EPERM, "systemd: limits not in effect"),
	FAILS(munlock, FAULT_MUNLOCK, ENOMEM, "young kernels"),
	FAILS(mlockall, FAULT_MLOCKALL, EPERM, "unprivileged containers"),
	FAILS(munlockall, FAULT_MUNLOCKALL, EPERM, "unprivileged containers"),
	FAILS(mincore, FAULT_MINCORE, ENOSYS, "OpenBSD took it away"),
	FAILS(madvise, FAULT_MADVISE, EINVAL, "gVisor: MADV_FREE, WIPEONFORK"),
	FAILS(mremap, FAULT_MREMAP, ENOMEM, "young kernels"),
	FAILS(mremap, FAULT_MREMAP, ENOSYS, "YurtOS"),
	FAILS(remap_file_pages, FAULT_REMAP_FILE_PAGES, EINVAL,
	    "MadFS: read-only mappings"),
	FAILS(memfd_create, FAULT_MEMFD_CREATE, EINVAL, "flags not known"),
	FAILS(shm_open, FAULT_SHM_OPEN, ENOENT, "no /dev/shm"),
	FAILS(shm_unlink, FAULT_SHM_UNLINK, EBUSY,
	    "systems that keep names in use"),
	{ .name = "posix_madvise_fails_EINVAL",
	    .call = FAULT_POSIX_MADVISE,
	    .act = give_errno,
	    .to = EINVAL,
	    .defect = "posix_madvise always says EINVAL.",
	    .field = "young kernels" },
	{ .name = "posix_madvise_EINVAL_as_ENOMEM",
	    .call = FAULT_POSIX_MADVISE,
	    .act = give_other_errno,
	    .error = EINVAL,
	    .to = ENOMEM,
	    .defect = "posix_madvise says ENOMEM where EINVAL is due.",
	    .field = "young kernels" },
	{ .name = "posix_madvise_ENOMEM_as_EFAULT",
	    .call = FAULT_POSIX_MADVISE,
	    .act = give_other_errno,
	    .error = ENOMEM,
	    .to = EFAULT,
	    .defect = "posix_madvise says EFAULT where ENOMEM is due.",
	    .field = "NetBSD" },
	{ .name = "posix_madvise_sets_errno",
	    .call = FAULT_POSIX_MADVISE,
	    .act = give_minus_one,
	    .needs = FAILS,
	    .defect = "posix_madvise returns -1 and sets errno.",
	    .field = "NetBSD before 2007, macOS" },
	{ 0 },
};
