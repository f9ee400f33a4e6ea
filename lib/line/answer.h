/*
 * The answer line: TIME ADDRESS TTL NAME [KEY=VALUE]..., as dnstap-answer(5) describes it.
 * A line is printable ASCII without its LF; one space separates fields.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "base/buf.h"
#include "base/str.h"
#include "line/addr.h"

#define ANSWER_MAX 16384	/* the longest line, LF included */
#define ANSWER_TTL_MAX INT32_MAX

struct answer {
	int64_t time;		/* microseconds since the epoch, >= 0 */
	struct str address;	/* the text of ADDRESS */
	struct addr addr;
	uint32_t ttl;		/* seconds, 0..ANSWER_TTL_MAX (RFC 2181 section 8) */
	struct str name;	/* canonical (name.h) */
	struct str keys;	/* the text of all KEY=VALUE fields; absent when there are none */

	/* The values of known keys; absent when the line lacks the key. */
	struct str via;		/* names separated by `,` */
	struct str client;
	struct str tag;		/* tags separated by `,` */
	struct str rule;	/* rules separated by `,` */
	int64_t first;		/* microseconds since the epoch; -1 when absent */

	/* Whether the answer was imported from another cache; not part of the line. */
	bool imported;
};

/* Whether the line is a comment, to be ignored: it is empty or begins with `#`. */
static inline bool
answer_is_comment(struct str line)
{
	return line.n == 0 || line.p[0] == '#';
}

/*
 * Reads a line. Returns NULL; or the reason why the line breaks the format, with *a undefined. The
 * views in *a point into the line.
 */
const char *answer_parse(struct str line, struct answer *a);

/*
 * Appends a line with its LF: the four fields, then via, client, tag, rule and first if they are
 * set; `keys` is ignored. All text must be canonical.
 */
void answer_format(const struct answer *a, struct buf *out);

/*
 * Appends NAME, the keys of the line except tag and rule, then `keys` and an LF. `keys` begins with
 * a space or is empty.
 */
void answer_retag_tail(const struct answer *a, struct str keys, struct buf *out);

/* Whether the text is a valid value of via, or of tag or rule. Absent text is not valid. */
bool answer_is_via(struct str value);
bool answer_is_list(struct str value);

/*
 * Whether name and via fit in one line, and name, tag and rule fit in one line. All four need not
 * fit in the same line, since cache_retag replaces tag and rule but not via.
 */
bool answer_has_room(const struct answer *a);

/* Appends a value, with \DDD for `,` and for each byte outside `!`..`~`. */
void answer_escape(struct str value, struct buf *out);

/* The number of bytes that answer_escape appends. */
size_t answer_escaped_length(struct str value);

#endif
