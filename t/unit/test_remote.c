#include "ipcache/remote.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

#define A "1795392000.000000 11.0.0.1 60 a.example first=1795392000.000000\n"
#define B "1795392000.000000 11.0.0.2 60 b.example first=1795392000.000000\n"

static int printed;		/* the reading end of the pipe at stdout */
static struct command_host host = { .life = "ten years" };

static void
skip_route(const struct route *r)
{
	(void)r;
}

static void
drop_pair(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a, (void)place, (void)why;
}

static void
merge_line(const char *line)
{
	struct answer a;

	ck_assert_ptr_null(answer_parse((struct str){ line, strlen(line) - 1 }, &a));
	cache_merge(host.cache, &a, cache_key(host.cache, &a), a.time);
}

/* Each test is a process: a pipe replaces its stdout. */
static void
open_cache(void)
{
	static const struct life life = { .fixed = INT64_C(315360000) * SECOND };
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	printed = ends[0];
	fcntl(printed, F_SETFL, O_NONBLOCK);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	host.cache = cache_new(1, &life, skip_route, drop_pair);
	merge_line(A);
	merge_line(B);
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

static void
check_printed(const char *expected)
{
	char text[4096];
	ssize_t n = read(printed, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	ck_assert_str_eq(text, expected);
}

static struct remote
request(enum verb verb)
{
	return (struct remote){ .request.verb = verb };
}

static struct remote
request_about(enum verb verb, const char *word)
{
	static struct selector selector;
	struct remote r = request(verb);

	ck_assert_ptr_null(selector_parse(str_of(word), &selector));
	r.words = &selector;
	r.words_n = 1;
	return r;
}

START_TEST(export_prints_the_pairs_of_its_selectors)
{
	struct remote r = request(VERB_EXPORT);

	open_cache();
	ck_assert_int_eq(remote_cache(&r, &host), 0);
	check_printed(A B);
	r = request_about(VERB_EXPORT, "11.0.0.2");
	ck_assert_int_eq(remote_cache(&r, &host), 0);
	check_printed(B);
	cache_free(host.cache);
}
END_TEST

START_TEST(delete_returns_one_when_a_selector_matches_nothing)
{
	struct remote r = request_about(VERB_DELETE, "B.example.");

	open_cache();
	ck_assert_int_eq(remote_cache(&r, &host), 0);
	ck_assert_uint_eq(cache_pairs(host.cache), 1);
	ck_assert_int_eq(remote_cache(&r, &host), 1);
	check_printed("");
	cache_free(host.cache);
}
END_TEST

START_TEST(import_reads_stdin_and_skips_bad_lines)
{
	const struct remote r = request(VERB_IMPORT);

	open_cache();
	set_stdin("nonsense\n1795392000.000000 11.0.0.3 60 c.example\n"
	    "1795392000.000000 11.0.0.4 60 cut");
	ck_assert_int_eq(remote_cache(&r, &host), 0);
	ck_assert_uint_eq(cache_pairs(host.cache), 3);
	cache_free(host.cache);
}
END_TEST

START_TEST(a_stdin_that_cannot_be_read_returns_two)
{
	const struct remote r = request(VERB_IMPORT);

	open_cache();
	dup2(open("/tmp", O_RDONLY | O_DIRECTORY), STDIN_FILENO);
	ck_assert_int_eq(remote_cache(&r, &host), 2);
	cache_free(host.cache);
}
END_TEST

START_TEST(follow_without_a_run_returns_two)
{
	const struct remote r = { .request = { .verb = VERB_EXPORT, .follow = true } };

	open_cache();
	ck_assert_int_eq(remote_cache(&r, &host), 2);
	check_printed("");
	cache_free(host.cache);
}
END_TEST

/* Sends the request to a server that replies with `reply`. `sent` is set to the request. */
static int
ask_run(const struct remote *r, const char *reply, char sent[1000])
{
	int ends[2], status;
	size_t n = 0;
	ssize_t got;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	ck_assert_int_eq(write(ends[1], reply, strlen(reply)), (int)strlen(reply));
	shutdown(ends[1], SHUT_WR);
	status = remote_run(r, ends[0]);
	while ((got = read(ends[1], sent + n, 999 - n)) > 0)
		n += (size_t)got;
	sent[n] = '\0';
	close(ends[1]);
	return status;
}

START_TEST(a_run_gets_the_request_and_its_reply_is_printed)
{
	struct remote r = request_about(VERB_EXPORT, "A.Example");
	char sent[1000];

	open_cache();
	r.request.since = STR("0");
	ck_assert_int_eq(ask_run(&r, A "# serial 0\n!status 1\n", sent), 1);
	ck_assert_str_eq(sent, "ipcache 1 export since=0\na.example\n");
	check_printed(A "# serial 0\n");
	cache_free(host.cache);
}
END_TEST

START_TEST(a_run_that_exits_before_the_status_returns_two)
{
	const struct remote r = request(VERB_STATS);
	char sent[1000];

	open_cache();
	ck_assert_int_eq(ask_run(&r, "pairs 1\n", sent), 2);
	ck_assert_str_eq(sent, "ipcache 1 stats\n");
	check_printed("pairs 1\n");
	cache_free(host.cache);
}
END_TEST

UNIT_MAIN("remote", export_prints_the_pairs_of_its_selectors,
    delete_returns_one_when_a_selector_matches_nothing, import_reads_stdin_and_skips_bad_lines,
    a_stdin_that_cannot_be_read_returns_two, follow_without_a_run_returns_two,
    a_run_gets_the_request_and_its_reply_is_printed, a_run_that_exits_before_the_status_returns_two)
