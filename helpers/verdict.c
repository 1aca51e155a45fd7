/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "verdict.h"

#define TRIES 20 /* of what others may disturb */

/* In an image of the program what held is for the parent to say. */
static struct outcome unheard;

static struct {
	const struct claim *claim;
	bool survey; /* nobody promises the claim here */
	long effort;
	const char *call; /* the last one, NULL: none yet */
	char result[32];
	struct outcome *outcome; /* of the body that runs */
	pthread_t body;
	bool judged;
	int tries;
	sigjmp_buf end;
	void (*stray)(struct outcome *);
	void (*taker)(enum verdict, const char *, const char *);
} now = { .effort = 1, .outcome = &unheard };

void
verdict_begin(const struct claim *claim, bool survey, long effort)
{
	now.claim = claim;
	now.survey = survey;
	now.effort = effort;
}

const struct claim *
verdict_claim(void)
{
	return now.claim;
}

bool
verdict_is_survey(void)
{
	return now.survey;
}

void
verdict_about(const char *call, const char *result)
{
	now.call = call;
	snprintf(now.result, sizeof(now.result), "%s", result);
}

/*
 * ----- An end ------------------------------------------------------------------
 */

void
verdict_redirect(void (*taker)(enum verdict, const char *, const char *))
{
	now.taker = taker;
}

void
verdict_end(enum verdict verdict, const char *observed, const char *text)
{
	struct outcome *outcome = now.outcome;

	if (now.taker != NULL)
		now.taker(verdict, observed, text);
	outcome->verdict =
	    verdict == VERDICT_FAIL && now.survey ? VERDICT_PASS : verdict;
	snprintf(outcome->observed, sizeof(outcome->observed), "%s",
	    observed != NULL ? observed : "");
	snprintf(outcome->text, sizeof(outcome->text), "%s", text);
	if (!pthread_equal(pthread_self(), now.body)) {
		/* The body's stack is another thread's. */
		now.stray(outcome);
	}
	siglongjmp(now.end, 1);
}

bool
verdict_run(struct outcome *outcome, void (*body)(void),
    void (*stray)(struct outcome *outcome))
{
	now.outcome = outcome;
	now.body = pthread_self();
	now.stray = stray;
	now.judged = false;
	now.tries = 0;
	memset(outcome, 0, sizeof(*outcome));
	if (sigsetjmp(now.end, 1) != 0)
		return false;
	body();
	verdict_set_up(now.judged, "the body judged nothing");
	outcome->verdict = VERDICT_PASS;
	return true;
}

static void end_list(enum verdict, const char *, va_list)
    __attribute__((format(printf, 2, 0), noreturn));

static void
end_list(enum verdict verdict, const char *what, va_list arguments)
{
	char text[1024];

	vsnprintf(text, sizeof(text), what, arguments);
	verdict_end(verdict, NULL, text);
}

void
verdict_set_up(bool holds, const char *what, ...)
{
	va_list arguments;

	if (holds)
		return;
	va_start(arguments, what);
	end_list(VERDICT_BROKEN, what, arguments);
}

void
verdict_broken(const char *what, ...)
{
	const char *error = names_errno(errno);
	char text[512];
	va_list arguments;

	va_start(arguments, what);
	vsnprintf(text, sizeof(text), what, arguments);
	va_end(arguments);
	snprintf(
	    text + strlen(text), sizeof(text) - strlen(text), ": %s", error);
	verdict_end(VERDICT_BROKEN, NULL, text);
}

void
verdict_unsupported(const char *what, ...)
{
	va_list arguments;

	va_start(arguments, what);
	end_list(VERDICT_UNSUPPORTED, what, arguments);
}

void
verdict_untested(const char *what, ...)
{
	va_list arguments;

	va_start(arguments, what);
	end_list(VERDICT_UNTESTED, what, arguments);
}

/*
 * ----- A judgement -------------------------------------------------------------
 */

void
verdict_observe(const char *observed, ...)
{
	va_list arguments;

	now.judged = true;
	va_start(arguments, observed);
	vsnprintf(now.outcome->observed, sizeof(now.outcome->observed),
	    observed, arguments);
	va_end(arguments);
}

void
verdict_compose(char *text, size_t size, const char *subject,
    const char *allowed, const char *observed)
{
	char said[1152];

	if (subject != NULL)
		snprintf(said, sizeof(said), "%s: %s", subject, observed);
	else if (now.call == NULL || now.call[0] == '\0')
		snprintf(said, sizeof(said), "%s", observed);
	else if (strcmp(now.result, observed) == 0)
		snprintf(said, sizeof(said), "%s = %s", now.call, observed);
	else
		snprintf(said, sizeof(said), "%s = %s: %s", now.call,
		    now.result, observed);
	if (now.claim != NULL)
		snprintf(text, size, "%s, allowed %s [%s%s%s, %s]", said,
		    allowed, claim_source(now.claim),
		    now.claim->section[0] != '\0' ? " " : "",
		    now.claim->section, now.claim->id);
	else
		snprintf(text, size, "%s, allowed %s", said, allowed);
}

void
verdict_fail(const char *subject, const char *allowed, const char *observed)
{
	char text[2048];

	now.judged = true;
	verdict_compose(text, sizeof(text), subject, allowed, observed);
	verdict_end(VERDICT_FAIL, observed, text);
}

void
verdict_expect(bool holds, const char *allowed, const char *observed, ...)
{
	char words[512];
	va_list arguments;

	va_start(arguments, observed);
	vsnprintf(words, sizeof(words), observed, arguments);
	va_end(arguments);
	now.judged = true;
	if (holds) {
		snprintf(now.outcome->observed, sizeof(now.outcome->observed),
		    "%s", words);
		return;
	}
	verdict_fail(NULL, allowed, words);
}

void
verdict_decide(
    bool holds, const char *allowed, const char *held, const char *otherwise)
{
	verdict_expect(holds, allowed, "%s", holds ? held : otherwise);
}

void
verdict_either(bool holds, const char *held, const char *otherwise)
{
	verdict_decide(holds, held, held, otherwise);
}

/*
 * ----- Trying ------------------------------------------------------------------
 */

long
verdict_rounds(long base)
{
	return base * now.effort;
}

bool
verdict_again(const char *what)
{
	if (now.tries++ == TRIES)
		verdict_untested(
		    "others on this machine moved %s in each of %d "
		    "tries",
		    what, TRIES);
	return true;
}
