#include "base/intern.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

static uint32_t
hash_of(const struct intern *in, struct str text)
{
	return (uint32_t)hash_bytes(in->seed, text.p, text.n);
}

static uint32_t
free_place(struct intern *in)
{
	uint32_t id = in->free;

	if (id != 0) {
		in->free = in->texts[id].users;
		return id;
	}
	in->texts = mem_grow(in->texts, in->n + 1, &in->cap, sizeof(*in->texts));
	if (in->n == 0)
		in->texts[in->n++] = (struct intern_text){ 0 };
	return (uint32_t)in->n++;
}

uint32_t
intern_take(struct intern *in, struct str text)
{
	uint32_t hash, id;

	if (text.p == NULL)
		return INTERN_ABSENT;
	hash = hash_of(in, text);
	for (size_t at = table_start(&in->table, hash);
	     (id = table_next(&in->table, hash, &at)) != TABLE_NONE;) {
		if (!str_eq(intern_text(in, id), text))
			continue;
		in->texts[id].users++;
		return id;
	}
	id = free_place(in);
	in->texts[id] = (struct intern_text){ mem_dup(text.p, text.n), (uint32_t)text.n, 1 };
	table_add(&in->table, hash, id);
	return id;
}

void
intern_again(struct intern *in, uint32_t id)
{
	if (id != INTERN_ABSENT)
		in->texts[id].users++;
}

void
intern_drop(struct intern *in, uint32_t id)
{
	struct intern_text *t;

	if (id == INTERN_ABSENT || --in->texts[id].users > 0)
		return;
	t = &in->texts[id];
	table_remove(&in->table, hash_of(in, intern_text(in, id)), id);
	free(t->text);
	*t = (struct intern_text){ .users = in->free };
	in->free = id;
}

struct str
intern_text(const struct intern *in, uint32_t id)
{
	if (id == INTERN_ABSENT)
		return (struct str){ NULL, 0 };
	return (struct str){ in->texts[id].text, in->texts[id].length };
}

void
intern_free(struct intern *in)
{
	for (size_t i = 0; i < in->n; i++)
		free(in->texts[i].text);
	free(in->texts);
	table_free(&in->table);
	*in = (struct intern){ .seed = in->seed };
}
