/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flags that go with anonymous memory: the type field and bits that mean
 * nothing, where to map (below 2 GiB, aligned, above 2 to the 47), and the
 * flags of single systems.  A case whose flag is missing here is unsupported.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/anonymous_flags.def"
#include "helpers/claims.h"

/* What was mapped is new, where it begins and where it ends. */
static void
expect_zeros(const unsigned char *memory, size_t length)
{
	probe_expect_bytes(memory, 1, 0, "the new mapping");
	probe_expect_bytes(
	    memory + length - 1, 1, 0, "the mapping's last byte");
}

static unsigned char *
map(size_t length, const char *flags)
{
	unsigned char *memory = call_mmap(NULL, length, RW, flags, -1, 0);

	call_expect("ok");
	expect_zeros(memory, length);
	return memory;
}

/*
 * ----- The type field, and bits that are no flag's ---------------------------------
 */

/* MAP_DROPPABLE by its number, as headers are years behind kernels. */
static const char droppable[] = "0x8|ANON";

/* Under pressure the parent may lose its page as well: zero or as stored. */
static long
first_byte(void *memory)
{
	return *(volatile unsigned char *)memory;
}

static void
expect_kept_or_dropped(const unsigned char *memory, const char *when)
{
	unsigned char byte = probe_byte(memory);

	verdict_expect(
	    byte == 'd' || byte == 0, "'d' or dropped", "%s %#x", when, byte);
}

static void
droppable_wiped(void)
{
	unsigned char *memory = map(2 * view_page(), droppable);
	long seen;

	probe_expect_bytes(memory, 2 * view_page(), 0, "the mapping");
	memset(memory, 'd', 2 * view_page());
	expect_kept_or_dropped(memory, "the mapping holds");
	seen = child_ask(first_byte, memory);
	verdict_expect(
	    seen == 0, "0, wiped", "a child sees %#lx", (unsigned long)seen);
	expect_kept_or_dropped(memory, "after the fork the mapping holds");
	verdict_observe("zeros, wiped in a child");
}

/* Without the twist it is memory, or the kernel does not know the type. */
static void
expect_not_droppable(const char *flags, int fd)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), RW, droppable, -1, 0);

	call_expect("ok|EINVAL|EOPNOTSUPP");
	if (memory == MAP_FAILED)
		verdict_unsupported("this kernel has no type 8");
	expect_zeros(memory, view_page());
	call_mmap(NULL, view_page(), RW, flags, fd, 0);
	call_expect("EINVAL");
}

static void
droppable_file(void)
{
	struct object file = object_make(FILE_RW, view_page());
	unsigned char *memory =
	    call_mmap(NULL, view_page(), RW, "PRIVATE", file.fd, 0);

	call_expect("ok");
	probe_expect_pattern(memory, view_page(), 0, "the file's page");
	expect_not_droppable("0x8", file.fd);
	object_end(&file);
}

static void
droppable_locked(void)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), RW, "PRIVATE|ANON|LOCKED", -1, 0);

	call_expect("ok|EAGAIN|EPERM|ENOMEM");
	if (memory == MAP_FAILED)
		verdict_untested("needs one page of memory that can be locked");
	expect_zeros(memory, view_page());
	expect_not_droppable("0x8|ANON|LOCKED", -1);
}

/*
 * 1 shared, 2 private, 3 shared with all flags checked, which is for files;
 * 8 droppable, which has cases of its own.  Four bits where no header says
 * how wide the field is.
 */
static void
type_values(void)
{
	struct object file = object_make(FILE_RW, view_page());
	const struct plat_flag *field = plat_flag("MAP_TYPE");
	int mask = field->present ? (int)field->value : 0xf;
	unsigned char *memory;
	char text[32];

	for (int type = 0; type <= mask; type++) {
		if ((type & ~mask) != 0 || type == 8)
			continue;
		snprintf(text, sizeof(text), "%#x%s", (unsigned)type,
		    type == 3 ? "" : "|ANON");
		memory = call_mmap(
		    NULL, view_page(), RW, text, type == 3 ? file.fd : -1, 0);
		call_expect(type >= 1 && type <= 3 ? "ok" : "EINVAL");
		if (type == 1 || type == 2)
			expect_zeros(memory, view_page());
		if (type == 3)
			probe_expect_pattern(
			    memory, view_page(), 0, "the file's page");
	}
	object_end(&file);
	verdict_observe("1, 2, 3 are types, the others EINVAL");
}

/* Bits that no MAP_ name of this system's headers uses, as a type or not. */
static unsigned
unknown_bits(void)
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

/* One bit that is no flag's, added to flags: ignored. */
static void
expect_bit_ignored(const char *flags, unsigned bit, const struct object *file)
{
	size_t page = view_page();
	char text[64];
	unsigned char *memory;

	snprintf(text, sizeof(text), "%s|%#x", flags, bit);
	memory = call_mmap(
	    NULL, 2 * page, RW, text, file != NULL ? file->fd : -1, 0);
	call_expect("ok");
	if (file == NULL)
		probe_expect_bytes(memory, 2 * page, 0, "the mapping");
	else
		probe_expect_pattern(memory, 2 * page, 0, "the mapping");
	probe_expect_store(memory, "the mapping", "ok");
	if (file != NULL) {
		bool shared = strcmp(flags, "SHARED") == 0;
		bool reached = object_byte(file, 0) != object_pattern(0);

		verdict_expect(reached == shared,
		    shared ? "a store in the file" : "the file as it was",
		    "the store %s the file",
		    reached ? "reached" : "did not reach");
		object_put(file, 0, object_pattern(0));
	}
	area_free(memory, 2);
}

/* Each such bit, on memory and on a file. */
static void
expect_all_ignored(const char *memory_flags, const char *file_flags)
{
	struct object file = object_make(FILE_RW, 2 * view_page());
	unsigned bits = unknown_bits();

	if (bits == 0)
		verdict_unsupported("every bit is some flag's here");
	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if ((bits & bit) != 0) {
			expect_bit_ignored(memory_flags, bit, NULL);
			expect_bit_ignored(file_flags, bit, &file);
		}
	verdict_observe("all ignored");
}

static void
unknown_flags_shared(void)
{
	expect_all_ignored("SHARED|ANON", "SHARED");
}

static void
unknown_flags_private(void)
{
	expect_all_ignored("PRIVATE|ANON", "PRIVATE");
}

static void
reserved_bits(void)
{
	unsigned bits = unknown_bits();
	char text[64];

	probe_expect_bytes(
	    map(view_page(), "PRIVATE|ANON|RESERVED0020|RESERVED0040"),
	    view_page(), 0, "with reserved bits, the mapping");
	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if ((bits & bit) != 0) {
			snprintf(text, sizeof(text), "PRIVATE|ANON|%#x", bit);
			call_mmap(NULL, view_page(), RW, text, -1, 0);
			call_expect("EINVAL");
		}
	verdict_observe("reserved bits dropped, others EINVAL");
}

/*
 * ----- Where to map -------------------------------------------------------------------
 */

static void
need_64_bits(void)
{
	if (sizeof(void *) < 8)
		verdict_unsupported("a program of 32 bits has no high memory");
}

/* Several, as addresses are random; without the flag they are high. */
static void
below_2_gib(void)
{
	size_t size = 4 * view_page();

	call_flags("MAP_", "32BIT");
	need_64_bits();
	if ((uintptr_t)area_anon(4, RW) < (uintptr_t)1 << 31)
		verdict_untested("needs a system that maps above 2 GiB by "
				 "itself");
	for (int i = 0; i < 8; i++) {
		unsigned char *memory = map(size, "PRIVATE|ANON|32BIT");

		verdict_expect((uintptr_t)memory + size <= (uintptr_t)1 << 31,
		    "below 2 GiB", "above 2 GiB");
		probe_expect_store(memory, "the mapping", "ok");
	}
	verdict_observe("below 2 GiB");
}

static void
below_2_gib_fixed(void)
{
	unsigned char *high = area_reserve(1);

	call_flags("MAP_", "32BIT");
	need_64_bits();
	if ((uintptr_t)high < (uintptr_t)1 << 31)
		verdict_untested("needs a system that maps above 2 GiB by "
				 "itself");
	call_mmap_at(high, view_page(), RW, "PRIVATE|ANON|FIXED|32BIT", -1, 0);
	expect_zeros(high, view_page());
	probe_expect_store(high, "the mapping", "ok");
	verdict_observe("where it says");
}

/* The limit of x86-64 without five-level paging. */
static void
above_47_bits(void)
{
	uintptr_t limit = (uintptr_t)1 << (sizeof(void *) < 8 ? 31 : 47);
	size_t size = 2 * view_page();
	struct utsname name;
	unsigned char *memory;
	bool above;

	if (uname(&name) == -1)
		verdict_broken("uname");
	if (sizeof(void *) < 8 ||
	    (strcmp(name.machine, "x86_64") != 0 &&
		strcmp(name.machine, "amd64") != 0))
		verdict_unsupported(
		    "the limit is that of x86-64, not of %s", name.machine);
	memory =
	    call_mmap((void *)(limit << 1), size, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	expect_zeros(memory, size);
	probe_expect_store(memory, "the mapping with a hint", "ok");
	above = (uintptr_t)memory >= limit;
	for (int i = 0; i < 8; i++) {
		memory = map(size, "PRIVATE|ANON");
		verdict_expect((uintptr_t)memory + size <= limit,
		    "below 2^47 without a hint", "above 2^47 without a hint");
	}
	verdict_observe("below 2^47 without a hint, %s with one",
	    above ? "above" : "below");
}

static void
expect_aligned(const char *flags, int bits)
{
	for (int i = 0; i < 8; i++) {
		unsigned char *memory = map(view_page(), flags);

		/* By uneven steps, so that none is aligned by luck. */
		area_reserve(1 + (size_t)i % 2);
		verdict_expect((uintptr_t)memory % ((uintptr_t)1 << bits) == 0,
		    "aligned", "not aligned to 2^%d", bits);
		probe_expect_store(memory, "the mapping", "ok");
	}
}

static void
aligned(void)
{
	expect_aligned("PRIVATE|ANON|ALIGNED(13)", 13);
	expect_aligned("PRIVATE|ANON|ALIGNED(16)", 16);
	expect_aligned("PRIVATE|ANON|ALIGNED(21)", 21);
	verdict_observe("aligned");
}

/* Below a page's size, and beyond the word's: 11 and 64 in the field. */
static void
aligned_impossible(void)
{
	static const int impossible[] = { 2, 11, 64, 128 };
	int shift = call_flags("MAP_", "ALIGNMENT_SHIFT");
	int flags = call_flags("MAP_", "PRIVATE|ANON");
	char text[64];

	map(view_page(), "PRIVATE|ANON|ALIGNED(16)");
	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "PRIVATE|ANON|ALIGNED(%d)",
		    impossible[i]);
		call_mmap_value(NULL, view_page(), RW,
		    (int)((unsigned)flags |
			(unsigned)impossible[i] << (unsigned)shift),
		    text, -1, 0);
		call_expect("EINVAL");
	}
}

/* Whatever place it gets, all of it is memory; the place is reported. */
static void
aligned_super(void)
{
	size_t size = (size_t)4 << 20, large = (size_t)2 << 20;
	unsigned char *memory = map(size, "PRIVATE|ANON|ALIGNED_SUPER");

	for (size_t i = 0; i < size; i += size / 16)
		probe_expect_bytes(memory + i, view_page(), 0, "the mapping");
	probe_expect_store(memory + size - 1, "its last byte", "ok");
	verdict_observe("%s to 2 MiB",
	    (uintptr_t)memory % large == 0 ? "aligned" : "not aligned");
}

/*
 * ----- MAP_GUARD -----------------------------------------------------------------------
 */

static void
guard(void)
{
	size_t page = view_page();
	unsigned char *range = call_mmap(NULL, 3 * page, NONE, "GUARD", -1, 0);

	call_expect("ok");
	probe_expect_load(range + page, "the guard", "SIGSEGV|SIGBUS");
	call_mmap(range, page, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	probe_expect_load(
	    range, "the guard a hint was given of", "SIGSEGV|SIGBUS");
	/* Refused or not: what counts is that it lets nobody in. */
	call_mprotect(range, 3 * page, RW);
	probe_expect_load(range, "the guard after mprotect", "SIGSEGV|SIGBUS");
	call_mmap_at(range + page, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	expect_zeros(range + page, page);
	probe_expect_store(range + page, "what replaced a part", "ok");
	probe_expect_load(range, "the rest below", "SIGSEGV|SIGBUS");
	probe_expect_load(range + 2 * page, "the rest above", "SIGSEGV|SIGBUS");
	verdict_observe("unusable until replaced");
}

/*
 * ----- Core files ----------------------------------------------------------------------
 *
 * A child dumps core into the work directory, with one secret in plain memory
 * and another in a mapping with the flag.  Computed, so that neither stands
 * in the program's own data.
 */
#define SECRET 32

static void
write_secret(unsigned char *memory, unsigned seed)
{
	for (unsigned i = 0; i < SECRET; i++)
		memory[i] = (unsigned char)((seed + i) * 167 + i * i);
}

/* In a child that has the mappings from its parent; a core may be large. */
static void
dump_core(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	signal(SIGABRT, SIG_DFL);
	if (setrlimit(RLIMIT_CORE, &all) == -1) {
		getrlimit(RLIMIT_CORE, &all);
		all.rlim_cur = all.rlim_max;
		setrlimit(RLIMIT_CORE, &all);
	}
	abort();
}

static bool
file_holds(const char *path, unsigned seed)
{
	unsigned char secret[SECRET];
	bool holds = false;
	int fd = open(path, O_RDONLY);
	off_t size;
	unsigned char *bytes;

	write_secret(secret, seed);
	if (fd == -1 || (size = lseek(fd, 0, SEEK_END)) <= 0)
		verdict_broken("reading %s", path);
	bytes = malloc((size_t)size);
	if (bytes == NULL || pread(fd, bytes, (size_t)size, 0) != size)
		verdict_broken("reading %s", path);
	for (off_t i = 0; !holds && i + SECRET <= size; i++)
		holds = bytes[i] == secret[0] &&
		    memcmp(bytes + i, secret, SECRET) == 0;
	free(bytes);
	close(fd);
	return holds;
}

/* The name of a core file in the work directory. */
static bool
find_core(char *name, size_t size)
{
	DIR *directory = opendir(".");
	struct dirent *entry;
	bool found = false;

	if (directory == NULL)
		verdict_broken("reading the work directory");
	while (!found && (entry = readdir(directory)) != NULL)
		if (strstr(entry->d_name, "core") != NULL) {
			snprintf(name, size, "%s", entry->d_name);
			found = true;
		}
	closedir(directory);
	return found;
}

static void
expect_kept_out(const char *flags)
{
	char name[256];
	bool plain, hidden;
	pid_t pid;
	int status;

	call_flags("MAP_", flags);
	write_secret(map(view_page(), "PRIVATE|ANON"), 1);
	write_secret(map(view_page(), flags), 2);
	fflush(NULL);
	pid = fork();
	if (pid == -1)
		verdict_broken("fork");
	if (pid == 0)
		dump_core();
	if (waitpid(pid, &status, 0) == -1)
		verdict_broken("waitpid");
	verdict_set_up(WIFSIGNALED(status), "a child did not die of SIGABRT");
	if (!find_core(name, sizeof(name)))
		verdict_untested("needs core files in the work directory");
	plain = file_holds(name, 1);
	hidden = file_holds(name, 2);
	unlink(name);
	if (!plain)
		verdict_untested("needs core files that hold plain memory");
	verdict_expect(!hidden, "not in the core file", "%s the core file",
	    hidden ? "in" : "not in");
}

static void
nocore(void)
{
	expect_kept_out("PRIVATE|ANON|NOCORE");
}

static void
conceal(void)
{
	expect_kept_out("PRIVATE|ANON|CONCEAL");
}

/*
 * ----- Others -------------------------------------------------------------------------
 */

static void
nosync_coherent(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *memory =
	    call_mmap(NULL, 2 * page, RW, "SHARED|NOSYNC", file.fd, 0);
	unsigned char byte;

	call_expect("ok");
	probe_expect_pattern(memory, 2 * page, 0, "the file's pages");
	memory[0] = 's';
	byte = object_byte(&file, 0);
	verdict_expect(
	    byte == 's', "'s', as stored", "read(2) gives %#x", byte);
	object_put(&file, (off_t)page, 'w');
	byte = probe_byte(memory + page);
	verdict_expect(
	    byte == 'w', "'w', as written", "the mapping holds %#x", byte);
	verdict_observe("coherent");
	object_end(&file);
}

static void
nofault_past_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *memory;

	call_flags("", "__MAP_NOFAULT");
	memory = call_mmap(NULL, 2 * page, RW, "SHARED", file.fd, 0);
	call_expect("ok");
	probe_expect_load(
	    memory + page, "past the end, without the flag", "SIGBUS|SIGSEGV");
	memory =
	    call_mmap(NULL, 2 * page, RW, "SHARED|__MAP_NOFAULT", file.fd, 0);
	call_expect("ok");
	probe_expect_pattern(memory, page, 0, "the file's page");
	probe_expect_bytes(memory + page, page, 0, "past the end");
	verdict_observe("zeros");
}

/* Listed by that name, or refused and listed without one. */
static void
region_name(void)
{
	unsigned char *memory = area_reserve(3) + view_page();
	struct plat_region region;
	bool named;
	int error;

	call_mmap_at(memory, view_page(), RW, "PRIVATE|ANON|FIXED", -1, 0);
	expect_zeros(memory, view_page());
	call_prctl_name(memory, view_page(), "mmapcheck");
	call_expect("ok|EINVAL");
	error = plat_region(memory, &region);
	if (error == ENOTSUP)
		verdict_untested("needs the kernel's list of regions");
	verdict_expect(
	    error == 0, "listed", "%s", error == 0 ? "listed" : "not listed");
	named = strcmp(region.object, "[anon:mmapcheck]") == 0;
	verdict_expect(named || region.object[0] == '\0',
	    "\"[anon:mmapcheck]\" or \"\"", "listed as \"%s\"", region.object);
	verdict_expect(named == call_last()->ok,
	    call_last()->ok ? "named" : "not named", "%s, %s",
	    call_last()->ok ? "ok" : names_errno(call_last()->error),
	    named ? "named" : "not named");
}

/* VM_MAKE_TAG(240): the first of the tags for applications. */
static void
fd_with_tag(void)
{
	int tag = call_flags("VM_", "MAKE_TAG(240)");
	unsigned char *memory;

	memory = call_mmap(NULL, view_page(), RW, "PRIVATE|ANON", tag, 0);
	call_expect("ok");
	probe_expect_bytes(memory, view_page(), 0, "the mapping");
}

/* Programs without the entitlement may be refused. */
static void
jit_runs(void)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), RWX, "PRIVATE|ANON|JIT", -1, 0);
	struct guard_signal jump;

	call_expect("ok|EPERM|EINVAL|EACCES");
	if (memory == MAP_FAILED)
		verdict_untested("needs the entitlement to use MAP_JIT");
	if (!probe_plant(memory))
		verdict_unsupported("no code can be planted here");
	jump = probe_jump(memory);
	verdict_expect(
	    jump.signo == 0, "ok", "a jump into it: %s", probe_name(jump));
}

/* clang-format off */
static const struct row cases[] = {
	/*   name               claim              addr  len   prot  flags                        object   off   allowed */
	CALL(guard_readable,    FREEBSD_MAP_GUARD, ANY,  P(1), R,    "GUARD",                     NOTHING, B(0), "EINVAL", SOUND_PROT(NONE)),
	CALL(guard_of_file,     FREEBSD_MAP_GUARD, ANY,  P(1), NONE, "GUARD",                     FILE_RW, B(0), "EINVAL", SOUND_OBJECT(NOTHING)),
	CALL(guard_offset,      FREEBSD_MAP_GUARD, ANY,  P(1), NONE, "GUARD",                     NOTHING, P(1), "EINVAL", SOUND_OFF(B(0))),
	CALL(guard_private,     FREEBSD_MAP_GUARD, ANY,  P(1), NONE, "GUARD|PRIVATE",             NOTHING, B(0), "EINVAL", SOUND_FLAGS("GUARD")),
	CALL(guard_shared,      FREEBSD_MAP_GUARD, ANY,  P(1), NONE, "GUARD|SHARED",              NOTHING, B(0), "EINVAL", SOUND_FLAGS("GUARD")),
	CALL(guard_anonymous,   FREEBSD_MAP_GUARD, ANY,  P(1), NONE, "GUARD|ANON",                NOTHING, B(0), "EINVAL", SOUND_FLAGS("GUARD")),
	CALL(jit_shared,        MACOS_MAP_JIT_LIMITS, ANY,  P(1), RW,   "SHARED|ANON|JIT",           NOTHING, B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON|JIT")),
	CALL(jit_fixed,         MACOS_MAP_JIT_LIMITS, USED, P(1), RW,   "PRIVATE|ANON|JIT|FIXED",    NOTHING, B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON|JIT")),
	CALL(jit_file,          MACOS_MAP_JIT_LIMITS, ANY,  P(1), RW,   "PRIVATE|JIT",               FILE_RW, B(0), "EINVAL", SOUND_FLAGS("PRIVATE")),
	CALL(nofault_anonymous, OPENBSD_MAP_NOFAULT, ANY, P(1), RW,  "PRIVATE|ANON|__MAP_NOFAULT", NOTHING, B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON")),

	CODE(droppable_wiped,   MAP_DROPPABLE,     droppable_wiped),
	CODE(droppable_file,    MAP_DROPPABLE,     droppable_file),
	CODE(droppable_locked,  MAP_DROPPABLE,     droppable_locked),
	CODE(type_values,       MAP_TYPE_VALUES,   type_values),
	CODE(unknown_flags_shared, UNKNOWN_FLAGS_IGNORED_SHARED, unknown_flags_shared),
	CODE(unknown_flags_private, UNKNOWN_FLAGS_IGNORED_PRIVATE, unknown_flags_private),
	CODE(reserved_bits,     FREEBSD_OLD_FLAG_BITS, reserved_bits),
	CODE(below_2_gib,       MAP_32BIT_LOW,     below_2_gib),
	CODE(below_2_gib_fixed, MAP_32BIT_IGNORED_WITH_FIXED, below_2_gib_fixed),
	CODE(above_47_bits,     ANON_ABOVE_47_BITS, above_47_bits),
	CODE(aligned,           FREEBSD_MAP_ALIGNED, aligned),
	CODE(aligned_impossible, FREEBSD_MAP_ALIGNED, aligned_impossible),
	CODE(aligned_super,     FREEBSD_MAP_ALIGNED_SUPER, aligned_super),
	CODE(guard,             FREEBSD_MAP_GUARD, guard),
	CODE(nocore,            FREEBSD_MAP_NOCORE, nocore),
	CODE(conceal,           OPENBSD_MAP_CONCEAL, conceal),
	CODE(nosync_coherent,   FREEBSD_MAP_NOSYNC, nosync_coherent),
	CODE(nofault_past_end,  OPENBSD_MAP_NOFAULT, nofault_past_end),
	CODE(region_name,       ANON_NAME_PRCTL,   region_name),
	CODE(fd_with_tag,       MACOS_FD_CARRIES_VM_TAG, fd_with_tag),
	CODE(jit_runs,          MACOS_MAP_JIT,     jit_runs),
};
/* clang-format on */

SUITE_PROGRAM(cases)
