/* SPDX-License-Identifier: BSD-2-Clause */
/* sigaction(): handlers are told of a signal what a fault says of it. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <signal.h>
#include <unistd.h>

#include "library.h"

static struct sigaction handlers[64];

static void
deliver(int signo, siginfo_t *info, void *context)
{
	struct fault_signal told = { signo, info->si_code, info->si_addr,
		false };
	siginfo_t changed = *info;
	struct sigaction *handler;

	struct fault_args args = { .flags = signo };

	fault_trace(FAULT_SIGNAL, &args, 0, 0);
	if (fault_spoils(FAULT_SIGNAL, &args))
		fault_signal(fault_chosen(), &told);
	if (told.swallow) {
		uintptr_t at = (uintptr_t)info->si_addr;

		syscall(SYS_mmap, at - at % fault_page(), fault_page(),
		    PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		return;
	}
	changed.si_signo = told.signo;
	changed.si_code = told.code;
	changed.si_addr = told.addr;
	handler = &handlers[told.signo];
	if ((handler->sa_flags & SA_SIGINFO) != 0)
		handler->sa_sigaction(told.signo, &changed, context);
}

EXPORTED int
sigaction(int signo, const struct sigaction *new, struct sigaction *old)
{
	struct sigaction ours;
	int result;

	fault_be_ready();
	if ((!fault_is_tracing() &&
		(fault_chosen() == NULL ||
		    fault_chosen()->call != FAULT_SIGNAL)) ||
	    (signo != SIGSEGV && signo != SIGBUS) || new == NULL ||
	    !fault_from_program(__builtin_return_address(0)))
		return fault_libc.sigaction(signo, new, old);
	ours = *new;
	if ((new->sa_flags &SA_SIGINFO) != 0)
		ours.sa_sigaction = deliver;
	result = fault_libc.sigaction(signo, &ours, NULL);
	if (result == 0) {
		if (old != NULL)
			*old = handlers[signo];
		handlers[signo] = *new;
	}
	return result;
}
