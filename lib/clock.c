#include "clock.h"

#include <time.h>

#include "num.h"

static int64_t
now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

int64_t
clock_wall(void)
{
	return now(CLOCK_REALTIME);
}

int64_t
clock_mono(void)
{
	return now(CLOCK_MONOTONIC);
}

const char *
clock_span_parse(struct str text, int64_t *span)
{
	static const struct {
		struct str name;
		int64_t us;
	} units[] = {
		{ STR("ms"), SECOND / 1000 }, { STR("s"), SECOND }, { STR(""), SECOND },
		{ STR("m"), 60 * SECOND }, { STR("h"), 3600 * SECOND },
		{ STR("d"), 86400 * SECOND }, { STR("w"), 7 * 86400 * SECOND },
	};
	const int64_t longest = 3650 * 86400 * SECOND;
	size_t digits = 0;
	uint32_t count;
	struct str unit;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!num_parse((struct str){ text.p, digits }, UINT32_MAX, &count))
		return "not a time: a number and ms, s, m, h, d or w";
	unit = (struct str){ text.p + digits, text.n - digits };
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!str_eq(unit, units[i].name))
			continue;
		if (count > longest / units[i].us)
			return "longer than ten years";
		*span = count * units[i].us;
		return NULL;
	}
	return "unknown unit of time: ms, s, m, h, d or w";
}

int
time_format(int64_t time, char out[TIME_STRLEN])
{
	int n = num_format((uint64_t)(time / SECOND), out);
	uint32_t us = (uint32_t)(time % SECOND);

	out[n] = '.';
	for (int i = 6; i > 0; i--) {
		out[n + i] = (char)('0' + us % 10);
		us /= 10;
	}
	out[n + 7] = '\0';
	return n + 7;
}

/* Digits, up to eleven: the last eight at once, where there are so many. */
static bool
read_seconds(const char *text, size_t n, int64_t *seconds)
{
	size_t singly = n >= 8 ? n - 8 : n;
	uint32_t low = 0;

	*seconds = 0;
	for (size_t i = 0; i < singly; i++) {
		unsigned digit = (unsigned char)text[i] - '0';

		if (digit > 9)
			return false;
		*seconds = *seconds * 10 + digit;
	}
	if (n < 8)
		return true;
	if (!num_before(text + n, 8, &low))
		return false;
	*seconds = *seconds * 100000000 + low;
	return true;
}

bool
time_parse(struct str text, int64_t *time)
{
	int64_t seconds;
	uint32_t us;
	size_t whole;

	if (text.n < 8 || text.n > 18)
		return false;
	whole = text.n - 7;
	if (text.p[whole] != '.' || (text.p[0] == '0' && whole > 1))
		return false;
	if (!read_seconds(text.p, whole, &seconds) || !num_before(text.p + text.n, 6, &us))
		return false;
	*time = seconds * SECOND + us;
	return true;
}
