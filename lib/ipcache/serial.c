#include "ipcache/serial.h"

#include <inttypes.h>
#include <stdio.h>

static int
print_serial(const struct serial *s, char text[SERIAL_MAX])
{
	return snprintf(text, SERIAL_MAX, "%016" PRIx64 "-%" PRIu64, s->run, s->epoch);
}

void
serial_format(const struct serial *s, struct buf *out)
{
	char text[SERIAL_MAX];

	buf_put(out, text, (size_t)print_serial(s, text));
}

/* sscanf(3) accepts more than one form, so the word must equal the canonical text of the result. */
bool
serial_parse(struct str word, struct serial *s)
{
	char text[SERIAL_MAX], again[SERIAL_MAX];

	if (word.n >= SERIAL_MAX)
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = '\0';
	return sscanf(text, "%16" SCNx64 "-%18" SCNu64, &s->run, &s->epoch) == 2 && s->run != 0 &&
	    str_eq(word, (struct str){ again, (size_t)print_serial(s, again) });
}
