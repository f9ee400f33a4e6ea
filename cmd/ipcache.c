/*
 * ipcache: remembers which addresses the names had, and turns that into routes.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "ask.h"
#include "clock.h"
#include "control.h"
#include "file.h"
#include "filter.h"
#include "hash.h"
#include "intake.h"
#include "mem.h"
#include "num.h"
#include "salvage.h"
#include "sandbox.h"
#include "saver.h"
#include "stats.h"
#include "store.h"

#define PATIENCE (10 * SECOND)		/* with another that has the DB and is no run, or one that starts or ends */
#define LOOK_EVERY 20			/* milliseconds, meanwhile */

static struct {
	const char *db;
	const char *life;
	int64_t sync_interval;
	struct cache_limits limits;
	const char *comments;
	const char *since;
	bool follow;
	bool repair;
} options = {
	.db = STORE_DEFAULT, .life = LIFE_DEFAULT, .sync_interval = 5 * SECOND,
	.limits = { .pairs = 2000000, .addresses = 1000000, .names = 10000 },
};

static struct {
	uint64_t announced, withdrawn;
	uint64_t evicted;
} counters;

static struct guard guard;
static struct filter filter;
static struct stats stats;
static struct tap tap;
static struct store *store;
static struct cache *cache;
static struct saver *saver;
static struct control control;
static struct intake intake;
static int comments = -1;

static const char usage[] =
    "usage: ipcache run [-f DB] [-t LIFE] [-s TIME] [-S FILE] [-c FILE] [-a|-d PREFIX] [-D FILE]\n"
    "       ipcache export [-f DB] [-n SERIAL] [-F] [ADDRESS|PREFIX|NAME ...]\n"
    "       ipcache import [-f DB] [-a|-d PREFIX] [-D FILE]\n"
    "       ipcache retag [-f DB]\n"
    "       ipcache delete [-f DB] ADDRESS|PREFIX|NAME ...\n"
    "       ipcache stats [-f DB]\n"
    "       ipcache check [-f DB] [-r]\n"
    "run keeps the answers on stdin for their LIFE and writes route lines; the others\n"
    "work on its cache, or on the DB when no run has it. Export, import and retag speak\n"
    "the answer format.\n"
    "  -f, --file DB             the database (" STORE_DEFAULT ")\n"
    "  -t, --life LIFE           how long a pair lives after it was last seen (" LIFE_DEFAULT ")\n"
    "  -s, --sync-interval TIME  how often changes are written to disk (5s)\n"
    "  -a, --allow PREFIX        take addresses in PREFIX, special ones too\n"
    "  -d, --deny PREFIX         refuse addresses in PREFIX; the longest PREFIX decides\n"
    "  -D, --deny-file FILE      refuse those in the prefixes of FILE, one a line\n"
    "  -p, --max-pairs N         keep so many pairs at most (2000000),\n"
    "  -A, --max-addresses N     and so many addresses (1000000),\n"
    "  -N, --max-names N         and so many names of an address (10000)\n"
    "  -S, --stats FILE          keep counters in FILE\n"
    "  -T, --tap FIFO            show the lines to whoever reads the FIFO, too\n"
    "  -c, --comments FILE       pass comment lines on to FILE, when all before them is done\n"
    "  -n, --since SERIAL        only what has changed after it; the next serial comes last\n"
    "  -F, --follow              go on with what changes\n"
    "  -r, --repair              put what is whole of a damaged DB in a new one\n"
    "  -h, --help                show this\n"
    "  -V, --version             show the version\n"
    "Times are a number and ms, s, m, h, d or w. See ipcache(1).\n";

static const struct option long_options[] = {
	{ "allow", required_argument, NULL, 'a' },
	{ "deny", required_argument, NULL, 'd' },
	{ "deny-file", required_argument, NULL, 'D' },
	{ "file", required_argument, NULL, 'f' },
	{ "life", required_argument, NULL, 't' },
	{ "sync-interval", required_argument, NULL, 's' },
	{ "stats", required_argument, NULL, 'S' },
	{ "tap", required_argument, NULL, 'T' },
	{ "comments", required_argument, NULL, 'c' },
	{ "max-addresses", required_argument, NULL, 'A' },
	{ "max-names", required_argument, NULL, 'N' },
	{ "max-pairs", required_argument, NULL, 'p' },
	{ "since", required_argument, NULL, 'n' },
	{ "follow", no_argument, NULL, 'F' },
	{ "repair", no_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static _Noreturn void
bad_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

/* A time above zero. */
static int64_t
span_option(const char *what, const char *arg)
{
	int64_t span;
	const char *why = clock_span_parse(str_of(arg), &span);

	if (why == NULL && span == 0)
		why = "has to be more than nothing";
	if (why != NULL)
		log_die("%s '%s': %s", what, arg, why);
	return span;
}

/* A prefix, an address for itself, or `any` for all. */
static const char *
add_to_guard(struct str text, bool deny)
{
	static const struct prefix all[] = { { { .family = ADDR_V4 }, 0 }, { { .family = ADDR_V6 }, 0 } };
	struct target target;
	const char *why = NULL;

	if (str_eq(text, STR("any"))) {
		guard_add(&guard, &all[0], deny);
		guard_add(&guard, &all[1], deny);
	} else if ((why = target_parse(text, &target)) == NULL) {
		if (target.prefix.addr.family == ADDR_NONE)
			return "neither an address nor a prefix";
		guard_add(&guard, &target.prefix, deny);
	}
	return why;
}

static void
guard_option(const char *arg, bool deny)
{
	const char *why = add_to_guard(str_of(arg), deny);

	if (why != NULL)
		log_die("'%s': %s", arg, why);
}

#define DENY_FILE_MAX (64 * 1024 * 1024)

static void
deny_file(const char *path)
{
	struct buf text = BUF(DENY_FILE_MAX);
	struct str rest, line, word;
	bool seekable;
	const char *why;
	int error = file_read(path, &text, &seekable);

	if (error != 0)
		log_die("%s: %s", path, strerror(error));
	rest = buf_view(&text);
	for (unsigned number = 1; str_split(&rest, '\n', &line); number++)
		if (str_split(&line, ' ', &word) && !answer_is_comment(word) &&
		    (why = add_to_guard(word, true)) != NULL)
			log_die("%s:%u: %s", path, number, why);
	buf_free(&text);
}

static uint32_t
limit_option(const char *what, const char *arg)
{
	uint32_t n;

	if (!num_parse(str_of(arg), CACHE_LIMIT_MAX, &n) || n == 0)
		log_die("%s '%s': not a number from 1 to %u", what, arg, CACHE_LIMIT_MAX);
	return n;
}

/* An option that the command has not is refused: it would do nothing. */
static void
parse_options(int argc, char **argv, const char *allowed)
{
	int c;

	while ((c = getopt_long(argc, argv, "a:A:d:D:f:t:s:S:T:c:n:N:p:FrhV", long_options, NULL)) != -1) {
		if (c != 'h' && c != 'V' && strchr(allowed, c) == NULL)
			bad_usage();
		switch (c) {
		case 'a':
		case 'd':
			guard_option(optarg, c == 'd');
			break;
		case 'D':
			deny_file(optarg);
			break;
		case 'f':
			options.db = optarg;
			break;
		case 't':
			options.life = optarg;
			break;
		case 's':
			options.sync_interval = span_option("sync interval", optarg);
			break;
		case 'S':
			stats_keep(&stats, optarg);
			break;
		case 'T':
			tap_open(&tap, optarg);
			break;
		case 'A':
			options.limits.addresses = limit_option("max addresses", optarg);
			break;
		case 'N':
			options.limits.names = limit_option("max names", optarg);
			break;
		case 'p':
			options.limits.pairs = limit_option("max pairs", optarg);
			break;
		case 'c':
			options.comments = optarg;
			break;
		case 'n':
			options.since = optarg;
			break;
		case 'F':
			options.follow = true;
			break;
		case 'r':
			options.repair = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("ipcache " VERSION);
			exit(0);
		default:
			bad_usage();
		}
	}
}

/* Beside the DB, its next version is written, and its socket lies there. */
static void
confine(void)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox);
	sandbox_allow(&sandbox, options.db, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, stats.path, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, tap.path, SANDBOX_WRITE);
	sandbox_enter(&sandbox, false);
}

/* --- The database --- */

static int
connect_to_run(void)
{
	control_path path;

	return control_path_of(options.db, path) ? ask_connect(path) : -1;
}

/*
 * A connection to the run that has the DB; or -1, and the DB is open. Another that has it, and one that is just
 * starting or ending, is waited for.
 */
static int
reach_db(enum store_mode mode)
{
	int64_t end = clock_mono() + PATIENCE;

	for (;;) {
		int fd = connect_to_run();
		const char *why = fd < 0 ? store_open(&store, options.db, mode) : NULL;

		if (why == NULL)
			return fd;
		if (why != store_in_use || clock_mono() >= end)
			log_die("%s: %s", options.db, why);
		poll(NULL, 0, LOOK_EVERY);
	}
}

/* Whoever makes names or addresses without end would also fill the log. */
static void
note_evicted(void)
{
	static int64_t silent_till;
	int64_t now = clock_mono();

	counters.evicted++;
	if (now < silent_till)
		return;
	silent_till = now + 10 * SECOND;
	log_warn("at a limit: %zu pairs of %zu addresses; the longest unseen go first, %llu till now",
	    cache_pairs(cache), cache_addresses(cache), (unsigned long long)counters.evicted);
}

static void
note_gone(const struct answer *a, uint32_t place, enum cache_end why)
{
	saver_gone(saver, a, place, why);
	if (why == CACHE_EVICTED)
		note_evicted();
}

static struct life
parse_life(const char *text)
{
	struct life life;
	const char *why = life_parse(str_of(text), &life);

	if (why != NULL)
		log_die("life '%s': %s", text, why);
	return life;
}

static void
load(const struct life *life, cache_route_fn *route, const struct guard *denied, const struct cache_limits *limits)
{
	uint64_t refused;
	const char *why;

	saver = saver_new(store, options.sync_interval);
	cache = cache_new(hash_seed(), life, route, note_gone);
	cache_set_guard(cache, denied);
	cache_set_limits(cache, limits);
	why = saver_load(saver, cache, &refused);
	if (why != NULL)
		log_die("%s: %s", options.db, why);
	if (refused > 0)
		log_warn("%s: %llu pairs are left out: their addresses must not be routed, or are beyond a limit",
		    options.db, (unsigned long long)refused);
	while (cache_expire(cache, clock_wall()))
		;
}

/* --- run --- */

static void
tell_route(const struct route *r)
{
	size_t mark;

	filter_make_room(&filter);
	mark = filter.out.buf.len;
	route_format(r, &filter.out.buf);
	filter_end_line(&filter, mark);
	if (r->verb == ROUTE_ANNOUNCE)
		counters.announced++;
	else
		counters.withdrawn++;
}

/* Less than what keeps stdin from being read: a large import must not do that. */
static bool
has_room(void)
{
	return out_pending(&filter.out) <= OUT_BLOCK;
}

/* Opened without waiting, so that a pipe has its reader already. */
static void
open_comments(void)
{
	if (options.comments == NULL)
		return;
	comments = open(options.comments, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
	if (comments < 0)
		log_die("--comments %s: %s", options.comments, strerror(errno));
}

/* All that came before the comment has been taken in. At most PIPE_BUF bytes go into a pipe whole or not at all. */
static void
pass_comment(struct str line)
{
	char text[PIPE_BUF];

	if (comments < 0 || line.n == 0 || line.n >= sizeof(text))
		return;
	memcpy(text, line.p, line.n);
	text[line.n] = '\n';
	if (write(comments, text, line.n + 1) < 0)
		log_limited(&filter.limit, "--comments %s: %s", options.comments, strerror(errno));
}

/* The counters as they are now, *n of them; the first COMMON are such as any command finds in the cache. */
#define COMMON 2

static const struct stats_counter *
count(size_t *n)
{
	static struct stats_counter all[32];
	const uint64_t *results = intake.results;
	const struct saver_counters saved = saver_count(saver);
	const struct stats_counter now[] = {
		{ "pairs", cache_pairs(cache) },
		{ "addresses", cache_addresses(cache) },
		{ "max_pairs", options.limits.pairs },
		{ "max_addresses", options.limits.addresses },
		{ "max_names", options.limits.names },
		{ "lines", intake.taken },
		{ "new", results[CACHE_NEW] },
		{ "refreshed", results[CACHE_MERGED] },
		{ "unchanged", results[CACHE_SAME] },
		{ "dead", results[CACHE_DEAD] },
		{ "denied", results[CACHE_DENIED] },
		{ "full", results[CACHE_FULL] },
		{ "evicted", counters.evicted },
		{ "ahead_of_clock", results[CACHE_AHEAD_OF_CLOCK] },
		{ "bad_lines", filter.bad_lines },
		{ "announced", counters.announced },
		{ "withdrawn", counters.withdrawn },
		{ "commits", saved.commits },
		{ "failed_commits", saved.failed },
		{ "segments", saved.segments },
		{ "segments_written", saved.written },
		{ "segments_cleaned", saved.cleaned },
		{ "file_bytes", saved.file_bytes },
		{ "live_bytes", saved.live_bytes },
		{ "clients", control.taken },
		{ "clients_refused", control.refused },
	};

	memcpy(all, now, sizeof(now));
	*n = sizeof(now) / sizeof(now[0]);
	return all;
}

static void
print_stats(FILE *to)
{
	size_t n;
	const struct stats_counter *all = count(&n);

	stats_line(to, NULL, all, n);
}

static void
add_lines(const struct stats_counter *counter, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		buf_str(out, str_of(counter[i].key));
		buf_byte(out, ' ');
		buf_num(out, counter[i].value);
		buf_byte(out, '\n');
	}
}

/* What the command stats tells of a run: its limits, and its counters. */
static void
add_stats(struct buf *out)
{
	size_t n;
	const struct stats_counter *all = count(&n);

	add_lines(all + COMMON, n - COMMON, out);
}

/* The clock is looked at once a second at least, since it may be set, and the machine may sleep. */
static void
wake_for_expiry(int64_t now)
{
	int64_t next = cache_next_expiry(cache);
	int64_t in = next <= now ? 0 : next - now < SECOND ? next - now : SECOND;

	if (next != INT64_MAX)
		loop_wake(&filter.loop, clock_mono() + in);
}

static void
serve(void)
{
	for (;;) {
		cache_clock(cache, clock_wall(), clock_mono());
		cache_expire(cache, clock_wall());
		filter_begin(&filter);
		control_begin(&control, &filter.loop);
		stats_turn(&stats, &filter.loop);
		wake_for_expiry(clock_wall());
		saver_turn(saver, &filter.loop);
		if (!filter_wait(&filter))
			break;
		control_turn(&control, &filter.loop);
		intake_turn(&intake, clock_wall());
	}
}

static int
run(int argc, char **argv)
{
	struct life life = parse_life(options.life);
	struct command_host host = { .life = options.life, .count = add_stats, .has_room = has_room };
	const char *why;
	int status;

	(void)argv;
	if (argc > 0)
		bad_usage();
	open_comments();
	if (reach_db(STORE_CREATE) >= 0)
		log_die("%s: in use by another run", options.db);
	filter_open(&filter, ANSWER_MAX - 1);
	filter.out.tap = &tap;
	stats.print = print_stats;
	load(&life, tell_route, &guard, &options.limits);
	intake = (struct intake){ .filter = &filter, .cache = cache, .comment = pass_comment };
	cache_replay(cache);
	filter_make_room(&filter);
	buf_str(&filter.out.buf, STR("end-of-rib\n"));
	if ((why = store_set_life(store, options.life)) != NULL)
		log_die("%s: %s", options.db, why);
	host.cache = cache;
	while (host.run == 0)
		host.run = hash_seed();
	if ((why = control_open(&control, options.db, &host)) != NULL)
		log_die("%s: %s", control.path, why);
	confine();
	pass_comment(STR("# end-of-rib"));
	serve();
	control_close(&control);
	if ((why = saver_finish(saver)) != NULL)
		log_error("%s: not saved: %s", options.db, why);
	stats_close(&stats);
	status = filter_close(&filter);
	return why != NULL ? 2 : status;
}

/* --- The others: done by the run that has the DB, or here on what is in it --- */

static void
ignore_route(const struct route *r)
{
	(void)r;
}

/* On the pairs that the DB has; what changes is written to it at the end. */
static int
do_here(const struct ask *ask)
{
	const char *text = *store_life(store) != '\0' ? store_life(store) : options.life, *why;
	struct life life = parse_life(text);
	struct command_host host = { .life = text };
	const struct cache_limits none = { 0 };
	int status;

	load(&life, ignore_route, ask->request.verb == VERB_IMPORT ? &guard : NULL, &none);
	host.cache = cache;
	status = ask_cache(ask, &host);
	if ((why = saver_finish(saver)) != NULL)
		log_die("%s: not saved, nothing has changed: %s", options.db, why);
	return status;
}

static int
do_command(struct ask *ask, enum store_mode mode)
{
	int run_fd = reach_db(mode);

	confine();
	return run_fd >= 0 ? ask_run(ask, run_fd) : do_here(ask);
}

static struct target *
parse_words(int argc, char **argv)
{
	struct target *words = mem_zero((size_t)argc, sizeof(*words));
	const char *why;

	if (argc > COMMAND_WORDS_MAX)
		log_die("more than %d words at once", COMMAND_WORDS_MAX);
	for (int i = 0; i < argc; i++)
		if ((why = target_parse(str_of(argv[i]), &words[i])) != NULL)
			log_die("'%s' is no address, prefix or name: %s", argv[i], why);
	return words;
}

/* A serial that is none is unknown, as that of a run of long ago. */
static struct str
since(void)
{
	struct str word = { options.since, options.since != NULL ? strlen(options.since) : 0 };
	struct serial serial;

	return options.since == NULL || serial_parse(word, &serial) ? word : STR("0");
}

static int
export(int argc, char **argv)
{
	struct ask ask = { { VERB_EXPORT, since(), options.follow }, parse_words(argc, argv), (size_t)argc };
	int status = do_command(&ask, STORE_READ);

	free((void *)ask.words);
	return status;
}

static int
delete(int argc, char **argv)
{
	struct ask ask = { .request.verb = VERB_DELETE, .words = parse_words(argc, argv), .words_n = (size_t)argc };
	int status;

	if (argc == 0)
		bad_usage();
	status = do_command(&ask, STORE_WRITE);
	free((void *)ask.words);
	return status;
}

/* One that takes no words. */
static int
do_plain(int argc, enum verb verb, enum store_mode mode)
{
	struct ask ask = { .request.verb = verb };

	if (argc > 0)
		bad_usage();
	return do_command(&ask, mode);
}

static int
import(int argc, char **argv)
{
	(void)argv;
	return do_plain(argc, VERB_IMPORT, STORE_CREATE);
}

static int
retag(int argc, char **argv)
{
	(void)argv;
	return do_plain(argc, VERB_RETAG, STORE_WRITE);
}

static int
show_stats(int argc, char **argv)
{
	(void)argv;
	return do_plain(argc, VERB_STATS, STORE_READ);
}

/* --- check: of the file itself --- */

static void
tell_damage(const char *what, void *context)
{
	(void)context;
	log_error("%s: %s", options.db, what);
}

/* 0, or 1 with words on what is wrong. */
static int
check_db(void)
{
	const char *why = store_open(&store, options.db, STORE_READ);
	size_t segments;

	if (why != NULL) {
		log_error("%s: %s", options.db, why);
		return 1;
	}
	if (!store_check(store, tell_damage, NULL))
		return 1;
	free(store_log(store, &segments));
	printf("sound: %zu segments, %llu bytes\n", segments, (unsigned long long)store_size(store));
	return 0;
}

static int
repair_db(void)
{
	struct salvage found;
	const char *why = salvage(options.db, &found);

	if (why != NULL)
		log_die("%s: not repaired: %s", options.db, why);
	printf("repaired: %llu segments and %llu pairs of version 1 were whole, %llu segments are lost\n",
	    (unsigned long long)found.segments, (unsigned long long)found.pairs, (unsigned long long)found.lost);
	printf("the damaged file is kept as %s\n", found.kept);
	return 0;
}

static int
check(int argc, char **argv)
{
	int status;

	(void)argv;
	if (argc > 0)
		bad_usage();
	if (access(options.db, R_OK) != 0)
		log_die("%s: %s", options.db, strerror(errno));
	confine();
	status = check_db();
	if (status == 0 || !options.repair)
		return status;
	if (store != NULL)
		store_close(store);
	store = NULL;
	return repair_db();
}

static const struct command_word {
	const char *name;
	int (*call)(int argc, char **argv);	/* with the words after the options */
	const char *options;	/* that it takes, beside -h and -V */
} commands[] = {
	{ "run", run, "aADdfNptsSTc" }, { "export", export, "fnF" }, { "import", import, "aDdf" }, { "retag", retag, "f" },
	{ "delete", delete, "f" }, { "stats", show_stats, "f" }, { "check", check, "fr" },
};

static const struct command_word *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct command_word *command = argc > 1 ? find_command(argv[1]) : NULL;
	int status;

	log_open("ipcache");
	guard.seed = hash_seed();
	if (command == NULL) {
		parse_options(argc, argv, "");
		bad_usage();
	}
	argv[1] = argv[0];	/* getopt's messages begin with it */
	parse_options(argc - 1, argv + 1, command->options);
	status = command->call(argc - 1 - optind, argv + 1 + optind);
	if (saver != NULL)
		saver_free(saver);
	if (cache != NULL)
		cache_free(cache);
	if (store != NULL)
		store_close(store);
	return status;
}
