/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2): each errno with each of its causes, one at a time, and what a
 * failure leaves behind: nothing.  Errors of limits are in limits_test, those
 * of an object's kind in object_test, of MAP_FIXED's address in
 * fixed_address_test, of memory that has been promised in noreserve_test, of
 * huge pages in hugetlb_test.
 */
#include <sys/types.h>

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/limit.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/errors.def"
#include "helpers/claims.h"

/* ----- MAP_FAILED, and what it leaves behind ----------------------------- */

static void
map_failed(void)
{
	size_t page = view_page();
	void *last = (void *)(UINTPTR_MAX - page + 1);
	void *failed = call_mmap(NULL, page, R, "PRIVATE", -1, 0);
	void *mapped;

	call_expect("EBADF");
	verdict_decide(failed == MAP_FAILED, "MAP_FAILED",
	    "a failure returns MAP_FAILED", "a failure returns something else");
	/* Nothing can be mapped where it points, not even on request. */
	mapped = call_mmap(last, page, R, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	probe_expect_bytes(mapped, page, 0, "the new page");
	verdict_decide(
	    (uintptr_t)mapped / page != UINTPTR_MAX / page && mapped != NULL,
	    "another page than MAP_FAILED's", "a success returns another page",
	    "a success returns MAP_FAILED's page");
	verdict_observe("MAP_FAILED");
}

static void
map_failed_bits(void)
{
	void *failed = call_mmap(NULL, view_page(), R, "PRIVATE", -1, 0);

	call_expect("EBADF");
	verdict_decide((uintptr_t)failed == UINTPTR_MAX && failed == MAP_FAILED,
	    "all bits one", "a failure returns all bits one",
	    "a failure returns something else");
}

/* Stands for more pages than there is room for, and less than all. */
#define LARGE (SIZE_MAX / 2)

static size_t
length_meant(size_t length)
{
	return length == LARGE ? SIZE_MAX - 16 * view_page() + 1 : length;
}

static const struct {
	size_t length;
	const char *flags;
	enum object_kind object;
	off_t offset;
	int prot;
} failures[] = {
	{ 0, "SHARED", FILE_RW, 0, R },
	{ 1, "SHARED", CLOSED, 0, R },
	{ 1, "", FILE_RW, 0, R },
	{ SIZE_MAX, "SHARED", FILE_RW, 0, R },
	{ LARGE, "PRIVATE|ANON", NOTHING, 0, NONE },
	{ 1, "SHARED", FILE_RO, 0, RW },
	{ 1, "PRIVATE", FILE_WO, 0, R },
	{ 1, "SHARED", PIPE_READ, 0, R },
	{ 1, "SHARED", SOCKET, 0, R },
	{ 1, "SHARED", FILE_RW, 1, R },
};
#define FAILURES (sizeof(failures) / sizeof(failures[0]))

/*
 * Every failing call asks for a place that was free a moment ago; the round
 * before the one that counts lets libc take what memory it wants.  Whether a
 * call may succeed after all is for other cases to say, but most fail
 * everywhere.
 */
static void
failures_map_nothing(void)
{
	struct object file = object_make(FILE_RW, view_page());
	struct object objects[FAILURES];
	bool there[FAILURES];
	unsigned failed = 0, tried = 0;
	char why[128];

	for (size_t i = 0; i < FAILURES; i++)
		there[i] = object_try(failures[i].object, view_page(),
		    &objects[i], why, sizeof(why));
	probe_expect_page(
	    call_mmap(area_vacant(4), 1, R, "SHARED", file.fd, 0));
	for (size_t i = 0; i < 2 * FAILURES; i++) {
		size_t k = i % FAILURES, length;
		void *place = area_vacant(4), *mapped;
		struct view_snapshot before = view_snapshot(), after;
		bool same;

		if (!there[k])
			continue;
		length = length_meant(failures[k].length);
		mapped = call_mmap(place, length, failures[k].prot,
		    failures[k].flags, objects[k].fd, failures[k].offset);
		tried++;
		if (mapped != MAP_FAILED) {
			call_munmap(mapped, length);
			continue;
		}
		failed++;
		after = view_snapshot();
		verdict_expect(!area_is_mapped(place), "nothing mapped",
		    "a failed call mapped something");
		same = before.count == after.count && before.sum == after.sum;
		if (i >= FAILURES)
			verdict_expect(same, "the same regions as before",
			    "%ld regions before, %ld after", before.count,
			    after.count);
	}
	verdict_expect(failed > tried / 2, "more failures than not",
	    "%u of %u calls failed", failed, tried);
	verdict_observe("nothing mapped");
}

static volatile sig_atomic_t signals;

static void
count_signal(int signo)
{
	(void)signo;
	signals++;
}

/*
 * Another process sends a signal for each that was asked for, a moment later,
 * until the case needs none.
 */
static void
send_signals(struct child *child, void *arg)
{
	const volatile long *asked = arg;
	struct pollfd told = { .fd = child->from, .events = POLLIN };
	pid_t parent = getppid();

	for (long sent = 0; poll(&told, 1, 1) == 0;)
		if (sent != *asked) {
			sent = *asked;
			kill(parent, SIGUSR1);
		}
}

/* All that must hold of one mapping's life, whatever comes between. */
static void
map_and_unmap(const struct object *file, size_t length)
{
	unsigned char *mapped = call_map(length, RW, "SHARED", file->fd, 0);
	unsigned char *last = mapped + length - 1;

	probe_expect_pattern(mapped + 1, 1, 1, "the first page");
	probe_expect_pattern(last, 1, (off_t)length - 1, "the last page");
	probe_expect_store(mapped, "the mapping", "ok");
	call_mprotect(mapped, length, R);
	call_expect("ok");
	probe_expect_store(mapped, "the first page, read-only", "SIGSEGV");
	probe_expect_store(last, "the last page, read-only", "SIGSEGV");
	call_munmap(mapped, length);
	call_expect("ok");
	probe_expect_load(mapped, "the first page, unmapped", "SIGSEGV");
	probe_expect_load(last, "the last page, unmapped", "SIGSEGV");
}

/* Without SA_RESTART, so that an interrupted call would fail. */
static void
signal_storm(void)
{
	struct object file = object_make(FILE_RW, 64 * view_page());
	struct sigaction action = { .sa_handler = count_signal }, old;
	void *shared = area_shared(1);
	volatile long *asked = shared;
	struct child sender = child_start(send_signals, shared);
	long enough = verdict_rounds(40), seen = -1;

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, &old);
	/* As many calls as signals: all of these may come during one. */
	for (long i = 0; (i < enough || signals < enough) && i < 1000 * enough;
	     i++) {
		/* Where signals take longer, an interval lets nothing else run. */
		if (seen != signals) {
			seen = signals;
			*asked += 1;
		}
		map_and_unmap(&file, 64 * view_page());
	}
	child_end(&sender);
	sigaction(SIGUSR1, &old, NULL);
	if (signals < enough)
		verdict_untested("needs %ld signals in good time; %d came",
		    enough, (int)signals);
	verdict_observe("no call interrupted");
}

/* ----- Descriptors and offsets ------------------------------------------- */

static void
offset_odd(void)
{
	struct object file = object_make(FILE_RW, 2 * view_page());
	unsigned char *mapped;
	size_t odd;
	bool right;

	probe_map_pattern(view_page(), R, "SHARED", file.fd);
	mapped = call_mmap(NULL, view_page(), R, "SHARED", file.fd, 3);
	call_expect("ok|EINVAL");
	if (mapped == MAP_FAILED)
		return;
	odd = (uintptr_t)mapped % view_page();
	right = probe_byte(mapped) == object_pattern(3);
	verdict_expect(odd == 3 && right,
	    "the byte at the offset, at an address as odd",
	    "ok, address %zu bytes into a page, %s", odd,
	    right ? "the byte at the offset" : "another byte");
}

/* POSIX counts from the file's offset maximum, not from what it holds. */
static void
offset_at_maximum(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	off_t last = (off_t)(INT64_MAX / (int64_t)page * (int64_t)page);

	probe_expect_page(call_mmap(NULL, 2 * page, R, "SHARED", file.fd, 0));
	call_mmap(NULL, 2 * page, R, "SHARED", file.fd, last);
	call_expect("EOVERFLOW");
}

/* Judged when the mark is gone again, as nothing else takes it away. */
static void
append_only_file(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *copy;
	int error;

	probe_map_pattern(page, RW, "SHARED", file.fd);
	object_mark_append_only(&file, true);
	copy = call_mmap(NULL, page, RW, "PRIVATE", file.fd, 0);
	error = call_last()->error;
	call_mmap(NULL, page, RW, "SHARED", file.fd, 0);
	object_mark_append_only(&file, false);
	call_expect("EACCES");
	verdict_expect(error == 0, "ok for a private mapping",
	    "a private mapping: %s", names_errno(error));
	probe_expect_pattern(copy, page, 0, "the private mapping");
	verdict_observe("EACCES");
}

/* ----- Room -------------------------------------------------------------- */

/*
 * Multiples of the page size, so that none overflows by rounding.  Most of the
 * integer range may be there; all of it cannot, as the program is in it.
 */
static void
length_too_large(void)
{
	size_t page = view_page();
	size_t lengths[] = { SIZE_MAX - 16 * page + 1,
		SIZE_MAX / 2 + SIZE_MAX / 4 + 1, SIZE_MAX / 2 + 1 };
	unsigned long long end = view_facts()->max_address;

	/* Not known: 32 bits may be there, more are on no processor. */
	if (end == 0 && sizeof(void *) < 8)
		end = UINTPTR_MAX;
	probe_map_new(page, "PRIVATE|ANON");
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (i > 0 && lengths[i] < end)
			break;
		call_mmap(NULL, lengths[i], NONE, "PRIVATE|ANON", -1, 0);
		call_expect("ENOMEM");
	}
}

/* ----- What may be missing ----------------------------------------------- */

/* What is not refused must do what it says. */
static void
missing_features(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *place = area_reserve(1);
	void *mapped;

	for (int i = 0; i < 8; i++) {
		int prot = (i & 1 ? R : 0) | (i & 2 ? W : 0) | (i & 4 ? X : 0);

		mapped = call_mmap(NULL, page, prot, "PRIVATE|ANON", -1, 0);
		call_expect("ok|ENOTSUP");
		if (mapped == MAP_FAILED)
			continue;
		if ((prot & R) != 0)
			probe_expect_bytes(mapped, page, 0, "the mapping");
		else if (prot == NONE)
			probe_expect_load(
			    mapped, "the mapping", "SIGSEGV|SIGBUS");
		if ((prot & W) != 0)
			probe_expect_store(mapped, "the mapping", "ok");
		else
			probe_expect_store(
			    mapped, "the mapping", "SIGSEGV|SIGBUS");
	}
	mapped = call_mmap(place, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	call_expect("ok|ENOTSUP|EINVAL");
	if (mapped != MAP_FAILED) {
		verdict_decide(mapped == place, "the address asked for",
		    "mapped there", "mapped elsewhere");
		probe_expect_bytes(mapped, page, 0, "the mapping");
		probe_expect_store(mapped, "the mapping", "ok");
	}
	mapped = call_mmap(NULL, page, RW, "PRIVATE", file.fd, 0);
	call_expect("ok|ENOTSUP");
	if (mapped != MAP_FAILED) {
		probe_expect_pattern(mapped, page, 0, "the mapping");
		probe_expect_store(mapped, "the mapping", "ok");
		probe_expect_unseen("the private store, in the file,",
		    object_byte(&file, 0), object_pattern(0), 's');
	}
	verdict_observe("ok or ENOTSUP");
}

/* ----- The order of Linux ------------------------------------------------ */

/* A call that would succeed, and the arguments a defect puts in. */
struct attempt {
	enum row_where addr;
	size_t length;
	int prot;
	const char *type, *further, *place, *lock;
	enum object_kind object;
	off_t offset;
};

enum {
	OFFSET = 1,
	OBJECT = 2,
	FURTHER = 4,
	LENGTH = 8,
	PLACE = 16,
	LOCK = 32,
	TYPE = 64,
	PROT = 128
};

struct defect {
	const char *name;
	const char *error; /* when it is the only one */
	unsigned sets;     /* two that set the same cannot meet */
	struct attempt to;
};

static char unknown_type[32];

/* Made before the child gives up what it takes to make them. */
static struct object objects[OBJECT_KINDS];

/* In the order in which do_mmap and its callers look. */
static const struct defect defects[] = {
	{ "offset_odd", "EINVAL", OFFSET, { .offset = 1 } },
	{ "closed", "EBADF", OBJECT, { .object = CLOSED } },
	{ "hugetlb", "EINVAL", FURTHER, { .further = "|HUGETLB" } },
	{ "length_zero", "EINVAL", LENGTH, { .length = 0 } },
	{ "length_wraps", "ENOMEM", LENGTH, { .length = SIZE_MAX } },
	{ "length_large", "ENOMEM", LENGTH, { .length = LARGE } },
	{ "fixed_high", "ENOMEM", PLACE, { .addr = HIGH, .place = "|FIXED" } },
	{ "fixed_odd", "EINVAL", PLACE, { .addr = ODD, .place = "|FIXED" } },
	{ "occupied", "EEXIST", PLACE,
	    { .addr = USED, .place = "|FIXED_NOREPLACE" } },
	{ "locked", "EPERM", LOCK, { .lock = "|LOCKED" } },
	{ "offset_negative", "EOVERFLOW", OFFSET, { .offset = -1 } },
	{ "no_type", "EINVAL", TYPE, { .type = "" } },
	{ "unknown_flag", "EOPNOTSUPP", TYPE, { .type = unknown_type } },
	{ "readonly_written", "EACCES", OBJECT | PROT,
	    { .object = FILE_RO, .prot = RW } },
	{ "writeonly", "EACCES", OBJECT, { .object = FILE_WO } },
	{ "directory", "ENODEV", OBJECT, { .object = DIRECTORY } },
	{ "pipe", "ENODEV", OBJECT, { .object = PIPE_READ } },
	{ "growsdown", "EINVAL", FURTHER, { .further = "|GROWSDOWN" } },
	{ "socket", "ENODEV", OBJECT, { .object = SOCKET } },
};
#define DEFECTS (sizeof(defects) / sizeof(defects[0]))

static void
spoil(struct attempt *attempt, const struct defect *defect)
{
	const struct attempt *to = &defect->to;

	if ((defect->sets & OFFSET) != 0)
		attempt->offset = to->offset;
	if ((defect->sets & OBJECT) != 0)
		attempt->object = to->object;
	if ((defect->sets & FURTHER) != 0)
		attempt->further = to->further;
	if ((defect->sets & LENGTH) != 0)
		attempt->length = to->length;
	if ((defect->sets & LOCK) != 0)
		attempt->lock = to->lock;
	if ((defect->sets & TYPE) != 0)
		attempt->type = to->type;
	if ((defect->sets & PROT) != 0)
		attempt->prot = to->prot;
	if ((defect->sets & PLACE) != 0) {
		attempt->addr = to->addr;
		attempt->place = to->place;
	}
}

/* The call with one defect, or two, or none. */
static void *
try_defects(const struct defect *one, const struct defect *two)
{
	struct attempt attempt = { ANY, 1, R, "SHARED", "", "", "", FILE_RW,
		0 };
	static unsigned char *used;
	uintptr_t addr = 0;
	char flags[128];

	if (one != NULL)
		spoil(&attempt, one);
	if (two != NULL)
		spoil(&attempt, two);
	if (used == NULL)
		used = area_filled(3);
	if (attempt.addr == HIGH)
		addr = (uintptr_t)view_high();
	else if (attempt.addr != ANY)
		addr = (uintptr_t)used + view_page() + (attempt.addr == ODD);
	if (attempt.offset < 0)
		attempt.offset = -(off_t)view_page();
	snprintf(flags, sizeof(flags), "%s%s%s%s", attempt.type,
	    attempt.further, attempt.place, attempt.lock);
	return call_mmap((void *)addr, length_meant(attempt.length),
	    attempt.prot, flags[0] == '|' ? flags + 1 : flags,
	    objects[attempt.object].fd, attempt.offset);
}

/* Why an object cannot be made here; "" if all can. */
static char missing[128];

static bool
can_try(const struct defect *defect)
{
	enum object_kind kind = defect->to.object;

	return (defect->sets & OBJECT) == 0 || objects[kind].kind == kind;
}

static bool
is_first(const struct defect *defect)
{
	return !call_last()->ok &&
	    call_allows(defect->error, call_last()->error);
}

static const char *
result(void)
{
	return call_last()->ok ? "ok" : names_errno(call_last()->error);
}

static long
compare_pairs(void *unused)
{
	long pairs = 0;

	(void)unused;
	snprintf(unknown_type, sizeof(unknown_type), "SHARED_VALIDATE|%#x",
	    call_unknown_flag());
	limit_locks(0);
	probe_expect_page(try_defects(NULL, NULL));
	for (size_t i = 0; i < DEFECTS; i++) {
		if (!can_try(&defects[i]))
			continue;
		try_defects(&defects[i], NULL);
		verdict_expect(is_first(&defects[i]), defects[i].error,
		    "%s alone: %s", defects[i].name, result());
	}
	for (size_t i = 0; i < DEFECTS; i++)
		for (size_t j = i + 1; j < DEFECTS; j++) {
			if ((defects[i].sets & defects[j].sets) != 0 ||
			    strcmp(defects[i].error, defects[j].error) == 0 ||
			    !can_try(&defects[i]) || !can_try(&defects[j]))
				continue;
			try_defects(&defects[i], &defects[j]);
			verdict_expect(is_first(&defects[i]), defects[i].error,
			    "%s and %s: %s", defects[i].name, defects[j].name,
			    result());
			pairs++;
		}
	return pairs;
}

static void
order_of_pairs(void)
{
	long pairs;

	objects[FILE_RW] = object_make(FILE_RW, view_page());
	for (size_t i = 0; i < DEFECTS; i++)
		if ((defects[i].sets & OBJECT) != 0 &&
		    !object_try(defects[i].to.object, view_page(),
			&objects[defects[i].to.object], missing,
			sizeof(missing)))
			objects[defects[i].to.object].kind = NOTHING;
	pairs = child_ask(compare_pairs, NULL);
	if (missing[0] != '\0')
		verdict_untested(
		    "%ld pairs in order, the others are missing: %s", pairs,
		    missing);
	verdict_expect(pairs > 80, "more than 80 pairs", "%ld pairs", pairs);
	verdict_observe("%ld pairs in order", pairs);
}

static void
read_by_writeonly(void)
{
	static const char *const types[] = { "PRIVATE", "SHARED" };
	struct object file = object_make(FILE_WO, view_page());
	struct object sound = object_make(FILE_RW, view_page());

	probe_map_pattern(view_page(), RW, "PRIVATE", sound.fd);
	for (size_t i = 0; i < 2; i++) {
		call_mmap(NULL, view_page(), R, types[i], file.fd, 0);
		call_expect("EACCES");
		call_mmap(NULL, view_page(), RW, types[i], file.fd, 0);
		call_expect("EACCES");
	}
}

static void
write_by_readonly(void)
{
	struct object file = object_make(FILE_RO, view_page());
	struct object sound = object_make(FILE_RW, view_page());
	void *mapped = call_mmap(NULL, view_page(), RW, "SHARED", sound.fd, 0);

	probe_expect_page(mapped);
	probe_expect_store(mapped, "a mapping open for writing", "ok");
	call_mmap(NULL, view_page(), RW, "SHARED", file.fd, 0);
	call_expect("EACCES");
	call_mmap(NULL, view_page(), W, "SHARED", file.fd, 0);
	call_expect("EACCES");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(map_failed, MAP_FAILED_ON_FAILURE, map_failed),
	CODE(map_failed_bits, MAP_FAILED_IS_MINUS_ONE, map_failed_bits),
	CODE(failures_map_nothing, FAILED_MMAP_MAKES_NO_MAPPING, failures_map_nothing),
	CODE(signal_storm, MMAP_NEVER_EINTR, signal_storm),
	/*   name                    claim                    addr  len      prot  flags                object   off    allowed */
	CALL(len_zero,               LENGTH_ZERO,             ANY,  B(0),     RW,   "PRIVATE|ANON",      NOTHING, B(0),  "EINVAL",    SOUND_LEN(P(1))),
	CALL(len_zero_of_file,       LENGTH_ZERO,             ANY,  B(0),     R,    "SHARED",            FILE_RW, B(0),  "EINVAL",    SOUND_LEN(P(1))),
	CALL(len_zero_over_mapping,  LENGTH_ZERO,             USED, B(0),     RW,   "PRIVATE|ANON|FIXED", NOTHING, B(0), "EINVAL",    SOUND_LEN(P(1))),
	CALL(len_wraps,              LENGTH_OVERFLOW,         ANY,  B(-1),    RW,   "PRIVATE|ANON",      NOTHING, B(0),  "ENOMEM",    SOUND_LEN(P(1))),
	CALL(len_wraps_to_zero,      LENGTH_OVERFLOW,         ANY,  PB(-1,1), RW,   "PRIVATE|ANON",      NOTHING, B(0),  "ENOMEM",    SOUND_LEN(P(1))),
	CALL(len_wraps_with_file,    LENGTH_OVERFLOW,         ANY,  B(-1),    R,    "SHARED",            FILE_RW, B(0),  "ENOMEM|EOVERFLOW", SOUND_LEN(P(1))),
	CODE(len_too_large, LENGTH_TOO_LARGE, length_too_large),
	CALL(descriptor_closed,      FD_NOT_OPEN,             ANY,  P(1),     R,    "PRIVATE",           CLOSED,  B(0),  "EBADF",     SOUND_OBJECT(FILE_RW)),
	CALL(descriptor_none,        FD_NOT_OPEN,             ANY,  P(1),     R,    "SHARED",            NOTHING, B(0),  "EBADF",     SOUND_OBJECT(FILE_RW)),
	CALL(descriptor_closed_over_mapping, FD_NOT_OPEN,     USED, P(1),     R,    "SHARED|FIXED",      CLOSED,  B(0),  "EBADF",     SOUND_OBJECT(FILE_RW)),
	CALL(readonly_written,       SHARED_WRITE_NEEDS_RDWR, ANY,  P(1),     RW,   "SHARED",            FILE_RO, B(0),  "EACCES",    SOUND_PROT(R)),
	CALL(readonly_shm_written,   SHARED_WRITE_NEEDS_RDWR, ANY,  P(1),     RW,   "SHARED",            SHM_RO,  B(0),  "EACCES",    SOUND_OBJECT(SHM)),
	CALL(writeonly_private,      WRONLY_FD_EACCES,        ANY,  P(1),     R,    "PRIVATE",           FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(writeonly_private_written, WRONLY_FD_EACCES,     ANY,  P(1),     W,    "PRIVATE",           FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(writeonly_shared_written, WRONLY_FD_EACCES,      ANY,  P(1),     W,    "SHARED",            FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(writeonly_private_inaccessible, WRONLY_FD_EACCES, ANY, P(1),     NONE, "PRIVATE",           FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(writeonly_shared_inaccessible, WRONLY_FD_EACCES, ANY,  P(1),     NONE, "SHARED",            FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CODE_DIRS(offset_odd, OFFSET_UNALIGNED, offset_odd),
	CODE_DIRS(offset_at_maximum, OFFSET_PLUS_LENGTH_OVERFLOW, offset_at_maximum),
	CODE_DIRS(append_only_file, APPEND_ONLY_INODE_SHARED, append_only_file),
	CODE(missing_features, ENOTSUP_FOR_MISSING_FEATURES, missing_features),
	CODE(order_of_pairs, ERROR_ORDER_LINUX, order_of_pairs),
	CODE_DIRS(read_by_writeonly, WRONLY_FD_EACCES, read_by_writeonly),
	CODE_DIRS(write_by_readonly, SHARED_WRITE_NEEDS_RDWR, write_by_readonly),
};
/* clang-format on */

SUITE_PROGRAM(cases)
