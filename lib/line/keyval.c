#include "line/keyval.h"

void
keyval_begin(struct keyval *k, struct str fields)
{
	k->rest = fields;
	k->bits = 0;
	k->n = 0;
}

static const char *
remember(struct keyval *k, struct str key)
{
	unsigned hash = (unsigned)(uint8_t)key.p[0] * 5 + (uint8_t)key.p[key.n - 1] +
	    (unsigned)key.n;
	uint64_t bit = UINT64_C(1) << hash % 64;

	if (k->bits & bit)
		for (size_t i = 0; i < k->n; i++)
			if (str_eq(k->seen[i], key))
				return "key given twice";
	if (k->n == KEYVAL_MAX)
		return "too many keys";
	k->bits |= bit;
	k->seen[k->n++] = key;
	return NULL;
}

/* Where the first `=` is, or field.n: keys are too short for memchr(3) to pay. */
static size_t
key_length(struct str field)
{
	size_t n = 0;

	while (n < field.n && field.p[n] != '=')
		n++;
	return n;
}

bool
keyval_next(struct keyval *k, struct str *key, struct str *value, const char **why)
{
	struct str field;
	size_t n;

	*why = NULL;
	if (!str_split(&k->rest, ' ', &field))
		return false;
	n = key_length(field);
	*key = (struct str){ field.p, n };
	if (field.n == 0)
		*why = "empty field";
	else if (n == 0 || n == field.n)
		*why = "field is not KEY=VALUE";
	else
		*why = remember(k, *key);
	if (*why != NULL)
		return false;
	*value = (struct str){ field.p + n + 1, field.n - n - 1 };
	return true;
}

void
keyval_put(struct buf *out, struct str key, struct str value)
{
	if (value.p == NULL)
		return;
	buf_byte(out, ' ');
	buf_str(out, key);
	buf_byte(out, '=');
	buf_str(out, value);
}
