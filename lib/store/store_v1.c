#include "store/store_v1.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "line/name.h"
#include "store/store_private.h"

#define VALUE_HEAD 26

/* --- A record --- */

static uint64_t
decode_number(struct str *rest, size_t bytes)
{
	uint64_t value = store_file_number(rest->p, bytes);

	rest->p += bytes;
	rest->n -= bytes;
	return value;
}

static bool
decode_key(struct str key, struct answer *a)
{
	size_t size;

	if (key.n < 1 || (key.p[0] != ADDR_V4 && key.p[0] != ADDR_V6))
		return false;
	size = addr_size((uint8_t)key.p[0]);
	if (key.n <= 1 + size || !addr_from_bytes(&a->addr, key.p + 1, size))
		return false;
	a->name = (struct str){ key.p + 1 + size, key.n - 1 - size };
	return name_is_canonical(a->name);
}

static struct str
decode_text(struct str *rest, size_t n)
{
	struct str text = { n > 0 ? rest->p : NULL, n };

	rest->p += n;
	rest->n -= n;
	return text;
}

bool
store_v1_decode(struct str key, struct str value, struct answer *a)
{
	size_t tag, rule, via;

	*a = (struct answer){ 0 };
	if (!decode_key(key, a) || value.n < VALUE_HEAD)
		return false;
	a->time = (int64_t)decode_number(&value, 8);
	a->first = (int64_t)decode_number(&value, 8);
	a->ttl = (uint32_t)decode_number(&value, 4);
	tag = decode_number(&value, 2);
	rule = decode_number(&value, 2);
	via = decode_number(&value, 2);
	if (value.n != tag + rule + via || a->time < 0 || a->time > TIME_MAX ||
	    a->first < 0 || a->first > a->time || a->ttl > ANSWER_TTL_MAX)
		return false;
	a->tag = decode_text(&value, tag);
	a->rule = decode_text(&value, rule);
	a->via = decode_text(&value, via);
	return (tag == 0 || answer_is_list(a->tag)) && (rule == 0 || answer_is_list(a->rule)) &&
	    (via == 0 || answer_is_via(a->via)) && answer_has_room(a);
}

/* --- All records --- */

struct visit {
	store_entries_fn *each;
	void *context;
	bool bad;
};

static int
visit_record(struct tdb_context *tdb, TDB_DATA key, TDB_DATA value, void *context)
{
	static const bool gone = false;
	struct visit *v = context;
	struct answer a;

	(void)tdb;
	if (key.dsize == 1)
		return 0;
	if (store_v1_decode((struct str){ (char *)key.dptr, key.dsize },
	    (struct str){ (char *)value.dptr, value.dsize }, &a))
		v->each(&a, &gone, 1, NULL, NULL, v->context);
	else
		v->bad = true;
	return 0;
}

/* One lock for all, instead of a system call or two a record. */
const char *
store_v1_each(const struct store_file *f, store_entries_fn *each, void *context)
{
	struct visit v = { each, context, false };
	int n;

	if (tdb_lockall_read(f->tdb) != 0)
		return store_file_tdb_reason(f, "cannot be locked");
	n = tdb_traverse_read(f->tdb, visit_record, &v);
	tdb_unlockall_read(f->tdb);
	return n < 0 ? store_file_tdb_reason(f, "damaged") : v.bad ? "damaged: invalid record" :
	    NULL;
}

/* --- To the present version --- */

struct upgrade {
	struct store *to;
	struct segment segment;
	uint64_t seq;
	const char *why;
};

static void
write_upgraded(struct upgrade *u)
{
	if (u->why != NULL || u->segment.entries == 0)
		return;
	u->seq++;
	segment_seal(&u->segment, u->seq, 1);
	u->why = store_write(u->to, (uint32_t)u->seq - 1, u->seq, u->segment.data);
	segment_begin(&u->segment);
}

/* Pairs of version 1 come one by one. */
static void
upgrade_pair(const struct answer *a, const bool *gone, size_t n, const struct segment_reader *r,
    const struct store_segment *at, void *context)
{
	struct upgrade *u = context;

	(void)gone, (void)n, (void)r, (void)at;
	if (!segment_put(&u->segment, a)) {
		write_upgraded(u);
		segment_put(&u->segment, a);
	}
}

const char *
store_v1_upgrade(struct store *s)
{
	struct upgrade *u = mem_zero(1, sizeof(*u));
	const char *why = store_create_beside(&u->to, s->file.path, &s->directory.terms);

	if (why == NULL) {
		segment_begin(&u->segment);
		why = store_v1_each(&s->file, upgrade_pair, u);
		write_upgraded(u);
		if (why == NULL && (why = u->why) == NULL && (why = store_commit(u->to)) == NULL)
			why = store_replace(s, u->to);
		if (why != NULL)
			store_discard(u->to);
	}
	free(u);
	return why;
}
