/*
 * Reads the scalars of a YAML text one by one, each with its path. The document is not stored in
 * memory, only the current path, whose depth and length are limited. Aliases are refused.
 */
#ifndef SCALARS_H
#define SCALARS_H

#include <yaml.h>

#include "base/buf.h"
#include "base/str.h"

#define SCALARS_DEPTH 16	/* the most levels of nested sequences and mappings */
#define SCALARS_PATH 1024	/* the longest path, in bytes */

struct scalars {
	yaml_parser_t parser;
	yaml_event_t event;	/* zeroed when no event needs to be freed */
	struct buf path;
	size_t depth;
	struct scalars_level {
		bool is_sequence;
		bool has_key;	/* a key was read, but not its value */
		size_t path_len;	/* length of the path above this level */
	} levels[SCALARS_DEPTH];
};

struct scalar {
	size_t line;		/* line number, from 1 */
	struct str path;	/* components joined with `.`; `[]` for an item of a sequence */
	struct str value;	/* may contain any bytes */
};

/*
 * Whether the text is YAML, not a list with an entry on each line: the first line that is not a
 * comment begins a document, a sequence or a mapping. UTF-16 counts as YAML.
 */
bool scalars_are_yaml(struct str text);

/* Starts reading a text, which must stay valid until scalars_close. */
void scalars_open(struct scalars *s, struct str text);

/*
 * Reads the next scalar that is not a key. *scalar is valid until the next call; at the end of the
 * text, its path is absent (NULL). Returns NULL; or the reason of a failure, with the line number
 * in scalar->line.
 */
const char *scalars_next(struct scalars *s, struct scalar *scalar);

void scalars_close(struct scalars *s);

#endif
