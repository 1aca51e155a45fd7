/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atf-c.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "area.h"
#include "call.h"
#include "child.h"
#include "guard.h"
#include "names.h"
#include "probe.h"
#include "suite.h"

#define TIMEOUT       "60" /* seconds; a hang costs one case */
#define LIMIT         25   /* for a call or an access; twice that is less */
#define TRIES         20   /* of what others may disturb */
#define SOUND_CALL    "the sound call" /* in words of a verdict */
#define EFFORT_MAX    100000
#define SETTINGS_FILE "mmapcheck.settings"
#define DIRECTORIES   8

/* How a body, or all rounds of a body, ended. */
struct outcome {
	enum verdict verdict;
	const struct plat_known *known; /* a failure that is known */
	char observed[512];
	char text[2048];
};

static struct {
	char name[64]; /* "fixed_test" */
	char path[PATH_MAX];
	const char *result_file; /* NULL: standard output */
	const struct row *cases;
	const struct combination *combinations;
	size_t count;
	size_t first, last; /* rows to tell ATF of */
} program;

static void finish_round(struct outcome *);
static void deliver(const struct outcome *) __attribute__((noreturn));

static struct {
	const char *name;
	const struct claim *claim;
	const char *directories; /* configuration, NULL: default */
	long effort;
	const char *launcher;
	bool exclusive;
	char directory[PATH_MAX];
	char filesystem[32];
	bool per_directory;
	bool survey; /* nobody promises the claim here */
	int tries;
	bool judged;
	struct outcome *outcome; /* of the body that runs */
	pthread_t body;
	bool in_work; /* its directory is Kyua's */
	sigjmp_buf end;
	void (*taker)(enum verdict, const char *, const char *);
} now;

/*
 * ----- Verdicts ---------------------------------------------------------------
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
		child_abandon();
		finish_round(outcome);
		deliver(outcome);
	}
	siglongjmp(now.end, 1);
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

/* "SUBJECT: OBSERVED, allowed ALLOWED [SOURCE SECTION, CLAIM]" */
static void
compose(char *text, size_t size, const char *subject, const char *allowed,
    const char *observed)
{
	const struct call_record *call = call_last();
	const char *result = call->ok ? "ok" : names_errno(call->error);
	char said[1152];

	if (subject != NULL)
		snprintf(said, sizeof(said), "%s: %s", subject, observed);
	else if (call->text[0] == '\0')
		snprintf(said, sizeof(said), "%s", observed);
	else if (strcmp(result, observed) == 0)
		snprintf(said, sizeof(said), "%s = %s", call->text, result);
	else
		snprintf(said, sizeof(said), "%s = %s: %s", call->text, result,
		    observed);
	if (now.claim != NULL)
		snprintf(text, size, "%s, allowed %s [%s%s%s, %s]", said,
		    allowed, claim_source_name(now.claim->source),
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
	compose(text, sizeof(text), subject, allowed, observed);
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
 * ----- What a body may ask ------------------------------------------------------
 */

long long
rows_bytes(struct row_size size)
{
	return (long long)size.pages * (long long)view_page() + size.bytes;
}

const char *
directories_path(void)
{
	return now.directory;
}

const char *
directories_filesystem(void)
{
	return now.filesystem;
}

const char *
directories_shm(void)
{
	return plat_shm_dir();
}

bool
directories_find_filesystem(const char *path, char *name, size_t size)
{
	return plat_filesystem(path, name, size) == 0;
}

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

const struct claim *
verdict_claim(void)
{
	return now.claim;
}

const char *
program_path(void)
{
	return program.path;
}

const char *
program_launcher(void)
{
	return now.launcher;
}

/*
 * ----- Kernel-wide settings ------------------------------------------------------
 *
 * The old value goes to a file before the new one is set.  While the body
 * runs it holds a lock on that file, which the system takes away when the
 * process ends, however it ends; a guard in a session of its own waits for
 * the lock and then restores what the file says.  Should the guard be killed
 * as well, the case's cleanup part does the same.  Whoever is first empties
 * the file under the lock, so nothing is restored twice.
 */

#define EXCLUSIVE_VARIABLE "test_suites.mmapcheck.exclusive"

static struct {
	int fd; /* of the file, holding the lock; 0: none */
	pid_t guard;
} saved;

static bool
lock_settings(int fd)
{
	struct flock lock;

	memset(&lock, 0, sizeof(lock));
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	while (fcntl(fd, F_SETLKW, &lock) == -1)
		if (errno != EINTR)
			return false;
	return true;
}

/* Last changed, first restored; false if one is not. */
static bool
restore_settings(int fd)
{
	char text[4096];
	ssize_t size;
	bool restored = true;

	if (!lock_settings(fd))
		return false;
	size = pread(fd, text, sizeof(text) - 1, 0);
	while (size > 0) {
		int setting, error = 0;
		long long value, present;

		text[size - 1] = '\0';
		while (size > 0 && text[size - 1] != '\n')
			size--;
		if (sscanf(text + size, "%d %lld", &setting, &value) != 2)
			continue;
		if (plat_setting((enum plat_setting)setting, &present) != 0 ||
		    present != value)
			error =
			    plat_set_setting((enum plat_setting)setting, value);
		if (error != 0) {
			fprintf(stderr, "%s is not restored to %lld: %s\n",
			    plat_setting_name((enum plat_setting)setting),
			    value, names_errno(error));
			restored = false;
		}
	}
	unlink(SETTINGS_FILE);
	return ftruncate(fd, 0) == 0 && restored;
}

/* Restores when the body's process lets go of the lock. */
static void
stand_guard(int fd)
{
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	_exit(restore_settings(fd) ? 0 : 1);
}

static void
open_settings(void)
{
	saved.fd =
	    open(SETTINGS_FILE, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (saved.fd == -1 || !lock_settings(saved.fd))
		verdict_broken("saving settings in %s", SETTINGS_FILE);
	fflush(NULL);
	saved.guard = fork();
	if (saved.guard == -1)
		verdict_broken("fork");
	if (saved.guard == 0)
		stand_guard(saved.fd);
}

/* Lets the guard restore; false if it could not. */
static bool
release_settings(void)
{
	int status = 0;

	if (saved.fd == 0)
		return true;
	close(saved.fd);
	saved.fd = 0;
	while (waitpid(saved.guard, &status, 0) == -1 && errno == EINTR)
		continue;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void
settings_restore(void)
{
	verdict_set_up(
	    release_settings(), "a kernel-wide setting is not restored");
}

bool
settings_find(enum plat_setting setting, long long *value)
{
	return plat_setting(setting, value) == 0;
}

long long
settings_value(enum plat_setting setting)
{
	long long value;

	if (!settings_find(setting, &value))
		verdict_untested("needs %s, which cannot be told here",
		    plat_setting_name(setting));
	return value;
}

bool
settings_may_change(void)
{
	return now.exclusive;
}

void
settings_change(enum plat_setting setting, long long value)
{
	long long old;
	int error;

	verdict_set_up(now.exclusive, "%s changed outside an exclusive case",
	    plat_setting_name(setting));
	error = plat_setting(setting, &old);
	if (error != 0)
		verdict_untested("%s cannot be read: %s",
		    plat_setting_name(setting), names_errno(error));
	if (saved.fd == 0)
		open_settings();
	if (dprintf(saved.fd, "%d %lld\n", (int)setting, old) < 0)
		verdict_broken("saving %s", plat_setting_name(setting));
	error = plat_set_setting(setting, value);
	if (error != 0)
		verdict_untested("%s cannot be changed: %s",
		    plat_setting_name(setting), names_errno(error));
}

void
settings_need(enum plat_setting setting, long long value)
{
	long long old;
	int error = plat_setting(setting, &old);

	if (error != 0)
		verdict_untested("needs %s %lld, which cannot be told here",
		    plat_setting_name(setting), value);
	if (old == value)
		return;
	if (!now.exclusive)
		verdict_untested("needs %s %lld; it is %lld (-v %s=true may "
				 "change it)",
		    plat_setting_name(setting), value, old, EXCLUSIVE_VARIABLE);
	settings_change(setting, value);
}

static void
clean_up(const atf_tc_t *tc)
{
	int fd = open(SETTINGS_FILE, O_RDWR);

	(void)tc;
	if (fd == -1)
		return;
	restore_settings(fd);
	close(fd);
}

/*
 * ----- A row that is one call --------------------------------------------------------
 */

/* A row's place and object, set up. */
struct stage {
	unsigned char *addr;
	unsigned char *used; /* four filled pages, NULL if none */
	struct object object;
	size_t length;
	off_t offset;
};

#define USED_PAGES 4

static struct stage
set_stage(const struct row_call *call)
{
	size_t page = view_page();
	struct stage stage = { 0 };

	stage.length = (size_t)rows_bytes(call->len);
	stage.offset = (off_t)rows_bytes(call->off);
	switch (call->addr) {
	case ANY:
		break;
	case FREE:
		stage.addr = area_vacant(16);
		break;
	case USED:
	case ODD:
		stage.used = area_filled(USED_PAGES);
		stage.addr = stage.used + page + (call->addr == ODD);
		break;
	case HIGH:
		stage.addr = view_high();
		break;
	case TOP:
		stage.addr = (unsigned char *)(UINTPTR_MAX - page + 1);
		break;
	}
	stage.object = object_make(call->object, 8 * page);
	return stage;
}

static void *
perform(const struct row_call *call, const struct stage *stage)
{
	return call_mmap(stage->addr, stage->length, call->prot, call->flags,
	    stage->object.fd, stage->offset);
}

static void
strike_stage(struct stage *stage, void *mapped)
{
	if (mapped != MAP_FAILED && stage->length > 0)
		munmap(mapped, stage->length);
	if (stage->used != NULL)
		munmap(stage->used, USED_PAGES * view_page());
	object_end(&stage->object);
}

/* POSIX.1-2024 mmap DESCRIPTION: these leave the old mapping as it was. */
static bool
changes_nothing(int error)
{
	return error == EBADF || error == EINVAL || error == ENOTSUP;
}

static void
expect_protection(void *mapped, int prot)
{
	if ((prot & R) != 0)
		probe_expect_load(mapped, "the mapping", "ok");
	else if (prot == NONE)
		probe_expect_load(mapped, "the mapping", "SIGSEGV|SIGBUS");
	if ((prot & W) != 0)
		probe_expect_store(mapped, "the mapping", "ok");
	else
		probe_expect_store(mapped, "the mapping", "SIGSEGV|SIGBUS");
}

/* Whether the text of flags has that name in it. */
static bool
has_flag(const char *flags, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = flags; (at = strstr(at, name)) != NULL; at++)
		if ((at == flags || at[-1] == '|') &&
		    (at[length] == '|' || at[length] == '\0'))
			return true;
	return false;
}

#define LOOKED_AT ((size_t)1 << 18) /* bytes of a mapping */

/* What was asked for is what is there, not what was there before. */
static void
expect_contents(
    const struct row_call *call, const struct stage *stage, void *mapped)
{
	size_t length = stage->length < LOOKED_AT ? stage->length : LOOKED_AT;

	if (has_flag(call->flags, "FIXED"))
		verdict_expect(mapped == stage->addr, "the address asked for",
		    "mapped %s",
		    mapped == stage->addr ? "at the address asked for"
					  : "elsewhere");
	if ((call->prot & R) == 0)
		return;
	if (has_flag(call->flags, "ANON") ||
	    has_flag(call->flags, "ANONYMOUS") ||
	    object_is_zeros(stage->object.kind))
		probe_expect_bytes(mapped, length, 0, "the new mapping");
	else if (stage->offset >= 0 &&
	    (size_t)stage->offset + length <= stage->object.size)
		probe_expect_pattern(
		    mapped, length, stage->offset, "the new mapping");
}

/* The row's call with the one argument put right. */
static void
perform_sound(const struct row *row)
{
	struct row_call call = row->call;
	struct stage stage;
	void *mapped;

	switch (row->differs) {
	case SOUND_NONE:
		verdict_set_up(call_allows(row->allowed, 0),
		    "the row allows no success and names no sound call");
		return;
	case SOUND_IS_ADDR:
		call.addr = row->sound.addr;
		break;
	case SOUND_IS_LEN:
		call.len = row->sound.len;
		break;
	case SOUND_IS_PROT:
		call.prot = row->sound.prot;
		break;
	case SOUND_IS_FLAGS:
		call.flags = row->sound.flags;
		break;
	case SOUND_IS_OBJECT:
		call.object = row->sound.object;
		break;
	case SOUND_IS_OFF:
		call.off = row->sound.off;
		break;
	}
	stage = set_stage(&call);
	mapped = perform(&call, &stage);
	if (mapped == MAP_FAILED) {
		char subject[600], observed[64];

		snprintf(subject, sizeof(subject), SOUND_CALL " %s",
		    call_last()->text);
		snprintf(observed, sizeof(observed), "%s of " SOUND_CALL,
		    names_errno(call_last()->error));
		verdict_fail(subject, "ok", observed);
	}
	if (stage.length > 0) {
		expect_contents(&call, &stage, mapped);
		expect_protection(mapped, call.prot);
	}
	strike_stage(&stage, mapped);
	call_forget();
}

static void
run_call(const struct row *row)
{
	struct stage stage;
	void *mapped;
	char result[32];

	/* Names a missing flag before anything is judged. */
	call_flags("MAP_", row->call.flags);
	perform_sound(row);
	stage = set_stage(&row->call);
	mapped = perform(&row->call, &stage);
	snprintf(result, sizeof(result), "%s",
	    call_last()->ok ? "ok" : names_errno(call_last()->error));
	call_expect(row->allowed);
	if (mapped != MAP_FAILED && stage.length > 0) {
		expect_contents(&row->call, &stage, mapped);
		expect_protection(mapped, row->call.prot);
	} else if (stage.used != NULL && changes_nothing(call_last()->error)) {
		bool kept = area_still_filled(stage.used, 0, USED_PAGES);

		verdict_expect(kept, "the old mapping kept",
		    "the old mapping %s", kept ? "kept" : "changed");
	}
	verdict_observe("%s", result);
	strike_stage(&stage, mapped);
}

/*
 * ----- Running a case -------------------------------------------------------------------
 */

/* One body, to its verdict. */
static void
run_body(struct outcome *outcome, void (*run)(void), const struct row *row)
{
	now.outcome = outcome;
	now.body = pthread_self();
	now.judged = false;
	now.tries = 0;
	memset(outcome, 0, sizeof(*outcome));
	if (sigsetjmp(now.end, 1) != 0) {
		child_abandon();
		return;
	}
	call_forget();
	guard_start();
	area_cushion();
	if (run != NULL)
		run();
	else
		run_call(row);
	child_settle();
	verdict_set_up(now.judged, "the body judged nothing");
	outcome->verdict = VERDICT_PASS;
}

/*
 * Lets a failure that platform/known/ lists count as such.  What was not
 * decided is never one.
 */
static void
apply_known(struct outcome *outcome)
{
	const struct plat_known *unseen;
	char allowed[1024];

	if (outcome->verdict == VERDICT_FAIL)
		outcome->known = plat_known(
		    program.name, now.name, now.directory, outcome->observed);
	/* That of another call is another failure, though its errno is as
	 * listed. */
	if (outcome->known != NULL &&
	    strstr(outcome->observed, SOUND_CALL) != NULL &&
	    strstr(outcome->known->observed, SOUND_CALL) == NULL)
		outcome->known = NULL;
	if (outcome->verdict != VERDICT_PASS)
		return;
	unseen = plat_known(program.name, now.name, now.directory, NULL);
	if (unseen == NULL)
		return;
	snprintf(allowed, sizeof(allowed),
	    "the known deviation \"%s\" (%s: %s)", unseen->observed,
	    unseen->source, unseen->reason);
	compose(outcome->text, sizeof(outcome->text), NULL, allowed,
	    outcome->observed);
	outcome->verdict = VERDICT_FAIL;
}

#define FAILED 5

/* The higher decides when a case has several rounds. */
static int
weight(const struct outcome *outcome)
{
	switch (outcome->verdict) {
	case VERDICT_FAIL:
		return outcome->known != NULL ? 3 : FAILED;
	case VERDICT_BROKEN:
		return 4;
	case VERDICT_PASS:
		return 2;
	case VERDICT_UNTESTED:
		return 1;
	default:
		return 0;
	}
}

static void
enter_directory(const char *directory)
{
	snprintf(now.directory, sizeof(now.directory), "%s", directory);
	if (plat_filesystem(
		directory, now.filesystem, sizeof(now.filesystem)) != 0)
		snprintf(now.filesystem, sizeof(now.filesystem), "unknown");
}

/* Splits "DIR DIR" or takes the default; the text must live on. */
static size_t
list_directories(char *work, char *configured, const char **directories)
{
	size_t count = 0;

	for (char *word = strtok(configured, " \t\n");
	     word != NULL && count < DIRECTORIES; word = strtok(NULL, " \t\n"))
		directories[count++] = word;
	if (count > 0)
		return count;
	directories[count++] = work;
	if (plat_shm_dir() != NULL && access(plat_shm_dir(), W_OK | X_OK) == 0)
		directories[count++] = plat_shm_dir();
	return count;
}

static void
report_round(const struct outcome *outcome)
{
	if (outcome->observed[0] == '\0')
		return;
	if (now.per_directory)
		printf(
		    "observed: %s (%s)\n", outcome->observed, now.filesystem);
	else
		printf("observed: %s\n", outcome->observed);
}

/* Says where a round was, without the work directory's random name. */
static void
name_place(struct outcome *outcome, bool in_work)
{
	size_t used = strlen(outcome->text);
	char *end = outcome->text + used;

	if (in_work)
		snprintf(
		    end, sizeof(outcome->text) - used, " (%s)", now.filesystem);
	else
		snprintf(end, sizeof(outcome->text) - used, " (%.512s, %s)",
		    now.directory, now.filesystem);
}

/* What is to be said of a round that has its verdict. */
static void
finish_round(struct outcome *outcome)
{
	object_remove_names();
	if (!now.survey)
		apply_known(outcome);
	report_round(outcome);
	if (now.per_directory && outcome->verdict != VERDICT_PASS)
		name_place(outcome, now.in_work);
}

/* All rounds of a row; the heaviest outcome stays. */
static void
run_rounds(struct outcome *worst, const struct row *row)
{
	char work[PATH_MAX], configured[4 * PATH_MAX];
	const char *directories[DIRECTORIES];
	time_t start = time(NULL);
	size_t count = 1;
	struct outcome outcome;

	if (getcwd(work, sizeof(work)) == NULL) {
		worst->verdict = VERDICT_BROKEN;
		snprintf(worst->text, sizeof(worst->text), "getcwd: %s",
		    names_errno(errno));
		return;
	}
	directories[0] = work;
	if (row->per_directory) {
		snprintf(configured, sizeof(configured), "%s",
		    now.directories != NULL ? now.directories : "");
		count = list_directories(work, configured, directories);
	}
	for (size_t i = 0; i < count; i++) {
		enter_directory(directories[i]);
		now.in_work = directories[i] == work;
		run_body(&outcome, row->run, row);
		finish_round(&outcome);
		if (i == 0 || weight(&outcome) > weight(worst))
			*worst = outcome;
		/* A hang in every directory would take longer than Kyua waits. */
		if (worst->verdict == VERDICT_FAIL &&
		    time(NULL) - start >= LIMIT / 2)
			break;
	}
}

/* The promiser's name as plat_name() would say it, in a static buffer. */
static const char *
promiser_word(const struct claim *claim)
{
	static char word[16];
	size_t i;

	for (i = 0; i < sizeof(word) - 1 && claim->promiser_name[i] != '\0';
	     i++)
		word[i] = (char)tolower((unsigned char)claim->promiser_name[i]);
	word[i] = '\0';
	return word;
}

/*
 * Whether the claim is nobody's promise here.  What POSIX says and what people
 * say holds for every system.
 */
static bool
is_survey(const struct claim *claim)
{
	if (claim->requirement == UNSPECIFIED || claim->requirement == MAY)
		return true;
	return claim->promiser != POSIX && claim->promiser != PEOPLE &&
	    strcmp(promiser_word(claim), plat_name()) != 0;
}

/* For readers of the report: a pass that keeps no promise. */
static void
report_survey(void)
{
	if (now.claim->promiser == POSIX || now.claim->promiser == PEOPLE)
		printf("survey: the standard leaves it open\n");
	else
		printf("survey: %s promises it\n", promiser_word(now.claim));
}

/*
 * ATF has no word for this, but Kyua reads "broken" in its result files: so
 * nobody counts as a failure what decides nothing.
 */
static void tell_broken(const char *, ...)
    __attribute__((format(printf, 1, 2), noreturn));

static void
tell_broken(const char *what, ...)
{
	int fd = program.result_file != NULL
	    ? open(program.result_file, O_WRONLY | O_CREAT | O_TRUNC, 0644)
	    : STDOUT_FILENO;
	char text[2048];
	va_list arguments;

	va_start(arguments, what);
	vsnprintf(text, sizeof(text), what, arguments);
	va_end(arguments);
	for (char *at = text; (at = strchr(at, '\n')) != NULL;)
		*at = ' ';
	fflush(NULL);
	if (fd == -1 || dprintf(fd, "broken: set-up: %s\n", text) < 0)
		fprintf(stderr, "%s: %s\n", program.result_file, text);
	exit(EXIT_FAILURE);
}

/* Hands the outcome to ATF; does not return. */
static void
deliver(const struct outcome *outcome)
{
	if (outcome->known != NULL)
		atf_tc_expect_fail(
		    "%s [%s]", outcome->known->reason, outcome->known->source);
	switch (outcome->verdict) {
	case VERDICT_PASS:
		if (now.survey)
			report_survey();
		atf_tc_pass();
	case VERDICT_FAIL:
		fprintf(stderr, "%s\nrerun: kyua debug tests/%s:%s\n",
		    outcome->text, program.name, now.name);
		atf_tc_fail("%s", outcome->text);
	case VERDICT_UNSUPPORTED:
		atf_tc_skip("unsupported: %s", outcome->text);
	case VERDICT_UNTESTED:
		atf_tc_skip("untested: %s", outcome->text);
	case VERDICT_BROKEN:
		tell_broken("%s", outcome->text);
	}
	abort();
}

/* No rounds at all would be a pass without the act. */
static long
effort_of(const char *text)
{
	char *end;
	long effort = strtol(text, &end, 10);

	if (!isdigit((unsigned char)text[0]) || *end != '\0' || effort < 1 ||
	    effort > EFFORT_MAX)
		tell_broken("the variable effort is \"%s\", not a "
			    "whole number from 1 to %d",
		    text, EFFORT_MAX);
	return effort;
}

/* As ATF spells a boolean; its own answer to another word is a failure. */
static bool
is_yes(const char *variable, const char *text)
{
	static const char *const words[][2] = { { "no", "yes" },
		{ "false", "true" }, { "0", "1" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (int yes = 0; yes < 2; yes++)
			if (strcasecmp(text, words[i][yes]) == 0)
				return yes == 1;
	tell_broken("the variable %s is \"%s\", neither true nor false",
	    variable, text);
}

static void
configure(const atf_tc_t *tc)
{
	now.name = atf_tc_get_ident(tc);
	now.directories = atf_tc_get_config_var_wd(tc, "dirs", NULL);
	now.effort = effort_of(atf_tc_get_config_var_wd(tc, "effort", "1"));
	now.launcher = atf_tc_get_config_var_wd(tc, "launcher", NULL);
	plat_tell_emulator_version(
	    atf_tc_get_config_var_wd(tc, "emulator_version", NULL));
	now.exclusive = false;
	/* A verdict from a child that is gone is read, not died of. */
	signal(SIGPIPE, SIG_IGN);
	/* A file that grows past a limit is refused, not died of. */
	signal(SIGXFSZ, SIG_IGN);
	guard_limit(LIMIT);
}

/* The row of an ATF case: its place in the table. */
static size_t
row_of(const atf_tc_t *tc)
{
	const char *name = atf_tc_get_ident(tc);

	for (size_t i = 0; i < program.count; i++)
		if (strcmp(name,
			program.cases != NULL
			    ? program.cases[i].name
			    : program.combinations[i].name) == 0)
			return i;
	abort();
}

static void
case_head(atf_tc_t *tc)
{
	const struct claim *claim = program.cases[row_of(tc)].claim;

	atf_tc_set_md_var(tc, "descr", "%s", claim->text);
	atf_tc_set_md_var(tc, "X-claim", "%s", claim->id);
	atf_tc_set_md_var(tc, "X-requirement", "%s",
	    claim_requirement_word(claim->requirement));
	atf_tc_set_md_var(tc, "X-promiser", "%s", promiser_word(claim));
	atf_tc_set_md_var(tc, "timeout", TIMEOUT);
}

static void
case_body(const atf_tc_t *tc)
{
	const struct row *row = &program.cases[row_of(tc)];
	struct outcome outcome;

	configure(tc);
	now.claim = row->claim;
	now.survey = is_survey(now.claim);
	now.per_directory = row->per_directory;
	if (row->exclusive || row->settings)
		now.exclusive = is_yes("exclusive",
		    atf_tc_get_config_var_wd(tc, "exclusive", "false"));
	if (row->exclusive && !now.exclusive)
		atf_tc_skip("untested: changes kernel-wide settings; needs "
			    "-v %s=true",
		    EXCLUSIVE_VARIABLE);
	run_rounds(&outcome, row);
	if (!release_settings() && weight(&outcome) < FAILED) {
		outcome.verdict = VERDICT_BROKEN;
		snprintf(outcome.text, sizeof(outcome.text),
		    "a kernel-wide setting is not restored");
	}
	deliver(&outcome);
}

/*
 * ----- The matrix --------------------------------------------------------------------------
 */

static void
combination_head(atf_tc_t *tc)
{
	const struct combination *row = &program.combinations[row_of(tc)];

	atf_tc_set_md_var(tc, "descr", "%s", row->description);
	atf_tc_set_md_var(tc, "X-combination", "%s", row->combination);
	atf_tc_set_md_var(tc, "timeout", TIMEOUT);
}

static size_t combination_index;

static void
run_combination(void)
{
	program.combinations[combination_index].run(combination_index);
}

static void
combination_body(const atf_tc_t *tc)
{
	struct row row = { .run = run_combination };
	struct outcome outcome;

	configure(tc);
	combination_index = row_of(tc);
	run_rounds(&outcome, &row);
	deliver(&outcome);
}

/*
 * ----- The program ---------------------------------------------------------------------------
 */

int atf_tp_main(int, char **, atf_error_t (*)(atf_tp_t *));

/* Only a run that may change settings pays for cleanup parts. */
static bool
needs_clean_up(const struct row *row, char *const *config)
{
	if (row->exclusive || row->settings)
		for (; config[0] != NULL; config += 2)
			if (strcmp(config[0], "exclusive") == 0)
				return true;
	return false;
}

static const char *
row_name(size_t row)
{
	return program.combinations != NULL ? program.combinations[row].name
					    : program.cases[row].name;
}

/*
 * The rows that this execution is about: all of them for a list, and one to
 * run it, for describing the others takes longer than most bodies.
 */
static void
choose_rows(int argc, char **argv, size_t *first, size_t *last)
{
	const char *wanted = argv[argc - 1];
	size_t length = strcspn(wanted, ":");

	*first = 0;
	*last = program.count;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-l") == 0)
			return;
	for (size_t i = 0; i < program.count; i++)
		if (strlen(row_name(i)) == length &&
		    memcmp(row_name(i), wanted, length) == 0) {
			*first = i;
			*last = i + 1;
		}
}

/* The argument of ATF's option -r; the others' may look like it. */
static const char *
find_result_file(int argc, char **argv)
{
	for (int i = 1; i < argc - 1 && argv[i][0] == '-'; i++) {
		if (strncmp(argv[i], "-r", 2) == 0)
			return argv[i][2] != '\0' ? argv[i] + 2 : argv[i + 1];
		if (strcmp(argv[i], "-s") == 0 || strcmp(argv[i], "-v") == 0)
			i++;
	}
	return NULL;
}

static atf_error_t
add_rows(atf_tp_t *tp)
{
	bool matrix = program.combinations != NULL;
	atf_tc_t *cases = calloc(program.count, sizeof(*cases));
	char **config = atf_tp_get_config(tp);
	atf_error_t error = atf_no_error();

	if (cases == NULL || config == NULL)
		return atf_no_memory_error();
	for (size_t i = program.first; i < program.last && !atf_is_error(error);
	     i++) {
		error = atf_tc_init(&cases[i], row_name(i),
		    matrix ? combination_head : case_head,
		    matrix ? combination_body : case_body,
		    !matrix && needs_clean_up(&program.cases[i], config)
			? clean_up
			: NULL,
		    (const char *const *)config);
		if (!atf_is_error(error))
			error = atf_tp_add_tc(tp, &cases[i]);
	}
	atf_utils_free_charpp(config);
	return error;
}

static void
name_program(const char *file, const char *path)
{
	const char *base = strrchr(file, '/');

	snprintf(program.name, sizeof(program.name), "%s",
	    base != NULL ? base + 1 : file);
	program.name[strcspn(program.name, ".")] = '\0';
	if (realpath(path, program.path) == NULL)
		snprintf(program.path, sizeof(program.path), "%s", path);
}

/* The claim of that id, which one of the rows decides; NULL: none. */
static const struct claim *
find_claim(const char *id)
{
	for (size_t i = 0; i < program.count; i++)
		if (strcmp(program.cases[i].claim->id, id) == 0)
			return program.cases[i].claim;
	return NULL;
}

int
rows_main(int argc, char **argv, const char *file, const struct row *cases,
    size_t count, const struct child_image *images)
{
	name_program(file, argv[0]);
	program.cases = cases;
	program.count = count;
	if (argc == 6 && strcmp(argv[1], "--image") == 0) {
		static struct outcome unheard; /* what held is the parent's */

		now.outcome = &unheard;
		now.claim = find_claim(argv[5]);
		return child_run_image(images, argv + 2);
	}
	program.result_file = find_result_file(argc, argv);
	choose_rows(argc, argv, &program.first, &program.last);
	return atf_tp_main(argc, argv, add_rows);
}

int
rows_main_combinations(int argc, char **argv, const char *file,
    const struct combination *cases, size_t count)
{
	name_program(file, argv[0]);
	program.combinations = cases;
	program.count = count;
	program.result_file = find_result_file(argc, argv);
	choose_rows(argc, argv, &program.first, &program.last);
	return atf_tp_main(argc, argv, add_rows);
}
