#include "store/store_file.h"

#include <sys/file.h>
#include <sys/syscall.h>

#include "in_store.h"
#include "store/bytes.h"
#include "store/store_private.h"

static bool replacing;	/* the next flock() first replaces "db" by "new" */

/* Replaces the function of the C library. */
int
flock(int fd, int operation)
{
	if (replacing)
		ck_assert_int_eq(rename("new", "db"), 0);
	replacing = false;
	return (int)syscall(SYS_flock, fd, operation);
}

START_TEST(the_lock_is_on_the_new_file_if_the_old_one_was_replaced)
{
	struct stat locked, named;
	int fd;

	enter_folder();
	store_close(store_of_three());
	copy_file("db", "new");
	replacing = true;
	must(store_file_lock("db", &fd));
	ck_assert(fstat(fd, &locked) == 0 && stat("db", &named) == 0);
	ck_assert_uint_eq(locked.st_ino, named.st_ino);
	close(fd);
	leave_folder();
}
END_TEST

START_TEST(a_file_has_one_lock)
{
	int fd, other, next;

	enter_folder();
	store_close(store_of_three());
	must(store_file_lock("db", &fd));
	ck_assert_ptr_eq(store_file_lock("db", &other), store_in_use);
	ck_assert_int_eq(other, -1);
	copy_file("db", "new");
	ck_assert_int_eq(rename("new", "db"), 0);
	must(store_file_lock("db", &next));	/* "db" is another file now */
	ck_assert_ptr_eq(store_file_lock("db", &other), store_in_use);
	close(fd);
	close(next);
	must(store_file_lock("db", &fd));
	close(fd);
	leave_folder();
}
END_TEST

START_TEST(the_reason_says_why_a_file_cannot_be_opened)
{
	static const char text[] = "no tdb file";
	struct store_file f;
	int fd;

	enter_folder();
	ck_assert_str_eq(store_file_lock("db", &fd), "cannot be opened: No such file or directory");
	store_file_init(&f, "db");
	ck_assert_str_eq(store_file_open(&f), "cannot be opened: No such file or directory");
	fd = open("db", O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
	ck_assert_str_eq(store_file_open(&f), "damaged, or not a tdb file");
	ck_assert_uint_eq(store_file_size(&f), 0);
	store_file_close(&f);
	leave_folder();
}
END_TEST

/* Simulates an unfinished transaction. Byte 44 of tdb's header locates the undo data. */
static void
pretend_a_transaction(uint32_t size, uint32_t longer)
{
	uint32_t at, record[6];
	int fd = open("db", O_RDWR);

	ck_assert_int_eq(pread(fd, &at, 4, 44), 4);
	ck_assert_int_eq(pread(fd, record, sizeof(record), at), sizeof(record));
	record[2] = size;
	record[3] = 0;		/* nothing to undo */
	record[5] = 0xf53bc0e7;
	ck_assert_int_eq(pwrite(fd, record, sizeof(record), at), sizeof(record));
	ck_assert_int_eq(ftruncate(fd, longer), 0);
	close(fd);
}

START_TEST(an_unfinished_transaction_is_truncated)
{
	struct store_file f;
	struct stat st;
	uint32_t size;

	enter_folder();
	store_close(store_of_three());
	ck_assert_int_eq(stat("db", &st), 0);
	size = (uint32_t)st.st_size;
	for (int writer = 0; writer < 2; writer++) {
		pretend_a_transaction(size, size + 100000);
		store_file_init(&f, "db");
		if (writer)
			must(store_file_lock("db", &f.lock));
		must(store_file_open(&f));
		ck_assert_uint_eq(store_file_size(&f), size);
		ck_assert(!store_file_is_truncated(&f));
		store_file_close(&f);
	}
	leave_folder();
}
END_TEST

START_TEST(a_reader_does_not_truncate_the_transaction_of_a_writer)
{
	struct store_file f;
	struct stat st;
	int fd;

	enter_folder();
	store_close(store_of_three());
	ck_assert_int_eq(stat("db", &st), 0);
	pretend_a_transaction((uint32_t)st.st_size, (uint32_t)st.st_size + 100000);
	must(store_file_lock("db", &fd));
	store_file_init(&f, "db");
	must(store_file_open(&f));
	ck_assert_uint_eq(store_file_size(&f), (uint64_t)st.st_size + 100000);
	store_file_close(&f);
	close(fd);
	leave_folder();
}
END_TEST

START_TEST(a_file_in_doubt_is_closed)
{
	struct store_file f;
	uint8_t key[STORE_FILE_KEY_SIZE];

	enter_folder();
	store_close(store_of_three());
	copy_file("db", "copy");
	store_file_init(&f, "db");
	must(store_file_open(&f));
	ck_assert_int_eq(tdb_transaction_start(f.tdb), 0);
	ck_assert_int_eq(tdb_store(f.tdb, store_file_key(key, 's', 1), store_file_datum("x", 1),
	    0), 0);
	ck_assert_str_eq(store_file_doubt(&f, "why"), "why");
	ck_assert(f.doubtful && f.tdb == NULL);
	ck_assert_int_eq(system("cmp -s db copy"), 0);
	store_file_close(&f);
	leave_folder();
}
END_TEST

START_TEST(after_a_failure_the_file_is_truncated_to_its_old_size)
{
	struct store_file f;
	struct stat st;

	enter_folder();
	store_file_init(&f, "db");
	must(store_file_create(&f));
	must(store_file_lock("db", &f.lock));
	ck_assert_int_eq(ftruncate(f.lock, 100000), 0);
	ck_assert(store_file_abort(&f, 50000));
	ck_assert_ptr_null(f.tdb);
	ck_assert(stat("db", &st) == 0 && st.st_size == 50000);
	store_file_close(&f);
	leave_folder();
}
END_TEST

START_TEST(a_key_has_a_kind_and_a_number)
{
	uint8_t key[STORE_FILE_KEY_SIZE];
	char out[STORE_FILE_PATH_MAX], long_path[STORE_FILE_PATH_MAX];
	TDB_DATA data = store_file_key(key, 's', 0x01020304);

	ck_assert_uint_eq(data.dsize, 5);
	ck_assert_mem_eq(data.dptr, "s\1\2\3\4", 5);
	ck_assert_uint_eq(bytes_get(key + 1, 4), 0x01020304);
	ck_assert_uint_eq(bytes_get("\377\0\0\0\0\0\0\1", 8), 0xff00000000000001);
	ck_assert(store_file_beside("a/db", "new", out));
	ck_assert_str_eq(out, "a/db.new");
	memset(long_path, 'a', sizeof(long_path));
	long_path[STORE_FILE_PATH_MAX - 4] = '\0';
	ck_assert(!store_file_beside(long_path, "new", out));
	long_path[STORE_FILE_PATH_MAX - 5] = '\0';
	ck_assert(store_file_beside(long_path, "new", out));
}
END_TEST

UNIT_MAIN("store_file", the_lock_is_on_the_new_file_if_the_old_one_was_replaced,
    a_file_has_one_lock, the_reason_says_why_a_file_cannot_be_opened,
    an_unfinished_transaction_is_truncated, a_reader_does_not_truncate_the_transaction_of_a_writer,
    a_file_in_doubt_is_closed, after_a_failure_the_file_is_truncated_to_its_old_size,
    a_key_has_a_kind_and_a_number)
