/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What User-mode Linux allows: it is Linux, but the processor under it is the
 * system call interface of another one, and its faults are handled as on a
 * machine of its own.
 */
#include <stdbool.h>
#include <stddef.h>

#include "platform/oracle/oracle_rules.h"
#include "platform/oracle/oracles.h"

void
oracle_uml(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	oracle_linux(request, facts, answer);
	if ((request->prot & ORACLE_WRITE) && !(request->prot & ORACLE_READ))
		oracle_promise(answer, ORACLE_LOAD,
		    answer->allowed[ORACLE_LOAD] | ORACLE_SEGV_ACCERR,
		    "the first load of a page asks for PROT_READ or PROT_EXEC",
		    "Linux arch/um/kernel/trap.c handle_page_fault");
}
