/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared memory objects and their older relatives, System V segments.
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <errno.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/suite.h"

/*
 * The segment is removed before anything is judged: a verdict must not leave
 * it behind.
 */
static void
segment_at_null_and_in_use(void)
{
	size_t page = suite_page();
	unsigned char *used = area_reserve_aligned(
	    4, SHMLBA > (long)page ? (size_t)SHMLBA : page);
	int id = shmget(IPC_PRIVATE, page, 0600);
	void *chosen, *refused;
	int error;

	if (id == -1 && (errno == ENOSYS || errno == EINVAL))
		suite_unsupported("there are no System V segments");
	if (id == -1)
		suite_broken("shmget");
	area_protect(used, 4, RW);
	used[0] = 'u';
	chosen = shmat(id, NULL, 0);
	refused = shmat(id, used, 0);
	error = refused == (void *)-1 ? errno : 0;
	shmctl(id, IPC_RMID, NULL);
	suite_set_up(chosen != (void *)-1, "shmat at a null address fails");
	suite_expect(refused == (void *)-1 && error == EINVAL, "EINVAL",
	    "shmat at an address in use: %s",
	    refused == (void *)-1 ? names_errno(error) : "ok");
	suite_expect(used[0] == 'u', "the memory in use kept",
	    "the memory in use shows %#x", used[0]);
	shmdt(chosen);
	chosen = call_mmap(NULL, page, RW, "SHARED|ANON", -1, 0);
	call_expect("ok");
	call_mmap(used, page, RW, "SHARED|ANON|FIXED", -1, 0);
	call_expect("ok");
	suite_expect(used[0] == 0, "replaced by MAP_FIXED",
	    "the memory in use shows %#x under MAP_FIXED", used[0]);
	suite_observe("shmat refuses an address in use, MAP_FIXED replaces");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(segment_at_null_and_in_use, SHM_ON_SYSV_ANALOGY, segment_at_null_and_in_use),
};
/* clang-format on */

SUITE_PROGRAM(cases)
