/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What OpenBSD allows: mmap(2), and where that page is silent the order of
 * checks in sys/uvm/uvm_mmap.c (sys_mmap, 1.204).  Read, not run.
 *
 * POPULATE, NORESERVE and HUGETLB do nothing or have no flag there.
 */
#include <stdbool.h>
#include <stddef.h>

#include "platform/oracle/oracle_rules.h"
#include "platform/oracle/oracle_uvm.h"
#include "platform/oracle/oracles.h"

#define MANUAL "OpenBSD mmap(2)"
#define SOURCE "OpenBSD sys/uvm/uvm_mmap.c sys_mmap"

static const struct oracle_uvm uvm = {
	.manual = MANUAL,
	.source = SOURCE,
	.refused = ORACLE_ENODEV | ORACLE_EINVAL,
	.refused_by = { "neither regular file nor character device: EINVAL by "
			"the manual, ENODEV by the source",
	    "OpenBSD mmap(2), sys/uvm/uvm_mmap.c sys_mmap" },
	.unreadable_by = { "reading without PROT_READ may fault",
	    MANUAL " BUGS" },
};

/* Length, flags, protection and the address of a MAP_FIXED request. */
static bool
refused_request(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	unsigned int both = ORACLE_SHARED | ORACLE_PRIVATE;
	unsigned int wx = ORACLE_WRITE | ORACLE_EXECUTE;
	unsigned long long page = (unsigned long long)facts->page_size;
	unsigned long long shift = (unsigned long long)request->offset % page;
	unsigned long long end = facts->max_address;
	unsigned long long address = request->address - shift;

	if ((request->prot & wx) == wx && facts->wx != 1) {
		if (facts->wx == 0)
			return oracle_allow(answer, ORACLE_ENOTSUP,
			    "writable and executable: ENOTSUP", MANUAL);
		answer->allowed[ORACLE_OUTCOME] |= ORACLE_ENOTSUP;
	}
	if ((request->roles & both) == both)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "both MAP_SHARED and MAP_PRIVATE: EINVAL", SOURCE);
	if (request->length == 0)
		return oracle_allow(
		    answer, ORACLE_EINVAL, "length 0: EINVAL", SOURCE);
	if (request->length + shift + page - 1 < request->length)
		return oracle_allow(
		    answer, ORACLE_EINVAL, "length wraps: EINVAL", SOURCE);
	if ((request->roles & ORACLE_FIXED) == 0)
		return false;
	if (address % page != 0)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "MAP_FIXED address not page aligned: EINVAL", MANUAL);
	if (address + request->length < address ||
	    (facts->max_address > 0 &&
		(address > end || request->length > end - address)) ||
	    (facts->min_address > 0 &&
		address < (unsigned long long)facts->min_address))
		return oracle_allow(answer, ORACLE_EINVAL,
		    "MAP_FIXED outside the address space: EINVAL", SOURCE);
	return false;
}

void
oracle_openbsd(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	bool anonymous = (request->roles & ORACLE_ANONYMOUS) != 0;
	bool zero = anonymous || request->object == ORACLE_DEVZERO;
	unsigned int both = ORACLE_READ | ORACLE_WRITE;

	oracle_start(answer, ORACLE_ANY & ~(ORACLE_OK | ORACLE_ENOMEM),
	    "refused before the old mapping is removed");
	if (refused_request(request, facts, answer))
		return;
	if (!anonymous && oracle_uvm_refuse_object(answer, request, &uvm))
		return;
	if (anonymous && request->object != ORACLE_NOTHING) {
		oracle_allow(answer, ORACLE_EINVAL,
		    "MAP_ANON with a descriptor: EINVAL", MANUAL);
		return;
	}
	oracle_allow(answer, ORACLE_OK, "nothing forbids it", SOURCE);
	/* Without a type the mapping is private. */
	oracle_promise_mapping(answer, request,
	    (request->roles & ORACLE_SHARED) != 0, zero, MANUAL);
	oracle_uvm_promise_access(answer, request, zero, &uvm);
	if ((request->prot & both) == ORACLE_WRITE)
		oracle_promise(answer, ORACLE_STORE,
		    answer->allowed[ORACLE_LOAD],
		    "writing without PROT_READ may fault", MANUAL " BUGS");
}
