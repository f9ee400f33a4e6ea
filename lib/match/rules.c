#include "match/rules.h"

#include "line/answer.h"
#include "match/domset.h"

void
rules_open(struct rules *r)
{
	r->pool = BUF(UINT32_MAX);
	buf_byte(&r->pool, 0);	/* occupies the place RULES_NONE */
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

/* Whether the entry's text is its canonical name after its marks (`!`, `=`, `*.`). */
static bool
has_plain_text(const struct rule *rule, const struct list_entry *e)
{
	struct str text = e->text;

	return str_take(&text, marks_of(rule)) && str_eq(text, e->name);
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
	bool regex = e->form == LIST_REGEX;
	struct str name = regex ? STR("") : rules_labels(e->name);
	struct rule rule = { .list = (uint16_t)list, .name_len = (uint16_t)name.n & 1023,
	    .form = (uint16_t)e->form & 7, .negated = e->negated };
	uint32_t place = (uint32_t)r->pool.len;

	rule.has_text = regex || !has_plain_text(&rule, e);
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
