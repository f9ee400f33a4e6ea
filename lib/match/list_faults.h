/*
 * The malformed lines of one list: reports the first ones of each reason, counts the others, and
 * names the format that they look like.
 */
#ifndef LIST_FAULTS_H
#define LIST_FAULTS_H

#include "base/str.h"
#include "match/foreign.h"

#define LIST_FAULTS_REASONS 32	/* further reasons are counted with the last one */

struct list_faults {
	const char *path;	/* of the list; set by the caller, as `most` */
	uint32_t most;		/* the most lines that are reported for a reason; 0: no message */
	unsigned long lines;	/* malformed lines */
	struct list_faults_reason {
		const char *why;
		unsigned long lines;
	} reasons[LIST_FAULTS_REASONS];
	struct foreign foreign;
};

/* Reports or counts line `number`. `why` is a constant; equal reasons have equal addresses. */
void list_faults_add(struct list_faults *f, unsigned long number, struct str line, const char *why);

/* Reports the lines that were only counted, and the format; `good` is the number of good lines. */
void list_faults_end(const struct list_faults *f, unsigned long good);

#endif
