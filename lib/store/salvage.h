/*
 * What can still be read of a damaged cache is put in a new file, whatever state tdb's own
 * structure is in: the file is searched for records that make sense by themselves.
 */
#ifndef SALVAGE_H
#define SALVAGE_H

#include <stdbool.h>
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
 * PATH.damaged, PATH.damaged.1, ... NULL, or the reason why not, good till the next call. Refused
 * are a file that another ipcache has, one of a newer version, and one in which nothing is found.
 *
 * With `empty` the last is refused only where the path may be a mistake: the file is a text, which
 * has no NUL byte in its first 4096, or a tdb file without a record of ours. Anything else, as one
 * of zeros, or of no bytes, is what a crash can leave of a cache, and the new one is empty.
 */
const char *salvage(const char *path, bool empty, struct salvage *result);

#endif
