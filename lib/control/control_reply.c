#include "control/control_reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/num.h"

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
	buf_str(out, STR("!warn "));
	buf_str(out, str_of(text));
	buf_byte(out, '\n');
}

void
control_reply_status(struct buf *out, int status)
{
	buf_str(out, STR("!status "));
	buf_num(out, (uint64_t)status);
	buf_byte(out, '\n');
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
