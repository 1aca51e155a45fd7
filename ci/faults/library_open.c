/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open(): a path that a fault leads elsewhere, and the kernel's view, its own
 * files, of which the program gets a changed copy.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "library.h"

#define LINE 1024

/* Each line with room to grow in; the copy's descriptor, or -1. */
static int
changed_copy(int fd, const char *path)
{
	static char text[1 << 18], copied[1 << 18];
	size_t length = 0, made = 0;
	char line[LINE];
	ssize_t got;
	int copy;

	while (length < sizeof(text) - 1 &&
	    (got = syscall(
		 SYS_read, fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	for (char *at = text; *at != '\0';) {
		size_t end = strcspn(at, "\n");
		struct fault_args args = {
			.name = path, .buffer = line, .length = sizeof(line)
		};

		end += at[end] == '\n';
		snprintf(line, sizeof(line) / 2, "%.*s", (int)end, at);
		at += end;
		fault_chosen()->act(fault_chosen(), &args);
		made += (size_t)snprintf(
		    copied + made, sizeof(copied) - made, "%s", line);
	}
	copy = (int)syscall(SYS_memfd_create, path, MFD_CLOEXEC);
	if (copy == -1 || syscall(SYS_write, copy, copied, made) == -1)
		return -1;
	syscall(SYS_lseek, copy, 0, SEEK_SET);
	return copy;
}

static int
view_of(const char *path)
{
	static const struct {
		const char *path;
		int file;
	} files[] = { { "/proc/self/maps", FILE_MAPS },
		{ "/proc/self/smaps", FILE_SMAPS },
		{ "/proc/self/status", FILE_STATUS },
		{ "/proc/meminfo", FILE_MEMINFO } };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(path, files[i].path) == 0)
			return files[i].file;
	return strstr(path, "/hugepages-") != NULL ? FILE_HUGEPAGES
						   : FILE_OTHER;
}

/* Lines only: the frames in pagemap are no text. */
static bool
is_view(const char *path, int oflag, const void *caller)
{
	return fault_in_suite() && fault_from_program(caller) &&
	    (oflag & O_ACCMODE) == O_RDONLY &&
	    (strncmp(path, "/proc/", 6) == 0 ||
		strncmp(path, "/sys/", 5) == 0) &&
	    strstr(path, "pagemap") == NULL;
}

/* The path that a fault leads to. */
static const char *
led_to(const char *path, const void *caller)
{
	const char *other = NULL;

	if (fault_chosen() != NULL && fault_chosen()->lead != NULL &&
	    fault_from_program(caller))
		other = fault_chosen()->lead(path);
	return other != NULL ? other : path;
}

static int
open_view(const char *path, int oflag, mode_t mode, const void *caller)
{
	struct fault_args args = {
		.name = led_to(path, caller), .prot = oflag, .mode = mode
	};
	int fd = (int)fault_real(FAULT_OPEN, &args);
	int copy;

	if (fd == -1 || !is_view(path, oflag, caller))
		return fd;
	args.flags = view_of(path);
	fault_trace(FAULT_VIEW, &args, 0, 0);
	if (!fault_spoils(FAULT_VIEW, &args))
		return fd;
	copy = changed_copy(fd, path);
	syscall(SYS_close, fd);
	return copy;
}

EXPORTED int
open(const char *path, int oflag, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, oflag);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_view(path, oflag, mode, __builtin_return_address(0));
}
ALSO(open, open64);
