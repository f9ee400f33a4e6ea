#include "matcher.h"

#include "answer.h"
#include "keys.h"

void
matcher_open(struct matcher *m, bool question_only)
{
	*m = (struct matcher){ .question_only = question_only };
	m->line = BUF(ANSWER_MAX);
	m->keys = m->tail = BUF(4 * ANSWER_MAX);
}

void
matcher_close(struct matcher *m)
{
	buf_free(&m->line);
	buf_free(&m->keys);
	buf_free(&m->tail);
}

void
matcher_use(struct matcher *m, struct lists_set *set)
{
	m->set = set;
	buf_cut(&m->line, 0);
}

/* Whether the line is good and goes as the last one did: all is the same but ADDRESS, and that is one. */
static bool
differs_in_address(const struct matcher *m, struct str line)
{
	size_t rest = m->line.len - m->rest;
	struct addr addr;

	if (m->line.len == 0 || line.n <= m->address + rest ||
	    memcmp(line.p, m->line.data, m->address) != 0 ||
	    memcmp(line.p + line.n - rest, m->line.data + m->rest, rest) != 0)
		return false;
	return addr_parse_canonical((struct str){ line.p + m->address, line.n - rest - m->address }, &addr);
}

static void
remember(struct matcher *m, struct str line, const struct answer *a)
{
	buf_cut(&m->line, 0);
	buf_str(&m->line, line);
	m->address = (size_t)(a->address.p - line.p);
	m->rest = m->address + a->address.n;
	m->name = (size_t)(a->name.p - line.p);
	buf_cut(&m->keys, 0);
	buf_cut(&m->tail, 0);
}

/* Asks the lists, and makes the keys of what they say. */
static void
decide(struct matcher *m, const struct answer *a)
{
	static uint32_t rules[DOMSET_LISTS_MAX];
	static struct buf tag = BUF(ANSWER_MAX), rule = BUF(ANSWER_MAX);
	const struct str none = { NULL, 0 };

	buf_cut(&tag, 0);
	buf_cut(&rule, 0);
	lists_decide(m->set, a->name, m->question_only ? none : a->via, rules);
	lists_describe(m->set, rules, &tag, &rule);
	if (tag.len == 0)
		return;
	keys_put(&m->keys, STR("tag"), buf_view(&tag));
	keys_put(&m->keys, STR("rule"), buf_view(&rule));
	m->keys.overflow |= tag.overflow || rule.overflow;
}

const char *
matcher_read(struct matcher *m, struct str line)
{
	struct answer a;
	const char *why;

	if (differs_in_address(m, line))
		return NULL;
	if ((why = answer_parse(line, &a)) != NULL)
		return why;
	remember(m, line, &a);
	decide(m, &a);
	m->matched = m->keys.len > 0;
	if (a.tag.p != NULL || a.rule.p != NULL)
		answer_retag_tail(&a, buf_view(&m->keys), &m->tail);
	return NULL;
}

bool
matcher_put(const struct matcher *m, struct str line, struct buf *out)
{
	size_t head = line.n - (m->line.len - m->name);

	if (m->keys.overflow || m->tail.overflow)
		return false;
	if (m->tail.len > 0) {
		if (head + m->tail.len > ANSWER_MAX)
			return false;
		buf_put(out, line.p, head);
		buf_str(out, buf_view(&m->tail));
		return true;
	}
	if (line.n + m->keys.len + 1 > ANSWER_MAX)
		return false;
	buf_str(out, line);
	buf_str(out, buf_view(&m->keys));
	buf_byte(out, '\n');
	return true;
}
