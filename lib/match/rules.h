/*
 * The rules of a domain set: the entries of its lists in one block of memory. A rule is identified
 * by its place, the 32-bit offset in this block; RULES_NONE is the place of no rule.
 *
 * A rule is stored as a struct rule, its name, and the text of the entry (two bytes of length, then
 * the bytes). The text is omitted if it follows from form and name, as for most entries.
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
	uint16_t name_len : 10;	/* length of the canonical name; 0: the root, or a regex */
	uint16_t form : 3;	/* enum list_form */
	uint16_t negated : 1;
	uint16_t has_text : 1;	/* the entry's text is stored */
};

struct rules {
	struct buf pool;	/* owned */
};

void rules_open(struct rules *r);
void rules_free(struct rules *r);

/* Returns NULL, or the reason why the entry cannot be added. */
const char *rules_check(const struct rules *r, const struct list_entry *e);

/* Adds an entry that rules_check accepts, and returns the place of the rule. */
uint32_t rules_add(struct rules *r, unsigned list, const struct list_entry *e);

struct rule rules_at(const struct rules *r, uint32_t place);

/* The name of the rule, without the root's dot; `len` is name_len of the rule. */
struct str rules_name(const struct rules *r, uint32_t place, size_t len);

/* The place of the next rule; r->pool.len after the last rule. */
size_t rules_next(const struct rules *r, size_t place);

/* Whether the rules at two places have the same list, form, `negated` and name. */
bool rules_same(const struct rules *r, uint32_t one, uint32_t other);

/* Appends the text of the entry, escaped for `rule=`. */
void rules_text(const struct rules *r, uint32_t place, struct buf *out);

/* The name; an empty text for the root, whose name is `.`. */
static inline struct str
rules_labels(struct str name)
{
	return str_eq(name, STR(".")) ? STR("") : name;
}

#endif
