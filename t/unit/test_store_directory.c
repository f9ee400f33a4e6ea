#include "store/store_directory.h"

#include "in_store.h"
#include "store/store_private.h"

#define PAGE STORE_DIRECTORY_PAGE_SLOTS

static struct store_file f;
static struct store_directory d;

/* Creates a file with the length of two pages of slots, and a directory of PAGE + 1 free slots. */
static void
create_test_file(void)
{
	enter_folder();
	store_file_init(&f, "db");
	must(store_file_create(&f));
	ck_assert_int_eq(truncate("db", (off_t)2 * PAGE * SEGMENT_SIZE), 0);
	d = (struct store_directory){ .version = STORE_VERSION, .terms = { "3h", { 1, 2, 3 } } };
	store_directory_resize(&d, PAGE + 1);
}

static void
remove_test_file(void)
{
	store_directory_free(&d);
	store_file_close(&f);
	leave_folder();
}

static void
write_all(void)
{
	ck_assert(store_directory_write_meta(&d, &f));
	ck_assert(store_directory_write(&d, &f, 0));
	store_directory_clean(&d);
}

static const char *
read_again(struct store_directory *again)
{
	*again = (struct store_directory){ 0 };
	return store_directory_read(again, &f);
}

START_TEST(a_directory_is_read_as_written)
{
	struct store_directory again;

	create_test_file();
	store_directory_set(&d, 0, 1);
	store_directory_set(&d, PAGE - 1, SEGMENT_SEQ_MAX);
	store_directory_set(&d, PAGE, 7);
	write_all();
	must(read_again(&again));
	ck_assert_uint_eq(again.version, STORE_VERSION);
	ck_assert_str_eq(again.terms.life, "3h");
	ck_assert_mem_eq(&again.terms.limits, &d.terms.limits, sizeof(d.terms.limits));
	ck_assert(again.slots == PAGE + 1 && again.pages == 2);
	ck_assert_mem_eq(again.seqs, d.seqs, 2 * PAGE * sizeof(*d.seqs));
	ck_assert(!again.dirty[0] && !again.dirty[1]);
	store_directory_free(&again);
	remove_test_file();
}
END_TEST

START_TEST(only_dirty_pages_from_the_first_on_are_written)
{
	struct store_directory again;

	create_test_file();
	ck_assert(d.dirty[0] && d.dirty[1]);
	write_all();
	d.seqs[0] = 5;		/* does not mark the page as dirty */
	store_directory_set(&d, PAGE, 7);
	ck_assert(!d.dirty[0] && d.dirty[1]);
	ck_assert(store_directory_write(&d, &f, 0));
	must(read_again(&again));
	ck_assert(again.seqs[0] == 0 && again.seqs[PAGE] == 7);
	store_directory_free(&again);
	store_directory_set(&d, 0, 5);
	ck_assert(store_directory_write(&d, &f, 1));
	must(read_again(&again));
	ck_assert_uint_eq(again.seqs[0], 0);
	store_directory_free(&again);
	remove_test_file();
}
END_TEST

START_TEST(new_slots_are_free_and_their_pages_dirty)
{
	create_test_file();
	store_directory_set(&d, 3, 9);
	store_directory_clean(&d);
	store_directory_resize(&d, 3 * PAGE);
	ck_assert_uint_eq(d.seqs[3], 9);
	for (uint32_t i = 2 * PAGE; i < 3 * PAGE; i++)
		ck_assert_uint_eq(d.seqs[i], 0);
	ck_assert(!d.dirty[0] && !d.dirty[1] && d.dirty[2]);
	remove_test_file();
}
END_TEST

static void
check_damage(const char *expected)
{
	struct store_directory again;
	const char *why = read_again(&again);

	ck_assert_ptr_nonnull(why);
	ck_assert_str_eq(why, expected);
	ck_assert(store_is_damage(why));
	store_directory_free(&again);
}

START_TEST(a_damaged_directory_is_refused)
{
	static const char wrong_page[] = "damaged: missing or invalid page of the directory";
	uint8_t key[STORE_FILE_KEY_SIZE];

	create_test_file();
	check_damage("not a cache of ipcache");
	write_all();
	tdb_delete(f.tdb, store_file_key(key, STORE_DIRECTORY_PAGE_KEY, 1));
	check_damage(wrong_page);
	store_directory_set(&d, PAGE + 1, 1);	/* beyond the last slot */
	ck_assert(store_directory_write(&d, &f, 0));
	check_damage(wrong_page);
	store_directory_set(&d, PAGE + 1, 0);
	write_all();
	d.slots = 8 * PAGE;	/* more slots than fit in the file */
	ck_assert(store_directory_write_meta(&d, &f));
	check_damage("damaged: truncated");
	remove_test_file();
}
END_TEST

START_TEST(a_page_with_a_wrong_checksum_is_refused)
{
	static const uint8_t seq[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t other[8] = { 1, 2, 3, 4, 5, 6, 7, 9 };

	create_test_file();
	store_directory_set(&d, 3, 0x0102030405060708);
	write_all();
	ck_assert_uint_eq(change_file("db", seq, other, 8), 1);
	check_damage("damaged: missing or invalid page of the directory");
	remove_test_file();
}
END_TEST

START_TEST(the_first_record_is_parsed)
{
	static const struct {
		struct str meta;
		uint32_t version;
		const char *life;
		uint32_t pairs;
	} cases[] = {
		{ STR(""), 0, "", 0 },
		{ STR("\0\0\0\3"), 0, "", 0 },
		{ STR("\0\0\0\1\0\0\0\0\3\x93\x87\0"), 1, "60s", 0 },
		{ STR("\0\0\0\1\0\0\0\0\0\0\5\xdc"), 1, "1ms", 0 },
		{ STR("\0\0\0\1\0\0\0\0\0\0\0\0"), 1, "", 0 },
		{ STR("\0\0\0\1\0\0\0\0\0\0\0"), 1, "", 0 },
		{ STR("\0\0\0\2\0\0\0\1""2h"), 2, "2h", 0 },
		{ STR("\0\0\0\3\0\0\0\1\0\0\0\7\0\0\0\0\0\0\0\0""2h"), 3, "2h", 7 },
		{ STR("\0\0\0\3\0\0\0\1\0\0\0\7\0\0\0\0\0\0\0\0""2x"), 3, "", 0 },
		{ STR("\0\0\0\3\0\0\0\1\xff\0\0\7\0\0\0\0\0\0\0\0""2h"), 3, "", 0 },
		{ STR("\0\0\0\4\0\0\0\1\0\0\0\7\0\0\0\0\0\0\0\0""2h"), 4, "", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_terms terms;

		ck_assert_uint_eq(store_directory_parse_meta(cases[i].meta, &terms),
		    cases[i].version);
		ck_assert_str_eq(terms.life, cases[i].life);
		ck_assert_uint_eq(terms.limits.pairs, cases[i].pairs);
	}
}
END_TEST

UNIT_MAIN("store_directory", a_directory_is_read_as_written,
    only_dirty_pages_from_the_first_on_are_written, new_slots_are_free_and_their_pages_dirty,
    a_damaged_directory_is_refused, a_page_with_a_wrong_checksum_is_refused,
    the_first_record_is_parsed)
