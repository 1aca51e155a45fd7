/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/trial.h"

#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "platform/platform.h"

#define ANONYMOUS (MAP_PRIVATE | MAP_ANON)

int
trial_wx(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *got = mmap(
	    NULL, page, PROT_READ | PROT_WRITE | PROT_EXEC, ANONYMOUS, -1, 0);

	if (got != MAP_FAILED) {
		munmap(got, page);
		return 1;
	}
	return errno == EACCES || errno == EPERM || errno == ENOTSUP ? 0 : -1;
}

/*
 * A page at that address and at no other, MAP_FAILED otherwise.  Where there
 * is a flag for it, nothing that another thread maps meanwhile is replaced;
 * a system that does not know the flag takes the address for a hint.
 */
static void *
map_at(void *wanted, size_t page)
{
#ifdef MAP_FIXED_NOREPLACE
	void *got = mmap(
	    wanted, page, PROT_NONE, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == wanted || got == MAP_FAILED)
		return got;
	munmap(got, page);
#endif
	return mmap(wanted, page, PROT_NONE, ANONYMOUS | MAP_FIXED, -1, 0);
}

typedef int mincore_type(void *, size_t, unsigned char *);

/*
 * 1 if the page is one for programs, 0 if not, -1 if that is not told.  What
 * is mapped is not touched.
 */
static int
is_for_programs(mincore_type *resident, uintptr_t address, size_t page)
{
	void *wanted = (void *)address, *got;
	unsigned char vec;

	if (resident(wanted, page, &vec) == 0)
		return 1;
	if (errno != ENOMEM && errno != EINVAL)
		return -1;
	got = map_at(wanted, page);
	if (got != MAP_FAILED) {
		munmap(got, page);
		return 1;
	}
	switch (errno) {
	case EEXIST:
		return 1;
	case ENOMEM:
	case EINVAL:
	case EOVERFLOW:
	case EFBIG:
		return 0;
	default:
		return -1;
	}
}

static unsigned long long
search_end(mincore_type *resident, size_t page)
{
	void *first, *second;
	uintptr_t low, high = UINTPTR_MAX / page;
	int answer = 1;

	/* Nothing but the address may be what is refused below. */
	first = mmap(NULL, page, PROT_NONE, ANONYMOUS, -1, 0);
	second = mmap(NULL, page, PROT_READ, ANONYMOUS, -1, 0);
	if (second == MAP_FAILED)
		answer = -1;
	else
		munmap(second, page);
	low = (uintptr_t)first / page;
	while (answer != -1 && high - low > 1) {
		uintptr_t middle = low + (high - low) / 2;

		answer = is_for_programs(resident, middle * page, page);
		if (answer == 1)
			low = middle;
		else
			high = middle;
	}
	if (first != MAP_FAILED)
		munmap(first, page);
	return answer == -1 ? 0 : ((unsigned long long)low + 1) * page;
}

unsigned long long
trial_max_address(void)
{
	static unsigned long long end;
	mincore_type *resident = (mincore_type *)plat_function("mincore");

	if (end == 0 && resident != NULL)
		end = search_end(resident, (size_t)sysconf(_SC_PAGESIZE));
	return end;
}
