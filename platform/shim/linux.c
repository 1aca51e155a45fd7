/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux.  Sources: proc(5), mincore(2), statfs(2), capabilities(7) of the
 * man-pages project; Documentation/admin-guide/mm/{hugetlbpage,pagemap}.rst
 * and Documentation/filesystems/proc.rst of the kernel.
 *
 * mechanisms: attributes code emulator facts fadvise flags functions hugepages
 *     limits lines lookup pagemap roles smaps superblock trial uname
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "platform/mechanism/emulator.h"
#include "platform/mechanism/facts.h"
#include "platform/mechanism/functions.h"
#include "platform/mechanism/hugepages.h"
#include "platform/mechanism/lines.h"
#include "platform/mechanism/roles.h"
#include "platform/mechanism/trial.h"
#include "platform/platform.h"

/*
 * ----- The name of the system ---------------------------------------------
 */

const char *
plat_name(void)
{
	return "linux";
}

int
plat_libc(char *buf, size_t size)
{
#ifdef __GLIBC__
	snprintf(buf, size, "glibc %s", gnu_get_libc_version());
#elif defined(__UCLIBC__)
	snprintf(buf, size, "uclibc");
#elif defined(__BIONIC__)
	snprintf(buf, size, "bionic");
#else
	/* musl has no macro of its own, on purpose. */
	snprintf(buf, size, "musl");
#endif
	return 0;
}

/* /run/systemd/container: the container interface of systemd. */
int
plat_container(char *buf, size_t size)
{
	if (lines_first("/run/systemd/container", buf, size) == 0)
		return 0;
	if (access("/.dockerenv", F_OK) == 0)
		snprintf(buf, size, "docker");
	else if (access("/run/.containerenv", F_OK) == 0)
		snprintf(buf, size, "podman");
	else
		snprintf(buf, size, "none");
	return 0;
}

/*
 * ----- Flags --------------------------------------------------------------
 */

const char *const roles_names[PLAT_ROLES] = {
	ROLES_STANDARD,
	[PLAT_ANONYMOUS] = "MAP_ANONYMOUS",
	[PLAT_POPULATE] = "MAP_POPULATE",
	[PLAT_NORESERVE] = "MAP_NORESERVE",
	[PLAT_HUGETLB] = "MAP_HUGETLB",
};

/*
 * ----- Facts --------------------------------------------------------------
 */

/*
 * Whether this process is in the first user namespace, which has the same inode
 * on every machine (PROC_USER_INIT_INO of linux/proc_ns.h).  gVisor has none.
 */
static bool
in_first_namespace(void)
{
	char link[64];
	ssize_t size = readlink("/proc/self/ns/user", link, sizeof(link) - 1);

	if (size == -1 || !emulator_counts_pages())
		return true;
	link[size] = '\0';
	return strcmp(link, "user:[4026531837]") == 0;
}

/*
 * 1, 0, or -1 if the kernel does not say.  What a user namespace gives holds
 * for nothing that the facts are about.
 */
static int
has_capability(int capability)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	if (!in_first_namespace())
		return 0;
	return (data[capability / 32].effective >> capability % 32) & 1;
}

/* Whether this process is spared what others get: Linux personality(2). */
static bool
is_layout_fixed(void)
{
	int persona = personality(0xffffffff);

	return persona != -1 && (persona & ADDR_NO_RANDOMIZE) != 0;
}

/* PR_SET_MDWE, since Linux 6.3, and whatever else may deny it. */
static int
is_wx_granted(void)
{
#ifdef PR_GET_MDWE
	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) > 0)
		return 0;
#endif
	return trial_wx();
}

void
plat_facts(struct plat_facts *facts)
{
	struct sysinfo info;
	long long number;

	facts_start(facts);
	facts->can_lock_memory = has_capability(CAP_IPC_LOCK);
	facts->can_raise_limits = has_capability(CAP_SYS_RESOURCE);
	facts->can_map_zero = has_capability(CAP_SYS_RAWIO);
	facts->can_see_frames = has_capability(CAP_SYS_ADMIN);
	facts->can_change_settings =
	    access("/proc/sys/vm/overcommit_memory", W_OK) == 0;
	facts->wx = is_wx_granted();
	facts->max_address = trial_max_address();
	hugepages_facts(facts);
	if (sysinfo(&info) == 0) {
		facts->ram_bytes = (long long)info.totalram * info.mem_unit;
		facts->swap_bytes = (long long)info.totalswap * info.mem_unit;
	}
	if (lines_kilobytes("/proc/meminfo", "CommitLimit", &number) == 0)
		facts->commit_limit = number;
	if (lines_number("/proc/sys/vm/overcommit_memory", &number) == 0)
		facts->overcommit = (int)number;
	if (lines_number("/proc/sys/kernel/randomize_va_space", &number) == 0)
		facts->aslr = is_layout_fixed() ? 0 : (int)number;
	if (lines_number("/proc/sys/vm/mmap_min_addr", &number) == 0)
		facts->min_address = number;
	if (lines_number("/proc/sys/vm/max_map_count", &number) == 0)
		facts->map_count_max = (long)number;
	if (facts->min_address == 0)
		facts->can_map_zero = 1;
}

void
plat_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	static const struct {
		const char *name;
		const char *path;
	} files[] = {
		{ "linux.thp", "/sys/kernel/mm/transparent_hugepage/enabled" },
		{ "linux.shmem_thp",
		    "/sys/kernel/mm/transparent_hugepage/shmem_enabled" },
		{ "linux.lsm", "/sys/kernel/security/lsm" },
		{ "linux.memfd_noexec", "/proc/sys/vm/memfd_noexec" },
		{ "linux.overcommit_ratio", "/proc/sys/vm/overcommit_ratio" },
		{ "linux.legacy_va_layout", "/proc/sys/vm/legacy_va_layout" },
	};
	char line[512];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (lines_first(files[i].path, line, sizeof(line)) == 0)
			emit(files[i].name, line, arg);
}

/* Documentation/admin-guide/kernel-parameters.rst */
int
plat_boot_option(const char *word, bool *yes)
{
	char line[4096];
	int error = lines_first("/proc/cmdline", line, sizeof(line));

	if (error != 0)
		return ENOTSUP;
	*yes = false;
	for (const char *at = strtok(line, " "); at != NULL && !*yes;
	     at = strtok(NULL, " "))
		*yes = strcmp(at, word) == 0;
	return 0;
}

/*
 * Documentation/admin-guide/mm/transhuge.rst: the word in brackets counts.
 * Without /sys /proc/meminfo tells whether there are any.
 */
int
plat_thp(char *buf, size_t size)
{
	char line[128];
	const char *start;
	long long bytes;

	if (lines_first("/sys/kernel/mm/transparent_hugepage/enabled", line,
		sizeof(line)) == 0) {
		start = strchr(line, '[');
		if (start == NULL)
			return ENOTSUP;
		snprintf(
		    buf, size, "%.*s", (int)strcspn(start + 1, "]"), start + 1);
		return 0;
	}
	if (access("/proc/meminfo", R_OK) == -1)
		return ENOTSUP;
	snprintf(buf, size, "%s",
	    lines_kilobytes("/proc/meminfo", "AnonHugePages", &bytes) == 0
		? "some"
		: "none");
	return 0;
}

/* shm_open(3) */
const char *
plat_shm_dir(void)
{
	return "/dev/shm";
}

/*
 * ----- The kernel's own view ----------------------------------------------
 */

int
plat_resident(const void *addr, size_t pages, unsigned char *vec)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!emulator_counts_pages())
		return ENOTSUP;
	if (mincore((void *)(uintptr_t)addr, pages * page, vec) == -1)
		return errno == ENOSYS ? ENOTSUP : errno;
	for (size_t i = 0; i < pages; i++)
		vec[i] &= 1;
	return 0;
}

int
plat_locked(long long *bytes)
{
	return lines_kilobytes("/proc/self/status", "VmLck", bytes);
}

int
plat_process_size(long long *virtual_bytes, long long *resident_bytes)
{
	if (lines_kilobytes("/proc/self/status", "VmSize", virtual_bytes) != 0)
		return ENOTSUP;
	return lines_kilobytes("/proc/self/status", "VmRSS", resident_bytes);
}

int
plat_committed(long long *bytes)
{
	return lines_kilobytes("/proc/meminfo", "Committed_AS", bytes);
}

/* proc_pid_stat(5): start_brk is field 47. */
int
plat_heap(uintptr_t *start, uintptr_t *end)
{
	char line[1024], *field;
	int number;

	if (lines_first("/proc/self/stat", line, sizeof(line)) != 0 ||
	    (field = strrchr(line, ')')) == NULL)
		return ENOTSUP;
	for (number = 2; number < 47 && field != NULL; number++)
		field = strchr(field + 1, ' ');
	if (field == NULL)
		return ENOTSUP;
	*start = (uintptr_t)strtoull(field, NULL, 10);
	*end = (uintptr_t)sbrk(0);
	return 0;
}

/*
 * ----- Kernel-wide settings -----------------------------------------------
 */

static const struct {
	const char *name;
	const char *path;
} settings[PLAT_SETTINGS] = {
	[PLAT_OVERCOMMIT] = { "vm.overcommit_memory",
	    "/proc/sys/vm/overcommit_memory" },
	[PLAT_HUGE_PAGES] = { "vm.nr_hugepages", "/proc/sys/vm/nr_hugepages" },
	[PLAT_HUGE_PAGES_EXTRA] = { "vm.nr_overcommit_hugepages",
	    "/proc/sys/vm/nr_overcommit_hugepages" },
	[PLAT_FILES_MAX] = { "fs.file-max", "/proc/sys/fs/file-max" },
};

const char *
plat_setting_name(enum plat_setting setting)
{
	return settings[setting].name;
}

int
plat_setting(enum plat_setting setting, long long *value)
{
	return lines_number(settings[setting].path, value);
}

int
plat_set_setting(enum plat_setting setting, long long value)
{
	char text[32];
	int fd = open(settings[setting].path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd == -1)
		return errno;
	snprintf(text, sizeof(text), "%lld\n", value);
	if (write(fd, text, strlen(text)) == -1)
		error = errno;
	if (close(fd) == -1 && error == 0)
		error = errno;
	return error;
}

/*
 * ----- Functions that not every system has --------------------------------
 */

/* Since Linux 6.10; the same number on nearly every processor. */
static int
seal_by_number(void *addr, size_t length, unsigned long flags)
{
	return (int)syscall(462, addr, length, flags);
}

plat_function_type *
plat_function(const char *name)
{
	static const struct function linked[] = {
		FUNCTION(mincore),
		FUNCTION(mremap),
		FUNCTION(remap_file_pages),
		FUNCTION(memfd_create),
		FUNCTION(mlock2),
		FUNCTION(posix_fallocate),
		FUNCTION(prctl),
		FUNCTION(sbrk),
		FUNCTION(vmsplice),
		FUNCTION(clone),
		NO_FUNCTION,
	};

	plat_function_type *found = function_find(linked, name);

	if (found == NULL && strcmp(name, "mseal") == 0)
		found = (plat_function_type *)seal_by_number;
	return found;
}
