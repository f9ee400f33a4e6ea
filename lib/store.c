#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>		/* tdb.h asks for it */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <tdb.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "name.h"

/*
 * Keys: a byte that says the family (4 or 6), the address's bytes, the name. Values: last and first (64 bits,
 * microseconds), TTL (32), the lengths of tag, rule and via (16 each), and their texts; absent is empty.
 * All numbers are in network order. The one key of a single zero byte holds version (32) and the text of LIFE.
 */
#define VERSION_OF_FILE 2
#define META_KEY "\0"
#define META_HEAD 4
#define VALUE_HEAD 26
#define KEY_MAX (1 + 16 + NAME_STRLEN)

/* A chain a bucket; tdb never changes it. Half a megabyte, and chains of eight at a million pairs. */
#define HASH_BUCKETS 131071

const char store_in_use[] = "in use by another ipcache";

struct store {
	struct tdb_context *tdb;
	char life[LIFE_TEXT_MAX + 1];
	bool failed;		/* something in this transaction */
	struct buf key, value;
};

static const char *
reason(const char *what)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(errno));
	return text;
}

__attribute__((format(printf, 3, 4))) static void
log_tdb(struct tdb_context *tdb, enum tdb_debug_level level, const char *format, ...)
{
	char text[512];
	va_list args;

	if (level > TDB_DEBUG_ERROR)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text[strcspn(text, "\n")] = '\0';
	log_warn("%s: %s", tdb_name(tdb), text);
}

static struct tdb_context *
open_tdb(const char *path, int flags)
{
	struct tdb_logging_context logging = { log_tdb, NULL };

	return tdb_open_ex(path, HASH_BUCKETS, TDB_INCOMPATIBLE_HASH, flags | O_CLOEXEC, 0600, &logging, NULL);
}

static TDB_DATA
datum(const void *data, size_t n)
{
	return (TDB_DATA){ .dptr = (unsigned char *)data, .dsize = n };
}

static void
put_u64(struct buf *b, uint64_t value)
{
	buf_u32(b, (uint32_t)(value >> 32));
	buf_u32(b, (uint32_t)value);
}

static uint64_t
get(const uint8_t **p, int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *(*p)++;
	return value;
}

static int
put_meta(struct tdb_context *tdb, const char *life)
{
	struct buf meta = BUF(META_HEAD + LIFE_TEXT_MAX);
	int rc;

	buf_u32(&meta, VERSION_OF_FILE);
	buf_str(&meta, str_of(life));
	rc = tdb_store(tdb, datum(META_KEY, 1), datum(meta.data, meta.len), 0);
	buf_free(&meta);
	return rc;
}

static bool
take_life(struct store *s, struct str text)
{
	struct life life;

	if (text.n > 0 && life_parse(text, &life) != NULL)
		return false;
	memcpy(s->life, text.p, text.n);
	s->life[text.n] = '\0';
	return true;
}

static const char *
read_meta(struct store *s)
{
	TDB_DATA meta = tdb_fetch(s->tdb, datum(META_KEY, 1));
	const uint8_t *p = meta.dptr;
	const char *why = NULL;

	if (p == NULL || meta.dsize < META_HEAD)
		why = "not a cache of ipcache";
	else if (get(&p, META_HEAD) != VERSION_OF_FILE)
		why = "a cache of another version of ipcache";
	else if (!take_life(s, (struct str){ (const char *)p, meta.dsize - META_HEAD }))
		why = "a damaged cache: its LIFE makes no sense";
	free(meta.dptr);
	return why;
}

/*
 * A new file gets its name when it is complete, so that a crash leaves no half of one; link(2), unlike
 * rename(2), does not replace one that somebody else made meanwhile.
 */
static const char *
create(const char *path)
{
	char beside[4096];
	struct tdb_context *tdb;
	const char *why = NULL;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.%ld", path, (long)getpid()) >= sizeof(beside))
		return "path too long";
	unlink(beside);
	tdb = open_tdb(beside, O_RDWR | O_CREAT | O_EXCL);
	if (tdb == NULL)
		why = reason("cannot be made");
	else if (put_meta(tdb, "") != 0 || fsync(tdb_fd(tdb)) != 0)
		why = reason("cannot be written");
	if (tdb != NULL)
		tdb_close(tdb);
	if (why == NULL && link(beside, path) != 0 && errno != EEXIST)
		why = reason("cannot be made");
	unlink(beside);
	return why;
}

/* tdb makes an empty database of whatever it is allowed to create: so it never is, on a file that exists. */
static const char *
open_existing(struct store *s, const char *path, enum store_mode mode)
{
	s->tdb = open_tdb(path, O_RDWR);
	if (s->tdb == NULL)
		return errno == EIO || errno == EINVAL ? "not a tdb file, or a damaged one" :
		    reason("cannot be opened");
	if (mode != STORE_READ && flock(tdb_fd(s->tdb), LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? store_in_use : reason("cannot be locked");
	return read_meta(s);
}

const char *
store_open(struct store **opened, const char *path, enum store_mode mode)
{
	struct store *s;
	const char *why;
	struct stat st;

	if (mode == STORE_CREATE && stat(path, &st) != 0 && errno == ENOENT && (why = create(path)) != NULL)
		return why;
	s = mem_zero(1, sizeof(*s));
	s->key = BUF(KEY_MAX);
	s->value = BUF(VALUE_HEAD + 3 * ANSWER_MAX);
	why = open_existing(s, path, mode);
	if (why != NULL)
		store_close(s);
	else
		*opened = s;
	return why;
}

void
store_close(struct store *s)
{
	if (s->tdb != NULL)
		tdb_close(s->tdb);
	buf_free(&s->key);
	buf_free(&s->value);
	free(s);
}

const char *
store_life(const struct store *s)
{
	return s->life;
}

static void
encode_key(struct store *s, const struct answer *a)
{
	buf_cut(&s->key, 0);
	buf_byte(&s->key, a->addr.family);
	buf_put(&s->key, a->addr.bytes, addr_size(a->addr.family));
	buf_str(&s->key, a->name);
}

static void
encode_value(struct store *s, const struct answer *a)
{
	buf_cut(&s->value, 0);
	put_u64(&s->value, (uint64_t)a->time);
	put_u64(&s->value, (uint64_t)a->first);
	buf_u32(&s->value, a->ttl);
	buf_u16(&s->value, (uint16_t)a->tag.n);
	buf_u16(&s->value, (uint16_t)a->rule.n);
	buf_u16(&s->value, (uint16_t)a->via.n);
	buf_str(&s->value, a->tag);
	buf_str(&s->value, a->rule);
	buf_str(&s->value, a->via);
}

static bool
decode_key(TDB_DATA key, struct answer *a)
{
	size_t size;

	if (key.dsize < 1 || (key.dptr[0] != ADDR_V4 && key.dptr[0] != ADDR_V6))
		return false;
	size = addr_size(key.dptr[0]);
	if (key.dsize <= 1 + size || !addr_from_bytes(&a->addr, key.dptr + 1, size))
		return false;
	a->name = (struct str){ (char *)key.dptr + 1 + size, key.dsize - 1 - size };
	return name_is_canonical(a->name);
}

static struct str
take_text(const uint8_t **p, size_t n)
{
	struct str text = { n > 0 ? (const char *)*p : NULL, n };

	*p += n;
	return text;
}

/* It can stand in a line. */
static bool
is_value(struct str text)
{
	return text.n == 0 || (str_is_printable(text) && memchr(text.p, ' ', text.n) == NULL);
}

static bool
decode_value(TDB_DATA value, struct answer *a)
{
	const uint8_t *p = value.dptr;
	size_t tag, rule, via;

	if (value.dsize < VALUE_HEAD)
		return false;
	a->time = (int64_t)get(&p, 8);
	a->first = (int64_t)get(&p, 8);
	a->ttl = (uint32_t)get(&p, 4);
	tag = get(&p, 2);
	rule = get(&p, 2);
	via = get(&p, 2);
	if (value.dsize != VALUE_HEAD + tag + rule + via || a->time < 0 || a->time > TIME_MAX ||
	    a->first < 0 || a->first > TIME_MAX || a->ttl > ANSWER_TTL_MAX)
		return false;
	a->tag = take_text(&p, tag);
	a->rule = take_text(&p, rule);
	a->via = take_text(&p, via);
	return is_value(a->tag) && is_value(a->rule) && is_value(a->via);
}

struct visit {
	void (*each)(const struct answer *a, void *context);
	void *context;
	uint64_t *bad;
};

static int
visit(struct tdb_context *tdb, TDB_DATA key, TDB_DATA value, void *context)
{
	struct visit *v = context;
	struct answer a = { 0 };

	(void)tdb;
	if (key.dsize == 1)
		return 0;
	if (decode_key(key, &a) && decode_value(value, &a))
		v->each(&a, v->context);
	else
		++*v->bad;
	return 0;
}

/* One lock for all, instead of a system call or two a record. */
const char *
store_each(struct store *s, void (*each)(const struct answer *a, void *context), void *context, uint64_t *bad)
{
	struct visit v = { each, context, bad };
	int n;

	*bad = 0;
	if (tdb_lockall_read(s->tdb) != 0)
		return tdb_errorstr(s->tdb);
	n = tdb_traverse_read(s->tdb, visit, &v);
	tdb_unlockall_read(s->tdb);
	return n < 0 ? tdb_errorstr(s->tdb) : NULL;
}

const char *
store_begin(struct store *s)
{
	s->failed = false;
	return tdb_transaction_start(s->tdb) != 0 ? tdb_errorstr(s->tdb) : NULL;
}

void
store_put(struct store *s, const struct answer *a)
{
	encode_key(s, a);
	encode_value(s, a);
	if (s->key.overflow || s->value.overflow ||
	    tdb_store(s->tdb, datum(s->key.data, s->key.len), datum(s->value.data, s->value.len), 0) != 0)
		s->failed = true;
}

void
store_remove(struct store *s, const struct answer *a)
{
	encode_key(s, a);
	if (tdb_delete(s->tdb, datum(s->key.data, s->key.len)) != 0 && tdb_error(s->tdb) != TDB_ERR_NOEXIST)
		s->failed = true;
}

void
store_wipe(struct store *s)
{
	if (tdb_wipe_all(s->tdb) != 0 || put_meta(s->tdb, s->life) != 0)
		s->failed = true;
}

const char *
store_commit(struct store *s)
{
	if (s->failed) {
		tdb_transaction_cancel(s->tdb);
		return "a record could not be written";
	}
	/* tdb tells no cause of its own: it may be any that writing has. */
	return tdb_transaction_commit(s->tdb) != 0 ? "the transaction failed: is the disk full?" : NULL;
}

const char *
store_set_life(struct store *s, const char *life)
{
	const char *why;

	if (strcmp(s->life, life) == 0)
		return NULL;
	if (!take_life(s, str_of(life)))
		return "no LIFE";
	if ((why = store_begin(s)) != NULL)
		return why;
	s->failed = put_meta(s->tdb, life) != 0;
	return store_commit(s);
}
