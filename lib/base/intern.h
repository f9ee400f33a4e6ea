/* Stores each text once and gives it a number. A text is freed when the last user drops it. */
#ifndef INTERN_H
#define INTERN_H

#include "base/str.h"
#include "base/table.h"

/* The number of an absent text (NULL), which has no users. */
#define INTERN_ABSENT 0

struct intern {
	uint64_t seed;
	struct intern_text {
		char *text;		/* owned; NULL in a free entry */
		uint32_t length;
		uint32_t users;		/* in a free entry: index of the next free entry, or 0 */
	} *texts;			/* owned; the first entry is INTERN_ABSENT */
	size_t n, cap;
	uint32_t free;			/* the first free entry, or 0 */
	struct table table;
};

/* The caller initializes a struct intern with zeros and a random `seed`. */

/* Adds a user of this text, and copies the text if it is new. Returns its number. */
uint32_t intern_take(struct intern *in, struct str text);

/* Adds a user of a stored text. */
void intern_again(struct intern *in, uint32_t id);

/* Removes a user of a stored text. */
void intern_drop(struct intern *in, uint32_t id);

/* The text, valid until its last user drops it. */
struct str intern_text(const struct intern *in, uint32_t id);

void intern_free(struct intern *in);

#endif
