/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of the kernel's own view, and of the heap: what /proc tells of a
 * process, and where malloc takes memory from.  A line of a file under /proc
 * or /sys is changed between the kernel and the program that reads it.
 */
#include <sys/types.h>

#include <ctype.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "rows.h"

static bool
is_about(const struct fault_args *args, const char *path)
{
	return strcmp(args->name, path) == 0;
}

static char *
head_of_region(const struct fault_args *args)
{
	char *line = args->buffer;
	char *blank = strchr(line, ' ');

	if ((!is_about(args, "/proc/self/maps") &&
		!is_about(args, "/proc/self/smaps")) ||
	    blank == NULL || memchr(line, '-', (size_t)(blank - line)) == NULL)
		return NULL;
	return blank + 1;
}

/* "rwxp": the last letter is the type. */
static long
swap_types(const struct fault *fault, struct fault_args *args)
{
	char *perms = head_of_region(args);

	(void)fault;
	if (perms != NULL)
		perms[3] = perms[3] == 'p' ? 's' : 'p';
	return 0;
}

static long
widen_protection(const struct fault *fault, struct fault_args *args)
{
	char *perms = head_of_region(args);

	(void)fault;
	if (perms != NULL)
		memcpy(perms, "rwx", 3);
	return 0;
}

/* Offset, device, inode and path as of anonymous memory. */
static long
hide_object(const struct fault *fault, struct fault_args *args)
{
	char *perms = head_of_region(args);

	(void)fault;
	if (perms != NULL)
		strcpy(perms + 5, "00000000 00:00 0 \n");
	return 0;
}

static long
zero_offset(const struct fault *fault, struct fault_args *args)
{
	char *perms = head_of_region(args);

	(void)fault;
	for (char *digit = perms != NULL ? perms + 5 : NULL;
	     digit != NULL && isxdigit((unsigned char)*digit); digit++)
		*digit = '0';
	return 0;
}

/* The kernel lists one region where two of a kind are side by side, or none. */
static long
hide_region(const struct fault *fault, struct fault_args *args)
{
	char *perms = head_of_region(args);

	(void)fault;
	if (perms != NULL && strstr(perms, "zero (deleted)") != NULL)
		((char *)args->buffer)[0] = '\0';
	return 0;
}

/*
 * A counter, named by the fault's field .with as an index, always says the
 * same: .to, or what it said first when that is negative.
 */
static const char *const counters[] = { "Locked", "VmLck", "Private_Dirty",
	"Shared_Dirty", "Committed_AS", "VmSize", "VmRSS", "KernelPageSize" };

enum {
	LOCKED,
	VM_LOCKED,
	PRIVATE_DIRTY,
	SHARED_DIRTY,
	COMMITTED,
	VM_SIZE,
	VM_RSS,
	PAGE_SIZE_OF_REGION
};

static void
freeze(const char *name, long long to, char *line)
{
	static char first[16][64];
	size_t length = strlen(name);
	size_t i;

	if (strncmp(line, name, length) != 0 || line[length] != ':')
		return;
	if (to >= 0) {
		sprintf(line, "%s: %lld kB\n", name, to);
		return;
	}
	for (i = 0; first[i][0] != '\0'; i++)
		if (strncmp(first[i], name, length) == 0) {
			strcpy(line, first[i]);
			return;
		}
	snprintf(first[i], sizeof(first[i]), "%s", line);
}

static long
freeze_counter(const struct fault *fault, struct fault_args *args)
{
	freeze(counters[fault->from], fault->to, args->buffer);
	return 0;
}

static long
freeze_locked(const struct fault *fault, struct fault_args *args)
{
	freeze(counters[LOCKED], fault->to, args->buffer);
	freeze(counters[VM_LOCKED], fault->to, args->buffer);
	return 0;
}

static long
freeze_dirty(const struct fault *fault, struct fault_args *args)
{
	freeze(counters[PRIVATE_DIRTY], fault->to, args->buffer);
	freeze(counters[SHARED_DIRTY], fault->to, args->buffer);
	return 0;
}

/* ... or what was the most of it so far. */
static void
keep_most(const char *name, long long *most, char *line)
{
	size_t length = strlen(name);
	long long now;

	if (strncmp(line, name, length) != 0 || line[length] != ':')
		return;
	now = strtoll(line + length + 1, NULL, 10);
	if (*most < now)
		*most = now;
	sprintf(line, "%s: %lld kB\n", name, *most);
}

static long
size_never_shrinks(const struct fault *fault, struct fault_args *args)
{
	static long long size, resident;

	(void)fault;
	keep_most(counters[VM_SIZE], &size, args->buffer);
	keep_most(counters[VM_RSS], &resident, args->buffer);
	return 0;
}

/* The two words of accounting say the opposite. */
static long
swap_accounting(const struct fault *fault, struct fault_args *args)
{
	char *line = args->buffer;
	char *word;

	(void)fault;
	if (strncmp(line, "VmFlags:", 8) != 0)
		return 0;
	if ((word = strstr(line, " nr")) != NULL)
		memcpy(word, " ac", 3);
	else if ((word = strstr(line, " ac")) != NULL)
		memcpy(word, " nr", 3);
	return 0;
}

/* One answer for every region. */
static long
flags_alike(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	if (strncmp(args->buffer, "VmFlags:", 8) == 0)
		strcpy(args->buffer, "VmFlags: rd wr mr mw me ac \n");
	return 0;
}

/* A name is listed as it was when the file had it. */
static long
hide_deletion(const struct fault *fault, struct fault_args *args)
{
	char *line = args->buffer;
	char *word = strstr(line, " (deleted)");

	(void)fault;
	if (head_of_region(args) != NULL && word != NULL)
		strcpy(word, "\n");
	return 0;
}

/* Files of one number, below /sys/kernel/mm/hugepages. */
static long
pool_stands_still(const struct fault *fault, struct fault_args *args)
{
	static char first[8][256], values[8][32];
	size_t i;

	(void)fault;
	if (strstr(args->name, "/hugepages-") == NULL)
		return 0;
	for (i = 0; i < 7 && first[i][0] != '\0'; i++)
		if (strcmp(first[i], args->name) == 0) {
			strcpy(args->buffer, values[i]);
			return 0;
		}
	snprintf(first[i], sizeof(first[i]), "%s", args->name);
	snprintf(values[i], sizeof(values[i]), "%s", (char *)args->buffer);
	return 0;
}

/* ----- The heap ---------------------------------------------------------------- */

static long
set_malloc(const struct fault *fault, struct fault_args *args)
{
	mallopt(fault->from, fault->to);
	return fault_real(FAULT_MALLOC, args);
}

static long
keep_block(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	(void)args;
	return 0;
}

static long
slow_malloc(const struct fault *fault, struct fault_args *args)
{
	for (volatile int i = 0; i < fault->to; i++)
		;
	return fault_real(FAULT_MALLOC, args);
}

#define REGIONS  (FILE_MAPS | FILE_SMAPS)
#define COUNTERS (FILE_SMAPS | FILE_STATUS)

const struct fault fault_view[] = {
#include "view.def"
	{ 0 }
};
