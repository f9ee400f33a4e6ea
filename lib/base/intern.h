/*
 * Texts that are held once however often they are used, and known by a small number. A text goes
 * when its last user drops it.
 */
#ifndef INTERN_H
#define INTERN_H

#include "base/str.h"
#include "base/table.h"

/* Stands for the absent text; taking and dropping it costs nothing. */
#define INTERN_ABSENT 0

struct intern {
	uint64_t seed;
	struct intern_text {
		char *text;		/* owned; NULL when the place is free */
		uint32_t length;
		uint32_t users;		/* of a free place: the next free one, or 0 */
	} *texts;			/* owned; the first stands for INTERN_ABSENT */
	size_t n, cap;
	uint32_t free;			/* the first free place, or 0 */
	struct table table;
};

/* Zero a struct intern and give it a random seed to begin with. */

/* The number of this text, for one more user. The text is copied when it is new. */
uint32_t intern_take(struct intern *in, struct str text);

/* One user more of a text that is held. */
void intern_again(struct intern *in, uint32_t id);

/* One user less. */
void intern_drop(struct intern *in, uint32_t id);

/* The text, good till its last user drops it. */
struct str intern_text(const struct intern *in, uint32_t id);

void intern_free(struct intern *in);

#endif
