/*
 * Commands on a cache that no `ipcache run` uses: their input, effect and reply.
 */
#include "ipcache/command.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "unit.h"

#define NOW (INT64_C(1795392065) * SECOND)

static struct cache *cache;
static size_t routes;
static struct buf out = BUF(64 * 1024 * 1024);

static void
count_route(const struct route *r)
{
	(void)r;
	routes++;
}

static void
skip_pair(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a;
	(void)place;
	(void)why;
}

static void
add_answer(const char *line)
{
	struct answer a;

	ck_assert_ptr_null(answer_parse(str_of(line), &a));
	cache_merge(cache, &a, cache_key(cache, &a), NOW);
}

static void
fill_cache(void)
{
	struct life life;

	ck_assert_ptr_null(life_parse(STR("24h"), &life));
	cache = cache_new(ANY_SEED, &life, count_route, skip_pair);
	add_answer("1795392000.000000 192.0.2.1 60 a.example tag=p rule=a.example");
	add_answer("1795392000.000000 192.0.2.2 60 b.example via=x.example,c.example tag=q "
	    "rule=c.example");
	add_answer("1795392000.000000 2001:db8::1 60 a.example");
}

static const struct command_host *
host(uint64_t run)
{
	static struct command_host h;

	h = (struct command_host){ .cache = cache, .run = run, .life = "24h" };
	return &h;
}

/* Opens a command and passes the lines to it. Each line ends with LF. */
static void
open_with(struct command *c, uint64_t run, const struct control_proto *r, const char *lines)
{
	struct str rest = str_of(lines), line;
	uint64_t number = 0;

	buf_cut(&out, 0);
	command_open(c, host(run), r, &out);
	while (rest.n > 0 && str_split(&rest, '\n', &line) && c->state == COMMAND_TAKES)
		command_line(c, line, ++number, NOW, &out);
	if (c->state == COMMAND_TAKES)
		command_end(c, &out);
}

/* Executes the steps, and checks that each appends a bounded amount. */
static void
finish_steps(struct command *c, int64_t now)
{
	while (c->state == COMMAND_WORKS) {
		size_t before = out.len;

		command_step(c, now, &out);
		ck_assert_uint_le(out.len - before, COMMAND_STEP_MAX);
	}
}

/* The whole reply, NUL-terminated. */
static const char *
reply(uint64_t run, const struct control_proto *r, const char *lines)
{
	struct command c;

	open_with(&c, run, r, lines);
	finish_steps(&c, 0);
	ck_assert_int_eq(c.state, COMMAND_DONE);
	ck_assert_int_eq(command_due(&c), NEVER);
	command_close(&c);
	buf_byte(&out, '\0');
	ck_assert(!out.overflow);
	return out.data;
}

static const struct control_proto export = {.verb = VERB_EXPORT}, import = {.verb = VERB_IMPORT};
static const struct control_proto retag = { .verb = VERB_RETAG }, delete = { .verb = VERB_DELETE };
static const struct control_proto stats = { .verb = VERB_STATS };

#define A4 "1795392000.000000 192.0.2.1 60 a.example tag=p rule=a.example first=1795392000.000000\n"
#define B4 "1795392000.000000 192.0.2.2 60 b.example via=x.example,c.example tag=q " \
	"rule=c.example first=1795392000.000000\n"
#define A6 "1795392000.000000 2001:db8::1 60 a.example first=1795392000.000000\n"

START_TEST(export_finds_addresses_prefixes_and_names)
{
	fill_cache();
	ck_assert_str_eq(reply(0, &export, ""), A4 B4 A6 "!status 0\n");
	ck_assert_str_eq(reply(0, &export, "192.0.2.2\n"), B4 "!status 0\n");
	ck_assert_str_eq(reply(0, &export, "192.0.2.0/24\n"), A4 B4 "!status 0\n");
	ck_assert_str_eq(reply(0, &export, "A.Example.\n"), A4 A6 "!status 0\n");
	ck_assert_str_eq(reply(0, &export, "c.example\n"), B4 "!status 0\n");
	ck_assert_str_eq(reply(0, &export, "example\n"),
	    "!warn example: not in the cache\n!status 1\n");
	ck_assert_str_eq(reply(0, &export, "192.0.2.1\n10.0.0.0/8\n::1\nc.example\n"),
	    A4 B4 "!warn 10.0.0.0/8: not in the cache\n!warn ::1: not in the cache\n!status 1\n");
	ck_assert_str_eq(reply(0, &export, "a..b\n"), "!warn empty label in name\n!status 2\n");
	cache_free(cache);
}
END_TEST

START_TEST(delete_removes_the_pairs_of_its_selectors)
{
	fill_cache();
	ck_assert_str_eq(reply(0, &delete, "a..b\n192.0.2.1\n"),
	    "!warn empty label in name\n!status 2\n");
	ck_assert_str_eq(reply(0, &delete, "c.example\n"),
	    "!warn c.example: not in the cache\n!status 1\n");
	ck_assert_uint_eq(cache_pairs(cache), 3);
	ck_assert_str_eq(reply(0, &delete, "a.example\n"), "!status 0\n");
	ck_assert_str_eq(reply(0, &export, ""), B4 "!status 0\n");
	cache_free(cache);
}
END_TEST

START_TEST(import_merges_answers_and_counts_refusals)
{
	fill_cache();
	ck_assert_str_eq(reply(0, &import,
	    A4 "# comment\n\n1795392001.000000 192.0.2.9 1 n.example\n"), "!status 0\n");
	ck_assert_uint_eq(cache_pairs(cache), 4);
	ck_assert_str_eq(reply(0, &import,
	    "nonsense\n" A4 "1795393000.000000 192.0.2.9 1 n.example\n"
	    "1795000000.000000 192.0.2.9 1 n.example\n"),
	    "!warn line 1: TIME is not seconds with six decimals\n"
	    "!warn line 3: TIME is more than a minute ahead of the clock\n"
	    "!warn not cached: 1 answer older than LIFE (24h): use dnstap-read --now for an "
	    "old capture; "
	    "1 answer dated more than a minute ahead of the clock: set the clock, or use "
	    "dnstap-read --now\n"
	    "!status 0\n");
	cache_free(cache);
}
END_TEST

START_TEST(at_most_a_hundred_bad_lines_are_reported)
{
	struct command c;
	size_t warnings = 0;

	fill_cache();
	open_with(&c, 0, &import, "");
	command_close(&c);
	buf_cut(&out, 0);
	command_open(&c, host(0), &import, &out);
	for (uint64_t i = 1; i <= 1000; i++)
		command_bad_line(&c, i, "line too long", &out);
	for (size_t i = 0; i < out.len; i++)
		warnings += out.data[i] == '\n';
	ck_assert_uint_eq(warnings, 100);
	buf_cut(&out, 0);
	command_end(&c, &out);
	buf_byte(&out, '\0');
	ck_assert_ptr_nonnull(strstr(out.data, "1000 of 1000 lines are malformed"));
	command_close(&c);
	cache_free(cache);
}
END_TEST

START_TEST(retag_sets_tags_and_deletes_pairs_without_one)
{
	fill_cache();
	routes = 0;
	ck_assert_str_eq(reply(0, &retag, "1795392000.000000 192.0.2.1 60 a.example tag=z rule=y\n"
	    "1795392000.000000 2001:db8::1 60 a.example\n1795392000.000000 192.0.2.7 60 a.example "
	    "tag=z\n"), "!status 0\n");
	ck_assert_uint_eq(routes, 2);
	ck_assert_str_eq(reply(0, &export, ""),
	    "1795392000.000000 192.0.2.1 60 a.example tag=z rule=y "
	    "first=1795392000.000000\n" B4 "!status 0\n");
	cache_free(cache);
}
END_TEST

/* Passes lines without a tag for n pairs of a cache that has these pairs and three others. */
static const char *
reply_to_loss(int n, bool force)
{
	const struct control_proto r = { .verb = VERB_RETAG, .force = force };
	struct buf lines = BUF(1024 * 1024);
	const char *found;

	fill_cache();
	for (int i = 0; i < n; i++) {
		char line[100];

		snprintf(line, sizeof(line), "1795392000.000000 10.0.%d.%d 60 n.example\n", i / 250,
		    i % 250);
		buf_str(&lines, str_of(line));
		line[strlen(line) - 1] = '\0';
		add_answer(line);
	}
	buf_byte(&lines, '\0');
	found = reply(0, &r, lines.data);
	buf_free(&lines);
	return found;
}

START_TEST(retag_refuses_to_delete_most_pairs_unless_forced)
{
	ck_assert_str_eq(reply_to_loss(1200, false), "!warn retag: 1,200 of 1,203 pairs match no "
	    "list and are not deleted; check the lists, --force deletes the pairs\n!status 1\n");
	ck_assert_uint_eq(cache_pairs(cache), 1203);
	cache_free(cache);
	ck_assert_str_eq(reply_to_loss(1200, true), "!status 0\n");
	ck_assert_uint_eq(cache_pairs(cache), 3);
	cache_free(cache);
	ck_assert_str_eq(reply_to_loss(900, false), "!status 0\n");
	ck_assert_uint_eq(cache_pairs(cache), 3);
	cache_free(cache);
}
END_TEST

START_TEST(retag_refuses_tags_that_make_a_line_too_long)
{
	static char line[ANSWER_MAX + 1], answer[ANSWER_MAX + 100];
	struct cache_reader reader;
	struct answer a;
	uint32_t pair;

	fill_cache();
	memset(line, 'x', 8200);
	for (size_t i = 9; i < 8199; i += 10)
		line[i] = ',';
	snprintf(answer, sizeof(answer),
	    "1795392000.000000 192.0.2.9 60 long.example via=%.8199s tag=t", line);
	add_answer(answer);
	snprintf(answer, sizeof(answer),
	    "1795392000.000000 192.0.2.9 60 long.example tag=%.8199s", line);
	strcat(answer, "\n");
	ck_assert_ptr_nonnull(strstr(reply(0, &retag, answer),
	    "0 outdated, 1 too long, 0 malformed"));
	cache_attach(cache, &reader, 0);
	while (cache_read(cache, &reader, &a, &pair))
		ck_assert_uint_lt(a.tag.n, 100);
	cache_detach(cache, &reader);
	cache_free(cache);
}
END_TEST

START_TEST(retag_skips_pairs_seen_again_with_another_via)
{
	fill_cache();
	add_answer("1795392009.000000 192.0.2.2 60 b.example via=y.example tag=new");
	ck_assert_str_eq(reply(0, &retag,
	    "1795392000.000000 192.0.2.2 60 b.example via=x.example,c.example\n"),
	    "!warn 1 lines: 0 pairs retagged, 0 deleted, 0 not found; refused: 1 outdated, "
	    "0 too long, 0 malformed\n!status 0\n");
	ck_assert_str_eq(reply(0, &retag,
	    "1795392000.000000 192.0.2.2 60 b.example via=y.example tag=z\n"), "!status 0\n");
	ck_assert_ptr_nonnull(strstr(reply(0, &export, "b.example\n"), " tag=z "));
	cache_free(cache);
}
END_TEST

START_TEST(stats_counts_pairs_by_family)
{
	fill_cache();
	ck_assert_str_eq(reply(0, &stats, ""), "pairs 3\naddresses 3\nipv4_pairs 2\nipv6_pairs 1\n"
	    "oldest 1795392000.000000\nnewest 1795392000.000000\nlife 24h\nrun 0\n!status 0\n");
	cache_free(cache);
}
END_TEST

/* A request for the changes since the serial in a reply. */
static struct control_proto
after(const char *text)
{
	static char word[SERIAL_MAX];
	const char *serial = strstr(text, "# serial ");

	ck_assert_ptr_nonnull(serial);
	ck_assert_int_eq(sscanf(serial, "# serial %39s", word), 1);
	return (struct control_proto){ .verb = VERB_EXPORT, .since = str_of(word) };
}

START_TEST(since_exports_the_changes_after_a_serial)
{
	struct control_proto r = { .verb = VERB_EXPORT, .since = STR("0") };
	const char *text;

	fill_cache();
	text = reply(7, &r, "");
	ck_assert_int_eq(strncmp(text, A4 B4 A6 "# serial 0000000000000007-",
	    strlen(A4 B4 A6) + 26), 0);
	r = after(text);
	text = reply(7, &r, "");
	ck_assert_int_eq(strncmp(text, "# serial ", 9), 0);
	r = after(text);
	add_answer("1795392005.000000 192.0.2.1 60 a.example tag=p rule=a.example");
	text = reply(7, &r, "");
	ck_assert_int_eq(strncmp(text, "1795392005.000000 192.0.2.1 60 a.example ", 41), 0);
	ck_assert_ptr_null(strstr(text, "192.0.2.2"));
	r = after(text);
	ck_assert_int_eq(strncmp(reply(7, &r, ""), "# serial ", 9), 0);
	ck_assert_ptr_nonnull(strstr(reply(8, &r, ""), B4));	/* a serial of another run */
	r.since = STR("0000000000000007-999999");	/* a serial in the future */
	ck_assert_ptr_nonnull(strstr(reply(7, &r, ""), B4));
	r.since = STR("0");
	ck_assert_ptr_nonnull(strstr(reply(0, &r, ""), A6 "# serial 0\n!status 0\n"));	/* no run */
	ck_assert_int_eq(strncmp(reply(7, &r, "none.example\n"), "# serial ", 9), 0);
	cache_free(cache);
}
END_TEST

/* All text that a client of `export --follow` receives up to `now`, NUL-terminated. */
static const char *
follower_reply(struct command *c, int64_t now)
{
	buf_cut(&out, 0);
	while (command_due(c) <= now) {
		command_step(c, now, &out);
		ck_assert_int_ne(c->state, COMMAND_DONE);
	}
	buf_byte(&out, '\0');
	return out.data;
}

START_TEST(a_follower_receives_each_change)
{
	const struct control_proto follow = { .verb = VERB_EXPORT, .follow = true };
	struct command c;
	const char *text;

	fill_cache();
	ck_assert_ptr_nonnull(strstr(reply(0, &follow, ""), "--follow needs one\n!status 2\n"));
	open_with(&c, 7, &follow, "");
	text = follower_reply(&c, 1000 * SECOND);
	ck_assert_int_eq(strncmp(text, A4 B4 A6 "# serial 0000000000000007-",
	    strlen(A4 B4 A6) + 26), 0);
	ck_assert_int_eq(command_due(&c), 1010 * SECOND);
	add_answer("1795392005.000000 192.0.2.7 60 z.example");
	ck_assert_str_eq(follower_reply(&c, 1000 * SECOND + 1), "");
	add_answer("1795392006.000000 192.0.2.7 60 z.example");
	ck_assert_str_eq(follower_reply(&c, 1000 * SECOND + SECOND / 10),
	    "1795392006.000000 192.0.2.7 60 z.example first=1795392005.000000\n");
	ck_assert_int_eq(command_due(&c), 1001 * SECOND);
	ck_assert_int_eq(strncmp(follower_reply(&c, 1001 * SECOND), "# serial ", 9), 0);
	ck_assert_int_eq(command_due(&c), 1011 * SECOND);
	ck_assert_int_eq(strncmp(follower_reply(&c, 1011 * SECOND), "# serial ", 9), 0);
	ck_assert_int_eq(command_due(&c), 1021 * SECOND);
	add_answer("1795392009.000000 192.0.2.8 60 z.example");
	ck_assert_ptr_nonnull(strstr(follower_reply(&c, 2000 * SECOND),
	    "192.0.2.8 60 z.example first=1795392009.000000\n# serial "));
	command_close(&c);
	cache_free(cache);
}
END_TEST

/* An export has all pairs that exist from its start to its end, although others change. */
START_TEST(an_export_is_complete_while_pairs_change)
{
	const struct control_proto r = { .verb = VERB_EXPORT, .since = STR("0") };
	static char line[200];
	static bool seen[20000];
	struct str rest, one;
	struct command c;
	uint32_t i = 0;

	fill_cache();
	for (uint32_t n = 0; n < 20000; n++) {
		snprintf(line, sizeof(line), "1795392000.000000 10.0.%u.%u 60 n%u.example", n / 256,
		    n % 256, n);
		add_answer(line);
	}
	open_with(&c, 7, &r, "");
	while (c.state == COMMAND_WORKS) {
		command_step(&c, 0, &out);
		i = any_below(20000);
		snprintf(line, sizeof(line), "1795392001.000000 10.0.%u.%u 60 n%u.example", i / 256,
		    i % 256, i);
		add_answer(line);
		snprintf(line, sizeof(line), "1795392001.000000 10.1.%u.%u 60 new%u.example",
		    i / 256, i % 256, i);
		add_answer(line);
	}
	command_close(&c);
	ck_assert_int_eq(c.status, 0);
	rest = buf_view(&out);
	while (str_split(&rest, '\n', &one)) {
		snprintf(line, sizeof(line), "%.*s", (int)one.n, one.p);
		if (sscanf(line, "%*s %*s %*s n%u.example", &i) == 1 && i < 20000)
			seen[i] = true;
	}
	for (i = 0; i < 20000; i++)
		ck_assert_msg(seen[i], "n%u.example", i);
	cache_free(cache);
}
END_TEST

/* The processor time of an export with `names` selectors. */
static double
cpu_of_walk(unsigned names)
{
	struct buf words = BUF(1 << 20);
	struct command c;
	struct timespec t[2];

	for (unsigned i = 0; i < names; i++) {
		char name[16];

		buf_put(&words, name, (size_t)snprintf(name, sizeof(name), "m%u\n", i));
	}
	buf_byte(&words, '\0');
	open_with(&c, 0, &export, words.data);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[0]);
	while (c.at < cache_top(cache))
		command_step(&c, 0, &out);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
	command_close(&c);
	buf_free(&words);
	return (double)(t[1].tv_sec - t[0].tv_sec) + (double)(t[1].tv_nsec - t[0].tv_nsec) / 1e9;
}

/* With linear comparisons the export would take about a thousand times as long. */
START_TEST(via_names_are_looked_up_by_hash)
{
	struct buf line = BUF(20000);
	double one, many;

	fill_cache();
	buf_str(&line, STR("1795392000.000000 192.0.2.3 60 c.example via="));
	for (unsigned i = 0; i < 3000; i++) {
		char name[16];

		buf_put(&line, name, (size_t)snprintf(name, sizeof(name), "n%x,", i));
	}
	line.data[line.len - 1] = '\0';
	for (char last = '3'; last <= '9'; last++) {
		line.data[strlen("1795392000.000000 192.0.2.")] = last;
		add_answer(line.data);
	}
	cpu_of_walk(1);
	one = cpu_of_walk(1);
	many = cpu_of_walk(COMMAND_WORDS_MAX);
	ck_assert_msg(many < 50 * one, "%f s instead of %f s", many, one);
	buf_free(&line);
	cache_free(cache);
}
END_TEST

START_TEST(a_name_given_twice_is_one_selector)
{
	fill_cache();
	ck_assert_str_eq(reply(0, &export, "c.example\nC.example\nz.example\nz.example\n"),
	    B4 "!warn z.example: not in the cache\n!status 1\n");
	ck_assert_str_eq(reply(0, &export, "c.example\nx.example\nb.example\n"), B4 "!status 0\n");
	ck_assert_str_eq(reply(0, &delete, "c.example\n"),
	    "!warn c.example: not in the cache\n!status 1\n");
	cache_free(cache);
}
END_TEST

UNIT_MAIN("command", export_finds_addresses_prefixes_and_names,
    delete_removes_the_pairs_of_its_selectors, import_merges_answers_and_counts_refusals,
    at_most_a_hundred_bad_lines_are_reported, retag_sets_tags_and_deletes_pairs_without_one,
    retag_refuses_to_delete_most_pairs_unless_forced,
    retag_refuses_tags_that_make_a_line_too_long, retag_skips_pairs_seen_again_with_another_via,
    stats_counts_pairs_by_family, since_exports_the_changes_after_a_serial,
    a_follower_receives_each_change, an_export_is_complete_while_pairs_change,
    via_names_are_looked_up_by_hash, a_name_given_twice_is_one_selector)
