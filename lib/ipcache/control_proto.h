/*
 * The protocol between a command of ipcache and the `run` that has the DB, over one connection:
 *
 *	ipcache 1 COMMAND [since=WORD] [follow] [force]
 *	...		answer lines (import, retag), or selectors, one per line (delete, export);
 *			the client then shuts down its side of the connection
 *
 *	...		the reply of the run: control_reply.h
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
	struct str since;	/* export: a serial, or another word; absent: no --since */
	bool follow;		/* export: --follow */
	bool force;		/* retag: --force */
};

/*
 * Parses the request line. NULL, or the reason why it is not valid; *r is then undefined.
 * `since` points into the line.
 */
const char *control_proto_parse(struct str line, struct control_proto *r);

/* Appends the request line with its LF; `since` must be one word. */
void control_proto_format(const struct control_proto *r, struct buf *out);

#endif
