#include "store/salvage.h"

#include "in_store.h"
#include "store/store_private.h"

static struct salvage found;

static void
write_file(const char *path, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	close(fd);
}

static size_t
pairs_in_db(void)
{
	struct store *s = open_store(STORE_READ);
	size_t n = count_pairs(s);

	store_close(s);
	return n;
}

START_TEST(intact_segments_of_a_damaged_file_are_kept)
{
	enter_folder();
	store_close(store_of_three());
	ck_assert_uint_ge(change_file("db", "h15.example", "X15.example", 11), 1);
	must(salvage("db", false, &found));
	ck_assert_uint_eq(found.segments, 2);
	ck_assert_uint_eq(found.lost, 1);
	ck_assert_uint_eq(found.pairs, 0);
	ck_assert_str_eq(found.kept, "db.damaged");
	ck_assert(is_file("db.damaged") && !is_file("db.new"));
	ck_assert_uint_eq(pairs_in_db(), 20);
	leave_folder();
}
END_TEST

START_TEST(a_second_damaged_file_gets_another_name)
{
	enter_folder();
	for (int i = 0; i < 3; i++) {
		store_close(store_of_three());
		must(salvage("db", false, &found));
		ck_assert_str_eq(found.kept, i == 0 ? "db.damaged" : i == 1 ? "db.damaged.1" :
		    "db.damaged.2");
		ck_assert(is_file(found.kept));
		unlink("db");
	}
	leave_folder();
}
END_TEST

/* Segment 1 is still in its slot, but segment 4 states that the log begins with segment 3. */
START_TEST(segments_before_the_beginning_of_the_log_are_left_out)
{
	struct store *s;

	enter_folder();
	s = store_of_three();
	must(store_write(s, 3, 4, segment_of(4, 3, 31, 40)));
	must(store_commit(s));
	store_close(s);
	must(salvage("db", false, &found));
	ck_assert_uint_eq(found.segments, 2);
	ck_assert_uint_eq(found.lost, 0);
	ck_assert_uint_eq(pairs_in_db(), 20);
	leave_folder();
}
END_TEST

START_TEST(a_file_without_a_cache_is_refused)
{
	static const char text[] = "a text, which is what a wrong path leads to\n";
	static const char zeros[8192];

	enter_folder();
	write_file("db", text, sizeof(text) - 1);
	ck_assert_str_eq(salvage("db", false, &found), "not a cache: no intact record");
	ck_assert_str_eq(salvage("db", true, &found), "not a cache: no intact record");
	write_file("db", zeros, sizeof(zeros));
	ck_assert_str_eq(salvage("db", false, &found), "not a cache: no intact record");
	ck_assert(!is_file("db.damaged"));
	must(salvage("db", true, &found));
	ck_assert_uint_eq(found.segments, 0);
	ck_assert_uint_eq(pairs_in_db(), 0);
	leave_folder();
}
END_TEST

START_TEST(a_tdb_file_of_another_program_is_refused)
{
	struct store_file f;
	uint8_t key[STORE_FILE_KEY_SIZE];

	enter_folder();
	store_file_init(&f, "db");
	must(store_file_create(&f));
	ck_assert_int_eq(tdb_store(f.tdb, store_file_key(key, 'x', 1),
	    store_file_datum("data", 4), 0), 0);
	store_file_close(&f);
	ck_assert_str_eq(salvage("db", true, &found), "a tdb file of another program");
	leave_folder();
}
END_TEST

START_TEST(a_file_that_is_in_use_or_newer_is_refused)
{
	struct store *s;
	uint8_t meta[20] = { 0, 0, 0, 9, 0, 0, 0, 100 };

	enter_folder();
	s = store_of_three();
	ck_assert_ptr_eq(salvage("db", true, &found), store_in_use);
	ck_assert_int_eq(tdb_store(s->file.tdb, store_file_datum("\0", 1),
	    store_file_datum(meta, sizeof(meta)), 0), 0);
	store_close(s);
	ck_assert_str_eq(salvage("db", true, &found), "from a newer ipcache");
	leave_folder();
}
END_TEST

/* The undo data of tdb contain the first record as it was before the last transaction. */
START_TEST(the_latest_terms_are_kept)
{
	static const char *const lives[] = { "24h", "ttl,floor=2h,grace=15m,cap=2d", "48h" };
	struct store_terms terms = { .limits = { .pairs = 1 } };
	struct store *s;

	enter_folder();
	s = store_of_three();
	for (size_t i = 0; i < 3; i++) {
		snprintf(terms.life, sizeof(terms.life), "%s", lives[i]);
		terms.limits.pairs++;
		must(store_set_terms(s, &terms));
		store_close(s);
		must(salvage("db", false, &found));
		s = open_store(STORE_WRITE);
		ck_assert_str_eq(store_terms(s)->life, lives[i]);
		ck_assert_uint_eq(store_terms(s)->limits.pairs, terms.limits.pairs);
		store_close(s);
		ck_assert_int_eq(rename(found.kept, "db"), 0);
		s = open_store(STORE_WRITE);
	}
	store_close(s);
	leave_folder();
}
END_TEST

UNIT_MAIN("salvage", the_latest_terms_are_kept, intact_segments_of_a_damaged_file_are_kept,
    a_second_damaged_file_gets_another_name, segments_before_the_beginning_of_the_log_are_left_out,
    a_file_without_a_cache_is_refused, a_tdb_file_of_another_program_is_refused,
    a_file_that_is_in_use_or_newer_is_refused)
