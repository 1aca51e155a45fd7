/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core of the fault library: which fault is chosen, which calls it spoils,
 * and the trace.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "foreign.h"
#include "library.h"

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

/* Faults of results come last: they are blunt, and touch nearly every case. */
const struct fault *const fault_tables[] = { fault_process, fault_files,
	fault_objects, fault_view, fault_sync, fault_foreign, fault_placement,
	fault_remap, fault_protect, fault_locks, fault_memory, fault_advice,
	fault_results, fault_generic, NULL };

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
	for (size_t i = 0; fault_tables[i] != NULL; i++)
		for (const struct fault *row = fault_tables[i];
		     row->name != NULL; row++)
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
	const char *foreign = getenv("MMAPCHECK_FOREIGN");

	if (state.stage != NEW)
		return;
	state.stage = STARTING;
	fault_find_libc();
	state.page = (size_t)fault_libc.sysconf(_SC_PAGESIZE);
	dl_iterate_phdr(find_text, NULL);
	state.under_test = dlsym(RTLD_DEFAULT, "call_under_test");
	state.any = getenv("MMAPCHECK_FAULT_ANY") != NULL;
	state.nth = nth != NULL ? atol(nth) : 0;
	if (flags != NULL) {
		state.flags = (int)strtol(flags, NULL, 0);
		state.limited_to_flags = true;
	}
	if (foreign != NULL && state.under_test != NULL)
		foreign_begin(foreign);
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

void
fault_be_ready(void)
{
	if (state.stage == NEW)
		start();
}

enum fault_call
fault_current(void)
{
	return state.current;
}

bool
fault_in_suite(void)
{
	return state.under_test != NULL;
}

bool
fault_is_tracing(void)
{
	return state.trace != -1;
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

/* ----- Whether to spoil a call -------------------------------------------- */

bool
fault_from_program(const void *caller)
{
	return (uintptr_t)caller >= state.text_start &&
	    (uintptr_t)caller < state.text_end;
}

static bool
is_under_test(enum fault_call call, const void *caller)
{
	if (state.under_test == NULL)
		return state.any && fault_from_program(caller);
	if (call >= FAULT_FORK)
		return fault_from_program(caller);
	return *state.under_test != 0;
}

/* Nothing is needed of most faults, and looking for it takes its time. */
bool
fault_spoils(enum fault_call call, const struct fault_args *args)
{
	const struct fault *fault = state.fault;
	int needs;

	if (fault == NULL)
		return false;
	needs = fault->needs & ~FAULT_RESULTS;
	if (fault->call == FAULT_TESTED
		? call >= FAULT_FORK || (fault->from & 1 << call) == 0
		: fault->call != call)
		return false;
	if ((args->flags & fault->with) != fault->with ||
	    (args->flags & fault->without) != 0 ||
	    (fault->within != 0 && (args->flags & fault->within) == 0) ||
	    (fault->only != 0 && args->flags != fault->only) ||
	    (needs != 0 && (fault_traits(call, args) & needs) != needs))
		return false;
	if (state.limited_to_flags && args->flags != state.flags)
		return false;
	return state.nth == 0 ||
	    __atomic_add_fetch(state.seen, 1, __ATOMIC_SEQ_CST) == state.nth;
}

const char *const fault_call_names[FAULT_CALLS] = { "mmap", "munmap",
	"mprotect", "msync", "mlock", "mlock2", "munlock", "mlockall",
	"munlockall", "mincore", "madvise", "posix_madvise", "mremap",
	"remap_file_pages", "shm_open", "shm_unlink", "memfd_create",
	"pkey_mprotect", "mseal", "process_madvise", "mquery", "fork", "exec",
	"close", "ftruncate", "pread", "write", "fstat", "sysconf", "signal",
	"sbrk", "malloc", "free", "shmat", "dup2", "open", "view", "unlink",
	"getrusage", "setrlimit", "prctl", "statvfs", "pwrite", "fsync",
	"fcntl", "fchmod", "read", "clone", "readv", "recv", "copy_file_range",
	"sendfile", "splice", "fallocate", "lseek", "header", "any" };

/*
 * A line is written whole.  posix_madvise gives the errno as its result.
 */
void
fault_trace(enum fault_call call, const struct fault_args *args, int traits,
    long result)
{
	char line[96];
	int error = errno, due = 0, length;

	if (state.trace == -1)
		return;
	if (call == FAULT_POSIX_MADVISE)
		due = (int)result;
	else if (result == -1)
		due = error;
	traits |= due != 0 ? FAILS : SUCCEEDS;
	length = snprintf(line, sizeof(line), "%s %#x %d %#x\n",
	    fault_call_names[call], (unsigned)args->flags, due,
	    (unsigned)traits);
	if (write(state.trace, line, (size_t)length) == -1)
		state.trace = -1;
	errno = error;
}

long
fault_enter(enum fault_call call, struct fault_args *args, const void *caller)
{
	struct fault_args given = *args;
	int traits = 0;
	long result;

	fault_be_ready();
	if (!is_under_test(call, caller))
		return fault_real(call, args);
	if (state.trace != -1)
		traits = fault_traits(call, args);
	if (fault_spoils(call, args)) {
		state.current = call;
		result = state.fault->act(state.fault, args);
	} else {
		result = fault_real(call, args);
	}
	if (call == FAULT_MMAP && result != -1)
		fault_remember(&given, result);
	else if (call == FAULT_MUNMAP && result == 0)
		fault_forget(given.addr, fault_round(given.length));
	fault_trace(call, &given, traits, result);
	return result;
}
