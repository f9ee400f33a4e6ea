/*
 * Reads all inputs in turns and converts them to answer lines. In a turn, each producer that has
 * sent data gets one read, and so does the file. Producers share one block to read into, files have
 * another; an incomplete frame waits in the source's own memory.
 *
 * While the reader of the output does not keep up, files wait. Producers must not wait: with a
 * `buffer` they are still read, and the lines of each producer wait in a queue (backlog.h). The
 * queues move to the output in turns. Lines that exceed the buffer are dropped and counted. A line
 * thus waits only for the output and one turn of each other producer.
 */
#ifndef READER_H
#define READER_H

#include <stdio.h>

#include "dnstap/files.h"
#include "dnstap/payloads.h"
#include "dnstap/producers.h"
#include "io/drain.h"
#include "io/linewriter.h"

/* Zeroed at the start. The program opens the first three members and sets `buffer`. */
struct reader {
	struct producers producers;
	struct files files;
	struct payloads payloads;
	/* The most bytes of pending output and backlogs; 0: producers wait instead. */
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

/* Accepts no new connection and opens no other file. */
void reader_stop(struct reader *r);

/* Whether the inputs have ended, or the time to drain them after a signal is over. */
bool reader_is_over(const struct reader *r, const struct drain *drain);

/* Prints the counters, as in dnstap-read(1). */
void reader_print_counters(const struct reader *r, FILE *to);

void reader_free(struct reader *r);

#endif
