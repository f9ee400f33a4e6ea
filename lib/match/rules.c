#include "match/rules.h"

#include "line/answer.h"
#include "match/domset.h"

void
rules_open(struct rules *r)
{
	r->pool = BUF(UINT32_MAX);
	buf_byte(&r->pool, 0);	/* no rule has the place RULES_NONE */
}

void
rules_free(struct rules *r)
{
	buf_free(&r->pool);
}

struct rule
rules_at(const struct rules *r, uint32_t place)
{
	struct rule rule;

	memcpy(&rule, r->pool.data + place, sizeof(rule));
	return rule;
}

struct str
rules_name(const struct rules *r, uint32_t place, size_t len)
{
	return (struct str){ r->pool.data + place + sizeof(struct rule), len };
}

/* The entry's text, for a rule that has it. */
static struct str
stored_text(const struct rules *r, uint32_t place)
{
	struct str name = rules_name(r, place, rules_at(r, place).name_len);
	const uint8_t *p = (const uint8_t *)name.p + name.n;

	return (struct str){ (const char *)p + 2, (size_t)(p[0] << 8 | p[1]) };
}

size_t
rules_next(const struct rules *r, size_t place)
{
	struct rule rule = rules_at(r, (uint32_t)place);

	return place + sizeof(rule) + rule.name_len +
	    (rule.has_text ? 2 + stored_text(r, (uint32_t)place).n : 0);
}

/* The marks before a name, by which people and this file know the form. */
static struct str
marks_of(const struct rule *rule)
{
	static const struct str marks[][2] = {
		[LIST_DOMAIN] = { STR(""), STR("!") },
		[LIST_EXACT] = { STR("="), STR("!=") },
		[LIST_BELOW] = { STR("*."), STR("!*.") },
	};

	return marks[rule->form][rule->negated];
}

/* Whether marks and canonical name give back the entry's text, as for most entries. */
static bool
is_as_named(const struct rule *rule, const struct list_entry *e)
{
	struct str marks = marks_of(rule);

	return e->text.n == marks.n + e->name.n && (e->text.p + marks.n == e->name.p ||
	    memcmp(e->text.p + marks.n, e->name.p, e->name.n) == 0);
}

/* The root's dot is no part of the name, and a regex has no name. */
static struct rule
rule_of(unsigned list, const struct list_entry *e, struct str *name)
{
	struct rule rule = { .list = (uint16_t)list, .form = (uint16_t)e->form & 7,
	    .negated = e->negated, .has_text = true };

	*name = e->form == LIST_REGEX ? STR("") : rules_labels(e->name);
	rule.name_len = (uint16_t)name->n & 1023;
	if (e->form != LIST_REGEX)
		rule.has_text = !is_as_named(&rule, e);
	return rule;
}

const char *
rules_check(const struct rules *r, const struct list_entry *e)
{
	if (4 * e->text.n > DOMSET_ENTRY_MAX && answer_escaped_length(e->text) > DOMSET_ENTRY_MAX)
		return "entry too long";
	return r->pool.len > UINT32_MAX - 2 * UINT16_MAX ? "too many entries" : NULL;
}

uint32_t
rules_add(struct rules *r, unsigned list, const struct list_entry *e)
{
	uint32_t place = (uint32_t)r->pool.len;
	struct str name;
	struct rule rule = rule_of(list, e, &name);

	buf_put(&r->pool, &rule, sizeof(rule));
	buf_str(&r->pool, name);
	if (rule.has_text) {
		buf_u16(&r->pool, (uint16_t)e->text.n);
		buf_str(&r->pool, e->text);
	}
	return place;
}

bool
rules_same(const struct rules *r, uint32_t one, uint32_t other)
{
	struct rule a = rules_at(r, one), b = rules_at(r, other);

	return a.list == b.list && a.form == b.form && a.negated == b.negated &&
	    str_eq(rules_name(r, one, a.name_len), rules_name(r, other, b.name_len));
}

void
rules_text(const struct rules *r, uint32_t place, struct buf *out)
{
	struct rule rule = rules_at(r, place);
	struct str name = rules_name(r, place, rule.name_len);

	if (rule.has_text) {
		answer_escape(stored_text(r, place), out);
		return;
	}
	buf_str(out, marks_of(&rule));
	buf_str(out, name.n > 0 ? name : STR("."));
}
