/*
 * Entries of a segment, under a head that is right: whatever is read can stand in a line, and reads
 * the same again when it is written to a segment anew.
 */
#include "segment.h"

#include "clock.h"
#include "fuzz.h"
#include "name.h"

static struct segment given, again;

static void
check_same(const struct answer *a, const struct answer *b, bool gone)
{
	FUZZ_ASSERT(addr_eq(&a->addr, &b->addr) && str_eq(a->name, b->name));
	if (gone)
		return;
	FUZZ_ASSERT(a->time == b->time && a->ttl == b->ttl && a->first == b->first);
	FUZZ_ASSERT(str_eq(a->via, b->via) && str_eq(a->tag, b->tag) && str_eq(a->rule, b->rule));
}

static void
check_entry(const struct answer *a, bool gone)
{
	FUZZ_ASSERT(name_is_canonical(a->name));
	if (gone)
		return;
	FUZZ_ASSERT(a->time >= 0 && a->time <= TIME_MAX && a->first >= 0 && a->first <= TIME_MAX);
	FUZZ_ASSERT(a->ttl <= ANSWER_TTL_MAX);
	FUZZ_ASSERT(str_is_word(a->via) && str_is_word(a->tag) && str_is_word(a->rule));
}

/* The first two bytes are how many entries there are, the rest is those. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segment_reader r, reread;
	struct answer a, b;
	bool gone, gone_again;

	if (size < 2 || size - 2 > SEGMENT_SIZE - SEGMENT_HEAD)
		return 0;
	segment_begin(&given);
	segment_begin(&again);
	memcpy(given.data + SEGMENT_HEAD, data + 2, size - 2);
	given.used += (uint32_t)size - 2;
	given.entries = (uint32_t)data[0] << 8 | data[1];
	segment_seal(&given, 1, 1);
	FUZZ_ASSERT(segment_open(&r, given.data, segment_length(given.data)) == NULL);
	while (segment_next(&r, &a, &gone)) {
		check_entry(&a, gone);
		if (!(gone ? segment_put_gone : segment_put)(&again, &a))
			return 0;	/* references to references can stand for much */
	}
	segment_seal(&again, 2, 1);
	FUZZ_ASSERT(segment_open(&r, given.data, segment_length(given.data)) == NULL &&
	    segment_open(&reread, again.data, segment_length(again.data)) == NULL);
	while (segment_next(&r, &a, &gone)) {
		FUZZ_ASSERT(segment_next(&reread, &b, &gone_again) && gone == gone_again);
		check_same(&a, &b, gone);
	}
	FUZZ_ASSERT(!segment_next(&reread, &b, &gone_again) && reread.why == NULL);
	return 0;
}
