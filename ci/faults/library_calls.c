/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in for libc's functions, where it is no more than the call. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "library.h"

#define ENTER(call, ...)                                       \
	fault_enter(call, &(struct fault_args){ __VA_ARGS__ }, \
	    __builtin_return_address(0))

EXPORTED void *
mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return (void *)ENTER(FAULT_MMAP, .addr = addr, .length = length,
	    .prot = prot, .flags = flags, .fd = fd, .offset = offset);
}
ALSO(mmap, mmap64);

EXPORTED int
munmap(void *addr, size_t length)
{
	return (int)ENTER(FAULT_MUNMAP, .addr = addr, .length = length);
}

EXPORTED int
mprotect(void *addr, size_t length, int prot)
{
	return (int)ENTER(
	    FAULT_MPROTECT, .addr = addr, .length = length, .prot = prot);
}

EXPORTED int
pkey_mprotect(void *addr, size_t length, int prot, int key)
{
	return (int)ENTER(FAULT_PKEY_MPROTECT, .addr = addr, .length = length,
	    .prot = prot, .flags = key);
}

/* Newer than some C libraries. */
extern int mseal(void *addr, size_t length, unsigned long flags);

EXPORTED int
mseal(void *addr, size_t length, unsigned long flags)
{
	return (int)ENTER(
	    FAULT_MSEAL, .addr = addr, .length = length, .flags = (int)flags);
}

EXPORTED int
msync(void *addr, size_t length, int flags)
{
	return (int)ENTER(
	    FAULT_MSYNC, .addr = addr, .length = length, .flags = flags);
}

EXPORTED int
mlock(const void *addr, size_t length)
{
	return (int)ENTER(
	    FAULT_MLOCK, .addr = (void *)(uintptr_t)addr, .length = length);
}

EXPORTED int
mlock2(const void *addr, size_t length, unsigned flags)
{
	return (int)ENTER(FAULT_MLOCK2, .addr = (void *)(uintptr_t)addr,
	    .length = length, .flags = (int)flags);
}

EXPORTED int
munlock(const void *addr, size_t length)
{
	return (int)ENTER(
	    FAULT_MUNLOCK, .addr = (void *)(uintptr_t)addr, .length = length);
}

EXPORTED int
mlockall(int flags)
{
	return (int)ENTER(FAULT_MLOCKALL, .flags = flags);
}

EXPORTED int
munlockall(void)
{
	return (int)ENTER(FAULT_MUNLOCKALL, .flags = 0);
}

EXPORTED int
mincore(void *addr, size_t length, unsigned char *vector)
{
	return (int)ENTER(
	    FAULT_MINCORE, .addr = addr, .length = length, .buffer = vector);
}

EXPORTED int
madvise(void *addr, size_t length, int advice)
{
	return (int)ENTER(
	    FAULT_MADVISE, .addr = addr, .length = length, .flags = advice);
}

EXPORTED int
posix_madvise(void *addr, size_t length, int advice)
{
	return (int)ENTER(FAULT_POSIX_MADVISE, .addr = addr, .length = length,
	    .flags = advice);
}

EXPORTED void *
mremap(void *old, size_t old_length, size_t new_length, int flags, ...)
{
	va_list arguments;
	void *new_addr;

	va_start(arguments, flags);
	new_addr = va_arg(arguments, void *);
	va_end(arguments);
	return (void *)ENTER(FAULT_MREMAP, .addr = old, .length = old_length,
	    .new_length = new_length, .flags = flags, .new_addr = new_addr);
}

EXPORTED int
remap_file_pages(
    void *addr, size_t length, int prot, size_t page_offset, int flags)
{
	return (int)ENTER(FAULT_REMAP_FILE_PAGES, .addr = addr,
	    .length = length, .prot = prot, .offset = (off_t)page_offset,
	    .flags = flags);
}

EXPORTED int
shm_open(const char *name, int oflag, mode_t mode)
{
	return (int)ENTER(
	    FAULT_SHM_OPEN, .name = name, .prot = oflag, .mode = mode);
}

EXPORTED int
shm_unlink(const char *name)
{
	return (int)ENTER(FAULT_SHM_UNLINK, .name = name);
}

EXPORTED int
memfd_create(const char *name, unsigned flags)
{
	return (int)ENTER(
	    FAULT_MEMFD_CREATE, .name = name, .flags = (int)flags);
}

EXPORTED ssize_t
process_madvise(int pidfd, const struct iovec *ranges, size_t count, int advice,
    unsigned flags)
{
	return ENTER(FAULT_PROCESS_MADVISE, .fd = pidfd,
	    .buffer = (void *)(uintptr_t)ranges, .length = count,
	    .flags = advice, .prot = (int)flags);
}

EXPORTED pid_t
fork(void)
{
	return (pid_t)ENTER(FAULT_FORK, .flags = 0);
}

EXPORTED int
close(int fd)
{
	return (int)ENTER(FAULT_CLOSE, .fd = fd);
}

EXPORTED int
ftruncate(int fd, off_t length)
{
	return (int)ENTER(FAULT_FTRUNCATE, .fd = fd, .offset = length);
}
ALSO(ftruncate, ftruncate64);

EXPORTED ssize_t
pread(int fd, void *buffer, size_t length, off_t offset)
{
	return ENTER(FAULT_PREAD, .fd = fd, .buffer = buffer, .length = length,
	    .offset = offset);
}
ALSO(pread, pread64);

EXPORTED ssize_t
read(int fd, void *buffer, size_t length)
{
	return ENTER(FAULT_READ, .fd = fd, .buffer = buffer, .length = length);
}

/* Of its arguments those that a child without a thread's needs has. */
EXPORTED int
clone(int (*run)(void *), void *stack, int flags, void *arg, ...)
{
	return (int)ENTER(FAULT_CLONE, .new_addr = (void *)run, .addr = stack,
	    .flags = flags, .buffer = arg);
}

EXPORTED ssize_t
write(int fd, const void *buffer, size_t length)
{
	return ENTER(FAULT_WRITE, .fd = fd, .buffer = (void *)(uintptr_t)buffer,
	    .length = length);
}

EXPORTED ssize_t
pwrite(int fd, const void *buffer, size_t length, off_t offset)
{
	return ENTER(FAULT_PWRITE, .fd = fd,
	    .buffer = (void *)(uintptr_t)buffer, .length = length,
	    .offset = offset);
}
ALSO(pwrite, pwrite64);

EXPORTED ssize_t
readv(int fd, const struct iovec *parts, int count)
{
	return ENTER(FAULT_READV, .fd = fd,
	    .buffer = count > 0 ? parts->iov_base : NULL,
	    .name = (const char *)parts, .length = (size_t)count);
}

EXPORTED ssize_t
recv(int fd, void *buffer, size_t length, int flags)
{
	return ENTER(FAULT_RECV, .fd = fd, .buffer = buffer, .length = length,
	    .flags = flags);
}

/* In these, fd is what is written to. */
EXPORTED ssize_t
copy_file_range(int in, off64_t *in_offset, int out, off64_t *out_offset,
    size_t length, unsigned flags)
{
	return ENTER(FAULT_COPY, .prot = in, .addr = in_offset, .fd = out,
	    .new_addr = out_offset, .length = length, .flags = (int)flags);
}

EXPORTED ssize_t
sendfile(int out, int in, off_t *offset, size_t length)
{
	return ENTER(FAULT_SENDFILE, .fd = out, .prot = in, .addr = offset,
	    .length = length);
}
ALSO(sendfile, sendfile64);

EXPORTED ssize_t
splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
    unsigned flags)
{
	return ENTER(FAULT_SPLICE, .prot = in, .addr = in_offset, .fd = out,
	    .new_addr = out_offset, .length = length, .flags = (int)flags);
}

EXPORTED int
fallocate(int fd, int mode, off_t offset, off_t length)
{
	return (int)ENTER(FAULT_FALLOCATE, .fd = fd, .flags = mode,
	    .offset = offset, .length = (size_t)length);
}
ALSO(fallocate, fallocate64);

EXPORTED off_t
lseek(int fd, off_t offset, int whence)
{
	return ENTER(FAULT_LSEEK, .fd = fd, .offset = offset, .flags = whence);
}
ALSO(lseek, lseek64);

EXPORTED int
fsync(int fd)
{
	return (int)ENTER(FAULT_FSYNC, .fd = fd);
}

EXPORTED int
fstat(int fd, struct stat *status)
{
	return (int)ENTER(FAULT_FSTAT, .fd = fd, .buffer = status);
}
ALSO(fstat, fstat64);

EXPORTED long
sysconf(int name)
{
	return ENTER(FAULT_SYSCONF, .flags = name);
}

EXPORTED void *
sbrk(intptr_t increment)
{
	return (void *)ENTER(FAULT_SBRK, .offset = increment);
}

EXPORTED void *
shmat(int id, const void *addr, int flags)
{
	return (void *)ENTER(FAULT_SHMAT, .fd = id,
	    .addr = (void *)(uintptr_t)addr, .flags = flags);
}

/* Of its many commands those that are about seals can be spoilt. */
EXPORTED int
fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *given;

	va_start(arguments, command);
	given = va_arg(arguments, void *);
	va_end(arguments);
	if (command == F_ADD_SEALS || command == F_GET_SEALS)
		return (int)ENTER(FAULT_FCNTL, .fd = fd, .prot = command,
		    .flags = command == F_GET_SEALS ? 0 : (int)(intptr_t)given);
	fault_be_ready();
	return fault_libc.fcntl(fd, command, given);
}
ALSO(fcntl, fcntl64);

EXPORTED int
fchmod(int fd, mode_t mode)
{
	return (int)ENTER(FAULT_FCHMOD, .fd = fd, .mode = mode);
}

EXPORTED int
dup2(int old, int new)
{
	return (int)ENTER(FAULT_DUP2, .fd = old, .flags = new);
}

EXPORTED int
unlink(const char *path)
{
	return (int)ENTER(FAULT_UNLINK, .name = path);
}

/* The type of the first argument is glibc's own in these two. */
EXPORTED int
getrusage(__rusage_who_t who, struct rusage *usage)
{
	return (int)ENTER(FAULT_GETRUSAGE, .flags = who, .buffer = usage);
}

EXPORTED int
setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	return (int)ENTER(FAULT_SETRLIMIT, .flags = (int)resource,
	    .buffer = (void *)(uintptr_t)limit);
}
ALSO(setrlimit, setrlimit64);

EXPORTED int
prctl(int option, ...)
{
	unsigned long given[4];
	va_list arguments;

	va_start(arguments, option);
	for (int i = 0; i < 4; i++)
		given[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	return (int)ENTER(FAULT_PRCTL, .flags = option,
	    .offset = (off_t)given[0], .addr = (void *)given[1],
	    .length = given[2], .buffer = (void *)given[3]);
}

EXPORTED int
statvfs(const char *path, struct statvfs *about)
{
	return (int)ENTER(FAULT_STATVFS, .name = path, .buffer = about);
}
ALSO(statvfs, statvfs64);

EXPORTED int
fstatvfs(int fd, struct statvfs *about)
{
	return (int)ENTER(FAULT_STATVFS, .fd = fd, .buffer = about);
}
ALSO(fstatvfs, fstatvfs64);

EXPORTED void *
malloc(size_t size)
{
	return (void *)ENTER(FAULT_MALLOC, .length = size);
}

EXPORTED void
free(void *block)
{
	ENTER(FAULT_FREE, .addr = block);
}

EXPORTED int
execvp(const char *file, char *const arguments[])
{
	if (fault_from_program(__builtin_return_address(0))) {
		struct fault_args none = { 0 };

		fault_trace(FAULT_EXEC, &none, 0, 0);
		if (fault_spoils(FAULT_EXEC, &none))
			fault_chosen()->act(fault_chosen(), &none);
	}
	return fault_libc.execvp(file, arguments);
}
