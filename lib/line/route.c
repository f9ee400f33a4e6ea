#include "line/route.h"

#include "line/keyval.h"

static const char *
read_keys(struct str fields, struct route *r)
{
	struct keyval keys;
	struct str key, value;
	const char *why;

	r->keys = fields;
	keyval_begin(&keys, fields);
	while (keyval_next(&keys, &key, &value, &why)) {
		if (str_eq(key, STR("tag")))
			r->tag = value;
		else if (str_eq(key, STR("name")))
			r->name = value;
		else
			r->more = true;
	}
	return why;
}

const char *
route_parse(struct str line, struct route *r)
{
	struct str verb, prefix;
	const char *why;

	memset(r, 0, sizeof(*r));
	if (line.n == 0 || line.p[0] == '#')
		return NULL;
	if (line.n >= ROUTE_MAX)
		return "line too long";
	if (!str_is_printable(line))
		return "the line contains a byte that is not printable ASCII";
	str_split(&line, ' ', &verb);
	if (str_eq(verb, STR("end-of-rib"))) {
		r->verb = ROUTE_END_OF_RIB;
		return line.p == NULL ? NULL : "text after end-of-rib";
	}
	if (str_eq(verb, STR("announce")))
		r->verb = ROUTE_ANNOUNCE;
	else if (str_eq(verb, STR("withdraw")))
		r->verb = ROUTE_WITHDRAW;
	else
		return "the first word is not announce, withdraw or end-of-rib";
	if (!str_split(&line, ' ', &prefix))
		return "no prefix after announce or withdraw";
	if ((why = prefix_parse_loose(prefix, &r->prefix)) != NULL)
		return why;
	if (r->verb == ROUTE_WITHDRAW)
		return line.p == NULL ? NULL : "text after the prefix; withdraw takes no keys";
	return read_keys(line, r);
}

void
route_format(const struct route *r, struct buf *out)
{
	char text[PREFIX_STRLEN];

	switch (r->verb) {
	case ROUTE_COMMENT:
		return;
	case ROUTE_END_OF_RIB:
		buf_str(out, STR("end-of-rib\n"));
		return;
	case ROUTE_ANNOUNCE:
		buf_str(out, STR("announce "));
		break;
	case ROUTE_WITHDRAW:
		buf_str(out, STR("withdraw "));
		break;
	}
	buf_put(out, text, prefix_format(&r->prefix, text));
	if (r->verb == ROUTE_ANNOUNCE) {
		keyval_put(out, STR("tag"), r->tag);
		keyval_put(out, STR("name"), r->name);
	}
	buf_byte(out, '\n');
}
