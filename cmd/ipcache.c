/*
 * ipcache: remembers which addresses the names had, and turns that into routes.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

#include "cache.h"
#include "clock.h"
#include "filter.h"
#include "hash.h"
#include "mem.h"
#include "stats.h"
#include "store.h"
#include "target.h"

static struct {
	const char *db;
	const char *life;
	int64_t sync_interval;
} options = { STORE_DEFAULT, LIFE_DEFAULT, 5 * SECOND };

static struct {
	uint64_t lines, new, refreshed, unchanged, dead, denied, ahead;
	uint64_t announced, withdrawn;
	uint64_t commits, failed_commits;
} counters;

static struct filter filter;
static struct stats stats;
static struct store *store;
static struct cache *cache;
static struct cache_reader unsaved;
static bool rewrite;	/* a commit has failed: the next one writes all */

static const char usage[] =
    "usage: ipcache run [-f DB] [-t LIFE] [-s TIME] [-S FILE]\n"
    "       ipcache export [-f DB]\n"
    "       ipcache import [-f DB]\n"
    "       ipcache retag [-f DB]\n"
    "       ipcache delete [-f DB] ADDRESS|PREFIX|NAME ...\n"
    "       ipcache stats [-f DB]\n"
    "run keeps the answers on stdin for their LIFE and writes route lines; the others\n"
    "work on the DB: export and import speak the answer format.\n"
    "  -f, --file DB             the database (" STORE_DEFAULT ")\n"
    "  -t, --life LIFE           how long a pair lives after it was last seen (" LIFE_DEFAULT ")\n"
    "  -s, --sync-interval TIME  how often changes are written to disk (5s)\n"
    "  -S, --stats FILE          keep counters in FILE\n"
    "  -h, --help                show this\n"
    "  -V, --version             show the version\n"
    "Times are a number and ms, s, m, h, d or w. See ipcache(1).\n";

static const struct option long_options[] = {
	{ "file", required_argument, NULL, 'f' },
	{ "life", required_argument, NULL, 't' },
	{ "sync-interval", required_argument, NULL, 's' },
	{ "stats", required_argument, NULL, 'S' },
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

/* Options that only `run` has are refused elsewhere: they would do nothing. */
static void
parse_options(int argc, char **argv, bool run)
{
	int c;

	while ((c = getopt_long(argc, argv, run ? "f:t:s:S:hV" : "f:hV", long_options, NULL)) != -1) {
		if (!run && c != 'f' && c != 'h' && c != 'V')
			bad_usage();
		switch (c) {
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

/* --- The database --- */

static void
open_store(enum store_mode mode)
{
	const char *why = store_open(&store, options.db, mode);

	if (why != NULL)
		log_die("%s: %s", options.db, why);
}

/* What stands in the DB has this place, the rest none. */
#define ON_DISK 1

static void
load_pair(const struct answer *a, void *context)
{
	uint32_t before;

	(void)context;
	cache_load(cache, a, ON_DISK, &before);
}

/* Pairs that went and that the DB still has: lines, LF at the end. */
static struct buf gone = BUF(SIZE_MAX);

static void
note_gone(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)why;
	if (place == ON_DISK)
		answer_format(a, &gone);
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
read_store(const struct life *life, cache_route_fn *route)
{
	uint64_t bad;
	const char *why;

	cache = cache_new(hash_seed(), life, route, note_gone);
	why = store_each(store, load_pair, NULL, &bad);
	if (why != NULL)
		log_die("%s: %s", options.db, why);
	if (bad > 0)
		log_warn("%s: %llu records make no sense and are left out", options.db, (unsigned long long)bad);
	cache_attach(cache, &unsaved, cache_serial(cache));
	while (cache_expire(cache, clock_wall()))
		;
}

static void
each_pair(void (*each)(const struct answer *a, void *context), void *context)
{
	struct cache_reader reader;
	struct answer a;
	uint32_t pair;

	cache_attach(cache, &reader, 0);
	while (cache_read(cache, &reader, &a, &pair))
		each(&a, context);
	cache_detach(cache, &reader);
}

static void
save_gone(void)
{
	struct str rest = buf_view(&gone), line;
	struct answer a;

	while (str_split(&rest, '\n', &line))
		if (answer_parse(line, &a) == NULL)
			store_remove(store, &a);
	buf_cut(&gone, 0);
}

/* Writes what has changed; after a failure, everything, since the changes that failed are not known any more. */
static const char *
save(void)
{
	const char *why = store_begin(store);
	struct answer a;
	uint32_t pair;

	if (why != NULL)
		return why;
	if (rewrite) {
		store_wipe(store);
		cache_detach(cache, &unsaved);
		cache_attach(cache, &unsaved, 0);
	}
	save_gone();
	while (cache_read(cache, &unsaved, &a, &pair)) {
		store_put(store, &a);
		cache_set_place(cache, pair, ON_DISK);
	}
	why = store_commit(store);
	rewrite = why != NULL;
	return why;
}

static bool
is_saved(void)
{
	return !rewrite && gone.len == 0 && unsaved.next == CACHE_NONE;
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

static void
take_line(struct str line)
{
	struct answer a;
	const char *why;

	if (answer_is_comment(line))
		return;
	counters.lines++;
	if ((why = answer_parse(line, &a)) != NULL) {
		filter_bad(&filter, why);
		return;
	}
	switch (cache_merge(cache, &a, clock_wall())) {
	case CACHE_NEW:
		counters.new++;
		break;
	case CACHE_MERGED:
		counters.refreshed++;
		break;
	case CACHE_SAME:
		counters.unchanged++;
		break;
	case CACHE_DEAD:
		counters.dead++;
		break;
	case CACHE_DENIED:
		counters.denied++;
		break;
	case CACHE_AHEAD_OF_CLOCK:
		counters.ahead++;
		log_limited(&filter.limit, "line %llu: TIME is more than a minute ahead of the clock",
		    (unsigned long long)filter.in.line);
		break;
	}
}

static void
print_stats(FILE *to)
{
	const struct stats_counter all[] = {
		{ "pairs", cache_pairs(cache) },
		{ "addresses", cache_addresses(cache) },
		{ "lines", counters.lines },
		{ "new", counters.new },
		{ "refreshed", counters.refreshed },
		{ "unchanged", counters.unchanged },
		{ "dead", counters.dead },
		{ "denied", counters.denied },
		{ "ahead_of_clock", counters.ahead },
		{ "bad_lines", filter.bad_lines },
		{ "announced", counters.announced },
		{ "withdrawn", counters.withdrawn },
		{ "commits", counters.commits },
		{ "failed_commits", counters.failed_commits },
	};

	stats_line(to, NULL, all, sizeof(all) / sizeof(all[0]));
}

/* Saves when it is time to. `due` is when the oldest change not saved has waited long enough, or NEVER. */
static void
save_in_time(int64_t *due)
{
	int64_t now = clock_mono();
	const char *why;

	if (is_saved()) {
		*due = NEVER;
		return;
	}
	if (*due == NEVER)
		*due = now + options.sync_interval;
	if (now < *due)
		return;
	why = save();
	*due = why != NULL ? now + options.sync_interval : NEVER;
	if (why == NULL) {
		counters.commits++;
		return;
	}
	counters.failed_commits++;
	log_limited(&filter.limit, "%s: not saved, will be tried again: %s", options.db, why);
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
	int64_t save_due = NEVER;
	struct str line;

	for (;;) {
		cache_expire(cache, clock_wall());
		save_in_time(&save_due);
		filter_begin(&filter);
		stats_turn(&stats, &filter.loop);
		wake_for_expiry(clock_wall());
		loop_wake(&filter.loop, save_due);
		if (!filter_wait(&filter))
			break;
		while (filter_line(&filter, &line))
			take_line(line);
	}
}

static int
run(int argc, char **argv)
{
	struct life life = parse_life(options.life);
	const char *why;
	int status;

	(void)argv;
	if (argc > 0)
		bad_usage();
	filter_open(&filter, ANSWER_MAX - 1);
	stats.print = print_stats;
	open_store(STORE_CREATE);
	read_store(&life, tell_route);
	cache_replay(cache);
	filter_make_room(&filter);
	buf_str(&filter.out.buf, STR("end-of-rib\n"));
	if ((why = store_set_life(store, options.life)) != NULL)
		log_die("%s: %s", options.db, why);
	serve();
	if ((why = save()) != NULL)
		log_error("%s: not saved: %s", options.db, why);
	stats_close(&stats);
	status = filter_close(&filter);
	return why != NULL ? 2 : status;
}

/* --- The others: they work on the database while no run has it --- */

static void
ignore_route(const struct route *r)
{
	(void)r;
}

/* The LIFE that the run of this database has. */
static const char *
life_of_store(void)
{
	return *store_life(store) != '\0' ? store_life(store) : options.life;
}

static void
load_for_change(enum store_mode mode)
{
	struct life life;

	open_store(mode);
	life = parse_life(life_of_store());
	read_store(&life, ignore_route);
}

static void
save_change(void)
{
	const char *why = save();

	if (why != NULL)
		log_die("%s: not saved, nothing has changed: %s", options.db, why);
}

/* Takes every line of stdin; what happens on stdout does not matter. */
static int
take_lines(void (*take)(struct str line))
{
	struct str line;

	filter_open(&filter, ANSWER_MAX - 1);
	filter.lossy = true;
	while (filter_begin(&filter), filter_wait(&filter))
		while (filter_line(&filter, &line))
			take(line);
	return filter_close(&filter);
}

static int
import(int argc, char **argv)
{
	int status;

	(void)argv;
	if (argc > 0)
		bad_usage();
	load_for_change(STORE_CREATE);
	status = take_lines(take_line);
	save_change();
	if (counters.dead + counters.ahead + filter.bad_lines > 0)
		log_warn("%llu lines: %llu new pairs, %llu refreshed, %llu unchanged; refused: %llu dead, %llu ahead of "
		    "the clock, %llu bad", (unsigned long long)counters.lines, (unsigned long long)counters.new,
		    (unsigned long long)counters.refreshed, (unsigned long long)counters.unchanged,
		    (unsigned long long)counters.dead, (unsigned long long)counters.ahead,
		    (unsigned long long)filter.bad_lines);
	return status;
}

static void
retag_line(struct str line)
{
	struct answer a;
	const char *why;
	uint32_t pair;

	if (answer_is_comment(line))
		return;
	if ((why = answer_parse(line, &a)) != NULL)
		filter_bad(&filter, why);
	else if (a.tag.p != NULL)
		cache_retag(cache, &a);
	else if ((pair = cache_find(cache, &a.addr, a.name)) != CACHE_NONE)
		cache_remove(cache, pair);
}

static int
retag(int argc, char **argv)
{
	int status;

	(void)argv;
	if (argc > 0)
		bad_usage();
	load_for_change(STORE_WRITE);
	status = take_lines(retag_line);
	save_change();
	return status;
}

struct wanted {
	struct target *targets;
	bool *found;
	size_t n;
};

static bool
is_wanted(const struct answer *a, struct wanted *w)
{
	bool hit = false;

	for (size_t i = 0; i < w->n; i++)
		if (target_covers(&w->targets[i], &a->addr, a->name))
			hit = w->found[i] = true;
	return hit;
}

static int
delete(int argc, char **argv)
{
	size_t n = (size_t)argc;
	struct wanted w = { mem_zero(n, sizeof(*w.targets)), mem_zero(n, sizeof(*w.found)), n };
	struct cache_reader reader;
	struct answer a;
	uint32_t pair;
	const char *why;
	int status = 0;

	if (argc == 0)
		bad_usage();
	for (size_t i = 0; i < n; i++)
		if ((why = target_parse(str_of(argv[i]), &w.targets[i])) != NULL)
			log_die("'%s' is no address, prefix or name: %s", argv[i], why);
	load_for_change(STORE_WRITE);
	cache_attach(cache, &reader, 0);
	while (cache_read(cache, &reader, &a, &pair))
		if (is_wanted(&a, &w))
			cache_remove(cache, pair);
	cache_detach(cache, &reader);
	save_change();
	for (size_t i = 0; i < n; i++) {
		if (w.found[i])
			continue;
		log_warn("%s: not found", argv[i]);
		status = 1;
	}
	free(w.targets);
	free(w.found);
	return status;
}

struct export {
	struct buf line;
	uint64_t too_long;
};

static void
export_pair(const struct answer *a, void *context)
{
	struct export *e = context;

	buf_cut(&e->line, 0);
	answer_format(a, &e->line);
	if (e->line.overflow)
		e->too_long++;
	else
		fwrite(e->line.data, 1, e->line.len, stdout);
}

/* The DB is read before the first line is written: a slow reader must not keep a `run` from writing to it. */
static int
export(int argc, char **argv)
{
	struct export e = { .line = BUF(ANSWER_MAX) };

	(void)argv;
	if (argc > 0)
		bad_usage();
	signal(SIGPIPE, SIG_IGN);
	load_for_change(STORE_READ);
	each_pair(export_pair, &e);
	buf_free(&e.line);
	if (e.too_long > 0)
		log_warn("%llu pairs left out: their lines are too long", (unsigned long long)e.too_long);
	if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)
		log_die("stdout: %s", strerror(errno));
	return 0;
}

struct census {
	int64_t oldest, newest;
	uint64_t v4, v6;
};

static void
count_pair(const struct answer *a, void *context)
{
	struct census *n = context;

	if (a->addr.family == ADDR_V4)
		n->v4++;
	else
		n->v6++;
	if (n->oldest < 0 || a->time < n->oldest)
		n->oldest = a->time;
	if (a->time > n->newest)
		n->newest = a->time;
}

static void
print_time(const char *what, int64_t time)
{
	char out[TIME_STRLEN];

	if (time < 0)
		return;
	time_format(time, out);
	printf("%s %s\n", what, out);
}

static int
show_stats(int argc, char **argv)
{
	struct census n = { .oldest = -1, .newest = -1 };

	(void)argv;
	if (argc > 0)
		bad_usage();
	load_for_change(STORE_READ);
	each_pair(count_pair, &n);
	printf("pairs %zu\naddresses %zu\n", cache_pairs(cache), cache_addresses(cache));
	printf("ipv4-pairs %llu\nipv6-pairs %llu\n", (unsigned long long)n.v4, (unsigned long long)n.v6);
	print_time("oldest", n.oldest);
	print_time("newest", n.newest);
	printf("life %s\n", life_of_store());
	return fflush(stdout) != 0 ? 2 : 0;
}

static const struct command {
	const char *name;
	int (*call)(int argc, char **argv);	/* with the words after the options */
} commands[] = {
	{ "run", run }, { "export", export }, { "import", import }, { "retag", retag },
	{ "delete", delete }, { "stats", show_stats },
};

static const struct command *
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
	const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
	int status;

	log_open("ipcache");
	if (command == NULL) {
		parse_options(argc, argv, true);
		bad_usage();
	}
	argv[1] = argv[0];	/* getopt's messages begin with it */
	parse_options(argc - 1, argv + 1, command->call == run);
	status = command->call(argc - 1 - optind, argv + 1 + optind);
	if (cache != NULL)
		cache_free(cache);
	store_close(store);
	return status;
}
