/* Reads lists from a temporary directory. */
#include "match/list_files.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char directory[] = "/tmp/dnstap-bgp-unit.XXXXXX", path[64];
static struct list_files lists;
static struct lists_set set;

static void
begin(const char *text)
{
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/x.list", directory);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	lists = (struct list_files){ .max_warnings = 2 };
}

static void
end(void)
{
	list_files_close(&lists);
	unlink(path);
	ck_assert_int_eq(rmdir(directory), 0);
}

static const char *
open_words(char *const words[], size_t n)
{
	lists = (struct list_files){ 0 };
	return list_files_open(&lists, words, n);
}

START_TEST(a_word_has_tag_path_and_exception_mark)
{
	char *const words[] = { "/a/b.c.list", "t=/a/b", "!c", "!u=d=e", "/a=b/.x", "a,b=f" };
	static const struct {
		const char *tag, *path;
		bool excepts;
	} expected[] = { { "b.c", "/a/b.c.list", false }, { "t", "/a/b", false },
		{ "c", "c", true }, { "u", "d=e", true }, { ".x", "/a=b/.x", false },
		{ "a\\044b", "f", false } };

	ck_assert_ptr_null(open_words(words, 6));
	for (size_t i = 0; i < 6; i++) {
		ck_assert_str_eq(lists.sources[i].tag, expected[i].tag);
		ck_assert_str_eq(lists.sources[i].path, expected[i].path);
		ck_assert_int_eq(lists.sources[i].excepts, expected[i].excepts);
	}
	list_files_close(&lists);
}
END_TEST

START_TEST(a_list_without_a_tag_is_refused)
{
	char *const words[] = { "a", "!=b" };

	ck_assert_str_eq(open_words(words, 2), "=b");
}
END_TEST

START_TEST(entries_are_counted_and_bad_lines_are_skipped)
{
	char *words[] = { path };

	begin("x.com\r\n# comment\n\nx.com\na..b\ny.com z.com\n=y.com\nlast.org");
	ck_assert_ptr_null(list_files_open(&lists, words, 1));
	ck_assert(list_files_check(&lists));
	for (int i = 0; i < 2; i++) {
		ck_assert(list_files_build(&lists, &set));
		ck_assert_uint_eq(lists_entries(&set), 3);
		ck_assert_uint_eq(set.bad_entries, 2);
		ck_assert(!lists.sources[0].is_kept);
		lists_set_free(&set);
	}
	end();
}
END_TEST

START_TEST(kept_lines_are_used_again)
{
	char *words[] = { path };

	begin("x.com\ny.com");
	ck_assert_ptr_null(list_files_open(&lists, words, 1));
	lists.keep = true;
	for (int i = 0; i < 2; i++) {
		ck_assert(list_files_build(&lists, &set));
		ck_assert_uint_eq(lists_entries(&set), 2);
		ck_assert(str_eq(buf_view(&lists.sources[0].text), STR("x.com\ny.com\n")));
		lists_set_free(&set);
		ck_assert_int_eq(truncate(path, 0), 0);
	}
	end();
}
END_TEST

START_TEST(a_pipe_is_read_once)
{
	char *words[] = { path };
	int fds[2];

	begin("");
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "x.com\n", 6), 6);
	close(fds[1]);
	unlink(path);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	ck_assert_ptr_null(list_files_open(&lists, words, 1));
	for (int i = 0; i < 2; i++) {
		ck_assert(list_files_build(&lists, &set));
		ck_assert_uint_eq(lists_entries(&set), 1);
		lists_set_free(&set);
	}
	close(fds[0]);
	end();
}
END_TEST

START_TEST(lists_without_entries_are_an_error)
{
	char *words[] = { path }, exception[80];

	begin("# nothing\n");
	ck_assert_ptr_null(list_files_open(&lists, words, 1));
	ck_assert(!list_files_build(&lists, &set));
	list_files_close(&lists);
	snprintf(exception, sizeof(exception), "!%s", path);
	words[0] = exception;
	ck_assert_ptr_null(list_files_open(&lists, words, 1));
	ck_assert(!list_files_build(&lists, &set));
	end();
}
END_TEST

START_TEST(an_unreadable_or_binary_list_is_an_error)
{
	char *words[] = { path, "t=/nonexistent" };

	begin("\x1f\x8b\x08 gzip\n");
	ck_assert_ptr_null(list_files_open(&lists, words, 1));
	ck_assert(!list_files_build(&lists, &set));
	list_files_close(&lists);
	ck_assert_ptr_null(list_files_open(&lists, words, 2));
	ck_assert(!list_files_check(&lists));
	ck_assert(!list_files_build(&lists, &set));
	end();
}
END_TEST

static void
write_names(int n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < n; i++)
		fprintf(f, "n%d.example\n", i);
	fclose(f);
}

/* Reads the list again with n names; returns the messages on stderr. */
static const char *
rebuild(int n)
{
	static char said[1024];
	FILE *to = tmpfile();
	int before = dup(STDERR_FILENO);

	ck_assert_ptr_nonnull(to);
	ck_assert_int_ge(dup2(fileno(to), STDERR_FILENO), 0);
	write_names(n);
	if (list_files_build(&lists, &set))
		lists_set_free(&set);
	ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
	close(before);
	rewind(to);
	said[fread(said, 1, sizeof(said) - 1, to)] = '\0';
	fclose(to);
	return said;
}

START_TEST(a_list_that_lost_more_than_half_is_reported)
{
	char *words[] = { path };

	begin("");
	ck_assert_ptr_null(list_files_open(&lists, words, 1));
	ck_assert_str_eq(rebuild(10000), "");
	ck_assert_str_eq(rebuild(5000), "");
	ck_assert_ptr_nonnull(strstr(rebuild(2499),
	    "x.list: 2,499 entries, before 5,000; is the list complete?\n"));
	ck_assert_str_eq(rebuild(0), "dnstap-bgp: lists: no entries\n");
	ck_assert_str_eq(rebuild(1250), "");
	lists.max_warnings = 0;
	ck_assert_str_eq(rebuild(1), "");
	end();
}
END_TEST

UNIT_MAIN("list_files", a_list_that_lost_more_than_half_is_reported,
    a_word_has_tag_path_and_exception_mark, a_list_without_a_tag_is_refused,
    entries_are_counted_and_bad_lines_are_skipped, kept_lines_are_used_again, a_pipe_is_read_once,
    lists_without_entries_are_an_error, an_unreadable_or_binary_list_is_an_error)
