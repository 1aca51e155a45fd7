/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File systems by the number of their superblock, statfs(2), and what keeps
 * their files.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/platform.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#ifndef STATX_ATTR_DAX
#define STATX_ATTR_DAX 0x00200000
#endif
/* statfs(2), f_flags */
#ifndef ST_NOEXEC
#define ST_NOEXEC 8
#endif
#ifndef ST_MANDLOCK
#define ST_MANDLOCK 64
#endif
#ifndef ST_NOATIME
#define ST_NOATIME 1024
#endif

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

int
plat_noexec(const char *dir, bool *yes)
{
	struct statfs info;

	if (statfs(dir, &info) == -1)
		return errno;
	*yes = (info.f_flags & ST_NOEXEC) != 0;
	return 0;
}

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
