/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "guard.h"
#include "names.h"
#include "verdict.h"
#include "view.h"

static struct call_record last;
static size_t pending_length; /* of the memory that the call is to give */

/*
 * Set while a call under test is made, and exported, so that the fault
 * library (ci/faults) spoils these calls and no others.
 */
volatile int call_under_test;

/* Small descriptors only: the suite opens few. */
#define NAMED_FDS 64
static const char *fd_names[NAMED_FDS];

const struct call_record *
call_last(void)
{
	return &last;
}

void
call_forget(void)
{
	last.text[0] = '\0';
	call_under_test = 0;
	guard_end();
}

void
call_name_fd(int fd, const char *name)
{
	if (fd >= 0 && fd < NAMED_FDS)
		fd_names[fd] = name;
}

/*
 * ----- Flags -------------------------------------------------------------
 */

/* Value of one name or number; NULL on success, else what is missing. */
static const char *
flag_value(const char *prefix, const char *word, size_t length, int *value)
{
	static char name[64];
	const struct plat_flag *flag;
	char *end;

	/* Not all of "32BIT" is a number. */
	if (word[0] >= '0' && word[0] <= '9') {
		*value = (int)strtoul(word, &end, 0);
		if (end == word + length)
			return NULL;
	}
	snprintf(name, sizeof(name), "%s%.*s", word[0] == '_' ? "" : prefix,
	    (int)length, word);
	flag = plat_flag(name);
	if (flag == NULL || !flag->present)
		return name;
	*value = (int)flag->value;
	return NULL;
}

/* Value of a whole text; NULL on success, else the first missing name. */
static const char *
flags_value(const char *prefix, const char *text, int *value)
{
	*value = 0;
	while (*text != '\0') {
		size_t length = strcspn(text, "|");
		const char *missing;
		int bits;

		missing = flag_value(prefix, text, length, &bits);
		if (missing != NULL)
			return missing;
		*value |= bits;
		text += length + (text[length] == '|');
	}
	return NULL;
}

int
call_flags(const char *prefix, const char *text)
{
	int value;
	const char *missing = flags_value(prefix, text, &value);

	if (missing != NULL)
		verdict_unsupported(
		    "%s does not define %s", plat_name(), missing);
	return value;
}

bool
call_has_flags(const char *prefix, const char *text)
{
	int value;

	return flags_value(prefix, text, &value) == NULL;
}

unsigned
call_unknown_bits(void)
{
	unsigned known = 0xf;
	size_t count;
	const struct plat_flag *flags = plat_flags(&count);
	const struct plat_flag *mask = plat_flag("MAP_HUGE_MASK");
	const struct plat_flag *shift = plat_flag("MAP_HUGE_SHIFT");

	for (size_t i = 0; i < count; i++)
		if (flags[i].present && strncmp(flags[i].name, "MAP_", 4) == 0)
			known |= (unsigned)flags[i].value;
	if (mask->present && shift->present)
		known |= (unsigned)mask->value << shift->value;
	/* MAP_ALIGNED() takes all of the highest byte. */
	if (plat_flag("MAP_ALIGNED(12)")->present)
		known |= 0xff000000;
	return ~known;
}

unsigned
call_unknown_flag(void)
{
	unsigned unknown = call_unknown_bits();

	for (unsigned bit = 1U << 23; bit != 0; bit >>= 1)
		if ((unknown & bit) != 0)
			return bit;
	verdict_untested("needs a flag that no header defines");
}

/*
 * ----- Remembering ----------------------------------------------------------
 */

static void add(const char *, ...) __attribute__((format(printf, 1, 2)));

static void
add_list(const char *format, va_list arguments)
{
	size_t used = strlen(last.text);

	vsnprintf(
	    last.text + used, sizeof(last.text) - used, format, arguments);
}

static void
add(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_list(format, arguments);
	va_end(arguments);
}

void
call_begin(const char *text, ...)
{
	va_list arguments;

	last.text[0] = '\0';
	va_start(arguments, text);
	add_list(text, arguments);
	va_end(arguments);
	pending_length = 0;
	guard_begin(last.text);
	call_under_test = 1;
}

/* What became of the call, for verdicts; errno is as it was. */
static void
note(bool ok, int error)
{
	last.ok = ok;
	last.error = ok ? 0 : error;
	guard_end();
	verdict_about(last.text, names_result(last.error));
	errno = error;
}

bool
call_made(bool ok, const char *text, ...)
{
	int error = errno;
	va_list arguments;

	call_under_test = 0;
	va_start(arguments, text);
	vsnprintf(last.text, sizeof(last.text), text, arguments);
	va_end(arguments);
	guard_begin(last.text);
	note(ok, error);
	return ok;
}

static void
add_address(const void *addr)
{
	if (addr == NULL)
		add("NULL");
	else
		add("%#" PRIxPTR, (uintptr_t)addr);
}

static void
begin_range(const char *function, const void *addr, size_t length)
{
	call_begin("%s(", function);
	add_address(addr);
	add(", %zu", length);
}

static const char *
flags_text(const char *text)
{
	return text[0] == '\0' ? "0" : text;
}

/* Closes the text and notes the result; errno stays as it was. */
static void
finish(bool ok)
{
	int error = errno;

	call_under_test = 0;
	add(")");
	note(ok, error);
}

static int
finish_int(int result)
{
	finish(result != -1);
	return result;
}

/* POSIX.1-2024 XSH 2.6: the lowest number that is not open is given next. */
static int
next_descriptor(void)
{
	int next = dup(STDERR_FILENO);

	if (next != -1)
		close(next);
	return next;
}

/* All numbers below that one were open before the call; it is, after it. */
static int
finish_descriptor(int result, int next)
{
	finish_int(result);
	if (result >= 0 && result < next)
		verdict_fail(NULL, "a new descriptor",
		    "a descriptor that was open before");
	if (result >= 0 && fcntl(result, F_GETFD) == -1)
		verdict_fail(NULL, "a new descriptor", "one that is not open");
	return result;
}

/*
 * Memory is mapped by pages: nobody who asked for the address of one gets
 * another.
 */
static void *
finish_pointer(void *result, const void *asked)
{
	size_t page = view_page();

	finish(result != MAP_FAILED);
	if (result == MAP_FAILED)
		return result;
	if ((uintptr_t)asked % page == 0 && (uintptr_t)result % page != 0)
		verdict_fail(
		    NULL, "a page's address", "an address inside a page");
	guard_memory(
	    result, (pending_length + page - 1) / page * page, last.text);
	return result;
}

/* The same for a number of bytes, of a call that a kernel may lack. */
static ssize_t
finish_long(ssize_t result)
{
	finish(result != -1);
	if (result == -1 && errno == ENOSYS)
		verdict_unsupported("%s = ENOSYS", call_last()->text);
	return result;
}

/* As finish_int(), for a call that a kernel may lack though libc has it. */
static int
finish_optional(int result)
{
	return (int)finish_long(result);
}

/*
 * ----- The calls -------------------------------------------------------------
 */

static const char *
fd_text(int fd)
{
	static char number[16];

	if (fd >= 0 && fd < NAMED_FDS && fd_names[fd] != NULL)
		return fd_names[fd];
	snprintf(number, sizeof(number), "%d", fd);
	return number;
}

static void
begin_mmap(const char *name, void *addr, size_t length, int prot,
    const char *flags, int fd, off_t offset)
{
	begin_range(name, addr, length);
	pending_length = length;
	add(", %s, %s, ", names_prot(prot), flags_text(flags));
	add("%s, %jd", fd_text(fd), (intmax_t)offset);
}

void *
call_mmap_value(void *addr, size_t length, int prot, int flags,
    const char *text, int fd, off_t offset)
{
	begin_mmap("mmap", addr, length, prot, text, fd, offset);
	return finish_pointer(
	    mmap(addr, length, prot, flags, fd, offset), addr);
}

void *
call_mmap(void *addr, size_t length, int prot, const char *flags, int fd,
    off_t offset)
{
	return call_mmap_value(
	    addr, length, prot, call_flags("MAP_", flags), flags, fd, offset);
}

int
call_munmap(void *addr, size_t length)
{
	begin_range("munmap", addr, length);
	return finish_int(munmap(addr, length));
}

int
call_mprotect(void *addr, size_t length, int prot)
{
	begin_range("mprotect", addr, length);
	add(", %s", names_prot(prot));
	return finish_int(mprotect(addr, length, prot));
}

int
call_pkey_mprotect(void *addr, size_t length, int prot, int key)
{
	int (*call)(void *, size_t, int, int) =
	    (int (*)(void *, size_t, int, int))view_function("pkey_mprotect");

	begin_range("pkey_mprotect", addr, length);
	add(", %s, %d", names_prot(prot), key);
	return finish_optional(call(addr, length, prot, key));
}

int
call_mseal(void *addr, size_t length, unsigned long flags)
{
	int (*call)(void *, size_t, unsigned long) =
	    (int (*)(void *, size_t, unsigned long))view_function("mseal");

	begin_range("mseal", addr, length);
	add(", %lu", flags);
	return finish_optional(call(addr, length, flags));
}

int
call_msync(void *addr, size_t length, const char *flags)
{
	int value = call_flags("MS_", flags);

	begin_range("msync", addr, length);
	add(", %s", flags_text(flags));
	return finish_int(msync(addr, length, value));
}

int
call_mlock(const void *addr, size_t length)
{
	begin_range("mlock", addr, length);
	return finish_int(mlock(addr, length));
}

int
call_mlock2(const void *addr, size_t length, const char *flags)
{
	int (*call)(const void *, size_t, int) =
	    (int (*)(const void *, size_t, int))view_function("mlock2");
	int value = call_flags("MLOCK_", flags);

	begin_range("mlock2", addr, length);
	add(", %s", flags_text(flags));
	return finish_optional(call(addr, length, value));
}

int
call_munlock(const void *addr, size_t length)
{
	begin_range("munlock", addr, length);
	return finish_int(munlock(addr, length));
}

int
call_mlockall(const char *flags)
{
	int value = call_flags("MCL_", flags);

	call_begin("mlockall(%s", flags_text(flags));
	return finish_int(mlockall(value));
}

int
call_munlockall(void)
{
	call_begin("munlockall(");
	return finish_int(munlockall());
}

int
call_mincore(void *addr, size_t length, unsigned char *vector)
{
	int (*call)(void *, size_t, unsigned char *) =
	    (int (*)(void *, size_t, unsigned char *))view_function("mincore");

	begin_range("mincore", addr, length);
	add(", vector");
	return finish_int(call(addr, length, vector));
}

int
call_madvise(void *addr, size_t length, const char *advice)
{
	int value = call_flags("MADV_", advice);

	begin_range("madvise", addr, length);
	add(", %s", advice);
	return finish_int(madvise(addr, length, value));
}

int
call_posix_madvise(void *addr, size_t length, const char *advice)
{
	int value = call_flags("POSIX_MADV_", advice);
	int error;

	begin_range("posix_madvise", addr, length);
	add(", %s", advice);
	error = posix_madvise(addr, length, value);
	errno = error;
	finish(error == 0);
	return error;
}

ssize_t
call_process_madvise(
    int pidfd, void *addr, size_t length, const char *advice, unsigned flags)
{
	ssize_t (*call)(int, const struct iovec *, size_t, int, unsigned) =
	    (ssize_t(*)(int, const struct iovec *, size_t, int,
		unsigned))view_function("process_madvise");
	struct iovec range = { addr, length };
	int value = call_flags("MADV_", advice);

	call_begin("process_madvise(%d, ", pidfd);
	add_address(addr);
	add(", %zu, %s, %u", length, advice, flags);
	return finish_long(call(pidfd, &range, 1, value, flags));
}

void *
call_mremap(void *old, size_t old_length, size_t new_length, const char *flags,
    void *new_addr)
{
	void *(*call)(void *, size_t, size_t, int, ...) = (void *(*)(void *,
	    size_t, size_t, int, ...))view_function("mremap");
	int value;

	/* Without that name it is a function of other arguments. */
	call_flags("MREMAP_", "MAYMOVE");
	value = call_flags("MREMAP_", flags);
	begin_range("mremap", old, old_length);
	pending_length = new_length;
	add(", %zu, %s, ", new_length, flags_text(flags));
	add_address(new_addr);
	return finish_pointer(
	    call(old, old_length, new_length, value, new_addr), old);
}

int
call_remap_file_pages(void *addr, size_t length, int prot, size_t page_offset)
{
	int (*call)(void *, size_t, int, size_t, int) = (int (*)(
	    void *, size_t, int, size_t, int))view_function("remap_file_pages");

	begin_range("remap_file_pages", addr, length);
	add(", %s, %zu, 0", names_prot(prot), page_offset);
	return finish_optional(call(addr, length, prot, page_offset, 0));
}

int
call_shm_open(const char *name, int oflag, mode_t mode)
{
	int next = next_descriptor();

	call_begin(
	    "shm_open(\"%s\", %#x, %#o", name, (unsigned)oflag, (unsigned)mode);
	return finish_descriptor(shm_open(name, oflag, mode), next);
}

int
call_shm_unlink(const char *name)
{
	call_begin("shm_unlink(\"%s\"", name);
	return finish_int(shm_unlink(name));
}

int
call_memfd_create(const char *name, const char *flags)
{
	int (*call)(const char *, unsigned) =
	    (int (*)(const char *, unsigned))view_function("memfd_create");
	int value = call_flags("MFD_", flags), next = next_descriptor();

	call_begin("memfd_create(\"%s\", %s", name, flags_text(flags));
	return finish_descriptor(call(name, (unsigned)value), next);
}

int
call_seal(int fd, const char *seals)
{
	int command = call_flags("F_", "ADD_SEALS");
	int value = call_flags("F_SEAL_", seals);

	call_begin("fcntl(%s, ADD_SEALS, %s", fd_text(fd), flags_text(seals));
	return finish_int(fcntl(fd, command, value));
}

int
call_seals(int fd)
{
	int command = call_flags("F_", "GET_SEALS");

	call_begin("fcntl(%s, GET_SEALS", fd_text(fd));
	return finish_int(fcntl(fd, command));
}

int
call_prctl_name(void *addr, size_t length, const char *name)
{
	int (*call)(int, ...) = (int (*)(int, ...))view_function("prctl");
	int option = call_flags("PR_", "SET_VMA");
	int attribute = call_flags("PR_", "SET_VMA_ANON_NAME");

	call_begin("prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ");
	add_address(addr);
	add(", %zu, \"%s\"", length, name);
	return finish_int(call(option, (unsigned long)attribute,
	    (unsigned long)(uintptr_t)addr, (unsigned long)length,
	    (unsigned long)(uintptr_t)name));
}

void *
call_mquery(void *addr, size_t length, int prot, const char *flags, int fd,
    off_t offset)
{
	void *(*call)(void *, size_t, int, int, int, off_t) = (void *(*)(void *,
	    size_t, int, int, int, off_t))view_function("mquery");
	int value = call_flags("MAP_", flags);

	begin_mmap("mquery", addr, length, prot, flags, fd, offset);
	return finish_pointer(
	    call(addr, length, prot, value, fd, offset), addr);
}

/*
 * ----- Judging a result --------------------------------------------------------
 */

bool
call_allows(const char *allowed, int error)
{
	for (const char *word = allowed; *word != '\0';) {
		size_t length = strcspn(word, "|");

		if (length == 2 && memcmp(word, "ok", 2) == 0) {
			if (error == 0)
				return true;
		} else {
			int value = names_errno_value(word, length);

			verdict_set_up(value != 0,
			    "unknown result in the allowed set \"%s\"",
			    allowed);
			if (value == error)
				return true;
		}
		word += length + (word[length] == '|');
	}
	return false;
}

void
call_expect(const char *allowed)
{
	verdict_expect(call_allows(allowed, last.error), allowed, "%s",
	    names_result(last.error));
}

void
call_expect_at(const void *got, const void *asked)
{
	verdict_decide(got == asked, "the address asked for",
	    "mapped at the address asked for", "mapped elsewhere");
}

void *
call_mmap_at(void *addr, size_t length, int prot, const char *flags, int fd,
    off_t offset)
{
	void *got = call_mmap(addr, length, prot, flags, fd, offset);

	call_expect("ok");
	call_expect_at(got, addr);
	return got;
}

void *
call_map(size_t length, int prot, const char *flags, int fd, off_t offset)
{
	void *got = call_mmap(NULL, length, prot, flags, fd, offset);

	call_expect("ok");
	return got;
}

void
call_advise(void *addr, size_t length, const char *advice)
{
	call_madvise(addr, length, advice);
	if (!last.ok && last.error == EINVAL)
		verdict_unsupported(
		    "this kernel does not know MADV_%s: EINVAL", advice);
	call_expect("ok");
}

void *
call_map_page(int prot, const char *flags, int fd)
{
	return call_map(view_page(), prot, flags, fd, 0);
}
