/*
 * A text contains NAME and via of a pair, and the numbers of the interned tag and rule. The pairs
 * of a DNS response share a text. A text counts the pairs that use it.
 */
#include "cache/cache_private.h"

#include <string.h>

static struct str
view(const char *p, size_t n)
{
	return (struct str){ n > 0 ? p : NULL, n };
}

struct str
text_name(const struct text *t)
{
	return view(t->bytes, t->name_n);
}

struct str
text_rule(const struct cache *c, const struct text *t)
{
	return intern_text(&c->rules, t->rule);
}

struct str
text_via(const struct text *t)
{
	return view(t->bytes + t->name_n, t->via_n);
}

static bool
is_same(const struct cache *c, const struct text *t, const struct answer *a)
{
	return str_eq(text_name(t), a->name) && str_eq(text_rule(c, t), a->rule) &&
	    str_eq(text_via(t), a->via) && str_eq(intern_text(&c->tags, t->tag), a->tag);
}

static char *
append_bytes(char *to, struct str s)
{
	return s.n > 0 ? (char *)memcpy(to, s.p, s.n) + s.n : to;
}

/* Most lines have the same texts as the previous line, as both are from the same response. */
uint32_t
text_take(struct cache *c, const struct answer *a)
{
	size_t n = sizeof(struct text) + a->name.n + a->via.n;
	struct text *t;
	char *end;

	if (c->text != SLAB_NONE && is_same(c, text_at(c, c->text), a)) {
		text_at(c, c->text)->users++;
		return c->text;
	}
	c->text = slab_take(&c->texts, n);
	t = text_at(c, c->text);
	*t = (struct text){ 1, intern_take(&c->tags, a->tag), intern_take(&c->rules, a->rule),
	    (uint16_t)a->name.n, (uint16_t)a->via.n };
	end = append_bytes(t->bytes, a->name);
	append_bytes(end, a->via);
	return c->text;
}

uint32_t
text_take_for(struct cache *c, const struct pair *p, const struct answer *a)
{
	if (a != NULL && !is_same(c, text_at(c, p->text), a))
		return text_take(c, a);
	text_at(c, p->text)->users++;
	return p->text;
}

void
text_drop(struct cache *c, uint32_t text)
{
	struct text *t = text_at(c, text);

	if (--t->users > 0)
		return;
	intern_drop(&c->tags, t->tag);
	intern_drop(&c->rules, t->rule);
	slab_drop(&c->texts, text);
	if (c->text == text)
		c->text = SLAB_NONE;
}

uint32_t
text_tag(const struct cache *c, const struct pair *p)
{
	return text_at(c, p->text)->tag;
}

int
text_compare(const struct cache *c, const struct answer *a, const struct text *t)
{
	int d = str_cmp(a->tag, intern_text(&c->tags, t->tag));

	if (d == 0)
		d = str_cmp(a->rule, text_rule(c, t));
	if (d == 0)
		d = str_cmp(a->via, text_via(t));
	return d;
}
