#include "base/clock.h"

#include <time.h>

#include "base/num.h"

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
		return "not a time; write a number and ms, s, m, h, d or w, as in 24h";
	unit = (struct str){ text.p + digits, text.n - digits };
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!str_eq(unit, units[i].name))
			continue;
		if (count > longest / units[i].us)
			return "longer than ten years";
		*span = count * units[i].us;
		return NULL;
	}
	return "unknown unit of time; write ms, s, m, h, d or w, as in 24h";
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

bool
time_parse(struct str text, int64_t *time)
{
	size_t dot = text.n - 7;
	int64_t value = 0;

	if (text.n < 8 || text.n > 18 || text.p[dot] != '.' || (text.p[0] == '0' && dot > 1))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned char)text.p[i] - '0';

		if (i == dot)
			continue;
		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*time = value;
	return true;
}
