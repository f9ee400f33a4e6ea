/*
 * ipcache: stores the addresses of names, and writes routes to these addresses.
 *
 * A command runs in one of three ways. `run` locks the DB and runs until stdin ends or a signal
 * arrives. `check` examines the file. Any other command is sent to the process that executes `run`
 * on the DB; without such a process, this process loads the DB and executes the command.
 *
 * Invariants:
 * - Root switches to the owner of the DB's folder before it opens files, except --deny-file.
 * - The process is confined before it parses the DB.
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
#include "io/file.h"
#include "io/owner.h"
#include "ipcache/db.h"
#include "ipcache/remote.h"
#include "ipcache/run.h"
#include "ipcache/selector.h"

#define DENY_FILE_MAX (64 * 1024 * 1024)

static const struct cache_limits default_limits = { 2000000, 1000000, 10000 };
static const char default_db[] = STORE_DEFAULT;

static struct martians guard;

static struct {
	struct run_options run;	/* import uses db, guard and limits; other commands only db */
	const char *since;
	bool follow;
	bool force;
	bool repair;
	bool check_only;
} options = {
	.run = {
		.db = default_db, .life_text = LIFE_DEFAULT, .sync_interval = 5 * SECOND,
		.guard = &guard,
	},
};

static const char usage[] =
    "usage: ipcache run [-f DB] [-t LIFE] [-s TIME] [-S FILE] [-T FIFO] [-c FILE]\n"
    "                   [-a|-d PREFIX] [-D FILE] [-p N] [-A N] [-N N] [--check-options]\n"
    "       ipcache export [-f DB] [-n SERIAL] [-F] [ADDRESS|PREFIX|NAME ...]\n"
    "       ipcache import [-f DB] [-a|-d PREFIX] [-D FILE] [-p N] [-A N] [-N N]\n"
    "       ipcache retag [-f DB] [--force]\n"
    "       ipcache delete [-f DB] ADDRESS|PREFIX|NAME ...\n"
    "       ipcache stats [-f DB]\n"
    "       ipcache check [-f DB] [-r]\n"
    "run caches the answers on stdin and writes route lines. While a run is\n"
    "active, the other commands work on its cache, otherwise on the file DB.\n"
    "  -a, --allow PREFIX        accept addresses in PREFIX, also special-purpose ones\n"
    "  -A, --max-addresses N     limit the number of addresses [1000000]\n"
    "      --check-options       check the options of run and their files, and exit\n"
    "  -c, --comments FILE       append a comment to FILE when earlier lines are done\n"
    "  -d, --deny PREFIX         refuse addresses in PREFIX; the longest PREFIX wins\n"
    "  -D, --deny-file FILE      refuse the prefixes in FILE, one per line\n"
    "  -f, --file DB             use this database [" STORE_DEFAULT "]\n"
    "  -F, --follow              keep running and print changes\n"
    "      --force               delete more than half of the pairs if no list matches them\n"
    "  -h, --help                print this help\n"
    "  -n, --since SERIAL        print the changes since SERIAL, and the next serial\n"
    "  -N, --max-names N         limit the number of names per address [10000]\n"
    "  -p, --max-pairs N         limit the number of address-name pairs [2000000]\n"
    "  -r, --repair              rebuild a damaged database from its intact records\n"
    "  -s, --sync-interval TIME  write changes to disk after TIME [5s]\n"
    "  -S, --stats FILE          write counters to FILE every 10 s\n"
    "  -t, --life LIFE           delete a pair LIFE after it was last seen [" LIFE_DEFAULT "]\n"
    "  -T, --tap FIFO            copy the output to FIFO while it has a reader\n"
    "  -V, --version             print the version\n"
    "TIME is a number and ms, s, m, h, d or w. See ipcache(1) for LIFE and SERIAL.\n";

/* --- Options --- */

enum { RUN = 1, EXPORT = 2, IMPORT = 4, RETAG = 8, DELETE = 16, STATS = 32, CHECK = 64,
    ALL_COMMANDS = 127, NO_COMMAND = 128 };

enum { CHECK_OPTIONS = UINT8_MAX + 1, FORCE };	/* options without a letter */

struct known {
	const char *name;
	int letter;
	unsigned commands;	/* the commands that accept the option */
	void (*set)(const struct known *k, const char *arg);
	void *to;		/* the object that `set` changes or prints; or NULL */
};

static void
set_text(const struct known *k, const char *arg)
{
	*(const char **)k->to = arg;
}

static void
set_flag(const struct known *k, const char *none)
{
	(void)none;
	*(bool *)k->to = true;
}

static void
print_text(const struct known *k, const char *none)
{
	(void)none;
	fputs(k->to, stdout);
	exit(0);
}

static void
set_limit(const struct known *k, const char *arg)
{
	uint32_t *limit = k->to;

	if (!num_parse(str_of(arg), CACHE_LIMIT_MAX, limit) || *limit == 0)
		log_die("--%s '%s': not a number from 1 to %u", k->name, arg, CACHE_LIMIT_MAX);
}

static void
set_span(const struct known *k, const char *arg)
{
	int64_t *span = k->to;
	const char *why = clock_span_parse(str_of(arg), span);

	if (why == NULL && *span == 0)
		why = "must be greater than zero";
	if (why != NULL)
		log_die("--%s '%s': %s", k->name, arg, why);
}

/* Adds a prefix, an address, or `any` (all addresses). Returns NULL, or the reason. */
static const char *
add_to_guard(struct str text, bool deny)
{
	struct selector s;
	const char *why;

	if (str_eq(text, STR("any"))) {
		add_to_guard(STR("0.0.0.0/0"), deny);
		return add_to_guard(STR("::/0"), deny);
	}
	if ((why = selector_parse(text, &s)) != NULL)
		return why;
	if (s.prefix.addr.family == ADDR_NONE)
		return "neither an address nor a prefix; write one as in 192.0.2.0/24";
	martians_add(&guard, &s.prefix, deny);
	return NULL;
}

static void
set_guard(const struct known *k, const char *arg)
{
	const char *why = add_to_guard(str_of(arg), k->letter == 'd');

	if (why != NULL)
		log_die("--%s '%s': %s", k->name, arg, why);
}

/* Reads one prefix from each line; text after a space is a comment. */
static void
set_deny_file(const struct known *k, const char *path)
{
	struct buf text = BUF(DENY_FILE_MAX);
	struct str rest, line, word;
	bool seekable;
	const char *why;
	int error = file_read(path, &text, &seekable);

	(void)k;
	if (error != 0)
		log_die("%s: %s", path, strerror(error));
	rest = buf_view(&text);
	for (unsigned number = 1; str_split(&rest, '\n', &line); number++)
		if (str_split(&line, ' ', &word) && !answer_is_comment(word) &&
		    (why = add_to_guard(word, true)) != NULL)
			log_die("%s:%u: %s", path, number, why);
	buf_free(&text);
}

static const struct known known[] = {
	{ "allow", 'a', RUN | IMPORT, set_guard, NULL },
	{ "check-options", CHECK_OPTIONS, RUN, set_flag, &options.check_only },
	{ "comments", 'c', RUN, set_text, &options.run.comments },
	{ "deny", 'd', RUN | IMPORT, set_guard, NULL },
	{ "deny-file", 'D', RUN | IMPORT, set_deny_file, NULL },
	{ "file", 'f', ALL_COMMANDS, set_text, &options.run.db },
	{ "follow", 'F', EXPORT, set_flag, &options.follow },
	{ "force", FORCE, RETAG, set_flag, &options.force },
	{ "help", 'h', ALL_COMMANDS | NO_COMMAND, print_text, (void *)usage },
	{ "life", 't', RUN, set_text, &options.run.life_text },
	{ "max-addresses", 'A', RUN | IMPORT, set_limit, &options.run.limits.addresses },
	{ "max-names", 'N', RUN | IMPORT, set_limit, &options.run.limits.names },
	{ "max-pairs", 'p', RUN | IMPORT, set_limit, &options.run.limits.pairs },
	{ "repair", 'r', CHECK, set_flag, &options.repair },
	{ "since", 'n', EXPORT, set_text, &options.since },
	{ "stats", 'S', RUN, set_text, &options.run.stats },
	{ "sync-interval", 's', RUN, set_span, &options.run.sync_interval },
	{ "tap", 'T', RUN, set_text, &options.run.tap },
	{ "version", 'V', ALL_COMMANDS | NO_COMMAND, print_text, "ipcache " VERSION "\n" },
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

static const struct known *
find_option(int letter)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (known[i].letter == letter)
			return &known[i];
	log_try_help();
}

static void
parse_command_options(int argc, char **argv, const char *name, unsigned command)
{
	struct option names[KNOWN + 1] = { 0 };
	char letters[2 * KNOWN + 1] = "", *end = letters;
	int c;

	for (size_t i = 0; i < KNOWN; i++) {
		bool has_arg = known[i].set != set_flag && known[i].set != print_text;

		names[i] = (struct option){ known[i].name, has_arg, NULL, known[i].letter };
		if (known[i].letter <= UINT8_MAX)
			end += sprintf(end, "%c%s", known[i].letter, has_arg ? ":" : "");
	}
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		const struct known *k = find_option(c);

		if (command == NO_COMMAND && (k->commands & NO_COMMAND) == 0)
			return;
		if ((k->commands & command) == 0)
			log_misuse("%s: --%s is not an option of this command", name, k->name);
		k->set(k, optarg);
	}
}

/* --- Commands --- */

/* Parses a LIFE (life.h) from the options or from the DB. */
static struct life
parse_life(const char *text)
{
	struct life life;
	const char *why = life_parse(str_of(text), &life);

	if (why != NULL)
		log_die("life '%s': %s", text, why);
	return life;
}

/* Replaces each limit that is 0 by the limit in `from`. */
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

/* --check-options: exits if run would refuse the DB of -f. */
static int
check_run(void)
{
	const char *why;

	if (options.run.db == default_db)
		return 0;
	options.run.db = db_real_path(options.run.db);
	if ((why = db_check_path(options.run.db)) != NULL)
		log_die("%s: %s", options.run.db, why);
	return 0;
}

static int
do_run(void)
{
	const char *why;
	int status;

	options.run.life = parse_life(options.run.life_text);
	if (options.check_only)
		return check_run();
	complete_limits(&options.run.limits, &default_limits);
	if ((why = run(&options.run, &status)) != NULL)
		log_die("%s", why);
	return status;
}

static void
confine(void)
{
	const char *why = db_confine(options.run.db, NULL, NULL);

	if (why != NULL)
		log_die("%s", why);
}

static int
do_check(void)
{
	if (access(options.run.db, R_OK) != 0)
		log_die("%s: %s", options.run.db, strerror(errno));
	confine();
	return db_check(options.run.db, options.repair);
}

static void
skip_route(const struct route *r)
{
	(void)r;
}

/* Executes a command in this process: loads the DB, changes its pairs, and saves the changes. */
static int
work_on_db(const struct remote *request, struct db *db)
{
	const struct store_terms *terms = store_terms(db->store);
	struct command_host host = { .life = *terms->life != '\0' ? terms->life : LIFE_DEFAULT };
	struct life life = parse_life(host.life);
	bool import = request->request.verb == VERB_IMPORT;
	struct cache_limits limits = { 0 };
	const char *why;
	int status;

	if (import) {
		limits = options.run.limits;
		complete_limits(&limits, &terms->limits);
		complete_limits(&limits, &default_limits);
	}
	why = db_load(db, &life, skip_route, import ? &guard : NULL, &limits, SECOND);
	if (why != NULL)
		log_die("%s: %s", db->path, why);
	host.cache = db->cache;
	status = remote_cache(request, &host);
	if ((why = writeback_finish(db->writeback)) != NULL)
		log_die("%s: not saved: %s; run the command again", db->path, why);
	db_close(db);
	return status;
}

static int
execute(const struct remote *request, enum store_mode mode)
{
	struct db db;
	int run_fd;
	const char *why = db_claim(&db, options.run.db, mode, &run_fd);

	if (why != NULL)
		log_die("%s: %s", options.run.db, why);
	confine();
	if (run_fd >= 0)
		return remote_run(request, run_fd);
	if ((why = db_open(&db)) != NULL)
		log_die("%s: %s", options.run.db, why);
	return work_on_db(request, &db);
}

static struct selector *
parse_selectors(int argc, char **argv)
{
	struct selector *words = mem_zero((size_t)argc, sizeof(*words));
	const char *why;

	if (argc > COMMAND_WORDS_MAX)
		log_die("more than %d addresses, prefixes and names; repeat the command for the "
		    "rest", COMMAND_WORDS_MAX);
	for (int i = 0; i < argc; i++)
		if ((why = selector_parse(str_of(argv[i]), &words[i])) != NULL)
			log_die("'%s': not an address, prefix or name: %s", argv[i], why);
	return words;
}

/* A malformed serial is sent as 0, which is never valid, so that the reply has all pairs. */
static struct str
requested_serial(void)
{
	struct str word = { options.since, options.since != NULL ? strlen(options.since) : 0 };
	struct serial serial;

	return options.since == NULL || serial_parse(word, &serial) ? word : STR("0");
}

static void
warn_of_empty_import(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		log_warn("stdin: empty; no answer to import");
}

static const struct command_word {
	const char *name;
	unsigned bit;
	bool has_words;
	int (*call)(void);	/* NULL: execute_command, with verb and mode */
	enum verb verb;
	enum store_mode mode;
} commands[] = {
	{ "run", RUN, .call = do_run },
	{ "export", EXPORT, true, NULL, VERB_EXPORT, STORE_READ },
	{ "import", IMPORT, false, NULL, VERB_IMPORT, STORE_CREATE },
	{ "retag", RETAG, false, NULL, VERB_RETAG, STORE_WRITE },
	{ "delete", DELETE, true, NULL, VERB_DELETE, STORE_WRITE },
	{ "stats", STATS, false, NULL, VERB_STATS, STORE_READ },
	{ "check", CHECK, .call = do_check },
};

static int
execute_command(const struct command_word *w, int argc, char **argv)
{
	struct remote remote = { { w->verb, requested_serial(), options.follow, options.force },
	    parse_selectors(argc, argv), (size_t)argc };
	int status;

	if (w->bit == DELETE && argc == 0)
		log_misuse("delete: no ADDRESS, PREFIX or NAME given");
	if (w->bit == IMPORT)
		warn_of_empty_import();
	status = execute(&remote, w->mode);
	free((void *)remote.words);
	return status;
}

static int
call_command(const struct command_word *w, int argc, char **argv)
{
	if (!w->has_words && argc > 0)
		log_misuse("%s: '%s': unexpected argument", w->name, argv[0]);
	return w->call != NULL ? w->call() : execute_command(w, argc, argv);
}

/* Without a command, only --help and --version are accepted. */
static const struct command_word *
parse_command(int argc, char **argv)
{
	const char *all = "run, export, import, retag, delete, stats or check";
	const char *name = argv[1];

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (name != NULL && strcmp(name, commands[i].name) == 0)
			return &commands[i];
	parse_command_options(argc, argv, NULL, NO_COMMAND);
	if (name == NULL)
		log_misuse("no command given; write %s", all);
	log_misuse("'%s': no such command; write %s", name, all);
}

/* check_run resolves the path itself, if the path is not the default. */
static void
prepare_db_path(void)
{
	const char *why = owner_become(options.run.db);

	if (why != NULL)
		log_die("%s: %s", options.run.db, why);
	if (!options.check_only)
		options.run.db = db_real_path(options.run.db);
}

int
main(int argc, char **argv)
{
	const struct command_word *command;

	log_open("ipcache");
	guard.seed = hash_seed();
	command = parse_command(argc, argv);
	argv[1] = argv[0];	/* messages of getopt begin with argv[0] */
	parse_command_options(argc - 1, argv + 1, command->name, command->bit);
	prepare_db_path();
	return call_command(command, argc - 1 - optind, argv + 1 + optind);
}
