#include "in_store.h"
#include "store/store_private.h"

static size_t
pairs_in(const char *path)
{
	struct store *s;
	size_t n;

	copy_file(path, "copy");
	must(store_open(&s, "copy", STORE_READ));
	n = count_pairs(s);
	store_close(s);
	return n;
}

/* A store after a failed sync. */
static struct store *
store_in_doubt(void)
{
	struct store *s = store_of_three();

	store_file_doubt(&s->file, NULL);
	ck_assert(store_is_doubtful(s));
	return s;
}

START_TEST(a_file_in_doubt_is_not_written)
{
	struct store *s;

	enter_folder();
	s = store_in_doubt();
	copy_file("db", "before");
	ck_assert_str_eq(store_write(s, 0, 4, segment_of(4, 4, 1, 5)), "an earlier fsync failed");
	ck_assert_str_eq(store_commit(s), "an earlier fsync failed");
	store_close(s);
	ck_assert_int_eq(system("cmp -s db before"), 0);
	leave_folder();
}
END_TEST

START_TEST(a_new_file_gets_its_name_with_its_first_commit)
{
	struct store *s;
	int fd;

	enter_folder();
	s = store_in_doubt();
	must(store_renew(s));
	ck_assert(!store_is_doubtful(s));
	must(store_write(s, 0, 4, segment_of(4, 4, 1, 5)));
	ck_assert_uint_eq(pairs_in("db"), 30);
	must(store_commit(s));
	ck_assert_uint_eq(pairs_in("db"), 5);
	ck_assert(!is_file("db.new"));
	ck_assert_ptr_eq(store_file_lock("db", &fd), store_in_use);
	must(store_write(s, 1, 5, segment_of(5, 4, 6, 10)));
	must(store_commit(s));
	store_close(s);
	ck_assert_uint_eq(pairs_in("db"), 10);
	leave_folder();
}
END_TEST

START_TEST(a_new_file_in_doubt_is_replaced_also)
{
	struct store *s;

	enter_folder();
	s = store_in_doubt();
	must(store_renew(s));
	store_file_doubt(&s->file, NULL);
	must(store_renew(s));
	must(store_write(s, 0, 4, segment_of(4, 4, 1, 5)));
	must(store_commit(s));
	ck_assert_uint_eq(pairs_in("db"), 5);
	store_close(s);
	leave_folder();
}
END_TEST

START_TEST(an_unfinished_new_file_is_removed)
{
	struct store *s;
	int fd;

	enter_folder();
	s = store_in_doubt();
	must(store_renew(s));
	ck_assert(is_file("db.new"));
	ck_assert_ptr_eq(store_file_lock("db", &fd), store_in_use);
	store_close(s);
	ck_assert(!is_file("db.new"));
	ck_assert_uint_eq(pairs_in("db"), 30);
	must(store_file_lock("db", &fd));
	close(fd);
	leave_folder();
}
END_TEST

START_TEST(an_existing_file_is_not_created_again)
{
	enter_folder();
	store_close(store_of_three());
	must(store_create_absent("db"));
	ck_assert_uint_eq(pairs_in("db"), 30);
	must(store_create_absent("other"));
	ck_assert_uint_eq(pairs_in("other"), 0);
	ck_assert_str_eq(store_create_absent("missing/db"),
	    "cannot be created: No such file or directory");
	leave_folder();
}
END_TEST

START_TEST(a_failed_shrink_changes_nothing)
{
	struct store *s;
	uint32_t moved[100];

	enter_folder();
	s = store_of_three();
	s->directory.seqs[1] = 9;	/* differs from the segment, so copying fails */
	ck_assert_ptr_nonnull(store_shrink(s, moved));
	ck_assert(!is_file("db.new"));
	s->directory.seqs[1] = 2;
	must(store_shrink(s, moved));
	ck_assert(moved[2] == 2 && moved[3] == STORE_SLOT_NONE);
	store_close(s);
	ck_assert_uint_eq(pairs_in("db"), 30);
	leave_folder();
}
END_TEST

UNIT_MAIN("store_replace", a_file_in_doubt_is_not_written,
    a_new_file_gets_its_name_with_its_first_commit, a_new_file_in_doubt_is_replaced_also,
    an_unfinished_new_file_is_removed, an_existing_file_is_not_created_again,
    a_failed_shrink_changes_nothing)
