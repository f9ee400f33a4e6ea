#include "control/reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/num.h"

void
reply_warn(struct buf *out, const char *format, ...)
{
	char text[REPLY_MAX - sizeof("!warn \n")];
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
reply_status(struct buf *out, int status)
{
	buf_str(out, STR("!status "));
	buf_num(out, (uint64_t)status);
	buf_byte(out, '\n');
}

enum reply
reply_parse(struct str line, struct str *text, int *status)
{
	uint32_t number;

	*text = line;
	if (!str_take(&line, STR("!")))
		return REPLY_DATA;
	*text = line;
	if (str_take(text, STR("warn ")))
		return REPLY_WARN;
	if (!str_take(&line, STR("status ")) || !num_parse(line, 255, &number))
		return REPLY_WARN;
	*status = (int)number;
	return REPLY_STATUS;
}
