/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a test program says what it tests: a table of rows, one ATF case each,
 * and the verdicts that a row's body may reach.
 *
 *	#define CLAIMS "tests/claims.d/fixed.def"
 *	#include "helpers/claims.h"
 *	...
 *	static const struct row cases[] = {
 *		CALL(len_zero, LENGTH_ZERO, ANY, B(0), RW, "PRIVATE|ANON",
 *		    NOTHING, B(0), "EINVAL", SOUND_LEN(P(1))),
 *		CODE(replaces_overlap, FIXED_REPLACES_OVERLAP,
 *		    replaces_overlap),
 *	};
 *	SUITE_PROGRAM(cases)
 *
 * The columns are explained in row.h, how a body ends in verdict.h, and what it
 * may ask in view.h, settings.h and directories.h.  What it does stands in the
 * headers of call.h, object.h, probe.h, area.h and child.h, which a program
 * includes as it needs them.
 */
#ifndef HELPERS_SUITE_H
#define HELPERS_SUITE_H

#include "claim.h"
#include "directories.h"
#include "names.h"
#include "object.h"
#include "program.h"
#include "row.h"
#include "rows.h"
#include "settings.h"
#include "verdict.h"
#include "view.h"

#endif
