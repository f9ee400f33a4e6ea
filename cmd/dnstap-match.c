/*
 * dnstap-match: passes the answer lines whose names are in lists of domains, and adds tag and rule:
 * the lists and entries that match. A thread reads the lists (list_loader.h), at the start and at
 * each SIGHUP.
 *
 * - No line is read before the first set of lists is complete.
 * - After a failed reload the old set stays active. A comment line in the output marks each reload,
 *   so that the reader of the output knows which lists a line was matched with.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "io/file.h"
#include "io/filter.h"
#include "io/sandbox.h"
#include "io/stats.h"
#include "line/answer.h"
#include "match/explain.h"
#include "match/list_loader.h"
#include "match/list_test.h"
#include "match/matcher.h"

#define LAST_WAIT (5 * SECOND)	/* time left to load the first set after SIGTERM or SIGINT */
#define TEST_SIZE_MAX (256 * 1024 * 1024)

enum mode { FILTER, CHECK, EXPLAIN, TEST };

static struct {
	enum matcher_pass pass;
	bool question_only;
	bool check_only;	/* --check-options */
	const char *tap;
	enum mode mode;
	struct str *names;	/* names to explain; owned, with their texts */
	size_t names_n, names_cap;
	const char *test;
} options;

static struct filter filter;
static struct stats stats;
static struct mirror tap;
static struct merges merges;
static struct list_files lists = { .max_warnings = 10 };
static struct lists_set active;
static struct matcher matcher;
static struct list_loader loader;
static bool reload_due;		/* SIGHUP arrived after the last start of the loader */

static const char usage[] =
    "usage: dnstap-match [-v | -a] [-q] [-S FILE] [-T FIFO] [!][TAG=]LIST ...\n"
    "       dnstap-match -c | -e NAME ... | -t FILE [!][TAG=]LIST ...\n"
    "Passes the answer lines on stdin whose name, or a target of its CNAMEs, is in a\n"
    "LIST, and adds tag= (the lists) and rule= (their entries). Names in a !LIST are\n"
    "excluded from all lists.\n"
    "  -v, --invert        pass the lines that do not match\n"
    "  -a, --all           pass all lines\n"
    "  -q, --question      match only the queried name, not the targets of CNAMEs\n"
    "  -c, --check         check the lists, and exit\n"
    "      --check-options check the options and that the lists are readable, and exit\n"
    "  -e, --explain NAME  print the entries that match NAME, and exit\n"
    "  -t, --test FILE     check that each NAME in FILE gets its TAGS, and exit\n"
    "  -S, --stats FILE    write counters to FILE every 10 s\n"
    "      --merge FIFO    read lines also from FIFO (repeatable)\n"
    "  -T, --tap FIFO      copy the output to FIFO while it has a reader\n"
    "      --max-warnings N\n"
    "                      report at most N bad lines of each kind and LIST [10]\n"
    "  -h, --help          print this help\n"
    "  -V, --version       print the version\n"
    "SIGHUP reloads the lists. See dnstap-match(1).\n";

enum { CHECK_OPTIONS = UINT8_MAX + 1, MAX_WARNINGS, MERGE };	/* options without a letter */

static const struct option long_options[] = {
	{ "check-options", no_argument, NULL, CHECK_OPTIONS },
	{ "invert", no_argument, NULL, 'v' },
	{ "all", no_argument, NULL, 'a' },
	{ "question", no_argument, NULL, 'q' },
	{ "check", no_argument, NULL, 'c' },
	{ "explain", required_argument, NULL, 'e' },
	{ "test", required_argument, NULL, 't' },
	{ "stats", required_argument, NULL, 'S' },
	{ "tap", required_argument, NULL, 'T' },
	{ "help", no_argument, NULL, 'h' },
	{ "max-warnings", required_argument, NULL, MAX_WARNINGS },
	{ "merge", required_argument, NULL, MERGE },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
set_mode(enum mode mode)
{
	if (options.mode != FILTER && options.mode != mode)
		log_misuse("more than one of -c, -e and -t given");
	options.mode = mode;
}

static void
add_name(const char *word)
{
	struct list_entry e;
	const char *why = list_question(str_of(word), &e);

	if (why != NULL)
		log_misuse("-e %s: %s", word, why);
	options.names = mem_grow(options.names, options.names_n, &options.names_cap,
	    sizeof(*options.names));
	options.names[options.names_n++] = (struct str){ mem_dup(e.name.p, e.name.n), e.name.n };
}

static void
set_test(const char *path)
{
	if (options.test != NULL)
		log_misuse("-t %s: only one FILE can be given", path);
	set_mode(TEST);
	options.test = path;
}

static void
set_max_warnings(const char *word)
{
	if (!num_parse(str_of(word), UINT32_MAX, &lists.max_warnings))
		log_misuse("--max-warnings %s: not a number", word);
}

__attribute__((noreturn)) static void
print_and_exit(const char *text)
{
	fputs(text, stdout);
	exit(0);
}

static void
set_option(int c)
{
	switch (c) {
	case 'v':
		options.pass = MATCHER_OTHERS;
		break;
	case 'a':
		options.pass = MATCHER_ALL;
		break;
	case 'q':
		options.question_only = true;
		break;
	case 'c':
		set_mode(CHECK);
		break;
	case CHECK_OPTIONS:
		options.check_only = true;
		break;
	case 'e':
		set_mode(EXPLAIN);
		add_name(optarg);
		break;
	case 't':
		set_test(optarg);
		break;
	case 'S':
		log_require("--stats", optarg, stats_keep(&stats, optarg));
		break;
	case 'T':
		options.tap = optarg;
		break;
	case MERGE:
		log_require("--merge", optarg, merges_add(&merges, optarg));
		break;
	case MAX_WARNINGS:
		set_max_warnings(optarg);
		break;
	case 'h':
		print_and_exit(usage);
	case 'V':
		print_and_exit("dnstap-match " VERSION "\n");
	default:
		log_try_help();
	}
}

static void
parse_options(int argc, char **argv)
{
	const char *unnamed;
	int c;

	while ((c = getopt_long(argc, argv, "vaqce:t:S:T:hV", long_options, NULL)) != -1)
		set_option(c);
	if (argc == optind && !options.check_only)
		log_misuse("no LIST given");
	if (argc - optind > DOMSET_LISTS_MAX)
		log_misuse("%d lists given; at most %d are possible", argc - optind,
		    DOMSET_LISTS_MAX);
	unnamed = list_files_open(&lists, argv + optind, (size_t)(argc - optind));
	if (unnamed != NULL)
		log_misuse("%s: the file name gives no tag; write TAG=LIST", unnamed);
}

static void
open_files(void)
{
	const char *why = merges_open(&merges, ANSWER_MAX - 1);

	if (why != NULL)
		log_die("--merge %s", why);
	if (options.tap != NULL)
		log_require("--tap", options.tap, mirror_open(&tap, options.tap));
}

/* The lists are read inside the sandbox, where PCRE2 must be able to compile machine code. */
static void
confine(void)
{
	struct sandbox sandbox;
	const char *why;

	sandbox_open(&sandbox, SANDBOX_COMPILES);
	for (size_t i = 0; i < lists.n; i++)
		sandbox_allow(&sandbox, lists.sources[i].path, SANDBOX_READ);
	sandbox_allow(&sandbox, options.test, SANDBOX_READ);
	sandbox_allow(&sandbox, stats.path, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, tap.path, SANDBOX_WRITE);
	why = sandbox_enter(&sandbox);
	if (why != NULL)
		log_die("%s", why);
}

static void
match_lines(void)
{
	struct str line;

	while (filter_line(&filter, &line)) {
		size_t mark = filter.out.buf.len;
		const char *why = matcher_line(&matcher, line, &filter.out.buf);

		if (why != NULL)
			filter_bad(&filter, why);
		else if (filter.out.buf.len > mark)
			filter_end_line(&filter, mark);
	}
}

static void
note_reload(void)
{
	const char *path = lists.reading;

	reload_due = true;
	if (loader.running)
		log_warn("SIGHUP while %s was being read; reading the lists again afterwards",
		    path != NULL ? path : "the last list");
}

/* Appends a comment behind all lines that were matched with the old lists. */
static void
put_reload_comment(const char *outcome)
{
	size_t mark = filter.out.buf.len;

	buf_str(&filter.out.buf, STR("# dnstap-match: "));
	buf_str(&filter.out.buf, str_of(outcome));
	buf_byte(&filter.out.buf, '\n');
	filter_end_line(&filter, mark);
}

static void
report_reload_failure(void)
{
	log_error("lists: reload failed; the old lists stay active");
	put_reload_comment("reload failed");
}

static void
start_reload(void)
{
	reload_due = false;
	if (!list_loader_start(&loader))
		report_reload_failure();
}

static void
finish_reload(void)
{
	struct lists_set new;
	bool good;

	if (!list_loader_take(&loader, &filter.loop, &new, &good))
		return;
	if (!good) {
		report_reload_failure();
		return;
	}
	lists_set_free(&active);
	active = new;
	matcher_use(&matcher, &active);
	put_reload_comment("lists in force");	/* dnstap-bgp(8) reads this line */
	log_info("lists reloaded: %zu entries", lists_entries(&active));
}

/*
 * Waits for the first set. Returns false when the lists cannot be loaded, or are not loaded within
 * LAST_WAIT after a signal: a list that is a pipe may never end.
 */
static bool
wait_for_lists(void)
{
	int64_t end = NEVER;
	bool good = false;

	if (!list_loader_start(&loader))
		return false;
	do {
		loop_begin(&filter.loop);
		list_loader_turn(&loader, &filter.loop);
		loop_wake(&filter.loop, end);
		loop_wait(&filter.loop);
		if ((loop_signalled(SIGTERM) || loop_signalled(SIGINT)) && end == NEVER)
			end = clock_mono() + LAST_WAIT;
		if (list_loader_take(&loader, &filter.loop, &active, &good)) {
			if (end != NEVER)
				raise(SIGTERM);	/* repeat it, so that the filter drains stdin */
			return good;
		}
	} while (clock_mono() < end);
	log_error("terminated by a signal while loading the lists");
	return false;
}

static void
print_match_counters(FILE *to)
{
	const struct stats_counter all[] = {
		{ "lines", matcher.lines },
		{ "matched", matcher.matched },
		{ "passed", matcher.passed },
		{ "bad_lines", filter.bad_lines },
		{ "entries", lists_entries(&active) },
		{ "bad_entries", active.bad_entries },
		{ "regex_limits", lists_regex_limits(&active) },
		{ "regex_off", lists_regexes_off(&active) },
	};

	stats_line(to, NULL, all, sizeof(all) / sizeof(all[0]));
}

static int
filter_lines(void)
{
	int status;

	matcher_open(&matcher, options.pass, options.question_only);
	matcher_use(&matcher, &active);
	for (;;) {
		filter_begin(&filter);
		stats_turn(&stats, &filter.loop);
		list_loader_turn(&loader, &filter.loop);
		if (!filter_wait(&filter))
			break;
		if (loop_signalled(SIGHUP))
			note_reload();
		finish_reload();
		if (reload_due && !loader.running)
			start_reload();
		match_lines();
	}
	stats_close(&stats);
	matcher_close(&matcher);
	status = filter_close(&filter);
	mirror_close(&tap);
	merges_close(&merges);
	return status == 0 && matcher.passed == 0 ? 1 : status;
}

static int
run_filter(void)
{
	const char *why;
	int status = 2;

	filter_open(&filter, ANSWER_MAX - 1);
	filter.merges = &merges;
	filter.out.tap = &tap;
	stats.print = print_match_counters;
	why = list_loader_open(&loader, &lists);
	if (why != NULL)
		log_die("pipe: %s", why);
	if (wait_for_lists())
		status = filter_lines();
	if (loader.running)
		exit(status);	/* the thread still uses the lists */
	return status;
}

static int
explain_names(void)
{
	struct buf out = BUF(SIZE_MAX);
	bool tagged = explain(&lists, options.names, options.names_n, &out);

	fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	return tagged ? 0 : 1;
}

static int
test_lines(struct str text)
{
	struct list_test t;
	const char *why;
	int status = 0;

	list_test_open(&t, &active, text);
	for (; list_test_next_failure(&t, &why); status = 1) {
		if (why != NULL)
			log_warn("%s:%lu: %s", options.test, t.line, why);
		else
			printf("%s:%lu: %.*s: %.*s instead of %.*s\n", options.test, t.line,
			    (int)t.name.n, t.name.p, (int)t.found.n, t.found.p,
			    (int)t.expected.n, t.expected.p);
	}
	if (t.names > 0)
		return status;
	log_error("%s: contains no test; write lines of the form NAME TAGS", options.test);
	return 2;
}

static int
test_lists(void)
{
	struct buf text = BUF(TEST_SIZE_MAX);
	bool seekable;
	int error = file_read(options.test, &text, &seekable), status = 2;

	if (error != 0)
		log_error("%s: %s", options.test, strerror(error));
	else
		status = test_lines(buf_view(&text));
	buf_free(&text);
	return status;
}

static int
inspect_lists(void)
{
	int status;

	lists.keep = options.mode == EXPLAIN;
	if (!list_files_build(&lists, &active))
		return 2;
	if (options.mode == CHECK)
		status = active.bad_entries > 0;
	else
		status = options.mode == EXPLAIN ? explain_names() : test_lists();
	if (fflush(stdout) != 0 || ferror(stdout))
		log_die("stdout: %s", strerror(errno));
	return status;
}

static void
release(void)
{
	lists_set_free(&active);
	list_files_close(&lists);
	for (size_t i = 0; i < options.names_n; i++)
		free((char *)options.names[i].p);
	free(options.names);
}

int
main(int argc, char **argv)
{
	int status;

	log_open("dnstap-match");
	parse_options(argc, argv);
	if (options.check_only)
		return list_files_check(&lists) ? 0 : 2;
	open_files();
	confine();
	status = options.mode == FILTER ? run_filter() : inspect_lists();
	release();
	return status;
}
