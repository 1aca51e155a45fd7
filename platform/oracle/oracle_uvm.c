/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/oracle/oracle_uvm.h"

#include <stdbool.h>

bool
oracle_uvm_refuse_object(struct oracle_answer *answer,
    const struct oracle_request *request, const struct oracle_uvm *system)
{
	switch (request->object) {
	case ORACLE_NOTHING:
	case ORACLE_CLOSED:
		return oracle_allow(answer, ORACLE_EBADF,
		    "descriptor not open: EBADF", system->manual);
	case ORACLE_DIRECTORY:
	case ORACLE_PIPE:
	case ORACLE_FIFO:
	case ORACLE_SOCKET:
		return oracle_allow(answer, system->refused,
		    system->refused_by.rule, system->refused_by.source);
	case ORACLE_DEVNULL:
		return oracle_allow(answer, ORACLE_ENODEV | ORACLE_EINVAL,
		    "device without mappings", system->source);
	case ORACLE_DEVZERO:
		/* Anonymous memory, before any permission is looked at. */
		return false;
	default:
		break;
	}
	return oracle_refuse_mode(answer, request, system->manual);
}

void
oracle_uvm_promise_access(struct oracle_answer *answer,
    const struct oracle_request *request, bool zero,
    const struct oracle_uvm *system)
{
	struct oracle_access access = {
		.load = ORACLE_ACCESS,
		.denied = ORACLE_SEGV_ACCERR,
		.granted_by = { "access that the protection grants",
		    system->manual },
		.unreadable_by = system->unreadable_by,
		.unwritable_by = { "no PROT_WRITE: no store", system->manual },
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
