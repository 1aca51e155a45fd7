/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls themselves, past this library. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "foreign.h"
#include "library.h"

/* glibc's own names, good before this library's constructor has run. */
extern void *__libc_malloc(size_t size);
extern void __libc_free(void *block);

struct fault_libc fault_libc;

static void *
next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

void
fault_find_libc(void)
{
	*(void **)&fault_libc.posix_madvise = next("posix_madvise");
	*(void **)&fault_libc.shm_open = next("shm_open");
	*(void **)&fault_libc.shm_unlink = next("shm_unlink");
	*(void **)&fault_libc.fork = next("fork");
	*(void **)&fault_libc.clone = next("clone");
	*(void **)&fault_libc.execvp = next("execvp");
	*(void **)&fault_libc.fstat = next("fstat");
	*(void **)&fault_libc.fcntl = next("fcntl");
	*(void **)&fault_libc.sigaction = next("sigaction");
	*(void **)&fault_libc.sysconf = next("sysconf");
	*(void **)&fault_libc.sbrk = next("sbrk");
	*(void **)&fault_libc.shmat = next("shmat");
	*(void **)&fault_libc.getrusage = next("getrusage");
	*(void **)&fault_libc.setrlimit = next("setrlimit");
	*(void **)&fault_libc.statvfs = next("statvfs");
	*(void **)&fault_libc.fstatvfs = next("fstatvfs");
}

/* Calls under test of objects, and those that only some systems have ... */
static long
make_newer(enum fault_call call, struct fault_args *args)
{
	switch (call) {
	case FAULT_SHM_OPEN:
		return fault_libc.shm_open(args->name, args->prot, args->mode);
	case FAULT_SHM_UNLINK:
		return fault_libc.shm_unlink(args->name);
	case FAULT_PKEY_MPROTECT:
		return syscall(SYS_pkey_mprotect, args->addr, args->length,
		    args->prot, args->flags);
	case FAULT_MSEAL:
		return syscall(462, args->addr, args->length, args->flags);
	case FAULT_PROCESS_MADVISE:
		return syscall(SYS_process_madvise, args->fd, args->buffer,
		    args->length, args->flags, args->prot);
	case FAULT_MQUERY:
		return foreign_mquery(args);
	case FAULT_MEMFD_CREATE:
		return syscall(
		    SYS_memfd_create, args->name, (unsigned)args->flags);
	default:
		errno = ENOSYS;
		return -1;
	}
}

/* ... all that are spoilt while under test ... */
static long
make_tested(enum fault_call call, struct fault_args *args)
{
	switch (call) {
	case FAULT_MMAP:
		return foreign_mmap(args);
	case FAULT_MUNMAP:
		return syscall(SYS_munmap, args->addr, args->length);
	case FAULT_MPROTECT:
		return foreign_mprotect(args);
	case FAULT_MSYNC:
		return syscall(
		    SYS_msync, args->addr, args->length, args->flags);
	case FAULT_MLOCK:
		return syscall(SYS_mlock, args->addr, args->length);
	case FAULT_MLOCK2:
		return syscall(
		    SYS_mlock2, args->addr, args->length, args->flags);
	case FAULT_MUNLOCK:
		return syscall(SYS_munlock, args->addr, args->length);
	case FAULT_MLOCKALL:
		return syscall(SYS_mlockall, args->flags);
	case FAULT_MUNLOCKALL:
		return syscall(SYS_munlockall);
	case FAULT_MINCORE:
		return syscall(
		    SYS_mincore, args->addr, args->length, args->buffer);
	case FAULT_MADVISE:
		return syscall(
		    SYS_madvise, args->addr, args->length, args->flags);
	case FAULT_POSIX_MADVISE:
		return fault_libc.posix_madvise(
		    args->addr, args->length, args->flags);
	case FAULT_MREMAP:
		return syscall(SYS_mremap, args->addr, args->length,
		    args->new_length, args->flags, args->new_addr);
	case FAULT_REMAP_FILE_PAGES:
		return syscall(SYS_remap_file_pages, args->addr, args->length,
		    args->prot, (size_t)args->offset, args->flags);
	default:
		return make_newer(call, args);
	}
}

/* ... those that move bytes past mappings ... */
static long
make_of_door(enum fault_call call, struct fault_args *args)
{
	switch (call) {
	case FAULT_READV:
		return syscall(SYS_readv, args->fd, args->name, args->length);
	case FAULT_RECV:
		return syscall(SYS_recvfrom, args->fd, args->buffer,
		    args->length, args->flags, NULL, NULL);
	case FAULT_COPY:
		return syscall(SYS_copy_file_range, args->prot, args->addr,
		    args->fd, args->new_addr, args->length, args->flags);
	case FAULT_SENDFILE:
		return syscall(SYS_sendfile, args->fd, args->prot, args->addr,
		    args->length);
	case FAULT_SPLICE:
		return syscall(SYS_splice, args->prot, args->addr, args->fd,
		    args->new_addr, args->length, args->flags);
	case FAULT_FALLOCATE:
		return syscall(SYS_fallocate, args->fd, args->flags,
		    args->offset, (off_t)args->length);
	case FAULT_LSEEK:
		return syscall(SYS_lseek, args->fd, args->offset, args->flags);
	default:
		errno = ENOSYS;
		return -1;
	}
}

/* ... those of files that mappings depend on ... */
static long
make_of_file(enum fault_call call, struct fault_args *args)
{
	switch (call) {
	case FAULT_CLOSE:
		return syscall(SYS_close, args->fd);
	case FAULT_FTRUNCATE:
		return syscall(SYS_ftruncate, args->fd, args->offset);
	case FAULT_PREAD:
		return syscall(SYS_pread64, args->fd, args->buffer,
		    args->length, args->offset);
	case FAULT_READ:
		return syscall(SYS_read, args->fd, args->buffer, args->length);
	case FAULT_WRITE:
		return syscall(SYS_write, args->fd, args->buffer, args->length);
	case FAULT_PWRITE:
		return syscall(SYS_pwrite64, args->fd, args->buffer,
		    args->length, args->offset);
	case FAULT_FSYNC:
		return syscall(SYS_fsync, args->fd);
	case FAULT_FSTAT:
		return fault_libc.fstat(args->fd, args->buffer);
	case FAULT_DUP2:
		return syscall(SYS_dup2, args->fd, args->flags);
	case FAULT_OPEN:
		return syscall(
		    SYS_openat, AT_FDCWD, args->name, args->prot, args->mode);
	case FAULT_UNLINK:
		return syscall(SYS_unlinkat, AT_FDCWD, args->name, 0);
	case FAULT_STATVFS:
		return args->name != NULL
		    ? fault_libc.statvfs(args->name, args->buffer)
		    : fault_libc.fstatvfs(args->fd, args->buffer);
	case FAULT_FCNTL:
		return fault_libc.fcntl(args->fd, args->prot, args->flags);
	case FAULT_FCHMOD:
		return syscall(SYS_fchmod, args->fd, args->mode);
	default:
		return make_of_door(call, args);
	}
}

/* ... and of what else they depend on. */
static long
make_other(enum fault_call call, struct fault_args *args)
{
	switch (call) {
	case FAULT_FORK:
		return fault_libc.fork();
	case FAULT_CLONE:
		return fault_libc.clone((int (*)(void *))args->new_addr,
		    args->addr, args->flags, args->buffer);
	case FAULT_SYSCONF:
		return fault_libc.sysconf(args->flags);
	case FAULT_SBRK:
		return (long)fault_libc.sbrk((intptr_t)args->offset);
	case FAULT_MALLOC:
		return (long)__libc_malloc(args->length);
	case FAULT_FREE:
		__libc_free(args->addr);
		return 0;
	case FAULT_SHMAT:
		return (long)fault_libc.shmat(
		    args->fd, args->addr, args->flags);
	case FAULT_GETRUSAGE:
		return fault_libc.getrusage(args->flags, args->buffer);
	case FAULT_PRCTL:
		return syscall(SYS_prctl, args->flags, args->offset, args->addr,
		    args->length, args->buffer);
	case FAULT_SETRLIMIT:
		return fault_libc.setrlimit(args->flags, args->buffer);
	default:
		return make_of_file(call, args);
	}
}

long
fault_real(enum fault_call call, struct fault_args *args)
{
	return call < FAULT_FORK ? make_tested(call, args)
				 : make_other(call, args);
}
