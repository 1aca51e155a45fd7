/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "deviation.h"
#include "directories.h"
#include "platform/platform.h"
#include "program.h"

void
deviation_apply(struct outcome *outcome, const char *name)
{
	const struct plat_known *unseen;
	char allowed[1024];

	if (outcome->verdict == VERDICT_FAIL)
		outcome->known = plat_known(program_name(), name,
		    directories_path(), outcome->observed);
	/* That of another call is another failure, though its errno is as
	 * listed. */
	if (outcome->known != NULL &&
	    strstr(outcome->observed, DEVIATION_SOUND_CALL) != NULL &&
	    strstr(outcome->known->observed, DEVIATION_SOUND_CALL) == NULL)
		outcome->known = NULL;
	if (outcome->verdict != VERDICT_PASS)
		return;
	unseen = plat_known(program_name(), name, directories_path(), NULL);
	if (unseen == NULL)
		return;
	snprintf(allowed, sizeof(allowed),
	    "the known deviation \"%s\" (%s: %s)", unseen->observed,
	    unseen->source, unseen->reason);
	verdict_compose(outcome->text, sizeof(outcome->text), NULL, allowed,
	    outcome->observed);
	outcome->verdict = VERDICT_FAIL;
}
