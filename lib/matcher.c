#define _GNU_SOURCE	/* memrchr */
#include "matcher.h"

#include "answer.h"
#include "hash.h"
#include "keys.h"

#define ABSENT ((struct str){ NULL, 0 })

void
matcher_open(struct matcher *m, bool question_only)
{
	*m = (struct matcher){ .question_only = question_only, .before = &m->last };
	m->last_text = BUF(ANSWER_MAX);
	m->keys = m->tail = BUF(4 * ANSWER_MAX);
	memo_open(&m->memo, hash_seed());
}

void
matcher_close(struct matcher *m)
{
	buf_free(&m->last_text);
	buf_free(&m->keys);
	buf_free(&m->tail);
	memo_close(&m->memo);
}

void
matcher_use(struct matcher *m, struct lists_set *set)
{
	m->set = set;
	m->last.text.p = NULL;
	memo_clear(&m->memo);
}

/* ADDRESS is this text, from l->address on. */
static void
set_address(struct matcher_line *l, struct str text, const struct addr *addr)
{
	size_t part = addr_last_part(text, addr->family);

	l->rest = l->address + text.n;
	l->last_part = part > 0 ? l->address + part : 0;
	l->family = addr->family;
}

/*
 * Whether all that is ahead is as in the line before up to ADDRESS, and that is one. Sets what it is. Mostly its last
 * part alone differs.
 */
static bool
find_address(struct str ahead, const struct matcher_line *before, struct matcher_line *l)
{
	size_t start = before->address, part = before->last_part, n;
	struct str text;
	const char *space;
	struct addr addr;

	/* The end of TIME first: there they differ, if they do. */
	if (ahead.n <= start || str_eight(ahead.p + start - 8) != str_eight(before->text.p + start - 8))
		return false;
	l->address = start;
	if (part > 0 && ahead.n > part && memcmp(ahead.p, before->text.p, part) == 0) {
		n = addr_part_length((struct str){ ahead.p + part, ahead.n - part }, before->family);
		l->family = before->family;
		l->last_part = part;
		l->rest = part + n;
		if (n > 0 && l->rest < ahead.n && ahead.p[l->rest] == ' ')
			return true;
	}
	if (memcmp(ahead.p, before->text.p, start) != 0)
		return false;
	text = (struct str){ ahead.p + start, ahead.n - start < ADDR_STRLEN ? ahead.n - start : ADDR_STRLEN };
	if ((space = str_find(text, ' ')) == NULL)
		return false;
	text.n = (size_t)(space - text.p);
	if (!addr_parse_canonical(text, &addr))
		return false;
	set_address(l, text, &addr);
	return true;
}

/*
 * Whether what is ahead begins with a line that goes as the one before: all is the same but ADDRESS, and that is one.
 * Sets where its fields are.
 */
static bool
find_alike(struct str ahead, const struct matcher_line *before, struct matcher_line *l)
{
	size_t rest = before->text.n - before->rest, end;

	if (before->text.p == NULL || before->why != NULL || !find_address(ahead, before, l))
		return false;
	end = l->rest + rest;
	if (ahead.n <= end || end >= ANSWER_MAX || ahead.p[end] != '\n' ||
	    memcmp(ahead.p + l->rest, before->text.p + before->rest, rest) != 0)
		return false;
	l->text = (struct str){ ahead.p, end };
	l->name = before->name + l->rest - before->rest;
	l->client = before->client;
	return true;
}

bool
matcher_take_alike(struct matcher *m, struct str ahead, struct matcher_line *l)
{
	l->alike = find_alike(ahead, m->before, l);
	if (!l->alike)
		return false;
	l->why = NULL;
	m->before = l;
	return true;
}

static const struct str client_key = STR(" client=");

/* Whether the line ends with the client of the one before, as it mostly does; sets it. */
static bool
take_same_client(struct matcher_line *l, struct str rest, struct str client)
{
	size_t n = client_key.n + client.n;

	if (client.p == NULL || rest.n <= n || memcmp(rest.p + rest.n - n, client.p - client_key.n, n) != 0)
		return false;
	l->client = (struct str){ rest.p + rest.n - client.n, client.n };
	return true;
}

/* Whether it ends with another; sets it. False in *good when that is no address. */
static bool
take_client(struct matcher_line *l, struct str rest, bool *good)
{
	const char *space = rest.n > 0 ? memrchr(rest.p, ' ', rest.n) : NULL;
	size_t n = space == NULL ? 0 : rest.n - (size_t)(space - rest.p);
	struct addr client;

	*good = true;
	if (n <= client_key.n || memcmp(space, client_key.p, client_key.n) != 0)
		return false;
	l->client = (struct str){ space + client_key.n, n - client_key.n };
	*good = addr_parse_canonical(l->client, &client);
	return true;
}

/*
 * Finds what decides about a line, `rest` from NAME on: all but the client, where that comes last. It stays absent when
 * it is too long to be kept, or the client is no address.
 */
static void
take_question(struct matcher_line *l, struct str rest, struct str client_before)
{
	bool good = true;

	if (rest.n > MEMO_MAX)
		return;
	l->question = rest;
	if (take_same_client(l, rest, client_before) || take_client(l, rest, &good))
		l->question.n -= client_key.n + l->client.n;
	if (!good)
		l->question = l->client = ABSENT;
}

void
matcher_take(struct matcher *m, struct matcher_line *l)
{
	const struct matcher_line *before = m->before;
	struct str rest = l->text;
	struct answer a;

	m->before = l;
	l->alike = false;
	l->question = ABSENT;
	l->client = ABSENT;
	if ((l->why = answer_parse_head(&rest, &a)) != NULL)
		return;
	l->address = (size_t)(a.address.p - l->text.p);
	set_address(l, a.address, &a.addr);
	l->name = l->text.n - rest.n;
	take_question(l, rest, before->client);
	if (l->question.p != NULL)
		l->hash = memo_hash(&m->memo, l->question);
}

/* The text of the last line is kept, as the next ones are read over it. */
static void
keep_last(struct matcher *m, const struct matcher_line *l)
{
	buf_cut(&m->last_text, 0);
	buf_str(&m->last_text, l->text);
	m->last = *l;
	m->last.text = buf_view(&m->last_text);
	if (l->client.p != NULL)
		m->last.client.p = m->last.text.p + l->text.n - l->client.n;
	m->before = &m->last;
}

void
matcher_fetch(struct matcher *m, const struct matcher_line lines[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!lines[i].alike && lines[i].question.p != NULL)
			memo_fetch(&m->memo, lines[i].hash);
	keep_last(m, &lines[n - 1]);
}

/* Asks the lists, and makes the keys of what they say. */
static void
ask_lists(struct matcher *m, const struct answer *a)
{
	static uint32_t rules[DOMSET_LISTS_MAX];
	static struct buf tag = BUF(ANSWER_MAX), rule = BUF(ANSWER_MAX);

	buf_cut(&tag, 0);
	buf_cut(&rule, 0);
	lists_decide(m->set, a->name, m->question_only ? ABSENT : a->via, rules);
	lists_describe(m->set, rules, &tag, &rule);
	if (tag.len == 0)
		return;
	keys_put(&m->keys, STR("tag"), buf_view(&tag));
	keys_put(&m->keys, STR("rule"), buf_view(&rule));
	m->keys.overflow |= tag.overflow || rule.overflow;
}

#define ROOM_FOR_KEY (3 * KEYS_MAX - 1)	/* in fewer bytes there are fewer keys than a line may have */

/*
 * Whether what was said of the line's question holds for every line that has it, with a client at its end or without:
 * those with one are bad when the question has a client, or all keys that a line may have. What has tag or rule gets
 * another tail; what has `first` does not come again.
 */
static bool
is_to_keep(const struct matcher *m, const struct matcher_line *l, const struct answer *a)
{
	bool cut = l->name + l->question.n < l->text.n;

	return l->question.p != NULL && a->tag.p == NULL && a->rule.p == NULL && a->first < 0 && !m->keys.overflow &&
	    (cut || (a->client.p == NULL && a->keys.n < ROOM_FOR_KEY));
}

/* Decides about a line that is not alike: as before, where the question was met and found good before. */
static const char *
decide(struct matcher *m, const struct matcher_line *l)
{
	struct str rest = { l->text.p + l->name, l->text.n - l->name }, keys;
	struct answer a;
	const char *why;

	buf_cut(&m->keys, 0);
	buf_cut(&m->tail, 0);
	if (l->question.p != NULL && memo_find(&m->memo, l->hash, l->question, &keys)) {
		buf_str(&m->keys, keys);
		return NULL;
	}
	if ((why = answer_parse_tail(rest, &a)) != NULL)
		return why;
	ask_lists(m, &a);
	if (a.tag.p != NULL || a.rule.p != NULL)
		answer_retag_tail(&a, buf_view(&m->keys), &m->tail);
	if (is_to_keep(m, l, &a))
		memo_keep(&m->memo, l->hash, l->question, buf_view(&m->keys));
	return NULL;
}

const char *
matcher_read(struct matcher *m, const struct matcher_line *l)
{
	if (!l->alike) {
		m->why = l->why != NULL ? l->why : decide(m, l);
		m->matched = m->keys.len > 0;
	}
	return m->why;
}

bool
matcher_put(const struct matcher *m, const struct matcher_line *l, struct buf *out)
{
	if (m->keys.overflow || m->tail.overflow)
		return false;
	if (m->tail.len > 0) {
		if (l->name + m->tail.len > ANSWER_MAX)
			return false;
		buf_put(out, l->text.p, l->name);
		buf_str(out, buf_view(&m->tail));
		return true;
	}
	if (l->text.n + m->keys.len + 1 > ANSWER_MAX)
		return false;
	buf_str(out, l->text);
	buf_str(out, buf_view(&m->keys));
	buf_byte(out, '\n');
	return true;
}
