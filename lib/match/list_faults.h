/*
 * The malformed lines of one list. For each reason, the first lines are reported and the others are
 * counted. At the end, a guess at their format is reported (foreign.h).
 */
#ifndef LIST_FAULTS_H
#define LIST_FAULTS_H

#include "base/str.h"
#include "match/foreign.h"

#define LIST_FAULTS_REASONS 32	/* the last element also counts all further reasons */

struct list_faults {
	const char *path;	/* path of the list; the caller sets `path` and `most` */
	uint32_t most;		/* the most lines reported for each reason; 0: no message */
	unsigned long lines;	/* malformed lines */
	struct list_faults_reason {
		const char *why;	/* a constant; NULL: the element is not used */
		unsigned long lines;
	} reasons[LIST_FAULTS_REASONS];
	struct foreign foreign;
};

/* Adds the malformed line `number`. `why` must be a constant: reasons are compared by address. */
void list_faults_add(struct list_faults *f, unsigned long number, struct str line, const char *why);

/*
 * Reports the number of lines that were only counted, and the format. `good` is the number of valid
 * entries of the list.
 */
void list_faults_end(const struct list_faults *f, unsigned long good);

#endif
