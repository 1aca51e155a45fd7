/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a portable program may expect of mmap(): POSIX.1-2024 (Issue 8).
 *
 * The standard puts no order among its errors, so a call with several defects
 * may fail with the error of any of them.  Flags it does not know, both
 * mapping types at once, and MAP_ANONYMOUS with a descriptor or an offset are
 * left open altogether.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "platform/oracle/oracle_rules.h"
#include "platform/oracle/oracles.h"

#define DESCRIPTION "POSIX.1-2024 mmap DESCRIPTION"
#define ERRORS      "POSIX.1-2024 mmap ERRORS"

/* Errors of exhausted resources, which any request may meet. */
#define EXHAUSTED (ORACLE_EAGAIN | ORACLE_EMFILE | ORACLE_ENOMEM)

/* Whether the standard leaves the effect of the request open altogether. */
static bool
is_unspecified(const struct oracle_request *request)
{
	unsigned int roles = request->roles;

	/* Flags it does not have. */
	if (roles & (ORACLE_POPULATE | ORACLE_NORESERVE | ORACLE_HUGETLB))
		return true;
	/* "Not both", without saying what happens then. */
	if ((roles & ORACLE_SHARED) && (roles & ORACLE_PRIVATE))
		return true;
	if ((roles & ORACLE_ANONYMOUS) &&
	    (request->object != ORACLE_NOTHING || request->offset != 0))
		return true;
	/* Objects and ways to open them that it does not have. */
	return (request->open & ORACLE_OPEN_PATH) != 0 ||
	    request->object == ORACLE_MEMFD ||
	    request->object == ORACLE_HUGE_FILE;
}

/* Errors that the request shall get; it may not succeed with any of them. */
static void
add_required(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	unsigned int roles = request->roles;
	unsigned long long end = facts->max_address;

	if ((roles & (ORACLE_SHARED | ORACLE_PRIVATE)) == 0)
		oracle_allow(answer, ORACLE_EINVAL,
		    "neither mapping type: EINVAL", ERRORS);
	if (request->length == 0)
		oracle_allow(answer, ORACLE_EINVAL, "length 0: EINVAL", ERRORS);
	if ((roles & ORACLE_FIXED) && facts->max_address > 0 &&
	    (request->length > end || request->address > end - request->length))
		oracle_allow(answer, ORACLE_ENOMEM,
		    "MAP_FIXED outside the address space: ENOMEM", ERRORS);
	if (roles & ORACLE_ANONYMOUS)
		return;
	if (request->object == ORACLE_NOTHING ||
	    request->object == ORACLE_CLOSED) {
		oracle_allow(
		    answer, ORACLE_EBADF, "descriptor not open: EBADF", ERRORS);
		return;
	}
	if (request->offset < 0)
		oracle_allow(answer,
		    ORACLE_EINVAL | ORACLE_ENXIO | ORACLE_EOVERFLOW,
		    "offset that no object has", ERRORS);
	else if (request->object == ORACLE_FILE &&
	    request->length > (unsigned long long)(LLONG_MAX - request->offset))
		oracle_allow(answer, ORACLE_EOVERFLOW | ORACLE_ENXIO,
		    "offset + length beyond any file: EOVERFLOW", ERRORS);
	if ((request->open & ORACLE_OPEN_READ) == 0)
		oracle_allow(answer, ORACLE_EACCES,
		    "descriptor not readable, whatever the protection: "
		    "EACCES",
		    ERRORS);
	oracle_refuse_store(answer, request, ERRORS);
}

/* Errors that the request may get, and whether success is left open then. */
static void
add_permitted(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	unsigned long long page = (unsigned long long)facts->page_size;
	bool refused = answer->allowed[ORACLE_OUTCOME] != 0;

	if ((unsigned long long)request->offset % page != 0 ||
	    ((request->roles & ORACLE_FIXED) && request->address % page != 0)) {
		oracle_allow(answer, ORACLE_EINVAL,
		    "address or offset not a multiple of the page size: may "
		    "be EINVAL",
		    ERRORS);
		if (!refused)
			answer->unspecified = ORACLE_OK;
	}
	if (request->roles & ORACLE_ANONYMOUS)
		return;
	switch (request->object) {
	case ORACLE_DEVZERO:
	case ORACLE_DEVNULL:
	case ORACLE_DIRECTORY:
	case ORACLE_PIPE:
	case ORACLE_FIFO:
	case ORACLE_SOCKET:
		oracle_allow(answer, ORACLE_ENODEV,
		    "type of file that need not be supported: ENODEV if not",
		    ERRORS);
		if (!refused)
			answer->unspecified = ORACLE_OK;
		break;
	default:
		break;
	}
}

static void
promise_access(
    const struct oracle_request *request, struct oracle_answer *answer)
{
	struct oracle_access access = {
		.load = ORACLE_ACCESS,
		.denied = ORACLE_SEGV_ACCERR | ORACLE_SEGV_OTHER,
		.granted_by = { "access that the protection grants",
		    DESCRIPTION },
		.unreadable_by = { "reading may be permitted without PROT_READ",
		    DESCRIPTION },
		.unwritable_by = { "no store succeeds without PROT_WRITE",
		    DESCRIPTION },
	};

	if ((request->roles & ORACLE_ANONYMOUS) == 0 &&
	    oracle_is_past_end(request)) {
		access.load = ORACLE_BUS;
		access.denied |= ORACLE_BUS;
		access.granted_by.rule =
		    "whole page past the object's end: SIGBUS";
	}
	access.store = access.load;
	access.unreadable = access.load | access.denied;
	oracle_promise_access(answer, request, &access);
}

void
oracle_portable(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	oracle_start(answer, ORACLE_EBADF | ORACLE_EINVAL | ORACLE_ENOTSUP,
	    "EBADF, EINVAL and ENOTSUP change no mapping");
	if (is_unspecified(request)) {
		answer->unspecified = ORACLE_ANY;
		return;
	}
	add_required(request, facts, answer);
	add_permitted(request, facts, answer);
	if (answer->allowed[ORACLE_OUTCOME] == 0)
		oracle_allow(
		    answer, ORACLE_OK, "no error applies", DESCRIPTION);
	answer->allowed[ORACLE_OUTCOME] |= EXHAUSTED;
	if (request->roles & ORACLE_FIXED)
		answer->allowed[ORACLE_OUTCOME] |=
		    ORACLE_EINVAL | ORACLE_ENOTSUP;
	if (request->prot & ORACLE_EXECUTE) {
		answer->allowed[ORACLE_OUTCOME] |= ORACLE_ENOTSUP;
		/*
		 * A policy against execution (noexec file systems, W^X) is
		 * one of the limitations that a system may add, with errors
		 * of its own: POSIX.1-2024 XSH 2.3 Error Numbers.
		 */
		answer->unspecified |= ORACLE_EACCES | ORACLE_EPERM;
	}
	if (oracle_is_past_end(request))
		answer->allowed[ORACLE_OUTCOME] |= ORACLE_ENXIO;
	oracle_promise_mapping(answer, request,
	    (request->roles & ORACLE_SHARED) != 0,
	    (request->roles & ORACLE_ANONYMOUS) != 0, DESCRIPTION);
	promise_access(request, answer);
}
