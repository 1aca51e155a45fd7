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

#include "platform/oracle/oracle_rules.h"
#include "platform/oracle/oracle_uvm.h"
#include "platform/oracle/oracles.h"

#define MANUAL "NetBSD mmap(2)"
#define SOURCE "NetBSD sys/uvm/uvm_mmap.c sys_mmap"

static const struct oracle_uvm uvm = {
	.manual = MANUAL,
	.source = SOURCE,
	.refused = ORACLE_ENODEV,
	.refused_by = { "neither regular file nor character device: ENODEV",
	    MANUAL },
	.unreadable_by = { "PROT_WRITE may imply PROT_READ", MANUAL },
};

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
	} else if (oracle_uvm_refuse_object(answer, request, &uvm) ||
	    (request->object != ORACLE_DEVZERO &&
		oracle_refuse_noexec(answer, request, facts, SOURCE)))
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
	oracle_uvm_promise_access(answer, request, zero, &uvm);
}
