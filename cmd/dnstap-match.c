/*
 * dnstap-match: passes the answers whose names are in lists of domains, and says which.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "io/filter.h"
#include "io/sandbox.h"
#include "io/stats.h"
#include "line/answer.h"
#include "match/explain.h"
#include "match/list_loader.h"
#include "match/list_test.h"
#include "match/list_files.h"
#include "match/matcher.h"

#define PATIENCE (5 * SECOND)	/* how long the first set is waited for after a signal to end */

enum mode { FILTER, CHECK, EXPLAIN, TEST };

static struct {
	enum matcher_pass pass;
	bool question_only;
	bool check_only;		/* the options, and whether the lists can be read */
	const char *tap;
	enum mode mode;
	struct str *names;	/* to explain */
	size_t names_n, names_cap;
	const char *test;
} options;

static struct filter filter;
static struct stats stats;
static struct mirror tap;
static struct list_files lists = { .max_warnings = 10 };
static struct lists_set in_force;
static struct matcher matcher;
static struct list_loader builder;
static bool reload_due;		/* a HUP has come, and its set is not begun */

static const char usage[] =
    "usage: dnstap-match [-v | -a] [-q] [-S FILE] [-T FIFO] [!][TAG=]LIST ...\n"
    "       dnstap-match -c | -e NAME ... | -t FILE [!][TAG=]LIST ...\n"
    "Passes the answer lines on stdin whose name, or a name in via, is in a LIST,\n"
    "with tag= and rule= to say in which and why. Names in a !LIST get no tag at all.\n"
    "  -v, --invert        pass the others\n"
    "  -a, --all           pass all, tagged or not\n"
    "  -q, --question      look at the name that was asked only, not at via\n"
    "  -c, --check         only check the lists\n"
    "      --check-options check the options and whether the lists can be read, and exit\n"
    "  -e, --explain NAME  only tell which entries match NAME, and which decides\n"
    "  -t, --test FILE     only check the lists against the lines `NAME TAGS` in FILE\n"
    "  -S, --stats FILE    keep counters in FILE\n"
    "  -T, --tap FIFO      show the lines to whoever reads the FIFO, too\n"
    "      --max-warnings N\n"
    "                      report N bad lines of a kind for each LIST [10]\n"
    "  -h, --help          show this\n"
    "  -V, --version       show the version\n"
    "SIGHUP reads the lists again. See dnstap-match(1).\n";

enum { CHECK_OPTIONS = UINT8_MAX + 1, MAX_WARNINGS };	/* have no letter */

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
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* There is one thing to do instead of filtering. */
static void
set_mode(enum mode mode)
{
	if (options.mode != FILTER && options.mode != mode)
		log_misuse("only one of -c, -e and -t can be given");
	options.mode = mode;
}

/* `why` is the reason for which a module refuses the value of an option, or NULL. */
static void
require(const char *option, const char *value, const char *why)
{
	if (why != NULL)
		log_die("%s %s: %s", option, value, why);
}

static void
add_name(const char *word)
{
	struct list_entry e;
	const char *why = list_question(str_of(word), &e);

	if (why != NULL)
		log_die("%s: %s", word, why);
	options.names = mem_grow(options.names, options.names_n, &options.names_cap,
	    sizeof(*options.names));
	options.names[options.names_n++] = (struct str){ mem_dup(e.name.p, e.name.n), e.name.n };
}

static void
set_max_warnings(const char *word)
{
	if (!num_parse(str_of(word), UINT32_MAX, &lists.max_warnings))
		log_die("--max-warnings %s: not a number", word);
}

static void
parse_options(int argc, char **argv)
{
	const char *unnamed;
	int c;

	while ((c = getopt_long(argc, argv, "vaqce:t:S:T:hV", long_options, NULL)) != -1) {
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
			if (options.test != NULL)
				log_misuse("-t %s: a second file of tests", optarg);
			set_mode(TEST);
			options.test = optarg;
			break;
		case 'S':
			require("--stats", optarg, stats_keep(&stats, optarg));
			break;
		case 'T':
			options.tap = optarg;
			break;
		case MAX_WARNINGS:
			set_max_warnings(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("dnstap-match " VERSION);
			exit(0);
		default:
			log_try_help();
		}
	}
	if (argc == optind && !options.check_only)
		log_misuse("no LIST given");
	if (argc - optind > DOMSET_LISTS_MAX)
		log_misuse("%d lists: more than %d", argc - optind, DOMSET_LISTS_MAX);
	unnamed = list_files_open(&lists, argv + optind, (size_t)(argc - optind));
	if (unnamed != NULL)
		log_die("%s: no tag for this list", unnamed);
}

static void
match_lines(void)
{
	struct str line;

	while (filter_line(&filter, &line)) {
		size_t mark = filter.out.buf.len;
		const char *why = answer_is_comment(line) ? NULL :
		    matcher_line(&matcher, line, &filter.out.buf);

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
	if (builder.running)
		log_warn("still loading %s; reloading again afterwards",
		    path != NULL ? path : "the last list");
}

/*
 * So that whoever reads us learns when all that the old lists had let through has come, or that no
 * more will.
 */
static void
put_reload_comment(struct str outcome)
{
	size_t mark = filter.out.buf.len;

	buf_str(&filter.out.buf, STR("# dnstap-match: "));
	buf_str(&filter.out.buf, outcome);
	buf_byte(&filter.out.buf, '\n');
	filter_end_line(&filter, mark);
}

static void
report_reload_failure(void)
{
	log_error("reload failed: the old lists stay in force");
	put_reload_comment(STR("reload failed"));
}

static void
reload_lists(void)
{
	reload_due = false;
	if (!list_loader_start(&builder))
		report_reload_failure();
}

/* Puts a set in force that was built at HUP. */
static void
take_reload(void)
{
	struct lists_set new;
	bool good;

	if (!list_loader_take(&builder, &filter.loop, &new, &good))
		return;
	if (!good) {
		report_reload_failure();
		return;
	}
	lists_set_free(&in_force);
	in_force = new;
	matcher_use(&matcher, &in_force);
	put_reload_comment(STR("lists in force"));
	log_info("lists read again: %zu entries", lists_entries(&in_force));
}

/* The time until which the first set is waited for: a list that is a pipe may never end. */
static int64_t
end_of_patience(int64_t before)
{
	bool term = loop_signalled(SIGTERM), interrupt = loop_signalled(SIGINT);

	return before == NEVER && (term || interrupt) ? clock_mono() + PATIENCE : before;
}

/*
 * Waits for the first set. False when none can be made, or none came in time after a signal to end.
 */
static bool
wait_for_lists(void)
{
	int64_t end = NEVER;
	bool good = false;

	if (!list_loader_start(&builder))
		return false;
	do {
		loop_begin(&filter.loop);
		list_loader_turn(&builder, &filter.loop);
		loop_wake(&filter.loop, end);
		loop_wait(&filter.loop);
		end = end_of_patience(end);
		if (list_loader_take(&builder, &filter.loop, &in_force, &good)) {
			if (end != NEVER)
				raise(SIGTERM);	/* for the filter, which drains stdin first */
			return good;
		}
	} while (clock_mono() < end);
	log_error("terminated while loading the lists");
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
		{ "entries", lists_entries(&in_force) },
		{ "bad_entries", in_force.bad_entries },
		{ "regex_limits", lists_regex_limits(&in_force) },
		{ "regex_off", lists_regexes_off(&in_force) },
	};

	stats_line(to, NULL, all, sizeof(all) / sizeof(all[0]));
}

/* Lines in, lines out, to the end. Returns the exit status. */
static int
filter_lines(void)
{
	int status;

	matcher_open(&matcher, options.pass, options.question_only);
	matcher_use(&matcher, &in_force);
	for (;;) {
		filter_begin(&filter);
		stats_turn(&stats, &filter.loop);
		list_loader_turn(&builder, &filter.loop);
		if (!filter_wait(&filter))
			break;
		if (loop_signalled(SIGHUP))
			note_reload();
		take_reload();
		if (reload_due && !builder.running)
			reload_lists();
		match_lines();
	}
	stats_close(&stats);
	matcher_close(&matcher);
	status = filter_close(&filter);
	mirror_close(&tap);
	return status == 0 && matcher.passed == 0 ? 1 : status;
}

static int
run_filter(void)
{
	const char *why;
	int status = 2;

	filter_open(&filter, ANSWER_MAX - 1);
	filter.out.tap = &tap;
	stats.print = print_match_counters;
	why = list_loader_open(&builder, &lists);
	if (why != NULL)
		log_die("pipe: %s", why);
	if (wait_for_lists())
		status = filter_lines();
	if (builder.running)
		exit(status);	/* a thread is at the lists yet: they are not ours to free */
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

/* What there is to do instead of filtering. */
static int
look_at_lists(void)
{
	int status;

	lists.keep = options.mode == EXPLAIN;
	if (!list_files_build(&lists, &in_force))
		return 2;
	if (options.mode == CHECK)
		status = in_force.bad_entries > 0;
	else if (options.mode == EXPLAIN)
		status = explain_names();
	else
		status = list_test_check(&in_force, options.test, stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		log_die("stdout: %s", strerror(errno));
	return status;
}

/* The lists are read inside, and again at each HUP. PCRE2 compiles their expressions. */
static void
confine(void)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, SANDBOX_COMPILES);
	for (size_t i = 0; i < lists.n; i++)
		sandbox_allow(&sandbox, lists.sources[i].path, SANDBOX_READ);
	sandbox_allow(&sandbox, options.test, SANDBOX_READ);
	sandbox_allow(&sandbox, stats.path, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, tap.path, SANDBOX_WRITE);
	sandbox_enter(&sandbox);
}

static void
free_names(void)
{
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
	if (options.tap != NULL)
		require("--tap", options.tap, mirror_open(&tap, options.tap));
	confine();
	status = options.mode == FILTER ? run_filter() : look_at_lists();
	lists_set_free(&in_force);
	list_files_close(&lists);
	free_names();
	return status;
}
