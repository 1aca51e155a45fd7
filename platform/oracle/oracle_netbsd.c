/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What NetBSD allows: mmap(2), and where that page is silent the order of
 * checks in sys/uvm/uvm_mmap.c (sys_mmap, 1.184).  Read, not run.
 *
 * POPULATE and HUGETLB have no flag there; MAP_NORESERVE is accepted and does
 * nothing.
 */
#include <stdbool.h>
#include <stddef.h>

#include "platform/oracle/oracle.h"

#define MANUAL "NetBSD mmap(2)"
#define SOURCE "NetBSD sys/uvm/uvm_mmap.c sys_mmap"

/* Decides the address of a MAP_FIXED request. */
static bool
refused_address(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	unsigned long long page = (unsigned long long)facts->page_size;
	unsigned long long shift = (unsigned long long)request->offset % page;
	unsigned long long end = facts->max_address;
	unsigned long long address = request->address - shift;

	if (address % page != 0)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "MAP_FIXED address not page aligned: EINVAL", MANUAL);
	if (address + request->length < address)
		return oracle_allow(answer, ORACLE_EOVERFLOW,
		    "MAP_FIXED range wraps: EOVERFLOW", SOURCE);
	if (facts->max_address > 0 &&
	    (address > end || address + request->length > end))
		return oracle_allow(answer, ORACLE_EFBIG | ORACLE_EINVAL,
		    "MAP_FIXED above the address space: EINVAL by the manual, "
		    "EFBIG by the source",
		    "NetBSD mmap(2), sys/uvm/uvm_mmap.c sys_mmap");
	if (facts->min_address > 0 &&
	    address < (unsigned long long)facts->min_address)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "MAP_FIXED below the address space: EINVAL", MANUAL);
	return false;
}

/* What the kind of object and the mode of its descriptor forbid. */
static bool
refused_object(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	switch (request->object) {
	case ORACLE_NOTHING:
	case ORACLE_CLOSED:
		return oracle_allow(
		    answer, ORACLE_EBADF, "descriptor not open: EBADF", MANUAL);
	case ORACLE_DIRECTORY:
	case ORACLE_PIPE:
	case ORACLE_FIFO:
	case ORACLE_SOCKET:
		return oracle_allow(answer, ORACLE_ENODEV,
		    "neither regular file nor character device: ENODEV",
		    MANUAL);
	case ORACLE_DEVNULL:
		return oracle_allow(answer, ORACLE_ENODEV | ORACLE_EINVAL,
		    "device without mappings", SOURCE);
	case ORACLE_DEVZERO:
		/* Anonymous memory, before any permission is looked at. */
		return false;
	default:
		break;
	}
	if ((request->prot & ORACLE_READ) &&
	    (request->open & ORACLE_OPEN_READ) == 0)
		return oracle_allow(answer, ORACLE_EACCES,
		    "PROT_READ on a descriptor not open for reading: EACCES",
		    MANUAL);
	if ((request->roles & ORACLE_SHARED) &&
	    (request->prot & ORACLE_WRITE) &&
	    (request->open & ORACLE_OPEN_WRITE) == 0)
		return oracle_allow(answer, ORACLE_EACCES,
		    "shared and writable on a descriptor not open for "
		    "writing: EACCES",
		    MANUAL);
	if ((request->prot & ORACLE_EXECUTE) && facts->noexec == 1)
		return oracle_allow(answer, ORACLE_EACCES,
		    "PROT_EXEC on a noexec file system: EACCES", SOURCE);
	if ((request->prot & ORACLE_EXECUTE) && facts->noexec < 0)
		answer->allowed[ORACLE_OUTCOME] |= ORACLE_EACCES;
	return false;
}

static bool
refused(const struct oracle_request *request, const struct oracle_facts *facts,
    struct oracle_answer *answer)
{
	unsigned int both = ORACLE_SHARED | ORACLE_PRIVATE;
	unsigned int wx = ORACLE_WRITE | ORACLE_EXECUTE;
	unsigned long long page = (unsigned long long)facts->page_size;

	if ((request->roles & both) == both)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "both MAP_SHARED and MAP_PRIVATE: EINVAL", SOURCE);
	if (request->length == 0) {
		/* An anonymous request of nothing succeeds there. */
		if ((request->roles & ORACLE_ANONYMOUS) == 0)
			return oracle_allow(answer, ORACLE_EINVAL,
			    "length 0 of an object: EINVAL", SOURCE);
	} else if (request->length + page - 1 < request->length)
		return oracle_allow(
		    answer, ORACLE_ENOMEM, "length wraps: ENOMEM", SOURCE);
	if ((request->roles & ORACLE_FIXED) &&
	    refused_address(request, facts, answer))
		return true;
	if (request->roles & ORACLE_ANONYMOUS) {
		if (request->object != ORACLE_NOTHING)
			return oracle_allow(answer, ORACLE_EINVAL,
			    "MAP_ANON with a descriptor: EINVAL", MANUAL);
	} else if (refused_object(request, facts, answer))
		return true;
	if ((request->prot & wx) == wx && facts->wx != 1) {
		/* PaX MPROTECT; which of the two rights goes, it decides. */
		answer->allowed[ORACLE_OUTCOME] |= ORACLE_EACCES;
		if (facts->wx == 0)
			return oracle_allow(answer, ORACLE_EACCES,
			    "writable and executable under PaX MPROTECT: "
			    "EACCES",
			    "NetBSD security(7) PaX MPROTECT");
	}
	return false;
}

static void
promise_access(const struct oracle_request *request, bool zero,
    struct oracle_answer *answer)
{
	unsigned long denied = ORACLE_SEGV_ACCERR, done = ORACLE_ACCESS;
	const char *granted = "access that the protection grants";

	if (!zero && request->object_size >= 0 &&
	    request->offset >= request->object_size) {
		granted = "page past the end of the object: SIGBUS";
		done = ORACLE_BUS | ORACLE_SEGV;
	}
	if (request->prot == 0)
		oracle_promise(answer, ORACLE_LOAD, denied,
		    "PROT_NONE: no access", MANUAL);
	else if (request->prot & ORACLE_READ)
		oracle_promise(answer, ORACLE_LOAD, done, granted, MANUAL);
	else
		oracle_promise(answer, ORACLE_LOAD, done | denied,
		    "PROT_WRITE may imply PROT_READ", MANUAL);
	if (request->prot & ORACLE_WRITE)
		oracle_promise(answer, ORACLE_STORE, done, granted, MANUAL);
	else
		oracle_promise(answer, ORACLE_STORE, denied,
		    "no PROT_WRITE: no store", MANUAL);
	if (request->prot & ORACLE_EXECUTE)
		oracle_promise(answer, ORACLE_JUMP, done, granted, MANUAL);
}

void
oracle_netbsd(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	bool anonymous = (request->roles & ORACLE_ANONYMOUS) != 0;
	bool zero = anonymous || request->object == ORACLE_DEVZERO;

	oracle_start(answer, ORACLE_ANY & ~(ORACLE_OK | ORACLE_ENOMEM),
	    "refused before the old mapping is removed");
	if (refused(request, facts, answer))
		return;
	oracle_allow(answer, ORACLE_OK, "nothing forbids it", SOURCE);
	if (request->length == 0)
		return;
	/* Without a type the mapping is private. */
	oracle_promise_mapping(answer, request,
	    (request->roles & ORACLE_SHARED) != 0, zero, MANUAL);
	promise_access(request, zero, answer);
}
