#include "ipcache/selector.h"

const char *
selector_parse(struct str word, struct selector *t)
{
	if (word.n > 0 && memchr(word.p, '/', word.n) != NULL)
		return prefix_parse(word, &t->prefix);
	if (addr_parse(word, &t->prefix.addr)) {
		t->prefix.len = addr_bits(t->prefix.addr.family);
		return NULL;
	}
	t->prefix.addr.family = ADDR_NONE;
	return name_parse(word, t->name, &t->name_n);
}

void
selector_format(const struct selector *t, char out[NAME_STRLEN])
{
	if (t->prefix.addr.family == ADDR_NONE)
		memcpy(out, t->name, t->name_n + 1);
	else if (t->prefix.len == addr_bits(t->prefix.addr.family))
		addr_format(&t->prefix.addr, out);
	else
		prefix_format(&t->prefix, out);
}

bool
selector_covers(const struct selector *t, const struct addr *addr, struct str name)
{
	if (t->prefix.addr.family == ADDR_NONE)
		return str_eq(name, (struct str){ t->name, t->name_n });
	return prefix_covers(&t->prefix, addr);
}
