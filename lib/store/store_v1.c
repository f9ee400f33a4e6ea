/*
 * Version 1 has a tdb record for each pair, with numbers in network order. Key: family (4 or 6, one
 * byte), bytes of the address, name. Value: times of the last and first sighting (64 bits each,
 * microseconds), TTL (32), lengths of tag, rule and via (16 each), and these texts, empty if
 * absent.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "line/name.h"
#include "store/bytes.h"
#include "store/store_private.h"

#define VALUE_HEAD 26

/* --- A record --- */

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
text_at(const char *p, size_t n)
{
	return (struct str){ n > 0 ? p : NULL, n };
}

bool
store_v1_decode(struct str key, struct str value, struct answer *a)
{
	const char *p = value.p;
	size_t tag, rule, via;

	*a = (struct answer){ 0 };
	if (!decode_key(key, a) || value.n < VALUE_HEAD)
		return false;
	a->time = (int64_t)bytes_get(p, 8);
	a->first = (int64_t)bytes_get(p + 8, 8);
	a->ttl = (uint32_t)bytes_get(p + 16, 4);
	tag = bytes_get(p + 20, 2);
	rule = bytes_get(p + 22, 2);
	via = bytes_get(p + 24, 2);
	if (value.n != VALUE_HEAD + tag + rule + via || a->time < 0 || a->time > TIME_MAX ||
	    a->first < 0 || a->first > a->time || a->ttl > ANSWER_TTL_MAX)
		return false;
	a->tag = text_at(p + VALUE_HEAD, tag);
	a->rule = text_at(p + VALUE_HEAD + tag, rule);
	a->via = text_at(p + VALUE_HEAD + tag + rule, via);
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

/* Locking the whole file saves system calls for each record. */
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

/* --- Upgrade --- */

/* store_v1_each passes one pair per call. */
static void
upgrade_pair(const struct answer *a, const bool *gone, size_t n, const struct segment_reader *r,
    const struct store_segment *at, void *to)
{
	(void)gone, (void)n, (void)r, (void)at;
	store_append(to, a);
}

const char *
store_v1_upgrade(struct store *s)
{
	struct store *fresh;
	const char *why = store_create_beside(&fresh, s->file.path, &s->directory.terms), *failed;
	struct store_appender *to;

	if (why != NULL)
		return why;
	to = store_append_begin(fresh, 0, 0, 1);
	why = store_v1_each(&s->file, upgrade_pair, to);
	failed = store_append_end(to);
	if (why == NULL && (why = failed) == NULL && (why = store_commit(fresh)) == NULL)
		why = store_replace(s, fresh);
	if (why != NULL)
		store_discard(fresh);
	return why;
}
