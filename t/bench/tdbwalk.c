/*
 * The cost of tdb alone: `tdbwalk FILE` reads all records of a file under one lock. `tdbwalk FILE
 * make` creates the file first, with one record for each answer line on stdin.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>		/* tdb.h needs it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <tdb.h>

static size_t bytes;

static int
visit(struct tdb_context *tdb, TDB_DATA key, TDB_DATA value, void *context)
{
	(void)tdb, (void)context;
	bytes += key.dsize + value.dsize;
	return 0;
}

static struct tdb_context *
open_file(const char *path, int flags, int buckets)
{
	struct tdb_context *tdb = tdb_open(path, buckets, TDB_NOSYNC | TDB_INCOMPATIBLE_HASH, flags,
	    0600);

	if (tdb == NULL)
		err(2, "%s", path);
	return tdb;
}

static void
make(const char *path)
{
	struct tdb_context *tdb = open_file(path, O_RDWR | O_CREAT | O_EXCL, 1000003);
	static char line[16384];
	unsigned char *text = (unsigned char *)line;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		/* The key is about as long as an address and a name. */
		size_t key = strcspn(line, "=");

		if (tdb_store(tdb, (TDB_DATA){ text, key },
		    (TDB_DATA){ text + key, strlen(line) - key }, 0) != 0)
			errx(2, "%s: %s", path, tdb_errorstr(tdb));
	}
	tdb_close(tdb);
}

int
main(int argc, char **argv)
{
	struct tdb_context *tdb;
	int records;

	if (argc < 2)
		errx(2, "usage: tdbwalk FILE [make <LINES]");
	if (argc > 2)
		make(argv[1]);
	tdb = open_file(argv[1], O_RDWR, 0);
	if (tdb_lockall_read(tdb) != 0 || (records = tdb_traverse_read(tdb, visit, NULL)) < 0)
		errx(2, "%s: %s", argv[1], tdb_errorstr(tdb));
	tdb_unlockall_read(tdb);
	printf("%d records, %zu bytes\n", records, bytes);
	return 0;
}
