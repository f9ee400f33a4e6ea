/*
 * The answer line: TIME ADDRESS TTL NAME [KEY=VALUE]..., as dnstap-answer(5) describes it.
 * A line is printable ASCII, fields parted by one space; the LF is not part of what is passed here.
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
	struct str address;	/* as it stands */
	struct addr addr;
	uint32_t ttl;		/* seconds, 0..ANSWER_TTL_MAX (RFC 2181 section 8) */
	struct str name;	/* canonical, as name.h has it */
	struct str keys;	/* all KEY=VALUE fields as they stand; absent when there are none */

	/* The values of known keys; absent when the line lacks the key. */
	struct str via;		/* names parted by `,` */
	struct str client;
	struct str tag;		/* parted by `,` */
	struct str rule;	/* parted by `,` */
	int64_t first;		/* -1 when absent */

	/* Not in the line: it came by import, so another cache saw it. */
	bool imported;
};

/* True when the line is a comment, to be ignored: empty, or begins with `#`. */
static inline bool
answer_is_comment(struct str line)
{
	return line.n == 0 || line.p[0] == '#';
}

/*
 * Reads a line. NULL, or the reason why it breaks the format; *a is then undefined. The views in
 * *a point into the line.
 */
const char *answer_parse(struct str line, struct answer *a);

/*
 * Appends the line, with its LF, for what is set in *a: the four fields, then via, client, tag,
 * rule and first; `keys` is not looked at. Text is taken as it is: the caller has it canonical.
 */
void answer_format(const struct answer *a, struct buf *out);

/*
 * Appends what stands in a line from NAME on as it came, with its LF, but for tag and rule: those
 * it had are left out, and `keys` put at the end, which begins with a space or is empty.
 */
void answer_retag_tail(const struct answer *a, struct str keys, struct buf *out);

/*
 * Whether a line could have brought the text as via, or as tag or rule; the absent one is none of
 * them.
 */
bool answer_is_via(struct str value);
bool answer_is_list(struct str value);

/*
 * Whether one line could have brought name and via, and another one name, tag and rule: a pair that
 * gets its tag and rule anew (cache_retag) keeps its via.
 */
bool answer_has_room(const struct answer *a);

/* Appends a value with each byte outside `!`..`~`, and `,`, as \DDD. */
void answer_escape(struct str value, struct buf *out);

/* How many bytes answer_escape appends. */
size_t answer_escaped_length(struct str value);

#endif
