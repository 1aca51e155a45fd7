/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "area.h"
#include "call.h"
#include "charge.h"
#include "names.h"
#include "probe.h"
#include "verdict.h"
#include "view.h"

#define MIB (1LL << 20)

/* 1 GiB, or less where memory or address space is short. */
long long
charge_sample(void)
{
	long long ram = view_facts()->ram_bytes;
	long long limit = view_facts()->rlimit_as, size = 1024 * MIB;

	if (ram > 0 && ram / 4 < size)
		size = ram / 4;
	if (limit > 0 && limit / 4 < size)
		size = limit / 4;
	return size - size % (long long)view_page();
}

static bool
alike(struct charge one, struct charge other, long long size)
{
	return llabs(one.made - other.made) < size / 8 &&
	    llabs(one.left - other.left) < size / 8;
}

/* What counts nothing is there all the same. */
static void
expect_mapped(const void *start)
{
	verdict_either(area_is_mapped(start), "a mapping", "no mapping");
}

static struct charge
charge_once(struct charge_act *act)
{
	struct charge charge;
	long long before = view_committed();

	act->make(act);
	charge.made = view_committed() - before;
	if (act->byte >= 0)
		probe_expect_bytes(
		    act->start, 1, (unsigned char)act->byte, "the mapping");
	else if (act->start != NULL)
		expect_mapped(act->start);
	act->undo(act);
	charge.left = view_committed() - before;
	return charge;
}

/*
 * As wanted: nothing or its whole size, and nothing left.  One such try is
 * enough, as nobody else moves the count there and back by just that; what
 * is not wanted has to be seen several times in a row.
 */
bool
charge_counts(struct charge_act *act, bool wanted, struct charge *charge)
{
	struct charge ideal = { wanted ? act->size : 0, 0 }, last;
	int agreeing = 0;

	do {
		last = *charge;
		*charge = charge_once(act);
		if (alike(*charge, ideal, act->size))
			return true;
		agreeing = agreeing > 0 && alike(*charge, last, act->size)
		    ? agreeing + 1
		    : 1;
	} while (
	    agreeing < CHARGE_TRIES && verdict_again("the promised memory"));
	return false;
}

static const char *
charge_words(long long delta, long long size)
{
	if (llabs(delta) < size / 4)
		return "nothing";
	if (llabs(delta - size) < size / 4)
		return "its whole size";
	return "neither nothing nor its whole size";
}

void
charge_judge(const struct charge_act *act, struct charge charge, bool holds,
    bool wanted, const char *what)
{
	const char *made = charge_words(charge.made, act->size);
	const char *left = charge_words(charge.left, act->size);
	bool gone = strcmp(left, "nothing") == 0;

	verdict_expect(holds,
	    wanted ? "its whole size until it is gone" : "nothing",
	    "%s counts %s%s%s", what, made,
	    gone ? "" : ", and when it is gone ", gone ? "" : left);
}

void
charge_expect(struct charge_act *act, bool wanted, const char *what)
{
	struct charge charge = { 0, 0 };
	bool holds = charge_counts(act, wanted, &charge);

	charge_judge(act, charge, holds, wanted, what);
}

/* Whether so much may be promised, or written, is not what is asked here. */
void
charge_need_room(long long size)
{
	if (!call_last()->ok &&
	    (call_last()->error == ENOMEM || call_last()->error == EFBIG))
		verdict_untested("needs room to promise %lld bytes", size);
	call_expect("ok");
}

static void
make_mapping(struct charge_act *act)
{
	act->start = call_mmap(
	    NULL, (size_t)act->size, act->prot, act->flags, act->fd, 0);
	charge_need_room(act->size);
	if (act->prot == NONE)
		verdict_decide(area_is_mapped(act->start), "mapped",
		    "the mapping is there", "the mapping is not there");
}

void
charge_undo_mapping(struct charge_act *act)
{
	area_free(act->start, (size_t)act->size / view_page());
}

struct charge_act
charge_mapping(int prot, const char *flags, const struct object *object)
{
	struct charge_act act = { .make = make_mapping,
		.undo = charge_undo_mapping,
		.size = charge_sample(),
		.prot = prot,
		.flags = flags,
		.fd = object != NULL ? object->fd : -1 };

	if (prot == NONE)
		act.byte = -1;
	else if (object != NULL && !object_is_zeros(object->kind))
		act.byte = object_pattern(0);
	return act;
}

void
charge_expect_counted(int prot, const char *flags, const struct object *object)
{
	struct charge_act act = charge_mapping(prot, flags, object);

	charge_expect(&act, true, "the mapping");
}

/* The count can be seen to move at all, so that nothing means nothing. */
void
charge_expect_free(int prot, const char *flags, const struct object *object)
{
	struct charge_act plain = charge_mapping(RW, "PRIVATE|ANON", NULL);
	struct charge_act act = charge_mapping(prot, flags, object);
	struct charge charge = { 0, 0 };

	if (!charge_counts(&plain, true, &charge))
		verdict_untested(
		    "needs a count of promised memory that private "
		    "writable mappings move");
	charge_expect(&act, false, "the mapping");
}
