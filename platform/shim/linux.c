/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux.  Sources: proc(5), mincore(2), statfs(2), capabilities(7) of the
 * man-pages project; Documentation/admin-guide/mm/{hugetlbpage,pagemap}.rst
 * and Documentation/filesystems/proc.rst of the kernel.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#ifndef STATX_ATTR_DAX
#define STATX_ATTR_DAX 0x00200000
#endif

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "platform/mechanism/functions.h"
#include "platform/platform.h"
#include "platform/mechanism/trial.h"

/*
 * ----- Reading /proc and /sys ---------------------------------------------
 */

/*
 * Lines of a file.  Not with stdio, whose buffers may come from mmap: the
 * memory that a test has just freed would be mapped again by looking at it.
 */
struct lines {
	int fd;
	size_t at, end;
	char buf[4096];
};

static int
open_lines(struct lines *lines, const char *path)
{
	lines->fd = open(path, O_RDONLY | O_CLOEXEC);
	lines->at = lines->end = 0;
	return lines->fd == -1 ? errno : 0;
}

/* The next line without its end, cut where buf is full; false: no more. */
static bool
next_line(struct lines *lines, char *buf, size_t size)
{
	size_t length = 0;
	bool any = false;

	for (;;) {
		if (lines->at == lines->end) {
			ssize_t got =
			    read(lines->fd, lines->buf, sizeof(lines->buf));

			if (got == -1 && errno == EINTR)
				continue;
			if (got <= 0)
				break;
			lines->at = 0;
			lines->end = (size_t)got;
		}
		any = true;
		if (lines->buf[lines->at] == '\n') {
			lines->at++;
			break;
		}
		if (length + 1 < size)
			buf[length++] = lines->buf[lines->at];
		lines->at++;
	}
	buf[length] = '\0';
	return any;
}

static void
close_lines(struct lines *lines)
{
	close(lines->fd);
}

/* The first line of a file, without its end. */
static int
read_line(const char *path, char *buf, size_t size)
{
	struct lines lines;
	int error = open_lines(&lines, path);

	if (error != 0)
		return error;
	if (!next_line(&lines, buf, size))
		error = ENODATA;
	close_lines(&lines);
	return error;
}

static int
read_number(const char *path, long long *value)
{
	char line[64];
	int error = read_line(path, line, sizeof(line));

	if (error == 0)
		*value = strtoll(line, NULL, 10);
	return error;
}

/* The number behind "KEY:" in a file of such lines. */
static int
read_keyed(const char *path, const char *key, long long *value)
{
	char line[256];
	size_t length = strlen(key);
	struct lines lines;
	int error = open_lines(&lines, path);

	if (error != 0)
		return error;
	error = ENOENT;
	while (error != 0 && next_line(&lines, line, sizeof(line)))
		if (strncmp(line, key, length) == 0 && line[length] == ':') {
			*value = strtoll(line + length + 1, NULL, 10);
			error = 0;
		}
	close_lines(&lines);
	return error;
}

/* As read_keyed(), for a value in kB. */
static int
read_kilobytes(const char *path, const char *key, long long *bytes)
{
	int error = read_keyed(path, key, bytes);

	if (error == 0)
		*bytes *= 1024;
	return error == 0 ? 0 : ENOTSUP;
}

static bool
file_contains(const char *path, const char *text)
{
	char line[8192]; /* a processor has many flags */
	struct lines lines;
	bool found = false;

	if (open_lines(&lines, path) != 0)
		return false;
	while (!found && next_line(&lines, line, sizeof(line)))
		found = strstr(line, text) != NULL;
	close_lines(&lines);
	return found;
}

/*
 * ----- The name of the system ---------------------------------------------
 */

const char *
plat_name(void)
{
	return "linux";
}

int
plat_release(char *buf, size_t size)
{
	struct utsname name;

	if (uname(&name) == -1)
		return errno;
	snprintf(buf, size, "%s", name.release);
	return 0;
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

/* It gives one build date for every release. */
static bool
is_gvisor(const struct utsname *name)
{
	return strstr(name->version, "Sun Jan 10 15:06:54 PST 2016") != NULL;
}

/*
 * gVisor says that every page is in memory, and that all that could be
 * changed has been: pkg/sentry/syscalls/linux/sys_mmap.go Mincore,
 * pkg/sentry/mm/procfs.go.
 */
static bool
counts_pages(void)
{
	static struct utsname name;

	if (name.version[0] == '\0' && uname(&name) == -1)
		return true;
	return !is_gvisor(&name);
}

/*
 * qemu-user rewrites /proc/self/maps but not /proc/thread-self/maps; what is
 * valgrind's is mapped from its directory.
 */
int
plat_emulator(char *buf, size_t size)
{
	struct utsname name;
	const char *found = "none";

	if (uname(&name) == -1)
		return errno;
	if (is_gvisor(&name))
		found = "gvisor";
	else if (strstr(name.release, "Microsoft") != NULL)
		found = "wsl1";
	else if (file_contains("/proc/cpuinfo", "User Mode Linux"))
		found = "uml";
	else if (file_contains("/proc/thread-self/maps", "/qemu-"))
		found = "qemu-user";
	else if (file_contains("/proc/self/maps", "/valgrind/"))
		found = "valgrind";
	snprintf(buf, size, "%s", found);
	return 0;
}

/* /run/systemd/container: the container interface of systemd. */
int
plat_container(char *buf, size_t size)
{
	if (read_line("/run/systemd/container", buf, size) == 0)
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
 * ----- Flags -----------------------------------------------------------------
 */

const char *
plat_role(enum plat_role role)
{
	static const char *const names[PLAT_ROLES] = {
		[PLAT_FIXED] = "MAP_FIXED",
		[PLAT_SHARED] = "MAP_SHARED",
		[PLAT_PRIVATE] = "MAP_PRIVATE",
		[PLAT_ANONYMOUS] = "MAP_ANONYMOUS",
		[PLAT_POPULATE] = "MAP_POPULATE",
		[PLAT_NORESERVE] = "MAP_NORESERVE",
		[PLAT_HUGETLB] = "MAP_HUGETLB",
	};

	return names[role];
}

/*
 * ----- Facts -----------------------------------------------------------------
 */

static long long
limit(int resource)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == -1)
		return -1;
	return now.rlim_cur == RLIM_INFINITY ? LLONG_MAX
					     : (long long)now.rlim_cur;
}

/* 1, 0, or -1 if the kernel does not say. */
/*
 * Whether this process is in the first user namespace, which has the same inode
 * on every machine (PROC_USER_INIT_INO of linux/proc_ns.h).  gVisor has none.
 */
static bool
in_first_namespace(void)
{
	char link[64];
	ssize_t size = readlink("/proc/self/ns/user", link, sizeof(link) - 1);

	if (size == -1 || !counts_pages())
		return true;
	link[size] = '\0';
	return strcmp(link, "user:[4026531837]") == 0;
}

/* What a user namespace gives holds for nothing that the facts are about. */
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

/* Documentation/admin-guide/mm/hugetlbpage.rst */
static int
pool_number(size_t huge_page_size, const char *what, long *value)
{
	char path[128];
	long long number;
	int error;

	snprintf(path, sizeof(path),
	    "/sys/kernel/mm/hugepages/hugepages-%zukB/%s",
	    huge_page_size / 1024, what);
	error = read_number(path, &number);
	if (error == 0)
		*value = (long)number;
	return error;
}

/* Without /proc: the block size of a file of them, memfd_create(2). */
static long
huge_block_size(void)
{
	struct statfs info;
	int fd = memfd_create("mmapcheck", MFD_CLOEXEC | MFD_HUGETLB);
	long size = -1;

	if (fd == -1)
		return -1;
	if (fstatfs(fd, &info) == 0)
		size = (long)info.f_bsize;
	close(fd);
	return size;
}

/*
 * Whether the kernel was built with them; its processor need not have any,
 * which is ENOENT: fs/hugetlbfs/inode.c hugetlb_file_setup.
 */
static int
is_hugetlb_built(void)
{
	int fd = memfd_create("mmapcheck", MFD_CLOEXEC | MFD_HUGETLB);
	int error = fd == -1 ? errno : 0;

	if (error == ENOSYS) {
		/* The call is there, and a part of it is not. */
		fd = memfd_create("mmapcheck", MFD_CLOEXEC);
		if (fd == -1)
			return -1;
		close(fd);
		return 0;
	}
	if (fd != -1)
		close(fd);
	return error == 0 || error == ENOENT ? 1 : -1;
}

/* Whether this process is spared what others get: Linux personality(2). */
static bool
is_layout_fixed(void)
{
	int persona = personality(0xffffffff);

	return persona != -1 && (persona & ADDR_NO_RANDOMIZE) != 0;
}

static void
huge_facts(struct plat_facts *facts)
{
	struct plat_huge_pool pool;
	long long size;

	if (access("/proc/meminfo", R_OK) == -1) {
		facts->huge_page_size = huge_block_size();
		return;
	}
	facts->huge_page_size = 0;
	if (read_kilobytes("/proc/meminfo", "Hugepagesize", &size) != 0)
		return;
	facts->huge_page_size = (long)size;
	if (plat_huge_pool((size_t)size, &pool) != 0)
		return;
	facts->huge_pages_total = pool.total;
	facts->huge_pages_free = pool.free - pool.reserved;
	if (pool_number((size_t)size, "nr_overcommit_hugepages",
		&facts->huge_pages_extra) != 0)
		facts->huge_pages_extra = -1;
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

	*facts = (struct plat_facts){
		.page_size = sysconf(_SC_PAGESIZE),
		.hugetlb = -1,
		.huge_page_size = -1,
		.huge_pages_total = -1,
		.huge_pages_free = -1,
		.huge_pages_extra = -1,
		.overcommit = -1,
		.ram_bytes = -1,
		.swap_bytes = -1,
		.commit_limit = -1,
		.rlimit_as = limit(RLIMIT_AS),
		.rlimit_data = limit(RLIMIT_DATA),
		.rlimit_memlock = limit(RLIMIT_MEMLOCK),
		.can_lock_memory = has_capability(CAP_IPC_LOCK),
		.can_raise_limits = has_capability(CAP_SYS_RESOURCE),
		.can_map_zero = has_capability(CAP_SYS_RAWIO),
		.can_see_frames = has_capability(CAP_SYS_ADMIN),
		.can_change_settings =
		    access("/proc/sys/vm/overcommit_memory", W_OK) == 0,
		.aslr = -1,
		.wx = is_wx_granted(),
		.min_address = -1,
		.max_address = trial_max_address(),
		.map_count_max = -1,
	};
	huge_facts(facts);
	facts->hugetlb = facts->huge_page_size > 0 ? 1 : is_hugetlb_built();
	if (sysinfo(&info) == 0) {
		facts->ram_bytes = (long long)info.totalram * info.mem_unit;
		facts->swap_bytes = (long long)info.totalswap * info.mem_unit;
	}
	if (read_kilobytes("/proc/meminfo", "CommitLimit", &number) == 0)
		facts->commit_limit = number;
	if (read_number("/proc/sys/vm/overcommit_memory", &number) == 0)
		facts->overcommit = (int)number;
	if (read_number("/proc/sys/kernel/randomize_va_space", &number) == 0)
		facts->aslr = is_layout_fixed() ? 0 : (int)number;
	if (read_number("/proc/sys/vm/mmap_min_addr", &number) == 0)
		facts->min_address = number;
	if (read_number("/proc/sys/vm/max_map_count", &number) == 0)
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
		if (read_line(files[i].path, line, sizeof(line)) == 0)
			emit(files[i].name, line, arg);
}

/* linux/magic.h, plus the magics that only their file systems define. */
static const char *
filesystem_name(unsigned long magic)
{
	static const struct {
		unsigned long magic;
		const char *name;
	} names[] = {
		{ EXT4_SUPER_MAGIC, "ext4" },
		{ TMPFS_MAGIC, "tmpfs" },
		{ RAMFS_MAGIC, "ramfs" },
		{ BTRFS_SUPER_MAGIC, "btrfs" },
		{ XFS_SUPER_MAGIC, "xfs" },
		{ OVERLAYFS_SUPER_MAGIC, "overlayfs" },
		{ NFS_SUPER_MAGIC, "nfs" },
		{ F2FS_SUPER_MAGIC, "f2fs" },
		{ 0x65735546, "fuse" },
		{ 0x2fc12fc1, "zfs" },
		{ V9FS_MAGIC, "9p" },
		{ HUGETLBFS_MAGIC, "hugetlbfs" },
		{ SQUASHFS_MAGIC, "squashfs" },
		{ REISERFS_SUPER_MAGIC, "reiserfs" },
		{ MSDOS_SUPER_MAGIC, "vfat" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].magic == magic)
			return names[i].name;
	return NULL;
}

/* Documentation/admin-guide/kernel-parameters.rst */
int
plat_boot_option(const char *word, bool *yes)
{
	char line[4096];
	int error = read_line("/proc/cmdline", line, sizeof(line));

	if (error != 0)
		return ENOTSUP;
	*yes = false;
	for (const char *at = strtok(line, " "); at != NULL && !*yes;
	     at = strtok(NULL, " "))
		*yes = strcmp(at, word) == 0;
	return 0;
}

int
plat_filesystem(const char *dir, char *buf, size_t size)
{
	struct statfs info;
	const char *name;

	if (statfs(dir, &info) == -1)
		return errno;
	name = filesystem_name((unsigned long)info.f_type & 0xffffffff);
	if (name != NULL)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%#lx", (unsigned long)info.f_type);
	return 0;
}

#ifndef ST_NOEXEC
#define ST_NOEXEC 8 /* statfs(2), f_flags */
#endif

int
plat_noexec(const char *dir, bool *yes)
{
	struct statfs info;

	if (statfs(dir, &info) == -1)
		return errno;
	*yes = (info.f_flags & ST_NOEXEC) != 0;
	return 0;
}

#ifndef ST_MANDLOCK
#define ST_MANDLOCK 64 /* statfs(2), f_flags */
#endif

/* Linux 5.15 took them out, fs/locks.c. */
int
plat_mandatory_locks(const char *dir, bool *yes)
{
	struct statfs info;
	struct utsname name;
	int major, minor;

	if (uname(&name) == -1 ||
	    sscanf(name.release, "%d.%d", &major, &minor) != 2 || major > 5 ||
	    (major == 5 && minor >= 15))
		return ENOTSUP;
	if (statfs(dir, &info) == -1)
		return errno;
	*yes = (info.f_flags & ST_MANDLOCK) != 0;
	return 0;
}

/* Of files made in dir, as chattr(1) says; 0 where nobody says. */
static int
attributes_of(const char *dir)
{
	int attributes = 0;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	if (ioctl(fd, FS_IOC_GETFLAGS, &attributes) == -1)
		attributes = 0;
	close(fd);
	return attributes;
}

#ifndef ST_NOATIME
#define ST_NOATIME 1024 /* statfs(2), f_flags */
#endif

/* Others have settings of their own (ZFS), or ask a server (NFS). */
int
plat_marks_atime(const char *dir, bool *yes)
{
	static const char *const plain[] = { "ext4", "xfs", "btrfs", "tmpfs",
		"f2fs", "overlayfs" };
	struct statfs info;
	const char *name;

	if (statfs(dir, &info) == -1)
		return errno;
	name = filesystem_name((unsigned long)info.f_type & 0xffffffff);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (name != NULL && strcmp(name, plain[i]) == 0) {
			*yes = (info.f_flags & ST_NOATIME) == 0 &&
			    (attributes_of(dir) & FS_NOATIME_FL) == 0;
			return 0;
		}
	return ENOTSUP;
}

/* A file of one page in dir without a name; -1: there can be none. */
static int
scratch_file(const char *dir)
{
	char path[PATH_MAX];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd == -1) {
		snprintf(path, sizeof(path), "%s/mmapcheck.XXXXXX", dir);
		fd = mkstemp(path);
		if (fd == -1)
			return -1;
		unlink(path);
	}
	if (posix_fallocate(fd, 0, sysconf(_SC_PAGESIZE)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* What keeps the files of a directory, as far as that shows. */
struct keeper {
	unsigned long magic; /* 0: not told */
	bool in_memory;
	bool dax;
};

/*
 * The file system below overlayfs by what passes through: only one that has
 * storage lists where a file is, fiemap.rst; ext4 marks files that are lists
 * of extents, and XFS alone counts these, ioctl_fsgetxattr(2).
 */
static void
look_below(int fd, struct keeper *keeper)
{
	struct fiemap map = { .fm_length = FIEMAP_MAX_OFFSET };
	struct fsxattr attributes = { 0 };
	int flags = 0;

	keeper->magic = 0;
	keeper->in_memory = ioctl(fd, FS_IOC_FIEMAP, &map) == -1;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
	    (flags & FS_EXTENT_FL) != 0)
		keeper->magic = EXT4_SUPER_MAGIC;
	else if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) == 0 &&
	    attributes.fsx_nextents > 0)
		keeper->magic = XFS_SUPER_MAGIC;
}

static int
find_keeper(const char *dir, struct keeper *keeper)
{
	struct statfs info;
	uint64_t file[32]; /* struct statx, which not every C library has */
	int fd;

	if (statfs(dir, &info) == -1)
		return errno;
	keeper->magic = (unsigned long)info.f_type & 0xffffffff;
	keeper->in_memory =
	    keeper->magic == TMPFS_MAGIC || keeper->magic == RAMFS_MAGIC;
	keeper->dax = false;
	fd = scratch_file(dir);
	if (fd == -1)
		return 0;
	if (keeper->magic == OVERLAYFS_SUPER_MAGIC)
		look_below(fd, keeper);
	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0, file) == 0)
		keeper->dax = (file[1] & STATX_ATTR_DAX) != 0;
	close(fd);
	return 0;
}

int
plat_has_storage(const char *dir, bool *yes)
{
	struct keeper keeper;
	int error = find_keeper(dir, &keeper);

	if (error == 0)
		*yes = !keeper.in_memory;
	return error;
}

/* Those that know MAP_SYNC; what others do without a cache is not told. */
int
plat_dax(const char *dir, bool *yes)
{
	struct keeper keeper;
	int error = find_keeper(dir, &keeper);

	if (error != 0)
		return error;
	if (keeper.magic != EXT4_SUPER_MAGIC && keeper.magic != XFS_SUPER_MAGIC)
		return ENOTSUP;
	*yes = keeper.dax;
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

	if (read_line("/sys/kernel/mm/transparent_hugepage/enabled", line,
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
	    read_kilobytes("/proc/meminfo", "AnonHugePages", &bytes) == 0
		? "some"
		: "none");
	return 0;
}

int
plat_uncache(int fd)
{
	if (fsync(fd) == -1)
		return errno;
	return posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* shm_open(3) */
const char *
plat_shm_dir(void)
{
	return "/dev/shm";
}

/*
 * ----- The kernel's own view -----------------------------------------------------
 */

/* One head line of /proc/PID/maps or smaps, proc_pid_maps(5). */
static bool
parse_region(const char *line, struct plat_region *region)
{
	char perms[5];
	int path = 0;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %llx %*x:%*x %llu %n",
		&region->start, &region->end, perms, &region->offset,
		&region->inode, &path) < 5)
		return false;
	region->prot = (perms[0] == 'r' ? PROT_READ : 0) |
	    (perms[1] == 'w' ? PROT_WRITE : 0) |
	    (perms[2] == 'x' ? PROT_EXEC : 0);
	region->shared = perms[3] == 's';
	region->object[0] = '\0';
	if (path > 0)
		snprintf(region->object, sizeof(region->object), "%.*s",
		    (int)strcspn(line + path, "\n"), line + path);
	return true;
}

int
plat_regions(
    int (*visit)(const struct plat_region *region, void *arg), void *arg)
{
	char line[512];
	struct plat_region region;
	struct lines lines;

	if (open_lines(&lines, "/proc/self/maps") != 0)
		return ENOTSUP;
	while (next_line(&lines, line, sizeof(line)))
		if (parse_region(line, &region) && visit(&region, arg) != 0)
			break;
	close_lines(&lines);
	return 0;
}

struct lookup {
	uintptr_t addr;
	struct plat_region *region;
	bool found;
};

static int
match_region(const struct plat_region *region, void *arg)
{
	struct lookup *lookup = arg;

	if (lookup->addr >= region->end)
		return 0;
	if (lookup->addr >= region->start) {
		*lookup->region = *region;
		lookup->found = true;
	}
	return 1;
}

int
plat_region(const void *addr, struct plat_region *region)
{
	struct lookup lookup = { (uintptr_t)addr, region, false };
	int error = plat_regions(match_region, &lookup);

	if (error != 0)
		return error;
	return lookup.found ? 0 : ENOENT;
}

static bool
has_word(const char *words, const char *word)
{
	const char *at = strstr(words, word);

	return at != NULL && (at == words || at[-1] == ' ') &&
	    (at[2] == ' ' || at[2] == '\0');
}

/* One "KEY: VALUE" line of smaps, proc_pid_smaps(5). */
static void
parse_usage(const char *line, struct plat_usage *usage)
{
	long long kilobytes;

	if (sscanf(line, "KernelPageSize: %lld", &kilobytes) == 1)
		usage->page_size = (long)(kilobytes * 1024);
	else if (sscanf(line, "Rss: %lld", &kilobytes) == 1)
		usage->resident = kilobytes * 1024;
	else if (sscanf(line, "Locked: %lld", &kilobytes) == 1)
		usage->locked = kilobytes * 1024;
	else if (sscanf(line, "Shared_Dirty: %lld", &kilobytes) == 1 ||
	    sscanf(line, "Private_Dirty: %lld", &kilobytes) == 1)
		usage->dirty += kilobytes * 1024;
	else if (strncmp(line, "VmFlags: ", 9) == 0)
		snprintf(usage->flags, sizeof(usage->flags), "%.*s",
		    (int)strcspn(line + 9, "\n"), line + 9);
}

static void
finish_usage(struct plat_usage *usage)
{
	usage->noreserve = has_word(usage->flags, "nr");
	usage->accounted = has_word(usage->flags, "ac");
	if (!counts_pages())
		usage->dirty = -1;
}

/*
 * Whether smaps counts at all: QEMU's user mode, in release 10, writes one of
 * its own that is all zeros.  A page of the stack is in memory.
 */
static bool
smaps_counts(void)
{
	static int counts = -1;
	char line[512];
	struct plat_region region;
	long long kilobytes;
	bool inside = false;
	struct lines lines;

	if (counts != -1 || open_lines(&lines, "/proc/self/smaps") != 0)
		return counts != 0;
	counts = 1;
	while (next_line(&lines, line, sizeof(line)))
		if (parse_region(line, &region))
			inside = (uintptr_t)line >= region.start &&
			    (uintptr_t)line < region.end;
		else if (inside && sscanf(line, "Rss: %lld", &kilobytes) == 1)
			counts = kilobytes > 0;
	close_lines(&lines);
	return counts != 0;
}

int
plat_usages(int (*visit)(const struct plat_region *region,
		const struct plat_usage *usage, void *arg),
    void *arg)
{
	static const struct plat_usage unknown = {
		.page_size = -1, .resident = -1, .locked = -1
	};
	char line[512];
	struct plat_region region, next;
	struct plat_usage usage = unknown;
	bool inside = false;
	int stop = 0;
	struct lines lines;

	if (!smaps_counts() || open_lines(&lines, "/proc/self/smaps") != 0)
		return ENOTSUP;
	while (stop == 0 && next_line(&lines, line, sizeof(line))) {
		if (!parse_region(line, &next)) {
			parse_usage(line, &usage);
			continue;
		}
		finish_usage(&usage);
		if (inside)
			stop = visit(&region, &usage, arg);
		region = next;
		usage = unknown;
		inside = true;
	}
	finish_usage(&usage);
	if (stop == 0 && inside)
		visit(&region, &usage, arg);
	close_lines(&lines);
	return 0;
}

struct usage_search {
	uintptr_t addr;
	struct plat_usage *usage;
	bool found;
};

static int
is_usage_of(
    const struct plat_region *region, const struct plat_usage *usage, void *arg)
{
	struct usage_search *search = arg;

	if (search->addr < region->start || search->addr >= region->end)
		return 0;
	*search->usage = *usage;
	search->found = true;
	return 1;
}

int
plat_usage(const void *addr, struct plat_usage *usage)
{
	struct usage_search search = { (uintptr_t)addr, usage, false };
	int error = plat_usages(is_usage_of, &search);

	if (error != 0)
		return error;
	return search.found ? 0 : ENOENT;
}

int
plat_resident(const void *addr, size_t pages, unsigned char *vec)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!counts_pages())
		return ENOTSUP;
	if (mincore((void *)(uintptr_t)addr, pages * page, vec) == -1)
		return errno == ENOSYS ? ENOTSUP : errno;
	for (size_t i = 0; i < pages; i++)
		vec[i] &= 1;
	return 0;
}

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_FRAME   ((1ULL << 55) - 1)

static int
read_pagemap(const void *addr, size_t pages, uint64_t *entries)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd == -1)
		return ENOTSUP;
	got = pread(fd, entries, pages * sizeof(*entries),
	    (off_t)((uintptr_t)addr / page * sizeof(*entries)));
	close(fd);
	return got == (ssize_t)(pages * sizeof(*entries)) ? 0 : ENOTSUP;
}

int
plat_mapped(const void *addr, size_t pages, unsigned char *vec)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t entries[512];
	int error = 0;

	for (size_t i = 0; error == 0 && i < pages; i++) {
		size_t part = pages - i < 512 ? pages - i : 512;

		if (i % 512 == 0)
			error = read_pagemap(
			    (const char *)addr + i * page, part, entries);
		if (error == 0)
			vec[i] = (entries[i % 512] & PAGEMAP_PRESENT) != 0;
	}
	return error;
}

int
plat_frame(const void *addr, unsigned long long *frame)
{
	uint64_t entry;
	int error = read_pagemap(addr, 1, &entry);

	if (error != 0)
		return error;
	if ((entry & PAGEMAP_PRESENT) == 0)
		return ENOENT;
	if ((entry & PAGEMAP_FRAME) == 0)
		return EPERM;
	*frame = entry & PAGEMAP_FRAME;
	return 0;
}

int
plat_locked(long long *bytes)
{
	return read_kilobytes("/proc/self/status", "VmLck", bytes);
}

int
plat_process_size(long long *virtual_bytes, long long *resident_bytes)
{
	if (read_kilobytes("/proc/self/status", "VmSize", virtual_bytes) != 0)
		return ENOTSUP;
	return read_kilobytes("/proc/self/status", "VmRSS", resident_bytes);
}

int
plat_committed(long long *bytes)
{
	return read_kilobytes("/proc/meminfo", "Committed_AS", bytes);
}

int
plat_huge_pool(size_t huge_page_size, struct plat_huge_pool *pool)
{
	if (access("/sys/kernel/mm", F_OK) == -1)
		return ENOTSUP;
	if (pool_number(huge_page_size, "nr_hugepages", &pool->total) != 0 ||
	    pool_number(huge_page_size, "free_hugepages", &pool->free) != 0 ||
	    pool_number(huge_page_size, "resv_hugepages", &pool->reserved) !=
		0 ||
	    pool_number(huge_page_size, "surplus_hugepages", &pool->surplus) !=
		0)
		return ENOENT;
	return 0;
}

/* proc_pid_stat(5): start_brk is field 47. */
int
plat_heap(uintptr_t *start, uintptr_t *end)
{
	char line[1024], *field;
	int number;

	if (read_line("/proc/self/stat", line, sizeof(line)) != 0 ||
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
 * ----- Kernel-wide settings ---------------------------------------------------------
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
	return read_number(settings[setting].path, value);
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
 * ----- Functions that not every system has -------------------------------------------
 */

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
		NO_FUNCTION,
	};

	return function_find(linked, name);
}
