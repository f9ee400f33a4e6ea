#include "control/control_reply.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"

void
control_reply_field(struct buf *out, const char *key, struct str value)
{
	buf_str(out, str_of(key));
	buf_byte(out, ' ');
	buf_str(out, value);
	buf_byte(out, '\n');
}

void
control_reply_count(struct buf *out, const char *key, uint64_t value)
{
	char text[NUM_STRLEN];

	control_reply_field(out, key, (struct str){ text, (size_t)num_format(value, text) });
}

void
control_reply_warn(struct buf *out, const char *format, ...)
{
	char text[CONTROL_REPLY_MAX - sizeof("!warn \n")];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	control_reply_field(out, "!warn", str_of(text));
}

void
control_reply_status(struct buf *out, int status)
{
	control_reply_count(out, "!status", (uint64_t)status);
}

enum control_reply
control_reply_parse(struct str line, struct str *text, int *status)
{
	uint32_t number;

	*text = line;
	if (!str_take(&line, STR("!")))
		return CONTROL_REPLY_DATA;
	*text = line;
	if (str_take(text, STR("warn ")))
		return CONTROL_REPLY_WARN;
	if (!str_take(&line, STR("status ")) || !num_parse(line, 255, &number))
		return CONTROL_REPLY_WARN;
	*status = (int)number;
	return CONTROL_REPLY_STATUS;
}

/* --- The client --- */

void
control_reply_open(struct control_printer *p)
{
	linewriter_open(&p->out, STDOUT_FILENO, 4 * CONTROL_REPLY_HIGH);
	p->status = -1;
}

void
control_reply_print(struct control_printer *p, struct str line)
{
	struct str text;
	int status;

	switch (control_reply_parse(line, &text, &status)) {
	case CONTROL_REPLY_DATA:
		buf_str(&p->out.buf, line);
		buf_byte(&p->out.buf, '\n');
		break;
	case CONTROL_REPLY_WARN:
		log_warn("%.*s", (int)text.n, text.p);
		break;
	case CONTROL_REPLY_STATUS:
		p->status = status;
		break;
	}
}

void
control_reply_drain(struct control_printer *p, size_t level)
{
	struct pollfd writable = { .fd = p->out.fd, .events = POLLOUT };

	if (!p->out.blocked)
		linewriter_flush(&p->out);
	while (linewriter_pending(&p->out) > level) {
		poll(&writable, 1, -1);
		linewriter_flush(&p->out);
	}
}

int
control_reply_close(struct control_printer *p, const char *cut)
{
	bool left;

	control_reply_drain(p, 0);
	left = p->out.broken && p->out.error == 0;
	if (p->out.error != 0)
		log_error("stdout: %s", strerror(p->out.error));
	else if (p->status < 0 && !left)
		log_error("%s", cut);
	linewriter_free(&p->out);
	if (p->out.error != 0)
		return 2;
	return p->status >= 0 ? p->status : left ? 0 : 2;
}
