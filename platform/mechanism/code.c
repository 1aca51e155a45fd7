/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Written once for all systems: machine code to be planted in memory, and what
 * the arguments of a signal handler say.
 */
#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>

#include "platform/platform.h"

#if defined(__linux__)
#include <ucontext.h>
#endif

/*
 * A return to the caller.  Bytes, not a copy of a function of ours: program
 * text may be executable and unreadable, and a pointer to a function need not
 * be the address of its code (Thumb's bit 0, descriptors).
 */
static const unsigned char code[] = {
#if defined(__x86_64__) || defined(__i386__)
	0xc3 /* ret */
#elif defined(__aarch64__) && defined(__AARCH64EL__)
	0xc0, 0x03, 0x5f, 0xd6 /* ret */
#elif defined(__arm__) && defined(__ARMEL__)
	0x1e, 0xff, 0x2f, 0xe1 /* bx lr, of the Arm instruction set */
#elif defined(__riscv)
	0x67, 0x80, 0x00, 0x00 /* jalr x0, 0(ra) */
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	0x20, 0x00, 0x80, 0x4e /* blr */
#elif defined(__s390x__)
	0x07, 0xfe /* br %r14 */
#elif defined(__loongarch__)
	0x20, 0x00, 0x00, 0x4c /* jirl zero, ra, 0 */
#elif defined(__mips__) && defined(__MIPSEL__)
	0x08, 0x00, 0xe0, 0x03, 0x00, 0x00, 0x00, 0x00 /* jr ra; nop */
#elif defined(__mips__)
	0x03, 0xe0, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00 /* jr ra; nop */
#else
	0
#endif
};

int
plat_return_code(const unsigned char **bytes, size_t *size)
{
	if (sizeof(code) == 1 && code[0] == 0)
		return ENOTSUP;
	*bytes = code;
	*size = sizeof(code);
	return 0;
}

/* Bits of the x86 page fault's error code. */
#define X86_STORE 0x2UL
#define X86_FETCH 0x10UL

enum plat_access
plat_access(const void *context)
{
#if defined(__linux__) && (defined(__x86_64__) || defined(__i386__))
	const ucontext_t *user = context;
	unsigned long error = (unsigned long)user->uc_mcontext.gregs[REG_ERR];

	if ((error & X86_FETCH) != 0)
		return PLAT_ACCESS_JUMP;
	return (error & X86_STORE) != 0 ? PLAT_ACCESS_STORE : PLAT_ACCESS_LOAD;
#else
	(void)context;
	return PLAT_ACCESS_UNKNOWN;
#endif
}

/* Only Linux counts these from 0 down. */
bool
plat_was_sent(int si_code)
{
#ifdef SI_LWP
	if (si_code == SI_LWP)
		return true;
#endif
	return si_code == SI_USER || si_code == SI_QUEUE || si_code <= 0;
}
