#define _GNU_SOURCE	/* memrchr */
#include "match/matcher.h"

#include "base/hash.h"
#include "line/answer.h"
#include "line/keyval.h"

#define ABSENT ((struct str){ NULL, 0 })

void
matcher_open(struct matcher *m, bool question_only)
{
	*m = (struct matcher){ .question_only = question_only };
	m->keys = m->tail = BUF(4 * ANSWER_MAX);
	verdict_cache_open(&m->memo, hash_seed());
}

void
matcher_close(struct matcher *m)
{
	buf_free(&m->keys);
	buf_free(&m->tail);
	verdict_cache_close(&m->memo);
}

void
matcher_use(struct matcher *m, struct lists_set *set)
{
	m->set = set;
	verdict_cache_clear(&m->memo);
}

/* A line with this ADDRESS in it. */
static struct matcher_model
model_of(const char *line, struct str address, uint8_t family)
{
	size_t part = addr_last_part(address, family);

	return (struct matcher_model){ line,
	    part > 0 ? (size_t)(address.p - line) + part : 0, family };
}

static const struct str client_key = STR(" client=");

/* Takes the client that was met last, as it mostly is, off the end of *text. False: not there. */
static bool
cut_same_client(const struct matcher *m, struct str *text)
{
	size_t n = client_key.n + m->client.n;

	if (m->client.p == NULL || text->n <= n ||
	    memcmp(text->p + text->n - n, m->client.p - client_key.n, n) != 0)
		return false;
	text->n -= n;
	return true;
}

/* Takes another one off, if there is one. False when it is no address. */
static bool
cut_client(struct matcher *m, struct str *text)
{
	const char *space = text->n > 0 ? memrchr(text->p, ' ', text->n) : NULL;
	size_t n = space == NULL ? 0 : text->n - (size_t)(space - text->p);
	struct str client;
	struct addr addr;

	if (n <= client_key.n || memcmp(space, client_key.p, client_key.n) != 0)
		return true;
	client = (struct str){ space + client_key.n, n - client_key.n };
	if (!addr_parse_canonical(client, &addr))
		return false;
	m->client = client;
	text->n -= n;
	return true;
}

/*
 * What decides about a line, of which the rest, from NAME on, is given: all but the client, where
 * that comes last. It is absent when it is too long to be kept, or the client is no address.
 */
static struct str
question_of(struct matcher *m, struct str rest)
{
	if (rest.n > VERDICT_CACHE_MAX || (!cut_same_client(m, &rest) && !cut_client(m, &rest)))
		return ABSENT;
	return rest;
}

void
matcher_take(struct matcher *m, struct matcher_run *r)
{
	struct str rest = r->first;
	struct answer a;

	r->lines = 1;
	r->more = 0;
	if ((r->why = answer_parse_head(&rest, &a)) != NULL)
		return;
	r->address = (size_t)(a.address.p - r->first.p);
	r->rest = r->address + a.address.n;
	r->model = model_of(r->first.p, a.address, a.addr.family);
	r->name = r->first.n - rest.n;
	r->question = question_of(m, rest);
	if (r->question.p != NULL)
		r->hash = verdict_cache_hash(&m->memo, r->question);
}

/*
 * Where ADDRESS ends, if the text is as the run's first line up to there, and it is one, if a space
 * follows; or 0. Mostly its last part alone differs from that of the model, which is the line
 * itself after it was not so.
 */
static size_t
find_rest(struct matcher_run *r, struct str ahead)
{
	size_t start = r->address, part = r->model.last_part, n;
	struct str rest, address;
	struct addr addr;

	/* The end of TIME first: there they differ, if they do. */
	if (ahead.n <= start || str_eight(ahead.p + start - 8) != str_eight(r->first.p + start - 8))
		return 0;
	if (part > 0 && ahead.n > part && memcmp(ahead.p, r->model.line, part) == 0) {
		rest = (struct str){ ahead.p + part, ahead.n - part };
		if ((n = addr_part_length(rest, r->model.family)) > 0)
			return part + n;
	}
	if (memcmp(ahead.p, r->first.p, start) != 0)
		return 0;
	rest = (struct str){ ahead.p + start, ahead.n - start };
	if (!str_split(&rest, ' ', &address) || !addr_parse_canonical(address, &addr))
		return 0;
	r->model = model_of(ahead.p, address, addr.family);
	return start + address.n;
}

void
matcher_join(struct matcher_run *r, struct str ahead, size_t most)
{
	struct str rest;
	size_t at, end;

	if (r->why != NULL)
		return;
	rest = (struct str){ r->first.p + r->rest, r->first.n - r->rest };
	while (r->lines < most && (at = find_rest(r, ahead)) > 0) {
		end = at + rest.n;
		if (ahead.n <= end || end >= ANSWER_MAX || ahead.p[end] != '\n' ||
		    memcmp(ahead.p + at, rest.p, rest.n) != 0)
			return;
		r->lines++;
		r->more += end + 1;
		ahead = (struct str){ ahead.p + end + 1, ahead.n - end - 1 };
	}
}

void
matcher_fetch(struct matcher *m, const struct matcher_run runs[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (runs[i].why == NULL && runs[i].question.p != NULL)
			verdict_cache_fetch(&m->memo, runs[i].hash);
	m->client = ABSENT;	/* its text may go */
}

bool
matcher_next(const struct matcher_run *r, struct str *line)
{
	const char *end = r->first.p + r->first.n + 1 + r->more, *next;

	if (line->p == NULL) {
		*line = r->first;
		return true;
	}
	next = line->p + line->n + 1;
	if (next == end)
		return false;
	*line = (struct str){ next,
	    (size_t)((const char *)memchr(next, '\n', (size_t)(end - next)) - next) };
	return true;
}

/* Asks the lists, and makes the keys of what they say. */
static void
ask_lists(struct matcher *m, const struct answer *a)
{
	static uint32_t rules[DOMSET_LISTS_MAX];
	static struct buf tag = BUF(ANSWER_MAX), rule = BUF(ANSWER_MAX);
	uint64_t limits = lists_regex_limits(m->set);

	buf_cut(&tag, 0);
	buf_cut(&rule, 0);
	lists_decide(m->set, a->name, m->question_only ? ABSENT : a->via, rules);
	m->unsure = lists_regex_limits(m->set) != limits;
	lists_describe(m->set, rules, &tag, &rule);
	if (tag.len == 0)
		return;
	keyval_put(&m->keys, STR("tag"), buf_view(&tag));
	keyval_put(&m->keys, STR("rule"), buf_view(&rule));
	m->keys.overflow |= tag.overflow || rule.overflow;
}

/* In fewer bytes there are fewer keys than a line may have. */
#define ROOM_FOR_KEY (3 * KEYVAL_MAX - 1)

/*
 * Whether what was said of a run's question holds for every line that has it, with a client at its
 * end or without: those with one are bad when the question has a client, or all keys that a line
 * may have. What has tag or rule gets another tail; what has `first` does not come again. A regular
 * expression that was given up may be switched off the next time.
 */
static bool
is_to_keep(const struct matcher *m, const struct matcher_run *r, const struct answer *a)
{
	bool cut = r->name + r->question.n < r->first.n;

	return r->question.p != NULL && !m->unsure && a->tag.p == NULL && a->rule.p == NULL &&
	    a->first < 0 && !m->keys.overflow &&
	    (cut || (a->client.p == NULL && a->keys.n < ROOM_FOR_KEY));
}

/* Decides about a run: as before, where its question was met and found good before. */
static const char *
decide(struct matcher *m, const struct matcher_run *r)
{
	struct str rest = { r->first.p + r->name, r->first.n - r->name }, keys;
	struct answer a;
	const char *why;

	buf_cut(&m->keys, 0);
	buf_cut(&m->tail, 0);
	if (r->question.p != NULL && verdict_cache_find(&m->memo, r->hash, r->question, &keys)) {
		buf_str(&m->keys, keys);
		return NULL;
	}
	if ((why = answer_parse_tail(rest, &a)) != NULL)
		return why;
	ask_lists(m, &a);
	if (a.tag.p != NULL || a.rule.p != NULL)
		answer_retag_tail(&a, buf_view(&m->keys), &m->tail);
	if (is_to_keep(m, r, &a))
		verdict_cache_keep(&m->memo, r->hash, r->question, buf_view(&m->keys));
	return NULL;
}

const char *
matcher_read(struct matcher *m, const struct matcher_run *r)
{
	const char *why = r->why != NULL ? r->why : decide(m, r);

	m->matched = why == NULL && m->keys.len > 0;
	return why;
}

bool
matcher_put(const struct matcher *m, const struct matcher_run *r, struct str line, struct buf *out)
{
	/* Only what is before it differs in length. */
	size_t name = r->name + line.n - r->first.n;

	if (m->keys.overflow || m->tail.overflow)
		return false;
	if (m->tail.len > 0) {
		if (name + m->tail.len > ANSWER_MAX)
			return false;
		buf_put(out, line.p, name);
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
