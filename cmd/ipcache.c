/*
 * ipcache: remembers which addresses the names had, and turns that into routes.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "io/owner.h"
#include "ipcache/db.h"
#include "ipcache/dbcheck.h"
#include "ipcache/dbpath.h"
#include "ipcache/martians_file.h"
#include "ipcache/remote.h"
#include "ipcache/run.h"

static struct martians guard;

static const struct cache_limits default_limits = { 2000000, 1000000, 10000 };

static const char default_db[] = STORE_DEFAULT;

static struct {
	/* The other commands use only `db` and `guard`, and import also `limits`. */
	struct run_options run;
	const char *since;
	bool follow;
	bool repair;
	bool check_only;
} options = {
	.run = {
		.db = default_db, .life = LIFE_DEFAULT, .sync_interval = 5 * SECOND,
		.guard = &guard,
	},
};

static const char usage[] =
    "usage: ipcache run [-f DB] [-t LIFE] [-s TIME] [-S FILE] [-T FIFO] [-c FILE]\n"
    "                   [-a|-d PREFIX] [-D FILE] [-p N] [-A N] [-N N] [--check-options]\n"
    "       ipcache export [-f DB] [-n SERIAL] [-F] [ADDRESS|PREFIX|NAME ...]\n"
    "       ipcache import [-f DB] [-a|-d PREFIX] [-D FILE] [-p N] [-A N] [-N N]\n"
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
    "      --check-options       check the options of run and their files, and exit\n"
    "  -n, --since SERIAL        only what has changed after it; the next serial comes last\n"
    "  -F, --follow              go on with what changes\n"
    "  -r, --repair              put what is whole of a damaged DB in a new one\n"
    "  -h, --help                show this\n"
    "  -V, --version             show the version\n"
    "Times are a number and ms, s, m, h, d or w. See ipcache(1).\n";

enum { CHECK_OPTIONS = UINT8_MAX + 1 };	/* has no letter */

static const struct option long_options[] = {
	{ "check-options", no_argument, NULL, CHECK_OPTIONS },
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

/* A time above zero. */
static int64_t
span_option(const char *what, const char *arg)
{
	int64_t span;
	const char *why = clock_span_parse(str_of(arg), &span);

	if (why == NULL && span == 0)
		why = "must be greater than zero";
	if (why != NULL)
		log_die("%s '%s': %s", what, arg, why);
	return span;
}

static void
guard_option(const char *arg, bool deny)
{
	const char *why = martians_read(&guard, str_of(arg), deny);

	if (why != NULL)
		log_die("'%s': %s", arg, why);
}

static uint32_t
limit_option(const char *what, const char *arg)
{
	uint32_t n;

	if (!num_parse(str_of(arg), CACHE_LIMIT_MAX, &n) || n == 0)
		log_die("%s '%s': not a number from 1 to %u", what, arg, CACHE_LIMIT_MAX);
	return n;
}

static void
set_option(int c)
{
	switch (c) {
	case 'a':
	case 'd':
		guard_option(optarg, c == 'd');
		break;
	case 'D':
		martians_read_file(&guard, optarg);
		break;
	case 'f':
		options.run.db = optarg;
		break;
	case 't':
		options.run.life = optarg;
		break;
	case 's':
		options.run.sync_interval = span_option("sync interval", optarg);
		break;
	case 'S':
		options.run.stats = optarg;
		break;
	case 'T':
		options.run.tap = optarg;
		break;
	case 'A':
		options.run.limits.addresses = limit_option("max addresses", optarg);
		break;
	case 'N':
		options.run.limits.names = limit_option("max names", optarg);
		break;
	case 'p':
		options.run.limits.pairs = limit_option("max pairs", optarg);
		break;
	case 'c':
		options.run.comments = optarg;
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
	case CHECK_OPTIONS:
		options.check_only = true;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	case 'V':
		puts("ipcache " VERSION);
		exit(0);
	default:
		log_try_help();
	}
}

/* An option of another command is refused. The option without a letter is one of run. */
static bool
is_allowed(int c, const char *allowed)
{
	if (c == CHECK_OPTIONS)
		return strchr(allowed, 't') != NULL;
	return c == 'h' || c == 'V' || strchr(allowed, c) != NULL;
}

static void
parse_options(int argc, char **argv, const char *command, const char *allowed)
{
	int c;

	while ((c = getopt_long(argc, argv, "a:A:d:D:f:t:s:S:T:c:n:N:p:FrhV",
	    long_options, NULL)) != -1) {
		if (c == CHECK_OPTIONS && !is_allowed(c, allowed))
			log_misuse("%s: --check-options is no option of this command", command);
		if (c != '?' && !is_allowed(c, allowed))
			log_misuse("%s: -%c is no option of this command", command, c);
		set_option(c);
	}
}

/* Fills in the limits that no option has set. */
static void
complete_limits(struct cache_limits *limits, const struct cache_limits *from)
{
	if (limits->pairs == 0)
		limits->pairs = from->pairs;
	if (limits->addresses == 0)
		limits->addresses = from->addresses;
	if (limits->names == 0)
		limits->names = from->names;
}

/* Of --check-options: what is given here, and run would refuse at its start. */
static int
check_run(void)
{
	struct life life;
	const char *why = life_parse(str_of(options.run.life), &life);

	if (why != NULL)
		log_die("life '%s': %s", options.run.life, why);
	if (options.run.db == default_db)
		return 0;
	options.run.db = dbpath_resolve(options.run.db);
	if ((why = dbpath_reject_reason(options.run.db)) != NULL)
		log_die("%s: %s", options.run.db, why);
	return 0;
}

/* For a command that takes no words. */
static void
refuse_words(const char *command, int argc, char **argv)
{
	if (argc > 0)
		log_misuse("%s: '%s': unexpected argument", command, argv[0]);
}

static int
start_run(int argc, char **argv)
{
	refuse_words("run", argc, argv);
	if (options.check_only)
		return check_run();
	complete_limits(&options.run.limits, &default_limits);
	return run(&options.run);
}

/* --- The others: done by the run that has the DB, or here on what is in it --- */

static void
ignore_route(const struct route *r)
{
	(void)r;
}

/* Those of the options, else of the last run on the DB. */
static struct cache_limits
import_limits(const struct store_terms *terms)
{
	struct cache_limits limits = options.run.limits;

	complete_limits(&limits, &terms->limits);
	complete_limits(&limits, &default_limits);
	return limits;
}

/* On the pairs that the DB has; what changes is written to it at the end. */
static int
work_on_db(const struct remote *ask, struct db *db)
{
	const struct store_terms *terms = store_terms(db->store);
	const char *text = *terms->life != '\0' ? terms->life : LIFE_DEFAULT, *why;
	struct command_host host = { .life = text };
	struct cache_limits limits = { 0 };
	bool import = ask->request.verb == VERB_IMPORT;
	struct life life;
	int status;

	if (import)
		limits = import_limits(terms);
	if ((why = life_parse(str_of(text), &life)) != NULL)
		log_die("life '%s': %s", text, why);
	db_load(db, &life, ignore_route, import ? &guard : NULL, &limits, SECOND);
	host.cache = db->cache;
	status = remote_cache(ask, &host);
	if ((why = writeback_finish(db->writeback)) != NULL)
		log_die("%s: not saved: %s; run the command again", db->path, why);
	db_close(db);
	return status;
}

static int
do_command(struct remote *ask, enum store_mode mode)
{
	struct db db;
	int run_fd = db_reach(&db, options.run.db, mode);

	db_confine(options.run.db, NULL, NULL);
	if (run_fd >= 0)
		return remote_run(ask, run_fd);
	db_open(&db);
	return work_on_db(ask, &db);
}

static struct selector *
parse_words(int argc, char **argv)
{
	struct selector *words = mem_zero((size_t)argc, sizeof(*words));
	const char *why;

	if (argc > COMMAND_WORDS_MAX)
		log_die("more than %d words at once", COMMAND_WORDS_MAX);
	for (int i = 0; i < argc; i++)
		if ((why = selector_parse(str_of(argv[i]), &words[i])) != NULL)
			log_die("'%s' is no address, prefix or name: %s", argv[i], why);
	return words;
}

/* A serial that is none is unknown, as that of a run of long ago. */
static struct str
requested_serial(void)
{
	struct str word = { options.since, options.since != NULL ? strlen(options.since) : 0 };
	struct serial serial;

	return options.since == NULL || serial_parse(word, &serial) ? word : STR("0");
}

static int
start_export(int argc, char **argv)
{
	struct remote ask = { { VERB_EXPORT, requested_serial(), options.follow },
	    parse_words(argc, argv), (size_t)argc };
	int status = do_command(&ask, STORE_READ);

	free((void *)ask.words);
	return status;
}

static int
start_delete(int argc, char **argv)
{
	struct remote ask = { .request.verb = VERB_DELETE, .words = parse_words(argc, argv),
	    .words_n = (size_t)argc };
	int status;

	if (argc == 0)
		log_misuse("delete: no ADDRESS, PREFIX or NAME given");
	status = do_command(&ask, STORE_WRITE);
	free((void *)ask.words);
	return status;
}

static int
do_plain(enum verb verb, enum store_mode mode)
{
	struct remote ask = { .request.verb = verb };

	return do_command(&ask, mode);
}

static int
start_import(int argc, char **argv)
{
	struct stat st;

	refuse_words("import", argc, argv);
	if (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		log_warn("stdin: empty; no answer to import");
	return do_plain(VERB_IMPORT, STORE_CREATE);
}

static int
start_retag(int argc, char **argv)
{
	refuse_words("retag", argc, argv);
	return do_plain(VERB_RETAG, STORE_WRITE);
}

static int
show_stats(int argc, char **argv)
{
	refuse_words("stats", argc, argv);
	return do_plain(VERB_STATS, STORE_READ);
}

static int
start_check(int argc, char **argv)
{
	refuse_words("check", argc, argv);
	if (access(options.run.db, R_OK) != 0)
		log_die("%s: %s", options.run.db, strerror(errno));
	db_confine(options.run.db, NULL, NULL);
	return dbcheck(options.run.db, options.repair);
}

static const struct command_word {
	const char *name;
	int (*call)(int argc, char **argv);	/* with the words after the options */
	const char *options;	/* that it takes, beside -h and -V */
} commands[] = {
	{ "run", start_run, "aADdfNptsSTc" },
	{ "export", start_export, "fnF" },
	{ "import", start_import, "aADdfNp" },
	{ "retag", start_retag, "f" },
	{ "delete", start_delete, "f" },
	{ "stats", show_stats, "f" },
	{ "check", start_check, "fr" },
};

static const struct command_word *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static _Noreturn void
refuse_command(const char *name)
{
	const char *all = "run, export, import, retag, delete, stats or check";

	if (name == NULL)
		log_misuse("no command given: %s", all);
	log_misuse("'%s': no such command: %s", name, all);
}

int
main(int argc, char **argv)
{
	const struct command_word *command = argc > 1 ? find_command(argv[1]) : NULL;
	const char *why;

	log_open("ipcache");
	guard.seed = hash_seed();
	if (command == NULL) {
		parse_options(argc, argv, "ipcache", "");
		refuse_command(argv[1]);
	}
	argv[1] = argv[0];	/* getopt's messages begin with it */
	parse_options(argc - 1, argv + 1, command->name, command->options);
	if ((why = owner_become(options.run.db)) != NULL)
		log_die("%s: %s", options.run.db, why);
	if (!options.check_only)
		options.run.db = dbpath_resolve(options.run.db);
	return command->call(argc - 1 - optind, argv + 1 + optind);
}
