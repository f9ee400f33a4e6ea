#include "ipcache/census.h"

#include "base/clock.h"
#include "base/num.h"

void
census_count(struct census *n, const struct answer *a)
{
	if (a->addr.family == ADDR_V4)
		n->v4++;
	else
		n->v6++;
	if (n->oldest < 0 || a->time < n->oldest)
		n->oldest = a->time;
	if (a->time > n->newest)
		n->newest = a->time;
}

static void
put_line(struct buf *out, const char *key, struct str value)
{
	buf_str(out, str_of(key));
	buf_byte(out, ' ');
	buf_str(out, value);
	buf_byte(out, '\n');
}

static void
put_count(struct buf *out, const char *key, uint64_t value)
{
	char text[NUM_STRLEN];

	put_line(out, key, (struct str){ text, (size_t)num_format(value, text) });
}

static void
put_time(struct buf *out, const char *key, int64_t time)
{
	char text[TIME_STRLEN];

	if (time < 0)
		return;
	time_format(time, text);
	put_line(out, key, str_of(text));
}

void
census_format(const struct census *n, const struct cache *cache, struct buf *out)
{
	put_count(out, "pairs", cache_pairs(cache));
	put_count(out, "addresses", cache_addresses(cache));
	put_count(out, "ipv4_pairs", n->v4);
	put_count(out, "ipv6_pairs", n->v6);
	put_time(out, "oldest", n->oldest);
	put_time(out, "newest", n->newest);
}
