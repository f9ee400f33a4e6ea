/*
 * Reads all inputs in turns and converts them to answer lines. In a turn, each producer that has
 * sent data gets one read, and so does the file. Producers share one block to read into, files have
 * another; an incomplete frame waits in the source's own memory.
 *
 * While the reader of the output does not keep up, files wait. Producers must not: with a `buffer`
 * they are still read, and their lines wait in a queue for each producer (backlog.h). The queues
 * move into the output in turns. Lines that exceed the buffer are dropped and counted. So a line
 * of a producer waits for the output and one turn of the others, however much they send.
 */
#ifndef READER_H
#define READER_H

#include <stdio.h>

#include "dnstap/files.h"
#include "dnstap/payloads.h"
#include "dnstap/producers.h"
#include "io/drain.h"
#include "io/linewriter.h"

/* Zero at the start; the program opens the parts and sets the rest. */
struct reader {
	struct producers producers;
	struct files files;
	struct payloads payloads;
	/* Bytes of output kept before lines of producers are dropped; 0: producers wait. */
	size_t buffer;
	size_t waiting;		/* bytes in the backlogs of all producers */
	size_t served;		/* the number of turns of backlogs so far */
};

/* Before waiting: adds the inputs to the poll set and sets the timer. */
void reader_begin(struct reader *r, struct loop *l, const struct linewriter *out);

/* Input is left in memory, and the output has room. */
bool reader_has_more(const struct reader *r, const struct linewriter *out);

/* After waiting: reads, and appends lines to the output. False when all polled inputs are quiet. */
bool reader_read(struct reader *r, const struct loop *l, struct linewriter *out);

/* At the end: moves all waiting lines to the output. */
void reader_flush(struct reader *r, struct linewriter *out);

/* Accepts no new connection and opens no other file. */
void reader_stop(struct reader *r);

/* The inputs have ended, or the time to drain them after a signal is over. */
bool reader_is_over(const struct reader *r, const struct drain *drain);

/* Prints the counters, as in dnstap-read(1). */
void reader_print_counters(const struct reader *r, FILE *to);

void reader_free(struct reader *r);

#endif
