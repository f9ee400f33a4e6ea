#include "match/matcher.h"

#include "line/answer.h"
#include "line/answer_key.h"
#include "line/barrier.h"

void
matcher_open(struct matcher *m, enum matcher_pass pass, bool question_only)
{
	*m = (struct matcher){ .pass = pass, .question_only = question_only,
	    .before = BUF(ANSWER_MAX) };
	m->keys = m->tail = BUF(4 * ANSWER_MAX);
}

void
matcher_close(struct matcher *m)
{
	buf_free(&m->before);
	buf_free(&m->keys);
	buf_free(&m->tail);
}

void
matcher_use(struct matcher *m, struct lists_set *set)
{
	m->set = set;
	m->holds = false;
}

/* Whether the line differs from the previous line only in ADDRESS. */
static bool
differs_in_address_alone(const struct matcher *m, struct str line)
{
	struct str before = buf_view(&m->before), rest, address;
	struct addr addr;

	if (!m->holds || line.n >= ANSWER_MAX || line.n <= m->address ||
	    memcmp(line.p, before.p, m->address) != 0)
		return false;
	rest = (struct str){ line.p + m->address, line.n - m->address };
	return str_split(&rest, ' ', &address) &&
	    str_eq(rest, (struct str){ before.p + m->rest, before.n - m->rest }) &&
	    addr_parse_canonical(address, &addr);
}

static void
note_line(struct matcher *m, struct str line, const struct answer *a)
{
	buf_cut(&m->before, 0);
	buf_str(&m->before, line);
	m->address = (size_t)(a->address.p - line.p);
	m->rest = m->address + a->address.n + 1;
	m->name = (size_t)(a->name.p - line.p);
}

/* Sets m->keys. False when a regex was given up: the verdict is then valid for this line only. */
static bool
ask_lists(struct matcher *m, const struct answer *a)
{
	uint64_t limits = lists_regex_limits(m->set);

	lists_decide(m->set, a->name, m->question_only ? LISTS_NO_VIA : a->via);
	if (m->set->tag.len > 0) {
		answer_key_put(&m->keys, ANSWER_TAG, buf_view(&m->set->tag));
		answer_key_put(&m->keys, ANSWER_RULE, buf_view(&m->set->rule));
		m->keys.overflow |= m->set->tag.overflow || m->set->rule.overflow;
	}
	return lists_regex_limits(m->set) == limits;
}

static const char *
decide(struct matcher *m, struct str line)
{
	struct answer a;
	const char *why = answer_parse(line, &a);

	m->holds = false;
	if (why != NULL)
		return why;
	buf_cut(&m->keys, 0);
	buf_cut(&m->tail, 0);
	note_line(m, line, &a);
	m->holds = ask_lists(m, &a);
	if (a.tag.p != NULL || a.rule.p != NULL)
		answer_retag_tail(&a, buf_view(&m->keys), &m->tail);
	return NULL;
}

/* Appends the line with its keys. False when it would be longer than ANSWER_MAX. */
static bool
put_line(const struct matcher *m, struct str line, struct buf *out)
{
	if (m->tail.len > 0)	/* cut before NAME, at an offset that depends on ADDRESS */
		line.n = m->name + line.n - m->before.len;
	if (m->keys.overflow || m->tail.overflow ||
	    line.n + (m->tail.len > 0 ? m->tail.len : m->keys.len + 1) > ANSWER_MAX)
		return false;
	buf_str(out, line);
	if (m->tail.len > 0) {
		buf_str(out, buf_view(&m->tail));
		return true;
	}
	buf_str(out, buf_view(&m->keys));
	buf_byte(out, '\n');
	return true;
}

static void
pass_barrier(struct str comment, struct buf *out)
{
	struct str id;

	if (barrier_parse(comment, &id))
		barrier_put(id, out);
}

const char *
matcher_line(struct matcher *m, struct str line, struct buf *out)
{
	const char *why;
	bool matches;

	if (answer_is_comment(line)) {
		pass_barrier(line, out);
		return NULL;
	}
	why = differs_in_address_alone(m, line) ? NULL : decide(m, line);
	matches = m->keys.len > 0;
	m->lines++;
	if (why != NULL)
		return why;
	m->matched += matches;
	if (m->pass != MATCHER_ALL && matches != (m->pass == MATCHER_MATCHING))
		return NULL;
	if (!put_line(m, line, out))
		return "line too long with tag and rule";
	m->passed++;
	return NULL;
}
