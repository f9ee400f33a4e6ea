/*
 * What an ipcache asks of the `run` that holds its DB, and what comes back, in lines over one
 * connection:
 *
 *	ipcache 1 COMMAND [since=WORD] [follow]
 *	...		the command's lines: answers (import, retag), or the words of the command
 *			line, one a line (delete, export); their end is the end of what the asking
 *			side writes
 *
 *	...		lines for stdout, and among them, beginning with `!`, lines for the one who
 *			asked:
 *	!warn TEXT	words for stderr
 *	!status N	the exit status, and the last line: an answer without it is not whole
 *
 * No line for stdout begins with `!`.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>

#include "buf.h"
#include "str.h"

#define REQUEST_MAX 256		/* the longest first line, LF included */
#define REPLY_MAX 2048		/* the longest `!` line, LF included */

enum verb { VERB_EXPORT, VERB_IMPORT, VERB_RETAG, VERB_DELETE, VERB_STATS };

struct request {
	enum verb verb;
	struct str since;	/* of export: a serial, or anything else; absent: not asked for */
	bool follow;		/* of export */
};

/*
 * Reads the first line. NULL, or the reason why it is none; *r is then undefined. The view points
 * into the line.
 */
const char *request_parse(struct str line, struct request *r);

/* Appends the first line with its LF; `since` is one word. */
void request_format(const struct request *r, struct buf *out);

/*
 * Appends a `!` line; bytes that are not printable become `?`, and what makes it too long is cut
 * off.
 */
__attribute__((format(printf, 2, 3))) void reply_warn(struct buf *out, const char *format, ...);
void reply_status(struct buf *out, int status);

enum reply { REPLY_DATA, REPLY_WARN, REPLY_STATUS };

/*
 * What a line of the answer is: data, as it stands; or a `!` line, and then *text has its words, or
 * *status the status. A `!` line that is unknown is a word for stderr.
 */
enum reply reply_parse(struct str line, struct str *text, int *status);

#endif
