/*
 * Attributes as text: parsed values are within bounds, and are the same after packing and
 * unpacking. Communities are the same bytes after printing and parsing.
 */
#include "bgp/attrs.h"

#include "fuzz.h"

static void
check_words(const struct communities *c, enum community_kind kind)
{
	static const size_t octets[COMMUNITY_KINDS] = { 4, 8, 12 };
	struct buf text = BUF(64 * 1024);
	struct communities again = { 0 };

	FUZZ_ASSERT(c->n <= sizeof(c->bytes) && c->n % octets[kind] == 0);
	if (c->n == 0)
		return;
	communities_format((struct str){ (const char *)c->bytes, c->n }, kind, &text);
	FUZZ_ASSERT(communities_add(&again, kind, buf_view(&text)) == NULL);
	FUZZ_ASSERT(again.n == c->n && memcmp(again.bytes, c->bytes, c->n) == 0);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = BUF(ATTRS_PACKED_MAX), second = BUF(ATTRS_PACKED_MAX);
	struct attrs a, b;

	if (attrs_parse((struct str){ (const char *)data, size }, &a) == NULL) {
		for (int k = 0; k < COMMUNITY_KINDS; k++)
			check_words(&a.communities[k], (enum community_kind)k);
		attrs_unpack(attrs_pack(&a, &first), &b);
		attrs_pack(&b, &second);
		FUZZ_ASSERT(!first.overflow && str_eq(buf_view(&first), buf_view(&second)));
		FUZZ_ASSERT(attrs_merge(&b, &a) == NULL);
	}
	buf_free(&first);
	buf_free(&second);
	return 0;
}
