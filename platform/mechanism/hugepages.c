/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/hugepages.h"

#include <sys/mman.h>
#include <sys/statfs.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/mechanism/lines.h"

static int
pool_number(size_t huge_page_size, const char *what, long *value)
{
	char path[128];
	long long number;
	int error;

	snprintf(path, sizeof(path),
	    "/sys/kernel/mm/hugepages/hugepages-%zukB/%s",
	    huge_page_size / 1024, what);
	error = lines_number(path, &number);
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
is_built(void)
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

static void
tell_pool(struct plat_facts *facts)
{
	struct plat_huge_pool pool;
	long long size;

	if (access("/proc/meminfo", R_OK) == -1) {
		facts->huge_page_size = huge_block_size();
		return;
	}
	facts->huge_page_size = 0;
	if (lines_kilobytes("/proc/meminfo", "Hugepagesize", &size) != 0)
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

void
hugepages_facts(struct plat_facts *facts)
{
	tell_pool(facts);
	facts->hugetlb = facts->huge_page_size > 0 ? 1 : is_built();
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
