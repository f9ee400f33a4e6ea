#include "control/replies.h"

#include <poll.h>
#include <unistd.h>

#include "base/log.h"
#include "control/reply.h"

void
replies_open(struct replies *r)
{
	out_open(&r->out, STDOUT_FILENO, 4 * REPLIES_HIGH);
	r->status = -1;
}

void
replies_take(struct replies *r, struct str line)
{
	struct str text;
	int status;

	switch (reply_parse(line, &text, &status)) {
	case REPLY_DATA:
		buf_str(&r->out.buf, line);
		buf_byte(&r->out.buf, '\n');
		break;
	case REPLY_WARN:
		log_warn("%.*s", (int)text.n, text.p);
		break;
	case REPLY_STATUS:
		r->status = status;
		break;
	}
}

void
replies_drain(struct replies *r, size_t level)
{
	struct pollfd p = { .fd = r->out.fd, .events = POLLOUT };

	if (!r->out.blocked)
		out_flush(&r->out);
	while (out_pending(&r->out) > level) {
		poll(&p, 1, -1);
		out_flush(&r->out);
	}
}

int
replies_close(struct replies *r, const char *cut)
{
	bool left;

	replies_drain(r, 0);
	left = r->out.broken && r->out.error == 0;
	if (r->out.error != 0)
		log_error("stdout: %s", strerror(r->out.error));
	else if (r->status < 0 && !left)
		log_error("%s", cut);
	out_free(&r->out);
	if (r->out.error != 0)
		return 2;
	return r->status >= 0 ? r->status : left ? 0 : 2;
}
