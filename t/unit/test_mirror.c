#include "io/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char path[64];

static struct mirror
make_tap(void)
{
	struct mirror t;

	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof(path), "/tmp/test_mirror.%ld", (long)getpid());
	unlink(path);
	ck_assert_ptr_null(mirror_open(&t, path));
	return t;
}

static int
look(struct mirror *t)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	ck_assert_int_ge(fd, 0);
	t->next = 0;	/* the next attempt is due */
	return fd;
}

static void
end(struct mirror *t)
{
	mirror_close(t);
	unlink(path);
}

static struct str
read_all(int fd, char *text, size_t size)
{
	ssize_t n = read(fd, text, size);

	return (struct str){ text, n > 0 ? (size_t)n : 0 };
}

START_TEST(a_reader_receives_the_output)
{
	struct mirror t = make_tap();
	char text[100];
	struct stat st;
	int fd;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	mirror_show(&t, "unread\n", 7);
	fd = look(&t);
	mirror_show(&t, "a\nb\n", 4);
	ck_assert(str_eq(read_all(fd, text, sizeof(text)), STR("a\nb\n")));
	close(fd);
	mirror_show(&t, "gone\n", 5);
	ck_assert_int_eq(t.fd, -1);
	fd = look(&t);
	mirror_show(&t, "new\n", 4);
	ck_assert(str_eq(read_all(fd, text, sizeof(text)), STR("new\n")));
	close(fd);
	end(&t);
}
END_TEST

/* After a failure, the mirror does not open the FIFO for a tenth of a second. */
START_TEST(the_fifo_is_opened_ten_times_a_second_at_most)
{
	struct mirror t = make_tap();
	int64_t next;

	mirror_show(&t, "a\n", 2);
	next = t.next;
	ck_assert_int_gt(next, 0);
	mirror_show(&t, "a\n", 2);
	ck_assert_int_eq(t.next, next);
	end(&t);
}
END_TEST

/* A slow reader receives whole lines, and the number of missing lines. */
START_TEST(a_slow_reader_loses_whole_lines)
{
	struct mirror t = make_tap();
	int fd = look(&t);
	static char block[10 * 1001], text[2 * 1024 * 1024];
	size_t got = 0, sent = 0;
	unsigned lines = 0, missing = 0;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i % 1001 == 1000 ? '\n' : 'x';
	for (int round = 0; round < 200; round++) {
		mirror_show(&t, block, sizeof(block));
		sent += 10;
		if (round % 20 == 19)	/* the reader reads some bytes */
			got += read_all(fd, text + got, 49999).n;
	}
	do {
		got += read_all(fd, text + got, sizeof(text) - got).n;
		mirror_show(&t, "x\n", 2);
		sent++;
	} while (t.lost > 0 || t.rest.len > 0);
	got += read_all(fd, text + got, sizeof(text) - got).n;
	for (char *p = text, *lf; p < text + got; p = lf + 1) {
		unsigned told;

		lf = memchr(p, '\n', (size_t)(text + got - p));
		ck_assert_ptr_nonnull(lf);
		if (sscanf(p, "# %u lines lost\n", &told) == 1)
			missing += told;
		else if (*p == 'x' && (lf - p == 1000 || lf - p == 1))
			lines++;
		else
			ck_abort_msg("a broken line");
	}
	ck_assert_uint_gt(missing, 0);
	ck_assert_uint_eq(lines + missing, sent);
	close(fd);
	end(&t);
}
END_TEST

START_TEST(a_path_without_a_fifo_is_refused)
{
	struct mirror t;

	ck_assert_str_eq(mirror_open(&t, "/dev/null"), "not a FIFO");
	ck_assert_str_eq(mirror_open(&t, "/nowhere/x"), strerror(ENOENT));
}
END_TEST

UNIT_MAIN("tap", a_path_without_a_fifo_is_refused, a_reader_receives_the_output,
    the_fifo_is_opened_ten_times_a_second_at_most, a_slow_reader_loses_whole_lines)
