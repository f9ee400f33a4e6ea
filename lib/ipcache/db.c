#include "ipcache/db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "control/control.h"
#include "control/control_client.h"
#include "io/sandbox.h"
#include "store/salvage.h"

/* With another that has the DB and is no run, or one that starts or ends. */
#define PATIENCE (10 * SECOND)
#define LOOK_EVERY 20			/* milliseconds, meanwhile */

static struct db *loaded;

static int
connect_to_run(const char *db)
{
	control_path path;

	return control_path_of(db, path) ? control_client_connect(path) : -1;
}

/* Returns when the file can be opened, or loaded; or the program ends. */
static void
salvage_or_die(struct db *d, const char *why)
{
	typedef unsigned long long ull;
	char damage[512];
	struct salvage found;

	snprintf(damage, sizeof(damage), "%s", why);
	if (!store_is_damage(why))
		log_die("%s: %s", d->path, damage);
	if (!d->salvages)
		log_die("%s: %s; `ipcache check -r` puts what is whole in a new one", d->path,
		    damage);
	if ((why = salvage(d->path, true, &found)) != NULL)
		log_die("%s: %s; left as it is: %s", d->path, damage, why);
	log_warn("%s: %s; a new one has the %llu segments and %llu pairs of version 1 that were "
	    "whole, %llu segments are lost; the damaged file is kept as %s", d->path, damage,
	    (ull)found.segments, (ull)found.pairs, (ull)found.lost, found.kept);
	d->salvages = false;	/* of a new file it would not help */
}

/*
 * Waits while another writer has the file. Returns a connection to the run, where one is asked for
 * and has the DB; else -1, and the lock is held.
 */
static int
claim_file(struct db *d, enum store_mode mode, bool asks_run)
{
	int64_t end = clock_mono() + PATIENCE;

	for (;;) {
		int fd = asks_run ? connect_to_run(d->path) : -1;
		const char *why = fd < 0 ? store_claim(d->path, mode, &d->lock) : NULL;

		if (why == NULL)
			return fd;
		if (why != store_in_use || clock_mono() >= end)
			log_die("%s: %s", d->path, why);
		poll(NULL, 0, LOOK_EVERY);
	}
}

int
db_reach(struct db *d, const char *path, enum store_mode mode)
{
	*d = (struct db){ .path = path };
	return claim_file(d, mode, true);
}

int
db_reach_for_run(struct db *d, const char *path)
{
	*d = (struct db){ .path = path, .salvages = true };
	return claim_file(d, STORE_CREATE, true);
}

void
db_open(struct db *d)
{
	const char *why;

	while ((why = store_open_claimed(&d->store, d->path, d->lock)) != NULL) {
		salvage_or_die(d, why);
		claim_file(d, STORE_WRITE, false);
	}
}

/* What has been loaded is dropped, and the store opened again. */
static void
salvage_loaded(struct db *d, const char *why)
{
	struct db fresh = { .path = d->path, .salvages = d->salvages };
	char damage[512];

	snprintf(damage, sizeof(damage), "%s", why);
	db_close(d);
	*d = fresh;
	salvage_or_die(d, damage);
	claim_file(d, STORE_WRITE, false);
	db_open(d);
}

/* Whoever makes names or addresses without end would also fill the log. */
static void
note_evicted(void)
{
	static int64_t silent_till;
	int64_t now = clock_mono();

	loaded->evicted++;
	if (now < silent_till)
		return;
	silent_till = now + 10 * SECOND;
	log_warn("cache full: %zu pairs of %zu addresses; evicting the oldest pairs of the rule "
	    "with the most, %llu so far", cache_pairs(loaded->cache),
	    cache_addresses(loaded->cache), (unsigned long long)loaded->evicted);
}

static void
note_gone(const struct answer *a, uint32_t place, enum cache_end why)
{
	writeback_gone(loaded->writeback, a, place, why);
	if (why == CACHE_EVICTED)
		note_evicted();
}

void
db_load(struct db *d, const struct life *life, cache_route_fn *route, const struct martians *denied,
    const struct cache_limits *limits, int64_t sync_interval)
{
	uint64_t refused;
	const char *why;

	loaded = d;
	why = writeback_new(&d->writeback, d->store, sync_interval);
	if (why != NULL)
		log_die("pipe: %s", why);
	d->cache = cache_new(hash_seed(), life, route, note_gone);
	cache_set_guard(d->cache, denied);
	why = writeback_load(d->writeback, d->cache, &refused);
	if (why != NULL) {
		salvage_loaded(d, why);
		db_load(d, life, route, denied, limits, sync_interval);
		return;
	}
	if (refused > 0)
		log_warn("%s: %llu pairs left out: special-purpose or denied addresses; "
		    "--allow PREFIX accepts them", d->path,
		    (unsigned long long)refused);
	cache_set_limits(d->cache, limits);
	cache_end_load(d->cache, clock_wall());
}

/* Beside the DB, its next version is written, and its socket lies there. */
void
db_confine(const char *db, const char *stats, const char *tap)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, 0);
	sandbox_allow(&sandbox, db, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, stats, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, tap, SANDBOX_WRITE);
	sandbox_enter(&sandbox);
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
	*d = (struct db){ 0 };
}
