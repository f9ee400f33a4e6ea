/*
 * The route line: an accepted line formats to a line that parses to the same route.
 */
#include "line/route.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF(2 * ROUTE_MAX);
	struct route r, again;

	if (route_parse((struct str){ (const char *)data, size }, &r) != NULL ||
	    r.verb == ROUTE_COMMENT)
		return 0;
	route_format(&r, &out);
	FUZZ_ASSERT(!out.overflow && out.data[out.len - 1] == '\n');
	FUZZ_ASSERT(route_parse((struct str){ out.data, out.len - 1 }, &again) == NULL);
	FUZZ_ASSERT(again.verb == r.verb && again.prefix.len == r.prefix.len);
	FUZZ_ASSERT(addr_eq(&again.prefix.addr, &r.prefix.addr));
	FUZZ_ASSERT(str_eq(again.tag, r.tag) && str_eq(again.name, r.name));
	buf_free(&out);
	return 0;
}
