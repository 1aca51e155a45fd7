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
	return oracle_refuse_mode(answer, request, MANUAL) ||
	    oracle_refuse_noexec(answer, request, facts, SOURCE);
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
	struct oracle_access access = {
		.load = ORACLE_ACCESS,
		.denied = ORACLE_SEGV_ACCERR,
		.granted_by = { "access that the protection grants", MANUAL },
		.unreadable_by = { "PROT_WRITE may imply PROT_READ", MANUAL },
		.unwritable_by = { "no PROT_WRITE: no store", MANUAL },
	};

	if (!zero && oracle_is_past_end(request)) {
		access.load = ORACLE_BUS | ORACLE_SEGV;
		access.granted_by.rule =
		    "page past the end of the object: SIGBUS";
	}
	access.store = access.load;
	access.unreadable = access.load | access.denied;
	oracle_promise_access(answer, request, &access);
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
