/*
 * The scalars of a YAML text, one after the other, each with its path. The structure is not built
 * in memory: only the path is, which has a limited depth and length. Aliases are refused.
 */
#ifndef SCALARS_H
#define SCALARS_H

#include <yaml.h>

#include "base/buf.h"
#include "base/str.h"

#define SCALARS_DEPTH 16	/* the most nested sequences and mappings */
#define SCALARS_PATH 1024	/* the longest path, in bytes */

struct scalars {
	yaml_parser_t parser;
	yaml_event_t event;	/* zeroed when no event needs to be freed */
	struct buf path;
	size_t depth;
	struct scalars_level {
		bool is_sequence;
		bool has_key;	/* the next event is the value of a key */
		size_t path_len;	/* length of the path above this level */
	} levels[SCALARS_DEPTH];
};

struct scalar {
	size_t line;		/* from 1 */
	struct str path;	/* components joined with `.`; `[]` for an item of a sequence */
	struct str value;	/* of any bytes */
};

/*
 * Whether the text is YAML, and not a list with an entry on each line: the first line that is no
 * comment begins a document, a sequence, or a mapping.
 */
bool scalars_are_yaml(struct str text);

/* The text must remain until scalars_close. */
void scalars_open(struct scalars *s, struct str text);

/*
 * Reads the next scalar that is no key. It is valid until the next call; its path is NULL at the
 * end. Returns NULL, or the reason why the text cannot be read; then scalar->line is the line.
 */
const char *scalars_next(struct scalars *s, struct scalar *scalar);

void scalars_close(struct scalars *s);

#endif
