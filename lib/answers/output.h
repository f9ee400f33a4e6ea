/*
 * The common part of programs that read other input than lines and write answer lines: waits,
 * writes lines, and keeps statistics.
 *
 *	output_open(&o, EXTRACT_TEXT_MAX);
 *	while (output_begin(&o), loop_add(&o.loop, ...), !output_is_over(...)) {
 *		if (output_wait(&o, more))
 *			... stop the input, for a signal has arrived ...
 *		... append to o.lines.buf ...
 *	}
 *	status |= output_close(&o);
 *
 * pace.h states when lines are written, drain.h how a program ends. Input that can wait is not read
 * while pace_is_full; for other input, the program buffers up to `buffer` bytes and then drops
 * lines.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "io/drain.h"
#include "io/linewriter.h"
#include "io/loop.h"
#include "io/mirror.h"
#include "io/pace.h"
#include "io/sandbox.h"
#include "io/stats.h"

#define OUTPUT_MIB ((size_t)1024 * 1024)
#define OUTPUT_BUFFER (64 * OUTPUT_MIB)	/* the default of `buffer` */

/* Initialize with zeros. */
struct output {
	/* Set by the program before output_open. */
	size_t buffer;		/* bytes buffered while stdout is blocked; 0: input waits */
	const uint64_t *dropped;	/* the program's counter of dropped lines */
	struct stats stats;
	struct mirror tap;

	struct loop loop;
	struct pace pace;
	struct drain drain;
	struct linewriter lines;
	int64_t notice_at;	/* time for the next report of dropped lines, monotonic */
	uint64_t reported;	/* dropped lines reported so far */
};

/* Reads the value of --buffer. Returns NULL, or the reason. */
const char *output_buffer_parse(struct output *o, const char *mib);

/*
 * Confines the process: allows the files of the counters and the tap, and enters the sandbox. The
 * program has opened it, and allowed its own files. Returns NULL, or the reason.
 */
const char *output_confine(const struct output *o, struct sandbox *sandbox);

/* `message_max`: the most bytes of lines that the program appends between two checks for room. */
void output_open(struct output *o, size_t message_max);

/* Begins a turn of the loop with a new poll set; reports dropped lines and writes counters. */
void output_begin(struct output *o);

/* Waits as pace_wait does. True at the first SIGTERM or SIGINT. */
bool output_wait(struct output *o, bool more);

/*
 * The bytes that a message may add to a buffer of `buffer` bytes. `used` bytes are used, and
 * `left` are available to the source of the message. While more than half is used, a message may
 * add a 32nd of `left`: the largest messages lose lines first.
 */
#define OUTPUT_PART 32
static inline size_t
output_room(size_t buffer, size_t used, size_t left)
{
	return used <= buffer / 2 ? left : left / OUTPUT_PART;
}

/* Writes all output, reports and updates the counters. Returns 0, or 2 if writing failed. */
int output_close(struct output *o);

#endif
