/*
 * The texts of a cache: NAME, via, tag and rule of a pair. The addresses of one response share a
 * text, which counts its users. NAME and via lie in the text itself, tag and rule are interned. A
 * text is known by its number in c->texts.
 */
#ifndef TEXT_H
#define TEXT_H

#include "cache/cache_private.h"

/* The text with this number; good until it is dropped. */
static inline struct text *
text_at(const struct cache *c, uint32_t text)
{
	return slab_at(&c->texts, text);
}

/* Views, absent where they are empty; good until the text is dropped. */
struct str text_name(const struct text *t);
struct str text_via(const struct text *t);
struct str text_rule(const struct cache *c, const struct text *t);

/* The tag of a pair, interned. */
uint32_t text_tag(const struct cache *c, const struct pair *p);

/* Compares tag, rule and via of a line with those of a text, bytewise in this order. */
int text_compare(const struct cache *c, const struct answer *a, const struct text *t);

/* The number of the texts of a line, for one more user. */
uint32_t text_take(struct cache *c, const struct answer *a);

/* The texts of a line about the pair, or, with NULL, of the pair as it is; for one more user. */
uint32_t text_take_for(struct cache *c, const struct pair *p, const struct answer *a);

/* One user fewer; the last one frees the text. */
void text_drop(struct cache *c, uint32_t text);

#endif
