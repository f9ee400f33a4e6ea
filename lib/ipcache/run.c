#include "ipcache/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "control/control.h"
#include "io/filter.h"
#include "io/owner.h"
#include "io/stats.h"
#include "ipcache/commands.h"
#include "ipcache/db.h"
#include "ipcache/ingest.h"
#include "ipcache/refusals.h"

static const struct run_options *options;
static struct db db;
static struct filter filter;
static struct stats stats;
static struct mirror tap;
static struct control control;
static control_path control_at;
static struct service service;
static struct ingest intake;
static int comments = -1;
static uint64_t announced, withdrawn;	/* routes */

static void
write_route(const struct route *r)
{
	size_t mark;

	filter_make_room(&filter);
	mark = filter.out.buf.len;
	route_format(r, &filter.out.buf);
	filter_end_line(&filter, mark);
	if (r->verb == ROUTE_ANNOUNCE)
		announced++;
	else
		withdrawn++;
}

/* Less than what keeps stdin from being read: a large import must not do that. */
static bool
has_room(void)
{
	return linewriter_pending(&filter.out) <= LINEWRITER_BLOCK;
}

/* Opened without waiting, so that a pipe has its reader already. */
static void
open_comments(void)
{
	if (options->comments == NULL)
		return;
	comments = owner_open(options->comments, O_WRONLY | O_APPEND | O_NONBLOCK);
	if (comments < 0)
		log_die("--comments %s: %s", options->comments, strerror(errno));
}

/*
 * All that came before the comment has been taken in. At most PIPE_BUF bytes go into a pipe whole
 * or not at all.
 */
static void
pass_comment(struct str line)
{
	char text[PIPE_BUF];

	if (comments < 0 || line.n == 0 || line.n >= sizeof(text))
		return;
	memcpy(text, line.p, line.n);
	text[line.n] = '\n';
	if (write(comments, text, line.n + 1) < 0)
		log_limited(&filter.limit, "--comments %s: %s", options->comments, strerror(errno));
}

/*
 * The counters as they are now, *n of them; the first COMMON are such as any command finds in the
 * cache.
 */
#define COMMON 2

static const struct stats_counter *
collect_counters(size_t *n)
{
	static struct stats_counter all[32];
	const uint64_t *results = intake.results;
	const struct writeback_counters saved = writeback_count(db.writeback);
	const struct stats_counter now[] = {
		{ "pairs", cache_pairs(db.cache) },
		{ "addresses", cache_addresses(db.cache) },
		{ "max_pairs", options->limits.pairs },
		{ "max_addresses", options->limits.addresses },
		{ "max_names", options->limits.names },
		{ "lines", intake.taken },
		{ "new", results[CACHE_NEW] },
		{ "refreshed", results[CACHE_MERGED] },
		{ "unchanged", results[CACHE_SAME] },
		{ "dead", results[CACHE_DEAD] },
		{ "denied", results[CACHE_DENIED] },
		{ "full", results[CACHE_FULL] },
		{ "evicted", db.evicted },
		{ "ahead_of_clock", results[CACHE_AHEAD_OF_CLOCK] },
		{ "bad_lines", filter.bad_lines },
		{ "announced", announced },
		{ "withdrawn", withdrawn },
		{ "commits", saved.commits },
		{ "failed_commits", saved.failed },
		{ "segments", saved.segments },
		{ "segments_written", saved.written },
		{ "segments_cleaned", saved.cleaned },
		{ "file_bytes", saved.file_bytes },
		{ "live_bytes", saved.live_bytes },
		{ "clients", control.taken },
		{ "clients_refused", control_refused(&control) },
	};

	_Static_assert(sizeof(now) <= sizeof(all), "all counters have room");
	memcpy(all, now, sizeof(now));
	*n = sizeof(now) / sizeof(now[0]);
	return all;
}

static void
print_counters(FILE *to)
{
	size_t n;
	const struct stats_counter *all = collect_counters(&n);

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
	const struct stats_counter *all = collect_counters(&n);

	add_lines(all + COMMON, n - COMMON, out);
}

/* The clock is looked at once a second at least, since it may be set, and the machine may sleep. */
static void
wake_for_expiry(int64_t now)
{
	int64_t next = cache_next_expiry(db.cache);
	int64_t in = next <= now ? 0 : next - now < SECOND ? next - now : SECOND;

	if (next != INT64_MAX)
		loop_wake(&filter.loop, clock_mono() + in);
}

static void
run_loop(void)
{
	for (;;) {
		cache_clock(db.cache, clock_wall(), clock_mono());
		cache_expire(db.cache, clock_wall());
		filter_begin(&filter);
		control_begin(&control, &filter.loop);
		stats_turn(&stats, &filter.loop);
		wake_for_expiry(clock_wall());
		writeback_turn(db.writeback, &filter.loop);
		if (!filter_wait(&filter))
			break;
		control_turn(&control, &filter.loop);
		ingest_turn(&intake, clock_wall());
	}
}

/* What was loaded becomes routes, and then whoever waits for a start that is over hears of it. */
static void
write_all_routes(void)
{
	cache_replay(db.cache);
	filter_make_room(&filter);
	buf_str(&filter.out.buf, STR("end-of-rib\n"));
}

/* What works on the DB while there is no run holds to the same. */
static void
store_terms_of_run(void)
{
	struct store_terms terms = { .limits = options->limits };
	const char *why;

	strcpy(terms.life, options->life);	/* it was parsed */
	why = store_set_terms(db.store, &terms);
	if (why != NULL)
		log_error("%s: %s", options->db, why);	/* the writeback begins a new file */
}

/* At any exit, so that no socket is left behind. */
static void
stop_listening(void)
{
	control_close(&control);
}

/* Clients wait in the queue of the socket until the DB is loaded. */
static void
listen_for_commands(const struct command_host *host)
{
	const char *why = "path too long for a socket";

	service = commands_service(host);
	if (!control_path_of(options->db, control_at) ||
	    (why = control_open(&control, control_at, &service)) != NULL)
		log_die("%s.sock: %s", options->db, why);
	atexit(stop_listening);
}

static void
start_run(struct command_host *host)
{
	struct life life;
	const char *why = life_parse(str_of(options->life), &life);

	if (why != NULL)
		log_die("life '%s': %s", options->life, why);
	if (options->stats != NULL && (why = stats_keep(&stats, options->stats)) != NULL)
		log_die("--stats %s: %s", options->stats, why);
	if (options->tap != NULL && (why = mirror_open(&tap, options->tap)) != NULL)
		log_die("--tap %s: %s", options->tap, why);
	open_comments();
	if (db_reach_for_run(&db, options->db) >= 0)
		log_die("%s: in use by another run", options->db);
	filter_open(&filter, ANSWER_MAX - 1);
	listen_for_commands(host);
	db_confine(options->db, options->stats, options->tap);
	db_open(&db);
	filter.out.tap = &tap;
	stats.print = print_counters;
	db_load(&db, &life, write_route, options->guard, &options->limits, options->sync_interval);
	intake = (struct ingest){ .filter = &filter, .cache = db.cache, .comment = pass_comment };
	write_all_routes();
	store_terms_of_run();
	host->cache = db.cache;
	while (host->run == 0)
		host->run = hash_seed();
	pass_comment(STR("# end-of-rib"));
}

/* Input that had no effect: the service's own /dev/null is none. */
static void
report_refusals(void)
{
	struct buf text = BUF(1024);
	struct stat st;

	if (refusals_format(intake.results, options->life, &text))
		log_warn("%.*s", (int)text.len, text.data);
	else if (filter.in.eof && filter.in.line == 0 && fstat(STDIN_FILENO, &st) == 0 &&
	    !S_ISCHR(st.st_mode))
		log_warn("stdin: empty; no answer has come");
	buf_free(&text);
}

static int
end_run(void)
{
	const char *why;
	int status;

	report_refusals();
	stop_listening();
	if ((why = writeback_finish(db.writeback)) != NULL)
		log_error("%s: not saved: %s", options->db, why);
	stats_close(&stats);
	status = filter_close(&filter);
	mirror_close(&tap);
	db_close(&db);
	return why != NULL ? 2 : status;
}

int
run(const struct run_options *o)
{
	struct command_host host = { .life = o->life, .count = add_stats, .has_room = has_room };

	options = o;
	start_run(&host);
	run_loop();
	return end_run();
}
