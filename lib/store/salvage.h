/*
 * Rebuilds a damaged cache from the records that are intact.
 */
#ifndef SALVAGE_H
#define SALVAGE_H

#include <stdbool.h>
#include <stdint.h>

#define SALVAGE_PATH_MAX 4096

struct salvage {
	uint64_t segments, pairs;	/* found intact; pairs: of a file of version 1 */
	uint64_t lost;			/* damaged segments */
	char kept[SALVAGE_PATH_MAX];	/* the new name of the damaged file */
};

/*
 * Replaces the file at `path` by a new cache. The damaged file gets the first free name of
 * PATH.damaged, PATH.damaged.1, ... NULL, or the reason, valid until the next call. Refused are a
 * file in use by another ipcache, a file of a newer version, and a file without an intact record.
 *
 * With `empty`, a file without an intact record is refused only if the path may be wrong: the file
 * is text (no NUL byte in the first 4096), or a tdb file without a record of a cache. Any other
 * file may be what a crash left of a cache, and is replaced by an empty one.
 */
const char *salvage(const char *path, bool empty, struct salvage *result);

#endif
