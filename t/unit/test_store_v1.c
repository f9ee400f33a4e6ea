#include "base/buf.h"
#include "in_store.h"
#include "store/store_private.h"

static void
add_number(struct buf *b, uint64_t value, int bytes)
{
	while (bytes-- > 0)
		buf_byte(b, (char)(value >> (8 * bytes)));
}

static void
encode_key(struct buf *key, const struct answer *a)
{
	buf_cut(key, 0);
	buf_byte(key, (char)a->addr.family);
	buf_str(key, (struct str){ (const char *)a->addr.bytes, addr_size(a->addr.family) });
	buf_str(key, a->name);
}

static void
encode_value(struct buf *value, const struct answer *a)
{
	buf_cut(value, 0);
	add_number(value, (uint64_t)a->time, 8);
	add_number(value, (uint64_t)a->first, 8);
	add_number(value, a->ttl, 4);
	add_number(value, a->tag.n, 2);
	add_number(value, a->rule.n, 2);
	add_number(value, a->via.n, 2);
	buf_str(value, a->tag);
	buf_str(value, a->rule);
	buf_str(value, a->via);
}

static struct buf key = BUF(4096), value = BUF(4096);

static struct str
bytes_of(const struct buf *b)
{
	return (struct str){ b->data, b->len };
}

static bool
decodes(const struct answer *a)
{
	struct answer out;

	encode_key(&key, a);
	encode_value(&value, a);
	return store_v1_decode(bytes_of(&key), bytes_of(&value), &out);
}

START_TEST(a_record_is_decoded)
{
	struct answer a = pair_of(7), out;

	a.tag = STR("t,u");
	a.via = STR("v.example");
	encode_key(&key, &a);
	encode_value(&value, &a);
	ck_assert(store_v1_decode(bytes_of(&key), bytes_of(&value), &out));
	ck_assert(str_eq(out.name, STR("h7.example")) && str_eq(out.tag, a.tag));
	ck_assert(out.rule.n == 0 && str_eq(out.via, a.via));
	ck_assert(out.time == a.time && out.first == a.first && out.ttl == 300);
	ck_assert_mem_eq(out.addr.bytes, a.addr.bytes, 4);
	for (size_t n = 0; n < value.len; n++)
		ck_assert(!store_v1_decode(bytes_of(&key), (struct str){ value.data, n }, &out));
	for (size_t n = 0; n <= 5; n++)
		ck_assert(!store_v1_decode((struct str){ key.data, n }, bytes_of(&value), &out));
}
END_TEST

START_TEST(a_record_that_no_line_can_have_is_refused)
{
	struct answer a = pair_of(7);

	ck_assert(decodes(&a));
	a.name = STR("Upper.example");
	ck_assert(!decodes(&a));
	a = pair_of(7);
	a.first = a.time + 1;
	ck_assert(!decodes(&a));
	a = pair_of(7);
	a.ttl = UINT32_MAX;
	ck_assert(!decodes(&a));
	a = pair_of(7);
	a.tag = STR("t,");
	ck_assert(!decodes(&a));
}
END_TEST

/* A file of version 1 with the pairs 1..n and a LIFE of 60 s. */
static void
write_v1(uint32_t n)
{
	static const uint8_t meta[12] = { 0, 0, 0, 1, 0, 0, 0, 0, 3, 0x93, 0x87, 0 };
	struct store_file f;

	store_file_init(&f, "db");
	must(store_file_create(&f));
	tdb_store(f.tdb, store_file_datum("\0", 1), store_file_datum(meta, sizeof(meta)), 0);
	for (uint32_t i = 1; i <= n; i++) {
		struct answer a = pair_of(i);

		encode_key(&key, &a);
		encode_value(&value, &a);
		ck_assert_int_eq(tdb_store(f.tdb, store_file_datum(key.data, key.len),
		    store_file_datum(value.data, value.len), 0), 0);
	}
	store_file_close(&f);
}

static void
fail_test(const char *what, void *context)
{
	(void)context;
	ck_abort_msg("%s", what);
}

START_TEST(a_file_is_upgraded_only_for_writing)
{
	struct store *s;

	enter_folder();
	write_v1(3000);
	for (int i = 0; i < 3; i++) {	/* open for reading, for writing (upgrade), for reading */
		s = open_store(i == 1 ? STORE_WRITE : STORE_READ);
		ck_assert_uint_eq(s->directory.version, i == 0 ? 1 : STORE_VERSION);
		ck_assert_str_eq(store_terms(s)->life, "60s");
		ck_assert_uint_eq(count_pairs(s), 3000);
		ck_assert(store_check(s, fail_test, NULL));
		store_close(s);
	}
	ck_assert(!is_file("db.new"));
	leave_folder();
}
END_TEST

START_TEST(a_file_with_an_invalid_record_is_not_upgraded)
{
	struct store *s;

	enter_folder();
	write_v1(10);
	ck_assert_uint_eq(change_file("db", "h7.example", "H7.example", 10), 1);
	copy_file("db", "copy");
	ck_assert_str_eq(store_open(&s, "db", STORE_WRITE), "damaged: invalid record");
	ck_assert_int_eq(system("cmp -s db copy"), 0);
	ck_assert(!is_file("db.new"));
	leave_folder();
}
END_TEST

UNIT_MAIN("store_v1", a_record_is_decoded, a_record_that_no_line_can_have_is_refused,
    a_file_is_upgraded_only_for_writing, a_file_with_an_invalid_record_is_not_upgraded)
