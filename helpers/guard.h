/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands between a signal and the end of the case.  What a call under test
 * did, or did not do, can raise SIGSEGV, SIGBUS or SIGILL at any later access,
 * and can keep a call or an access from ever returning.  Both are verdicts:
 *
 *	memory of mmap(NULL, 4096, RW, SHARED, file, 0): SIGSEGV/ACCERR at
 *	    byte 0, allowed a store [...]
 *	msync(0x7f..., 4096, SYNC): no return within 25 s, allowed a return
 *	memory of mmap(...): no return within 25 s at byte 0, allowed a return
 *
 * Before the first call under test, or where nothing under test was going on,
 * the case is broken.  A signal that somebody sent (kill(2)) has its usual
 * effect.  Works in every thread, and in children made by child.h.
 */
#ifndef HELPERS_GUARD_H
#define HELPERS_GUARD_H

#include <sys/types.h>

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Begins to guard this process; what ran before under the guard is
 * forgotten.  Cannot: the case is broken.
 */
void guard_start(void);

/*
 * From now on this process may die of a signal, for that is what its parent
 * looks at.  Accesses by guard_try() are caught all the same.
 */
void guard_let_die(void);

/*
 * A call or an access that has not returned after that many seconds hangs.  A
 * process that has not ended after twice as many is broken.  Time in which
 * the process was stopped does not count.
 */
void guard_limit(unsigned seconds);

/*
 * For call.c: a call under test is about to be made, or was made already; its
 * text, without the last parenthesis until it has ended, stands there for good
 * ("": no call any more).  It has ended.  It has given memory, length bytes
 * from start, by a call that reads as text.
 */
void guard_begin(const char *text);
void guard_end(void);
void guard_memory(const void *start, size_t length, const char *text);

/*
 * An errno from a call that the suite itself made with that memory: where a
 * call under test gave it, the case fails, as allowed ("munmap") says what
 * memory must bear.  Elsewhere it returns.
 */
void guard_refusal(const void *addr, const char *allowed);

/* What an access raised; signo 0: nothing. */
struct guard_signal {
	int signo;
	int code;       /* si_code */
	uintptr_t addr; /* si_addr */
};

/*
 * Makes one access by way of access(addr, value), and gives what it raised.
 * access must do nothing else: it may be left at any instruction.
 */
struct guard_signal guard_try(
    void (*access)(volatile void *addr, unsigned char *value),
    volatile void *addr, unsigned char *value);

#endif
