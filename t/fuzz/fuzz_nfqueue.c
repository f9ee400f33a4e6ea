/* Each message from the kernel takes bytes from the data, and its packet lies in these bytes. */
#include "packet/nfqueue.h"

#include "fuzz.h"

static void
check_event(const struct nfqueue_event *e, struct str before, struct str after)
{
	FUZZ_ASSERT(after.n < before.n && after.p > before.p);
	FUZZ_ASSERT(after.p + after.n == before.p + before.n);
	FUZZ_ASSERT(e->length >= e->ip.n);
	FUZZ_ASSERT(e->ip.n == 0 || (e->ip.p > before.p && e->ip.p + e->ip.n <= after.p));
	FUZZ_ASSERT(e->kind == NFQUEUE_REPLY || (e->id == 0 && e->error == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, before = rest;
	struct nfqueue_event event;

	for (; nfqueue_next(&rest, &event); before = rest)
		check_event(&event, before, rest);
	return 0;
}
