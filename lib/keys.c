#include "keys.h"

void
keys_begin(struct keys *k, struct str fields)
{
	k->rest = fields;
	k->bits = 0;
	k->n = 0;
}

static const char *
remember(struct keys *k, struct str key)
{
	unsigned hash = (unsigned)(uint8_t)key.p[0] * 5 + (uint8_t)key.p[key.n - 1] + (unsigned)key.n;
	uint64_t bit = UINT64_C(1) << hash % 64;

	if (k->bits & bit)
		for (size_t i = 0; i < k->n; i++)
			if (str_eq(k->seen[i], key))
				return "key given twice";
	if (k->n == KEYS_MAX)
		return "too many keys";
	k->bits |= bit;
	k->seen[k->n++] = key;
	return NULL;
}

bool
keys_next(struct keys *k, struct str *key, struct str *value, const char **why)
{
	*why = NULL;
	if (!str_split(&k->rest, ' ', value))
		return false;
	if (value->n == 0)
		*why = "empty field";
	else if (!str_split(value, '=', key) || value->p == NULL || key->n == 0)
		*why = "field is not KEY=VALUE";
	else
		*why = remember(k, *key);
	return *why == NULL;
}

void
keys_put(struct buf *out, struct str key, struct str value)
{
	if (value.p == NULL)
		return;
	buf_byte(out, ' ');
	buf_str(out, key);
	buf_byte(out, '=');
	buf_str(out, value);
}
