/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What NetBSD and OpenBSD have alike, whose mappings are of one origin, each
 * with its own words and sources.
 */
#ifndef ORACLE_UVM_H
#define ORACLE_UVM_H

#include <stdbool.h>

#include "platform/oracle/oracle_rules.h"

struct oracle_uvm {
	const char *manual;
	const char *source;
	unsigned long refused; /* errors of what is neither file nor device */
	struct oracle_ground refused_by;
	struct oracle_ground unreadable_by; /* a load without PROT_READ */
};

/*
 * Refuses for the kind of object and for the mode of its descriptor, and
 * returns true then.
 */
bool oracle_uvm_refuse_object(struct oracle_answer *answer,
    const struct oracle_request *request, const struct oracle_uvm *system);

/* Promises what accesses do; zero as oracle_promise_mapping(). */
void oracle_uvm_promise_access(struct oracle_answer *answer,
    const struct oracle_request *request, bool zero,
    const struct oracle_uvm *system);

#endif
