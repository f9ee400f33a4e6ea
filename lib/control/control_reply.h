/*
 * The lines of an answer that comes over a control socket: lines for stdout, and among them,
 * beginning with `!`, lines for the program that asked:
 *
 *	!warn TEXT	words for stderr
 *	!status N	the exit status, and the last line: an answer without it is not whole
 *
 * No line for stdout begins with `!`.
 */
#ifndef CONTROL_REPLY_H
#define CONTROL_REPLY_H

#include "base/buf.h"
#include "base/str.h"

#define REQUEST_MAX 256		/* the longest first line of a client, LF included */
#define CONTROL_REPLY_MAX 2048		/* the longest `!` line, LF included */

/*
 * Appends a `!` line; bytes that are not printable become `?`, and what makes it too long is cut
 * off.
 */
__attribute__((format(printf, 2, 3))) void control_reply_warn(
    struct buf *out, const char *format, ...);
void control_reply_status(struct buf *out, int status);

enum control_reply { CONTROL_REPLY_DATA, CONTROL_REPLY_WARN, CONTROL_REPLY_STATUS };

/*
 * What a line of the answer is: data, as it stands; or a `!` line, and then *text has its words, or
 * *status the status. A `!` line that is unknown is a word for stderr.
 */
enum control_reply control_reply_parse(struct str line, struct str *text, int *status);

#endif
