/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What FreeBSD allows: 14.x mmap(2), and where that page is silent the order
 * of checks in sys/vm/vm_mmap.c (kern_mmap, vm_mmap_object), sys/kern/vfs_vnops.c
 * and sys/fs/devfs/devfs_vnops.c.
 *
 * Two roles are filled by flags of its own, MAP_PREFAULT_READ for POPULATE and
 * MAP_ALIGNED_SUPER for HUGETLB; neither can make a request of ordinary size
 * fail.  NORESERVE is a bit that old headers had and the kernel drops.
 */
#include <stdbool.h>
#include <stddef.h>

#include "platform/oracle/oracle_rules.h"
#include "platform/oracle/oracles.h"

#define MANUAL "FreeBSD mmap(2)"
#define SOURCE "FreeBSD sys/vm/vm_mmap.c kern_mmap"
#define VNODE  "FreeBSD sys/kern/vfs_vnops.c vn_mmap"
#define DEVFS  "FreeBSD sys/fs/devfs/devfs_vnops.c devfs_mmap_f"

struct call {
	const struct oracle_request *request;
	const struct oracle_facts *facts;
	struct oracle_answer *answer;
	bool anonymous;
	bool fixed;
	bool shared;
	bool private;
	bool zero; /* anonymous memory, or a device that is */
};

static bool
refused_request(const struct call *call)
{
	const struct oracle_request *request = call->request;
	const struct oracle_facts *facts = call->facts;
	unsigned long long page = (unsigned long long)facts->page_size;
	unsigned long long shift, end;

	if (request->length == 0)
		return oracle_allow(
		    call->answer, ORACLE_EINVAL, "length 0: EINVAL", MANUAL);
	if (call->anonymous &&
	    (request->object != ORACLE_NOTHING || request->offset != 0))
		return oracle_allow(call->answer, ORACLE_EINVAL,
		    "MAP_ANON with a descriptor or an offset: EINVAL", MANUAL);
	if (call->shared && call->private)
		return oracle_allow(call->answer, ORACLE_EINVAL,
		    "both MAP_SHARED and MAP_PRIVATE: EINVAL", MANUAL);
	/* An unaligned offset is taken; the result is shifted with it. */
	shift = (unsigned long long)request->offset % page;
	if (request->length + shift + page - 1 < request->length)
		return oracle_allow(call->answer, ORACLE_ENOMEM,
		    "length wraps: ENOMEM", SOURCE);
	if (!call->fixed)
		return false;
	if ((request->address - shift) % page != 0)
		return oracle_allow(call->answer, ORACLE_EINVAL,
		    "MAP_FIXED address not page aligned: EINVAL", MANUAL);
	end = facts->max_address;
	if (facts->max_address > 0 &&
	    (request->length > end || request->address > end - request->length))
		return oracle_allow(call->answer, ORACLE_EINVAL,
		    "MAP_FIXED outside the address space: EINVAL", MANUAL);
	if (facts->min_address > 0 &&
	    request->address < (unsigned long long)facts->min_address)
		return oracle_allow(call->answer, ORACLE_EINVAL,
		    "MAP_FIXED below the address space: EINVAL", MANUAL);
	return false;
}

/* What file system and descriptor forbid, of vnodes and of devices. */
static bool
refused_file(const struct call *call)
{
	const struct oracle_request *request = call->request;

	return oracle_refuse_noexec(
		   call->answer, request, call->facts, VNODE) ||
	    oracle_refuse_mode(call->answer, request, MANUAL);
}

static bool
refused_object(const struct call *call)
{
	const struct oracle_request *request = call->request;

	if (call->anonymous)
		return false;
	if (request->object == ORACLE_NOTHING ||
	    request->object == ORACLE_CLOSED)
		return oracle_allow(call->answer, ORACLE_EBADF,
		    "descriptor not open: EBADF", MANUAL);
	if (request->open & ORACLE_OPEN_PATH)
		return oracle_allow(call->answer, ORACLE_EBADF,
		    "O_PATH descriptor: EBADF", "FreeBSD open(2)");
	if (!call->shared && !call->private)
		return oracle_allow(call->answer, ORACLE_EINVAL,
		    "no mapping type: EINVAL", MANUAL);
	switch (request->object) {
	case ORACLE_PIPE:
	case ORACLE_FIFO:
	case ORACLE_SOCKET:
		return oracle_allow(call->answer, ORACLE_ENODEV,
		    "neither regular file nor character device: ENODEV",
		    MANUAL);
	case ORACLE_SHM:
	case ORACLE_MEMFD:
	case ORACLE_HUGE_FILE:
		return oracle_refuse_mode(call->answer, request, MANUAL);
	case ORACLE_DEVZERO:
		return refused_file(call);
	case ORACLE_DEVNULL:
		if (refused_file(call))
			return true;
		if (call->private && (call->request->prot & ORACLE_WRITE))
			return oracle_allow(call->answer, ORACLE_EACCES,
			    "private and writable device: EACCES", DEVFS);
		return oracle_allow(call->answer, ORACLE_EINVAL,
		    "device without private or any mappings: EINVAL", DEVFS);
	case ORACLE_DIRECTORY:
		if (refused_file(call))
			return true;
		return oracle_allow(call->answer, ORACLE_EINVAL | ORACLE_ENODEV,
		    "directory: ENODEV by the manual, EINVAL by the source",
		    "FreeBSD mmap(2), sys/vm/vm_mmap.c vm_mmap_vnode");
	default:
		if (request->offset < 0)
			return oracle_allow(call->answer, ORACLE_EINVAL,
			    "negative offset: EINVAL", MANUAL);
		return refused_file(call);
	}
}

static void
promise_access(const struct call *call)
{
	struct oracle_access access = {
		.load = ORACLE_ACCESS,
		.store = ORACLE_ACCESS,
		.denied = ORACLE_SEGV_ACCERR,
		.granted_by = { "access that the protection grants", MANUAL },
		.unreadable_by = { "reading without PROT_READ may work",
		    MANUAL },
		.unwritable_by = { "no PROT_WRITE: no store", MANUAL },
	};

	if (!call->zero && oracle_is_past_end(call->request)) {
		access.load = access.store = ORACLE_BUS;
		/* A private store may be given a page of its own instead. */
		if (!call->shared)
			access.store |= ORACLE_ACCESS;
		access.granted_by.rule =
		    "page past the end of the object: SIGBUS";
	}
	access.unreadable = access.load | access.denied;
	oracle_promise_access(call->answer, call->request, &access);
}

static void
promise(const struct call *call)
{
	const struct oracle_request *request = call->request;
	struct oracle_answer *answer = call->answer;

	oracle_promise_mapping(
	    answer, request, call->shared, call->zero, MANUAL);
	/*
	 * It maps what is in memory already and may be read; the pages of a
	 * memory object are, those of a file depend on its file system.
	 */
	if ((request->roles & ORACLE_POPULATE) && !call->anonymous &&
	    (request->object == ORACLE_SHM ||
		request->object == ORACLE_MEMFD) &&
	    (request->prot & ORACLE_READ) &&
	    request->offset + (long long)request->length <
		request->object_size + call->facts->page_size)
		oracle_promise(answer, ORACLE_RESIDENCY, ORACLE_ALL,
		    "MAP_PREFAULT_READ maps every resident page", MANUAL);
	promise_access(call);
}

void
oracle_freebsd(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	struct call call = {
		.request = request,
		.facts = facts,
		.answer = answer,
		.anonymous = (request->roles & ORACLE_ANONYMOUS) != 0,
		.fixed = (request->roles & ORACLE_FIXED) != 0,
		.shared = (request->roles & ORACLE_SHARED) != 0,
		.private = (request->roles & ORACLE_PRIVATE) != 0,
	};
	unsigned int wx = ORACLE_WRITE | ORACLE_EXECUTE;

	call.zero = call.anonymous || request->object == ORACLE_DEVZERO;
	oracle_start(answer, ORACLE_ANY & ~(ORACLE_OK | ORACLE_ENOMEM),
	    "refused before the old mapping is removed");
	if (refused_request(&call) || refused_object(&call))
		return;
	if ((request->prot & wx) == wx && facts->wx == 0) {
		oracle_allow(answer, ORACLE_EACCES,
		    "writable and executable where that is denied: EACCES",
		    "FreeBSD security(7) kern.elf64.allow_wx");
		return;
	}
	oracle_allow(answer, ORACLE_OK, "nothing forbids it", SOURCE);
	promise(&call);
}
