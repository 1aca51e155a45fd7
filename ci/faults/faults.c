/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core of the fault library: which fault is chosen, whether a call is to
 * be spoilt, the calls themselves, and what they are replaced by.
 */
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

/* glibc's own names, good before this library's constructor has run. */
extern void *__libc_malloc(size_t size);
extern void __libc_free(void *block);

/* ----- What is real ------------------------------------------------------------- */

static struct {
	int (*posix_madvise)(void *, size_t, int);
	int (*shm_open)(const char *, int, mode_t);
	int (*shm_unlink)(const char *);
	pid_t (*fork)(void);
	int (*execvp)(const char *, char *const[]);
	int (*fstat)(int, struct stat *);
	int (*sigaction)(int, const struct sigaction *, struct sigaction *);
	long (*sysconf)(int);
	void *(*sbrk)(intptr_t);
	void *(*shmat)(int, const void *, int);
	int (*getrusage)(int, struct rusage *);
	int (*setrlimit)(int, const struct rlimit *);
	int (*statvfs)(const char *, struct statvfs *);
	int (*fstatvfs)(int, struct statvfs *);
} real;

static struct {
	const struct fault *fault;
	long nth;
	long *seen; /* shared with children */
	enum fault_call current;
	int flags;
	bool any;
	bool limited_to_flags;
	volatile int *under_test;
	uintptr_t text_start, text_end;
	int trace;
	size_t page;
	enum {
		NEW,
		STARTING,
		READY
	} stage;
} state = { .trace = -1 };

static void *
next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* The first object that the loader lists is the program. */
static int
find_text(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD &&
		    (segment->p_flags & PF_X) != 0) {
			state.text_start = start;
			state.text_end = start + segment->p_memsz;
		}
	}
	return 1;
}

static const struct fault *
find_fault(const char *name)
{
	static const struct fault *const tables[] = { fault_results,
		fault_placement, fault_memory, fault_process, fault_files,
		fault_view, fault_generic };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct fault *row = tables[i]; row->name != NULL;
		     row++)
			if (strcmp(row->name, name) == 0)
				return row;
	return NULL;
}

/*
 * The count of calls is one for all processes that come of this one, images
 * that it executes included.
 */
#define COUNTER 502 /* its descriptor */

static void
count_together(void)
{
	if (fcntl(COUNTER, F_GETFD) == -1) {
		int fd = (int)syscall(SYS_memfd_create, "calls", 0);

		if (syscall(SYS_ftruncate, fd, (off_t)sizeof(long)) == -1)
			_exit(3);
		syscall(SYS_dup2, fd, COUNTER);
		syscall(SYS_close, fd);
	}
	state.seen = (long *)syscall(SYS_mmap, NULL, sizeof(long),
	    PROT_READ | PROT_WRITE, MAP_SHARED, COUNTER, 0);
}

__attribute__((constructor(101))) static void
start(void)
{
	const char *name = getenv("MMAPCHECK_FAULT");
	const char *nth = getenv("MMAPCHECK_FAULT_NTH");
	const char *flags = getenv("MMAPCHECK_FAULT_FLAGS");
	const char *trace = getenv("MMAPCHECK_FAULT_TRACE");

	if (state.stage != NEW)
		return;
	state.stage = STARTING;
	*(void **)&real.posix_madvise = next("posix_madvise");
	*(void **)&real.shm_open = next("shm_open");
	*(void **)&real.shm_unlink = next("shm_unlink");
	*(void **)&real.fork = next("fork");
	*(void **)&real.execvp = next("execvp");
	*(void **)&real.fstat = next("fstat");
	*(void **)&real.sigaction = next("sigaction");
	*(void **)&real.sysconf = next("sysconf");
	*(void **)&real.sbrk = next("sbrk");
	*(void **)&real.shmat = next("shmat");
	*(void **)&real.getrusage = next("getrusage");
	*(void **)&real.setrlimit = next("setrlimit");
	*(void **)&real.statvfs = next("statvfs");
	*(void **)&real.fstatvfs = next("fstatvfs");
	state.page = (size_t)real.sysconf(_SC_PAGESIZE);
	dl_iterate_phdr(find_text, NULL);
	state.under_test = dlsym(RTLD_DEFAULT, "call_under_test");
	state.any = getenv("MMAPCHECK_FAULT_ANY") != NULL;
	state.nth = nth != NULL ? atol(nth) : 0;
	if (flags != NULL) {
		state.flags = (int)strtol(flags, NULL, 0);
		state.limited_to_flags = true;
	}
	if (state.nth != 0)
		count_together();
	if (trace != NULL)
		state.trace = open(
		    trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	state.stage = READY;
	if (name == NULL)
		return;
	state.fault = find_fault(name);
	if (state.fault == NULL && state.under_test != NULL) {
		fprintf(stderr, "faults: there is no fault \"%s\"\n", name);
		_exit(3);
	}
}

/* Constructors of other libraries may call before ours is run. */
static void
be_ready(void)
{
	if (state.stage == NEW)
		start();
}

enum fault_call
fault_current(void)
{
	return state.current;
}

const struct fault *
fault_chosen(void)
{
	return state.fault;
}

size_t
fault_page(void)
{
	return state.page;
}

size_t
fault_round(size_t length)
{
	return (length + state.page - 1) / state.page * state.page;
}

static void *
raw_mmap(const struct fault_args *args)
{
	return (void *)syscall(SYS_mmap, args->addr, args->length, args->prot,
	    args->flags, args->fd, args->offset);
}

long
fault_real(enum fault_call call, struct fault_args *args)
{
	switch (call) {
	case FAULT_MMAP:
		return (long)raw_mmap(args);
	case FAULT_MUNMAP:
		return syscall(SYS_munmap, args->addr, args->length);
	case FAULT_MPROTECT:
		return syscall(
		    SYS_mprotect, args->addr, args->length, args->prot);
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
		return real.posix_madvise(
		    args->addr, args->length, args->flags);
	case FAULT_MREMAP:
		return syscall(SYS_mremap, args->addr, args->length,
		    args->new_length, args->flags, args->new_addr);
	case FAULT_REMAP_FILE_PAGES:
		return syscall(SYS_remap_file_pages, args->addr, args->length,
		    args->prot, (size_t)args->offset, args->flags);
	case FAULT_SHM_OPEN:
		return real.shm_open(args->name, args->prot, args->mode);
	case FAULT_SHM_UNLINK:
		return real.shm_unlink(args->name);
	case FAULT_MEMFD_CREATE:
		return syscall(
		    SYS_memfd_create, args->name, (unsigned)args->flags);
	case FAULT_FORK:
		return real.fork();
	case FAULT_CLOSE:
		return syscall(SYS_close, args->fd);
	case FAULT_FTRUNCATE:
		return syscall(SYS_ftruncate, args->fd, args->offset);
	case FAULT_PREAD:
		return syscall(SYS_pread64, args->fd, args->buffer,
		    args->length, args->offset);
	case FAULT_WRITE:
		return syscall(SYS_write, args->fd, args->buffer, args->length);
	case FAULT_PWRITE:
		return syscall(SYS_pwrite64, args->fd, args->buffer,
		    args->length, args->offset);
	case FAULT_FSTAT:
		return real.fstat(args->fd, args->buffer);
	case FAULT_SYSCONF:
		return real.sysconf(args->flags);
	case FAULT_SBRK:
		return (long)real.sbrk((intptr_t)args->offset);
	case FAULT_MALLOC:
		return (long)__libc_malloc(args->length);
	case FAULT_FREE:
		__libc_free(args->addr);
		return 0;
	case FAULT_SHMAT:
		return (long)real.shmat(args->fd, args->addr, args->flags);
	case FAULT_DUP2:
		return syscall(SYS_dup2, args->fd, args->flags);
	case FAULT_OPEN:
		return syscall(
		    SYS_openat, AT_FDCWD, args->name, args->prot, args->mode);
	case FAULT_UNLINK:
		return syscall(SYS_unlinkat, AT_FDCWD, args->name, 0);
	case FAULT_GETRUSAGE:
		return real.getrusage(args->flags, args->buffer);
	case FAULT_PRCTL:
		return syscall(SYS_prctl, args->flags, args->offset, args->addr,
		    args->length, args->buffer);
	case FAULT_STATVFS:
		return args->name != NULL
		    ? real.statvfs(args->name, args->buffer)
		    : real.fstatvfs(args->fd, args->buffer);
	case FAULT_SETRLIMIT:
		return real.setrlimit(args->flags, args->buffer);
	default:
		errno = ENOSYS;
		return -1;
	}
}

long
fault_nothing(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	(void)args;
	return 0;
}

long
fault_fail(const struct fault *fault, struct fault_args *args)
{
	(void)args;
	errno = fault->to;
	return -1;
}

long
fault_drop_flag(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags &= ~fault->to;
	return fault_real(fault->call, &other);
}

long
fault_add_flag(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags |= fault->to;
	return fault_real(fault->call, &other);
}

/* ----- What was mapped --------------------------------------------------------------- */

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
static void
forget(const unsigned char *start, size_t length)
{
	for (size_t i = 0; i < RANGES; i++)
		if (ranges[i].length != 0 && ranges[i].start < start + length &&
		    start < ranges[i].start + ranges[i].length)
			ranges[i].length = 0;
}

static void
remember(const struct fault_args *args, long result)
{
	struct stat status;

	forget((unsigned char *)result, fault_round(args->length));
	for (size_t i = 0; i < RANGES; i++)
		if (ranges[i].length == 0) {
			ranges[i] =
			    (struct fault_range){ (unsigned char *)result,
				    fault_round(args->length), args->prot,
				    args->flags, args->fd, args->offset, 0, 0 };
			if ((args->flags & MAP_ANONYMOUS) == 0 &&
			    real.fstat(args->fd, &status) == 0) {
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
		    : real.shm_open(args->name, O_RDONLY, 0);
		int failed = fd == -1 || real.fstat(fd, &status) == -1;

		syscall(SYS_close, fd);
		if (failed)
			return 0;
	} else if (real.fstat(args->fd, &status) == -1) {
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
static int
traits_of(enum fault_call call, const struct fault_args *args)
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
		return malloc_usable_size(args->addr) > state.page ? LONG : 0;
	case FAULT_MREMAP:
		traits = args->new_length > args->length ? GROWS
		    : args->new_length < args->length    ? SHRINKS
							 : 0;
		traits |= ACCESSIBLE;
		break;
	default:
		break;
	}
	traits |= args->addr != NULL ? HAS_ADDRESS : LACKS_ADDRESS;
	if ((uintptr_t)args->addr % state.page != 0)
		traits |= ODD_ADDRESS;
	if (args->length % state.page != 0)
		traits |= ODD_LENGTH;
	if (args->length > state.page)
		traits |= LONG;
	if (args->offset % (off_t)state.page != 0)
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

/* ----- Whether to spoil a call --------------------------------------------------------- */

static bool
from_program(const void *caller)
{
	return (uintptr_t)caller >= state.text_start &&
	    (uintptr_t)caller < state.text_end;
}

static bool
is_under_test(enum fault_call call, const void *caller)
{
	if (state.under_test == NULL)
		return state.any && from_program(caller);
	if (call >= FAULT_FORK)
		return from_program(caller);
	return *state.under_test != 0;
}

/* Nothing is needed of most faults, and looking for it takes its time. */
static bool
to_spoil(const struct fault *fault, enum fault_call call,
    const struct fault_args *args)
{
	int needs = fault->needs & ~FAULT_RESULTS;

	if (fault->call == FAULT_TESTED
		? call >= FAULT_FORK || (fault->from & 1 << call) == 0
		: fault->call != call)
		return false;

	if ((args->flags & fault->with) != fault->with ||
	    (args->flags & fault->without) != 0 ||
	    (fault->within != 0 && (args->flags & fault->within) == 0) ||
	    (fault->only != 0 && args->flags != fault->only) ||
	    (needs != 0 && (traits_of(call, args) & needs) != needs))
		return false;
	if (state.limited_to_flags && args->flags != state.flags)
		return false;
	return state.nth == 0 ||
	    __atomic_add_fetch(state.seen, 1, __ATOMIC_SEQ_CST) == state.nth;
}

static const char *const call_names[FAULT_CALLS] = { "mmap", "munmap",
	"mprotect", "msync", "mlock", "mlock2", "munlock", "mlockall",
	"munlockall", "mincore", "madvise", "posix_madvise", "mremap",
	"remap_file_pages", "shm_open", "shm_unlink", "memfd_create", "fork",
	"exec", "close", "ftruncate", "pread", "write", "fstat", "sysconf",
	"signal", "sbrk", "malloc", "free", "shmat", "dup2", "open", "view",
	"unlink", "getrusage", "setrlimit", "prctl", "statvfs", "pwrite",
	"header", "tested" };

/*
 * One line a call: name, flags, errno, traits; written whole.  posix_madvise
 * gives the errno as its result.
 */
static void
trace(enum fault_call call, const struct fault_args *args, int traits,
    long result)
{
	char line[96];
	int error = errno, due = 0, length;

	if (call == FAULT_POSIX_MADVISE)
		due = (int)result;
	else if (result == -1)
		due = error;
	traits |= due != 0 ? FAILS : SUCCEEDS;
	length = snprintf(line, sizeof(line), "%s %#x %d %#x\n",
	    call_names[call], (unsigned)args->flags, due, (unsigned)traits);
	if (write(state.trace, line, (size_t)length) == -1)
		state.trace = -1;
	errno = error;
}

static long
enter(enum fault_call call, struct fault_args *args, const void *caller)
{
	const struct fault *fault;
	struct fault_args given = *args;
	int traits = 0;
	long result;

	be_ready();
	fault = state.fault;
	if (!is_under_test(call, caller))
		return fault_real(call, args);
	if (state.trace != -1)
		traits = traits_of(call, args);
	if (fault != NULL && to_spoil(fault, call, args)) {
		state.current = call;
		result = fault->act(fault, args);
	} else {
		result = fault_real(call, args);
	}
	if (call == FAULT_MMAP && result != -1)
		remember(&given, result);
	else if (call == FAULT_MUNMAP && result == 0)
		forget(given.addr, fault_round(given.length));
	if (state.trace != -1)
		trace(call, &given, traits, result);
	return result;
}

#define ENTER(call, ...)                                 \
	enter(call, &(struct fault_args){ __VA_ARGS__ }, \
	    __builtin_return_address(0))

/* ----- The calls ------------------------------------------------------------------------ */

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void *
mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return (void *)ENTER(FAULT_MMAP, .addr = addr, .length = length,
	    .prot = prot, .flags = flags, .fd = fd, .offset = offset);
}

EXPORTED void *
mmap64(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return (void *)ENTER(FAULT_MMAP, .addr = addr, .length = length,
	    .prot = prot, .flags = flags, .fd = fd, .offset = offset);
}

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

EXPORTED int
ftruncate64(int fd, off_t length)
{
	return (int)ENTER(FAULT_FTRUNCATE, .fd = fd, .offset = length);
}

EXPORTED ssize_t
pread(int fd, void *buffer, size_t length, off_t offset)
{
	return ENTER(FAULT_PREAD, .fd = fd, .buffer = buffer, .length = length,
	    .offset = offset);
}

EXPORTED ssize_t
pread64(int fd, void *buffer, size_t length, off_t offset)
{
	return ENTER(FAULT_PREAD, .fd = fd, .buffer = buffer, .length = length,
	    .offset = offset);
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

EXPORTED ssize_t
pwrite64(int fd, const void *buffer, size_t length, off_t offset)
{
	return ENTER(FAULT_PWRITE, .fd = fd,
	    .buffer = (void *)(uintptr_t)buffer, .length = length,
	    .offset = offset);
}

EXPORTED int
fstat(int fd, struct stat *status)
{
	return (int)ENTER(FAULT_FSTAT, .fd = fd, .buffer = status);
}

EXPORTED int
fstat64(int fd, struct stat64 *status)
{
	return (int)ENTER(FAULT_FSTAT, .fd = fd, .buffer = status);
}

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

EXPORTED int
setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit)
{
	return (int)ENTER(FAULT_SETRLIMIT, .flags = (int)resource,
	    .buffer = (void *)(uintptr_t)limit);
}

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

EXPORTED int
fstatvfs(int fd, struct statvfs *about)
{
	return (int)ENTER(FAULT_STATVFS, .fd = fd, .buffer = about);
}

EXPORTED int
statvfs64(const char *path, struct statvfs64 *about)
{
	return (int)ENTER(FAULT_STATVFS, .name = path, .buffer = about);
}

EXPORTED int
fstatvfs64(int fd, struct statvfs64 *about)
{
	return (int)ENTER(FAULT_STATVFS, .fd = fd, .buffer = about);
}

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

/* ----- The kernel's view: a changed copy of a file ------------------------------------ */

#define LINE 1024

/* Each line with room to grow in; the copy's descriptor, or -1. */
static int
changed_copy(int fd, const char *path)
{
	static char text[1 << 18], copied[1 << 18];
	size_t length = 0, made = 0;
	char line[LINE];
	ssize_t got;
	int copy;

	while (length < sizeof(text) - 1 &&
	    (got = syscall(
		 SYS_read, fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	for (char *at = text; *at != '\0';) {
		size_t end = strcspn(at, "\n");
		struct fault_args args = {
			.name = path, .buffer = line, .length = sizeof(line)
		};

		end += at[end] == '\n';
		snprintf(line, sizeof(line) / 2, "%.*s", (int)end, at);
		at += end;
		state.fault->act(state.fault, &args);
		made += (size_t)snprintf(
		    copied + made, sizeof(copied) - made, "%s", line);
	}
	copy = (int)syscall(SYS_memfd_create, path, MFD_CLOEXEC);
	if (copy == -1 || syscall(SYS_write, copy, copied, made) == -1)
		return -1;
	syscall(SYS_lseek, copy, 0, SEEK_SET);
	return copy;
}

static int
view_of(const char *path)
{
	static const struct {
		const char *path;
		int file;
	} files[] = { { "/proc/self/maps", FILE_MAPS },
		{ "/proc/self/smaps", FILE_SMAPS },
		{ "/proc/self/status", FILE_STATUS },
		{ "/proc/meminfo", FILE_MEMINFO } };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(path, files[i].path) == 0)
			return files[i].file;
	return strstr(path, "/hugepages-") != NULL ? FILE_HUGEPAGES
						   : FILE_OTHER;
}

/* Lines only: the frames in pagemap are no text. */
static bool
is_view(const char *path, int oflag, const void *caller)
{
	return state.under_test != NULL && from_program(caller) &&
	    (oflag & O_ACCMODE) == O_RDONLY &&
	    (strncmp(path, "/proc/", 6) == 0 ||
		strncmp(path, "/sys/", 5) == 0) &&
	    strstr(path, "pagemap") == NULL;
}

/* The path that a fault leads to. */
static const char *
led_to(const char *path, const void *caller)
{
	const char *other = NULL;

	if (state.fault != NULL && state.fault->lead != NULL &&
	    from_program(caller))
		other = state.fault->lead(path);
	return other != NULL ? other : path;
}

static int
open_view(const char *path, int oflag, mode_t mode, const void *caller)
{
	struct fault_args args = {
		.name = led_to(path, caller), .prot = oflag, .mode = mode
	};
	int fd = (int)fault_real(FAULT_OPEN, &args);
	int copy;

	if (fd == -1 || !is_view(path, oflag, caller))
		return fd;
	args.flags = view_of(path);
	if (state.trace != -1)
		trace(FAULT_VIEW, &args, 0, 0);
	if (state.fault == NULL || !to_spoil(state.fault, FAULT_VIEW, &args))
		return fd;
	copy = changed_copy(fd, path);
	syscall(SYS_close, fd);
	return copy;
}

EXPORTED int
open(const char *path, int oflag, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, oflag);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_view(path, oflag, mode, __builtin_return_address(0));
}

EXPORTED int
open64(const char *path, int oflag, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, oflag);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_view(path, oflag, mode, __builtin_return_address(0));
}

/* ----- Signals ---------------------------------------------------------------------------- */

static struct sigaction handlers[64];

static void
deliver(int signo, siginfo_t *info, void *context)
{
	struct fault_signal told = { signo, info->si_code, info->si_addr,
		false };
	siginfo_t changed = *info;
	struct sigaction *handler;

	struct fault_args args = { .flags = signo };

	if (state.trace != -1)
		trace(FAULT_SIGNAL, &args, 0, 0);
	if (state.fault != NULL && to_spoil(state.fault, FAULT_SIGNAL, &args))
		fault_signal(state.fault, &told);
	if (told.swallow) {
		uintptr_t at = (uintptr_t)info->si_addr;

		syscall(SYS_mmap, at - at % state.page, state.page,
		    PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		return;
	}
	changed.si_signo = told.signo;
	changed.si_code = told.code;
	changed.si_addr = told.addr;
	handler = &handlers[told.signo];
	if ((handler->sa_flags & SA_SIGINFO) != 0)
		handler->sa_sigaction(told.signo, &changed, context);
}

EXPORTED int
sigaction(int signo, const struct sigaction *new, struct sigaction *old)
{
	struct sigaction ours;
	int result;

	be_ready();
	if ((state.trace == -1 &&
		(state.fault == NULL || state.fault->call != FAULT_SIGNAL)) ||
	    (signo != SIGSEGV && signo != SIGBUS) || new == NULL ||
	    !from_program(__builtin_return_address(0)))
		return real.sigaction(signo, new, old);
	ours = *new;
	if ((new->sa_flags &SA_SIGINFO) != 0)
		ours.sa_sigaction = deliver;
	result = real.sigaction(signo, &ours, NULL);
	if (result == 0) {
		if (old != NULL)
			*old = handlers[signo];
		handlers[signo] = *new;
	}
	return result;
}

/* ----- exec ------------------------------------------------------------------------------- */

EXPORTED int
execvp(const char *file, char *const arguments[])
{
	if (from_program(__builtin_return_address(0))) {
		struct fault_args none = { 0 };

		if (state.trace != -1)
			trace(FAULT_EXEC, &none, 0, 0);
		if (state.fault != NULL && state.fault->call == FAULT_EXEC)
			state.fault->act(state.fault, &none);
	}
	return real.execvp(file, arguments);
}
