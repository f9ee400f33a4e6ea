/*
 * dnstap-match: passes the answers whose names are in lists of domains, and says which.
 */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

#include "answer.h"
#include "clock.h"
#include "domset.h"
#include "file.h"
#include "filter.h"
#include "hash.h"
#include "mem.h"
#include "stats.h"

#define LIST_SIZE_MAX (1024 * 1024 * 1024)

enum which { MATCHING, OTHERS, ALL };

struct source {
	char *tag;
	const char *path;
	struct buf kept;	/* what a pipe gave: it cannot be read again */
	bool is_kept;
};

static struct {
	enum which which;
	bool question_only;
	bool check_only;
	struct source *sources;
	size_t sources_n;
} options;

static struct {
	uint64_t lines, matched, passed;
	uint64_t bad_entries;
} counters;

static struct filter filter;
static struct stats stats;
static struct domset *set;

static const char usage[] =
    "usage: dnstap-match [-v | -a] [-q] [-S FILE] [TAG=]LIST ...\n"
    "       dnstap-match -c [TAG=]LIST ...\n"
    "Passes the answer lines on stdin whose name, or a name in via, is in a LIST,\n"
    "with tag= and rule= to say in which and why.\n"
    "  -v, --invert        pass the others\n"
    "  -a, --all           pass all, tagged or not\n"
    "  -q, --question      look at the name that was asked only, not at via\n"
    "  -c, --check         only check the lists\n"
    "  -S, --stats FILE    keep counters in FILE\n"
    "  -h, --help          show this\n"
    "  -V, --version       show the version\n"
    "SIGHUP reads the lists again. See dnstap-match(1).\n";

static const struct option long_options[] = {
	{ "invert", no_argument, NULL, 'v' },
	{ "all", no_argument, NULL, 'a' },
	{ "question", no_argument, NULL, 'q' },
	{ "check", no_argument, NULL, 'c' },
	{ "stats", required_argument, NULL, 'S' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* The file's name without its folder and last extension. */
static struct str
default_tag(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(base, '.');

	return (struct str){ base, dot != NULL && dot != base ? (size_t)(dot - base) : strlen(base) };
}

/* [TAG=]LIST: a `/` before the `=` makes it part of a path. */
static void
add_source(struct source *s, const char *word)
{
	size_t n = strcspn(word, "=/");
	struct buf tag = BUF(4096);

	s->path = word[n] == '=' ? word + n + 1 : word;
	answer_escape(word[n] == '=' ? (struct str){ word, n } : default_tag(word), &tag);
	buf_byte(&tag, '\0');
	if (tag.overflow || tag.len == 1)
		log_die("%s: no tag for this list", word);
	s->tag = tag.data;
	s->kept = BUF(LIST_SIZE_MAX);
}

static void
parse_options(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "vaqcS:hV", long_options, NULL)) != -1) {
		switch (c) {
		case 'v':
			options.which = OTHERS;
			break;
		case 'a':
			options.which = ALL;
			break;
		case 'q':
			options.question_only = true;
			break;
		case 'c':
			options.check_only = true;
			break;
		case 'S':
			stats_keep(&stats, optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("dnstap-match " VERSION);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	options.sources_n = (size_t)(argc - optind);
	if (options.sources_n == 0 || options.sources_n > DOMSET_LISTS_MAX) {
		fputs(usage, stderr);
		exit(2);
	}
	options.sources = mem_zero(options.sources_n, sizeof(*options.sources));
	for (size_t i = 0; i < options.sources_n; i++)
		add_source(&options.sources[i], argv[optind + (int)i]);
}

/* Every line of the list goes into the set; one that cannot is named and left out. */
static void
add_lines(struct domset *to, const struct source *s, struct str text)
{
	unsigned list = domset_list(to, str_of(s->tag));
	struct list_entry entry;
	unsigned long number = 0;
	struct str line;

	while (str_split(&text, '\n', &line)) {
		const char *why = list_parse(line, &entry);

		number++;
		if (why == NULL && entry.form != LIST_NOTHING)
			why = domset_add(to, list, &entry);
		if (why == NULL)
			continue;
		counters.bad_entries++;
		log_warn("%s:%lu: %s", s->path, number, why);
	}
}

static bool
add_list(struct domset *to, struct source *s)
{
	struct buf text = BUF(LIST_SIZE_MAX);
	bool seekable;
	int error;

	if (s->is_kept) {
		add_lines(to, s, buf_view(&s->kept));
		return true;
	}
	error = file_read(s->path, &text, &seekable);
	if (error != 0) {
		log_error("%s: %s", s->path, strerror(error));
		buf_free(&text);
		return false;
	}
	add_lines(to, s, buf_view(&text));
	s->is_kept = !seekable;
	if (s->is_kept)
		s->kept = text;
	else
		buf_free(&text);
	return true;
}

/* All lists, or NULL when one cannot be read or nothing is in them. */
static struct domset *
load_lists(void)
{
	struct domset *new = domset_new(hash_seed());
	bool good = true;

	counters.bad_entries = 0;
	for (size_t i = 0; i < options.sources_n; i++)
		good = add_list(new, &options.sources[i]) && good;
	domset_seal(new);
	if (good && domset_entries(new) == 0) {
		log_error("the lists have no entry");
		good = false;
	}
	if (good)
		return new;
	domset_free(new);
	return NULL;
}

/* Of the question, then of each name in via, the first that any entry of a list matches decides for it. */
static void
decide(const struct answer *a, uint32_t rules[])
{
	struct str via = a->via, name;
	unsigned decided;

	memset(rules, 0, domset_lists(set) * sizeof(rules[0]));
	decided = domset_match(set, a->name, rules);
	if (options.question_only)
		return;
	while (decided < domset_lists(set) && str_split(&via, ',', &name))
		decided = domset_match(set, name, rules);
}

/* Writes `tag` and `rule` of the lists that match, each in the order of the command line. */
static void
describe(const uint32_t rules[], struct buf *tag, struct buf *rule)
{
	for (unsigned i = 0; i < domset_lists(set); i++) {
		if (rules[i] == DOMSET_NO_RULE || domset_negated(set, rules[i]))
			continue;
		if (tag->len > 0) {
			buf_byte(tag, ',');
			buf_byte(rule, ',');
		}
		buf_str(tag, domset_tag(set, i));
		domset_text(set, rules[i], rule);
	}
}

/*
 * The line that was looked at last, and what becomes of it. The lines of one response follow each other and
 * differ in ADDRESS alone, so a look mostly serves for more than one.
 */
static struct {
	struct buf line;		/* empty before the first */
	size_t address, rest;		/* where ADDRESS stands in it, and the space behind that */
	size_t tail;			/* where NAME stands */
	bool matched;
	struct buf text;		/* what stands from NAME on when it is passed, with the LF */
} last = {
	.line = BUF(ANSWER_MAX), .text = BUF(2 * ANSWER_MAX),
};

/* Whether the line is good and goes as the last one did: all is the same but ADDRESS, and that is one. */
static bool
differs_in_address(struct str line)
{
	size_t rest = last.line.len - last.rest;
	struct addr addr;

	if (last.line.len == 0 || line.n <= last.address + rest ||
	    memcmp(line.p, last.line.data, last.address) != 0 ||
	    memcmp(line.p + line.n - rest, last.line.data + last.rest, rest) != 0)
		return false;
	return addr_parse_canonical((struct str){ line.p + last.address, line.n - rest - last.address }, &addr);
}

static void
remember(struct str line, const struct answer *a)
{
	struct str rest = line, field;

	buf_cut(&last.line, 0);
	buf_str(&last.line, line);
	str_split(&rest, ' ', &field);
	last.address = field.n + 1;
	str_split(&rest, ' ', &field);
	last.rest = last.address + field.n;
	last.tail = (size_t)(a->name.p - line.p);
}

/* Decides about a line that was read. */
static void
judge(struct str line, const struct answer *a)
{
	static uint32_t rules[DOMSET_LISTS_MAX];
	static struct buf tag = BUF(ANSWER_MAX), rule = BUF(ANSWER_MAX);
	const struct str none = { NULL, 0 };

	remember(line, a);
	buf_cut(&tag, 0);
	buf_cut(&rule, 0);
	buf_cut(&last.text, 0);
	decide(a, rules);
	describe(rules, &tag, &rule);
	last.matched = tag.len > 0;
	answer_retag_tail(a, last.matched ? buf_view(&tag) : none, last.matched ? buf_view(&rule) : none, &last.text);
	last.text.overflow |= tag.overflow || rule.overflow;
}

/* Passes a line on, which is the last but for ADDRESS, unless its tags make it too long for the format. */
static void
pass_line(struct str line)
{
	struct buf *out = &filter.out.buf;
	size_t mark = out->len, head = line.n - (last.line.len - last.tail);

	if (last.text.overflow || head + last.text.len > ANSWER_MAX) {
		filter_bad(&filter, "the line that it makes is too long");
		return;
	}
	buf_put(out, line.p, head);
	buf_str(out, buf_view(&last.text));
	counters.passed++;
	filter_end_line(&filter, mark);
}

static void
match_line(struct str line)
{
	struct answer a;
	const char *why;

	if (answer_is_comment(line))
		return;
	counters.lines++;
	if (!differs_in_address(line)) {
		if ((why = answer_parse(line, &a)) != NULL) {
			filter_bad(&filter, why);
			return;
		}
		judge(line, &a);
	}
	counters.matched += last.matched;
	if (options.which == ALL || last.matched == (options.which == MATCHING))
		pass_line(line);
}

static void
reload_lists(void)
{
	struct domset *new = load_lists();

	if (new == NULL) {
		log_error("reload failed: the old lists stay in force");
		return;
	}
	domset_free(set);
	set = new;
	buf_cut(&last.line, 0);
	log_info("lists read again: %zu entries", domset_entries(set));
}

static void
print_stats(FILE *to)
{
	const struct stats_counter all[] = {
		{ "lines", counters.lines },
		{ "matched", counters.matched },
		{ "passed", counters.passed },
		{ "bad_lines", filter.bad_lines },
		{ "entries", domset_entries(set) },
		{ "bad_entries", counters.bad_entries },
		{ "regex_limits", domset_regex_limits(set) },
	};

	stats_line(to, NULL, all, sizeof(all) / sizeof(all[0]));
}

static int
run(void)
{
	struct str line;

	for (;;) {
		filter_begin(&filter);
		stats_turn(&stats, &filter.loop);
		if (!filter_wait(&filter))
			break;
		if (loop_signalled(SIGHUP))
			reload_lists();
		while (filter_line(&filter, &line))
			match_line(line);
	}
	stats_close(&stats);
	return filter_close(&filter);
}

static void
free_options(void)
{
	for (size_t i = 0; i < options.sources_n; i++) {
		free(options.sources[i].tag);
		buf_free(&options.sources[i].kept);
	}
	free(options.sources);
}

int
main(int argc, char **argv)
{
	int status;

	log_open("dnstap-match");
	parse_options(argc, argv);
	filter_open(&filter, ANSWER_MAX - 1);
	stats.print = print_stats;
	set = load_lists();
	if (set == NULL)
		return 2;
	if (options.check_only)
		status = counters.bad_entries > 0 ? 1 : 0;
	else
		status = run();
	if (status == 0 && !options.check_only && counters.passed == 0)
		status = 1;
	domset_free(set);
	free_options();
	return status;
}
