/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gVisor allows: a kernel of its own behind Linux's system calls, which
 * says that it is Linux 4.4 and has other rules.  It documents none of them,
 * so they are those of its source: pkg/sentry/syscalls/linux/sys_mmap.go
 * (Mmap), pkg/sentry/mm/syscalls.go (MMap), pkg/sentry/mm/vma.go
 * (createVMALocked), releases of December 2022 to August 2026.  It cannot be
 * asked for its release; where these differ, both answers are allowed.
 *
 * A check that comes first decides, so the rules below are in that order.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "platform/oracle/oracle_rules.h"
#include "platform/oracle/oracles.h"

#define CALL       "gVisor pkg/sentry/syscalls/linux/sys_mmap.go Mmap"
#define MAPPING    "gVisor pkg/sentry/mm/syscalls.go MMap"
#define PLACEMENT  "gVisor pkg/sentry/mm/vma.go findAvailableLocked"
#define DIFFERENCE "gVisor pkg/sentry/mm"

/* What concerns the file; false when the request survives it. */
static bool
refused_file(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	bool exec = (request->prot & ORACLE_EXECUTE) != 0;

	if (request->object == ORACLE_NOTHING ||
	    request->object == ORACLE_CLOSED)
		return oracle_allow(answer, ORACLE_EBADF,
		    "descriptor not open and no MAP_ANONYMOUS: EBADF", CALL);
	if (request->open & ORACLE_OPEN_PATH)
		return oracle_allow(answer, ORACLE_EBADF | ORACLE_EACCES,
		    "descriptor that names a file only: EBADF or EACCES", CALL);
	if ((request->open & ORACLE_OPEN_READ) == 0)
		return oracle_allow(answer, ORACLE_EACCES,
		    "descriptor not open for reading: EACCES", CALL);
	/* Since 2023. */
	if (exec && facts->noexec != 0)
		answer->allowed[ORACLE_OUTCOME] |= ORACLE_EPERM;
	switch (request->object) {
	case ORACLE_DIRECTORY:
	case ORACLE_PIPE:
	case ORACLE_FIFO:
	case ORACLE_SOCKET:
	case ORACLE_DEVNULL:
		return oracle_allow(answer, ORACLE_ENODEV,
		    "file that cannot be mapped: ENODEV",
		    "gVisor pkg/sentry/vfs/file_description_impl_util.go "
		    "ConfigureMMap");
	case ORACLE_DEVZERO:
		return false;
	default:
		break;
	}
	/* The length is not rounded up yet. */
	if (request->offset < 0 ||
	    request->length > (unsigned long long)(LLONG_MAX - request->offset))
		return oracle_allow(answer, ORACLE_EOVERFLOW,
		    "offset + length beyond any file: EOVERFLOW",
		    "gVisor pkg/sentry/vfs/file_description_impl_util.go "
		    "GenericConfigureMMap");
	return false;
}

/* Length, offset and address. */
static bool
refused_range(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer, bool anon)
{
	unsigned long long page = (unsigned long long)facts->page_size;
	unsigned long long length = (request->length + page - 1) / page * page;
	unsigned long long end = facts->max_address;
	unsigned long long offset = (unsigned long long)request->offset;
	bool fixed = (request->roles & ORACLE_FIXED) != 0;

	if (request->length == 0)
		return oracle_allow(
		    answer, ORACLE_EINVAL, "length 0: EINVAL", MAPPING);
	if (length == 0)
		return oracle_allow(answer, ORACLE_ENOMEM,
		    "length rounds up to 0: ENOMEM", MAPPING);
	if (!anon && offset + length < offset)
		return oracle_allow(answer, ORACLE_EOVERFLOW,
		    "offset + length wraps: EOVERFLOW", MAPPING);
	if (fixed && request->address % page != 0)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "MAP_FIXED address not page aligned: EINVAL", MAPPING);
	if (!anon && oracle_refuse_store(answer, request, MAPPING))
		return true;
	if (facts->max_address > 0 && length > end)
		return oracle_allow(answer, ORACLE_ENOMEM,
		    "longer than the address space: ENOMEM", PLACEMENT);
	if (fixed &&
	    ((facts->max_address > 0 && request->address > end - length) ||
		(facts->min_address > 0 &&
		    request->address < (unsigned long long)facts->min_address)))
		return oracle_allow(answer, ORACLE_ENOMEM,
		    "MAP_FIXED outside the address space: ENOMEM", PLACEMENT);
	return false;
}

static void
promise_access(const struct oracle_request *request,
    struct oracle_answer *answer, bool anon)
{
	/* The si_code is not Linux's: issue google/gvisor#14008. */
	struct oracle_access access = {
		.load = ORACLE_ACCESS,
		.denied = ORACLE_SEGV,
		.granted_by = { "access that the protection grants",
		    DIFFERENCE },
		.unwritable_by = { "store without PROT_WRITE: SIGSEGV",
		    DIFFERENCE },
	};
	bool past = !anon && oracle_is_past_end(request);

	if (past) {
		access.load = ORACLE_BUS;
		access.granted_by.rule =
		    "page past the end of the file: SIGBUS";
	}
	access.store = access.load;
	/* Any right is one to read. */
	access.unreadable = access.load;
	access.unreadable_by = access.granted_by;
	oracle_promise_access(answer, request, &access);
	if (past && request->prot != 0 && (request->prot & ORACLE_WRITE) == 0)
		oracle_promise(answer, ORACLE_STORE, ORACLE_BUS,
		    "store past the end of a file mapped to be read: SIGBUS",
		    DIFFERENCE "/syscalls.go HandleUserFault");
}

void
oracle_gvisor(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	unsigned int types = request->roles & (ORACLE_SHARED | ORACLE_PRIVATE);
	bool anon = (request->roles & ORACLE_ANONYMOUS) != 0;

	oracle_start(answer, ORACLE_ANY & ~ORACLE_OK,
	    "refused before the old mapping is removed");
	if ((unsigned long long)request->offset %
		(unsigned long long)facts->page_size !=
	    0) {
		oracle_allow(answer, ORACLE_EINVAL,
		    "offset not a multiple of the page size: EINVAL",
		    "Linux mmap(2), the C library");
		return;
	}
	if (types != ORACLE_SHARED && types != ORACLE_PRIVATE) {
		oracle_allow(answer, ORACLE_EINVAL,
		    "not exactly one of MAP_SHARED and MAP_PRIVATE: EINVAL",
		    CALL);
		return;
	}
	if ((!anon && refused_file(request, facts, answer)) ||
	    refused_range(request, facts, answer, anon))
		return;
	oracle_allow(answer, ORACLE_OK, "nothing forbids it", CALL);
	oracle_promise_mapping(answer, request, types == ORACLE_SHARED,
	    anon || request->object == ORACLE_DEVZERO, DIFFERENCE);
	oracle_promise(answer, ORACLE_RESIDENCY, ORACLE_ALL,
	    "every mapped page is told to be resident",
	    "gVisor pkg/sentry/syscalls/linux/sys_mmap.go Mincore");
	oracle_promise(answer, ORACLE_BACKING, ORACLE_ORDINARY_PAGES,
	    "MAP_HUGETLB has no effect", CALL);
	promise_access(request, answer, anon);
}
