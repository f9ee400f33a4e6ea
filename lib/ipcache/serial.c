#include "ipcache/serial.h"

#define RUN_DIGITS 16

static const char digits[] = "0123456789abcdef";

void
serial_format(const struct serial *s, struct buf *out)
{
	for (int shift = 4 * (RUN_DIGITS - 1); shift >= 0; shift -= 4)
		buf_byte(out, (uint8_t)digits[s->run >> shift & 0xf]);
	buf_byte(out, '-');
	buf_num(out, s->epoch);
}

static bool
parse_run(struct str word, uint64_t *run)
{
	*run = 0;
	for (size_t i = 0; i < word.n; i++) {
		const char *digit = word.p[i] == '\0' ? NULL : strchr(digits, word.p[i]);

		if (digit == NULL)
			return false;
		*run = *run << 4 | (uint64_t)(digit - digits);
	}
	return word.n == RUN_DIGITS && *run != 0;
}

/* At most 18 digits, which fit. */
static bool
parse_epoch(struct str word, uint64_t *epoch)
{
	*epoch = 0;
	if (word.n == 0 || word.n > 18 || (word.n > 1 && word.p[0] == '0'))
		return false;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
		*epoch = *epoch * 10 + (uint64_t)(word.p[i] - '0');
	}
	return true;
}

bool
serial_parse(struct str word, struct serial *s)
{
	struct str run;

	return str_split(&word, '-', &run) && parse_run(run, &s->run) &&
	    parse_epoch(word, &s->epoch);
}
