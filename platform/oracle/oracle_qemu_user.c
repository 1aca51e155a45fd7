/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What QEMU's user mode allows: it passes the calls of a Linux program on to
 * the Linux below, after checks and detours of its own.  Its documentation
 * says nothing of them, so they are those of its source, linux-user/mmap.c
 * (target_mmap) and syscall.c (mmap_flags_tbl), release 7.2.  Later releases
 * dropped some of the detours, so each adds to what Linux allows.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "platform/oracle/oracle_rules.h"
#include "platform/oracle/oracles.h"

#define SOURCE "QEMU linux-user/mmap.c target_mmap"
#define TABLE  "QEMU linux-user/syscall.c mmap_flags_tbl"

/* Adds the errors of another request that Linux refuses. */
static void
add_errors(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	struct oracle_answer detour;

	oracle_linux(request, facts, &detour);
	answer->allowed[ORACLE_OUTCOME] |=
	    detour.allowed[ORACLE_OUTCOME] & ~ORACLE_OK;
	answer->keeps &= detour.keeps;
}

/* What is refused before Linux is asked. */
static bool
refused_early(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	unsigned long long page = (unsigned long long)facts->page_size;
	unsigned long long end = facts->max_address;

	if ((unsigned long long)request->offset % page != 0)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "offset not a multiple of the page size: EINVAL", SOURCE);
	if (request->length == 0)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "length 0, before all else: EINVAL", SOURCE);
	if (request->length + page - 1 < request->length)
		return oracle_allow(answer, ORACLE_EINVAL | ORACLE_ENOMEM,
		    "length rounds up to 0: EINVAL or ENOMEM", SOURCE);
	if ((request->roles & ORACLE_FIXED) == 0)
		return false;
	if (request->address % page != 0)
		return oracle_allow(answer, ORACLE_EINVAL,
		    "MAP_FIXED address not page aligned: EINVAL", SOURCE);
	if (end > 0 &&
	    (request->length > end || request->address > end - request->length))
		return oracle_allow(answer, ORACLE_ENOMEM,
		    "MAP_FIXED outside the address space: ENOMEM", SOURCE);
	return false;
}

/*
 * Without MAP_FIXED, anonymous memory of the same flags is mapped at a free
 * page first.
 */
static void
add_reservation(struct oracle_request inner, const struct oracle_facts *facts,
    struct oracle_answer *answer)
{
	unsigned long long end = facts->max_address;

	inner.roles |= ORACLE_FIXED | ORACLE_ANONYMOUS;
	inner.object = ORACLE_NOTHING;
	inner.offset = 0;
	inner.address = 1ull << 32;
	if (end > 0 && inner.address >= end)
		inner.address = 1ull << 24;
	add_errors(&inner, facts, answer);
	inner.address += (unsigned long long)facts->page_size;
	add_errors(&inner, facts, answer);
}

/* The code is MAPERR for all that Linux gives ACCERR for. */
static void
add_codes(const struct oracle_facts *facts, struct oracle_answer *answer)
{
	static const enum oracle_aspect accesses[] = { ORACLE_LOAD,
		ORACLE_STORE, ORACLE_JUMP };

	if (facts->arch == NULL || strncmp(facts->arch, "ppc", 3) != 0)
		return;
	for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++)
		if (answer->allowed[accesses[i]] & ORACLE_SEGV_ACCERR)
			answer->allowed[accesses[i]] |= ORACLE_SEGV_MAPERR;
}

void
oracle_qemu_user(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	struct oracle_request inner = *request;
	struct oracle_facts below = *facts;

	oracle_start(answer, ORACLE_ANY & ~ORACLE_OK,
	    "refused before the old mapping is removed");
	if (refused_early(request, facts, answer))
		return;
	/* PROT_EXEC is not passed on: what is executed here is translated. */
	if (facts->noexec == 1)
		below.noexec = -1;
	/* Linux sees no offset of anonymous memory. */
	if (request->roles & ORACLE_ANONYMOUS)
		inner.offset = 0;
	oracle_linux(&inner, &below, answer);
	if (inner.offset != request->offset)
		add_errors(request, &below, answer);
	if ((request->roles & ORACLE_FIXED) == 0)
		add_reservation(inner, &below, answer);
	oracle_promise(answer, ORACLE_RESIDENCY, ORACLE_ANY,
	    "MAP_POPULATE is not passed on", TABLE);
	/* In release 10, where the type is looked at first. */
	if ((request->roles & (ORACLE_SHARED | ORACLE_PRIVATE)) == 0)
		answer->allowed[ORACLE_OUTCOME] |= ORACLE_EINVAL;
	add_codes(facts, answer);
}
