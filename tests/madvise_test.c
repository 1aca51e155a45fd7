/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * madvise(2): advice, or more than that?
 */
#include <sys/types.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/suite.h"

static void
dontneed_on_changed_memory(void)
{
	unsigned char *area = area_filled(2);

	call_madvise(area, 2 * suite_page(), "DONTNEED");
	call_expect("ok");
	suite_expect(area_still_filled(area, 0, 2), "contents as before",
	    "contents %s after MADV_DONTNEED",
	    area_still_filled(area, 0, 2) ? "as before" : "lost");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(dontneed_on_changed_memory, MADVISE_ADVISES_KERNEL, dontneed_on_changed_memory),
};
/* clang-format on */

SUITE_PROGRAM(cases)
