/*
 * What an ipcache asks of the `run` that holds its DB, and what comes back, in lines over one
 * connection:
 *
 *	ipcache 1 COMMAND [since=WORD] [follow]
 *	...		the command's lines: answers (import, retag), or the words of the command
 *			line, one a line (delete, export); their end is the end of what the asking
 *			side writes
 *
 *	...		the answer: control_reply.h
 */
#ifndef CONTROL_PROTO_H
#define CONTROL_PROTO_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "control/control_reply.h"


enum verb { VERB_EXPORT, VERB_IMPORT, VERB_RETAG, VERB_DELETE, VERB_STATS };

struct control_proto {
	enum verb verb;
	struct str since;	/* of export: a serial, or anything else; absent: not asked for */
	bool follow;		/* of export */
};

/*
 * Reads the first line. NULL, or the reason why it is none; *r is then undefined. The view points
 * into the line.
 */
const char *control_proto_parse(struct str line, struct control_proto *r);

/* Appends the first line with its LF; `since` is one word. */
void control_proto_format(const struct control_proto *r, struct buf *out);

#endif
