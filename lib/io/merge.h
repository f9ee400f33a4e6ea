/*
 * Lines from FIFOs that a filter handles together with those of stdin. Only whole lines are merged,
 * while two writers on one pipe could tear the lines of each other.
 *
 * A line of a FIFO is handled after all lines that were in the pipe of stdin, and in the FIFOs
 * before it in the list, when the line was read: after each of these pipes was empty, or as many
 * bytes were read from it as it can hold. So a barrier that a process writes to the last FIFO
 * follows the lines that were in all pipes then.
 */
#ifndef MERGE_H
#define MERGE_H

#include "io/linereader.h"
#include "io/loop.h"

#define MERGES_MAX 8

/* What is known about a pipe: stdin, or a FIFO. */
struct merge_source {
	int fd;
	uint64_t read;		/* bytes */
	bool is_empty;		/* the last wait found no bytes in it */
};

struct merge {
	const char *path;	/* not owned */
	struct linereader in;
	size_t place;		/* index in the poll set */
	bool polled;
	enum { MERGE_EMPTY, MERGE_WAITING, MERGE_READY } state;	/* of the lines in memory */
	/* The bytes before the lines in memory, for each source before this; 0: all are read. */
	uint64_t until[MERGES_MAX];
};

struct merges {
	struct merge list[MERGES_MAX];
	size_t n;
	struct merge_source sources[MERGES_MAX + 1];	/* stdin, then the FIFOs */
};

/* Adds a FIFO. NULL, or the reason: there are too many. */
const char *merges_add(struct merges *all, const char *path);

/* Creates the FIFOs that do not exist, and opens all. NULL, or a reason with the path. */
const char *merges_open(struct merges *all, size_t line_max);

/* Adds the FIFOs to the poll set, which must not have stdin yet. Reads later if `may_read`. */
void merges_begin(struct merges *all, struct loop *l, bool may_read);

/*
 * Reads the FIFOs, and decides which lines in memory are ready. `stdin_read` is the number of bytes
 * read from stdin; `stdin_empty`: stdin had none at the last wait. Returns whether lines arrived.
 */
bool merges_turn(struct merges *all, const struct loop *l, uint64_t stdin_read, bool stdin_empty);

/* Whether lines are in memory. */
bool merges_have_lines(const struct merges *all);

/* Whether a FIFO has bytes that were not read yet. */
bool merges_have_unread(const struct merges *all);

/* The next line that is ready, as linereader_line, with its FIFO in *source. */
enum linereader_result merges_line(struct merges *all, struct str *line,
    const struct merge **source);

void merges_close(struct merges *all);

#endif
