#include "store/store_v1.h"

#include "base/clock.h"
#include "line/name.h"

#define VALUE_HEAD 26

static uint64_t
take(struct str *rest, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | (uint8_t)rest->p[i];
	rest->p += bytes;
	rest->n -= bytes;
	return value;
}

static bool
decode_key(struct str key, struct answer *a)
{
	size_t size;

	if (key.n < 1 || (key.p[0] != ADDR_V4 && key.p[0] != ADDR_V6))
		return false;
	size = addr_size((uint8_t)key.p[0]);
	if (key.n <= 1 + size || !addr_from_bytes(&a->addr, key.p + 1, size))
		return false;
	a->name = (struct str){ key.p + 1 + size, key.n - 1 - size };
	return name_is_canonical(a->name);
}

static struct str
take_text(struct str *rest, size_t n)
{
	struct str text = { n > 0 ? rest->p : NULL, n };

	rest->p += n;
	rest->n -= n;
	return text;
}

bool
store_v1_decode(struct str key, struct str value, struct answer *a)
{
	size_t tag, rule, via;

	*a = (struct answer){ 0 };
	if (!decode_key(key, a) || value.n < VALUE_HEAD)
		return false;
	a->time = (int64_t)take(&value, 8);
	a->first = (int64_t)take(&value, 8);
	a->ttl = (uint32_t)take(&value, 4);
	tag = take(&value, 2);
	rule = take(&value, 2);
	via = take(&value, 2);
	if (value.n != tag + rule + via || a->time < 0 || a->time > TIME_MAX ||
	    a->first < 0 || a->first > a->time || a->ttl > ANSWER_TTL_MAX)
		return false;
	a->tag = take_text(&value, tag);
	a->rule = take_text(&value, rule);
	a->via = take_text(&value, via);
	return (tag == 0 || answer_is_list(a->tag)) && (rule == 0 || answer_is_list(a->rule)) &&
	    (via == 0 || answer_is_via(a->via)) && answer_has_room(a);
}
