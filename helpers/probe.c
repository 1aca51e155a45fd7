/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "names.h"
#include "object.h"
#include "platform/platform.h"
#include "probe.h"
#include "verdict.h"
#include "view.h"

bool
probe_plant(void *addr)
{
	const unsigned char *code;
	size_t size;

	if (plat_return_code(&code, &size) != 0)
		return false;
	memcpy(addr, code, size);
	__builtin___clear_cache((char *)addr, (char *)addr + PROBE_CODE);
	return true;
}

static void
load(volatile void *addr, unsigned char *value)
{
	*value = *(volatile unsigned char *)addr;
}

static void
store(volatile void *addr, unsigned char *value)
{
	*(volatile unsigned char *)addr = *value;
}

static void
jump(volatile void *addr, unsigned char *value)
{
	(void)value;
	((void (*)(void))(uintptr_t)addr)();
}

struct guard_signal
probe_load(const volatile void *addr, unsigned char *value)
{
	unsigned char ignored;

	return guard_try(load, (volatile void *)(uintptr_t)addr,
	    value != NULL ? value : &ignored);
}

struct guard_signal
probe_store(volatile void *addr, unsigned char value)
{
	return guard_try(store, addr, &value);
}

struct guard_signal
probe_jump(const void *addr)
{
	return guard_try(jump, (volatile void *)(uintptr_t)addr, NULL);
}

const char *
probe_name(struct guard_signal fault)
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
probe_allows(const char *allowed, struct guard_signal fault)
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

			verdict_set_up(signo != 0,
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
    const char *allowed, struct guard_signal fault)
{
	uintptr_t page = view_page();
	bool there =
	    fault.signo == 0 || fault.addr / page == (uintptr_t)addr / page;

	verdict_expect(probe_allows(allowed, fault), allowed, "%s %s: %s", verb,
	    what, probe_name(fault));
	verdict_expect(there, "si_addr on the page touched", "%s %s: %s%s",
	    verb, what, probe_name(fault),
	    there ? "" : " with si_addr elsewhere");
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
	struct guard_signal fault;

	if (!first && (uintptr_t)byte % view_page() != 0)
		return;
	fault = probe_load(byte, NULL);
	if (fault.signo != 0)
		verdict_expect(false, "readable memory", "%s: %s at byte %zu",
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
			verdict_expect(false, allowed,
			    "%s: %#x at byte %zu of %zu", what, bytes[i], i,
			    length);
	}
	verdict_expect(true, allowed, "%s: %#x throughout", what, value);
}

void
probe_expect_zeros(const void *addr, size_t length)
{
	probe_expect_bytes(addr, 1, 0, "the new mapping");
	probe_expect_bytes((const unsigned char *)addr + length - 1, 1, 0,
	    "the mapping's last byte");
}

unsigned char *
probe_map_zeros(size_t length, const char *flags, int fd, off_t offset)
{
	unsigned char *memory = call_map(length, RW, flags, fd, offset);

	probe_expect_zeros(memory, length);
	return memory;
}

unsigned char *
probe_map_blank(size_t length, const char *flags, int fd)
{
	unsigned char *memory = call_map(length, RW, flags, fd, 0);

	probe_expect_bytes(memory, length, 0, "the mapping");
	return memory;
}

unsigned char *
probe_map(size_t length, int prot, const char *flags, int fd, off_t offset)
{
	unsigned char *got = call_map(length, prot, flags, fd, offset);

	if (prot == NONE)
		probe_expect_load(got, "the reservation", "SIGSEGV");
	else if (fd == -1)
		probe_expect_bytes(got, length, 0, "the new memory");
	return got;
}

void
probe_expect_byte(unsigned char got, unsigned char want, const char *what)
{
	bool seen = got == want;

	verdict_expect(
	    seen, "the byte stored", "%s %s", what, seen ? "seen" : "not seen");
}

void
probe_expect_new(unsigned char *addr, size_t length)
{
	call_expect("ok");
	probe_expect_bytes(addr, length, 0, "the new memory");
	probe_expect_store(addr, "the new memory", "ok");
}

unsigned char *
probe_map_new(size_t length, const char *flags)
{
	unsigned char *mapped = call_mmap(NULL, length, RW, flags, -1, 0);

	probe_expect_new(mapped, length);
	return mapped;
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
			verdict_expect(false, "the object's bytes",
			    "%s: %#x, not %#x, at byte %zu of %zu", what, got,
			    want, i, length);
	}
	verdict_expect(
	    true, "the object's bytes", "%s: the object's bytes", what);
}

void
probe_expect_page(const void *addr)
{
	call_expect("ok");
	probe_expect_pattern(addr, view_page(), 0, "the object's page");
}

void
probe_expect_contents(const void *addr, size_t length, bool of_object)
{
	if (of_object)
		probe_expect_pattern(addr, length, 0, "the mapping");
	else
		probe_expect_bytes(addr, length, 0, "the mapping");
}

unsigned char *
probe_map_pattern(size_t length, int prot, const char *flags, int fd)
{
	unsigned char *mapped = call_map(length, prot, flags, fd, 0);

	probe_expect_pattern(mapped, length, 0, "the mapping");
	return mapped;
}

static void
expect_fate(const char *whose, unsigned char got, unsigned char before,
    unsigned char stored, bool seen)
{
	const char *fate = "garbled";

	verdict_set_up(before != stored, "%s changes nothing", whose);
	if (got == stored)
		fate = "seen";
	else if (got == before)
		fate = "not seen";
	verdict_expect(got == (seen ? stored : before),
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
		verdict_untested("needs to see physical frame numbers");
	verdict_set_up(
	    error == 0, "the frame behind a page: %s", names_errno(error));
	return frame;
}

bool
probe_same_frame(const volatile void *addr,
    unsigned long long (*other)(void *arg), void *arg)
{
	for (int tries = 0; tries < 5; tries++) {
		probe_byte(addr); /* there is a frame */
		if ((other != NULL ? other(arg) : probe_frame(arg)) ==
		    probe_frame(addr))
			return true;
	}
	return false;
}

unsigned char
probe_other_byte(unsigned char byte)
{
	return (unsigned char)(byte ^ 0x55);
}

unsigned char
probe_byte(const volatile void *addr)
{
	return *(const volatile unsigned char *)addr;
}
