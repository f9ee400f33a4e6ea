#include "io/fifo.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char path[64];

static void
make_path(void)
{
	snprintf(path, sizeof(path), "/tmp/test_fifo.%ld", (long)getpid());
	unlink(path);
}

START_TEST(a_fifo_is_created_for_its_owner)
{
	struct stat st;

	make_path();
	ck_assert_ptr_null(fifo_create(path));
	ck_assert_ptr_null(fifo_create(path));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	unlink(path);
	ck_assert_str_eq(fifo_create("/dev/null"), "not a FIFO");
	ck_assert_str_eq(fifo_create("/none/x"), "No such file or directory");
}
END_TEST

START_TEST(writers_come_and_go_without_an_end_of_file)
{
	int in, out;
	char text[8];

	make_path();
	ck_assert_ptr_null(fifo_create(path));
	ck_assert_int_eq(fifo_write(path), -1);
	ck_assert_int_ge(in = fifo_read(path), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_ge(out = fifo_write(path), 0);
		ck_assert_int_eq(write(out, "ab\n", 3), 3);
		close(out);
		ck_assert_int_eq(read(in, text, sizeof(text)), 3);
		ck_assert_int_eq(read(in, text, sizeof(text)), -1);
		ck_assert_int_eq(errno, EAGAIN);
	}
	close(in);
	unlink(path);
}
END_TEST

START_TEST(only_a_fifo_is_opened)
{
	ck_assert_int_eq(fifo_write("/dev/null"), -1);
	ck_assert_int_eq(fifo_read("/dev/null"), -1);
	make_path();
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_eq(fifo_write(path), -1);
	unlink(path);
}
END_TEST

UNIT_MAIN("fifo", a_fifo_is_created_for_its_owner, writers_come_and_go_without_an_end_of_file,
    only_a_fifo_is_opened)
