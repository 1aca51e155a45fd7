/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the tables say what the runs have shown; how much of it is not so. */
#include "falsify.h"

/* What unseen.tsv says must be true; returns how much of it is not. */
size_t
check_unseen(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < job_count; i++) {
		const struct job *job = &jobs[i];

		/* What depends on kernel-wide settings may differ elsewhere. */
		if (job->defect->unseen == NULL || !is_red(job->colour) ||
		    job->test->exclusive || exclusive_too)
			continue;
		printf("%s lists %s, and %s:%s sees it\n", UNSEEN,
		    job->defect->row->name, job->test->program,
		    job->test->name);
		wrong++;
	}
	return wrong;
}

/* ... and so must the excuses in claims.tsv. */
size_t
check_excuses(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < job_count; i++) {
		const struct job *job = &jobs[i];
		const struct breach *excuse;

		if (!is_red(job->colour))
			continue;
		excuse = excuse_of(job->defect, job->test);
		if (excuse == NULL)
			continue;
		printf("%s:%d excuses %s:%s, and it notices %s\n", CLAIMS,
		    excuse->line, job->test->program, job->test->name,
		    job->defect->row->name);
		wrong++;
	}
	return wrong;
}

/* Each case notices the generic faults; how many do not, or need not and do. */
size_t
check_generic(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < job_count; i++) {
		const struct job *job = &jobs[i];
		const struct exemption *exemption;

		if (!is_generic(job->defect) || job->test->baseline != GREEN ||
		    job->test->varies)
			continue;
		exemption = exemption_of(job->defect, job->test);
		if (is_red(job->colour) == (exemption == NULL))
			continue;
		if (exemption == NULL)
			printf("%s:%s %s under %s\n", job->test->program,
			    job->test->name, colour_words[job->colour],
			    job->defect->row->name);
		else
			printf("%s:%d exempts %s:%s, and it notices %s\n",
			    GENERIC, exemption->line, job->test->program,
			    job->test->name, job->defect->row->name);
		wrong++;
	}
	return wrong;
}

/* Every fault breaks a claim. */
size_t
check_lines(void)
{
	size_t missing = 0;

	for (size_t i = 0; i < defect_count; i++) {
		bool named = false;

		for (size_t j = 0; j < breach_count; j++)
			named |= breaches[j].defect == &defects[i];
		if (defects[i].wanted && !named && !is_generic(&defects[i])) {
			printf("%s has no line for %s\n", CLAIMS,
			    defects[i].row->name);
			missing++;
		}
	}
	return missing;
}

/* ... and every claim is broken by a fault. */
size_t
check_claims(void)
{
	size_t missing = 0;

	for (size_t i = 0; i < test_count; i++) {
		bool named = false;

		for (size_t j = 0; j < defect_count && !named; j++)
			named = breach_of(&defects[j], &tests[i]) != NULL;
		if (!named && tests[i].wanted && tests[i].baseline == GREEN) {
			printf("no fault of %s breaks %s (%s:%s)\n", CLAIMS,
			    tests[i].claim[0] != '\0' ? tests[i].claim
						      : "the combination",
			    tests[i].program, tests[i].name);
			missing++;
		}
	}
	return missing;
}
