/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What OpenBSD says of calls and flags of its own: mquery, MAP_STACK, which it
 * asks of every stack, MAP_CONCEAL and __MAP_NOFAULT.  A case whose call or
 * flag is missing here is unsupported; where another system has it, the case
 * records what it does.
 */
#include <sys/types.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/core.h"
#include "helpers/names.h"
#include "helpers/place.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/openbsd.def"
#include "helpers/claims.h"

#define ANON "PRIVATE|ANON"

static void
mquery_answers(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(1), *there;

	there = call_mquery(NULL, page, RW, ANON, -1, 0);
	call_expect("ok");
	verdict_either(!area_is_mapped(there), "nothing mapped", "mapped");
	call_mmap_at(there, page, RW, ANON "|FIXED|__MAP_NOREPLACE", -1, 0);
	place_expect_usable(there, page);
	call_mquery(used, page, RW, ANON "|FIXED", -1, 0);
	call_expect("ENOMEM");
	verdict_either(area_still_filled(used, 0, 1), "the page in use kept",
	    "the page in use changed");
	verdict_observe("ENOMEM for the page in use");
}

/*
 * ----- MAP_STACK ---------------------------------------------------------
 *
 * The signal stack is twice as long as it need be.  Its lower half becomes
 * plain memory; the handler goes down into it and enters the kernel there.
 */
#define HALF ((size_t)1 << 18)

static volatile sig_atomic_t survived;

static void
go_down(int signo)
{
	volatile char room[HALF + HALF / 2];

	(void)signo;
	room[0] = room[sizeof(room) - 1] = 'r';
	survived = getppid() > 0 && room[0] == 'r';
}

static long
run_on_signal_stack(void *plain)
{
	struct sigaction action;
	stack_t stack;

	memset(&stack, 0, sizeof(stack));
	stack.ss_size = 2 * HALF;
	stack.ss_sp = call_map(stack.ss_size, RW, ANON "|STACK", -1, 0);
	probe_expect_bytes(stack.ss_sp, view_page(), 0, "the stack");
	if (sigaltstack(&stack, NULL) == -1)
		verdict_broken("sigaltstack");
	if (plain != NULL) {
		call_mmap(stack.ss_sp, HALF, RW, ANON "|FIXED", -1, 0);
		call_expect("ok");
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = go_down;
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	return survived;
}

static void
stack_required(void)
{
	struct child_status status;
	int yes = 1;
	long done = child_try(run_on_signal_stack, NULL, &status);

	verdict_expect(status.exited && done == 1, "ok",
	    "a system call with the stack pointer in MAP_STACK memory: %s",
	    done == 1           ? "ok"
		: status.exited ? "not made"
				: names_signal(status.signo));
	child_try(run_on_signal_stack, &yes, &status);
	verdict_expect(status.signo == SIGSEGV, "SIGSEGV",
	    "a system call with the stack pointer in plain memory: %s",
	    status.exited ? "ok" : names_signal(status.signo));
}

static void
stack_protected(void)
{
	size_t page = view_page();
	unsigned char *stack = call_map(4 * page, RW, ANON "|STACK", -1, 0);
	bool refused, kept;

	place_expect_usable(stack, 4 * page);
	call_mprotect(stack, page, R);
	refused = !call_last()->ok;
	kept = probe_store(stack, 1).signo == 0;
	verdict_either(refused == kept, refused ? "refused" : "read-only",
	    kept ? "ok, and nothing changed" : "refused, and changed");
}

/*
 * ----- __MAP_NOFAULT, MAP_CONCEAL ----------------------------------------
 */

static void
nofault_past_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *memory;

	call_flags("", "__MAP_NOFAULT");
	memory = call_map(2 * page, RW, "SHARED", file.fd, 0);
	probe_expect_load(
	    memory + page, "past the end, without the flag", "SIGBUS|SIGSEGV");
	memory = call_map(2 * page, RW, "SHARED|__MAP_NOFAULT", file.fd, 0);
	probe_expect_pattern(memory, page, 0, "the file's page");
	probe_expect_bytes(memory + page, page, 0, "past the end");
	verdict_observe("zeros");
}

static void
conceal(void)
{
	core_expect_kept_out(
	    probe_map_zeros(view_page(), ANON "|CONCEAL", -1, 0));
}

/* clang-format off */
static const struct row cases[] = {
	CODE(mquery_answers,    OPENBSD_MQUERY,      mquery_answers),
	CODE(stack_required,    OPENBSD_MAP_STACK_REQUIRED, stack_required),
	CODE(stack_protected,   OPENBSD_STACK_PROTECTED, stack_protected),
	/*   name               claim                addr len   prot flags                    object   off   allowed */
	CALL(stack_inaccessible, OPENBSD_STACK_NEEDS_ACCESS, ANY, P(4), NONE, ANON "|STACK",        NOTHING, B(0), "EINVAL", SOUND_PROT(RW)),
	CALL(nofault_anonymous, OPENBSD_MAP_NOFAULT, ANY, P(1), RW,  ANON "|__MAP_NOFAULT",   NOTHING, B(0), "EINVAL", SOUND_FLAGS(ANON)),
	CODE(nofault_past_end,  OPENBSD_MAP_NOFAULT, nofault_past_end),
	CODE(conceal,           OPENBSD_MAP_CONCEAL, conceal),
};
/* clang-format on */

SUITE_PROGRAM(cases)
