#include "ipcache/ingest.h"

static void
report_result(struct ingest *t, enum cache_result result, const struct answer *a, uint64_t line)
{
	/* Logged once only, as such answers are frequent: resolvers with blocklists send them. */
	if (result == CACHE_DENIED && t->results[result] == 1)
		log_warn("line %llu: %.*s (%.*s): special-purpose or denied address, not routed; "
		    "--allow PREFIX accepts it; more such answers are only counted",
		    (unsigned long long)line, (int)a->address.n, a->address.p,
		    (int)a->name.n, a->name.p);
	if (result == CACHE_AHEAD_OF_CLOCK)
		log_limited(&t->filter->limit, "line %llu: TIME is more than a minute ahead of the "
		    "clock", (unsigned long long)line);
}

static void
merge_lines(struct ingest *t, int64_t now)
{
	struct cache_key keys[CACHE_EXPECT_MAX];

	cache_expect(t->cache, t->lines, t->n, keys);
	for (size_t i = 0; i < t->n; i++) {
		enum cache_result result = cache_merge(t->cache, &t->lines[i], keys[i], now);

		t->results[result]++;
		report_result(t, result, &t->lines[i], t->numbers[i]);
	}
	t->n = 0;
}

static void
take_line(struct ingest *t, struct str line)
{
	const char *why = answer_parse(line, &t->lines[t->n]);

	t->taken++;
	if (why != NULL)
		filter_bad(t->filter, why);
	else
		t->numbers[t->n++] = t->filter->in.line;
}

void
ingest_turn(struct ingest *t, int64_t now)
{
	struct str line;

	while (filter_line(t->filter, &line)) {
		if (answer_is_comment(line)) {
			merge_lines(t, now);
			t->comment(line);
			continue;
		}
		take_line(t, line);
		if (t->n == CACHE_EXPECT_MAX)
			merge_lines(t, now);
	}
	merge_lines(t, now);
}

static const struct {
	enum cache_result result;
	const char *before, *advice;	/* CACHE_DEAD: LIFE is printed between them */
} reasons[] = {
	{ CACHE_DEAD, " older than LIFE (", "): use dnstap-read --now for an old capture" },
	{ CACHE_DENIED, " with a special-purpose or denied address",
	    ": --allow PREFIX accepts them" },
	{ CACHE_FULL, " beyond a limit",
	    ": raise --max-pairs, --max-addresses or --max-names" },
	{ CACHE_AHEAD_OF_CLOCK, " dated more than a minute ahead of the clock",
	    ": set the clock, or use dnstap-read --now" },
};

bool
ingest_refusals(const uint64_t results[CACHE_RESULTS], const char *life, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		uint64_t n = results[reasons[i].result];

		if (n == 0)
			continue;
		buf_str(out, any ? STR("; ") : STR("not cached: "));
		buf_num(out, n);
		buf_str(out, n == 1 ? STR(" answer") : STR(" answers"));
		buf_str(out, str_of(reasons[i].before));
		if (reasons[i].result == CACHE_DEAD)
			buf_str(out, str_of(life));
		buf_str(out, str_of(reasons[i].advice));
		any = true;
	}
	return any;
}
