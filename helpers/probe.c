/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "probe.h"
#include "suite.h"

enum access {
	LOAD,
	STORE,
	JUMP
};

static sigjmp_buf escape;
static volatile sig_atomic_t armed; /* an access is going on */
static volatile struct probe_fault caught;

#define SIGNALS 3
static const int signals[SIGNALS] = { SIGSEGV, SIGBUS, SIGILL };
static struct sigaction old_actions[SIGNALS];
static int held;

static void
on_signal(int signo, siginfo_t *info, void *context)
{
	(void)context;
	if (!armed) {
		/* Not by our access: the same again, with its usual effect. */
		signal(signo, SIG_DFL);
		return;
	}
	caught.signo = signo;
	caught.code = info->si_code;
	caught.addr = (uintptr_t)info->si_addr;
	siglongjmp(escape, 1);
}

/* A stack overflow is one of the faults that claims are about. */
static void
use_alternate_stack(void)
{
	static char memory[1 << 16];
	static bool used;
	stack_t stack;

	if (used)
		return;
	memset(&stack, 0, sizeof(stack));
	stack.ss_sp = memory;
	stack.ss_size = sizeof(memory);
	if (sigaltstack(&stack, NULL) == -1)
		suite_broken("sigaltstack");
	used = true;
}

void
probe_hold(void)
{
	struct sigaction action;

	if (held++ > 0)
		return;
	use_alternate_stack();
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_signal;
	/* Not blocked in its handler, so a jump out has no mask to restore. */
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &old_actions[i]);
}

void
probe_release(void)
{
	if (--held > 0)
		return;
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &old_actions[i], NULL);
}

/*
 * Copied to be jumped at, so it must neither call nor refer to anything: a
 * return is all there is to it.
 */
__attribute__((noinline)) static void
just_return(void)
{
	__asm__ volatile("");
}

bool
probe_plant(void *addr)
{
	uintptr_t code = (uintptr_t)&just_return;

	memcpy(addr, (const void *)code, PROBE_CODE);
	__builtin___clear_cache((char *)addr, (char *)addr + PROBE_CODE);
	return true;
}

static struct probe_fault
touch(enum access access, volatile void *addr, unsigned char *value)
{
	struct probe_fault fault;

	probe_hold();
	caught.signo = 0;
	caught.code = 0;
	caught.addr = 0;
	if (sigsetjmp(escape, 0) == 0) {
		armed = 1;
		if (access == LOAD)
			*value = *(const volatile unsigned char *)addr;
		else if (access == STORE)
			*(volatile unsigned char *)addr = *value;
		else
			((void (*)(void))(uintptr_t)addr)();
	}
	armed = 0;
	probe_release();
	fault.signo = caught.signo;
	fault.code = caught.code;
	fault.addr = caught.addr;
	return fault;
}

struct probe_fault
probe_load(const volatile void *addr, unsigned char *value)
{
	unsigned char ignored;

	return touch(LOAD, (volatile void *)(uintptr_t)addr,
	    value != NULL ? value : &ignored);
}

struct probe_fault
probe_store(volatile void *addr, unsigned char value)
{
	return touch(STORE, addr, &value);
}

struct probe_fault
probe_jump(const void *addr)
{
	return touch(JUMP, (volatile void *)(uintptr_t)addr, NULL);
}

const char *
probe_name(struct probe_fault fault)
{
	static char names[4][48];
	static int turn;
	char *name = names[turn++ % 4];

	if (fault.signo == 0)
		return "ok";
	snprintf(name, sizeof(names[0]), "%s/%s", names_signal(fault.signo),
	    names_code(fault.signo, fault.code));
	return name;
}

bool
probe_allows(const char *allowed, struct probe_fault fault)
{
	for (const char *word = allowed; *word != '\0';) {
		size_t length = strcspn(word, "|");
		size_t name = strcspn(word, "|/");

		if (length == 2 && memcmp(word, "ok", 2) == 0) {
			if (fault.signo == 0)
				return true;
		} else {
			const char *code = names_code(fault.signo, fault.code);
			int signo = names_signal_value(word, name);

			suite_set_up(signo != 0,
			    "unknown signal in the allowed set \"%s\"",
			    allowed);
			if (signo == fault.signo &&
			    (name == length ||
				(strlen(code) == length - name - 1 &&
				    memcmp(code, word + name + 1,
					length - name - 1) == 0)))
				return true;
		}
		word += length + (word[length] == '|');
	}
	return false;
}

static void
expect(const char *verb, const volatile void *addr, const char *what,
    const char *allowed, struct probe_fault fault)
{
	uintptr_t page = suite_page();

	suite_expect(probe_allows(allowed, fault), allowed, "%s %s: %s", verb,
	    what, probe_name(fault));
	suite_expect(
	    fault.signo == 0 || fault.addr / page == (uintptr_t)addr / page,
	    "si_addr on the page touched", "%s %s: %s%s", verb, what,
	    probe_name(fault),
	    fault.signo == 0 || fault.addr / page == (uintptr_t)addr / page
		? ""
		: " with si_addr elsewhere");
}

void
probe_expect_load(
    const volatile void *addr, const char *what, const char *allowed)
{
	expect("load from", addr, what, allowed, probe_load(addr, NULL));
}

void
probe_expect_store(volatile void *addr, const char *what, const char *allowed)
{
	expect("store to", addr, what, allowed, probe_store(addr, 's'));
}

/* One guarded access a page, plain ones for the rest. */
static void
expect_readable(
    const unsigned char *byte, bool first, size_t at, const char *what)
{
	struct probe_fault fault;

	if (!first && (uintptr_t)byte % suite_page() != 0)
		return;
	fault = probe_load(byte, NULL);
	if (fault.signo != 0)
		suite_expect(false, "readable memory", "%s: %s at byte %zu",
		    what, probe_name(fault), at);
}

void
probe_expect_bytes(
    const void *addr, size_t length, unsigned char value, const char *what)
{
	const volatile unsigned char *bytes = addr;
	char allowed[32];

	snprintf(allowed, sizeof(allowed), "%#x throughout", value);
	for (size_t i = 0; i < length; i++) {
		expect_readable(
		    (const unsigned char *)addr + i, i == 0, i, what);
		if (bytes[i] != value)
			suite_expect(false, allowed,
			    "%s: %#x at byte %zu of %zu", what, bytes[i], i,
			    length);
	}
	suite_expect(true, allowed, "%s: %#x throughout", what, value);
}

void
probe_expect_pattern(
    const void *addr, size_t length, off_t offset, const char *what)
{
	const volatile unsigned char *bytes = addr;

	for (size_t i = 0; i < length; i++) {
		unsigned char want = object_pattern(offset + (off_t)i);
		unsigned char got;

		expect_readable(
		    (const unsigned char *)addr + i, i == 0, i, what);
		got = bytes[i];
		if (got != want)
			suite_expect(false, "the object's bytes",
			    "%s: %#x, not %#x, at byte %zu of %zu", what, got,
			    want, i, length);
	}
	suite_expect(
	    true, "the object's bytes", "%s: the object's bytes", what);
}

static void
expect_fate(const char *whose, unsigned char got, unsigned char before,
    unsigned char stored, bool seen)
{
	const char *fate = "garbled";

	suite_set_up(before != stored, "%s changes nothing", whose);
	if (got == stored)
		fate = "seen";
	else if (got == before)
		fate = "not seen";
	suite_expect(got == (seen ? stored : before),
	    seen ? "seen" : "not seen", "%s %s", whose, fate);
}

void
probe_expect_seen(const char *whose, unsigned char got, unsigned char before,
    unsigned char stored)
{
	expect_fate(whose, got, before, stored, true);
}

void
probe_expect_unseen(const char *whose, unsigned char got, unsigned char before,
    unsigned char stored)
{
	expect_fate(whose, got, before, stored, false);
}

unsigned long long
probe_frame(const volatile void *addr)
{
	unsigned long long frame = 0;
	int error = plat_frame((const void *)(uintptr_t)addr, &frame);

	if (error == ENOTSUP || error == EPERM)
		suite_untested("needs to see physical frame numbers");
	suite_set_up(
	    error == 0, "the frame behind a page: %s", names_errno(error));
	return frame;
}

unsigned char
probe_byte(const volatile void *addr)
{
	unsigned char value = 0;
	struct probe_fault fault = probe_load(addr, &value);

	suite_set_up(fault.signo == 0, "a load raised %s", probe_name(fault));
	return value;
}

long
probe_faults(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == -1)
		suite_broken("getrusage");
	return usage.ru_minflt;
}
