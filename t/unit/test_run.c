#include "ipcache/run.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control.h"
#include "unit.h"

static char folder[] = "/tmp/test_run.XXXXXX";
static struct martians guard = { .seed = 1 };
static struct run_options options = { .db = "db", .life_text = "1h",
    .life = { .fixed = 3600 * SECOND }, .sync_interval = SECOND, .guard = &guard };
static char output[4096];	/* stdout of the last run */

static void
enter_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void
clean_folder(void)
{
	const char *const names[] = { "db", "db.sock", "stats", "tap", "comments" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
set_stdin(const char *text)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], text, strlen(text)), (int)strlen(text));
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
}

/* Calls run() in a child process, which enters a sandbox. Returns the exit status. */
static int
run_with(const char *input)
{
	int ends[2], status;
	ssize_t n;
	pid_t child;

	set_stdin(input);
	ck_assert_int_eq(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		const char *why;

		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		why = run(&options, &status);
		if (why != NULL)
			fprintf(stderr, "%s\n", why);
		exit(why != NULL ? 3 : status);
	}
	close(ends[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	n = read(ends[0], output, sizeof(output) - 1);
	output[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The line of an answer that was seen `age` seconds ago. */
static const char *
answer(int age, const char *rest)
{
	static char line[200];

	snprintf(line, sizeof(line), "%lld.000000 %s\n", (long long)(clock_wall() / SECOND) - age,
	    rest);
	return line;
}

static void
check_refused(const char *expected)
{
	int status;
	const char *why = run(&options, &status);

	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strncmp(why, expected, strlen(expected)) == 0, "%s", why);
	ck_assert_int_ne(access("db.sock", F_OK), 0);
}

START_TEST(a_run_writes_the_routes_of_its_answers)
{
	enter_folder();
	ck_assert_int_eq(run_with(answer(0, "11.0.0.1 60 a.example tag=t rule=a.example")), 0);
	ck_assert_str_eq(output,
	    "end-of-rib\nannounce 11.0.0.1/32 tag=t name=a.example\n");
	ck_assert_int_ne(access("db.sock", F_OK), 0);
	clean_folder();
}
END_TEST

START_TEST(a_second_run_begins_with_the_routes_of_the_first)
{
	enter_folder();
	ck_assert_int_eq(run_with(answer(0, "11.0.0.1 60 a.example")), 0);
	ck_assert_int_eq(run_with(""), 0);
	ck_assert_str_eq(output, "announce 11.0.0.1/32 name=a.example\nend-of-rib\n");
	clean_folder();
}
END_TEST

/* Also across batches of lines (CACHE_EXPECT_MAX). */
START_TEST(a_barrier_follows_the_routes_of_earlier_answers)
{
	struct buf lines = BUF(64 * 1024), expected = BUF(64 * 1024);
	char text[100];

	enter_folder();
	buf_str(&expected, STR("end-of-rib\n"));
	for (int i = 1; i <= 60; i++) {
		snprintf(text, sizeof(text), "11.0.0.%d 60 a.example", i);
		buf_str(&lines, str_of(answer(0, text)));
		snprintf(text, sizeof(text), "announce 11.0.0.%d/32 name=a.example\n", i);
		buf_str(&expected, str_of(text));
		if (i % 7 != 0)
			continue;
		snprintf(text, sizeof(text), "# barrier b-%d\n", i);
		buf_str(&lines, str_of(text));
		buf_str(&expected, str_of(text));
	}
	buf_byte(&lines, '\0');
	buf_byte(&expected, '\0');
	ck_assert_int_eq(run_with(lines.data), 0);
	ck_assert_str_eq(output, expected.data);
	buf_free(&lines);
	buf_free(&expected);
	clean_folder();
}
END_TEST

START_TEST(a_refused_answer_has_no_route)
{
	enter_folder();
	ck_assert_int_eq(run_with(answer(4000, "11.0.0.1 60 a.example")), 0);
	ck_assert_str_eq(output, "end-of-rib\n");
	ck_assert_int_eq(run_with("nonsense\n"), 0);
	ck_assert_str_eq(output, "end-of-rib\n");
	clean_folder();
}
END_TEST

START_TEST(comments_are_appended_to_a_file_after_the_start)
{
	char text[100];
	FILE *f;

	enter_folder();
	fclose(fopen("comments", "w"));
	options.comments = "comments";
	ck_assert_int_eq(run_with("# note\n# barrier 1\n# barrier\n"), 0);
	f = fopen("comments", "r");
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	ck_assert_str_eq(text, "# end-of-rib\n# note\n# barrier\n");
	ck_assert_str_eq(output, "end-of-rib\n# barrier 1\n");
	clean_folder();
}
END_TEST

START_TEST(the_counters_are_in_the_stats_file_at_the_end)
{
	char text[2000];
	FILE *f;

	enter_folder();
	options.stats = "stats";
	options.limits.pairs = 7;
	ck_assert_int_eq(run_with(answer(0, "11.0.0.1 60 a.example")), 0);
	f = fopen("stats", "r");
	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	ck_assert_ptr_nonnull(strstr(text, " pairs=1 addresses=1 max_pairs=7 "));
	ck_assert_ptr_nonnull(strstr(text, " lines=1 new=1 "));
	ck_assert_ptr_nonnull(strstr(text, " announced=1 withdrawn=0 "));
	clean_folder();
}
END_TEST

START_TEST(files_that_cannot_be_opened_are_reasons)
{
	enter_folder();
	options.comments = "none/comments";
	check_refused("--comments none/comments: ");
	options.tap = "none/tap";
	check_refused("--tap none/tap: ");
	options.stats = "/dev/null";
	check_refused("--stats /dev/null: ");
	ck_assert_int_ne(access("db", F_OK), 0);
	clean_folder();
}
END_TEST

START_TEST(a_db_that_cannot_be_created_is_a_reason)
{
	enter_folder();
	options.db = "none/db";
	check_refused("none/db: ");
	clean_folder();
}
END_TEST

START_TEST(a_db_of_another_run_is_a_reason)
{
	static const struct service service;
	struct control control;
	int status;

	enter_folder();
	ck_assert_ptr_null(control_open(&control, "db.sock", &service));
	ck_assert_str_eq(run(&options, &status), "db: in use by another ipcache run");
	ck_assert_int_eq(access("db.sock", F_OK), 0);
	control_close(&control);
	clean_folder();
}
END_TEST

START_TEST(a_path_too_long_for_a_socket_is_a_reason)
{
	static char path[110];

	enter_folder();
	memset(path, 'x', sizeof(path) - 1);
	options.db = path;
	check_refused(path);
	unlink(path);
	clean_folder();
}
END_TEST

START_TEST(a_damaged_db_is_a_reason_and_leaves_no_socket)
{
	FILE *f;

	enter_folder();
	f = fopen("db", "w");
	fputs("the file of another program", f);
	fclose(f);
	ck_assert_int_eq(run_with(""), 3);
	ck_assert_int_ne(access("db.sock", F_OK), 0);
	clean_folder();
}
END_TEST

UNIT_MAIN("run", a_run_writes_the_routes_of_its_answers,
    a_second_run_begins_with_the_routes_of_the_first,
    a_barrier_follows_the_routes_of_earlier_answers, a_refused_answer_has_no_route,
    comments_are_appended_to_a_file_after_the_start, the_counters_are_in_the_stats_file_at_the_end,
    files_that_cannot_be_opened_are_reasons, a_db_that_cannot_be_created_is_a_reason,
    a_db_of_another_run_is_a_reason, a_path_too_long_for_a_socket_is_a_reason,
    a_damaged_db_is_a_reason_and_leaves_no_socket)
