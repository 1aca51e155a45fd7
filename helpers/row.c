/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "area.h"
#include "call.h"
#include "deviation.h"
#include "names.h"
#include "object.h"
#include "probe.h"
#include "row.h"
#include "verdict.h"
#include "view.h"

/* The bytes of a struct row_size. */
static long long
bytes_of(struct row_size size)
{
	return (long long)size.pages * (long long)view_page() + size.bytes;
}

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

	stage.length = (size_t)bytes_of(call->len);
	stage.offset = (off_t)bytes_of(call->off);
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
		call_expect_at(mapped, stage->addr);
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

		snprintf(subject, sizeof(subject), DEVIATION_SOUND_CALL " %s",
		    call_last()->text);
		snprintf(observed, sizeof(observed),
		    "%s of " DEVIATION_SOUND_CALL,
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

void
row_run(const struct row *row)
{
	struct stage stage;
	void *mapped;
	char result[32];

	/* Names a missing flag before anything is judged. */
	call_flags("MAP_", row->call.flags);
	perform_sound(row);
	stage = set_stage(&row->call);
	mapped = perform(&row->call, &stage);
	snprintf(
	    result, sizeof(result), "%s", names_result(call_last()->error));
	call_expect(row->allowed);
	if (mapped != MAP_FAILED && stage.length > 0) {
		expect_contents(&row->call, &stage, mapped);
		expect_protection(mapped, row->call.prot);
	} else if (stage.used != NULL && changes_nothing(call_last()->error)) {
		verdict_either(area_still_filled(stage.used, 0, USED_PAGES),
		    "the old mapping kept", "the old mapping changed");
	}
	verdict_observe("%s", result);
	strike_stage(&stage, mapped);
}
