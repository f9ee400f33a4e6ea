/*
 * The reply that a control socket sends: lines of data, and lines that begin with `!`:
 *
 *	!warn TEXT	a message for stderr
 *	!status N	the exit status, always last: a reply without this line is incomplete
 *
 * No line of data begins with `!`. The server appends a reply; the client prints it.
 */
#ifndef CONTROL_REPLY_H
#define CONTROL_REPLY_H

#include "base/buf.h"
#include "base/str.h"
#include "io/linewriter.h"

#define REQUEST_MAX 256		/* the longest request, which is one line, with its LF */
#define CONTROL_REPLY_MAX 2048	/* the longest `!` line, with its LF */

/* Appends a `!warn` line, cut at CONTROL_REPLY_MAX; `?` replaces bytes that are not printable. */
__attribute__((format(printf, 2, 3))) void control_reply_warn(
    struct buf *out, const char *format, ...);
void control_reply_status(struct buf *out, int status);

/* Append a line of data: `KEY VALUE`. */
void control_reply_field(struct buf *out, const char *key, struct str value);
void control_reply_count(struct buf *out, const char *key, uint64_t value);

enum control_reply { CONTROL_REPLY_DATA, CONTROL_REPLY_WARN, CONTROL_REPLY_STATUS };

/*
 * Returns the type of a line, and sets *text for data and warnings, *status for a status. An
 * unknown `!` line is a warning.
 */
enum control_reply control_reply_parse(struct str line, struct str *text, int *status);

/* Stop printing while this many bytes wait for the reader of stdout. */
#define CONTROL_REPLY_HIGH (256 * 1024)

/* Prints a reply: data on stdout, warnings on stderr. */
struct control_printer {
	struct linewriter out;
	int status;	/* -1 before the `!status` line */
};

void control_reply_open(struct control_printer *p);

/* Prints a line, given without its LF. A warning is printed immediately; data is buffered. */
void control_reply_print(struct control_printer *p, struct str line);

/* Writes data to stdout, and blocks, until at most `level` bytes are left. */
void control_reply_drain(struct control_printer *p, size_t level);

/*
 * Writes the buffered data. Returns the exit status: 2 if a write to stdout failed; otherwise the
 * status of the reply; 2, with the error message `cut`, for a reply without a status. It is no
 * failure if the reader has closed stdout.
 */
int control_reply_close(struct control_printer *p, const char *cut);

#endif
