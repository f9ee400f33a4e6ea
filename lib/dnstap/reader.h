/*
 * Reads all inputs in turns and converts them to answer lines. In a turn, each producer that has
 * sent data is read once, and so is the open file. Producers are read into one block, files into
 * another; the bytes of an incomplete frame are stored with their source.
 *
 * While the reader of the output does not keep up, files are not read. With a `buffer`, producers
 * are still read, and the lines of each producer wait in a queue (backlog.h). Lines are moved from
 * the queues to the output in turns; lines that exceed the buffer are dropped and counted. So a
 * line waits only for the output and one turn of each other producer.
 */
#ifndef READER_H
#define READER_H

#include <stdio.h>

#include "dnstap/files.h"
#include "dnstap/payloads.h"
#include "dnstap/producers.h"
#include "io/drain.h"
#include "io/linewriter.h"

/* Initialize with zeros. The program opens the first three members and sets `buffer`. */
struct reader {
	struct producers producers;
	struct files files;
	struct payloads payloads;
	/* The most bytes of pending output and backlogs; 0: producers wait while output is full. */
	size_t buffer;
	size_t waiting;		/* bytes in the backlogs of all producers */
	size_t served;		/* moves from backlogs so far: selects the next backlog */
};

/* Call before waiting. Adds the inputs to the poll set and sets the timer. */
void reader_begin(struct reader *r, struct loop *l, const struct linewriter *out);

/* Whether input is left in memory and the output has room. */
bool reader_has_more(const struct reader *r, const struct linewriter *out);

/* Call after waiting. Reads, and appends lines to the output. False when all inputs are quiet. */
bool reader_read(struct reader *r, const struct loop *l, struct linewriter *out);

/* Moves all lines of the backlogs to the output, before the program ends. */
void reader_flush(struct reader *r, struct linewriter *out);

/* Stops the inputs: no new connection is accepted, and no other file is opened. */
void reader_stop(struct reader *r);

/* Whether the inputs have ended, or the time to drain them after a signal is over. */
bool reader_is_over(const struct reader *r, const struct drain *drain);

/* Prints the counters, as in dnstap-read(1). */
void reader_print_counters(const struct reader *r, FILE *to);

void reader_free(struct reader *r);

#endif
