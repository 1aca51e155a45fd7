/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "names.h"
#include "platform/platform.h"
#include "verdict.h"

#define TICKS 5 /* to a limit */

#define SIGNALS 3
static const int signals[SIGNALS] = { SIGSEGV, SIGBUS, SIGILL };

/* The access that a thread tries. */
static _Thread_local sigjmp_buf escape;
static _Thread_local volatile sig_atomic_t trying;
static _Thread_local volatile struct guard_signal caught;
static atomic_int trying_threads;
static volatile uintptr_t tried; /* its address */

/* The newest memory from calls under test, for messages. */
#define MEMORIES 32
struct memory {
	uintptr_t start;
	size_t length;
	char text[160];
};

static struct {
	bool acted;                    /* a call under test was made */
	const char *call;              /* its text, NULL: none yet */
	volatile sig_atomic_t calling; /* it has not returned yet */
	bool may_die;
	unsigned limit; /* seconds, as the next three */
	unsigned tick;
	unsigned still;     /* no call and no access began for so long */
	unsigned total;     /* since the limit was set, or the guard started */
	atomic_ulong steps; /* calls and accesses that began */
	unsigned long seen; /* of them, at the last tick */
	struct memory memories[MEMORIES];
	size_t noted;
} guard;

static const char *const access_words[] = {
	[PLAT_ACCESS_UNKNOWN] = "an access",
	[PLAT_ACCESS_LOAD] = "a load",
	[PLAT_ACCESS_STORE] = "a store",
	[PLAT_ACCESS_JUMP] = "a jump",
};

static const struct memory *
memory_of(uintptr_t addr)
{
	for (size_t i = 0; i < MEMORIES && i < guard.noted; i++) {
		const struct memory *memory =
		    &guard.memories[(guard.noted - 1 - i) % MEMORIES];

		if (addr - memory->start < memory->length)
			return memory;
	}
	return NULL;
}

/* The verdict on a signal that no guard_try() expected. */
static void
judge_signal(const struct guard_signal *got, const char *access)
{
	const struct memory *memory = memory_of(got->addr);
	char observed[96], subject[192];

	snprintf(observed, sizeof(observed), "%s/%s", names_signal(got->signo),
	    names_code(got->signo, got->code));
	if (!guard.acted)
		verdict_set_up(
		    false, "%s before the first call under test", observed);
	if (memory != NULL) {
		snprintf(
		    subject, sizeof(subject), "memory of %s", memory->text);
		snprintf(observed + strlen(observed),
		    sizeof(observed) - strlen(observed), " at byte %zu",
		    (size_t)(got->addr - memory->start));
		verdict_fail(subject, access, observed);
	}
	snprintf(observed + strlen(observed),
	    sizeof(observed) - strlen(observed), " in other memory");
	verdict_fail(NULL, access, observed);
}

static void
on_signal(int signo, siginfo_t *info, void *context)
{
	struct guard_signal got = { signo, info->si_code,
		(uintptr_t)info->si_addr };

	if (trying) {
		caught.signo = got.signo;
		caught.code = got.code;
		caught.addr = got.addr;
		siglongjmp(escape, 1);
	}
	if (guard.may_die || plat_was_sent(got.code)) {
		/* Sent: once more; raised: by the same access again. */
		signal(signo, SIG_DFL);
		if (plat_was_sent(got.code))
			raise(signo);
		return;
	}
	judge_signal(&got, access_words[plat_access(context)]);
}

void
guard_refusal(const void *addr, const char *allowed)
{
	const char *error = names_errno(errno);
	const struct memory *memory = memory_of((uintptr_t)addr);
	char subject[192];

	if (memory == NULL)
		return;
	snprintf(subject, sizeof(subject), "memory of %s", memory->text);
	verdict_fail(subject, allowed, error);
}

/* An access that never returns. */
static void fail_hanging(const char *) __attribute__((noreturn));

static void
fail_hanging(const char *observed)
{
	uintptr_t addr = tried;
	const struct memory *memory = memory_of(addr);
	char where[96], subject[192];

	if (memory == NULL)
		verdict_fail("an access to other memory", "a return", observed);
	snprintf(subject, sizeof(subject), "memory of %s", memory->text);
	snprintf(where, sizeof(where), "%s at byte %zu", observed,
	    (size_t)(addr - memory->start));
	verdict_fail(subject, "a return", where);
}

/*
 * Comes every few seconds.  One that is late, because the process was stopped,
 * is one all the same, so that a pause is no hang.
 */
static void
on_alarm(int signo)
{
	const char *made = guard.call != NULL ? guard.call : "";
	char observed[64], call[520];

	(void)signo;
	alarm(guard.tick);
	guard.total += guard.tick;
	guard.still = guard.steps == guard.seen ? guard.still + guard.tick : 0;
	guard.seen = guard.steps;
	snprintf(
	    observed, sizeof(observed), "no return within %u s", guard.limit);
	if (guard.still >= guard.limit && guard.calling) {
		snprintf(call, sizeof(call), "%s)", guard.call);
		verdict_fail(call, "a return", observed);
	}
	if (guard.still >= guard.limit && trying_threads > 0)
		fail_hanging(observed);
	if (guard.total >= 2 * guard.limit)
		verdict_set_up(false, "did not end within %u s%s%s",
		    2 * guard.limit, made[0] != '\0' ? ", last made " : "",
		    made);
}

/* A stack overflow is one of the faults that claims are about. */
static void
use_alternate_stack(void)
{
	static char memory[1 << 16];
	stack_t stack;

	memset(&stack, 0, sizeof(stack));
	stack.ss_sp = memory;
	stack.ss_size = sizeof(memory);
	if (sigaltstack(&stack, NULL) == -1)
		verdict_broken("sigaltstack");
}

void
guard_start(void)
{
	struct sigaction action;

	guard.acted = guard.may_die = false;
	guard.noted = 0;
	guard.still = guard.total = 0;
	use_alternate_stack();
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_signal;
	/* Not blocked in its handler, so a jump out has no mask to restore. */
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, NULL);
}

void
guard_let_die(void)
{
	guard.may_die = true;
}

void
guard_limit(unsigned seconds)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_alarm;
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	guard.limit = seconds;
	guard.tick = seconds > TICKS ? seconds / TICKS : 1;
	guard.still = guard.total = 0;
	alarm(guard.tick);
}

void
guard_begin(const char *text)
{
	guard.acted = true;
	guard.call = text;
	guard.calling = 1;
	guard.steps++;
}

void
guard_end(void)
{
	guard.calling = 0;
}

void
guard_memory(const void *start, size_t length, const char *text)
{
	struct memory *memory = &guard.memories[guard.noted++ % MEMORIES];

	memory->start = (uintptr_t)start;
	memory->length = length;
	snprintf(memory->text, sizeof(memory->text), "%s", text);
}

struct guard_signal
guard_try(void (*access)(volatile void *addr, unsigned char *value),
    volatile void *addr, unsigned char *value)
{
	struct guard_signal got;

	caught.signo = 0;
	caught.code = 0;
	caught.addr = 0;
	tried = (uintptr_t)addr;
	guard.steps++;
	trying_threads++;
	if (sigsetjmp(escape, 0) == 0) {
		trying = 1;
		access(addr, value);
	}
	trying = 0;
	trying_threads--;
	got.signo = caught.signo;
	got.code = caught.code;
	got.addr = caught.addr;
	return got;
}
