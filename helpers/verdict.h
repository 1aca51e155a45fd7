/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdicts that a body may reach.  One that is reached ends the body: the
 * functions that reach one do not return.  They may be called in threads, and
 * in children made by child.h: the child ends, and the verdict is the
 * parent's.  Outcomes: pass, fail, deviates (a failure that platform/known/
 * lists), unsupported (a fact about the system), untested (a fact about this
 * run), broken (the suite or its environment).
 */
#ifndef HELPERS_VERDICT_H
#define HELPERS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "claim.h"

/*
 * The judgement of a body: what was observed must be allowed.  observed is a
 * format for the observation in words that do not change from run to run (no
 * addresses); the last one that held is what the case reports as observed.
 * Not holding: the case fails with
 *	CALL: OBSERVED, allowed ALLOWED [SOURCE SECTION, CLAIM]
 * where CALL is the last call made through call.h.  In a survey (a claim that
 * is UNSPECIFIED or MAY, or that another system promises) it passes all the
 * same, and what was observed is on record.
 */
void verdict_expect(bool holds, const char *allowed, const char *observed, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * As verdict_expect() where there are two ways to put it: held, which is what
 * is allowed, or otherwise.
 */
void verdict_either(bool holds, const char *held, const char *otherwise);

/* The same where allowed says more, or less, than held. */
void verdict_decide(
    bool holds, const char *allowed, const char *held, const char *otherwise);

/*
 * As verdict_expect(false, ...) about something other than the last call's
 * result: "SUBJECT: OBSERVED, allowed ALLOWED [...]".  NULL: the last call.
 */
void verdict_fail(const char *subject, const char *allowed,
    const char *observed) __attribute__((noreturn));

/* Sets what the case reports as observed; for surveys. No verdict. */
void verdict_observe(const char *observed, ...)
    __attribute__((format(printf, 1, 2)));

/* Something the case builds on must hold, else the case is broken. */
void verdict_set_up(bool holds, const char *what, ...)
    __attribute__((format(printf, 2, 3)));

/* As verdict_set_up(false, ...), with errno's name added. */
void verdict_broken(const char *what, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* This system does not have what the claim is about. */
void verdict_unsupported(const char *what, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* This run cannot decide the claim; what names what it would take. */
void verdict_untested(const char *what, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/*
 * How often a body should try that looks for something rare: base times the
 * configuration variable "effort" (default 1, a whole number from 1 on).  Such a
 * body fails by what it saw, so more rounds never raise the odds of a false
 * alarm, which are 0; they lower those of a pass that a defect slipped
 * through.  What must have been seen for a pass (both sides of a race) and was
 * not ends it as untested.
 */
long verdict_rounds(long base);

/*
 * For what others on the machine can change (free space, the overcommit mode,
 * a file's times): a body that found it moved by somebody else, so that what
 * it saw decides nothing, starts over while this says true.  After 20 times the
 * case ends as untested: what names the thing that moved.
 */
bool verdict_again(const char *what);

/*
 * ----- For the other helpers -------------------------------------------------
 */

/* Kinds of verdict. A pass has no text. */
enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_UNSUPPORTED,
	VERDICT_UNTESTED,
	VERDICT_BROKEN
};

/*
 * Ends the body with a verdict; observed (may be NULL) is matched against
 * the known deviation's observation.  In a thread of the body it ends the
 * case.
 */
void verdict_end(enum verdict verdict, const char *observed, const char *text)
    __attribute__((noreturn));

/*
 * In a child: verdicts go to this function, which must not return.  NULL:
 * back to normal.
 */
void verdict_redirect(void (*taker)(
    enum verdict verdict, const char *observed, const char *text));

/*
 * For call.c: where the text of the last call stands, "" while there is none,
 * and how that call ended: "ok", or the name of its errno.
 */
void verdict_about(const char *call, const char *result);

/* The claim that the running case decides; NULL in a case without one. */
const struct claim *verdict_claim(void);

/*
 * "SUBJECT: OBSERVED, allowed ALLOWED [SOURCE SECTION, CLAIM]", as
 * verdict_fail() puts it.
 */
void verdict_compose(char *text, size_t size, const char *subject,
    const char *allowed, const char *observed);

/*
 * ----- For rounds.c and rows.c -----------------------------------------------
 */

/* How a body, or all rounds of a body, ended. */
struct plat_known;
struct outcome {
	enum verdict verdict;
	const struct plat_known *known; /* a failure that is known */
	char observed[512];
	char text[2048];
};

/*
 * What a case is about (NULL: no claim), whether that is a survey, and what
 * verdict_rounds() multiplies by.
 */
void verdict_begin(const struct claim *claim, bool survey, long effort);
bool verdict_is_survey(void);

/*
 * Runs a body to its verdict; false: the body was left before its end.  A
 * verdict that another thread than the body's reaches goes to stray, which
 * must not return.
 */
bool verdict_run(struct outcome *outcome, void (*body)(void),
    void (*stray)(struct outcome *outcome));

#endif
