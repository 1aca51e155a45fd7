/* SPDX-License-Identifier: BSD-2-Clause */
#include "area.h"
#include "call.h"
#include "names.h"
#include "overlay.h"
#include "probe.h"
#include "verdict.h"
#include "view.h"

void
overlay_anon(unsigned char *addr, size_t length)
{
	size_t page = view_page();

	call_mmap_at(addr, length, RW, OVERLAY_ANON, -1, 0);
	probe_expect_bytes(
	    addr, (length + page - 1) / page * page, 0, "the new pages");
	for (size_t at = 0; at < length; at += page) {
		struct guard_signal fault = probe_store(addr + at, 0);

		verdict_expect(fault.signo == 0, "new pages that are writable",
		    "store to the new pages: %s", probe_name(fault));
	}
}

void
overlay_expect_sound(void)
{
	unsigned char *there = area_filled(1);

	overlay_anon(there, view_page());
	area_free(there, 1);
	call_forget();
}
