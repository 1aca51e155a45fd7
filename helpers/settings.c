/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "settings.h"
#include "verdict.h"

#define FILE_NAME "mmapcheck.settings"

/*
 * The old value goes to a file before the new one is set.  While the body
 * runs it holds a lock on that file, which the system takes away when the
 * process ends, however it ends; a guard in a session of its own waits for
 * the lock and then restores what the file says.  Should the guard be killed
 * as well, the case's cleanup part does the same.  Whoever is first empties
 * the file under the lock, so nothing is restored twice.
 */

static struct {
	int fd; /* of the file, holding the lock; 0: none */
	pid_t guard;
} saved;

static bool allowed;

void
settings_allow(bool yes)
{
	allowed = yes;
}

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
	unlink(FILE_NAME);
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
	    open(FILE_NAME, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (saved.fd == -1 || !lock_settings(saved.fd))
		verdict_broken("saving settings in %s", FILE_NAME);
	fflush(NULL);
	saved.guard = fork();
	if (saved.guard == -1)
		verdict_broken("fork");
	if (saved.guard == 0)
		stand_guard(saved.fd);
}

bool
settings_release(void)
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
	    settings_release(), "a kernel-wide setting is not restored");
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
	return allowed;
}

void
settings_change(enum plat_setting setting, long long value)
{
	long long old;
	int error;

	verdict_set_up(allowed, "%s changed outside an exclusive case",
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
	if (!allowed)
		verdict_untested("needs %s %lld; it is %lld (-v %s=true may "
				 "change it)",
		    plat_setting_name(setting), value, old, SETTINGS_VARIABLE);
	settings_change(setting, value);
}

void
settings_clean_up(void)
{
	int fd = open(FILE_NAME, O_RDWR);

	if (fd == -1)
		return;
	restore_settings(fd);
	close(fd);
}
