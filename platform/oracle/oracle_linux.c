/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Linux allows: man-pages 6.x mmap(2), and where that page gives no
 * order or no answer, the order of checks in mm/mmap.c (ksys_mmap_pgoff,
 * do_mmap, mmap_region; 6.1 to 7.2).  A check that comes first decides, so
 * the rules below are in that order and each returns.
 *
 * Both mapping types at once are the third type, MAP_SHARED_VALIDATE.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "platform/oracle/oracle_rules.h"
#include "platform/oracle/oracles.h"

#define MANUAL  "Linux mmap(2)"
#define SOURCE  "Linux mm/mmap.c"
#define HUGETLB "Linux mm/hugetlb.c"

/* Releases that changed an answer. */
#define INTERNAL_NOEXEC oracle_release("6.18") /* pipes, sockets: noexec */
#define COMMIT_FIRST    oracle_release("6.12") /* then the old mapping goes */

/* File systems differ in the size of a file; none allows less. */
#define SMALLEST_LIMIT 0x7fffffffLL

/* A request as the checks see it. */
struct call {
	const struct oracle_request *request;
	const struct oracle_facts *facts;
	struct oracle_answer *answer;
	unsigned int roles;
	bool anonymous;
	bool fixed;
	bool huge; /* huge pages will stand behind it */
	bool shared;
	bool private;
	bool both;
	bool reserved;             /* huge pages are set aside for it */
	unsigned long long length; /* rounded up; 0: too long */
};

static bool
refuse(const struct call *call, unsigned long errors, const char *rule,
    const char *source)
{
	return oracle_allow(call->answer, errors, rule, source);
}

/* A refusal that is possible, when the facts do not tell. */
static void
may_refuse(const struct call *call, unsigned long errors)
{
	call->answer->allowed[ORACLE_OUTCOME] |= errors;
}

static unsigned long long
round_up(unsigned long long value, unsigned long long unit)
{
	return (value + unit - 1) / unit * unit;
}

/* What is looked at before any address: descriptor, size, length. */
static bool
refused_early(struct call *call)
{
	const struct oracle_request *request = call->request;
	const struct oracle_facts *facts = call->facts;
	unsigned long long page = (unsigned long long)facts->page_size;
	unsigned long long unit = page;

	if ((unsigned long long)request->offset % page != 0)
		return refuse(call, ORACLE_EINVAL,
		    "offset not a multiple of the page size: EINVAL", MANUAL);
	if (!call->anonymous) {
		if (request->object == ORACLE_NOTHING ||
		    request->object == ORACLE_CLOSED ||
		    (request->open & ORACLE_OPEN_PATH))
			return refuse(call, ORACLE_EBADF,
			    "descriptor not open and no MAP_ANONYMOUS: "
			    "EBADF",
			    MANUAL);
		call->huge = request->object == ORACLE_HUGE_FILE;
		if ((call->roles & ORACLE_HUGETLB) && !call->huge)
			return refuse(call, ORACLE_EINVAL,
			    "MAP_HUGETLB on a file without huge pages: "
			    "EINVAL",
			    SOURCE " ksys_mmap_pgoff");
	} else if (call->roles & ORACLE_HUGETLB) {
		call->huge = true;
		if (facts->huge_page_size == 0 && facts->hugetlb == 1)
			return refuse(call, ORACLE_ENOENT,
			    "a processor without huge pages: ENOENT",
			    "Linux fs/hugetlbfs/inode.c hugetlb_file_setup");
		if (facts->huge_page_size == 0 && facts->hugetlb == 0)
			return refuse(call, ORACLE_EINVAL,
			    "a kernel without huge pages: EINVAL",
			    SOURCE " ksys_mmap_pgoff");
		if (facts->huge_page_size == 0)
			return refuse(call, ORACLE_EINVAL | ORACLE_ENOENT,
			    "no huge pages: EINVAL or ENOENT",
			    SOURCE " ksys_mmap_pgoff");
		if (facts->huge_page_size < 0)
			may_refuse(call, ORACLE_EINVAL | ORACLE_ENOENT);
	}
	if (request->length == 0)
		return refuse(call, ORACLE_EINVAL, "length 0: EINVAL", MANUAL);
	if (call->huge && facts->huge_page_size > 0)
		unit = (unsigned long long)facts->huge_page_size;
	call->length = round_up(request->length, unit);
	if (call->length == 0)
		return refuse(call, ORACLE_ENOMEM,
		    "length rounds up to 0: ENOMEM", SOURCE " do_mmap");
	return false;
}

static bool
refused_address(struct call *call)
{
	const struct oracle_facts *facts = call->facts;
	unsigned long long address = call->request->address;
	unsigned long long end = facts->max_address;
	unsigned long long page = (unsigned long long)facts->page_size;

	if (facts->max_address > 0 && call->length > end)
		return refuse(call, ORACLE_ENOMEM,
		    "longer than the address space: ENOMEM",
		    SOURCE " get_unmapped_area");
	if (!call->fixed)
		return false;
	if (facts->max_address > 0 && address > end - call->length)
		return refuse(call, ORACLE_ENOMEM,
		    "address beyond the address space: ENOMEM", MANUAL);
	if (address % page != 0)
		return refuse(call, ORACLE_EINVAL,
		    "MAP_FIXED address not page aligned: EINVAL", MANUAL);
	if (call->huge && facts->huge_page_size > 0 &&
	    address % (unsigned long long)facts->huge_page_size != 0)
		return refuse(call, ORACLE_EINVAL,
		    "MAP_FIXED address not huge page aligned: EINVAL",
		    HUGETLB " hugetlb_get_unmapped_area");
	if (facts->min_address > 0 &&
	    address < (unsigned long long)facts->min_address) {
		if (facts->can_map_zero == 0)
			return refuse(call, ORACLE_EPERM,
			    "below vm.mmap_min_addr without CAP_SYS_RAWIO: "
			    "EPERM",
			    "Linux security/min_addr.c");
		if (facts->can_map_zero < 0)
			may_refuse(call, ORACLE_EPERM);
	}
	return false;
}

/* Offsets that the object cannot have. */
static bool
refused_offset(struct call *call)
{
	const struct oracle_request *request = call->request;
	bool regular = request->object == ORACLE_FILE ||
	    request->object == ORACLE_SHM || request->object == ORACLE_MEMFD;

	if (call->anonymous)
		return false;
	if (request->offset < 0 ||
	    (regular &&
		call->length >
		    (unsigned long long)(LLONG_MAX - request->offset)))
		return refuse(call, ORACLE_EOVERFLOW,
		    "offset + length beyond any file: EOVERFLOW",
		    SOURCE " file_mmap_ok");
	/* The limit of a file is that of its file system. */
	if (regular && request->offset > SMALLEST_LIMIT)
		may_refuse(call, ORACLE_EOVERFLOW);
	return false;
}

/* What the file system forbids. */
static bool
refused_execution(struct call *call)
{
	const struct oracle_facts *facts = call->facts;

	if ((call->request->prot & ORACLE_EXECUTE) == 0)
		return false;
	switch (call->request->object) {
	case ORACLE_PIPE:
	case ORACLE_SOCKET:
		/* Their internal file systems became noexec on the way. */
		if (facts->release < 0 || facts->release >= INTERNAL_NOEXEC)
			may_refuse(call, ORACLE_EPERM);
		return false;
	case ORACLE_MEMFD:
	case ORACLE_HUGE_FILE:
		/* Theirs is not, and nobody mounts it. */
		return false;
	default:
		if (facts->noexec == 1)
			return refuse(call, ORACLE_EPERM,
			    "PROT_EXEC on a noexec file system: EPERM", MANUAL);
		if (facts->noexec < 0)
			may_refuse(call, ORACLE_EPERM);
		return false;
	}
}

/* What the descriptor permits, then the kind of file. */
static bool
refused_file(struct call *call)
{
	const struct oracle_request *request = call->request;

	if (oracle_refuse_store(call->answer, request, MANUAL))
		return true;
	if ((request->open & ORACLE_OPEN_READ) == 0)
		return refuse(call, ORACLE_EACCES,
		    "descriptor not open for reading: EACCES", MANUAL);
	if (refused_execution(call))
		return true;
	switch (request->object) {
	case ORACLE_DIRECTORY:
	case ORACLE_PIPE:
	case ORACLE_FIFO:
	case ORACLE_DEVNULL:
		return refuse(call, ORACLE_ENODEV,
		    "file that cannot be mapped: ENODEV", MANUAL);
	case ORACLE_SOCKET:
		/* It refuses only when the old mapping has been removed. */
		call->answer->keeps &= ~ORACLE_ENODEV;
		return refuse(call, ORACLE_ENODEV,
		    "sockets cannot be mapped: ENODEV",
		    "Linux net/socket.c sock_mmap");
	default:
		return false;
	}
}

/* Offset and mapping type, then what is mapped. */
static bool
refused_object(struct call *call)
{
	if (refused_offset(call))
		return true;
	if (!call->shared && !call->private)
		return refuse(call, ORACLE_EINVAL,
		    "neither MAP_SHARED nor MAP_PRIVATE: EINVAL", MANUAL);
	if (!call->anonymous)
		return refused_file(call);
	if (!call->huge && call->both)
		return refuse(call, ORACLE_EINVAL,
		    "MAP_SHARED_VALIDATE is no type of anonymous memory: "
		    "EINVAL",
		    SOURCE " do_mmap");
	return false;
}

/* Whether strict overcommit counts the mapping. */
static bool
is_charged(const struct call *call)
{
	if (call->huge)
		return false;
	if (call->private)
		return (call->request->prot & ORACLE_WRITE) != 0;
	return call->anonymous || call->request->object == ORACLE_DEVZERO;
}

/* Errors that depend on how much is left of something. */
static bool
refused_memory(struct call *call)
{
	const struct oracle_facts *facts = call->facts;
	unsigned int wx = ORACLE_WRITE | ORACLE_EXECUTE;

	if ((call->request->prot & wx) == wx && facts->wx == 0)
		return refuse(call, ORACLE_EACCES,
		    "writable and executable where that is denied: EACCES",
		    "Linux prctl(2) PR_SET_MDWE");
	if (is_charged(call) &&
	    (facts->overcommit == 2 || facts->overcommit < 0)) {
		may_refuse(call, ORACLE_ENOMEM);
		if (facts->release < COMMIT_FIRST)
			call->answer->keeps &= ~ORACLE_ENOMEM;
	}
	if (!call->huge)
		return false;
	if (call->request->offset != 0 && facts->huge_page_size > 0 &&
	    call->request->offset % facts->huge_page_size != 0) {
		call->answer->keeps &= ~ORACLE_EINVAL;
		return refuse(call, ORACLE_EINVAL,
		    "offset not a multiple of the huge page size: EINVAL",
		    "Linux fs/hugetlbfs/inode.c hugetlbfs_file_mmap");
	}
	if (call->roles & ORACLE_NORESERVE)
		return false;
	call->answer->keeps &= ~ORACLE_ENOMEM;
	if (facts->huge_pages_free >= 0 && facts->huge_page_size > 0 &&
	    call->length / (unsigned long long)facts->huge_page_size <=
		(unsigned long long)facts->huge_pages_free) {
		call->reserved = true;
		return false;
	}
	/* A file may hold the pages it needs already. */
	if (facts->huge_pages_free < 0 || facts->huge_page_size < 0 ||
	    !call->anonymous) {
		may_refuse(call, ORACLE_ENOMEM);
		return false;
	}
	return refuse(call, ORACLE_ENOMEM,
	    "too few free huge pages and no MAP_NORESERVE: ENOMEM",
	    HUGETLB " hugetlb_reserve_pages");
}

static void
promise_access(const struct call *call)
{
	const char *arch = call->facts->arch;
	struct oracle_access access = {
		.load = ORACLE_ACCESS,
		.denied = ORACLE_SEGV_ACCERR,
		.granted_by = { "access that the protection grants", MANUAL },
		.unreadable_by = { "reading without PROT_READ depends on the "
				   "machine",
		    MANUAL " NOTES" },
		.unwritable_by = { "store without PROT_WRITE: SIGSEGV",
		    MANUAL " ERRORS" },
	};

	if (!call->anonymous && oracle_is_past_end(call->request)) {
		access.load = ORACLE_BUS_ADRERR;
		access.granted_by.rule =
		    "page past the end of the file: SIGBUS";
	} else if (call->huge && !call->reserved) {
		access.load = ORACLE_ACCESS | ORACLE_BUS_ADRERR;
		access.granted_by.rule =
		    "huge page not reserved: SIGBUS if there is none";
	}
	access.store = access.load;
	access.unreadable = access.load | access.denied;
	if ((call->request->prot & ORACLE_WRITE) && arch != NULL &&
	    (strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0)) {
		access.unreadable = access.load;
		access.unreadable_by.rule =
		    "PROT_WRITE implies PROT_READ on x86";
	}
	oracle_promise_access(call->answer, call->request, &access);
}

/* Whether all pages of the request lie inside the object. */
static bool
is_inside(const struct call *call)
{
	const struct oracle_request *request = call->request;
	unsigned long long end, page;

	if (call->anonymous || request->object_size < 0)
		return true;
	page = (unsigned long long)call->facts->page_size;
	end = round_up((unsigned long long)request->object_size, page);
	return (unsigned long long)request->offset + request->length <= end;
}

static void
promise(const struct call *call)
{
	const struct oracle_request *request = call->request;
	struct oracle_answer *answer = call->answer;
	bool zero = call->anonymous || request->object == ORACLE_DEVZERO;

	oracle_promise_mapping(answer, request, call->shared, zero, MANUAL);
	if ((call->roles & ORACLE_POPULATE) && request->prot != 0 &&
	    (!call->huge || call->reserved) && is_inside(call))
		oracle_promise(answer, ORACLE_RESIDENCY, ORACLE_ALL,
		    "MAP_POPULATE: pages are there when it returns", MANUAL);
	if (call->huge)
		oracle_promise(answer, ORACLE_BACKING, ORACLE_HUGE_PAGES,
		    "MAP_HUGETLB: huge pages", MANUAL);
	promise_access(call);
}

void
oracle_linux(const struct oracle_request *request,
    const struct oracle_facts *facts, struct oracle_answer *answer)
{
	struct call call = {
		.request = request,
		.facts = facts,
		.answer = answer,
		.roles = request->roles,
		.anonymous = (request->roles & ORACLE_ANONYMOUS) != 0,
		.fixed = (request->roles & ORACLE_FIXED) != 0,
		.shared = (request->roles & ORACLE_SHARED) != 0,
		.private = (request->roles & ORACLE_PRIVATE) != 0,
	};

	call.both = call.shared && call.private;
	if (call.both)
		call.private = false;

	oracle_start(answer, ORACLE_ANY & ~ORACLE_OK,
	    "refused before the old mapping is removed");
	if (refused_early(&call) || refused_address(&call) ||
	    refused_object(&call) || refused_memory(&call))
		return;
	oracle_allow(answer, ORACLE_OK, "nothing forbids it", SOURCE);
	promise(&call);
}
