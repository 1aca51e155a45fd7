/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2): the errors a portable program may rely on, one cause at a time.
 * One row, one case; the columns are those of helpers/suite.h.
 */
#include "helpers/suite.h"

/* clang-format off */
static const struct suite_case cases[] = {
	/*   name         claim          addr len   prot flags           object   off   allowed */
	CALL(len_zero,    LEN_ZERO,      ANY, B(0), RW,  "PRIVATE|ANON", NOTHING, B(0), "EINVAL", SOUND_LEN(P(1))),
};
/* clang-format on */

SUITE_PROGRAM(cases)
