#include "db.h"

#include <poll.h>
#include <stdlib.h>

#include "ask.h"
#include "clock.h"
#include "control.h"
#include "hash.h"
#include "log.h"
#include "sandbox.h"

/* With another that has the DB and is no run, or one that starts or ends. */
#define PATIENCE (10 * SECOND)
#define LOOK_EVERY 20			/* milliseconds, meanwhile */

static struct db *loaded;

static int
connect_to_run(const char *db)
{
	control_path path;

	return control_path_of(db, path) ? ask_connect(path) : -1;
}

int
db_reach(struct db *d, const char *path, enum store_mode mode)
{
	int64_t end = clock_mono() + PATIENCE;

	*d = (struct db){ .path = path };
	for (;;) {
		int fd = connect_to_run(path);
		const char *why = fd < 0 ? store_open(&d->store, path, mode) : NULL;

		if (why == NULL)
			return fd;
		if (why != store_in_use || clock_mono() >= end)
			log_die("%s: %s", path, why);
		poll(NULL, 0, LOOK_EVERY);
	}
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
	log_warn("at a limit: %zu pairs of %zu addresses; the rule with the most loses its oldest "
	    "first, %llu pairs evicted since the start", cache_pairs(loaded->cache),
	    cache_addresses(loaded->cache), (unsigned long long)loaded->evicted);
}

static void
note_gone(const struct answer *a, uint32_t place, enum cache_end why)
{
	saver_gone(loaded->saver, a, place, why);
	if (why == CACHE_EVICTED)
		note_evicted();
}

void
db_load(struct db *d, const struct life *life, cache_route_fn *route, const struct guard *denied,
    const struct cache_limits *limits, int64_t sync_interval)
{
	uint64_t refused;
	const char *why;

	loaded = d;
	d->saver = saver_new(d->store, sync_interval);
	d->cache = cache_new(hash_seed(), life, route, note_gone);
	cache_set_guard(d->cache, denied);
	why = saver_load(d->saver, d->cache, &refused);
	if (why != NULL)
		log_die("%s: %s", d->path, why);
	if (refused > 0)
		log_warn("%s: %llu pairs are left out: their addresses must not be routed", d->path,
		    (unsigned long long)refused);
	cache_set_limits(d->cache, limits);
	cache_end_load(d->cache, clock_wall());
}

/* Beside the DB, its next version is written, and its socket lies there. */
void
db_confine(const char *db, const char *stats, const char *tap)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox);
	sandbox_allow(&sandbox, db, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, stats, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, tap, SANDBOX_WRITE);
	sandbox_enter(&sandbox, false);
}

void
db_close(struct db *d)
{
	if (d->saver != NULL)
		saver_free(d->saver);
	if (d->cache != NULL)
		cache_free(d->cache);
	if (d->store != NULL)
		store_close(d->store);
	*d = (struct db){ 0 };
}
