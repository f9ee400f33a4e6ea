/*
 * What can still be read of a damaged cache is put in a new file, whatever state tdb's own
 * structure is in: the file is searched for records that make sense by themselves.
 */
#ifndef SALVAGE_H
#define SALVAGE_H

#include <stdint.h>

#define SALVAGE_PATH_MAX 4096

struct salvage {
	/* Found whole: segments, or the pairs of a file of version 1. */
	uint64_t segments, pairs;
	uint64_t lost;			/* segments of which only a part was found */
	char kept[SALVAGE_PATH_MAX];	/* where the damaged file is now */
};

/*
 * Puts a new cache in the place of the file at `path`, which gets the first free one of the names
 * PATH.damaged, PATH.damaged.1, ... NULL, or the reason why not, good till the next call; then
 * nothing has changed. A file in which nothing is found is refused, and so is one that another
 * ipcache has.
 */
const char *salvage(const char *path, struct salvage *result);

#endif
