/*
 * Returns barriers (line/barrier.h) on FIFOs, in their order, when all route lines before them have
 * reached the peers: a barrier waits for the gate (gate.h) of each neighbor with gate=yes whose
 * session was past our End-of-RIB when the barrier was read, until that session ends.
 *
 * The last BARRIERS_MAX barriers are stored. An older one is lost: a later barrier implies it. A
 * full FIFO receives its barriers later; to a FIFO without a reader they are not written.
 */
#ifndef BARRIERS_H
#define BARRIERS_H

#include "bgp/neighbors.h"
#include "line/barrier.h"

#define BARRIERS_MAX 1024
#define BARRIERS_FIFOS_MAX 8

struct barriers_fifo {
	const char *path;		/* not owned */
	int fd;				/* -1: no reader */
	uint64_t done;			/* barriers up to this number are written, or need not be */
};

struct barriers {
	struct barriers_fifo fifos[BARRIERS_FIFOS_MAX];
	size_t n;
	char ids[BARRIERS_MAX][BARRIER_ID_MAX + 1];	/* of barrier i: i % BARRIERS_MAX */
	uint64_t last;			/* the number of the last barrier read; 0: none */
	uint64_t asked;			/* the neighbors know of barriers up to this number */
	uint64_t passed;		/* barriers up to this number have passed all gates */
	uint64_t lost;			/* no longer stored when they could be written */
};

/* Adds a FIFO. NULL, or the reason: there are too many. */
const char *barriers_add(struct barriers *b, const char *path);

/* Creates the FIFOs. NULL, or a reason with the path. */
const char *barriers_open(struct barriers *b);

/* Reads a line. False if it is no barrier, or without a FIFO. */
bool barriers_read(struct barriers *b, struct str line);

/* Must be called in every turn of the loop: before waiting, before and after neighbors_turn. */
void barriers_begin(const struct barriers *b, const struct neighbors *all, struct loop *loop);
void barriers_ask(struct barriers *b, struct neighbors *all);
void barriers_turn(struct barriers *b, struct neighbors *all, int64_t now);

/* The number of barriers that have not passed all gates. */
static inline uint64_t
barriers_pending(const struct barriers *b)
{
	uint64_t n = b->last - b->passed;

	return n < BARRIERS_MAX ? n : BARRIERS_MAX;
}

void barriers_close(struct barriers *b);

#endif
