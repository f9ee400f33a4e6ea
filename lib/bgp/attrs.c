#include "bgp/attrs.h"

#include "bgp/attribute.h"

void
attrs_init(struct attrs *a)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		a->next_hop[f] = (struct addr){ 0 };
	for (int i = 0; i < ATTRS_NUMBERS; i++)
		a->number[i] = -1;
	a->tags = 0;
	for (int k = 0; k < COMMUNITY_KINDS; k++)
		a->communities[k].n = 0;
}

const char *
attrs_set(struct attrs *a, struct str key, struct str value, bool *known)
{
	const struct attribute *row = attribute_of_key(key);

	*known = row != NULL;
	return row != NULL ? row->set(row, a, value) : NULL;
}

const char *
attrs_parse(struct str text, struct attrs *a)
{
	const char *why = NULL;
	struct str word;
	bool known;

	attrs_init(a);
	while (why == NULL && str_split_list(&text, ',', &word)) {
		struct str value = word, key;

		str_split(&value, '=', &key);
		if (value.p == NULL)
			return "not KEY=VALUE";
		why = attrs_set(a, key, value, &known);
		if (!known)
			return attribute_unknown_key;
	}
	return why;
}

const char *
attrs_merge(struct attrs *a, const struct attrs *from)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		if (a->next_hop[f].family == ADDR_NONE)
			a->next_hop[f] = from->next_hop[f];
	for (int i = 0; i < ATTRS_NUMBERS; i++)
		if (a->number[i] < 0)
			a->number[i] = from->number[i];
	for (int k = 0; k < COMMUNITY_KINDS; k++)
		if (!communities_merge(&a->communities[k], (enum community_kind)k,
		    &from->communities[k]))
			return "too many communities";
	return NULL;
}

static bool
is_empty(const struct attrs *a)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		if (a->next_hop[f].family != ADDR_NONE)
			return false;
	for (int i = 0; i < ATTRS_NUMBERS; i++)
		if (a->number[i] >= 0)
			return false;
	for (int k = 0; k < COMMUNITY_KINDS; k++)
		if (a->communities[k].n > 0)
			return false;
	return a->tags == 0;
}

/* Packs the other fields, then the length and the bytes of each kind of communities. */
struct str
attrs_pack(const struct attrs *a, struct buf *out)
{
	if (is_empty(a))
		return (struct str){ NULL, 0 };
	buf_put(out, a->next_hop, sizeof(a->next_hop));
	buf_put(out, a->number, sizeof(a->number));
	buf_put(out, &a->tags, sizeof(a->tags));
	for (int k = 0; k < COMMUNITY_KINDS; k++) {
		buf_put(out, &a->communities[k].n, sizeof(a->communities[k].n));
		buf_put(out, a->communities[k].bytes, a->communities[k].n);
	}
	return buf_view(out);
}

static const char *
copy(void *to, const char *from, size_t n)
{
	memcpy(to, from, n);
	return from + n;
}

void
attrs_unpack(struct str packed, struct attrs *a)
{
	const char *p = packed.p;

	attrs_init(a);
	if (p == NULL)
		return;
	p = copy(a->next_hop, p, sizeof(a->next_hop));
	p = copy(a->number, p, sizeof(a->number));
	p = copy(&a->tags, p, sizeof(a->tags));
	for (int k = 0; k < COMMUNITY_KINDS; k++) {
		p = copy(&a->communities[k].n, p, sizeof(a->communities[k].n));
		p = copy(a->communities[k].bytes, p, a->communities[k].n);
	}
}
