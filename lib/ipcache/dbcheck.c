#include "ipcache/dbcheck.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/salvage.h"
#include "store/store.h"

typedef unsigned long long ull;

static void
report_damage(const char *what, void *path)
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
		log_error("%s: %s", path, why);
		return false;
	}
	sound = store_check(store, report_damage, (void *)path);
	free(store_log(store, &segments));
	if (sound)
		printf("sound: %zu segments, %llu bytes\n", segments, (ull)store_size(store));
	store_close(store);
	return sound;
}

static int
repair(const char *path)
{
	struct salvage found;
	const char *why = salvage(path, false, &found);

	if (why != NULL) {
		log_error("%s: not repaired: %s", path, why);
		return 2;
	}
	printf("repaired: %llu segments and %llu pairs of version 1 were whole, %llu segments are "
	    "lost\n", (ull)found.segments, (ull)found.pairs, (ull)found.lost);
	printf("the damaged file is kept as %s\n", found.kept);
	return 0;
}

int
dbcheck(const char *path, bool repairs)
{
	if (is_sound(path))
		return 0;
	return repairs ? repair(path) : 1;
}
