/*
 * Rebuilds a damaged cache file from its intact records.
 */
#ifndef SALVAGE_H
#define SALVAGE_H

#include <stdbool.h>
#include <stdint.h>

#define SALVAGE_PATH_MAX 4096

struct salvage {
	uint64_t segments, pairs;	/* found intact; `pairs` only for a file of version 1 */
	uint64_t lost;			/* damaged segments */
	char kept[SALVAGE_PATH_MAX];	/* the new name of the damaged file */
};

/*
 * Replaces the file at `path` by a new cache. The damaged file gets the first free name of
 * PATH.damaged, PATH.damaged.1, ... Returns NULL, or the reason, valid until the next call. Refuses
 * a file that another ipcache uses, a file of a newer version, and a file without intact records.
 *
 * If `empty` is true, a file without intact records, perhaps left by a crash, is replaced by an
 * empty cache, unless the path may be wrong: the file is text (no NUL byte in the first 4096
 * bytes), or a tdb file without a record of a cache.
 */
const char *salvage(const char *path, bool empty, struct salvage *result);

#endif
