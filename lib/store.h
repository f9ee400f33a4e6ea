/*
 * The cache on disk: a tdb file with a record for each pair (ADDRESS, NAME), and one for what the file is and
 * which LIFE its `run` has. All changes go in transactions; a reader sees the file between two of them.
 *
 * The functions return NULL, or the reason why not, good till the next call.
 */
#ifndef STORE_H
#define STORE_H

#include "answer.h"
#include "life.h"

struct store;

#define STORE_DEFAULT "/var/lib/dnstap-bgp/ipcache.tdb"

enum store_mode {
	STORE_READ,	/* it has to be there; others may write meanwhile */
	STORE_WRITE,	/* it has to be there; refused while another writer has it */
	STORE_CREATE,	/* as STORE_WRITE, but made when it is not there (mode 0600) */
};

/* The reason that store_open gives, this very pointer, when another process has the file for writing. */
extern const char store_in_use[];

/* `path` is not copied. A file that is not a cache, or of another version, is refused and left as it is. */
const char *store_open(struct store **s, const char *path, enum store_mode mode);
void store_close(struct store *s);

/* The LIFE of a pair as the last `run` had it, in the words of life.h; empty before the first. */
const char *store_life(const struct store *s);

/* Sets it, in a transaction of its own; at most LIFE_TEXT_MAX bytes. */
const char *store_set_life(struct store *s, const char *life);

/* Calls `each` for every record, as of one moment. Records that make no sense are counted in *bad. */
const char *store_each(struct store *s, void (*each)(const struct answer *a, void *context), void *context,
    uint64_t *bad);

/* Starts a transaction. Until store_commit, nothing of it is seen by others or survives a crash. */
const char *store_begin(struct store *s);
void store_put(struct store *s, const struct answer *a);
void store_remove(struct store *s, const struct answer *a);
void store_wipe(struct store *s);	/* all records; the LIFE stays */

/* Ends it: on disk when this returns NULL; otherwise nothing of it has happened. */
const char *store_commit(struct store *s);

#endif
