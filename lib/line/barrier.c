#include "line/barrier.h"

#define START STR("# barrier ")

static bool
is_in_id(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '.' || c == '_' || c == '-';
}

bool
barrier_parse(struct str line, struct str *id)
{
	if (!str_take(&line, START) || line.n == 0 || line.n > BARRIER_ID_MAX)
		return false;
	for (size_t i = 0; i < line.n; i++)
		if (!is_in_id(line.p[i]))
			return false;
	*id = line;
	return true;
}

void
barrier_put(struct str id, struct buf *out)
{
	buf_str(out, START);
	buf_str(out, id);
	buf_byte(out, '\n');
}
