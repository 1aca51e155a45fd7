/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What portable programs do with mappings.  Each case is such a program from
 * end to end, in terms of POSIX (and MAP_ANONYMOUS, which it has had since
 * Issue 8) only, and ends with its result compared.  Drawings stand above
 * the cases in which ranges lie side by side.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/portable.def"
#include "helpers/claims.h"

#define ANON "PRIVATE|ANON"

/* As area_filled(), from a call under test. */
static unsigned char *
map_filled(size_t pages)
{
	unsigned char *start = probe_map(pages * view_page(), RW, ANON, -1, 0);

	area_fill(start, pages);
	return start;
}

/*
 * ----- One region of several mappings ----------------------------------------
 */

/*
 * Parts of two files A and B, and zeros, in one array:
 *	reserved  [ 0 ][ 1 ][ 2 ][ 3 ][ 4 ][ 5 ]
 *	overlaid  [A 2][A 3][B 1][zero][A 0]  reserved
 */
static void
reserve_then_overlay(void)
{
	size_t page = view_page();
	struct object a = object_make(FILE_RW, 4 * page);
	struct object b = object_make(FILE_RW, 2 * page);
	unsigned char *all = probe_map(6 * page, NONE, ANON, -1, 0);
	unsigned long sum = 0, want = 0;

	call_mmap_at(all, 2 * page, R, "SHARED|FIXED", a.fd, (off_t)(2 * page));
	call_mmap_at(
	    all + 2 * page, page, R, "PRIVATE|FIXED", b.fd, (off_t)page);
	call_mmap_at(all + 3 * page, page, RW, ANON "|FIXED", -1, 0);
	call_mmap_at(all + 4 * page, page, RW, "SHARED|FIXED", a.fd, 0);
	object_end(&a);
	object_end(&b);

	probe_expect_pattern(all, 2 * page, (off_t)(2 * page), "A's end");
	probe_expect_pattern(all + 2 * page, page, (off_t)page, "B's end");
	probe_expect_bytes(all + 3 * page, page, 0, "the zeros");
	probe_expect_pattern(all + 4 * page, page, 0, "A's start");
	probe_expect_load(all + 5 * page, "the reserved rest", "SIGSEGV");

	for (size_t i = 0; i < 5 * page; i++)
		sum += all[i];
	for (off_t i = 0; i < (off_t)(4 * page); i++)
		want += object_pattern(i);
	verdict_expect(sum == want, "the sum of the parts",
	    "the sum of the parts differs");
	area_unmap(all, 6 * page);
	verdict_observe("one array");
}

/*
 * What a dynamic loader does with an object file:
 *	file      [code][ ...  ][data]
 *	memory    [code][ gap  ][data][zero]
 *	           R X    none   R W   R W
 * Data lies in the same distance from code as in the file, the tail is
 * memory that the file does not hold.
 */
static void
loader_layout(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 3 * page);
	unsigned char code[PROBE_CODE], byte;
	bool noexec = view_noexec(directories_path()) == 1;
	bool plants = probe_plant(code);
	unsigned char *base;

	if (plants &&
	    pwrite(object.peer, code, sizeof(code), 0) != (ssize_t)sizeof(code))
		verdict_broken("writing code to a file");
	base = probe_map(4 * page, NONE, ANON, -1, 0);
	call_mmap_at(
	    base, page, noexec ? R : RX, "PRIVATE|FIXED", object.fd, 0);
	call_mmap_at(base + 2 * page, page, RW, "PRIVATE|FIXED", object.fd,
	    (off_t)(2 * page));
	call_mmap_at(base + 3 * page, page, RW, ANON "|FIXED", -1, 0);
	object_close(&object);

	probe_expect_pattern(
	    base + PROBE_CODE, page - PROBE_CODE, PROBE_CODE, "the code");
	probe_expect_store(base, "the code", "SIGSEGV");
	probe_expect_load(base + page, "the gap", "SIGSEGV");
	probe_expect_pattern(
	    base + 2 * page, page, (off_t)(2 * page), "the data");
	probe_expect_bytes(base + 3 * page, page, 0, "the zero tail");
	probe_expect_store(base + 2 * page, "the data", "ok");
	probe_expect_store(base + 3 * page, "the zero tail", "ok");
	byte = object_byte(&object, (off_t)(2 * page));
	verdict_expect(byte == object_pattern((off_t)(2 * page)),
	    "the file left alone", "the file's byte is %#x", byte);
	if (plants && !noexec) {
		struct guard_signal fault = probe_jump(base);

		verdict_expect(fault.signo == 0, "the code runs",
		    "a call of the code: %s", probe_name(fault));
	}
	area_unmap(base, 4 * page);
	verdict_observe("code, data and zeros in place");
}

/*
 * A window of two pages over a file of six, moved in one step:
 *	file      [0][1][2][3][4][5]
 *	window          [2][3]
 */
static void
replace_view(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 6 * page);
	unsigned char *window = probe_map(2 * page, RW, "SHARED", object.fd, 0);

	for (size_t first = 0; first <= 4; first++) {
		off_t start = (off_t)(first * page);
		off_t last = start + (off_t)(2 * page) - 1;

		call_mmap_at(
		    window, 2 * page, RW, "SHARED|FIXED", object.fd, start);
		probe_expect_pattern(window, 2 * page, start, "the window");
		window[2 * page - 1] = 'w';
		probe_expect_byte(object_byte(&object, last), 'w',
		    "a store to the window, in the file");
		object_put(&object, last, object_pattern(last));
	}
	area_unmap(window, 2 * page);
	verdict_observe("each part of the file in its turn");
}

/*
 * Pages 0 and 5 are somebody else's:
 *	[other][   own reservation   ][other]
 */
static void
own_reservation(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(6), *own = start + page;

	call_mmap_at(own, 4 * page, NONE, ANON "|FIXED", -1, 0);
	for (size_t i = 0; i < 4; i++)
		probe_expect_load(
		    own + i * page, "the own reservation", "SIGSEGV");
	for (size_t i = 0; i < 4; i++)
		for (size_t n = 1; i + n <= 4; n++) {
			call_mmap_at(
			    own + i * page, n * page, RW, ANON "|FIXED", -1, 0);
			probe_expect_bytes(
			    own + i * page, n * page, 0, "a part of it");
			probe_expect_store(
			    own + (i + n) * page - 1, "the last byte", "ok");
			memset(own + i * page, 'o', n * page);
		}
	area_expect_filled(start, 0, 1, "the page before");
	area_expect_filled(start, 5, 1, "the page behind");
	probe_expect_bytes(own, 4 * page, 'o', "the own pages");
	verdict_observe("the others' pages kept");
}

/*
 * Of four candidates only page 2 is free, when nothing else takes it:
 *	aaaa bbbb ____ dddd
 */
static void
hint_loop(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(4), *found = NULL;

	area_free(start + 2 * page, 1);
	for (size_t i = 0; i < 4 && found == NULL; i++) {
		unsigned char *want = start + i * page;
		unsigned char *got = call_mmap(want, page, RW, ANON, -1, 0);

		call_expect("ok");
		probe_expect_bytes(got, page, 0, "the page given");
		if (got == want)
			found = got;
		else
			area_unmap(got, page);
	}
	verdict_expect(found == NULL || found == start + 2 * page,
	    "the free page or none", "a page in use given");
	area_expect_filled(start, 0, 2, "pages in use");
	area_expect_filled(start, 3, 1, "a page in use");
	verdict_observe(
	    "%s", found != NULL ? "the free page found" : "none found");
}

/*
 *	mapped    [ |                              | ]
 *	kept         [ aligned                   ]
 */
static void
align_by_trimming(void)
{
	size_t page = view_page(), alignment = 32 * page;
	size_t length = 5 * page, whole = length + alignment - page;

	/* Several in a row, as the first may be aligned by luck. */
	for (int i = 0; i < 4; i++) {
		unsigned char *start = probe_map(whole, RW, ANON, -1, 0);
		size_t before =
		    (alignment - (uintptr_t)start % alignment) % alignment;
		size_t after = whole - before - length;
		unsigned char *kept = start + before;

		if (before > 0)
			area_unmap(start, before);
		if (after > 0)
			area_unmap(kept + length, after);
		probe_expect_store(kept, "its first byte", "ok");
		probe_expect_store(kept + length - 1, "its last byte", "ok");
		memset(kept, 'k', length);
		if (before > 0)
			area_expect_gone(kept - 1, "the start");
		if (after > 0)
			area_expect_gone(kept + length, "the end");
		probe_expect_bytes(kept, length, 'k', "the aligned memory");
		verdict_expect(
		    (uintptr_t)kept % alignment == 0, "aligned", "not aligned");
	}
	verdict_observe("aligned, the ends unmapped");
}

/*
 *	mapped    [ 0 ][ 1 ][ 2 ][ 3 ][ 4 ][ 5 ]
 *	kept      [ 0 ]     [ 2 ]          [ 5 ]
 * The second hole is of two protections.
 */
static void
unmap_part(void)
{
	size_t page = view_page();
	unsigned char *start = map_filled(6);

	call_mprotect(start + 4 * page, page, R);
	call_expect("ok");
	probe_expect_store(start + 4 * page, "a page now read-only", "SIGSEGV");
	area_unmap(start + page, page);
	area_unmap(start + 3 * page, 2 * page);
	for (size_t i = 0; i < 6; i++)
		if (i == 1 || i == 3 || i == 4)
			probe_expect_load(
			    start + i * page, "a hole", "SIGSEGV");
		else {
			area_expect_filled(start, i, 1, "the rest");
			probe_expect_store(start + i * page, "the rest", "ok");
		}
	verdict_observe("two holes, the rest kept");
}

/*
 *	object       [ 0 ][ 1 ][ 2 ]
 *	memory       [ 0 ][ 1 ][ 2 ][ 0 ][ 1 ][ 2 ]
 *	a message               [ message ]
 */
static void
ring_twice(void)
{
	size_t page = view_page(), size = 3 * page;
	struct object object = object_make(SHM, size);
	unsigned char *ring = probe_map(2 * size, NONE, ANON, -1, 0);
	unsigned char message[64];

	call_mmap_at(ring, size, RW, "SHARED|FIXED", object.fd, 0);
	call_mmap_at(ring + size, size, RW, "SHARED|FIXED", object.fd, 0);
	object_end(&object);
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (unsigned char)(0xff - i);
	probe_expect_pattern(ring, size, 0, "the first view");
	probe_expect_pattern(ring + size, size, 0, "the second view");
	probe_expect_store(ring, "the first view", "ok");
	memset(ring, '1', size);
	probe_expect_bytes(ring + size, size, '1',
	    "the second view after stores to the first");
	probe_expect_store(ring + size, "the second view", "ok");
	memset(ring + size, '2', size);
	probe_expect_bytes(
	    ring, size, '2', "the first view after stores to the second");
	for (size_t at = size - sizeof(message); at < size; at++) {
		bool same;

		memset(ring, 0, size);
		memcpy(ring + at, message, sizeof(message));
		for (size_t i = 0; i < sizeof(message); i++)
			probe_expect_byte(ring[(at + i) % size], message[i],
			    "a byte past the end, at the start");
		verdict_expect(memcmp(ring + at, message, sizeof(message)) == 0,
		    "the message", "the message is broken");
		same = memcmp(ring, ring + size, size) == 0;
		verdict_either(same, "the same bytes in both views",
		    "other bytes in both views");
	}
	area_unmap(ring, 2 * size);
	verdict_observe("messages run on into the start");
}

/* The address of something on the thread's stack. */
static void *
use_stack(void *arg)
{
	volatile unsigned char deep[1024];

	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = (unsigned char)i;
	*(uintptr_t *)arg = (uintptr_t)deep;
	return deep[1] == 1 ? arg : NULL;
}

/*
 * Runs a thread on size bytes of stack; gives the errno where that is not to
 * be had.
 */
static int
run_on_stack(size_t size)
{
	unsigned char *stack = probe_map(size, RW, ANON, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;
	uintptr_t used = 0;
	void *result = NULL;
	bool inside;
	int error;

	pthread_attr_init(&attributes);
	call_begin("pthread_attr_setstack(a mapping, %zu", size);
	error = pthread_attr_setstack(&attributes, stack, size);
	errno = error;
	call_made(error == 0, "pthread_attr_setstack(a mapping, %zu)", size);
	if (error == 0) {
		call_begin("pthread_create(on a stack of %zu", size);
		error = pthread_create(&thread, &attributes, use_stack, &used);
		errno = error;
		call_made(
		    error == 0, "pthread_create(on a stack of %zu)", size);
	}
	pthread_attr_destroy(&attributes);
	if (error == 0) {
		pthread_join(thread, &result);
		inside =
		    used >= (uintptr_t)stack && used < (uintptr_t)stack + size;
		verdict_either(inside && result == &used,
		    "the stack is in the mapping",
		    "the stack is not in the mapping");
	}
	area_unmap(stack, size);
	return error;
}

/* The C library's own share of a stack, EINVAL without it, is its affair. */
#define STACK_MOST ((size_t)1 << 26)

static void
thread_stack(void)
{
	size_t page = view_page(), size = 64 * 1024;
	int error;

	while (size < (size_t)PTHREAD_STACK_MIN || size % page != 0)
		size *= 2;
	do {
		error = run_on_stack(size);
		size *= 2;
	} while (error == EINVAL && size <= STACK_MOST);
	if (error == EAGAIN)
		verdict_untested("needs another thread: EAGAIN");
	verdict_either(
	    error == 0, "the stack is in the mapping", names_errno(error));
}

/*
 * ----- Memory by the page -----------------------------------------------------
 */

/*
 *	[buffer][guard][other]
 */
static void
guard_page(void)
{
	size_t page = view_page(), stored = 0;
	unsigned char *buffer = probe_map(3 * page, RW, ANON, -1, 0);

	memset(buffer + 2 * page, 'o', page);
	call_mprotect(buffer + page, page, NONE);
	call_expect("ok");
	while (
	    stored < 3 * page && probe_store(buffer + stored, 'b').signo == 0)
		stored += stored + 8 < page ? 8 : 1;
	verdict_either(stored == page, "stopped at the end of the buffer",
	    "stopped elsewhere");
	probe_expect_store(buffer + page, "the guard", "SIGSEGV");
	probe_expect_load(buffer + 2 * page - 1, "the guard's end", "SIGSEGV");
	probe_expect_bytes(
	    buffer + 2 * page, page, 'o', "the region after the guard");
	verdict_observe("stopped at the guard");
}

static void
commit_by_mprotect(void)
{
	size_t page = view_page(), pages = 8;
	unsigned char *start = probe_map(pages * page, NONE, ANON, -1, 0);

	for (size_t i = 0; i < pages; i++) {
		unsigned char *next = start + i * page;

		probe_expect_load(next, "memory not yet usable", "SIGSEGV");
		call_mprotect(next, page, RW);
		call_expect("ok");
		probe_expect_bytes(next, page, 0, "memory made usable");
		memset(next, 'c', page);
	}
	probe_expect_bytes(start, pages * page, 'c', "all memory");
}

static void
decommit(void)
{
	size_t page = view_page();
	unsigned char *start = map_filled(4);

	call_mmap_at(start + page, 2 * page, NONE, ANON "|FIXED", -1, 0);
	probe_expect_load(start + page, "memory given back", "SIGSEGV");
	call_mprotect(start + page, 2 * page, RW);
	call_expect("ok");
	probe_expect_bytes(
	    start + page, 2 * page, 0, "memory made usable again");
	area_expect_filled(start, 0, 1, "the rest before");
	area_expect_filled(start, 3, 1, "the rest behind");
	verdict_observe("zero when usable again");
}

static void
publish_read_only(void)
{
	size_t page = view_page();
	unsigned char *table = map_filled(2);

	call_mprotect(table, 2 * page, R);
	call_expect("ok");
	probe_expect_store(table, "the table", "SIGSEGV");
	probe_expect_store(table + 2 * page - 1, "its last byte", "SIGSEGV");
	area_expect_filled(table, 0, 2, "its bytes");
	verdict_observe("bytes kept, stores refused");
}

static void
write_then_execute(void)
{
	size_t page = view_page();
	unsigned char *code = probe_map(page, RW, ANON, -1, 0);
	struct guard_signal fault;

	if (!probe_plant(code))
		verdict_untested("needs a function that can be copied");
	call_mprotect(code, page, RX);
	if (view_facts()->wx != 1 &&
	    call_allows("EACCES|ENOTSUP|EPERM", call_last()->error))
		verdict_unsupported("memory once writable cannot be made "
				    "executable: %s",
		    names_errno(call_last()->error));
	call_expect("ok");
	fault = probe_jump(code);
	verdict_expect(
	    fault.signo == 0, "the code runs", "a call: %s", probe_name(fault));
	probe_expect_store(code, "the code", "SIGSEGV");
	verdict_observe("called, no longer writable");
}

/* Memory from a descriptor of /dev/zero that is closed at once. */
static unsigned char *
map_devzero(size_t length)
{
	struct object zero = object_make(DEVZERO, 0);
	unsigned char *got = probe_map(length, RW, "PRIVATE", zero.fd, 0);

	object_end(&zero);
	return got;
}

static void
devzero_fallback(void)
{
	size_t page = view_page();
	unsigned char *one = map_devzero(3 * page), *two;

	probe_expect_bytes(one, 3 * page, 0, "new memory");
	memset(one, '1', 3 * page);
	two = map_devzero(3 * page);
	probe_expect_bytes(two, 3 * page, 0, "more memory");
	memset(two, '2', 3 * page);
	probe_expect_bytes(one, 3 * page, '1', "the first memory");
	area_unmap(one, 3 * page);
	probe_expect_bytes(two, 3 * page, '2', "the second memory");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(reserve_then_overlay,	FIXED_RESERVE_THEN_OVERLAY,	reserve_then_overlay),
	CODE(loader_layout,		FIXED_LOADER_LAYOUT,		loader_layout),
	CODE(replace_view,		PORTABLE_REPLACE_VIEW,		replace_view),
	CODE(own_reservation,		PORTABLE_OWN_RESERVATION,	own_reservation),
	CODE(hint_loop,			PORTABLE_HINT_LOOP,		hint_loop),
	CODE(align_by_trimming,		PORTABLE_ALIGN_BY_TRIMMING,	align_by_trimming),
	CODE(unmap_part,		PORTABLE_UNMAP_PART,		unmap_part),
	CODE(ring_twice,		PORTABLE_RING_TWICE,		ring_twice),
	CODE(thread_stack,		PORTABLE_THREAD_STACK,		thread_stack),

	CODE(guard_page,		PORTABLE_GUARD_PAGE,		guard_page),
	CODE(commit_by_mprotect,	PORTABLE_COMMIT_BY_MPROTECT,	commit_by_mprotect),
	CODE(decommit,			PORTABLE_DECOMMIT,		decommit),
	CODE(publish_read_only,		PORTABLE_PUBLISH_READ_ONLY,	publish_read_only),
	CODE(write_then_execute,	PORTABLE_WRITE_THEN_EXECUTE,	write_then_execute),
	CODE(devzero_fallback,		PORTABLE_DEVZERO_FALLBACK,	devzero_fallback),
};
/* clang-format on */

SUITE_PROGRAM(cases)
