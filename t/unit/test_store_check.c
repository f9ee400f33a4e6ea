#include "in_store.h"
#include "store/store_private.h"

static char damage[512];
static size_t damages;

static void
note_damage(const char *what, void *context)
{
	(void)context;
	snprintf(damage, sizeof(damage), "%s", what);
	damages++;
}

/* Checks that this damage is reported (NULL: none), and closes the store. */
static void
check_damage(struct store *s, const char *expected)
{
	damages = 0;
	ck_assert(store_check(s, note_damage, NULL) == (expected == NULL));
	ck_assert_uint_eq(damages, expected != NULL);
	if (expected != NULL)
		ck_assert_str_eq(damage, expected);
	store_close(s);
}

static void
delete_record(struct store *s, char kind, uint32_t number)
{
	uint8_t key[STORE_FILE_KEY_SIZE];

	ck_assert_int_eq(tdb_delete(s->file.tdb, store_file_key(key, kind, number)), 0);
}

START_TEST(an_intact_file_passes)
{
	enter_folder();
	check_damage(store_of_three(), NULL);
	check_damage(open_store(STORE_READ), NULL);
	leave_folder();
}
END_TEST

START_TEST(a_record_of_another_kind_is_reported)
{
	struct store *s;
	uint8_t key[STORE_FILE_KEY_SIZE];

	enter_folder();
	s = store_of_three();
	tdb_store(s->file.tdb, store_file_key(key, 'x', 1), store_file_datum("data", 4), 0);
	check_damage(s, "unknown record of 4 bytes");
	leave_folder();
}
END_TEST

START_TEST(a_slot_beyond_the_last_is_reported)
{
	struct store *s;
	uint8_t key[STORE_FILE_KEY_SIZE];

	enter_folder();
	s = store_of_three();
	tdb_store(s->file.tdb, store_file_key(key, 's', 100), store_file_datum("data", 4), 0);
	check_damage(s, "unknown record of 4 bytes");
	leave_folder();
}
END_TEST

START_TEST(a_missing_slot_is_reported)
{
	struct store *s;

	enter_folder();
	s = store_of_three();
	delete_record(s, STORE_DIRECTORY_SLOT_KEY, 50);
	check_damage(s, "found 99 of 100 slots and 1 of 1 pages of the directory");
	leave_folder();
}
END_TEST

START_TEST(a_damaged_segment_is_reported)
{
	enter_folder();
	store_close(store_of_three());
	ck_assert_uint_ge(change_file("db", "h25.example", "X25.example", 11), 1);
	check_damage(open_store(STORE_READ), "damaged: segment in slot 2: wrong checksum");
	leave_folder();
}
END_TEST

START_TEST(segments_with_the_same_number_are_reported)
{
	struct store *s;

	enter_folder();
	s = store_of_three();
	must(store_write(s, 3, 3, segment_of(3, 1, 31, 40)));
	must(store_commit(s));
	check_damage(s, "the segments in slots 2 and 3 have the same sequence number");
	leave_folder();
}
END_TEST

UNIT_MAIN("store_check", an_intact_file_passes, a_record_of_another_kind_is_reported,
    a_slot_beyond_the_last_is_reported, a_missing_slot_is_reported, a_damaged_segment_is_reported,
    segments_with_the_same_number_are_reported)
