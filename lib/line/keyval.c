#include "line/keyval.h"

void
keyval_begin(struct keyval *k, struct str fields)
{
	k->rest = fields;
	k->n = 0;
}

static const char *
remember(struct keyval *k, struct str key)
{
	for (size_t i = 0; i < k->n; i++)
		if (str_eq(k->seen[i], key))
			return "key given twice";
	if (k->n == KEYVAL_MAX)
		return "more than 64 keys";
	k->seen[k->n++] = key;
	return NULL;
}

/* The length of the key. Keys are so short that memchr(3) would not be faster. */
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
