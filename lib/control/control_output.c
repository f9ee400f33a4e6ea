#include "control/control_output.h"

#include <poll.h>
#include <unistd.h>

#include "base/log.h"
#include "control/control_reply.h"

void
control_output_open(struct control_output *r)
{
	linewriter_open(&r->out, STDOUT_FILENO, 4 * CONTROL_OUTPUT_HIGH);
	r->status = -1;
}

void
control_output_take(struct control_output *r, struct str line)
{
	struct str text;
	int status;

	switch (control_reply_parse(line, &text, &status)) {
	case CONTROL_REPLY_DATA:
		buf_str(&r->out.buf, line);
		buf_byte(&r->out.buf, '\n');
		break;
	case CONTROL_REPLY_WARN:
		log_warn("%.*s", (int)text.n, text.p);
		break;
	case CONTROL_REPLY_STATUS:
		r->status = status;
		break;
	}
}

void
control_output_drain(struct control_output *r, size_t level)
{
	struct pollfd p = { .fd = r->out.fd, .events = POLLOUT };

	if (!r->out.blocked)
		linewriter_flush(&r->out);
	while (linewriter_pending(&r->out) > level) {
		poll(&p, 1, -1);
		linewriter_flush(&r->out);
	}
}

int
control_output_close(struct control_output *r, const char *cut)
{
	bool left;

	control_output_drain(r, 0);
	left = r->out.broken && r->out.error == 0;
	if (r->out.error != 0)
		log_error("stdout: %s", strerror(r->out.error));
	else if (r->status < 0 && !left)
		log_error("%s", cut);
	linewriter_free(&r->out);
	if (r->out.error != 0)
		return 2;
	return r->status >= 0 ? r->status : left ? 0 : 2;
}
