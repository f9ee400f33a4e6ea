/*
 * One process at a time writes a DB. `ipcache run` locks the DB until it exits, and serves commands
 * on the socket DB.sock; a command that finds no run locks the DB itself. Each process first locks
 * the file, then confines itself (sandbox.h), then parses the file.
 *
 * Invariants:
 * - The socket and new versions of the file are in the folder of the real file, also when the DB is
 *   named by a symbolic link: the sandbox allows only that folder.
 * - Only a run salvages a damaged file unasked, and only once: if the new file is also damaged,
 *   the disk or the program is at fault.
 */
#include "ipcache/db.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "control/control.h"
#include "control/control_client.h"
#include "io/file.h"
#include "io/sandbox.h"
#include "store/salvage.h"

#define CLAIM_TIME (10 * SECOND)
#define RETRY_MS 20
#define EVICTED_EVERY (10 * SECOND)	/* shortest pause between messages about evicted pairs */

typedef unsigned long long ull;

static struct db *loaded;	/* the cache passes no context to pair_gone */

/* --- The path --- */

/* The target of a symbolic link to a missing file. NULL: not a link, or a path that is too long. */
static const char *
link_target(const char *path)
{
	static char at[2 * PATH_MAX];
	char target[PATH_MAX], *slash;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0 || (size_t)n == sizeof(target) - 1 || strlen(path) >= PATH_MAX)
		return NULL;
	target[n] = '\0';
	strcpy(at, path);
	slash = strrchr(at, '/');
	strcpy(target[0] == '/' || slash == NULL ? at : slash + 1, target);
	return at;
}

const char *
db_real_path(const char *path)
{
	static char real[PATH_MAX];
	const char *target;

	if (realpath(path, real) != NULL)
		return real;
	target = link_target(path);
	return target != NULL ? target : path;
}

const char *
db_check_path(const char *path)
{
	int error = file_check_folder(path);

	if (error == 0 && access(path, R_OK | W_OK) < 0 && errno != ENOENT)
		error = errno;
	return error != 0 ? strerror(error) : NULL;
}

/* --- Claiming and opening --- */

static int
connect_to_run(const char *db)
{
	control_path path;

	return control_path_of(db, path) ? control_client_connect(path) : -1;
}

/* Connects to a run, or locks the file. `run_fd` NULL: only locks, and waits while a run exits. */
static const char *
claim_file(struct db *d, enum store_mode mode, int *run_fd)
{
	int64_t end = clock_mono() + CLAIM_TIME;
	const char *why;

	for (;;) {
		if (run_fd != NULL && (*run_fd = connect_to_run(d->path)) >= 0)
			return NULL;
		why = store_claim(d->path, mode, &d->lock);
		if (why != store_in_use || clock_mono() >= end)
			return why;
		poll(NULL, 0, RETRY_MS);
	}
}

const char *
db_claim(struct db *d, const char *path, enum store_mode mode, int *run_fd)
{
	*d = (struct db){ .path = path };
	return claim_file(d, mode, run_fd);
}

const char *
db_claim_for_run(struct db *d, const char *path)
{
	const char *why;
	int run_fd;

	*d = (struct db){ .path = path, .salvages = true };
	why = claim_file(d, STORE_CREATE, &run_fd);
	if (why != NULL || run_fd < 0)
		return why;
	close(run_fd);
	return "in use by another ipcache run";
}

const char *
db_confine(const char *db, const char *stats, const char *tap)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, 0);
	sandbox_allow(&sandbox, db, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, stats, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, tap, SANDBOX_WRITE);
	return sandbox_enter(&sandbox);
}

void
db_close(struct db *d)
{
	if (d->writeback != NULL)
		writeback_free(d->writeback);
	if (d->cache != NULL)
		cache_free(d->cache);
	if (d->store != NULL)
		store_close(d->store);
	*d = (struct db){ .path = d->path, .salvages = d->salvages };
}

/* Salvages a damaged file and locks the new file. NULL, or a reason that begins with `damage`. */
static const char *
replace_damaged(struct db *d, const char *damage)
{
	static char reason[1024];
	const char *why = "run `ipcache check -r` to rebuild it from its intact records";
	bool is_damage = store_is_damage(damage);
	struct salvage found;

	snprintf(reason, sizeof(reason), "%.500s", damage);
	db_close(d);
	if (!is_damage)
		return reason;
	if (d->salvages)
		why = salvage(d->path, true, &found);
	if (why != NULL) {
		snprintf(strchr(reason, '\0'), 500, "; %s%s", d->salvages ? "not repaired: " : "",
		    why);
		return reason;
	}
	log_warn("%s: %s; rebuilt from %llu intact segments and %llu pairs of version 1; "
	    "%llu segments lost; the damaged file is kept as %s", d->path, reason,
	    (ull)found.segments, (ull)found.pairs, (ull)found.lost, found.kept);
	d->salvages = false;
	return claim_file(d, STORE_WRITE, NULL);
}

const char *
db_open(struct db *d)
{
	const char *why;

	while ((why = store_open_claimed(&d->store, d->path, d->lock)) != NULL)
		if ((why = replace_damaged(d, why)) != NULL)
			return why;
	return NULL;
}

/* --- Loading --- */

/*
 * Counts an evicted pair. Logs at most once per EVICTED_EVERY: hostile names must not fill the log
 * as well as the cache.
 */
static void
note_evicted(void)
{
	static int64_t silent_until;
	int64_t now = clock_mono();

	loaded->evicted++;
	if (now < silent_until)
		return;
	silent_until = now + EVICTED_EVERY;
	log_warn("cache full: %zu pairs of %zu addresses; %llu pairs evicted so far, see Limits in "
	    "ipcache(1)", cache_pairs(loaded->cache), cache_addresses(loaded->cache),
	    (ull)loaded->evicted);
}

static void
pair_gone(const struct answer *a, uint32_t place, enum cache_end why)
{
	writeback_gone(loaded->writeback, a, place, why);
	if (why == CACHE_EVICTED)
		note_evicted();
}

const char *
db_load(struct db *d, const struct life *life, cache_route_fn *route, const struct martians *denied,
    const struct cache_limits *limits, int64_t sync_interval)
{
	uint64_t refused;
	const char *why = writeback_new(&d->writeback, d->store, sync_interval);

	if (why != NULL)
		return why;
	loaded = d;
	d->cache = cache_new(hash_seed(), life, route, pair_gone);
	cache_set_guard(d->cache, denied);
	if ((why = writeback_load(d->writeback, d->cache, &refused)) != NULL) {
		why = replace_damaged(d, why);
		if (why == NULL)
			why = db_open(d);
		return why != NULL ? why : db_load(d, life, route, denied, limits, sync_interval);
	}
	if (refused > 0)
		log_warn("%s: %llu pairs removed: special-purpose or denied addresses; "
		    "--allow PREFIX accepts them", d->path, (ull)refused);
	cache_set_limits(d->cache, limits);
	cache_end_load(d->cache, clock_wall());
	return NULL;
}

/* --- The command check --- */

static void
log_damage(const char *what, void *path)
{
	log_error("%s: %s", (const char *)path, what);
}

static bool
is_sound(const char *path)
{
	struct store *store;
	const char *why = store_open(&store, path, STORE_READ);
	size_t segments;
	bool sound;

	if (why != NULL) {
		log_damage(why, (void *)path);
		return false;
	}
	sound = store_check(store, log_damage, (void *)path);
	free(store_log(store, &segments));
	if (sound)
		printf("sound: %zu segments, %llu bytes\n", segments, (ull)store_size(store));
	store_close(store);
	return sound;
}

static int
repair_file(const char *path)
{
	struct salvage found;
	const char *why = salvage(path, false, &found);

	if (why != NULL) {
		log_error("%s: not repaired: %s", path, why);
		return 2;
	}
	printf("repaired: %llu segments and %llu pairs of version 1 were intact, %llu segments "
	    "are lost\nthe damaged file is kept as %s\n", (ull)found.segments, (ull)found.pairs,
	    (ull)found.lost, found.kept);
	return 0;
}

int
db_check(const char *path, bool repairs)
{
	if (is_sound(path))
		return 0;
	return repairs ? repair_file(path) : 1;
}
