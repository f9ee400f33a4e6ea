/*
 * The texts of pairs: NAME, via, tag and rule. The addresses of a response share one text, which
 * counts its users. It contains NAME and via; tag and rule are interned. A text is identified by
 * its number in c->texts.
 */
#ifndef TEXT_H
#define TEXT_H

#include "cache/cache_private.h"

/* Valid until the text is dropped. */
static inline struct text *
text_at(const struct cache *c, uint32_t text)
{
	return slab_at(&c->texts, text);
}

/* Absent if empty; valid until the text is dropped. */
struct str text_name(const struct text *t);
struct str text_via(const struct text *t);
struct str text_rule(const struct cache *c, const struct text *t);

/* The tag of a pair, interned. */
uint32_t text_tag(const struct cache *c, const struct pair *p);

/* Compares tag, rule and via of a line, in this order, bytewise with those of a text. */
int text_compare(const struct cache *c, const struct answer *a, const struct text *t);

/* The text of a line, with one more user. */
uint32_t text_take(struct cache *c, const struct answer *a);

/* The text of a line about the pair, or with NULL the text of the pair; with one more user. */
uint32_t text_take_for(struct cache *c, const struct pair *p, const struct answer *a);

/* Removes a user; without users the text is freed. */
void text_drop(struct cache *c, uint32_t text);

#endif
