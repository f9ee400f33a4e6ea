/*
 * The rules of a domain set: the entries of its lists, one after the other in one block. A rule is
 * known by its place there, a number of 32 bits; RULES_NONE is the place of none.
 *
 * A rule is a struct rule, then its name, then the text of the entry where marks and canonical
 * name do not give it back: two bytes of length and the bytes. Most entries need no text, so that a
 * million of them are small.
 */
#ifndef RULES_H
#define RULES_H

#include "base/buf.h"
#include "base/str.h"
#include "match/list.h"

#define RULES_NONE 0
#define RULES_FIRST 1		/* the place of the first rule */

struct rule {
	uint16_t list;
	uint16_t name_len : 10;	/* of the canonical name; 0 for the root and for regexes */
	uint16_t form : 3;	/* enum list_form */
	uint16_t negated : 1;
	uint16_t has_text : 1;	/* the entry's text is stored */
};

struct rules {
	struct buf pool;	/* owned */
};

void rules_open(struct rules *r);
void rules_free(struct rules *r);

/* NULL, or the reason why an entry cannot be added. */
const char *rules_check(const struct rules *r, const struct list_entry *e);

/* Adds the entry of a list, after rules_check, and returns its place. */
uint32_t rules_add(struct rules *r, unsigned list, const struct list_entry *e);

struct rule rules_at(const struct rules *r, uint32_t place);

/* Its name, without the dot of the root. `len` is its name_len. */
struct str rules_name(const struct rules *r, uint32_t place, size_t len);

/* The place behind a rule: of the next one, or r->pool.len. */
size_t rules_next(const struct rules *r, size_t place);

/* Whether two rules have the same list, form, sign and name. */
bool rules_same(const struct rules *r, uint32_t one, uint32_t other);

/* Appends the entry as its list has it, escaped for `rule=`. */
void rules_text(const struct rules *r, uint32_t place, struct buf *out);

/* The name without the root's dot: the root has no labels. */
static inline struct str
rules_labels(struct str name)
{
	return str_eq(name, STR(".")) ? STR("") : name;
}

#endif
