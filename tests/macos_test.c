/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What macOS says of MAP_JIT and of a descriptor with MAP_ANON.  A case whose
 * flag is missing here is unsupported.
 */
#include "helpers/call.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/macos.def"
#include "helpers/claims.h"

/* VM_MAKE_TAG(240): the first of the tags for applications. */
static void
fd_with_tag(void)
{
	int tag = call_flags("VM_", "MAKE_TAG(240)");

	probe_expect_bytes(call_map(view_page(), RW, "PRIVATE|ANON", tag, 0),
	    view_page(), 0, "the mapping");
}

/* Programs without the entitlement may be refused. */
static void
jit_runs(void)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), RWX, "PRIVATE|ANON|JIT", -1, 0);
	struct guard_signal jump;

	call_expect("ok|EPERM|EINVAL|EACCES");
	if (memory == MAP_FAILED)
		verdict_untested("needs the entitlement to use MAP_JIT");
	if (!probe_plant(memory))
		verdict_unsupported("no code can be planted here");
	jump = probe_jump(memory);
	verdict_expect(
	    jump.signo == 0, "ok", "a jump into it: %s", probe_name(jump));
}

/* clang-format off */
static const struct row cases[] = {
	CODE(fd_with_tag, MACOS_FD_CARRIES_VM_TAG, fd_with_tag),
	CODE(jit_runs, MACOS_MAP_JIT, jit_runs),
	/*   name       claim                 addr  len   prot flags                     object   off   allowed */
	CALL(jit_shared, MACOS_MAP_JIT_LIMITS, ANY,  P(1), RW, "SHARED|ANON|JIT",        NOTHING, B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON|JIT")),
	CALL(jit_fixed, MACOS_MAP_JIT_LIMITS, USED, P(1), RW,  "PRIVATE|ANON|JIT|FIXED", NOTHING, B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON|JIT")),
	CALL(jit_file,  MACOS_MAP_JIT_LIMITS, ANY,  P(1), RW,  "PRIVATE|JIT",            FILE_RW, B(0), "EINVAL", SOUND_FLAGS("PRIVATE")),
};
/* clang-format on */

SUITE_PROGRAM(cases)
