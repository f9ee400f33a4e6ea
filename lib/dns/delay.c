#include "dns/delay.h"

#include <string.h>

#include "base/clock.h"

static const struct {
	uint64_t ms;
	const char *text;
} bounds[DELAY_BUCKETS] = {
	{ 1, "1" }, { 2, "2" }, { 5, "5" }, { 10, "10" }, { 20, "20" }, { 50, "50" },
	{ 100, "100" }, { 200, "200" }, { 500, "500" }, { 1000, "1000" }, { 2000, "2000" },
	{ 5000, "5000" }, { 10000, "10000" }, { 20000, "20000" }, { 60000, "60000" },
	{ 120000, "more" },
};

const char *
delay_bound(size_t bucket)
{
	return bounds[bucket].text;
}

static size_t
bucket_of(int64_t age)
{
	size_t i = 0;

	while (i < DELAY_BUCKETS - 1 && age > (int64_t)bounds[i].ms * (SECOND / 1000))
		i++;
	return i;
}

void
delay_add(struct delay *d, int64_t age)
{
	size_t bucket = bucket_of(age);

	if (d->n == DELAY_WINDOW) {
		memcpy(d->before, d->now, sizeof(d->before));
		memset(d->now, 0, sizeof(d->now));
		d->n = 0;
	}
	d->sum += age > 0 ? (uint64_t)age : 0;
	d->total[bucket]++;
	d->now[bucket]++;
	d->n++;
}

uint64_t
delay_percentile(const struct delay *d, unsigned percent)
{
	uint64_t all = 0, seen = 0;

	for (size_t i = 0; i < DELAY_BUCKETS; i++)
		all += d->now[i] + d->before[i];
	for (size_t i = 0; i < DELAY_BUCKETS && all > 0; i++) {
		seen += d->now[i] + d->before[i];
		if (seen * 100 >= all * percent)
			return bounds[i].ms;
	}
	return 0;
}
